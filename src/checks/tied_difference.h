// How far two tensors that should be the same are apart. Gathered as the data streams by, from evenly spread elements.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tensors/data_pass.h"

namespace bp {

class TiedDifference : public ValueSink {
 public:
  // Tensors of one shape, each stored in one piece; else nothing is compared.
  TiedDifference(const TensorTable& table, std::optional<uint32_t> a, std::optional<uint32_t> b);

  bool wants(uint32_t tensor) const override { return a_ && (tensor == *a_ || tensor == *b_); }
  void take(uint32_t tensor, uint32_t part, uint64_t first, std::span<const float> values) override;

  // The largest difference of an element looked at; nothing: not compared. Not-a-number counts as no difference.
  std::optional<float> largest() const;

 private:
  std::optional<uint32_t> a_, b_;
  uint64_t step_ = 1;  // of elements, every so manieth is kept
  std::vector<float> of_a_, of_b_;
};

}  // namespace bp
