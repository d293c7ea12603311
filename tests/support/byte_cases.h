// Damage done to a small good file: each case in a heap block of just its size, so that a sanitizer sees the first byte too far.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace bp::test {

using Bytes = std::vector<uint8_t>;

inline Bytes bytesOf(std::string_view text) { return {text.begin(), text.end()}; }
inline Bytes fromHex(std::string_view hex) {  // "08 01 1a"; blanks are left out
  Bytes bytes;
  int high = -1;
  for (const char c : hex) {
    if (c == ' ') continue;
    const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    if (high < 0) {
      high = digit;
    } else {
      bytes.push_back(static_cast<uint8_t>(high << 4 | digit));
      high = -1;
    }
  }
  return bytes;
}
inline void append(Bytes& out, std::span<const uint8_t> more) {
  const size_t before = out.size();
  out.resize(before + more.size());
  std::copy(more.begin(), more.end(), out.begin() + static_cast<std::ptrdiff_t>(before));
}
inline std::string_view textOf(std::span<const uint8_t> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// `see(bytes)` in an allocation of its own.
template <typename F>
void inOwnAllocation(std::span<const uint8_t> bytes, F see) {
  const std::unique_ptr<uint8_t[]> copy(new uint8_t[bytes.size()]);
  std::copy(bytes.begin(), bytes.end(), copy.get());
  see(std::span<const uint8_t>(copy.get(), bytes.size()));
}

// Every true prefix: see(bytes).
template <typename F>
void everyPrefix(std::span<const uint8_t> good, F see) {
  for (size_t size = 0; size < good.size(); ++size) inOwnAllocation(good.first(size), see);
}

// Every byte changed in four ways, one at a time: see(bytes, offset).
template <typename F>
void everyByteChanged(std::span<const uint8_t> good, F see) {
  Bytes bytes(good.begin(), good.end());
  for (size_t at = 0; at < bytes.size(); ++at) {
    const uint8_t before = bytes[at];
    for (const uint8_t other : {uint8_t(before ^ 1), uint8_t(before ^ 0x80), uint8_t(before + 1), uint8_t(~before)}) {
      if (other == before) continue;
      bytes[at] = other;
      inOwnAllocation(bytes, [&](std::span<const uint8_t> changed) { see(changed, at); });
    }
    bytes[at] = before;
  }
}

}  // namespace bp::test
