// The LevelDB table that TensorFlow keeps indexes and old checkpoints in (xla/tsl/lib/io/format.h, table.cc).
//
//   [data block][trailer] … [metaindex block][trailer] [index block][trailer] [footer, 48 bytes]
//   block:   entries, restart offsets u32le[n], n u32le          trailer: type u8, masked CRC32C u32le
//   entry:   shared, unshared, value length (varint32 each), key tail, value
//   footer:  metaindex handle, index handle (varint64 offset and size each), zeros, magic
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/byte_source.h"

namespace bp {

inline constexpr uint64_t kTableFooterSize = 48;
inline constexpr uint64_t kTableMagic = 0xdb4775248b80fb57u;

enum class ParseStatus : uint8_t { kOk, kPending, kFailed };

// Why a table could not be read, in terms of the file.
struct TableFault {
  std::string step;   // "footer", "index block", "data block", "entry", "header"
  std::string what;   // TensorFlow's own words where it has some: "block checksum mismatch"
  std::string field;  // the one that could not be read, where it is one: "index block offset"
  uint64_t offset = 0;
  uint64_t length = 0;
  bool has_crc = false;
  uint32_t crc_stored = 0;  // unmasked
  uint32_t crc_calculated = 0;
};

struct BlockHandle {
  uint64_t offset = 0;
  uint64_t size = 0;  // without the trailer of 5 bytes
};

struct TableFooter {
  BlockHandle metaindex;
  BlockHandle index;
};

struct TableBlock {
  BlockHandle handle;
  std::vector<uint8_t> bytes;  // inflated if it was Snappy
  bool compressed = false;
};

struct TableIndexEntry {
  std::string key;     // no smaller than the last key of its block, smaller than the first of the next
  BlockHandle handle;  // of a data block; lies inside the file; together they are no larger than it
};

ParseStatus readFooter(ByteSource& source, TableFooter& footer, TableFault& fault);
// `limit`: largest acceptable size, stored or inflated.
ParseStatus readBlock(ByteSource& source, BlockHandle handle, uint64_t limit, TableBlock& block, TableFault& fault);

// The data blocks of a table, in order.
ParseStatus readTableIndex(ByteSource& source, uint64_t limit, std::vector<TableIndexEntry>& index, TableFault& fault);

// Takes the entries of a table in order; false: enough, which is no failure. `place`: of the entry in the file, or
// of its block where that is compressed.
using EntryVisitor = std::function<bool(std::string_view key, std::span<const uint8_t> value, uint64_t place)>;
// The entries of one block. Keys must rise strictly.
ParseStatus visitBlock(const TableBlock& block, const EntryVisitor& entry, TableFault& fault);
// Those of all data blocks; keys rise over all of them. Reads the first block alone, then asks for all others at once.
// Blocks over `limit` bytes fail, and so do keys that spell out to more than a quarter of a GiB together.
ParseStatus visitTable(ByteSource& source, uint64_t limit, const EntryVisitor& entry, TableFault& fault);

}  // namespace bp
