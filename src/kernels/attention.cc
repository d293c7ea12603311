#include "kernels/kernels.h"
#include "kernels/matmul_tile.h"
#include "kernels/vector_math.h"

namespace bp::kernels {
namespace {

constexpr float kNoWeight = -80.0f;  // e^-80 adds nothing, and smaller results would be slow denormals

// scores[key] = e^(score * scale + mask - largest), each lane a query; returns 1 / their sum. The query of a lane keeps to itself.
template <size_t V>
void softmaxLanes(float* scores, const float* mask, float scale, size_t keys, Floats (&inverse)[V]) {
  Floats high[V], sums[V];
  for (size_t j = 0; j < V; ++j) {
    high[j] = splat(-__builtin_inff());
    sums[j] = splat(0.0f);
  }
  for (size_t key = 0; key < keys; ++key) {
    for (size_t j = 0; j < V; ++j) {
      float* at = scores + (key * V + j) * kLanes;
      const Floats v = mulAdd(load(at), splat(scale), splat(mask[key]));
      store(at, v);
      high[j] = larger(high[j], v);
    }
  }
  for (size_t key = 0; key < keys; ++key) {
    for (size_t j = 0; j < V; ++j) {
      float* at = scores + (key * V + j) * kLanes;
      const Floats v = load(at) - high[j];
      const Floats p = select(v < splat(kNoWeight), splat(0.0f), exponential(v));
      store(at, p);
      sums[j] += p;
    }
  }
  for (size_t j = 0; j < V; ++j) inverse[j] = splat(1.0f) / sums[j];
}

template <size_t V>
void scaleLanes(float* x, const Floats (&by)[V], size_t columns) {
  for (size_t i = 0; i < columns; ++i) {
    for (size_t j = 0; j < V; ++j, x += kLanes) store(x, load(x) * by[j]);
  }
}

// The queries of one group, V vectors of them.
template <size_t V>
void attendGroup(const Heads& heads, size_t head, size_t group, float* scores, float* probabilities) {
  const size_t tokens = heads.tokens, depth = heads.depth, width = heads.width, column = head * depth;
  const size_t rows = tokens - group < V * kLanes ? tokens - group : V * kLanes;
  const float* query = heads.query + group * width + column * V * kLanes;
  // The keys stand in lanes, too: as columns they follow each other within a group, whose last one may be of four.
  const size_t whole = tokens % kGroup == 0 || tokens % kGroup > kLanes ? tokens : tokens - tokens % kGroup;
  multiplyRows({query, rows, depth, nullptr, scores, whole}, {heads.key + column * kGroup, kGroup, kGroup * width, kGroup}, 0, depth);
  if (whole < tokens) {
    const float* last = heads.key + whole * width + column * kLanes;
    multiplyRows({query, rows, depth, nullptr, scores + whole * V * kLanes, tokens - whole}, {last, kLanes, 0, kLanes}, 0, depth);
  }

  Floats inverse[V];
  softmaxLanes<V>(scores, heads.mask, heads.scale, tokens, inverse);
  float* context = heads.context + group * width + column * V * kLanes;
  multiplyRows({scores, rows, tokens, nullptr, context, depth}, {heads.value + column, width, 0, width}, 0, tokens);
  scaleLanes<V>(context, inverse, depth);
  if (probabilities == nullptr) return;
  scaleLanes<V>(scores, inverse, tokens);
  unpackRows(scores, probabilities + group * tokens, tokens, rows, tokens);
}

}  // namespace

void attendHead(const Heads& heads, size_t head, float* scores, float* probabilities) {
  size_t group = 0;
  for (; group + kLanes < heads.tokens; group += kGroup) attendGroup<2>(heads, head, group, scores, probabilities);
  if (group < heads.tokens) attendGroup<1>(heads, head, group, scores, probabilities);
}

}  // namespace bp::kernels
