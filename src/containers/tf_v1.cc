#include "containers/tf_v1.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "base/sort.h"
#include "bytes/byte_reader.h"
#include "bytes/crc32c.h"
#include "containers/proto_wire.h"
#include "containers/slice_key.h"
#include "containers/source_cursor.h"

namespace bp {
namespace {

constexpr uint64_t kMostMetaBytes = uint64_t{64} << 20;    // of a first block
constexpr uint64_t kMostTaken = uint64_t{512} << 20;       // of values taken into memory, with what they were made of
constexpr uint64_t kMostKeyBytes = uint64_t{256} << 20;    // keys share their beginnings: a few bytes can spell a long one
constexpr uint32_t kMostRecords = 1 << 16;                 // each brings a piece of the file
constexpr int kMostFields = 64;                            // of one message of a record
constexpr uint64_t kBlockEnd = 4 + 5;                      // restart count, then the trailer

// Where a record keeps its values, by type (SaveTypeTraits in saved_tensor_slice_util.h).
constexpr uint32_t kFloatVal = 5, kDoubleVal = 6, kIntVal = 7, kInt64Val = 10, kBoolVal = 11, kHalfVal = 13;
uint32_t fieldOf(DType dtype) {
  switch (dtype) {
    case DType::kFloat32: return kFloatVal;
    case DType::kFloat64: return kDoubleVal;
    case DType::kInt8:
    case DType::kInt16:
    case DType::kInt32:
    case DType::kUint8:
    case DType::kUint16: return kIntVal;
    case DType::kInt64: return kInt64Val;
    case DType::kBool: return kBoolVal;
    case DType::kFloat16: return kHalfVal;
    default: return 0;
  }
}

bool isFixedWidth(uint32_t field) { return field == kFloatVal || field == kDoubleVal; }

struct FieldHead {
  uint32_t number = 0;
  uint32_t wire = 0;
  uint64_t length = 0;  // of wire 2: as many bytes follow; other values are skipped already
};

bool nextField(SourceCursor& cursor, FieldHead& field) {
  if (cursor.failed() || cursor.left() == 0) return false;
  const uint64_t tag = cursor.varint();
  field = {static_cast<uint32_t>(tag >> 3), static_cast<uint32_t>(tag & 7), 0};
  switch (field.wire) {
    case 0: cursor.varint(); break;
    case 1: cursor.skip(8); break;
    case 2: field.length = cursor.varint(); break;
    case 5: cursor.skip(4); break;
    default: cursor.fail();
  }
  if (field.length > cursor.left()) cursor.fail();
  return !cursor.failed();
}

struct Stretch {
  uint64_t offset = 0;
  uint64_t length = 0;
};

// The packed values of type `dtype` in a record; for types without a field of their own here, the whole TensorProto.
class RecordReader {
 public:
  RecordReader(ByteSource& source, Stretch record) : source_(source), record_(record) {}

  // False: broken, not as TensorFlow writes it, or pending.
  bool find(std::string_view name, uint32_t wanted, Stretch& values) {
    Stretch saved, data;
    if (!only(record_, 2, saved) || !checkName(saved, name) || !only(saved, 3, data)) return false;
    if (wanted != 0) return only(data, wanted, values);
    values = data;
    return true;
  }
  bool pending() const { return pending_; }

 private:
  // The one length-delimited field of that number; an empty stretch where there is none.
  bool only(Stretch message, uint32_t number, Stretch& found) {
    SourceCursor cursor(source_, message.offset, message.offset + message.length);
    FieldHead field;
    bool any = false;
    for (int fields = 0; nextField(cursor, field); ++fields) {
      const bool again = field.number == number && (any || field.wire != 2);
      if (again || fields == kMostFields) return false;
      if (field.number == number) {
        any = true;
        found = {cursor.offset(), field.length};
      }
      cursor.skip(field.length);
    }
    pending_ = pending_ || cursor.pending();
    return !cursor.failed();
  }

  // TensorFlow does not compare it with the key.
  bool checkName(Stretch saved, std::string_view name) {
    Stretch text;
    if (!only(saved, 1, text) || text.length != name.size()) return false;
    std::vector<uint8_t> bytes(name.size());
    const ReadStatus status = source_.read(text.offset, bytes);
    pending_ = pending_ || status == ReadStatus::kPending;
    return status == ReadStatus::kOk && std::equal(bytes.begin(), bytes.end(), name.begin(), name.end(), [](uint8_t a, char b) { return a == static_cast<uint8_t>(b); });
  }

