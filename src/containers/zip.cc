#include "containers/zip.h"

#include <algorithm>
#include <optional>
#include <unordered_set>

#include "base/sort.h"
#include "bytes/byte_reader.h"
#include "containers/member_name.h"

namespace bp {
namespace {

constexpr uint32_t kEndSignature = 0x06054b50;
constexpr uint32_t kEnd64Signature = 0x06064b50;
constexpr uint32_t kLocator64Signature = 0x07064b50;
constexpr uint32_t kCentralSignature = 0x02014b50;
constexpr uint32_t kLocalSignature = 0x04034b50;
constexpr uint64_t kEndSize = 22;
constexpr uint64_t kEnd64Size = 56;
constexpr uint64_t kLocator64Size = 20;
constexpr uint64_t kCentralSize = 46;
constexpr uint64_t kLocalSize = 30;
constexpr uint64_t kMostDirectoryBytes = 16 << 20;
constexpr uint64_t kMostRatio = 1032;  // of deflate: a bit can stand for 258 equal bytes at best
constexpr uint16_t kEncryptedFlag = 1;
constexpr uint16_t kSizesFollowFlag = 8;

struct EndRecord {
  uint64_t offset = 0;            // of the first of the records that end the archive
  uint64_t entries = 0;
  uint64_t directory_offset = 0;
  uint64_t directory_size = 0;
};

struct CentralRecord {
  ZipEntry entry;
  std::string raw_name;
  uint64_t record_offset = 0;
  uint64_t local_offset = 0;
  uint64_t end = 0;  // of the stored bytes
  bool folder = false;
};

struct Reader {
  ByteSource& source;
  TensorFileFault& fault;

  TensorFileStatus fail(TensorFileStatus status, std::string rule, uint64_t offset, std::string name = {}) {
    fault = {};
    fault.rule = std::move(rule);
    fault.name = std::move(name);
    fault.offset = offset;
    fault.found = source.size();
    return status;
  }
  TensorFileStatus bad(std::string rule, uint64_t offset, std::string name = {}) {
    return fail(TensorFileStatus::kBadHeader, std::move(rule), offset, std::move(name));
  }
  // Of a range known to lie in the file.
  TensorFileStatus read(uint64_t offset, uint64_t length, std::vector<uint8_t>& bytes) {
    bytes.resize(static_cast<size_t>(length));
    switch (source.read(offset, bytes)) {
      case ReadStatus::kOk: return TensorFileStatus::kOk;
      case ReadStatus::kPending: return TensorFileStatus::kPending;
      case ReadStatus::kPastEnd: break;
    }
    return fail(TensorFileStatus::kTruncated, "end-record", offset);
  }

