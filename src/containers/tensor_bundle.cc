#include "containers/tensor_bundle.h"

#include <algorithm>
#include <map>

#include "base/sort.h"
#include "bytes/byte_reader.h"
#include "bytes/crc32c.h"
#include "containers/proto_wire.h"
#include "containers/slice_key.h"

namespace bp {
namespace {

constexpr uint64_t kMostIndexBytes = uint64_t{64} << 20;
constexpr uint64_t kMostRecords = 1 << 20;                       // entries and slices: each takes many times its bytes in memory
constexpr uint64_t kMostSliceNameBytes = uint64_t{256} << 20;    // every slice spells its variable's name
constexpr size_t kMostSlices = 4096;                             // of one tensor: they are compared in pairs
constexpr size_t kMostFaults = 10;                               // lines a tensor
constexpr size_t kMostFaultText = 300;
constexpr uint32_t kDtypeString = 7;

// A V1 checkpoint keeps SavedTensorSlices here, whose field 1 is a message.
enum class HeaderKind { kHeader, kV1, kBroken };

HeaderKind readHeader(ProtoReader& reader, BundleHeader& header) {
  ProtoField field;
  while (reader.next(field)) {
    if (field.number == 1 && field.wire == 2) return HeaderKind::kV1;
    if (field.number == 1 && field.wire == 0) header.num_shards = static_cast<int32_t>(field.value);
    if (field.number == 2 && field.wire == 0) header.big_endian = field.value == 1;
    if (field.number == 3 && field.wire == 2 && !readVersionsProto(field.bytes, header)) reader.fail("version");
  }
  return reader.failed() ? HeaderKind::kBroken : HeaderKind::kHeader;
}

bool readEntry(ProtoReader& reader, BundleEntry& entry) {
  ProtoField field;
  uint32_t masked = 0;
  while (reader.next(field)) {
    switch (field.number << 3 | field.wire) {
      case 1 << 3: entry.dtype_number = static_cast<uint32_t>(field.value); break;
      case 2 << 3 | 2:
        if (!readShapeProto(field.bytes, entry.shape, entry.unknown_rank)) reader.fail("shape");
        break;
      case 3 << 3: entry.shard_id = static_cast<int32_t>(field.value); break;
      case 4 << 3: entry.offset = field.asInt64(); break;
      case 5 << 3: entry.size = field.asInt64(); break;
      case 6 << 3 | 5: masked = static_cast<uint32_t>(field.value); break;
      case 7 << 3 | 2:
        if (entry.slices.size() == kMostRecords) {
          reader.fail("slice");
          break;
        }
        entry.slices.emplace_back();
        if (!readSliceProto(field.bytes, entry.slices.back().start, entry.slices.back().length)) reader.fail("slice");
        break;
      default: break;  // unknown fields pass, as everywhere in protobuf
    }
  }
  entry.crc32c = unmaskCrc(masked);
  entry.dtype = dtypeFromTf(entry.dtype_number);
  return !reader.failed();
}

// Gives each slice of a full entry the record stored under its key, then makes whole dimensions explicit.
void joinSlices(TensorBundle& bundle, const std::map<std::string, BundleEntry, std::less<>>& records) {
  for (BundleEntry& entry : bundle.entries) {
    for (BundleSlice& slice : entry.slices) {
      const auto record = records.find(encodeSliceKey({entry.name, slice.start, slice.length}));
      for (size_t d = 0; d < slice.length.size(); ++d) {
        if (slice.length[d] == -1 && d < entry.shape.size()) slice.length[d] = entry.shape[d];
      }
      if (record == records.end()) continue;
      const BundleEntry& stored = record->second;
      slice.found = true;
      slice.shard_id = stored.shard_id;
      slice.offset = stored.offset;
      slice.size = stored.size;
      slice.crc32c = stored.crc32c;
      slice.dtype = stored.dtype.value_or(DType::kOther);
      slice.stored_shape = stored.shape;
    }
  }
}

bool overlaps(const BundleSlice& a, const BundleSlice& b) {
  for (size_t d = 0; d < a.start.size(); ++d) {
    if (a.start[d] + a.length[d] <= b.start[d] || b.start[d] + b.length[d] <= a.start[d]) return false;
  }
  return true;
}

// A slice as TensorFlow writes it: "0,10174:-".
std::string sliceText(const BundleSlice& slice) {
  std::string text;
  for (size_t d = 0; d < slice.start.size(); ++d) {
    if (d > 0) text += ":";
    text += slice.length[d] == -1 ? "-" : std::to_string(slice.start[d]) + "," + std::to_string(slice.length[d]);
  }
  return text;
}

// One pair that overlaps, in TensorFlow's words; empty: none does.
std::string overlapFault(std::vector<const BundleSlice*>& slices) {
  // Sorted by the first start, a slice can only meet those that begin before it ends.
  stableSort(slices, [](const BundleSlice* a, const BundleSlice* b) { return a->start < b->start; });
  for (size_t i = 0; i < slices.size(); ++i) {
    for (size_t j = i + 1; j < slices.size(); ++j) {
      const BundleSlice &a = *slices[i], &b = *slices[j];
      if (!a.start.empty() && b.start[0] >= a.start[0] + a.length[0]) break;
      if (overlaps(a, b)) return "Overlapping slices: existing slice = " + sliceText(a) + ", new slice = " + sliceText(b);
    }
  }
  return {};
}

// Takes the entries of the table one by one; false from take(): the index is a V1 checkpoint, or broken.
class IndexReader {
 public:
  explicit IndexReader(uint64_t file_size) : file_size_(file_size) {}

