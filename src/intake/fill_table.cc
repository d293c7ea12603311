// The entries of the chosen bundle as the table of tensors; what contradicts itself is noted and not read.
#include <algorithm>
#include <unordered_map>

#include "intake/intake.h"

namespace bp {
namespace {

constexpr int64_t kNothingFits = -1;
constexpr uint32_t kTfVariant = 21;  // its checksum follows a rule of its own, and no BERT has one: only its place is checked

// The size an entry should have. Strings and variants have no fixed width: at least a byte an element.
int64_t sizeCalledFor(const BundleEntry& entry) {
  if (const auto bytes = expectedBytes(entry)) return static_cast<int64_t>(*bytes);
  const auto count = elementCount(entry.shape);
  const bool varies = entry.dtype && tfItemSize(entry.dtype_number) == 0;
  if (!varies || !count || entry.unknown_rank) return kNothingFits;
  return std::max(entry.size, *count);
}

}  // namespace

void Intake::fillTable() {
  const TensorBundle& bundle = indexes_[static_cast<size_t>(chosen_)].bundle;
  std::unordered_map<int32_t, uint32_t> file_of;
  for (const ShardSlot& slot : facts_.shards) file_of.emplace(slot.id, slot.file);
  const auto part = [&](int32_t shard, int64_t offset, int64_t size, uint32_t crc) {
    TensorPart made;
    made.shard = shard;
    made.crc32c = crc;
    if (offset >= 0 && size >= 0) made.extent = {file_of.at(shard), static_cast<uint64_t>(offset), static_cast<uint64_t>(size)};
    return made;
  };
  for (const BundleEntry& entry : bundle.entries) {
    TensorInfo tensor;
    tensor.name = entry.name;
    tensor.dtype = entry.dtype.value_or(DType::kOther);
    tensor.dtype_number = entry.dtype_number;
    tensor.shape = entry.shape;
    tensor.big_endian = bundle.header.big_endian;
    const auto check = [&](int64_t size, int64_t expected, int64_t offset) {
      if (size == expected && offset >= 0) return;
      tensor.usable = false;
      facts_.entry_faults.push_back({entry.name, size, expected, offset, entry.record_offset});
    };
    if (entry.slices.empty()) {
      check(entry.size, sizeCalledFor(entry), entry.offset);
      tensor.parts.push_back(part(entry.shard_id, entry.offset, entry.size, entry.crc32c));
    } else {
      std::vector<std::string> faults = sliceFaults(entry);
      tensor.usable = faults.empty();
      for (const BundleSlice& slice : entry.slices) {
        if (!slice.found) continue;
        BundleEntry box;
        box.dtype = entry.dtype;
        box.dtype_number = entry.dtype_number;
        box.shape = slice.length;
        box.size = slice.size;
        check(slice.size, sizeCalledFor(box), slice.offset);
        TensorPart made = part(slice.shard_id, slice.offset, slice.size, slice.crc32c);
        made.start = slice.start;
        made.length = slice.length;
        tensor.parts.push_back(std::move(made));
      }
      facts_.partitioned.push_back({entry.name, entry.slices.size(), std::move(faults)});
    }
    if (entry.dtype_number == kTfVariant) {
      for (TensorPart& stored : tensor.parts) stored.crc32c.reset();
    }
    table_.add(std::move(tensor));
  }
}

}  // namespace bp
