// Weights on their way to the instances that share the layers: instance 0 reads the data, and what the others keep of it is
// copied out as it comes by.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "encoder/kept_matrix.h"
#include "encoder/weights.h"

namespace bp {

// Messages of records {binding (u32), count (u32), first (u64), count floats}: elements from `first` on of the matrix as it is stored;
// `binding` counts in `bindings`.
class SliceOutbox final : public ValueSink {
 public:
  // `bindings` are those of the layers. `table` must outlive this.
  SliceOutbox(const Sizes& sizes, uint32_t count, std::span<const Binding> bindings, const TensorTable& table);

  bool wants(uint32_t tensor) const override;
  void take(uint32_t tensor, uint32_t part, uint64_t first, std::span<const float> values) override;
  // What came for an instance since this was last called for it; valid until more is taken.
  std::span<const uint8_t> message(uint32_t instance);

 private:
  struct Receiver {
    std::vector<KeptMatrix> matrices;  // by binding
    std::vector<uint8_t> bytes;
    bool read = false;  // `bytes` were given away
  };
  std::vector<Binding> bindings_;
  std::multimap<uint32_t, uint32_t> by_tensor_;  // tensor → bindings
  const TensorTable& table_;
  std::vector<Receiver> receivers_;  // by instance; of the first nothing is used
};

// The records that are whole, for `sink`, which knows the bindings as tensors 0, 1, 2, …; how many bytes they take.
std::size_t readSlices(std::span<const uint8_t> message, ValueSink& sink);

}  // namespace bp
