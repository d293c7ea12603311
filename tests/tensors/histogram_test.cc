#include "tensors/histogram.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <random>

using namespace bp;

namespace {

TensorTable tableOf(DType dtype, Shape shape) {
  TensorInfo tensor;
  tensor.name = "a";
  tensor.dtype = dtype;
  tensor.shape = std::move(shape);
  tensor.parts.emplace_back();
  TensorTable table;
  table.add(std::move(tensor));
  return table;
}

uint64_t sum(const Histogram& histogram) { return std::accumulate(histogram.counts.begin(), histogram.counts.end(), uint64_t{0}); }

}  // namespace

TEST_CASE("the bins hold every finite value and none that is not") {
  std::vector<float> values(1000);
  std::iota(values.begin(), values.end(), 0.0f);
  values.push_back(std::numeric_limits<float>::quiet_NaN());
  values.push_back(-std::numeric_limits<float>::infinity());
  const Histogram histogram = histogramOf(values);
  CHECK(histogram.from == 0.0f);
  CHECK(histogram.to == 999.0f);
  CHECK(histogram.taken == 1002);
  CHECK(sum(histogram) == 1000);
  for (const uint32_t count : histogram.counts) CHECK((count == 15 || count == 16));
}

TEST_CASE("one value alone stands in the first bin, the widest range overflows nothing, no value leaves no bins") {
  const std::vector<float> same(5, 0.25f);
  CHECK(histogramOf(same).counts[0] == 5);
  const float most = std::numeric_limits<float>::max();
  const std::vector<float> wide = {-most, 0.0f, most};
  const Histogram histogram = histogramOf(wide);
  CHECK(histogram.counts.front() == 1);
  CHECK(histogram.counts[kHistogramBins / 2] == 1);
  CHECK(histogram.counts.back() == 1);
  CHECK(histogramOf({}).counts.empty());
  const std::vector<float> none = {std::numeric_limits<float>::infinity()};
  CHECK(histogramOf(none).counts.empty());
}

TEST_CASE("a small tensor is taken whole, in chunks of any size") {
  const TensorTable table = tableOf(DType::kFloat32, {10, 10});
  Histograms histograms(table);
  std::vector<float> values(100);
  std::iota(values.begin(), values.end(), 1.0f);
  CHECK(histograms.wants(0));
  histograms.take(0, 0, 0, std::span(values).first(37));
  CHECK(histograms.of(0).counts.empty());
  histograms.take(0, 0, 37, std::span(values).subspan(37));
  CHECK(histograms.of(0).taken == 100);
  CHECK(sum(histograms.of(0)) == 100);
  CHECK_FALSE(Histograms(tableOf(DType::kInt64, {4})).wants(0));
}

TEST_CASE("of a large tensor values are taken evenly, whatever the chunks, and no column is preferred") {
  const int64_t rows = 3000, width = 96;
  const TensorTable table = tableOf(DType::kFloat32, {rows, width});
  const std::size_t count = static_cast<std::size_t>(rows * width);
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i % static_cast<std::size_t>(width));
  std::vector<uint32_t> whole;
  for (const std::size_t step : {count, std::size_t{1}, std::size_t{4096}, std::size_t{777}}) {
    Histograms histograms(table);
    for (std::size_t i = 0; i < count; i += step) {
      histograms.take(0, 0, i, std::span(values).subspan(i, std::min(step, count - i)));
    }
    const Histogram& histogram = histograms.of(0);
    CHECK(histogram.taken == (count - 1) / histogramStride(count) + 1);
    CHECK(histogram.taken <= kHistogramSample);
    CHECK(histogram.from == 0.0f);
    CHECK(histogram.to == static_cast<float>(width - 1));
    if (whole.empty()) whole = histogram.counts;
    CHECK(histogram.counts == whole);
  }
}

TEST_CASE("the shape of a normal distribution is seen in the bins") {
  const TensorTable table = tableOf(DType::kFloat32, {1000, 500});
  std::mt19937 random(5);
  std::normal_distribution<float> normal(1.0f, 0.5f);
  std::vector<float> values(500'000);
  for (float& value : values) value = normal(random);
  Histograms histograms(table);
  histograms.take(0, 0, 0, values);
  const Histogram& histogram = histograms.of(0);
  double mean = 0, square = 0;
  for (std::size_t i = 0; i < kHistogramBins; ++i) {
    const double centre = histogram.from + (static_cast<double>(i) + 0.5) * (histogram.to - histogram.from) / kHistogramBins;
    mean += centre * histogram.counts[i];
    square += centre * centre * histogram.counts[i];
  }
  const double n = static_cast<double>(sum(histogram));
  mean /= n;
  CHECK(mean == doctest::Approx(1.0).epsilon(0.02));
  CHECK(std::sqrt(square / n - mean * mean) == doctest::Approx(0.5).epsilon(0.03));
}