  ByteSource& source_;
  Stretch record_;
  bool pending_ = false;
};

// Packed varints as little-endian elements of `width` bytes; empty unless they are exactly `count`.
std::vector<uint8_t> elementsOf(std::span<const uint8_t> packed, uint64_t count, uint32_t width) {
  if (count > packed.size()) return {};
  std::vector<uint8_t> elements;
  elements.reserve(static_cast<size_t>(count * width));
  ByteReader reader(packed);
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t value = reader.varint64("value");
    for (uint32_t byte = 0; byte < width; ++byte) elements.push_back(static_cast<uint8_t>(value >> (8 * byte)));
  }
  if (reader.failed() || !reader.atEnd()) elements.clear();
  return elements;
}

class V1Reader {
 public:
  V1Reader(ByteSource& source, uint32_t file, V1Checkpoint& checkpoint, TableFault& fault)
      : source_(source), file_(file), out_(checkpoint), fault_(fault) {}

  TensorFileStatus read() {
    std::vector<TableIndexEntry> index;
    switch (readTableIndex(source_, kMostMetaBytes, index, fault_)) {
      case ParseStatus::kPending: return TensorFileStatus::kPending;
      case ParseStatus::kFailed: return source_.size() < kTableFooterSize ? TensorFileStatus::kTruncated : TensorFileStatus::kBadHeader;
      case ParseStatus::kOk: break;
    }
    if (index.empty()) return broken("no tensor names", 0);
    if (const ParseStatus status = readMeta(index[0].handle); status != ParseStatus::kOk) {
      return status == ParseStatus::kPending ? TensorFileStatus::kPending : TensorFileStatus::kBadHeader;
    }
    for (const TableIndexEntry& entry : index) walkBlock(entry.handle);
    if (records_ > kMostRecords || key_bytes_ > kMostKeyBytes) return broken("more records than such a checkpoint has", 0);
    if (taken_ > kMostTaken) return TensorFileStatus::kNotRead;
    if (pending_) return TensorFileStatus::kPending;
    settle();
    return TensorFileStatus::kOk;
  }

 private:
  struct Place {
    uint32_t tensor = 0;
    uint32_t part = 0;
  };

  TensorFileStatus broken(std::string what, uint64_t offset) {
    fault_ = {"header", std::move(what), "", offset, 0, false, 0, 0};
    return TensorFileStatus::kBadHeader;
  }

  // The first record of all, whose key is empty.
  ParseStatus readMeta(BlockHandle handle) {
    TableBlock block;
    if (const ParseStatus status = readBlock(source_, handle, kMostMetaBytes, block, fault_); status != ParseStatus::kOk) {
      if (status == ParseStatus::kFailed) fault_.step = "data block";
      return status;
    }
    bool good = false;
    const ParseStatus status = visitBlock(block, [&](std::string_view key, std::span<const uint8_t> value, uint64_t place) {
      good = key.empty() && takeMeta(value);
      if (!good) broken("Failed to find the saved tensor slices at the beginning of the checkpoint file", place);
      return false;
    }, fault_);
    if (status == ParseStatus::kOk && !good && fault_.what.empty()) {
      broken("Failed to find the saved tensor slices at the beginning of the checkpoint file", handle.offset);
    }
    return good ? status : ParseStatus::kFailed;
  }

  bool takeMeta(std::span<const uint8_t> record) {
    ProtoReader outer(record);
    ProtoField field;
    bool any = false;
    while (outer.next(field)) {
      if (field.number != 1 || field.wire != 2) continue;
      any = true;
      ProtoReader meta(field.bytes);
      ProtoField inner;
      while (meta.next(inner)) {
        if (inner.number == 1 && inner.wire == 2 && !takeTensor(inner.bytes)) return false;
        if (inner.number == 2 && inner.wire == 2 && !readVersionsProto(inner.bytes, out_.versions)) return false;
      }
      if (meta.failed()) return false;
    }
    return any && !outer.failed();
  }

