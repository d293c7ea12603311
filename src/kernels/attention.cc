#include "kernels/kernels.h"
#include "kernels/matmul_tile.h"
#include "kernels/vector_math.h"

namespace bp::kernels {
namespace {

constexpr float kNoWeight = -80.0f;  // e^-80 adds nothing, and smaller results would be slow denormals

// x = softmax(x * scale + mask)
void softmaxRow(float* x, const float* mask, float scale, size_t count) {
  size_t i = 0;
  Floats high = splat(-__builtin_inff());
  for (; i + kLanes <= count; i += kLanes) {
    const Floats v = mulAdd(load(x + i), splat(scale), load(mask + i));
    store(x + i, v);
    high = larger(high, v);
  }
  float largest = largestLane(high);
  for (; i < count; ++i) {
    x[i] = x[i] * scale + mask[i];
    largest = largest < x[i] ? x[i] : largest;
  }

  const auto weigh = [largest](Floats v) {
    v -= splat(largest);
    return select(v < splat(kNoWeight), splat(0.0f), exponential(v));
  };
  Floats sums = splat(0.0f);
  for (i = 0; i + kLanes <= count; i += kLanes) {
    const Floats p = weigh(load(x + i));
    store(x + i, p);
    sums += p;
  }
  float sum = sumLanes(sums);
  for (; i < count; ++i) {
    x[i] = weigh(splat(x[i]))[0];
    sum += x[i];
  }
  const Floats inverse = splat(1.0f / sum);
  mapInPlace(x, count, [inverse](Floats v) { return v * inverse; });
}

}  // namespace

void attentionHead(const float* q, const float* k, const float* v, size_t stride, const float* mask, float* scores, float* out,
                   size_t out_stride, size_t rows, size_t cols, size_t depth) {
  matmulTransposed(q, stride, k, stride, scores, cols, rows, depth, cols);
  const float scale = 1.0f / __builtin_sqrtf(static_cast<float>(depth));
  for (size_t row = 0; row < rows; ++row) softmaxRow(scores + row * cols, mask, scale, cols);
  for (size_t column = 0; column < depth; column += kPanel) {
    const size_t columns = depth - column < kPanel ? depth - column : kPanel;
    multiplyPanel(scores, cols, v + column, stride, rows, cols, out + column, out_stride, columns, {});
  }
}

}  // namespace bp::kernels