  TensorFileStatus readEnd(EndRecord& end);
  TensorFileStatus readEnd64(uint64_t locator_offset, EndRecord& end);
  TensorFileStatus readCentral(const EndRecord& end, std::vector<CentralRecord>& records);
  TensorFileStatus readOneCentral(ByteReader& reader, CentralRecord& record);
  TensorFileStatus readLocals(const EndRecord& end, std::vector<CentralRecord>& records);
  TensorFileStatus readLocal(std::span<const uint8_t> header, CentralRecord& record, std::vector<uint8_t>& name);
};

// Where the end record stands in the last bytes of the file: the last one whose comment reaches just to the end, else the last
// one that fits.
std::optional<uint64_t> findEnd(std::span<const uint8_t> tail) {
  std::optional<uint64_t> found;
  for (uint64_t at = tail.size() < kEndSize ? 0 : tail.size() - kEndSize + 1; at-- > 0;) {
    ByteReader reader(tail.subspan(static_cast<size_t>(at)));
    if (reader.u32le("signature") != kEndSignature) continue;
    reader.skip(16, "end record");
    const uint64_t comment = reader.u16le("comment length");
    if (comment == reader.left()) return at;
    if (!found && comment < reader.left()) found = at;
  }
  return found;
}

TensorFileStatus Reader::readEnd(EndRecord& end) {
  const uint64_t size = source.size();
  const uint64_t tail_size = std::min(size, kEndSize + UINT16_MAX);
  std::vector<uint8_t> tail;
  if (const auto status = read(size - tail_size, tail_size, tail); status != TensorFileStatus::kOk) return status;
  const std::optional<uint64_t> at = findEnd(tail);
  if (!at) return fail(TensorFileStatus::kTruncated, "end-record", size - tail_size);
  end.offset = size - tail_size + *at;
  ByteReader reader(std::span<const uint8_t>(tail).subspan(static_cast<size_t>(*at)), end.offset);
  reader.u32le("signature");
  const uint16_t disk = reader.u16le("disk"), directory_disk = reader.u16le("disk of the directory");
  const uint16_t entries_here = reader.u16le("entries on this disk");
  end.entries = reader.u16le("entries");
  end.directory_size = reader.u32le("directory size");
  end.directory_offset = reader.u32le("directory offset");
  const bool wide = end.entries == UINT16_MAX || end.directory_size == UINT32_MAX || end.directory_offset == UINT32_MAX;
  if (end.offset >= kLocator64Size) {
    std::vector<uint8_t> locator;
    const uint64_t locator_offset = end.offset - kLocator64Size;
    if (const auto status = read(locator_offset, kLocator64Size, locator); status != TensorFileStatus::kOk) return status;
    if (ByteReader(locator).u32le("signature") == kLocator64Signature) return readEnd64(locator_offset, end);
  }
  if (wide) return bad("zip64", end.offset);
  if (disk != 0 || directory_disk != 0 || entries_here != end.entries) return fail(TensorFileStatus::kNotRead, "several-disks", end.offset);
  return TensorFileStatus::kOk;
}

TensorFileStatus Reader::readEnd64(uint64_t locator_offset, EndRecord& end) {
  std::vector<uint8_t> bytes;
  if (const auto status = read(locator_offset, kLocator64Size, bytes); status != TensorFileStatus::kOk) return status;
  ByteReader locator(bytes, locator_offset);
  locator.skip(4, "signature");
  const uint32_t disk = locator.u32le("disk of the end record");
  const uint64_t offset = locator.u64le("offset of the end record");
  const uint32_t disks = locator.u32le("disks");
  if (offset > locator_offset || locator_offset - offset < kEnd64Size) return bad("zip64", locator_offset);
  if (const auto status = read(offset, kEnd64Size, bytes); status != TensorFileStatus::kOk) return status;
  ByteReader reader(bytes, offset);
  if (reader.u32le("signature") != kEnd64Signature) return bad("zip64", offset);
  reader.skip(12, "record size and versions");
  const uint32_t this_disk = reader.u32le("disk"), directory_disk = reader.u32le("disk of the directory");
  const uint64_t entries_here = reader.u64le("entries on this disk");
  const EndRecord narrow = end;
  end.offset = offset;
  end.entries = reader.u64le("entries");
  end.directory_size = reader.u64le("directory size");
  end.directory_offset = reader.u64le("directory offset");
  const bool one_disk = disk == 0 && disks <= 1 && this_disk == 0 && directory_disk == 0 && entries_here == end.entries;
  if (!one_disk) return fail(TensorFileStatus::kNotRead, "several-disks", offset);
  // Where the old record holds a value of its own both say the same: two readers must not see two archives.
  const auto agree = [](uint64_t old, uint64_t all_ones, uint64_t wide) { return old == all_ones || old == wide; };
  const bool same = agree(narrow.entries, UINT16_MAX, end.entries) && agree(narrow.directory_size, UINT32_MAX, end.directory_size) &&
                    agree(narrow.directory_offset, UINT32_MAX, end.directory_offset);
  return same ? TensorFileStatus::kOk : bad("zip64", offset);
}

// Reads the fields of the central extra's zip64 block that stand for fields of 32 bits that are all ones.
bool widen(std::span<const uint8_t> extra, CentralRecord& record) {
  ZipEntry& entry = record.entry;
  const bool size = entry.size == UINT32_MAX, compressed = entry.compressed_size == UINT32_MAX, offset = record.local_offset == UINT32_MAX;
  if (!size && !compressed && !offset) return true;
  ByteReader blocks(extra);
  while (!blocks.failed() && blocks.left() >= 4) {
    const uint16_t id = blocks.u16le("extra id");
    ByteReader block(blocks.bytes(blocks.u16le("extra size"), "extra"));
    if (id != 1) continue;
    if (size) entry.size = block.u64le("size");
    if (compressed) entry.compressed_size = block.u64le("compressed size");
    if (offset) record.local_offset = block.u64le("local offset");
    return !block.failed();
  }
  return false;
}

bool possibleSize(const ZipEntry& entry) {
  if (entry.encrypted) return true;  // its 12 bytes of key are counted, or more
  if (entry.method == kZipStored) return entry.size == entry.compressed_size;
  return entry.method != kZipDeflated || entry.size <= 64 || (entry.size - 64) / kMostRatio <= entry.compressed_size;
}

TensorFileStatus Reader::readOneCentral(ByteReader& reader, CentralRecord& record) {
  record.record_offset = reader.offset();
  if (reader.u32le("signature") != kCentralSignature) return bad("central-record", record.record_offset);
  reader.skip(4, "versions");
  ZipEntry& entry = record.entry;
  entry.encrypted = (reader.u16le("flags") & kEncryptedFlag) != 0;
  entry.method = reader.u16le("method");
  reader.skip(4, "time");
  entry.crc32 = reader.u32le("crc-32");
  entry.compressed_size = reader.u32le("compressed size");
  entry.size = reader.u32le("size");
  const uint16_t name_length = reader.u16le("name length"), extra_length = reader.u16le("extra length");
  const uint16_t comment_length = reader.u16le("comment length");
  const uint16_t disk = reader.u16le("disk");
  reader.skip(6, "attributes");
  record.local_offset = reader.u32le("local offset");
  const auto name = reader.bytes(name_length, "name");
  const auto extra = reader.bytes(extra_length, "extra");
  reader.skip(comment_length, "comment");
  if (reader.failed()) return bad("directory-size", record.record_offset);
  record.raw_name.assign(name.begin(), name.end());
  record.folder = record.raw_name.ends_with('/');
  std::optional<std::string> clean = cleanMemberName(record.raw_name);
  if (!clean || (clean->empty() && !record.folder)) return bad("unsafe-name", record.record_offset, record.raw_name);
  entry.name = std::move(*clean);
  if (disk != 0 && disk != UINT16_MAX) return fail(TensorFileStatus::kNotRead, "several-disks", record.record_offset, entry.name);
  if (!widen(extra, record)) return bad("zip64", record.record_offset, entry.name);
  return possibleSize(entry) ? TensorFileStatus::kOk : bad("size", record.record_offset, entry.name);
}

TensorFileStatus Reader::readCentral(const EndRecord& end, std::vector<CentralRecord>& records) {
  if (end.directory_offset > end.offset || end.directory_size > end.offset - end.directory_offset) return bad("directory-place", end.offset);
  if (end.entries > kMostZipMembers) return fail(TensorFileStatus::kNotRead, "too-many-members", end.offset);
  if (end.directory_size > kMostDirectoryBytes) return fail(TensorFileStatus::kNotRead, "large-directory", end.offset);
  if (end.directory_size / kCentralSize < end.entries) return bad("directory-size", end.offset);
  std::vector<uint8_t> bytes;
  if (const auto status = read(end.directory_offset, end.directory_size, bytes); status != TensorFileStatus::kOk) return status;
  ByteReader reader(bytes, end.directory_offset);
  std::unordered_set<std::string> names;
  for (uint64_t i = 0; i < end.entries; ++i) {
    CentralRecord record;
    if (const auto status = readOneCentral(reader, record); status != TensorFileStatus::kOk) return status;
    if (!names.insert(record.entry.name).second) return bad("duplicate-name", record.record_offset, record.entry.name);
    records.push_back(std::move(record));
  }
  return reader.atEnd() ? TensorFileStatus::kOk : bad("directory-size", reader.offset());
}

// Fills in where the stored bytes are; only the local record knows the length of its extra field.
TensorFileStatus Reader::readLocal(std::span<const uint8_t> header, CentralRecord& record, std::vector<uint8_t>& name) {
  ZipEntry& entry = record.entry;
  ByteReader reader(header, record.local_offset);
  const uint32_t signature = reader.u32le("signature");
  reader.skip(2, "version");
  const uint16_t flags = reader.u16le("flags"), method = reader.u16le("method");
  reader.skip(4, "time");
  const uint32_t crc32 = reader.u32le("crc-32"), compressed_size = reader.u32le("compressed size"), size = reader.u32le("size");
  const uint64_t name_length = reader.u16le("name length"), extra_length = reader.u16le("extra length");
  bool agree = signature == kLocalSignature && method == entry.method && name_length == record.raw_name.size() &&
               ((flags & kEncryptedFlag) != 0) == entry.encrypted;
  if (agree && (flags & kSizesFollowFlag) == 0) {  // otherwise they stand behind the bytes, and here are zeros
    agree = crc32 == entry.crc32 && (size == UINT32_MAX || size == entry.size) &&
            (compressed_size == UINT32_MAX || compressed_size == entry.compressed_size);
  }
  if (!agree) return bad("local-record", record.local_offset, entry.name);
  const uint64_t left = source.size() - record.local_offset - kLocalSize;
  if (name_length + extra_length > left || entry.compressed_size > left - name_length - extra_length) {
    return bad("local-record", record.local_offset, entry.name);
  }
  entry.offset = record.local_offset + kLocalSize + name_length + extra_length;
  record.end = entry.offset + entry.compressed_size;
  if (const auto status = read(record.local_offset + kLocalSize, name_length, name); status != TensorFileStatus::kOk) return status;
  return std::equal(name.begin(), name.end(), record.raw_name.begin(), record.raw_name.end(), [](uint8_t a, char b) { return a == static_cast<uint8_t>(b); })
             ? TensorFileStatus::kOk
             : bad("local-record", record.local_offset, entry.name);
}

TensorFileStatus Reader::readLocals(const EndRecord& end, std::vector<CentralRecord>& records) {
  bool all_here = true;
  std::vector<uint8_t> header, name;
  for (CentralRecord& record : records) {
    if (record.local_offset > end.directory_offset || end.directory_offset - record.local_offset < kLocalSize) {
      return bad("local-record", record.record_offset, record.entry.name);
    }
    TensorFileStatus status = read(record.local_offset, kLocalSize, header);
    if (status == TensorFileStatus::kOk) status = readLocal(header, record, name);
    if (status == TensorFileStatus::kPending) all_here = false;  // the others are asked for all the same
    else if (status != TensorFileStatus::kOk) return status;
  }
  if (!all_here) return TensorFileStatus::kPending;
  std::vector<const CentralRecord*> by_place;
  for (const CentralRecord& record : records) by_place.push_back(&record);
  stableSort(by_place, [](const CentralRecord* a, const CentralRecord* b) { return a->local_offset < b->local_offset; });
  for (size_t i = 0; i < by_place.size(); ++i) {
    const uint64_t limit = i + 1 < by_place.size() ? by_place[i + 1]->local_offset : end.directory_offset;
    if (by_place[i]->end > limit) return bad("overlap", by_place[i]->local_offset, by_place[i]->entry.name);
  }
  return TensorFileStatus::kOk;
}

}  // namespace

TensorFileStatus readZip(ByteSource& source, ZipDirectory& directory, TensorFileFault& fault) {
  directory = {};
  Reader reader{source, fault};
  EndRecord end;
  std::vector<CentralRecord> records;
  TensorFileStatus status = reader.readEnd(end);
  if (status == TensorFileStatus::kOk) status = reader.readCentral(end, records);
  if (status == TensorFileStatus::kOk) status = reader.readLocals(end, records);
  if (status != TensorFileStatus::kOk) return status;
  for (CentralRecord& record : records) {
    if (!record.folder) directory.entries.push_back(std::move(record.entry));
  }
  return TensorFileStatus::kOk;
}

}  // namespace bp
