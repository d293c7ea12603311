#include "containers/source_cursor.h"

#include <algorithm>

namespace bp {

// Makes `count` bytes from here on lie in held_.
bool SourceCursor::bring(uint64_t count) {
  if (failed_ || count > left() || count > kPiece) {
    failed_ = true;
    return false;
  }
  if (at_ >= held_from_ && at_ - held_from_ <= held_.size() && count <= held_.size() - (at_ - held_from_)) return true;
  held_from_ = at_;
  held_.resize(static_cast<size_t>(std::min(left(), kPiece)));
  const ReadStatus status = source_.read(at_, held_);
  pending_ = status == ReadStatus::kPending;
  failed_ = status != ReadStatus::kOk;
  if (failed_) held_.clear();
  return !failed_;
}

std::span<const uint8_t> SourceCursor::bytes(uint64_t count) {
  if (!bring(count)) return {};
  const auto taken = std::span(held_).subspan(static_cast<size_t>(at_ - held_from_), static_cast<size_t>(count));
  at_ += count;
  return taken;
}

uint8_t SourceCursor::u8() {
  const auto byte = bytes(1);
  return byte.empty() ? uint8_t{0} : byte[0];
}

uint64_t SourceCursor::varint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 70; shift += 7) {
    const uint8_t byte = u8();
    if (failed_) return 0;
    if (shift == 63 && byte > 1) break;
    value |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return value;
  }
  failed_ = true;
  return 0;
}

bool SourceCursor::skip(uint64_t count) {
  if (failed_ || count > left()) failed_ = true;
  else at_ += count;
  return !failed_;
}

}  // namespace bp
