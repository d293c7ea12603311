// Brings one tensor's bytes from where they lie into the order they are written in. Those that lie so already pass straight through.
// Others (a kernel to turn round, strides, slices that are not rows, big-endian words) are gathered in a window of the output; for
// each window the source is streamed past once, so memory is bounded whatever the tensor's size.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "convert/plan.h"
#include "tensors/data_pass.h"
#include "tensors/strides.h"

namespace bp {

class TensorStream {
 public:
  static constexpr uint64_t kWindow = 8 << 20;  // bytes: all kernels of BERT-base but the feed-forward ones at once, those in two

  // `source` outlives this, and its data is good: each part holds as many bytes as its box, or its strides, call for.
  TensorStream(const TensorInfo& source, const ConvertedTensor& target, uint64_t window = kWindow);

  // What to stream next; nothing: all is written. A read of no bytes asks for none: a part whose bytes the table holds was taken, and
  // made() is what can be written now.
  std::optional<PlannedRead> next();
  std::span<const uint8_t> made() const { return made_; }
  // Of that, in order, in chunks of any size. The bytes that can be written now; they stand in `bytes` or here until the next call.
  std::span<const uint8_t> take(std::span<const uint8_t> bytes);

 private:
  bool liesInOrder() const;
  static uint64_t bytesOf(const TensorPart& part) { return part.values ? part.values->size() : part.extent.length; }
  void gather(std::span<const uint8_t> bytes);
  template <size_t kWidth>
  void gatherElements(std::span<const uint8_t> bytes);
  template <size_t kWidth>
  void put(uint64_t at, const uint8_t* element);

  const TensorInfo& source_;
  const uint64_t width_;     // bytes an element
  const uint64_t elements_;  // of the output
  const bool transposed_;
  uint64_t rows_ = 1, columns_ = 1;  // of the source, if it is turned round
  bool straight_ = false;
  std::vector<const TensorPart*> parts_;  // by their first element
  size_t part_ = 0;
  uint64_t part_left_ = 0;  // bytes to come
  uint64_t local_ = 0;      // elements of the part seen
  std::optional<StridedOrder> order_;
  uint64_t window_elements_;
  uint64_t first_ = 0;      // element of the output: where the window begins, or what is written of what passes straight through
  std::vector<uint8_t> window_;
  std::span<const uint8_t> made_;
  std::array<uint8_t, 8> split_ = {};  // first bytes of an element that a chunk cut
  size_t split_size_ = 0;
};

}  // namespace bp
