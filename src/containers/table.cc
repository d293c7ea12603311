#include "containers/table.h"

#include "bytes/byte_reader.h"
#include "bytes/crc32c.h"
#include "containers/snappy.h"

namespace bp {
namespace {

constexpr uint64_t kTrailerSize = 5;
constexpr uint8_t kNoCompression = 0;
constexpr uint8_t kSnappy = 1;

ParseStatus failed(TableFault& fault, std::string step, std::string what, uint64_t offset, uint64_t length = 0) {
  fault = {std::move(step), std::move(what), offset, length, false, 0, 0};
  return ParseStatus::kFailed;
}

bool readHandle(ByteReader& reader, BlockHandle& handle) {
  handle.offset = reader.varint64("block offset");
  handle.size = reader.varint64("block size");
  return !reader.failed();
}

}  // namespace

ParseStatus readFooter(ByteSource& source, TableFooter& footer, TableFault& fault) {
  const uint64_t size = source.size();
  if (size < kTableFooterSize) return failed(fault, "footer", "file is too short to be an sstable", 0, size);
  const uint64_t start = size - kTableFooterSize;
  uint8_t bytes[kTableFooterSize];
  switch (source.read(start, bytes)) {
    case ReadStatus::kPending: return ParseStatus::kPending;
    case ReadStatus::kPastEnd: return failed(fault, "footer", "file is too short to be an sstable", start, kTableFooterSize);
    case ReadStatus::kOk: break;
  }
  ByteReader magic({bytes + kTableFooterSize - 8, 8});
  if (magic.u64le("magic") != kTableMagic) return failed(fault, "footer", "not an sstable (bad magic number)", size - 8, 8);
  ByteReader reader({bytes, kTableFooterSize - 8}, start);
  if (!readHandle(reader, footer.metaindex) || !readHandle(reader, footer.index)) {
    return failed(fault, "footer", "bad block handle", start, kTableFooterSize - 8);
  }
  return ParseStatus::kOk;
}

ParseStatus readBlock(ByteSource& source, BlockHandle handle, uint64_t limit, std::vector<uint8_t>& block, TableFault& fault) {
  const uint64_t size = source.size();
  if (handle.size > limit) return failed(fault, "block", "handle.size() too big", handle.offset, handle.size);
  if (handle.offset > size || handle.size + kTrailerSize > size - handle.offset) {
    return failed(fault, "block", "truncated block read", handle.offset, handle.size);
  }
  block.resize(static_cast<size_t>(handle.size + kTrailerSize));
  switch (source.read(handle.offset, block)) {
    case ReadStatus::kPending: return ParseStatus::kPending;
    case ReadStatus::kPastEnd: return failed(fault, "block", "truncated block read", handle.offset, handle.size);
    case ReadStatus::kOk: break;
  }
  const size_t stored = static_cast<size_t>(handle.size);
  const uint8_t type = block[stored];
  ByteReader trailer({block.data() + stored + 1, 4});
  const uint32_t expected = unmaskCrc(trailer.u32le("block checksum"));
  const uint32_t calculated = crc32c({block.data(), stored + 1});
  if (calculated != expected) {
    failed(fault, "block", "block checksum mismatch", handle.offset, handle.size);
    fault.has_crc = true;
    fault.crc_stored = expected;
    fault.crc_calculated = calculated;
    return ParseStatus::kFailed;
  }
  block.resize(stored);
  if (type == kNoCompression) return ParseStatus::kOk;
  if (type != kSnappy) return failed(fault, "block", "bad block type", handle.offset + handle.size, 1);
  std::vector<uint8_t> inflated;
  if (!inflateSnappy(block, limit, inflated)) {
    return failed(fault, "block", "corrupted compressed block contents", handle.offset, handle.size);
  }
  block = std::move(inflated);
  return ParseStatus::kOk;
}

ParseStatus visitBlock(std::span<const uint8_t> block, uint64_t base, const EntryVisitor& entry, TableFault& fault) {
  if (block.size() < 4) return failed(fault, "block", "bad block contents", base, block.size());
  ByteReader tail(block.subspan(block.size() - 4));
  const uint64_t restarts = tail.u32le("restart count");
  if (restarts > (block.size() - 4) / 4) return failed(fault, "block", "bad block contents", base, block.size());
  const size_t entries_end = block.size() - 4 - static_cast<size_t>(restarts) * 4;
  ByteReader restart(block.subspan(entries_end, static_cast<size_t>(restarts) * 4));
  uint64_t next_restart = restarts > 0 ? restart.u32le("restart offset") : UINT64_MAX;

  ByteReader reader(block.first(entries_end), base);
  std::string key, previous;
  bool first = true;
  while (!reader.atEnd()) {
    const uint64_t start = reader.offset();
    const uint64_t shared = reader.varint32("shared key length");
    const uint64_t unshared = reader.varint32("key length");
    const uint64_t value_length = reader.varint32("value length");
    const auto key_tail = reader.bytes(unshared, "key");
    const auto value = reader.bytes(value_length, "value");
    const bool at_restart = next_restart == start - base;
    if (reader.failed() || shared > key.size() || (at_restart && shared != 0)) return failed(fault, "entry", "bad entry in block", start);
    if (at_restart) next_restart = restart.atEnd() ? UINT64_MAX : restart.u32le("restart offset");
    previous = key;
    key.resize(static_cast<size_t>(shared));
    key.append(key_tail.begin(), key_tail.end());
    // std::string compares as unsigned bytes, which is the order of a table.
    if (!first && key <= previous) return failed(fault, "entry", "keys out of order", start);
    first = false;
    if (!entry(key, value)) return ParseStatus::kOk;
  }
  // An empty block keeps one restart, at 0; any other left over points nowhere.
  if (next_restart != UINT64_MAX && !(first && next_restart == 0)) return failed(fault, "entry", "bad restart offset", base + entries_end);
  return ParseStatus::kOk;
}

ParseStatus visitTable(ByteSource& source, uint64_t limit, const EntryVisitor& entry, TableFault& fault) {
  TableFooter footer;
  if (const ParseStatus status = readFooter(source, footer, fault); status != ParseStatus::kOk) return status;
  std::vector<uint8_t> index;
  if (const ParseStatus status = readBlock(source, footer.index, limit, index, fault); status != ParseStatus::kOk) {
    if (status == ParseStatus::kFailed) fault.step = "index block";
    return status;
  }
  std::vector<BlockHandle> handles;
  bool bad_handle = false;
  const ParseStatus listed = visitBlock(index, footer.index.offset, [&](std::string_view, std::span<const uint8_t> value) {
    ByteReader reader(value);
    BlockHandle handle;
    bad_handle = !readHandle(reader, handle);
    if (!bad_handle) handles.push_back(handle);
    return !bad_handle;
  }, fault);
  if (listed == ParseStatus::kOk && bad_handle) failed(fault, "index block", "bad block handle", footer.index.offset, footer.index.size);
  if (listed != ParseStatus::kOk || bad_handle) {
    fault.step = "index block";
    return ParseStatus::kFailed;
  }
  // Blocks of a table do not overlap, so that reading them all takes no longer than reading the file.
  uint64_t total = 0;
  for (const BlockHandle& handle : handles) {
    if (handle.size > source.size() - total) return failed(fault, "index block", "truncated block read", handle.offset, handle.size);
    total += handle.size;
  }
  // All blocks are asked for before the first is waited for.
  bool pending = false;
  std::vector<uint8_t> block;
  for (const BlockHandle& handle : handles) {
    if (handle.size <= limit && handle.offset <= source.size() && handle.size + kTrailerSize <= source.size() - handle.offset) {
      block.resize(static_cast<size_t>(handle.size + kTrailerSize));
      pending |= source.read(handle.offset, block) == ReadStatus::kPending;
    }
  }
  if (pending) return ParseStatus::kPending;
  std::string last;
  bool any = false, stopped = false;
  for (const BlockHandle& handle : handles) {
    ParseStatus status = readBlock(source, handle, limit, block, fault);
    if (status == ParseStatus::kPending) return status;
    bool in_order = true;
    if (status == ParseStatus::kOk) {
      status = visitBlock(block, handle.offset, [&](std::string_view key, std::span<const uint8_t> value) {
        in_order = !any || key > last;
        if (!in_order) return false;
        any = true;
        last = key;
        stopped = !entry(key, value);
        return !stopped;
      }, fault);
    }
    if (status == ParseStatus::kOk && !in_order) status = failed(fault, "data block", "keys out of order", handle.offset, handle.size);
    if (status == ParseStatus::kFailed) {
      if (fault.step == "block") fault.step = "data block";
      return status;
    }
    if (stopped) break;
  }
  return ParseStatus::kOk;
}

}  // namespace bp