  // One SavedSliceMeta. Of two with one name the boxes are those of one tensor.
  bool takeTensor(std::span<const uint8_t> message) {
    TensorInfo tensor;
    tensor.dtype_number = 0;
    std::vector<std::pair<Shape, Shape>> boxes;
    bool unknown_rank = false;
    ProtoReader reader(message);
    ProtoField field;
    while (reader.next(field)) {
      if (field.number == 1 && field.wire == 2) tensor.name = field.asString();
      if (field.number == 2 && field.wire == 2 && !readShapeProto(field.bytes, tensor.shape, unknown_rank)) return false;
      if (field.number == 3 && field.wire == 0) tensor.dtype_number = static_cast<uint32_t>(field.value);
      if (field.number == 4 && field.wire == 2) {
        boxes.emplace_back();
        if (!readSliceProto(field.bytes, boxes.back().first, boxes.back().second)) return false;
      }
    }
    boxes_ += static_cast<uint32_t>(std::min<size_t>(boxes.size() + 1, kMostRecords));
    if (reader.failed() || boxes_ > kMostRecords) return false;
    tensor.dtype = dtypeFromTf(tensor.dtype_number).value_or(DType::kOther);
    tensor.usable = !unknown_rank && elementCount(tensor.shape).has_value() && !boxes.empty();
    const auto [known, fresh] = by_name_.emplace(tensor.name, static_cast<uint32_t>(out_.tensors.size()));
    if (fresh) out_.tensors.push_back(std::move(tensor));
    else if (out_.tensors[known->second].shape != tensor.shape || out_.tensors[known->second].dtype_number != tensor.dtype_number) return false;
    return takeBoxes(known->second, boxes);
  }

  bool takeBoxes(uint32_t index, const std::vector<std::pair<Shape, Shape>>& boxes) {
    TensorInfo& tensor = out_.tensors[index];
    for (const auto& [start, length] : boxes) {
      // The key is made of the box as the header has it; a reader never takes one apart.
      const Place place{index, static_cast<uint32_t>(tensor.parts.size())};
      std::string key = encodeSliceKey({tensor.name, start, length});
      key_bytes_ += key.size();
      if (key_bytes_ > kMostKeyBytes || !wanted_.emplace(std::move(key), place).second) return false;
      TensorPart part;
      part.start = start;
      part.length = length;
      for (size_t d = 0; d < length.size(); ++d) {
        if (length[d] == -1 && d < tensor.shape.size()) part.length[d] = tensor.shape[d];
      }
      tensor.parts.push_back(std::move(part));
    }
    return true;
  }

  void walkBlock(BlockHandle handle) {
    std::array<uint8_t, kBlockEnd> bytes;
    if (handle.size < 4) return;
    const ReadStatus status = source_.read(handle.offset + handle.size - 4, bytes);
    if (status != ReadStatus::kOk) {
      pending_ = pending_ || status == ReadStatus::kPending;
      return;
    }
    ByteReader end(bytes);
    const uint64_t restarts = end.u32le("restart count");
    const uint8_t type = end.u8("block type");
    const uint32_t crc = unmaskCrc(end.u32le("block checksum"));
    if (type != 0) {
      walkInflated(handle);
    } else if (restarts > 0 && restarts <= (handle.size - 4) / 4) {
      out_.runs.push_back({{file_, handle.offset, handle.size + 1}, crc});
      walkEntries(source_, {handle.offset, handle.size - 4 - 4 * restarts}, nullptr);
    }
  }

  // A compressed block: its values are taken into memory. What cannot be inflated holds no records.
  void walkInflated(BlockHandle handle) {
    taken_ += handle.size;
    if (taken_ > kMostTaken) return;
    TableBlock block;
    TableFault fault;
    const ParseStatus status = readBlock(source_, handle, kMostTaken, block, fault);
    pending_ = pending_ || status == ParseStatus::kPending;
    if (status != ParseStatus::kOk || block.bytes.size() < 4) return;
    ByteReader tail(std::span<const uint8_t>(block.bytes).last(4));
    const uint64_t restarts = tail.u32le("restart count");
    if (restarts == 0 || restarts > (block.bytes.size() - 4) / 4) return;
    BufferSource inflated(block.bytes);
    walkEntries(inflated, {0, block.bytes.size() - 4 - 4 * restarts}, &handle);
  }

