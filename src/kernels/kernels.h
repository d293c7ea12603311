// The few hot loops, freestanding: no libc, no allocation, no tables; written once over the vector operations of
// simd.h. reference.h is the definition they are held against. Matrices are float32 and row-major unless a layout
// is named; no pointer needs alignment beyond a float's.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace bp::kernels {

// Packed operand: W [k, n] in panels of kPanel columns, each panel k rows of kPanel values, the last one
// filled up with zeros. Element (row, col) stands at packedIndex(k, row, col).
inline constexpr size_t kPanel = 8;
constexpr size_t packedSize(size_t k, size_t n) { return k * ((n + kPanel - 1) / kPanel) * kPanel; }
constexpr size_t packedIndex(size_t k, size_t row, size_t col) { return (col / kPanel) * k * kPanel + row * kPanel + col % kPanel; }

// c[m, n] = a[m, k] w + bias; bias may be null; ldc and lda in floats. `w` packed as above.
void matmulPacked(const float* a, size_t lda, const float* w, const float* bias, float* c, size_t ldc, size_t m, size_t k, size_t n);
// c[m, n] = a[m, k] b^T, with b [n, k] row-major: logits against a table.
void matmulTransposed(const float* a, size_t lda, const float* b, size_t ldb, float* c, size_t ldc, size_t m, size_t k, size_t n);

// Names as in Hugging Face's configs: kGelu10 is gelu_10, the erf form cut to [-10, 10]; kQuickGelu x sigmoid(1.702 x).
// Off from the exact value by at most kActivationError * max(1, |x|).
inline constexpr float kActivationError = 4e-7f;
enum class Activation : uint8_t { kLinear, kRelu, kGeluErf, kGeluTanh, kTanh, kSilu, kQuickGelu, kMish, kSigmoid, kGelu10 };
void activate(Activation activation, float* x, size_t count);

// x = (x - mean) / sqrt(variance + eps) * gamma + beta over rows of `width`, two passes, population variance.
void layerNorm(float* x, const float* gamma, const float* beta, float eps, size_t rows, size_t width);
// x += y
void addTo(float* x, const float* y, size_t count);

// One head: out[rows, depth] = softmax(q k^T / sqrt(depth) + mask) v. q, k, v and out have row strides; mask[cols] is 0 or
// -10000 a key; scores is room for rows * cols and holds the probabilities afterwards. A score more than 80 below the
// row's largest weighs 0.
void attentionHead(const float* q, const float* k, const float* v, size_t stride, const float* mask, float* scores,
                   float* out, size_t out_stride, size_t rows, size_t cols, size_t depth);

// Statistics of one run of values, for the data pass. -0 is a zero.
struct Summary {
  uint64_t nan, inf, zeros, ones;
  float smallest, largest;  // of finite values; smallest > largest if there are none
  double sum, sum_squares;  // of finite values minus `shift`
};
Summary summarize(const float* x, size_t count, float shift);

}  // namespace bp::kernels
