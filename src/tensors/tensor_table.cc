#include "tensors/tensor_table.h"

#include <limits>
#include <utility>

namespace bp {

std::optional<int64_t> elementCount(std::span<const int64_t> shape) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  int64_t count = 1;
  bool has_zero = false;
  for (const int64_t dim : shape) {
    if (dim < 0) return std::nullopt;
    if (dim == 0) {
      has_zero = true;
    } else if (count > kMost / dim) {
      return std::nullopt;
    } else {
      count *= dim;
    }
  }
  return has_zero ? 0 : count;
}

std::string shapeText(std::span<const int64_t> shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(shape[i]);
  }
  return text + "]";
}

uint64_t TensorInfo::bytes() const {
  uint64_t sum = 0;
  for (const TensorPart& part : parts) {
    const uint64_t length = part.values ? part.values->size() : part.extent.length;
    sum = length > UINT64_MAX - sum ? UINT64_MAX : sum + length;
  }
  return sum;
}

uint64_t indexInTensor(const TensorInfo& tensor, const TensorPart& part, uint64_t local) {
  const std::size_t rank = tensor.shape.size();
  if (part.start.size() != rank || part.length.size() != rank) return local;
  uint64_t index = 0, stride = 1;
  for (std::size_t d = rank; d-- > 0;) {
    const auto length = static_cast<uint64_t>(part.length[d]);
    if (length == 0) return local;
    index += (static_cast<uint64_t>(part.start[d]) + local % length) * stride;
    local /= length;
    stride *= static_cast<uint64_t>(tensor.shape[d]);
  }
  return index;
}

void TensorTable::add(TensorInfo tensor) {
  by_name_.emplace(tensor.name, static_cast<uint32_t>(tensors_.size()));
  tensors_.push_back(std::move(tensor));
}

uint32_t TensorTable::addRun(ChecksumRun run) {
  runs_.push_back(run);
  return static_cast<uint32_t>(runs_.size() - 1);
}

std::optional<uint32_t> TensorTable::indexOf(std::string_view name) const {
  const auto found = by_name_.find(std::string(name));
  if (found == by_name_.end()) return std::nullopt;
  return found->second;
}

const TensorInfo* TensorTable::find(std::string_view name) const {
  const auto index = indexOf(name);
  return index ? &tensors_[*index] : nullptr;
}

}  // namespace bp
