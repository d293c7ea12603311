#include "bytes/byte_source.h"

#include <algorithm>
#include <cstring>

namespace bp {

ReadStatus BufferSource::read(uint64_t offset, std::span<uint8_t> out) {
  if (offset > bytes_.size() || out.size() > bytes_.size() - offset) return ReadStatus::kPastEnd;
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
  return ReadStatus::kOk;
}

ReadStatus WindowSource::read(uint64_t offset, std::span<uint8_t> out) {
  if (offset > size_ || out.size() > size_ - offset) return ReadStatus::kPastEnd;
  return whole_.read(offset_ + offset, out);
}

uint64_t PagedSource::pageLength(uint64_t page) const { return std::min(kPageSize, size_ - page * kPageSize); }

ReadStatus PagedSource::read(uint64_t offset, std::span<uint8_t> out) {
  if (offset > size_ || out.size() > size_ - offset) return ReadStatus::kPastEnd;
  if (out.empty()) return ReadStatus::kOk;
  const uint64_t first = offset / kPageSize;
  const uint64_t last = (offset + out.size() - 1) / kPageSize;
  auto here = pages_.find(first);
  for (uint64_t page = first; page <= last; ++page, ++here) {
    if (here != pages_.end() && here->first == page) continue;
    want(offset, out.size());
    return ReadStatus::kPending;
  }
  here = pages_.find(first);
  size_t from = static_cast<size_t>(offset % kPageSize);
  for (size_t filled = 0; filled < out.size(); ++here, from = 0) {
    const size_t count = std::min(here->second.size() - from, out.size() - filled);
    std::memcpy(out.data() + filled, here->second.data() + from, count);
    filled += count;
  }
  return ReadStatus::kOk;
}

void PagedSource::want(uint64_t offset, uint64_t length) {
  if (length == 0 || offset >= size_) return;
  const uint64_t end = offset + std::min(length, size_ - offset);
  for (uint64_t page = offset / kPageSize; page <= (end - 1) / kPageSize; ++page) {
    if (pages_.count(page) == 0 && asked_.count(page) == 0) wanted_.insert(page);
  }
}

std::vector<ByteRange> PagedSource::takeWanted() {
  std::vector<ByteRange> ranges;
  for (const uint64_t page : wanted_) {
    const uint64_t offset = page * kPageSize;
    if (!ranges.empty() && ranges.back().offset + ranges.back().length == offset) ranges.back().length += pageLength(page);
    else ranges.push_back({offset, pageLength(page)});
  }
  asked_.merge(wanted_);
  wanted_.clear();
  return ranges;
}

void PagedSource::supply(uint64_t offset, std::span<const uint8_t> bytes) {
  if (offset % kPageSize != 0) return;
  for (uint64_t page = offset / kPageSize; page * kPageSize < size_ && pageLength(page) <= bytes.size(); ++page) {
    const auto length = static_cast<size_t>(pageLength(page));
    pages_[page].assign(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
    wanted_.erase(page);
    asked_.erase(page);
    bytes = bytes.subspan(length);
  }
}

uint64_t PagedSource::bytesHeld() const {
  uint64_t held = 0;
  for (const auto& [page, bytes] : pages_) held += bytes.size();
  return held;
}

}  // namespace bp
