#include "bytes/byte_source.h"

#include <algorithm>
#include <cstring>

namespace bp {

ReadStatus BufferSource::read(uint64_t offset, std::span<uint8_t> out) {
  if (offset > bytes_.size() || out.size() > bytes_.size() - offset) return ReadStatus::kPastEnd;
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
  return ReadStatus::kOk;
}

ReadStatus PagedSource::read(uint64_t offset, std::span<uint8_t> out) {
  if (offset > size_ || out.size() > size_ - offset) return ReadStatus::kPastEnd;
  if (out.empty()) return ReadStatus::kOk;
  const uint64_t first = offset / kPageSize;
  const uint64_t last = (offset + out.size() - 1) / kPageSize;
  for (uint64_t page = first; page <= last; ++page) {
    if (pages_.count(page) > 0) continue;
    want(offset, out.size());
    return ReadStatus::kPending;
  }
  size_t filled = 0;
  for (uint64_t page = first; page <= last; ++page) {
    const std::vector<uint8_t>& bytes = pages_[page];
    const size_t from = page == first ? static_cast<size_t>(offset % kPageSize) : 0;
    const size_t count = std::min(bytes.size() - from, out.size() - filled);
    std::memcpy(out.data() + filled, bytes.data() + from, count);
    filled += count;
  }
  return ReadStatus::kOk;
}

void PagedSource::want(uint64_t offset, uint64_t length) {
  if (length == 0 || offset >= size_) return;
  const uint64_t end = offset + std::min(length, size_ - offset);
  for (uint64_t page = offset / kPageSize; page <= (end - 1) / kPageSize; ++page) {
    if (pages_.count(page) == 0) wanted_.try_emplace(page, false);
  }
}

std::vector<ByteRange> PagedSource::takeWanted() {
  std::vector<ByteRange> ranges;
  for (auto& [page, asked] : wanted_) {
    if (asked) continue;
    asked = true;
    const uint64_t offset = page * kPageSize;
    const uint64_t length = std::min(kPageSize, size_ - offset);
    if (!ranges.empty() && ranges.back().offset + ranges.back().length == offset) ranges.back().length += length;
    else ranges.push_back({offset, length});
  }
  return ranges;
}

void PagedSource::supply(uint64_t offset, std::span<const uint8_t> bytes) {
  while (!bytes.empty() && offset < size_) {
    const uint64_t page = offset / kPageSize;
    const size_t count = std::min<size_t>(bytes.size(), static_cast<size_t>(std::min(kPageSize, size_ - offset)));
    // Only whole pages: a short one would be read past its end.
    if (offset % kPageSize == 0 && count == std::min(kPageSize, size_ - offset)) {
      pages_[page].assign(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
      wanted_[page] = true;
    }
    offset += count;
    bytes = bytes.subspan(count);
  }
}

uint64_t PagedSource::bytesHeld() const {
  uint64_t held = 0;
  for (const auto& [page, bytes] : pages_) held += bytes.size();
  return held;
}

}  // namespace bp
