// The protobuf wire format, just enough to walk a message whose schema the caller knows.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "bytes/byte_reader.h"

namespace bp {

struct ProtoField {
  uint32_t number = 0;
  uint32_t wire = 0;                 // 0 varint, 1 fixed64, 2 bytes, 5 fixed32
  uint64_t value = 0;                // of wires 0, 1 and 5
  std::span<const uint8_t> bytes;    // of wire 2

  int64_t asInt64() const { return static_cast<int64_t>(value); }
  std::string asString() const { return {bytes.begin(), bytes.end()}; }
};

// Calls next() until it returns false; failed() then tells the end from a broken message. Groups are broken.
class ProtoReader {
 public:
  explicit ProtoReader(std::span<const uint8_t> message) : reader_(message) {}
  bool next(ProtoField& field);
  bool failed() const { return reader_.failed(); }

 private:
  ByteReader reader_;
};

}  // namespace bp
