#include "bytes/crc32c.h"

#include <array>
#include <cstring>

namespace bp {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78u;  // reflected

// [n][b]: the remainder of byte b followed by n zero bytes.
using Tables = std::array<std::array<uint32_t, 256>, 16>;

// Made at the first use: written out they would be 16 KB of the download.
Tables makeTables() {
  Tables tables{};
  for (uint32_t b = 0; b < 256; ++b) {
    uint32_t crc = b;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][b] = crc;
  }
  for (uint32_t b = 0; b < 256; ++b) {
    for (size_t n = 1; n < tables.size(); ++n) tables[n][b] = (tables[n - 1][b] >> 8) ^ tables[0][tables[n - 1][b] & 0xff];
  }
  return tables;
}

// The remainder of four bytes, the last of which is followed by n zero bytes.
inline uint32_t fold(const Tables& tables, uint32_t word, size_t n) {
  return tables[n + 3][word & 0xff] ^ tables[n + 2][(word >> 8) & 0xff] ^ tables[n + 1][(word >> 16) & 0xff] ^ tables[n][word >> 24];
}

inline uint32_t word(const uint8_t* bytes) {
  uint32_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

}  // namespace

uint32_t extendCrc32c(uint32_t crc, std::span<const uint8_t> bytes) {
  static const Tables kTables = makeTables();
  const Tables& tables = kTables;
  crc = ~crc;
  const uint8_t* p = bytes.data();
  size_t left = bytes.size();
  for (; left >= 16; p += 16, left -= 16) {
    crc = fold(tables, word(p) ^ crc, 12) ^ fold(tables, word(p + 4), 8) ^ fold(tables, word(p + 8), 4) ^ fold(tables, word(p + 12), 0);
  }
  for (; left > 0; ++p, --left) crc = (crc >> 8) ^ tables[0][(crc ^ *p) & 0xff];
  return ~crc;
}

}  // namespace bp
