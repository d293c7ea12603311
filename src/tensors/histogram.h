// A picture of how the values of each tensor lie, from values taken evenly on their way past: all of them up to
// kHistogramSample, beyond that every n-th, so that the cost of a pass hardly grows.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tensors/data_pass.h"

namespace bp {

inline constexpr std::size_t kHistogramSample = 4096;
inline constexpr std::size_t kHistogramBins = 64;

struct Histogram {
  float from = 0, to = 0;        // of the finite values taken; equal: they are all the same and stand in one bin
  std::vector<uint32_t> counts;  // kHistogramBins of equal width, the last with its upper end; empty: no finite value was taken
  uint64_t taken = 0;            // values taken, finite or not
};

class Histograms final : public ValueSink {
 public:
  // The table must outlive this. Only floating types are wanted.
  explicit Histograms(const TensorTable& table);

  bool wants(uint32_t tensor) const override;
  void take(uint32_t tensor, uint32_t part, uint64_t first, std::span<const float> values) override;
  const Histogram& of(uint32_t tensor) const { return done_[tensor]; }  // once its values came whole

 private:
  struct Sample {
    std::vector<float> values;
    uint64_t seen = 0;
  };
  const TensorTable& table_;
  std::vector<Sample> samples_;  // emptied once a tensor came whole
  std::vector<Histogram> done_;
};

// Every how many of `count` elements one is taken. Shares no factor 2 or 3 with the width of a row, so that no column is preferred.
uint64_t histogramStride(uint64_t count);
Histogram histogramOf(std::span<const float> values);

}  // namespace bp