  // `inflated`: the block that `source` was made of; null: `source` is the file.
  void walkEntries(ByteSource& source, Stretch entries, const BlockHandle* inflated) {
    SourceCursor cursor(source, entries.offset, entries.offset + entries.length);
    std::string key, previous;
    bool first = true;
    while (cursor.left() > 0) {
      const uint64_t shared = cursor.varint();
      const uint64_t unshared = cursor.varint();
      const uint64_t length = cursor.varint();
      const auto tail = cursor.bytes(unshared);
      if (cursor.failed() || shared > key.size() || length > cursor.left()) break;
      previous = key;
      key.resize(static_cast<size_t>(shared));
      key.append(tail.begin(), tail.end());
      key_bytes_ += key.size();
      if ((!first && key <= previous) || ++records_ > kMostRecords || key_bytes_ > kMostKeyBytes) break;
      first = false;
      if (const auto found = wanted_.find(key); found != wanted_.end()) {
        takeRecord(source, {cursor.offset(), length}, found->second, inflated);
      }
      cursor.skip(length);
    }
    pending_ = pending_ || cursor.pending();
  }

  void takeRecord(ByteSource& source, Stretch record, Place place, const BlockHandle* inflated) {
    TensorInfo& tensor = out_.tensors[place.tensor];
    TensorPart& part = tensor.parts[place.part];
    const uint32_t field = fieldOf(tensor.dtype);
    Stretch values;
    RecordReader reader(source, record);
    const bool found = reader.find(tensor.name, field, values);
    pending_ = pending_ || reader.pending();
    if (!found) return;
    if (!inflated) part.run = static_cast<uint32_t>(out_.runs.size() - 1);
    part.extent = inflated ? Extent{file_, inflated->offset, inflated->size} : Extent{file_, values.offset, values.length};
    const bool in_place = !inflated && (isFixedWidth(field) || field == 0);
    if (!in_place && field != 0) takeValues(source, values, tensor, part, isFixedWidth(field));
  }

  void takeValues(ByteSource& source, Stretch values, const TensorInfo& tensor, TensorPart& part, bool fixed) {
    const auto count = elementCount(part.length);
    taken_ += values.length * 2;
    if (!count || taken_ > kMostTaken) return;
    std::vector<uint8_t> bytes(static_cast<size_t>(values.length));
    const ReadStatus status = source.read(values.offset, bytes);
    pending_ = pending_ || status == ReadStatus::kPending;
    if (status != ReadStatus::kOk) return;
    if (!fixed) {
      bytes = elementsOf(bytes, static_cast<uint64_t>(*count), itemSize(tensor.dtype));
      taken_ += bytes.size();
    }
    part.values = std::make_shared<const std::vector<uint8_t>>(std::move(bytes));
  }

  // What is known only once all records are: which tensors can be used, and which lie in one piece.
  void settle() {
    for (TensorInfo& tensor : out_.tensors) {
      for (const TensorPart& part : tensor.parts) {
        const auto count = elementCount(part.length);
        const uint64_t item = itemSize(tensor.dtype);
        const uint64_t stored = part.values ? part.values->size() : part.extent.length;
        const bool fits = item == 0 || (count && stored % item == 0 && stored / item == static_cast<uint64_t>(*count));
        tensor.usable = tensor.usable && part.extent.file != kNoFile && fits;
      }
      if (tensor.parts.size() != 1 || tensor.parts[0].length != tensor.shape || tensor.parts[0].start != Shape(tensor.shape.size(), 0)) continue;
      TensorPart& whole = tensor.parts[0];
      whole.start.clear();
      whole.length.clear();
      if (whole.extent.file == kNoFile) whole.extent.file = file_;  // the file is here, the record is not
    }
    stableSort(out_.tensors, [](const TensorInfo& a, const TensorInfo& b) { return a.name < b.name; });
  }

  ByteSource& source_;
  uint32_t file_;
  V1Checkpoint& out_;
  TableFault& fault_;
  std::unordered_map<std::string, uint32_t> by_name_;
  std::unordered_map<std::string, Place> wanted_;  // by the key of the record
  uint32_t boxes_ = 0;
  uint32_t records_ = 0;
  uint64_t key_bytes_ = 0;
  uint64_t taken_ = 0;
  bool pending_ = false;
};

}  // namespace

TensorFileStatus readTfV1(ByteSource& source, uint32_t file, V1Checkpoint& checkpoint, TableFault& fault) {
  V1Checkpoint read;
  const TensorFileStatus status = V1Reader(source, file, read, fault).read();
  if (status == TensorFileStatus::kOk) checkpoint = std::move(read);
  return status;
}

}  // namespace bp
