#include "containers/tensor_bundle.h"

#include <algorithm>
#include <map>

#include "bytes/crc32c.h"
#include "containers/proto_wire.h"
#include "containers/slice_key.h"

namespace bp {
namespace {

constexpr uint64_t kMostIndexBytes = uint64_t{256} << 20;
constexpr size_t kMostDims = 254;          // TensorFlow's limit
constexpr int32_t kBundleVersion = 1;      // kTensorBundleVersion
constexpr uint32_t kDtypeString = 7;

bool readVersion(std::span<const uint8_t> message, BundleHeader& header) {
  ProtoReader reader(message);
  ProtoField field;
  while (reader.next(field)) {
    if (field.number == 1 && field.wire == 0) header.producer = static_cast<int32_t>(field.value);
    if (field.number == 2 && field.wire == 0) header.min_consumer = static_cast<int32_t>(field.value);
    if (field.number == 3 && field.wire == 0) header.bad_consumers.push_back(static_cast<int32_t>(field.value));
    if (field.number == 3 && field.wire == 2) {  // packed
      ByteReader packed(field.bytes);
      while (!packed.atEnd() && !packed.failed()) header.bad_consumers.push_back(static_cast<int32_t>(packed.varint64("bad consumer")));
      if (packed.failed()) return false;
    }
  }
  return !reader.failed();
}

// A V1 checkpoint keeps SavedTensorSlices here, whose field 1 is a message.
enum class HeaderKind { kHeader, kV1, kBroken };

HeaderKind readHeader(std::span<const uint8_t> message, BundleHeader& header) {
  ProtoReader reader(message);
  ProtoField field;
  while (reader.next(field)) {
    if (field.number == 1 && field.wire == 2) return HeaderKind::kV1;
    if (field.number == 1 && field.wire == 0) header.num_shards = static_cast<int32_t>(field.value);
    if (field.number == 2 && field.wire == 0) header.big_endian = field.value == 1;
    if (field.number == 3 && field.wire == 2 && !readVersion(field.bytes, header)) return HeaderKind::kBroken;
  }
  return reader.failed() ? HeaderKind::kBroken : HeaderKind::kHeader;
}

bool readShape(std::span<const uint8_t> message, BundleEntry& entry) {
  ProtoReader reader(message);
  ProtoField field;
  while (reader.next(field)) {
    if (field.number == 3 && field.wire == 0) entry.unknown_rank = field.value != 0;
    if (field.number != 2 || field.wire != 2) continue;
    if (entry.shape.size() == kMostDims) return false;
    int64_t size = 0;
    ProtoReader dim(field.bytes);
    ProtoField part;
    while (dim.next(part)) {
      if (part.number == 1 && part.wire == 0) size = part.asInt64();
    }
    if (dim.failed()) return false;
    entry.shape.push_back(size);
  }
  return !reader.failed();
}

// One box, as the proto has it: a length of -1 stands for the whole dimension.
bool readSlice(std::span<const uint8_t> message, BundleSlice& slice) {
  ProtoReader reader(message);
  ProtoField field;
  while (reader.next(field)) {
    if (field.number != 1 || field.wire != 2) continue;
    if (slice.start.size() == kMostDims) return false;
    int64_t start = 0, length = -1;
    ProtoReader extent(field.bytes);
    ProtoField part;
    while (extent.next(part)) {
      if (part.number == 1 && part.wire == 0) start = part.asInt64();
      if (part.number == 2 && part.wire == 0) length = part.asInt64();
    }
    if (extent.failed()) return false;
    slice.start.push_back(start);
    slice.length.push_back(length);
  }
  return !reader.failed();
}

bool readEntry(std::span<const uint8_t> message, BundleEntry& entry) {
  ProtoReader reader(message);
  ProtoField field;
  uint32_t masked = 0;
  while (reader.next(field)) {
    switch (field.number << 3 | field.wire) {
      case 1 << 3: entry.dtype_number = static_cast<uint32_t>(field.value); break;
      case 2 << 3 | 2:
        if (!readShape(field.bytes, entry)) return false;
        break;
      case 3 << 3: entry.shard_id = static_cast<int32_t>(field.value); break;
      case 4 << 3: entry.offset = field.asInt64(); break;
      case 5 << 3: entry.size = field.asInt64(); break;
      case 6 << 3 | 5: masked = static_cast<uint32_t>(field.value); break;
      case 7 << 3 | 2:
        entry.slices.emplace_back();
        if (!readSlice(field.bytes, entry.slices.back())) return false;
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

}  // namespace

BundleStatus readTensorBundle(ByteSource& source, TensorBundle& bundle, TableFault& fault) {
  if (source.size() < kTableFooterSize) {
    fault = {"footer", "file is too short to be an sstable", 0, source.size(), false, 0, 0};
    return BundleStatus::kTooShort;
  }
  if (source.size() > kMostIndexBytes) {
    fault = {"footer", "an index of this size does not occur", 0, source.size(), false, 0, 0};
    return BundleStatus::kDamaged;
  }
  TensorBundle read;
  std::map<std::string, BundleEntry, std::less<>> slice_records;
  bool first = true, v1 = false;
  std::string broken_step, broken_what;
  TableFault found;
  const ParseStatus status = visitTable(source, kMostIndexBytes, [&](std::string_view key, std::span<const uint8_t> value) {
    if (first) {
      first = false;
      const HeaderKind kind = readHeader(value, read.header);
      v1 = key.empty() && kind == HeaderKind::kV1;
      if (v1) return false;
      if (!key.empty() || kind == HeaderKind::kBroken) broken_what = key.empty() ? "unable to parse header" : "failed to seek to header entry";
      else if (read.header.num_shards < 1) broken_what = "the header names no data file";
      if (!broken_what.empty()) broken_step = "header";
      return broken_what.empty();
    }
    BundleEntry entry;
    entry.name = std::string(key);
    if (!readEntry(value, entry)) {
      broken_step = "entry";
      broken_what = key[0] == '\0' ? "Entry for a slice not parseable." : "Entry for key " + entry.name + " not parseable.";
      return false;
    }
    if (key[0] == '\0') slice_records.emplace(key, std::move(entry));
    else read.entries.push_back(std::move(entry));
    return true;
  }, found);
  if (status == ParseStatus::kPending) return BundleStatus::kPending;
  if (status == ParseStatus::kOk && first) {
    broken_step = "header";
    broken_what = "failed to seek to header entry";
  }
  if (!broken_step.empty()) found = {broken_step, broken_what, 0, source.size(), false, 0, 0};
  if (status == ParseStatus::kFailed || !broken_step.empty()) {
    fault = std::move(found);
    return BundleStatus::kDamaged;
  }
  if (v1) return BundleStatus::kV1;
  joinSlices(read, slice_records);
  bundle = std::move(read);
  return BundleStatus::kOk;
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
  const auto total = elementCount(entry.shape);
  if (!total) return {"shape " + shapeText(entry.shape) + " has no size"};
  uint64_t covered = 0;
  std::vector<const BundleSlice*> sound;
  for (const BundleSlice& slice : entry.slices) {
    const std::string text = "slice " + sliceText(slice);
    if (slice.start.size() != entry.shape.size()) {
      faults.push_back(text + ": Mismatching ranks with shape " + shapeText(entry.shape));
      continue;
    }
    bool inside = true;
    for (size_t d = 0; d < entry.shape.size(); ++d) {
      inside = inside && slice.start[d] >= 0 && slice.length[d] > 0 && slice.start[d] <= entry.shape[d] &&
               slice.length[d] <= entry.shape[d] - slice.start[d];
    }
    if (!inside) {
      faults.push_back(text + ": out of bounds of shape " + shapeText(entry.shape));
      continue;
    }
    covered += static_cast<uint64_t>(*elementCount(slice.length));
    if (!slice.found) {
      faults.push_back(text + ": no entry holds it");
    } else {
      if (slice.stored_shape != slice.length) faults.push_back(text + ": stored with shape " + shapeText(slice.stored_shape));
      if (slice.dtype != entry.dtype) faults.push_back(text + ": stored with another type");
    }
    sound.push_back(&slice);
  }
  // Sorted by the first start, a slice can only meet those that begin before it ends.
  std::sort(sound.begin(), sound.end(), [](const BundleSlice* a, const BundleSlice* b) { return a->start < b->start; });
  bool overlap = false;
  for (size_t i = 0; i < sound.size() && !overlap; ++i) {
    for (size_t j = i + 1; j < sound.size() && !overlap; ++j) {
      if (!sound[i]->start.empty() && sound[j]->start[0] >= sound[i]->start[0] + sound[i]->length[0]) break;
      overlap = overlaps(*sound[i], *sound[j]);
      if (overlap) faults.push_back("Overlapping slices: existing slice = " + sliceText(*sound[i]) + ", new slice = " + sliceText(*sound[j]));
    }
  }
  if (!overlap && covered < static_cast<uint64_t>(*total)) {
    faults.push_back("Does not have sufficient slices for partitioned tensor: " + std::to_string(covered) + " of " + std::to_string(*total) +
                     " values are there");
  }
  return faults;
}

std::string versionFault(const BundleHeader& header) {
  if (header.producer < 0) return "Checkpoint producer version " + std::to_string(header.producer) + " below min producer 0 supported by TensorFlow";
  if (header.min_consumer > kBundleVersion) {
    return "Checkpoint min consumer version " + std::to_string(header.min_consumer) + " above current version 1 for TensorFlow";
  }
  if (std::find(header.bad_consumers.begin(), header.bad_consumers.end(), kBundleVersion) != header.bad_consumers.end()) {
    return "Checkpoint disallows consumer version 1.  Please upgrade TensorFlow: this version is likely buggy.";
  }
  return {};
}

}  // namespace bp
