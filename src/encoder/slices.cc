#include "encoder/slices.h"

#include <cstring>

namespace bp {
namespace {

struct RecordHead {
  uint32_t binding, count;
  uint64_t first;
};

void append(std::vector<uint8_t>& message, const RecordHead& head, std::span<const float> values) {
  const auto bytes = [&message](const void* from, std::size_t size) {
    const auto* first = static_cast<const uint8_t*>(from);
    message.insert(message.end(), first, first + size);
  };
  bytes(&head, sizeof head);
  bytes(values.data(), values.size_bytes());
}

}  // namespace

SliceOutbox::SliceOutbox(const Sizes& sizes, uint32_t count, std::span<const Binding> bindings, const TensorTable& table)
    : bindings_(bindings.begin(), bindings.end()), table_(table), receivers_(count) {
  for (uint32_t i = 1; i < count; ++i) {
    for (const Binding& binding : bindings_) receivers_[i].matrices.push_back(keptMatrix(binding.role, sizes, {i, count}));
  }
  for (uint32_t b = 0; b < bindings_.size(); ++b) by_tensor_.emplace(bindings_[b].tensor, b);
}

bool SliceOutbox::wants(uint32_t tensor) const { return by_tensor_.contains(tensor); }

void SliceOutbox::take(uint32_t tensor, uint32_t part, uint64_t first, std::span<const float> values) {
  const auto bound = by_tensor_.equal_range(tensor);
  eachStretch(table_[tensor], part, first, values, [&](uint64_t index, std::span<const float> run) {
    for (auto it = bound.first; it != bound.second; ++it) {
      const uint32_t binding = it->second;
      const bool transposed = bindings_[binding].transposed;
      for (std::size_t i = 1; i < receivers_.size(); ++i) {
        Receiver& receiver = receivers_[i];
        const KeptMatrix& matrix = receiver.matrices[binding];
        if (receiver.read) receiver.bytes.clear();
        receiver.read = false;
        eachKept(matrix, transposed, index, run, [&](int64_t line, int64_t place, std::span<const float> kept) {
          const int64_t width = transposed ? matrix.rows : matrix.cols;
          append(receiver.bytes, {binding, static_cast<uint32_t>(kept.size()), static_cast<uint64_t>(line * width + place)}, kept);
        });
      }
    }
  });
}

std::span<const uint8_t> SliceOutbox::message(uint32_t instance) {
  if (instance >= receivers_.size() || receivers_[instance].read) return {};
  receivers_[instance].read = true;
  return receivers_[instance].bytes;
}

std::size_t readSlices(std::span<const uint8_t> message, ValueSink& sink) {
  std::vector<float> values;
  for (std::size_t at = 0;;) {
    RecordHead head;
    if (message.size() - at < sizeof head) return at;
    std::memcpy(&head, &message[at], sizeof head);
    if ((message.size() - at - sizeof head) / sizeof(float) < head.count) return at;
    at += sizeof head;
    values.resize(head.count);
    std::memcpy(values.data(), message.data() + at, values.size() * sizeof(float));
    at += values.size() * sizeof(float);
    if (sink.wants(head.binding)) sink.take(head.binding, 0, head.first, values);
  }
}

}  // namespace bp
