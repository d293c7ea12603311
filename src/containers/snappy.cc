#include "containers/snappy.h"

#include <algorithm>

#include "bytes/byte_reader.h"

namespace bp {
namespace {

// A copy element makes at most 64 bytes of 3, so no block grows further than this.
constexpr uint64_t kMostGrowth = 32;

uint32_t littleEndian(std::span<const uint8_t> bytes) {
  uint32_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

}  // namespace

bool inflateSnappy(std::span<const uint8_t> block, uint64_t limit, std::vector<uint8_t>& out) {
  ByteReader reader(block);
  const uint64_t length = reader.varint32("length");
  if (reader.failed() || length > limit || length > block.size() * kMostGrowth) return false;
  out.clear();
  out.reserve(static_cast<size_t>(length));
  while (!reader.atEnd()) {
    const uint8_t tag = reader.u8("tag");
    if ((tag & 3) == 0) {
      uint64_t count = tag >> 2;
      if (count >= 60) count = littleEndian(reader.bytes(count - 59, "literal length"));
      const auto literal = reader.bytes(count + 1, "literal");
      if (reader.failed() || literal.size() > length - out.size()) return false;
      out.insert(out.end(), literal.begin(), literal.end());
      continue;
    }
    uint64_t count = 1 + (tag >> 2);
    uint64_t offset = 0;
    if ((tag & 3) == 1) {
      count = 4 + ((tag >> 2) & 7);
      offset = uint64_t{tag & 0xe0u} << 3 | reader.u8("copy offset");
    } else {
      offset = littleEndian(reader.bytes((tag & 3) == 2 ? 2 : 4, "copy offset"));
    }
    if (reader.failed() || offset == 0 || offset > out.size() || count > length - out.size()) return false;
    // Byte by byte: a copy may reach into what it writes itself.
    for (; count > 0; --count) out.push_back(out[out.size() - static_cast<size_t>(offset)]);
  }
  return out.size() == length;
}

}  // namespace bp
