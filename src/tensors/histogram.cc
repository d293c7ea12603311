#include "tensors/histogram.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace bp {
namespace {

uint64_t elementsOf(const TensorInfo& tensor) { return static_cast<uint64_t>(elementCount(tensor.shape).value_or(0)); }

}  // namespace

uint64_t histogramStride(uint64_t count) {
  if (count <= kHistogramSample) return 1;
  uint64_t stride = (count - 1) / kHistogramSample + 1;
  while (stride % 2 == 0 || stride % 3 == 0) ++stride;
  return stride;
}

Histogram histogramOf(std::span<const float> values) {
  Histogram histogram;
  histogram.taken = values.size();
  bool any = false;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    histogram.from = any ? std::min(histogram.from, value) : value;
    histogram.to = any ? std::max(histogram.to, value) : value;
    any = true;
  }
  if (!any) return histogram;
  histogram.counts.assign(kHistogramBins, 0);
  // In double: the width of the range of floats need not be a float.
  const double from = histogram.from, width = static_cast<double>(histogram.to) - from;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    const double place = width > 0 ? (static_cast<double>(value) - from) / width * static_cast<double>(kHistogramBins) : 0;
    ++histogram.counts[std::min(static_cast<std::size_t>(place), kHistogramBins - 1)];
  }
  return histogram;
}

Histograms::Histograms(const TensorTable& table) : table_(table), samples_(table.size()), done_(table.size()) {}

bool Histograms::wants(uint32_t tensor) const { return isFloating(table_[tensor].dtype); }

// Chunks of a part come in order, parts in any; which elements are taken is counted over the part.
void Histograms::take(uint32_t tensor, uint32_t, uint64_t first, std::span<const float> values) {
  Sample& sample = samples_[tensor];
  const uint64_t count = elementsOf(table_[tensor]);
  const uint64_t stride = histogramStride(count);
  for (uint64_t i = (stride - first % stride) % stride; i < values.size(); i += stride) {
    if (sample.values.size() < kHistogramSample) sample.values.push_back(values[static_cast<std::size_t>(i)]);
  }
  sample.seen += values.size();
  if (sample.seen < count) return;
  done_[tensor] = histogramOf(sample.values);
  sample.values = {};
}

}  // namespace bp
