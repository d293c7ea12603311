// CRC32C (Castagnoli, reflected polynomial 0x82F63B78) and the mask that LevelDB tables store it under.
#pragma once

#include <cstdint>
#include <span>

namespace bp {

// Continues `crc` (0 to begin) over `bytes`; slicing by sixteen.
uint32_t extendCrc32c(uint32_t crc, std::span<const uint8_t> bytes);
inline uint32_t crc32c(std::span<const uint8_t> bytes) { return extendCrc32c(0, bytes); }

constexpr uint32_t maskCrc(uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8u; }
constexpr uint32_t unmaskCrc(uint32_t masked) {
  const uint32_t rotated = masked - 0xa282ead8u;
  return (rotated >> 17) | (rotated << 15);
}

}  // namespace bp
