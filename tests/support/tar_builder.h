// Writes a tar archive (POSIX ustar), and one with a fault where a test asks for it.
#pragma once

#include <cstdio>
#include <string>

#include "support/byte_cases.h"

namespace bp::test {

struct TarMember {
  std::string name;
  Bytes bytes;
  char type = '0';
  std::string prefix = {};
  bool gnu = false;  // its magic, with no room for a prefix
};

inline void setTarChecksum(std::span<uint8_t> header) {
  std::fill_n(header.begin() + 148, 8, uint8_t{' '});
  unsigned sum = 0;
  for (const uint8_t byte : header.first(512)) sum += byte;
  char text[8];
  std::snprintf(text, sizeof text, "%06o", sum);
  std::copy_n(text, 7, header.begin() + 148);
}

inline Bytes tarOf(const std::vector<TarMember>& members) {
  Bytes out;
  for (const TarMember& member : members) {
    Bytes header(512);
    const auto put = [&](size_t at, std::string_view text) { std::copy(text.begin(), text.end(), header.begin() + static_cast<std::ptrdiff_t>(at)); };
    char size[13];
    std::snprintf(size, sizeof size, "%011llo", static_cast<unsigned long long>(member.bytes.size()));
    put(0, std::string_view(member.name).substr(0, 100));
    put(100, "0000644");
    put(124, size);
    header[156] = static_cast<uint8_t>(member.type);
    put(257, member.gnu ? std::string_view("ustar  \0", 8) : std::string_view("ustar\0" "00", 8));
    put(345, member.prefix);
    setTarChecksum(header);
    append(out, header);
    append(out, member.bytes);
    out.resize((out.size() + 511) / 512 * 512);
  }
  out.resize(out.size() + 1024);
  return out;
}

}  // namespace bp::test
