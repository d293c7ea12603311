// The protobuf wire format, just enough to walk a message whose schema the caller knows.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

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
  // `base`: where the message lies in its file, for messages.
  explicit ProtoReader(std::span<const uint8_t> message, uint64_t base = 0) : reader_(message, base), field_offset_(base) {}
  bool next(ProtoField& field);
  // For what the caller finds wrong inside the field just read.
  void fail(const char* field) { reader_.fail(field); }

  bool failed() const { return reader_.failed(); }
  std::string_view failedField() const { return reader_.failedField(); }
  uint64_t failedOffset() const { return field_offset_; }  // of the field it is in

 private:
  ByteReader reader_;
  uint64_t field_offset_;
};

}  // namespace bp
