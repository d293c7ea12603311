// The definition of what kernels.h computes, in plain loops over double and Eigen's float product: slow, obvious,
// linked by tests and benchmarks only.
#pragma once

#include "kernels/kernels.h"

namespace bp::kernels::reference {

void matmulPacked(const float* a, size_t lda, const float* w, const float* bias, float* c, size_t ldc, size_t m, size_t k, size_t n);
void matmulTransposed(const float* a, size_t lda, const float* b, size_t ldb, float* c, size_t ldc, size_t m, size_t k, size_t n);
void activate(Activation activation, float* x, size_t count);
void layerNorm(float* x, const float* gamma, const float* beta, float eps, size_t rows, size_t width);
void addTo(float* x, const float* y, size_t count);
void attentionHead(const float* q, const float* k, const float* v, size_t stride, const float* mask, float* scores, float* out,
                   size_t out_stride, size_t rows, size_t cols, size_t depth);
Summary summarize(const float* x, size_t count, float shift);

}  // namespace bp::kernels::reference
