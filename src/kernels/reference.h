// The definition of what kernels.h computes, in plain loops over double and Eigen's float product: slow, obvious,
// linked by tests and benchmarks only.
#pragma once

#include "kernels/kernels.h"

namespace bp::kernels::reference {

// Everything row-major and without gaps: w [k, n], not packed.
void matmul(const float* a, const float* w, const float* bias, float* c, size_t m, size_t k, size_t n);
void matmulTransposed(const float* a, size_t lda, const float* b, size_t ldb, float* c, size_t ldc, size_t m, size_t k, size_t n);
void activate(Activation activation, float* x, size_t count);
void layerNorm(float* x, const float* sum, const float* bias, const Norm& norm, size_t rows, size_t width);
void addTo(float* x, const float* y, size_t count);
// q, k, v, context [tokens, depth]
void attendHead(const float* q, const float* k, const float* v, const float* mask, float* context, float* probabilities, size_t tokens, size_t depth);
Summary summarize(const float* x, size_t count, float shift);

}  // namespace bp::kernels::reference
