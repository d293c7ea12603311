#include "kernels/reference.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace bp::kernels::reference {
namespace {

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Strided = Eigen::Map<RowMajor, 0, Eigen::OuterStride<>>;
using ConstStrided = Eigen::Map<const RowMajor, 0, Eigen::OuterStride<>>;

Eigen::Index index(size_t n) { return static_cast<Eigen::Index>(n); }

ConstStrided matrix(const float* x, size_t rows, size_t cols, size_t stride) { return {x, index(rows), index(cols), Eigen::OuterStride<>(index(stride))}; }
Strided matrix(float* x, size_t rows, size_t cols, size_t stride) { return {x, index(rows), index(cols), Eigen::OuterStride<>(index(stride))}; }

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

double activated(Activation activation, double x) {
  switch (activation) {
    case Activation::kLinear: return x;
    case Activation::kRelu: return std::max(x, 0.0);
    case Activation::kGeluErf: return 0.5 * x * std::erfc(-x / std::numbers::sqrt2);
    case Activation::kGeluTanh: return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
    case Activation::kTanh: return std::tanh(x);
    case Activation::kSilu: return x * sigmoid(x);
    case Activation::kQuickGelu: return x * sigmoid(1.702 * x);
    case Activation::kMish: return x * std::tanh(std::log1p(std::exp(x)));
    case Activation::kSigmoid: return sigmoid(x);
    case Activation::kGelu10: return std::clamp(activated(Activation::kGeluErf, x), -10.0, 10.0);
  }
  return x;
}

}  // namespace

void matmulPacked(const float* a, size_t lda, const float* w, const float* bias, float* c, size_t ldc, size_t m, size_t k, size_t n) {
  const auto rows = matrix(a, m, k, lda);
  auto product = matrix(c, m, n, ldc);
  for (size_t column = 0; column < n; column += kPanel) {
    const size_t columns = std::min(kPanel, n - column);
    product.middleCols(index(column), index(columns)).noalias() = rows * matrix(w + packedIndex(k, 0, column), k, columns, kPanel);
  }
  if (bias != nullptr) product.rowwise() += Eigen::Map<const Eigen::RowVectorXf>(bias, index(n));
}

void matmulTransposed(const float* a, size_t lda, const float* b, size_t ldb, float* c, size_t ldc, size_t m, size_t k, size_t n) {
  matrix(c, m, n, ldc).noalias() = matrix(a, m, k, lda) * matrix(b, n, k, ldb).transpose();
}

void activate(Activation activation, float* x, size_t count) {
  for (size_t i = 0; i < count; ++i) x[i] = static_cast<float>(activated(activation, x[i]));
}

void layerNorm(float* x, const float* gamma, const float* beta, float eps, size_t rows, size_t width) {
  for (size_t row = 0; row < rows; ++row, x += width) {
    double mean = 0, variance = 0;
    for (size_t i = 0; i < width; ++i) mean += x[i] / static_cast<double>(width);
    for (size_t i = 0; i < width; ++i) variance += (x[i] - mean) * (x[i] - mean) / static_cast<double>(width);
    for (size_t i = 0; i < width; ++i) x[i] = static_cast<float>((x[i] - mean) / std::sqrt(variance + eps) * gamma[i] + beta[i]);
  }
}

void addTo(float* x, const float* y, size_t count) {
  for (size_t i = 0; i < count; ++i) x[i] += y[i];
}

void attentionHead(const float* q, const float* k, const float* v, size_t stride, const float* mask, float* scores, float* out,
                   size_t out_stride, size_t rows, size_t cols, size_t depth) {
  matmulTransposed(q, stride, k, stride, scores, cols, rows, depth, cols);
  for (size_t row = 0; row < rows; ++row) {
    float* p = scores + row * cols;
    for (size_t i = 0; i < cols; ++i) p[i] = static_cast<float>(p[i] / std::sqrt(static_cast<double>(depth)) + mask[i]);
    const double largest = *std::max_element(p, p + cols);
    double sum = 0;
    for (size_t i = 0; i < cols; ++i) sum += std::exp(p[i] - largest);
    for (size_t i = 0; i < cols; ++i) p[i] = static_cast<float>(std::exp(p[i] - largest) / sum);
  }
  matrix(out, rows, depth, out_stride).noalias() = matrix(static_cast<const float*>(scores), rows, cols, cols) * matrix(v, cols, depth, stride);
}

Summary summarize(const float* x, size_t count, float shift) {
  Summary summary = {};
  summary.smallest = std::numeric_limits<float>::infinity();
  summary.largest = -summary.smallest;
  for (size_t i = 0; i < count; ++i) {
    summary.nan += std::isnan(x[i]);
    summary.inf += std::isinf(x[i]);
    summary.zeros += x[i] == 0;
    summary.ones += x[i] == 1;
    if (!std::isfinite(x[i])) continue;
    const double d = static_cast<double>(x[i]) - shift;
    summary.sum += d;
    summary.sum_squares += d * d;
    summary.smallest = std::min(summary.smallest, x[i]);
    summary.largest = std::max(summary.largest, x[i]);
  }
  return summary;
}

}  // namespace bp::kernels::reference
