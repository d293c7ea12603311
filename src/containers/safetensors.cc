#include "containers/safetensors.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

#include "base/sort.h"
#include "bytes/byte_reader.h"
#include "bytes/json_text.h"
#include "containers/json_walk.h"

namespace bp {
namespace {

constexpr uint64_t kLengthSize = 8;
constexpr uint64_t kMostHeader = 100'000'000;
constexpr std::size_t kMostTensors = 100'000;  // the largest public models have a few thousand a file
constexpr std::size_t kMostRank = 64;          // as PyTorch and NumPy
constexpr std::string_view kMetadataKey = "__metadata__";

struct StoredType {
  std::string_view name;
  uint32_t bits;
  DType dtype;
  uint32_t tf_number;  // 0: TensorFlow has no such type
};
constexpr std::array<StoredType, 22> kTypes = {{
    {"BOOL", 8, DType::kBool, 10},
    {"F4", 4, DType::kOther, 0},
    {"F6_E2M3", 6, DType::kOther, 0},
    {"F6_E3M2", 6, DType::kOther, 0},
    {"U8", 8, DType::kUint8, 4},
    {"I8", 8, DType::kInt8, 6},
    {"F8_E5M2", 8, DType::kOther, 24},
    {"F8_E4M3", 8, DType::kOther, 25},
    {"F8_E8M0", 8, DType::kOther, 0},
    {"F8_E4M3FNUZ", 8, DType::kOther, 26},
    {"F8_E5M2FNUZ", 8, DType::kOther, 28},
    {"I16", 16, DType::kInt16, 5},
    {"U16", 16, DType::kUint16, 17},
    {"F16", 16, DType::kFloat16, 19},
    {"BF16", 16, DType::kBfloat16, 14},
    {"I32", 32, DType::kInt32, 3},
    {"U32", 32, DType::kUint32, 22},
    {"F32", 32, DType::kFloat32, 1},
    {"C64", 64, DType::kOther, 8},
    {"F64", 64, DType::kFloat64, 2},
    {"I64", 64, DType::kInt64, 9},
    {"U64", 64, DType::kUint64, 23},
}};

struct Entry {
  std::string name;
  const StoredType* type = nullptr;
  std::vector<uint64_t> shape;
  std::vector<uint64_t> offsets;  // begin and end
};

// The header, and what of it is refused.
class HeaderReader final : public JsonVisitor {
 public:
  std::vector<Entry> entries;
  std::vector<std::pair<std::string, std::string>> metadata;
  std::string rule = "json";
  std::string what;
  std::string name;

  bool null() override {
    if (place_ == Place::kEntries && is_metadata_) return true;
    return scalar("null");
  }
  bool boolean(bool value) override { return scalar(value ? "boolean `true`" : "boolean `false`"); }
  bool integer(int64_t value) override { return scalar("integer `" + std::to_string(value) + "`"); }
  bool count(uint64_t value) override {
    if (place_ == Place::kShape) {
      if (entries.back().shape.size() == kMostRank) return refuse("rank", "more than 64 dimensions");
      entries.back().shape.push_back(value);
      return true;
    }
    if (place_ == Place::kOffsets && entries.back().offsets.size() < 2) {
      entries.back().offsets.push_back(value);
      return true;
    }
    return scalar("integer `" + std::to_string(value) + "`");
  }
  bool fraction(std::string_view spelled) override { return scalar("floating point `" + std::string(spelled) + "`"); }
  bool string(std::string& value) override {
    if (place_ == Place::kMetadata) {
      metadata.emplace_back(std::move(metadata_key_), std::move(value));
      return true;
    }
    if (place_ != Place::kTensor || field_ != Field::kDtype) return scalar("string \"" + value.substr(0, 60) + "\"");
    const auto type = std::find_if(kTypes.begin(), kTypes.end(), [&](const StoredType& t) { return t.name == value; });
    if (type == kTypes.end()) return refuse("dtype", "unknown variant `" + value.substr(0, 60) + "`");
    entries.back().type = type;
    return true;
  }

