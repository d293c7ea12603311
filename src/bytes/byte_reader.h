// A cursor over bytes nobody vouches for. Every read says which field it is after, so the first failure
// names the field and the offset; after a failure all reads return zero or empty and failed() stays true.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace bp {

class ByteReader {
 public:
  // `base`: where bytes[0] lies in its file, for messages.
  explicit ByteReader(std::span<const uint8_t> bytes, uint64_t base = 0) : bytes_(bytes), base_(base) {}

  uint8_t u8(const char* field);
  uint16_t u16le(const char* field);
  uint32_t u32le(const char* field);
  uint64_t u64le(const char* field);
  uint32_t varint32(const char* field);  // LEB128; more than 5 bytes or 32 bits fails
  uint64_t varint64(const char* field);  // at most 10 bytes
  std::span<const uint8_t> bytes(uint64_t length, const char* field);
  bool skip(uint64_t length, const char* field);
  std::span<const uint8_t> rest() const { return bytes_.subspan(static_cast<std::size_t>(position_)); }  // does not move

  uint64_t offset() const { return base_ + position_; }  // in the file
  uint64_t left() const { return bytes_.size() - position_; }
  bool atEnd() const { return left() == 0; }
  bool failed() const { return failed_field_ != nullptr; }
  std::string_view failedField() const { return failed() ? std::string_view(failed_field_) : std::string_view(); }
  uint64_t failedOffset() const { return failed_offset_; }
  // For checks the caller makes on a value just read.
  void fail(const char* field);

 private:
  std::span<const uint8_t> bytes_;
  uint64_t base_ = 0;
  uint64_t position_ = 0;
  const char* failed_field_ = nullptr;
  uint64_t failed_offset_ = 0;
};

}  // namespace bp
