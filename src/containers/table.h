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
  std::string step;   // "footer", "index block", "data block", "entry", "header", …
  std::string what;   // TensorFlow's own words where it has some: "block checksum mismatch"
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

ParseStatus readFooter(ByteSource& source, TableFooter& footer, TableFault& fault);
// The block's bytes, inflated if Snappy. `limit`: largest acceptable size, stored or inflated.
ParseStatus readBlock(ByteSource& source, BlockHandle handle, uint64_t limit, std::vector<uint8_t>& block, TableFault& fault);

// Calls `entry(key, value)` for each entry in order; stops early when it returns false (that is no failure).
// `base`: offset of the block in its file, for the fault. Keys must rise strictly.
using EntryVisitor = std::function<bool(std::string_view key, std::span<const uint8_t> value)>;
ParseStatus visitBlock(std::span<const uint8_t> block, uint64_t base, const EntryVisitor& entry, TableFault& fault);
// All entries of all data blocks, in order. Blocks over `limit` bytes fail.
ParseStatus visitTable(ByteSource& source, uint64_t limit, const EntryVisitor& entry, TableFault& fault);

}  // namespace bp