  bool take(std::string_view key, std::span<const uint8_t> value, uint64_t place) {
    ProtoReader reader(value, place);
    if (first_) return takeHeader(key, reader, place);
    BundleEntry entry;
    entry.name = std::string(key);
    entry.record_offset = place;
    if (!readEntry(reader, entry)) {
      const std::string who = key[0] == '\0' ? "a slice" : "key " + entry.name;
      return broken("entry", "Entry for " + who + " not parseable.", reader.failedOffset(), reader.failedField());
    }
    records_ += 1 + entry.slices.size();
    slice_name_bytes_ += entry.slices.size() * entry.name.size();
    if (records_ > kMostRecords || slice_name_bytes_ > kMostSliceNameBytes) return broken("entry", "more entries than an index has", place);
    if (key[0] == '\0') slice_records_.emplace(key, std::move(entry));
    else bundle_.entries.push_back(std::move(entry));
    return true;
  }

  BundleStatus finish(TensorBundle& bundle, TableFault& fault) {
    if (v1_) return BundleStatus::kV1;
    if (first_) broken("header", "failed to seek to header entry", 0);
    if (!fault_.step.empty()) {
      fault = std::move(fault_);
      return BundleStatus::kDamaged;
    }
    joinSlices(bundle_, slice_records_);
    bundle = std::move(bundle_);
    return BundleStatus::kOk;
  }

 private:
  bool takeHeader(std::string_view key, ProtoReader& reader, uint64_t place) {
    first_ = false;
    if (!key.empty()) return broken("header", "failed to seek to header entry", place, "key");
    const HeaderKind kind = readHeader(reader, bundle_.header);
    v1_ = kind == HeaderKind::kV1;
    if (v1_) return false;
    if (kind == HeaderKind::kBroken) return broken("header", "unable to parse header", reader.failedOffset(), reader.failedField());
    if (bundle_.header.num_shards < 1) return broken("header", "the header names no data file", place, "num_shards");
    if (file_size_ > kMostIndexBytes) return broken("header", "an index of this size does not occur", place);
    return true;
  }

  bool broken(std::string step, std::string what, uint64_t offset, std::string_view field = {}) {
    fault_ = {std::move(step), std::move(what), std::string(field), offset, 0, false, 0, 0};
    return false;
  }

  uint64_t file_size_;
  TensorBundle bundle_;
  std::map<std::string, BundleEntry, std::less<>> slice_records_;
  TableFault fault_;
  uint64_t records_ = 0;
  uint64_t slice_name_bytes_ = 0;
  bool first_ = true;
  bool v1_ = false;
};

}  // namespace

BundleStatus readTensorBundle(ByteSource& source, TensorBundle& bundle, TableFault& fault) {
  IndexReader reader(source.size());
  const ParseStatus status = visitTable(source, kMostIndexBytes, [&](std::string_view key, std::span<const uint8_t> value, uint64_t place) {
    return reader.take(key, value, place);
  }, fault);
  switch (status) {
    case ParseStatus::kPending: return BundleStatus::kPending;
    case ParseStatus::kFailed: return source.size() < kTableFooterSize ? BundleStatus::kTooShort : BundleStatus::kDamaged;
    case ParseStatus::kOk: break;
  }
  return reader.finish(bundle, fault);
}

std::optional<uint64_t> expectedBytes(const BundleEntry& entry) {
  const auto count = elementCount(entry.shape);
  const uint64_t item = tfItemSize(entry.dtype_number);
  if (!count || entry.unknown_rank || item == 0 || entry.dtype_number == kDtypeString) return std::nullopt;
  if (static_cast<uint64_t>(*count) > static_cast<uint64_t>(INT64_MAX) / item) return std::nullopt;
  return static_cast<uint64_t>(*count) * item;
}

std::vector<std::string> sliceFaults(const BundleEntry& entry) {
  std::vector<std::string> faults;
  const auto note = [&](std::string line) {
    if (line.size() > kMostFaultText) line.replace(kMostFaultText, std::string::npos, "…");
    if (faults.size() < kMostFaults) faults.push_back(std::move(line));
    else if (faults.size() == kMostFaults) faults.push_back("and more");
  };
  const auto total = elementCount(entry.shape);
  if (!total) note("shape " + shapeText(entry.shape) + " has no size");
  else if (entry.slices.size() > kMostSlices) note(std::to_string(entry.slices.size()) + " slices are more than can be compared");
  if (!faults.empty()) return faults;
  uint64_t covered = 0;
  std::vector<const BundleSlice*> sound;
  for (const BundleSlice& slice : entry.slices) {
    const std::string text = "slice " + sliceText(slice);
    if (slice.start.size() != entry.shape.size()) {
      note(text + ": Mismatching ranks with shape " + shapeText(entry.shape));
      continue;
    }
    bool inside = true;
    for (size_t d = 0; d < entry.shape.size(); ++d) {
      inside = inside && slice.start[d] >= 0 && slice.length[d] > 0 && slice.start[d] <= entry.shape[d] &&
               slice.length[d] <= entry.shape[d] - slice.start[d];
    }
    if (!inside) {
      note(text + ": out of bounds of shape " + shapeText(entry.shape));
      continue;
    }
    covered += static_cast<uint64_t>(*elementCount(slice.length));
    sound.push_back(&slice);
    if (!slice.found) {
      note(text + ": no entry holds it");
      continue;
    }
    if (slice.stored_shape != slice.length) note(text + ": stored with shape " + shapeText(slice.stored_shape));
    if (slice.dtype != entry.dtype) note(text + ": stored with another type");
  }
  const std::string overlap = overlapFault(sound);
  if (!overlap.empty()) {
    note(overlap);
  } else if (covered < static_cast<uint64_t>(*total)) {
    note("Does not have sufficient slices for partitioned tensor: " + std::to_string(covered) + " of " + std::to_string(*total) +
         " values are there");
  }
  return faults;
}

}  // namespace bp