  bool startObject() override {
    if (place_ == Place::kFile) {
      place_ = Place::kEntries;
      return true;
    }
    if (place_ == Place::kEntries) {
      place_ = is_metadata_ ? Place::kMetadata : Place::kTensor;
      return true;
    }
    return skipDeeper("map");
  }
  bool key(std::string& key) override {
    if (place_ == Place::kEntries) {
      name = key.substr(0, 200);
      is_metadata_ = key == kMetadataKey;
      if (is_metadata_) return std::exchange(has_metadata_, true) ? refuse("json", "duplicate field `__metadata__`") : true;
      if (entries.size() == kMostTensors) return refuse("too-many-tensors", "");
      entries.emplace_back().name = std::move(key);
      seen_ = {};
    } else if (place_ == Place::kMetadata) {
      metadata_key_ = std::move(key);
    } else if (place_ == Place::kTensor) {
      field_ = key == "dtype" ? Field::kDtype : key == "shape" ? Field::kShape : key == "data_offsets" ? Field::kOffsets : Field::kOther;
      if (field_ != Field::kOther && std::exchange(seen_[static_cast<std::size_t>(field_)], true)) {
        return refuse("json", "duplicate field `" + key + "`");
      }
    }
    return true;
  }
  bool endObject() override {
    if (place_ == Place::kSkipped) return leaveSkipped();
    if (place_ == Place::kTensor) {
      static constexpr std::array<const char*, 3> kMissing = {"missing field `dtype`", "missing field `shape`", "missing field `data_offsets`"};
      for (std::size_t i = 0; i < kMissing.size(); ++i) {
        if (!seen_[i]) return refuse("json", kMissing[i]);
      }
    }
    place_ = place_ == Place::kEntries ? Place::kFile : Place::kEntries;
    return true;
  }
  bool startArray() override {
    if (place_ == Place::kTensor && field_ == Field::kShape) {
      place_ = Place::kShape;
      return true;
    }
    if (place_ == Place::kTensor && field_ == Field::kOffsets) {
      place_ = Place::kOffsets;
      return true;
    }
    return skipDeeper("sequence");
  }
  bool endArray() override {
    if (place_ == Place::kSkipped) return leaveSkipped();
    if (place_ == Place::kOffsets && entries.back().offsets.size() < 2) {
      return refuse("json", "invalid length " + std::to_string(entries.back().offsets.size()) + ", expected a tuple of size 2");
    }
    place_ = Place::kTensor;
    return true;
  }

 private:
  enum class Place : uint8_t { kFile, kEntries, kMetadata, kTensor, kShape, kOffsets, kSkipped };
  enum class Field : uint8_t { kDtype, kShape, kOffsets, kOther };

  bool refuse(std::string broken, std::string words) {
    rule = std::move(broken);
    what = std::move(words);
    return false;
  }
  // Fields no reader knows are passed over, whatever they hold.
  bool isUnknownField() const { return place_ == Place::kTensor && field_ == Field::kOther; }
  bool scalar(const std::string& found) {
    if (place_ == Place::kSkipped || isUnknownField()) return true;
    return refuse("json", "invalid type: " + found);
  }
  bool skipDeeper(const char* found) {
    if (place_ != Place::kSkipped && !isUnknownField()) return refuse("json", std::string("invalid type: ") + found);
    if (place_ != Place::kSkipped) skipped_ = 0;
    place_ = Place::kSkipped;
    return ++skipped_ <= 100 ? true : refuse("json", "recursion limit exceeded");
  }
  bool leaveSkipped() {
    if (--skipped_ == 0) place_ = Place::kTensor;
    return true;
  }

