#include "containers/table.h"

#include "bytes/byte_reader.h"
#include "bytes/crc32c.h"
#include "containers/snappy.h"

namespace bp {
namespace {

constexpr uint64_t kTrailerSize = 5;
constexpr uint8_t kNoCompression = 0;
constexpr uint8_t kSnappy = 1;
constexpr uint64_t kMostKeyBytes = uint64_t{256} << 20;  // keys share their beginnings: a few bytes can spell a long one

ParseStatus failed(TableFault& fault, std::string step, std::string what, uint64_t offset, uint64_t length = 0, std::string_view field = {}) {
  fault = {std::move(step), std::move(what), std::string(field), offset, length, false, 0, 0};
  return ParseStatus::kFailed;
}

bool fits(const ByteSource& source, BlockHandle handle) {
  const uint64_t size = source.size();
  return handle.offset <= size && kTrailerSize <= size - handle.offset && handle.size <= size - handle.offset - kTrailerSize;
}

// The handles an index block holds, whose keys are no names.
ParseStatus readHandles(const TableBlock& index, std::vector<TableIndexEntry>& entries, TableFault& fault) {
  bool bad = false;
  uint64_t key_bytes = 0;
  const ParseStatus status = visitBlock(index, [&](std::string_view key, std::span<const uint8_t> value, uint64_t place) {
    ByteReader reader(value, place);  // bytes after a handle are allowed
    BlockHandle handle;
    handle.offset = reader.varint64("data block offset");
    handle.size = reader.varint64("data block size");
    key_bytes += key.size();
    bad = reader.failed() || key_bytes > kMostKeyBytes;
    if (bad) failed(fault, "index block", "bad block handle", place, value.size(), reader.failedField());
    else entries.push_back({std::string(key), handle});
    return !bad;
  }, fault);
  if (status == ParseStatus::kFailed) fault.step = "index block";
  return bad ? ParseStatus::kFailed : status;
}

// Reading each once has all of them asked for before any is waited for.
bool allHere(ByteSource& source, std::span<const TableIndexEntry> index, uint64_t limit) {
  bool here = true;
  std::vector<uint8_t> bytes;
  for (const auto& [key, handle] : index) {
    if (handle.size > limit) continue;  // fails when its turn comes
    bytes.resize(static_cast<size_t>(handle.size + kTrailerSize));
    if (source.read(handle.offset, bytes) == ReadStatus::kPending) here = false;
  }
  return here;
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
  if (magic.u64le("magic") != kTableMagic) return failed(fault, "footer", "not an sstable (bad magic number)", size - 8, 8, "magic");
  ByteReader reader({bytes, kTableFooterSize - 8}, start);
  footer.metaindex.offset = reader.varint64("metaindex block offset");
  footer.metaindex.size = reader.varint64("metaindex block size");
  footer.index.offset = reader.varint64("index block offset");
  footer.index.size = reader.varint64("index block size");
  if (reader.failed()) return failed(fault, "footer", "bad block handle", reader.failedOffset(), 0, reader.failedField());
  return ParseStatus::kOk;
}

ParseStatus readBlock(ByteSource& source, BlockHandle handle, uint64_t limit, TableBlock& block, TableFault& fault) {
  if (!fits(source, handle)) return failed(fault, "block", "truncated block read", handle.offset, handle.size);
  if (handle.size > limit) return failed(fault, "block", "handle.size() too big", handle.offset, handle.size);
  block.handle = handle;
  block.bytes.resize(static_cast<size_t>(handle.size + kTrailerSize));
  switch (source.read(handle.offset, block.bytes)) {
    case ReadStatus::kPending: return ParseStatus::kPending;
    case ReadStatus::kPastEnd: return failed(fault, "block", "truncated block read", handle.offset, handle.size);
    case ReadStatus::kOk: break;
  }
  const auto size = static_cast<size_t>(handle.size);
  ByteReader trailer({block.bytes.data() + size, kTrailerSize}, handle.offset + size);
  const uint8_t type = trailer.u8("block type");
  const uint32_t stored = unmaskCrc(trailer.u32le("block checksum"));
  const uint32_t calculated = crc32c({block.bytes.data(), size + 1});
  if (calculated != stored) {
    failed(fault, "block", "block checksum mismatch", handle.offset, handle.size, "block checksum");
    fault.has_crc = true;
    fault.crc_stored = stored;
    fault.crc_calculated = calculated;
    return ParseStatus::kFailed;
  }
  block.bytes.resize(size);
  block.compressed = type == kSnappy;
  if (type == kNoCompression) return ParseStatus::kOk;
  if (type != kSnappy) return failed(fault, "block", "bad block type", handle.offset + handle.size, 1, "block type");
  std::vector<uint8_t> inflated;
  if (!inflateSnappy(block.bytes, limit, inflated)) {
    return failed(fault, "block", "corrupted compressed block contents", handle.offset, handle.size);
  }
  block.bytes = std::move(inflated);
  return ParseStatus::kOk;
}

ParseStatus visitBlock(const TableBlock& block, const EntryVisitor& entry, TableFault& fault) {
  const std::span<const uint8_t> bytes(block.bytes);
  const auto place = [&](uint64_t position) { return block.compressed ? block.handle.offset : block.handle.offset + position; };
  const auto bad = [&](std::string_view field) {
    return failed(fault, "block", "bad block contents", block.handle.offset, block.handle.size, field);
  };
  if (bytes.size() < 4) return bad("restart count");
  ByteReader tail(bytes.last(4));
  const uint64_t restarts = tail.u32le("restart count");
  if (restarts > (bytes.size() - 4) / 4) return bad("restart count");
  const size_t end = bytes.size() - 4 - static_cast<size_t>(restarts) * 4;
  // A reader takes a block without restarts for an empty one.
  if (restarts == 0) return end == 0 ? ParseStatus::kOk : bad("restart count");
  ByteReader restart(bytes.subspan(end, static_cast<size_t>(restarts) * 4));
  uint64_t next_restart = restart.u32le("restart offset");

  ByteReader reader(bytes.first(end));
  std::string key, previous;
  bool first = true;
  while (!reader.atEnd()) {
    const uint64_t start = reader.offset();
    const uint64_t shared = reader.varint32("shared key length");
    const uint64_t unshared = reader.varint32("key length");
    const uint64_t value_length = reader.varint32("value length");
    const auto key_tail = reader.bytes(unshared, "key");
    const auto value = reader.bytes(value_length, "value");
    const bool at_restart = next_restart == start;
    if (!reader.failed() && (shared > key.size() || (at_restart && shared != 0))) reader.fail("shared key length");
    if (reader.failed()) return failed(fault, "entry", "bad entry in block", place(start), 0, reader.failedField());
    if (at_restart) next_restart = restart.atEnd() ? UINT64_MAX : restart.u32le("restart offset");
    previous = key;
    key.resize(static_cast<size_t>(shared));
    key.append(key_tail.begin(), key_tail.end());
    // std::string compares as unsigned bytes, which is the order of a table.
    if (!first && key <= previous) return failed(fault, "entry", "keys out of order", place(start), 0, "key");
    first = false;
    if (!entry(key, value, place(start))) return ParseStatus::kOk;
  }
  // An empty block keeps one restart, at 0; any other left over points nowhere.
  const bool all_met = next_restart == UINT64_MAX || (first && next_restart == 0 && restart.atEnd());
  return all_met ? ParseStatus::kOk : failed(fault, "entry", "bad entry in block", place(end), 0, "restart offset");
}

ParseStatus readTableIndex(ByteSource& source, uint64_t limit, std::vector<TableIndexEntry>& index, TableFault& fault) {
  TableFooter footer;
  if (const ParseStatus status = readFooter(source, footer, fault); status != ParseStatus::kOk) return status;
  TableBlock block;
  if (const ParseStatus status = readBlock(source, footer.index, limit, block, fault); status != ParseStatus::kOk) {
    if (status == ParseStatus::kFailed) fault.step = "index block";
    return status;
  }
  if (const ParseStatus status = readHandles(block, index, fault); status != ParseStatus::kOk) return status;
  // Blocks of a table do not overlap, so that reading them all takes no longer than reading the file.
  uint64_t total = 0;
  for (const auto& [key, handle] : index) {
    if (!fits(source, handle) || handle.size > source.size() - total) {
      return failed(fault, "data block", "truncated block read", handle.offset, handle.size);
    }
    total += handle.size;
  }
  return ParseStatus::kOk;
}

ParseStatus visitTable(ByteSource& source, uint64_t limit, const EntryVisitor& entry, TableFault& fault) {
  std::vector<TableIndexEntry> index;
  if (const ParseStatus status = readTableIndex(source, limit, index, fault); status != ParseStatus::kOk) return status;
  TableBlock block;
  std::string last;
  bool any = false, stopped = false;
  uint64_t key_bytes = 0;
  std::string_view wrong;
  for (size_t i = 0; i < index.size() && !stopped; ++i) {
    if (i == 1 && !allHere(source, std::span(index).subspan(1), limit)) return ParseStatus::kPending;
    ParseStatus status = readBlock(source, index[i].handle, limit, block, fault);
    if (status == ParseStatus::kOk) {
      status = visitBlock(block, [&](std::string_view key, std::span<const uint8_t> value, uint64_t place) {
        key_bytes += key.size();
        if (any && key <= last) wrong = "keys out of order";
        if (key_bytes > kMostKeyBytes) wrong = "keys too long";
        if (!wrong.empty()) {
          failed(fault, "entry", std::string(wrong), place, 0, "key");
          return false;
        }
        any = true;
        last = key;
        stopped = !entry(key, value, place);
        return !stopped;
      }, fault);
    }
    if (status == ParseStatus::kFailed && fault.step == "block") fault.step = "data block";
    if (status != ParseStatus::kOk) return status;
    if (!wrong.empty()) return ParseStatus::kFailed;
  }
  return ParseStatus::kOk;
}

}  // namespace bp
