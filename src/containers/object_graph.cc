#include "containers/object_graph.h"

#include "bytes/byte_reader.h"
#include "bytes/crc32c.h"
#include "containers/proto_wire.h"

namespace bp {
namespace {

std::optional<ObjectGraphVariable> readAttribute(std::span<const uint8_t> message) {
  ObjectGraphVariable variable;
  ProtoReader reader(message);
  ProtoField field;
  while (reader.next(field)) {
    if (field.number == 2 && field.wire == 2) variable.full_name = field.asString();
    if (field.number == 3 && field.wire == 2) variable.checkpoint_key = field.asString();
  }
  if (reader.failed()) return std::nullopt;
  return variable;
}

// The attributes of one TrackableObject.
bool readObject(std::span<const uint8_t> message, std::vector<ObjectGraphVariable>& variables) {
  ProtoReader reader(message);
  ProtoField field;
  while (reader.next(field)) {
    if (field.number != 2 || field.wire != 2) continue;
    auto variable = readAttribute(field.bytes);
    if (!variable) return false;
    if (!variable->checkpoint_key.empty()) variables.push_back(std::move(*variable));
  }
  return !reader.failed();
}

uint32_t swapped(uint32_t word) { return word << 24 | (word & 0xff00) << 8 | (word >> 8 & 0xff00) | word >> 24; }

}  // namespace

std::optional<std::vector<ObjectGraphVariable>> readObjectGraph(std::span<const uint8_t> bytes) {
  std::vector<ObjectGraphVariable> variables;
  ProtoReader reader(bytes);
  ProtoField field;
  while (reader.next(field)) {
    if (field.number == 1 && field.wire == 2 && !readObject(field.bytes, variables)) return std::nullopt;
  }
  if (reader.failed()) return std::nullopt;
  return variables;
}

std::optional<std::vector<uint8_t>> readStringScalar(std::span<const uint8_t> stored, bool big_endian) {
  ByteReader reader(stored);
  const uint64_t length = reader.varint64("string length");
  const uint32_t word = reader.u32le("length checksum");
  if (reader.failed() || length != reader.left()) return std::nullopt;
  // The checksum is of the length as an integer of 4 bytes, of 8 where it needs them, in the writer's byte order.
  const size_t width = length > UINT32_MAX ? 8 : 4;
  uint8_t bytes[8];
  for (size_t i = 0; i < width; ++i) bytes[i] = static_cast<uint8_t>(length >> (8 * (big_endian ? width - 1 - i : i)));
  if (crc32c({bytes, width}) != unmaskCrc(big_endian ? swapped(word) : word)) return std::nullopt;
  const auto text = reader.bytes(length, "string");
  return std::vector<uint8_t>(text.begin(), text.end());
}

}  // namespace bp
