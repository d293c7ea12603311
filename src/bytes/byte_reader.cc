#include "bytes/byte_reader.h"

namespace bp {

void ByteReader::fail(const char* field) {
  if (failed()) return;
  failed_field_ = field;
  failed_offset_ = offset();
}

std::span<const uint8_t> ByteReader::bytes(uint64_t length, const char* field) {
  if (failed()) return {};
  if (length > left()) {
    fail(field);
    return {};
  }
  const auto taken = bytes_.subspan(static_cast<size_t>(position_), static_cast<size_t>(length));
  position_ += length;
  return taken;
}

bool ByteReader::skip(uint64_t length, const char* field) {
  bytes(length, field);
  return !failed();
}

uint8_t ByteReader::u8(const char* field) {
  const auto b = bytes(1, field);
  return b.empty() ? uint8_t{0} : b[0];
}

uint16_t ByteReader::u16le(const char* field) {
  const auto b = bytes(2, field);
  return b.empty() ? uint16_t{0} : static_cast<uint16_t>(b[0] | b[1] << 8);
}

uint32_t ByteReader::u32le(const char* field) {
  const auto b = bytes(4, field);
  return b.empty() ? 0 : uint32_t{b[0]} | uint32_t{b[1]} << 8 | uint32_t{b[2]} << 16 | uint32_t{b[3]} << 24;
}

uint64_t ByteReader::u64le(const char* field) {
  const auto b = bytes(8, field);
  uint64_t value = 0;
  for (size_t i = b.size(); i-- > 0;) value = value << 8 | b[i];
  return value;
}

uint64_t ByteReader::varint64(const char* field) {
  if (failed()) return 0;
  const uint64_t start = position_;
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 70 && !atEnd(); shift += 7) {
    const uint8_t byte = bytes_[static_cast<size_t>(position_++)];
    if (shift == 63 && byte > 1) break;  // more than 64 bits
    value |= uint64_t{byte & 0x7fu} << shift;
    if ((byte & 0x80) == 0) return value;
  }
  position_ = start;
  fail(field);
  return 0;
}

uint32_t ByteReader::varint32(const char* field) {
  const uint64_t start = position_;
  const uint64_t value = varint64(field);
  if (failed()) return 0;
  if (value > UINT32_MAX || position_ - start > 5) {
    position_ = start;
    fail(field);
    return 0;
  }
  return static_cast<uint32_t>(value);
}

}  // namespace bp
