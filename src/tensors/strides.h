// Tensors whose elements are not stored in row-major order: from where an element is stored to where it belongs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tensors/tensor_table.h"

namespace bp {

// Elements from the first to the last, with both: 1 + Σ (shape[d] − 1) · strides[d], 0 for an empty tensor; nothing on overflow.
// No dim and no stride may be negative.
std::optional<uint64_t> stridedSpan(std::span<const int64_t> shape, std::span<const int64_t> strides);
bool isRowMajor(std::span<const int64_t> shape, std::span<const int64_t> strides);

// Every element of a tensor has a stored place of its own but along dimensions with stride 0, where one is repeated.
class StridedOrder {
 public:
  // Elements a tensor may have by repetition: four bytes could claim any number.
  static constexpr uint64_t kMostRepeated = uint64_t{1} << 20;

  // Nothing if elements share a place otherwise, or for more repetition than that.
  static std::optional<StridedOrder> of(std::span<const int64_t> shape, std::span<const int64_t> strides);

  // Index in row-major order of the element stored at `place`, the first of them where it is repeated; nothing if none is there.
  std::optional<uint64_t> indexOf(uint64_t place) const {
    uint64_t index = 0;
    for (const Dimension& d : dimensions_) {
      const uint64_t i = place / d.stride;
      if (i >= d.size) return std::nullopt;
      index += i * d.step;
      place -= i * d.stride;
    }
    if (place != 0) return std::nullopt;
    return index;
  }
  uint64_t repeats() const;  // how often each value appears
  // shift(s) for what to add to such an index, once for each time its value appears.
  template <typename F>
  void eachRepeat(F shift) const {
    for (uint64_t i = 0, count = repeats(); i < count; ++i) {
      uint64_t sum = 0, rest = i;
      for (const Dimension& d : repeated_) {
        sum += rest % d.size * d.step;
        rest /= d.size;
      }
      shift(sum);
    }
  }

 private:
  struct Dimension {
    uint64_t stride = 0;  // stored elements
    uint64_t size = 0;
    uint64_t step = 0;    // elements of row-major order
  };
  std::vector<Dimension> dimensions_;  // by stride, greatest first; no dimension of one element
  std::vector<Dimension> repeated_;
};

}  // namespace bp