  Place place_ = Place::kFile;
  Field field_ = Field::kOther;
  bool is_metadata_ = false;
  bool has_metadata_ = false;
  std::array<bool, 3> seen_ = {};  // fields of the present tensor
  std::string metadata_key_;
  int skipped_ = 0;  // depth below an unknown field
};

TensorFileStatus broken(TensorFileFault& fault, std::string rule, std::string what, std::string name = {}, uint64_t offset = 0, uint64_t length = 0) {
  fault = {std::move(rule), std::move(what), std::move(name), offset, length, 0, 0};
  return TensorFileStatus::kBadHeader;
}

TensorFileStatus truncated(TensorFileFault& fault, std::string rule, std::string what, uint64_t found, uint64_t expected) {
  fault = {std::move(rule), std::move(what), {}, 0, 0, found, expected};
  return TensorFileStatus::kTruncated;
}

enum class SizeFault : uint8_t { kNone, kOverflow, kMisaligned };

SizeFault bytesOf(const Entry& entry, uint64_t& bytes) {
  uint64_t bits = entry.type->bits;
  uint64_t count = 1;
  for (const uint64_t dim : entry.shape) {
    if (dim > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) || (dim > 0 && count > UINT64_MAX / dim)) return SizeFault::kOverflow;
    count *= dim;
  }
  if (count > UINT64_MAX / bits) return SizeFault::kOverflow;
  bits *= count;
  bytes = bits / 8;
  return bits % 8 == 0 ? SizeFault::kNone : SizeFault::kMisaligned;
}

TensorInfo tensorOf(const Entry& entry, uint32_t file, uint64_t data) {
  TensorInfo tensor;
  tensor.name = entry.name;
  tensor.dtype = entry.type->dtype;
  tensor.dtype_number = entry.type->tf_number;
  const uint64_t begin = entry.offsets[0], end = entry.offsets[1];
  uint64_t bytes = 0;
  tensor.usable = bytesOf(entry, bytes) == SizeFault::kNone && begin <= end && end - begin == bytes && end <= UINT64_MAX - data;
  if (std::all_of(entry.shape.begin(), entry.shape.end(), [](uint64_t dim) { return dim <= static_cast<uint64_t>(INT64_MAX); })) {
    tensor.shape.assign(entry.shape.begin(), entry.shape.end());
  }
  TensorPart& part = tensor.parts.emplace_back();
  if (tensor.usable) part.extent = {file, data + begin, bytes};
  return tensor;
}

// `order`: the entries by offset.
TensorFileStatus checkOffsets(const std::vector<Entry>& entries, const std::vector<std::size_t>& order, uint64_t data, uint64_t size, TensorFileFault& fault) {
  uint64_t next = 0;
  for (const std::size_t i : order) {
    const Entry& entry = entries[i];
    const uint64_t begin = entry.offsets[0], end = entry.offsets[1];
    if (begin != next || end < begin) {
      const char* rule = end < begin ? "negative-length" : begin > next ? "hole" : "overlap";
      const uint64_t low = std::min(begin, next), high = std::max(begin, next);
      return broken(fault, rule, "invalid offset for tensor `" + entry.name + "`", entry.name, data + low, high - low);
    }
    next = end;
    uint64_t bytes = 0;
    switch (bytesOf(entry, bytes)) {
      case SizeFault::kOverflow: return broken(fault, "overflow", "overflow computing buffer size from shape and/or element type", entry.name);
      case SizeFault::kMisaligned:
        return broken(fault, "misaligned", "The slice is slicing for subbytes dtypes, and the slice does not end up at a byte boundary, this is invalid.", entry.name);
      case SizeFault::kNone: break;
    }
    if (end - begin != bytes) {
      broken(fault, "tensor-size", "invalid shape, data type, or offset for tensor", entry.name, data + begin, end - begin);
      fault.found = end - begin;
      fault.expected = bytes;
      return TensorFileStatus::kBadHeader;
    }
  }
  const char* incomplete = "incomplete metadata, file not fully covered";
  if (next > size - data) {
    return truncated(fault, "data", incomplete, size, next > UINT64_MAX - data ? UINT64_MAX : data + next);
  }
  if (next < size - data) return broken(fault, "trailing-bytes", incomplete, {}, data + next, size - data - next);
  return TensorFileStatus::kOk;
}

const Entry* equallyNamed(const std::vector<Entry>& entries) {
  std::vector<std::size_t> order(entries.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  stableSort(order, [&](std::size_t a, std::size_t b) { return entries[a].name < entries[b].name; });
  const auto twin = std::adjacent_find(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return entries[a].name == entries[b].name; });
  return twin == order.end() ? nullptr : &entries[*twin];
}

}  // namespace

TensorFileStatus readSafetensors(ByteSource& source, uint32_t file, TensorFile& out, TensorFileFault& fault) {
  out = {};
  const uint64_t size = source.size();
  if (size < kLengthSize) return truncated(fault, "header-length", "header too small", size, kLengthSize);
  std::array<uint8_t, kLengthSize> prefix;
  if (source.read(0, prefix) == ReadStatus::kPending) return TensorFileStatus::kPending;
  const uint64_t length = ByteReader(prefix).u64le("header length");
  if (length > kMostHeader) return broken(fault, "header-length", "header too large", {}, 0, length);
  const uint64_t data = kLengthSize + length;
  if (data > size) return truncated(fault, "header", "invalid header length", size, data);

  std::vector<uint8_t> header(static_cast<std::size_t>(length));
  if (source.read(kLengthSize, header) == ReadStatus::kPending) return TensorFileStatus::kPending;
  const std::string_view text(reinterpret_cast<const char*>(header.data()), header.size());
  std::size_t at = 0, bad = 0;
  if (findInvalidUtf8(text, at, bad)) {
    return broken(fault, "utf-8", "invalid UTF-8 in header: invalid utf-8 sequence of " + std::to_string(bad) + " bytes from index " + std::to_string(at), {},
                  kLengthSize + at, bad);
  }
  HeaderReader reader;
  JsonWalkFault stop;
  if (!walkJson(text, reader, stop)) {
    return broken(fault, reader.rule, "invalid JSON in header: " + (stop.what.empty() ? reader.what : stop.what), reader.name,
                  kLengthSize + stop.at);
  }

  std::vector<Entry>& entries = reader.entries;
  std::vector<std::size_t> order(entries.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  stableSort(order, [&](std::size_t a, std::size_t b) { return entries[a].offsets < entries[b].offsets; });
  out.metadata = std::move(reader.metadata);
  out.has_format = std::any_of(out.metadata.begin(), out.metadata.end(), [](const auto& pair) { return pair.first == "format"; });
  out.tensors.reserve(entries.size());
  for (const std::size_t i : order) out.tensors.push_back(tensorOf(entries[i], file, data));

  if (const Entry* twin = equallyNamed(entries)) return broken(fault, "duplicate-name", "", twin->name);
  return checkOffsets(entries, order, data, size, fault);
}

std::string_view safetensorsType(DType dtype) {
  const auto type = std::find_if(kTypes.begin(), kTypes.end(), [&](const StoredType& one) { return one.dtype == dtype && dtype != DType::kOther; });
  return type == kTypes.end() ? std::string_view() : type->name;
}

}  // namespace bp
