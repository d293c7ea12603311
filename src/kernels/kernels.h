// The few hot loops, freestanding: no libc, no allocation, no tables; written once over the vector operations of
// simd.h. reference.h is the definition they are held against. Matrices are float32 and row-major unless a layout
// is named; no pointer needs alignment beyond a float's.
#pragma once

#include <stddef.h>
#include <stdint.h>

// In the WebAssembly build the kernels are a module of their own, one for each set of instructions, joined with the rest
// after linking (cmake/wasm.cmake).
#if defined(BP_KERNELS_EXPORTED)
#define BP_KERNEL(name) __attribute__((export_name(name)))
#elif defined(BP_KERNELS_IMPORTED)
#define BP_KERNEL(name) __attribute__((import_module("kernels"), import_name(name)))
#else
#define BP_KERNEL(name)
#endif

namespace bp::kernels {

// Right operand of a product, packed: W [k, n] in blocks of kDepth rows, a block in panels of kPanel columns, a panel its rows
// of kPanel values, the last panel filled up with zeros: read from beginning to end. Element (row, col) stands at packedIndex.
inline constexpr size_t kPanel = 4, kDepth = 384;
constexpr size_t packedSize(size_t k, size_t n) { return k * ((n + kPanel - 1) / kPanel) * kPanel; }
constexpr size_t packedIndex(size_t k, size_t n, size_t row, size_t col) {
  const size_t first = row / kDepth * kDepth, depth = k - first < kDepth ? k - first : kDepth;
  return packedSize(first, n) + (col / kPanel) * depth * kPanel + (row - first) * kPanel + col % kPanel;
}

// Left operand and result, in lanes: x [m, k] in groups of kGroup rows, each group k columns of kGroup values; where at most
// four rows are left, the last group has columns of four. What one product writes the next one reads. Lanes without a row
// hold anything finite.
inline constexpr size_t kGroup = 8;
constexpr size_t lanesSize(size_t m, size_t k) { return (m + 3) / 4 * 4 * k; }
BP_KERNEL("packRows") void packRows(const float* x, size_t ldx, float* lanes, size_t m, size_t k);
BP_KERNEL("unpackRows") void unpackRows(const float* lanes, float* x, size_t ldx, size_t m, size_t k);

// c[m, n] = a[m, k] w + bias; a and c in lanes, w packed; bias may be null.
BP_KERNEL("matmul") void matmul(const float* a, const float* w, const float* bias, float* c, size_t m, size_t k, size_t n);
// The product in whole numbers, columns of w in eight bits, summed up in 32: a row of x and a column of w are each a mid plus a scale
// times levels from -mostLevel to mostLevel. With SIMD128 a column has 255 of them and a row 2047; with relaxed SIMD 127 and 255, for its
// dot takes eight bits and on one side seven, if its result is to be the same on every machine. A row or column with a NaN or an
// infinity has no mid, and its results are NaN. `quantized` is room for int8RowsSize or int8ColumnsSize bytes, aligned as floats are; how
// it is filled is the kernels' own matter.
inline constexpr size_t kInt8Panel = 8;
inline constexpr size_t kMostInt8Depth = 16384;  // of k: no sum of products passes 32 bits
constexpr size_t int8RowsSize(size_t m, size_t k) { return (m + 3) / 4 * 4 * ((k + 3) / 4 * 4 * sizeof(int16_t) + 2 * sizeof(float) + sizeof(int32_t)); }
constexpr size_t int8ColumnsSize(size_t k, size_t n) {
  return (n + kInt8Panel - 1) / kInt8Panel * kInt8Panel * ((k + 3) / 4 * 4 + 3 * sizeof(float));
}
BP_KERNEL("mostLevel") int32_t mostLevel(bool of_columns);
// x [m, k] row-major
BP_KERNEL("quantizeRows") void quantizeRows(const float* x, size_t m, size_t k, void* quantized);
// w [k, n] row-major; `transposed`: it is [n, k]
BP_KERNEL("quantizeColumns") void quantizeColumns(const float* w, bool transposed, size_t k, size_t n, void* quantized);
// c[m, n] = a w + bias, row-major; bias may be null.
BP_KERNEL("matmulInt8") void matmulInt8(const void* a, const void* w, const float* bias, float* c, size_t m, size_t k, size_t n);

// c[m, n] = a[m, k] b^T, with b [n, k] row-major: logits against a table.
BP_KERNEL("matmulTransposed") void matmulTransposed(const float* a, size_t lda, const float* b, size_t ldb, float* c, size_t ldc, size_t m, size_t k, size_t n);

// Names as in Hugging Face's configs: kGelu10 is gelu_10, the erf form cut to [-10, 10]; kQuickGelu x sigmoid(1.702 x).
// Off from the exact value by at most kActivationError * max(1, |x|).
inline constexpr float kActivationError = 4e-7f;
enum class Activation : uint8_t { kLinear, kRelu, kGeluErf, kGeluTanh, kTanh, kSilu, kQuickGelu, kMish, kSigmoid, kGelu10 };
BP_KERNEL("activate") void activate(Activation activation, float* x, size_t count);

// x = (y - mean) / sqrt(variance + eps) * gamma + beta over rows of `width`, with y = x, or x + sum + bias unless `sum`
// is null; two passes, population variance.
struct Norm {
  const float *gamma, *beta;
  float eps;
};
BP_KERNEL("layerNorm") void layerNorm(float* x, const float* sum, const float* bias, const Norm& norm, size_t rows, size_t width);
// x += y
BP_KERNEL("addTo") void addTo(float* x, const float* y, size_t count);

// What all heads of a layer share. query, key and context are [tokens, width] in lanes, value the same row-major with room
// for kValueSlack floats behind it; `width` is the number of heads times `depth`. mask[tokens] is 0 or -10000 a key.
inline constexpr size_t kValueSlack = 8;
struct Heads {
  const float *query, *key, *value, *mask;
  float* context;
  size_t tokens, width, depth;
  float scale;  // 1 / sqrt(depth)
};
// One head: context = softmax(query key^T * scale + mask) value. scores is room for lanesSize(min(tokens, kGroup), tokens);
// probabilities [tokens, tokens] is row-major and may be null. A score more than 80 below its row's largest weighs 0.
BP_KERNEL("attendHead") void attendHead(const Heads& heads, size_t head, float* scores, float* probabilities);

// Statistics of one run of values, for the data pass. -0 is a zero.
struct Summary {
  uint64_t nan, inf, zeros, ones;
  float smallest, largest;  // of finite values; smallest > largest if there are none
  double sum, sum_squares;  // of finite values minus `shift`
};
BP_KERNEL("summarize") Summary summarize(const float* x, size_t count, float shift);

}  // namespace bp::kernels
