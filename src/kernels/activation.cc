#include "kernels/kernels.h"
#include "kernels/vector_math.h"

namespace bp::kernels {
namespace {

// 0.5 x (1 + erf(x / sqrt 2))
Floats geluErf(Floats x) { return x * normalCdf(x); }

// 0.5 x (1 + tanh(u)) is x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3).
Floats geluTanh(Floats x) {
  const Floats twice_u = x * mulAdd(x * x, constant(2 * 0.797884561f * 0.044715f), constant(2 * 0.797884561f));
  return x * sigmoid(twice_u);
}

// x tanh(ln(1 + e^x)), the tanh written in e^x; beyond 20 it is 1.
Floats mish(Floats x) {
  const Floats e = exponential(smaller(x, constant(20.0f)));
  const Floats n = e * (e + constant(2.0f));
  return x * (n / (n + constant(2.0f)));
}

}  // namespace

void activate(Activation activation, float* x, size_t count) {
  switch (activation) {
    case Activation::kLinear: return;
    case Activation::kRelu: return mapInPlace(x, count, [](Floats v) { return larger(v, splat(0.0f)); });
    case Activation::kGeluErf: return mapInPlace(x, count, geluErf);
    case Activation::kGeluTanh: return mapInPlace(x, count, geluTanh);
    case Activation::kTanh: return mapInPlace(x, count, hyperbolicTangent);
    case Activation::kSilu: return mapInPlace(x, count, [](Floats v) { return v * sigmoid(v); });
    case Activation::kQuickGelu: return mapInPlace(x, count, [](Floats v) { return v * sigmoid(v * splat(1.702f)); });
    case Activation::kMish: return mapInPlace(x, count, mish);
    case Activation::kSigmoid: return mapInPlace(x, count, sigmoid);
    case Activation::kGelu10:
      return mapInPlace(x, count, [](Floats v) { return larger(smaller(geluErf(v), splat(10.0f)), splat(-10.0f)); });
  }
}

void addTo(float* x, const float* y, size_t count) {
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(x + i, load(x + i) + load(y + i));
  for (; i < count; ++i) x[i] += y[i];
}

void layerNorm(float* x, const float* sum, const float* bias, const Norm& norm, size_t rows, size_t width) {
  const size_t whole = width - width % kLanes;
  for (size_t row = 0; row < rows; ++row, x += width) {
    Floats totals = splat(0.0f);
    if (sum != nullptr) {
      for (size_t i = 0; i < whole; i += kLanes) {
        const Floats v = load(x + i) + (load(sum + i) + load(bias + i));
        store(x + i, v);
        totals += v;
      }
      for (size_t i = whole; i < width; ++i) x[i] += sum[i] + bias[i];
      sum += width;
    } else {
      for (size_t i = 0; i < whole; i += kLanes) totals += load(x + i);
    }
    float total = sumLanes(totals);
    for (size_t i = whole; i < width; ++i) total += x[i];
    const float mean = total / static_cast<float>(width);

    Floats squares = splat(0.0f);
    for (size_t i = 0; i < whole; i += kLanes) {
      const Floats d = load(x + i) - splat(mean);
      squares = mulAdd(d, d, squares);
    }
    float square = sumLanes(squares);
    for (size_t i = whole; i < width; ++i) square += (x[i] - mean) * (x[i] - mean);
    const float scale = 1.0f / __builtin_sqrtf(square / static_cast<float>(width) + norm.eps);

    for (size_t i = 0; i < whole; i += kLanes) {
      store(x + i, mulAdd((load(x + i) - splat(mean)) * splat(scale), load(norm.gamma + i), load(norm.beta + i)));
    }
    for (size_t i = whole; i < width; ++i) x[i] = (x[i] - mean) * scale * norm.gamma[i] + norm.beta[i];
  }
}

}  // namespace bp::kernels
