#include "containers/hdf5.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "bytes/byte_reader.h"

namespace bp {
namespace {

using enum TensorFileStatus;

constexpr std::array<uint8_t, 8> kSignature = {0x89, 'H', 'D', 'F', 0x0d, 0x0a, 0x1a, 0x0a};
constexpr uint64_t kMostUserBlock = 1 << 20;
constexpr uint64_t kMostStructure = uint64_t{256} << 20;
constexpr uint64_t kMostText = uint64_t{64} << 20;
constexpr uint64_t kLeastRead = 4096;   // a read costs a page, however short
constexpr uint64_t kUndefined = UINT64_MAX;
constexpr size_t kMostBlocks = 1024;    // continuations of one object header
constexpr size_t kMostLinks = 100000;   // of one group
constexpr uint8_t kMostDims = 32;       // H5S_MAX_RANK

enum MessageType : uint16_t {
  kDataspace = 0x01, kDatatype = 0x03, kExternal = 0x07, kLayout = 0x08, kFilters = 0x0b, kAttribute = 0x0c, kContinuation = 0x10, kSymbolTable = 0x11,
};
constexpr uint8_t kShared = 2;  // flag of a message: it stands elsewhere

struct Datatype {
  uint8_t type_class = 0;
  uint32_t size = 0;
  bool big_endian = false;
  DType dtype = DType::kOther;
  bool variable_text = false;
};
constexpr uint8_t kIntegers = 0, kFloats = 1, kText = 3, kVariable = 9;

DType integerOf(uint32_t size, bool is_signed) {
  switch (size) {
    case 1: return is_signed ? DType::kInt8 : DType::kUint8;
    case 2: return is_signed ? DType::kInt16 : DType::kUint16;
    case 4: return is_signed ? DType::kInt32 : DType::kUint32;
    case 8: return is_signed ? DType::kInt64 : DType::kUint64;
    default: return DType::kOther;
  }
}

// Told by size, width of exponent and of mantissa.
DType floatOf(uint32_t size, uint8_t exponent, uint8_t mantissa) {
  if (size == 4 && exponent == 8 && mantissa == 23) return DType::kFloat32;
  if (size == 8 && exponent == 11 && mantissa == 52) return DType::kFloat64;
  if (size == 2 && exponent == 5 && mantissa == 10) return DType::kFloat16;
  if (size == 2 && exponent == 8 && mantissa == 7) return DType::kBfloat16;
  return DType::kOther;
}

Datatype readDatatype(ByteReader& reader) {
  Datatype type;
  type.type_class = reader.u8("class and version") & 0x0f;
  const uint8_t bits = reader.u8("class bits");
  reader.skip(2, "class bits");
  type.size = reader.u32le("element size");
  type.big_endian = (type.type_class == kIntegers || type.type_class == kFloats) && (bits & 1) != 0;
  if (type.type_class == kIntegers) type.dtype = integerOf(type.size, (bits & 8) != 0);
  if (type.type_class == kFloats) {
    reader.skip(5, "bit offset, precision and exponent location");
    const uint8_t exponent = reader.u8("exponent size");
    reader.skip(1, "mantissa location");
    const uint8_t mantissa = reader.u8("mantissa size");
    if ((bits & 0x40) == 0) type.dtype = floatOf(type.size, exponent, mantissa);  // bit 6: VAX order
  }
  type.variable_text = type.type_class == kVariable && (bits & 0x0f) == 1;
  return type;
}

// False: broken. A dataspace of no kind ("null") has no elements.
bool readDataspace(ByteReader& reader, Shape& shape) {
  const uint8_t version = reader.u8("dataspace version");
  const uint8_t rank = reader.u8("rank");
  reader.skip(1, "dataspace flags");
  const uint8_t kind = version == 2 ? reader.u8("dataspace type") : 1;
  if (version == 1) reader.skip(5, "reserved");
  if ((version != 1 && version != 2) || rank > kMostDims) return false;
  for (uint8_t d = 0; d < rank; ++d) {
    const uint64_t size = reader.u64le("dimension");
    if (size > INT64_MAX) return false;
    shape.push_back(static_cast<int64_t>(size));
  }
  if (kind == 2) shape = {0};
  return !reader.failed();
}

}  // namespace

struct Hdf5::Message {
  uint16_t type = 0;
  uint8_t flags = 0;
  std::span<const uint8_t> bytes;
  uint64_t address = 0;  // of the bytes
};

const Hdf5Link* Hdf5Object::link(std::string_view name) const {
  const auto found = std::find_if(links.begin(), links.end(), [&](const Hdf5Link& link) { return link.name == name; });
  return found == links.end() ? nullptr : &*found;
}

const Hdf5Attribute* Hdf5Object::attribute(std::string_view name) const {
  const auto found = std::find_if(attributes.begin(), attributes.end(), [&](const Hdf5Attribute& one) { return one.name == name; });
  return found == attributes.end() ? nullptr : &*found;
}

// The first fault counts; waiting for bytes is none.
void Hdf5::fail(TensorFileStatus status, std::string rule, uint64_t address, uint64_t length) {
  if (!good() && status_ != kPending) return;
  status_ = status;
  fault_.rule = std::move(rule);
  fault_.offset = address == kUndefined ? 0 : base_ + address;
  fault_.length = length;
}

// Nothing is allocated for a stretch that does not lie inside the file.
bool Hdf5::bring(uint64_t address, uint64_t length, Block& block) {
  if (!good() && status_ != kPending) return false;
  const uint64_t size = source_.size() - base_;
  if (address > size || length > size - address) {
    fail(kBadHeader, "address", address, length);
    return false;
  }
  brought_ += std::max(length, kLeastRead);
  if (brought_ > kMostStructure) {
    fail(kBadHeader, "too-large", address, length);
    return false;
  }
  block.address = address;
  block.bytes.resize(static_cast<size_t>(length));
  const ReadStatus status = source_.read(base_ + address, block.bytes);
  if (status == ReadStatus::kPending) status_ = kPending;
  if (status == ReadStatus::kPastEnd) fail(kBadHeader, "address", address, length);
  return status == ReadStatus::kOk;
}

TensorFileStatus Hdf5::open() {
  status_ = kOk;
  Block block;
  bool found = false;
  base_ = 0;
  while (!found && base_ <= kMostUserBlock && source_.size() >= base_ + kSignature.size()) {
    if (!bring(0, kSignature.size(), block)) return status_;
    found = std::equal(kSignature.begin(), kSignature.end(), block.bytes.begin());
    if (!found) base_ = base_ == 0 ? 512 : base_ * 2;
  }
  if (!found) {
    base_ = 0;
    fail(kBadHeader, "signature", 0);
    return status_;
  }
  const uint64_t left = source_.size() - base_;
  if (!bring(8, std::min<uint64_t>(92, left - 8), block)) return status_;
  ByteReader reader(block.bytes, base_ + 8);
  const uint8_t version = reader.u8("superblock version");
  if (!reader.failed() && version > 1) {
    fail(kNotRead, "superblock-" + std::to_string(version), 8, 1);
    return status_;
  }
  reader.skip(4, "versions");
  const uint8_t offset_size = reader.u8("size of offsets");
  const uint8_t length_size = reader.u8("size of lengths");
  reader.skip(version == 1 ? 13 : 9, "tree sizes and flags");
  reader.skip(16, "base and free space addresses");  // the base is where the signature stands
  const uint64_t end = reader.u64le("end of file address");
  reader.skip(16, "driver block address and name of the root");
  root_ = reader.u64le("root group address");
  if (reader.failed()) {
    fail(kTruncated, "superblock", 0);
    fault_.found = source_.size();
    fault_.expected = base_ + 96;
  } else if (offset_size != 8 || length_size != 8) {
    fail(kNotRead, "address-size", 13, 2);
  } else if (end > source_.size()) {
    fail(kTruncated, "end-address", 40, 8);
    fault_.found = source_.size();
    fault_.expected = end;
  }
  return status_;
}

TensorFileStatus Hdf5::read(uint64_t address, Hdf5Object& object) {
  if (good() || status_ == kPending) status_ = kOk;
  object = {};
  Block head;
  if (!bring(address, 16, head)) return status_;
  ByteReader reader(head.bytes);
  const uint8_t version = reader.u8("object header version");
  if (version == 'O') fail(kNotRead, "object-header-2", address, 4);
  else if (version != 1) fail(kBadHeader, "object-header", address, 16);
  reader.skip(7, "counts");
  std::vector<std::pair<uint64_t, uint64_t>> stretches = {{address + 16, reader.u32le("object header size")}};  // 16 bytes are here
  std::set<uint64_t> seen;
  uint64_t tree = kUndefined, heap = kUndefined;
  for (size_t i = 0; i < stretches.size() && good(); ++i) {
    const auto [start, size] = stretches[i];
    if (!seen.insert(start).second || i == kMostBlocks) {
      fail(kBadHeader, "loop", start, size);
      break;
    }
    Block block;
    if (!bring(start, size, block)) break;
    ByteReader messages(block.bytes, start);
    while (good() && messages.left() >= 8) {
      Message message;
      message.type = messages.u16le("message type");
      const uint16_t length = messages.u16le("message size");
      message.flags = messages.u8("message flags");
      messages.skip(3, "reserved");
      message.address = messages.offset();
      message.bytes = messages.bytes(length, "message");
      if (messages.failed()) {
        fail(kBadHeader, "message", message.address, length);
      } else if (message.type == kContinuation && length >= 16) {
        ByteReader next(message.bytes);
        const uint64_t offset = next.u64le("continuation address");
        stretches.emplace_back(offset, next.u64le("continuation length"));
      } else if (!readMessage(message, object, tree, heap)) {
        fail(kBadHeader, "message-" + std::to_string(message.type), message.address, length);
      }
    }
  }
  if (object.is_group && good()) readLinks(tree, heap, object.links);
  return status_;
}

// False: broken.
bool Hdf5::readMessage(const Message& message, Hdf5Object& object, uint64_t& tree, uint64_t& heap) {
  ByteReader reader(message.bytes, message.address);
  const bool shared = (message.flags & kShared) != 0;
  switch (message.type) {
    case kDataspace:
      object.is_dataset = true;
      if (shared) object.not_read = "shared-message";
      return shared || (object.shape.empty() && readDataspace(reader, object.shape));
    case kDatatype: {
      if (shared) {
        object.not_read = "shared-message";
        return true;
      }
      const Datatype type = readDatatype(reader);
      object.dtype = type.dtype;
      object.item = type.size;
      object.big_endian = type.big_endian;
      return !reader.failed();
    }
    case kExternal: object.not_read = "external"; return true;
    case kFilters: object.not_read = "filtered"; return true;
    case kLayout: {
      const uint8_t version = reader.u8("layout version");
      const uint8_t layout = reader.u8("layout class");
      if (version != 3) {
        object.not_read = "layout-" + std::to_string(version);
      } else if (layout == 0) {
        object.length = reader.u16le("compact size");
        object.offset = base_ + reader.offset();
        object.written = true;
        reader.skip(object.length, "compact data");
      } else if (layout == 1) {
        const uint64_t address = reader.u64le("data address");
        object.length = reader.u64le("data size");
        object.written = address != kUndefined;
        const uint64_t size = source_.size() - base_;
        if (object.written && (address > size || object.length > size - address)) {
          fail(kBadHeader, "address", address, object.length);
          return true;
        }
        object.offset = object.written ? base_ + address : 0;
      } else if (object.not_read.empty()) {
        object.not_read = "chunked";
      }
      return !reader.failed();
    }
    case kAttribute: {
      const uint8_t version = reader.u8("attribute version");
      const uint8_t flags = reader.u8("attribute flags");
      const uint64_t name_size = reader.u16le("name size"), type_size = reader.u16le("datatype size"), space_size = reader.u16le("dataspace size");
      if (version == 3) reader.skip(1, "character set");
      if (version < 1 || version > 3) return false;
      const auto field = [&](uint64_t size, std::string_view what) {
        const auto bytes = reader.bytes(size, what);
        if (version == 1 && size % 8 != 0) reader.skip(8 - size % 8, what);
        return bytes;
      };
      const auto name = field(name_size, "attribute name");
      ByteReader type_reader(field(type_size, "datatype")), space_reader(field(space_size, "dataspace"));
      if (reader.failed()) return false;
      if (shared || (version > 1 && flags != 0)) return true;  // a type that stands elsewhere is none of text
      Hdf5Attribute attribute;
      attribute.name.assign(name.begin(), std::find(name.begin(), name.end(), uint8_t{0}));
      const Datatype type = readDatatype(type_reader);
      Shape shape;
      if (!readDataspace(space_reader, shape)) return false;
      const auto count = elementCount(shape);
      if (type.type_class == kText) attribute.kind = Hdf5Attribute::Kind::kText;
      if (type.variable_text) attribute.kind = Hdf5Attribute::Kind::kVariableText;
      attribute.item = type.size;
      attribute.count = static_cast<uint64_t>(count.value_or(0));
      // A message holds 64 KiB at most.
      if (!count || (type.size > 0 && attribute.count > reader.left() / type.size)) return false;
      const auto bytes = reader.bytes(attribute.count * type.size, "attribute data");
      attribute.bytes.assign(bytes.begin(), bytes.end());
      object.attributes.push_back(std::move(attribute));
      return true;
    }
    case kSymbolTable:
      object.is_group = true;
      tree = reader.u64le("B-tree address");
      heap = reader.u64le("local heap address");
      return !reader.failed();
    default: return true;
  }
}

void Hdf5::readLinks(uint64_t tree, uint64_t heap, std::vector<Hdf5Link>& links) {
  Block names;
  std::vector<uint64_t> nodes;
  // Both are asked for before either is waited for.
  const bool has_names = readHeap(heap, names);
  if (!readTree(tree, nodes) || !has_names) return;
  for (const uint64_t node : nodes) {
    if (!readNode(node, names, links) && status_ != kPending) return;
  }
}

bool Hdf5::readHeap(uint64_t address, Block& names) {
  Block head;
  if (!bring(address, 32, head)) return false;
  ByteReader reader(head.bytes);
  const uint32_t signature = reader.u32le("signature");
  const uint8_t version = reader.u8("version");
  reader.skip(3, "reserved");
  const uint64_t size = reader.u64le("data size");
  reader.skip(8, "free list");
  const uint64_t data = reader.u64le("data address");
  if (signature != 0x50414548 || version != 0) {  // "HEAP"
    fail(kBadHeader, "local-heap", address, 32);
    return false;
  }
  return bring(data, size, names);
}

// The symbol nodes below a B-tree node, in order. Levels fall by one from node to child, so that no path is endless.
bool Hdf5::readTree(uint64_t address, std::vector<uint64_t>& nodes) {
  struct Pending {
    uint64_t address;
    int level;  // -1: any
  };
  std::vector<Pending> stack = {{address, -1}};
  std::set<uint64_t> seen;
  bool complete = true;
  while (!stack.empty()) {
    const Pending one = stack.back();
    stack.pop_back();
    if (!seen.insert(one.address).second || seen.size() > kMostLinks) {
      fail(kBadHeader, "loop", one.address);
      return false;
    }
    Block head;
    if (!bring(one.address, 24, head)) {
      if (status_ != kPending) return false;
      complete = false;
      continue;
    }
    ByteReader reader(head.bytes);
    const uint32_t signature = reader.u32le("signature");
    const uint8_t type = reader.u8("node type");
    const int level = reader.u8("node level");
    const uint16_t entries = reader.u16le("entries used");
    if (signature != 0x45455254 || type != 0 || (one.level >= 0 && level != one.level)) {  // "TREE"
      fail(kBadHeader, "b-tree", one.address, 24);
      return false;
    }
    Block body;
    if (!bring(one.address + 24, uint64_t{entries} * 16 + 8, body)) {
      if (status_ != kPending) return false;
      complete = false;
      continue;
    }
    ByteReader children(body.bytes);
    std::vector<uint64_t> below;
    for (uint16_t i = 0; i < entries; ++i) {
      children.skip(8, "key");
      below.push_back(children.u64le("child address"));
    }
    if (level == 0) nodes.insert(nodes.end(), below.begin(), below.end());
    else for (size_t i = below.size(); i-- > 0;) stack.push_back({below[i], level - 1});
    if (nodes.size() > kMostLinks) {
      fail(kBadHeader, "too-large", one.address);
      return false;
    }
  }
  return complete;
}

bool Hdf5::readNode(uint64_t address, const Block& names, std::vector<Hdf5Link>& links) {
  constexpr uint64_t kEntry = 40;
  Block head, body;
  if (!bring(address, 8, head)) return false;
  ByteReader reader(head.bytes);
  const uint32_t signature = reader.u32le("signature");
  const uint8_t version = reader.u8("version");
  reader.skip(1, "reserved");
  const uint16_t count = reader.u16le("symbols");
  if (signature != 0x444f4e53 || version != 1) {  // "SNOD"
    fail(kBadHeader, "symbol-node", address, 8);
    return false;
  }
  if (!bring(address + 8, count * kEntry, body)) return false;
  ByteReader entries(body.bytes);
  for (uint16_t i = 0; i < count; ++i) {
    const uint64_t name = entries.u64le("name offset");
    Hdf5Link link;
    link.address = entries.u64le("object header address");
    const uint32_t cache = entries.u32le("cache type");
    entries.skip(20, "scratch");
    const auto end = name < names.bytes.size() ? std::find(names.bytes.begin() + static_cast<std::ptrdiff_t>(name), names.bytes.end(), uint8_t{0})
                                               : names.bytes.end();
    if (end == names.bytes.end() || links.size() == kMostLinks) {
      fail(kBadHeader, "link-name", address, count * kEntry);
      return false;
    }
    link.name.assign(names.bytes.begin() + static_cast<std::ptrdiff_t>(name), end);
    if (cache != 2) links.push_back(std::move(link));  // 2: a link to a path, which no library of ours writes
  }
  return true;
}

const Hdf5::Collection* Hdf5::collectionAt(uint64_t address) {
  const auto known = collections_.find(address);
  if (known != collections_.end()) return &known->second;
  Block head, body;
  if (!bring(address, 16, head)) return nullptr;
  ByteReader reader(head.bytes);
  const uint32_t signature = reader.u32le("signature");
  const uint8_t version = reader.u8("version");
  reader.skip(3, "reserved");
  const uint64_t size = reader.u64le("collection size");
  if (signature != 0x4c4f4347 || version != 1 || size < 16) {  // "GCOL"
    fail(kBadHeader, "global-heap", address, 16);
    return nullptr;
  }
  if (!bring(address + 16, size - 16, body)) return nullptr;
  Collection collection;
  ByteReader objects(body.bytes);
  while (objects.left() >= 16) {
    const uint16_t index = objects.u16le("heap object index");
    objects.skip(6, "reference count");
    const uint64_t length = objects.u64le("heap object size");
    if (index == 0) break;  // the free space at the end
    const auto bytes = objects.bytes(length, "heap object");
    if (objects.failed()) {
      fail(kBadHeader, "global-heap", address, size);
      return nullptr;
    }
    collection.emplace(index, std::vector<uint8_t>(bytes.begin(), bytes.end()));
    objects.skip(std::min<uint64_t>((8 - length % 8) % 8, objects.left()), "padding");
  }
  return &collections_.emplace(address, std::move(collection)).first->second;
}

TensorFileStatus Hdf5::texts(const Hdf5Attribute& attribute, std::vector<std::string>& texts) {
  if (good() || status_ == kPending) status_ = kOk;
  texts.clear();
  if (attribute.kind == Hdf5Attribute::Kind::kOther || attribute.item == 0) return status_;
  ByteReader reader(attribute.bytes);
  for (uint64_t i = 0; i < attribute.count; ++i) {
    if (attribute.kind == Hdf5Attribute::Kind::kText) {
      const auto bytes = reader.bytes(attribute.item, "text");
      texts.emplace_back(bytes.begin(), std::find(bytes.begin(), bytes.end(), uint8_t{0}));
      continue;  // no longer than the attribute
    }
    ByteReader element(reader.bytes(attribute.item, "text"));
    const uint32_t length = element.u32le("text length");
    const uint64_t address = element.u64le("collection address");
    const uint32_t index = element.u32le("heap object index");
    texts.emplace_back();
    if (length == 0 || element.failed()) continue;
    const Collection* collection = collectionAt(address);
    if (collection == nullptr) {
      if (status_ != kPending) return status_;
      continue;
    }
    const auto object = collection->find(static_cast<uint16_t>(index));
    spelled_ += length;
    if (index > UINT16_MAX || object == collection->end() || object->second.size() < length || spelled_ > kMostText) {
      fail(kBadHeader, "global-heap", address);
      return status_;
    }
    texts.back().assign(object->second.begin(), object->second.begin() + length);
  }
  return status_;
}

}  // namespace bp
