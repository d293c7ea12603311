// A cursor over a stretch of a file, for formats that keep large values among their structure: what is read comes in
// small pieces, what is skipped is never touched.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bytes/byte_source.h"

namespace bp {

class SourceCursor {
 public:
  static constexpr uint64_t kPiece = 4096;  // bytes brought at a time, and the most that bytes() gives

  // [begin, end) lies inside the source.
  SourceCursor(ByteSource& source, uint64_t begin, uint64_t end) : source_(source), at_(begin), end_(end) {}

  // After a failure all of them return zero or empty.
  uint8_t u8();
  uint64_t varint();                              // at most 10 bytes
  std::span<const uint8_t> bytes(uint64_t count);  // valid until the next call; at most kPiece
  bool skip(uint64_t count);

  uint64_t offset() const { return at_; }
  uint64_t left() const { return end_ - at_; }
  bool failed() const { return failed_; }    // past the end, or broken
  bool pending() const { return pending_; }  // bytes are missing; failed() too
  void fail() { failed_ = true; }

 private:
  bool bring(uint64_t count);

  ByteSource& source_;
  uint64_t at_;
  uint64_t end_;
  uint64_t held_from_ = 0;
  std::vector<uint8_t> held_;
  bool failed_ = false;
  bool pending_ = false;
};

}  // namespace bp
