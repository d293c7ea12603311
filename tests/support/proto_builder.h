// Writes protobuf messages field by field.
#pragma once

#include "support/byte_cases.h"

namespace bp::test {

inline void putVarint(Bytes& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<uint8_t>(value | 0x80));
  out.push_back(static_cast<uint8_t>(value));
}
inline void putU32(Bytes& out, uint32_t value) {
  for (int i = 0; i < 4; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

class Proto {
 public:
  Proto& varint(uint32_t field, uint64_t value) {
    putVarint(bytes_, field << 3);
    putVarint(bytes_, value);
    return *this;
  }
  Proto& fixed32(uint32_t field, uint32_t value) {
    putVarint(bytes_, field << 3 | 5);
    putU32(bytes_, value);
    return *this;
  }
  Proto& bytes(uint32_t field, std::span<const uint8_t> value) {
    putVarint(bytes_, field << 3 | 2);
    putVarint(bytes_, value.size());
    append(bytes_, value);
    return *this;
  }
  Proto& text(uint32_t field, std::string_view value) { return bytes(field, bytesOf(value)); }
  Proto& message(uint32_t field, const Proto& value) { return bytes(field, value.bytes_); }

  const Bytes& done() const { return bytes_; }
  operator std::span<const uint8_t>() const { return bytes_; }

 private:
  Bytes bytes_;
};

}  // namespace bp::test
