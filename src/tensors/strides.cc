#include "tensors/strides.h"

#include <algorithm>

#include "base/sort.h"

namespace bp {

std::optional<uint64_t> stridedSpan(std::span<const int64_t> shape, std::span<const int64_t> strides) {
  uint64_t last = 0;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] == 0) return 0;
    const auto steps = static_cast<uint64_t>(shape[d] - 1), stride = static_cast<uint64_t>(strides[d]);
    if (steps > 0 && stride > (INT64_MAX - last) / steps) return std::nullopt;
    last += steps * stride;
  }
  return last + 1;
}

bool isRowMajor(std::span<const int64_t> shape, std::span<const int64_t> strides) {
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return true;
  uint64_t expected = 1;
  for (std::size_t d = shape.size(); d-- > 0;) {
    if (shape[d] == 1) continue;
    if (static_cast<uint64_t>(strides[d]) != expected) return false;
    expected *= static_cast<uint64_t>(shape[d]);
  }
  return true;
}

std::optional<StridedOrder> StridedOrder::of(std::span<const int64_t> shape, std::span<const int64_t> strides) {
  const auto elements = elementCount(shape);
  if (!elements) return std::nullopt;
  StridedOrder order;
  uint64_t step = 1;
  for (std::size_t d = shape.size(); d-- > 0;) {
    const auto size = static_cast<uint64_t>(shape[d]);
    if (size > 1 && strides[d] == 0) {
      if (static_cast<uint64_t>(*elements) > kMostRepeated) return std::nullopt;
      order.repeated_.push_back({0, size, step});
    } else if (size > 1) {
      order.dimensions_.push_back({static_cast<uint64_t>(strides[d]), size, step});
    }
    step *= size;
  }
  stableSort(order.dimensions_, [](const Dimension& a, const Dimension& b) { return a.stride > b.stride; });
  uint64_t reached = 0;  // the last place of the dimensions so far
  for (auto d = order.dimensions_.rbegin(); d != order.dimensions_.rend(); ++d) {
    if (d->stride <= reached) return std::nullopt;
    reached += (d->size - 1) * d->stride;
  }
  return order;
}

uint64_t StridedOrder::repeats() const {
  uint64_t count = 1;
  for (const Dimension& d : repeated_) count *= d.size;
  return count;
}

}  // namespace bp
