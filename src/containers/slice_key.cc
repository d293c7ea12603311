#include "containers/slice_key.h"

#include <algorithm>
#include <bit>

namespace bp {
namespace {

void putNumber(std::string& out, uint64_t value) {
  const int count = (static_cast<int>(std::bit_width(value)) + 7) / 8;
  out += static_cast<char>(count);
  for (int i = count - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
}

void putString(std::string& out, std::string_view text) {
  for (const char c : text) {
    out += c;
    if (c == '\0') out += '\xff';
    if (c == '\xff') out += '\0';
  }
  out.append("\0\1", 2);
}

// n bytes hold -2^(7n-1) to 2^(7n-1) - 1; the first n leading bits say n, inverted for negative numbers.
int signedLength(int64_t value) {
  const uint64_t magnitude = static_cast<uint64_t>(value < 0 ? ~value : value);
  return (static_cast<int>(std::bit_width(magnitude)) + 7) / 7;
}

void putSigned(std::string& out, int64_t value) {
  const int count = signedLength(value);
  std::string bytes(static_cast<size_t>(count), value < 0 ? '\xff' : '\0');
  for (int i = 0; i < std::min(count, 8); ++i) bytes[static_cast<size_t>(count - 1 - i)] = static_cast<char>(value >> (8 * i));
  const uint32_t header = ~((1u << (16 - count)) - 1) & 0xffffu;  // `count` ones from the top of two bytes
  bytes[0] = static_cast<char>(static_cast<uint8_t>(bytes[0]) ^ (header >> 8));
  if (count > 1) bytes[1] = static_cast<char>(static_cast<uint8_t>(bytes[1]) ^ (header & 0xff));
  out += bytes;
}

}  // namespace

std::string encodeSliceKey(const SliceKey& key) {
  std::string out;
  putNumber(out, 0);
  putString(out, key.name);
  putNumber(out, key.start.size());
  for (size_t d = 0; d < key.start.size(); ++d) {
    putSigned(out, key.start[d]);
    putSigned(out, key.length[d]);
  }
  return out;
}

}  // namespace bp
