#include "containers/hdf5.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "bytes/byte_reader.h"
#include "containers/hdf5_types.h"

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

enum MessageType : uint16_t {
  kDataspace = 0x01, kLinkInfo = 0x02, kDatatype = 0x03, kLink = 0x06, kExternal = 0x07, kLayout = 0x08, kFilters = 0x0b, kAttribute = 0x0c, kContinuation = 0x10, kSymbolTable = 0x11,
};
constexpr uint8_t kShared = 2;  // flag of a message: it stands elsewhere

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
  object.at = base_ + address;
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
  if (object.is_group && !object.links_not_read && good()) readLinks(tree, heap, object);
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
      return shared || (object.shape.empty() && readHdf5Shape(reader, object.shape));
    case kDatatype: {
      if (shared) {
        object.not_read = "shared-message";
        return true;
      }
      const Hdf5Type type = readHdf5Type(reader);
      object.dtype = type.dtype;
      object.item = type.size;
      object.big_endian = type.big_endian;
      return !reader.failed();
    }
    case kLinkInfo:
    case kLink:
      object.is_group = object.links_not_read = true;
      return true;
    case kExternal: object.not_read = "external"; return true;
    case kFilters: object.not_read = "filtered"; return true;
    case kLayout: return readLayout(reader, object);
    case kAttribute: return readAttribute(reader, shared, object);
    case kSymbolTable:
      object.is_group = true;
      tree = reader.u64le("B-tree address");
      heap = reader.u64le("local heap address");
      return !reader.failed();
    default: return true;
  }
}

bool Hdf5::readLayout(ByteReader& reader, Hdf5Object& object) {
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

bool Hdf5::readAttribute(ByteReader& reader, bool shared, Hdf5Object& object) {
  const uint8_t version = reader.u8("attribute version");
  const uint8_t flags = reader.u8("attribute flags");
  const uint64_t name_size = reader.u16le("name size"), type_size = reader.u16le("datatype size"), space_size = reader.u16le("dataspace size");
  if (version == 3) reader.skip(1, "character set");
  if (version < 1 || version > 3) return false;
  const auto field = [&](uint64_t size, const char* what) {
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
  const Hdf5Type type = readHdf5Type(type_reader);
  Shape shape;
  if (!readHdf5Shape(space_reader, shape)) return false;
  const auto count = elementCount(shape);
  if (type.fixed_text) attribute.kind = Hdf5Attribute::Kind::kText;
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
