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

void matmul(const float* a, const float* w, const float* bias, float* c, size_t m, size_t k, size_t n) {
  matrix(c, m, n, n).noalias() = matrix(a, m, k, k) * matrix(w, k, n, n);
  if (bias != nullptr) matrix(c, m, n, n).rowwise() += Eigen::Map<const Eigen::RowVectorXf>(bias, index(n));
}

void matmulTransposed(const float* a, size_t lda, const float* b, size_t ldb, float* c, size_t ldc, size_t m, size_t k, size_t n) {
  matrix(c, m, n, ldc).noalias() = matrix(a, m, k, lda) * matrix(b, n, k, ldb).transpose();
}

void activate(Activation activation, float* x, size_t count) {
  for (size_t i = 0; i < count; ++i) x[i] = static_cast<float>(activated(activation, x[i]));
}

void layerNorm(float* x, const float* sum, const float* bias, const Norm& norm, size_t rows, size_t width) {
  for (size_t row = 0; row < rows; ++row, x += width) {
    for (size_t i = 0; i < width && sum != nullptr; ++i) x[i] += sum[row * width + i] + bias[i];
    double mean = 0, variance = 0;
    for (size_t i = 0; i < width; ++i) mean += x[i] / static_cast<double>(width);
    for (size_t i = 0; i < width; ++i) variance += (x[i] - mean) * (x[i] - mean) / static_cast<double>(width);
    for (size_t i = 0; i < width; ++i) x[i] = static_cast<float>((x[i] - mean) / std::sqrt(variance + norm.eps) * norm.gamma[i] + norm.beta[i]);
  }
}

void addTo(float* x, const float* y, size_t count) {
  for (size_t i = 0; i < count; ++i) x[i] += y[i];
}

void attendHead(const float* q, const float* k, const float* v, const float* mask, float* context, float* probabilities, size_t tokens, size_t depth) {
  matmulTransposed(q, depth, k, depth, probabilities, tokens, tokens, depth, tokens);
  for (size_t row = 0; row < tokens; ++row) {
    float* p = probabilities + row * tokens;
    for (size_t i = 0; i < tokens; ++i) p[i] = static_cast<float>(p[i] / std::sqrt(static_cast<double>(depth)) + mask[i]);
    const double largest = *std::max_element(p, p + tokens);
    double sum = 0;
    for (size_t i = 0; i < tokens; ++i) sum += std::exp(p[i] - largest);
    for (size_t i = 0; i < tokens; ++i) p[i] = static_cast<float>(std::exp(p[i] - largest) / sum);
  }
  matmul(probabilities, v, nullptr, context, tokens, tokens, depth);
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
