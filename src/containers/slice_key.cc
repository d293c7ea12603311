#include "containers/slice_key.h"

#include <algorithm>
#include <string>
#include <bit>

namespace bp {
namespace {

constexpr uint64_t kMostDims = 254;

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

class KeyReader {
 public:
  explicit KeyReader(std::string_view key) : key_(key) {}

  bool atEnd() const { return at_ == key_.size(); }

  bool number(uint64_t& value) {
    if (atEnd()) return false;
    const size_t count = byte(at_++);
    if (count > 8 || count > key_.size() - at_) return false;
    value = 0;
    for (size_t i = 0; i < count; ++i) value = value << 8 | byte(at_++);
    return true;
  }

  bool string(std::string& text) {
    while (at_ + 1 < key_.size() || (at_ < key_.size() && byte(at_) != 0 && byte(at_) != 0xff)) {
      const uint8_t c = byte(at_++);
      if (c == 0 && byte(at_) == 1) {
        ++at_;
        return true;
      }
      if ((c == 0 && byte(at_) != 0xff) || (c == 0xff && byte(at_) != 0)) return false;
      if (c == 0 || c == 0xff) ++at_;
      text += static_cast<char>(c);
    }
    return false;
  }

  bool signedNumber(int64_t& value) {
    if (atEnd()) return false;
    const uint8_t sign = (byte(at_) & 0x80) != 0 ? 0 : 0xff;
    const uint8_t first = byte(at_) ^ sign;
    int count = std::countl_one(first);
    if (first == 0xff) {
      if (at_ + 1 >= key_.size()) return false;
      count = 8 + std::countl_one(static_cast<uint8_t>(byte(at_ + 1) ^ sign));
    }
    if (count > 10 || static_cast<size_t>(count) > key_.size() - at_) return false;
    const uint32_t header = ~((1u << (16 - count)) - 1) & 0xffffu;
    uint64_t bits = 0;
    for (int i = 0; i < count; ++i) {
      uint8_t b = byte(at_++) ^ sign;
      if (i == 0) b ^= static_cast<uint8_t>(header >> 8);
      if (i == 1) b ^= static_cast<uint8_t>(header & 0xff);
      if (bits >> 56 != 0) return false;
      bits = bits << 8 | b;
    }
    if (bits > static_cast<uint64_t>(INT64_MAX)) return false;
    value = sign == 0 ? static_cast<int64_t>(bits) : ~static_cast<int64_t>(bits);
    return true;
  }

 private:
  uint8_t byte(size_t at) const { return static_cast<uint8_t>(key_[at]); }

  std::string_view key_;
  size_t at_ = 0;
};

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

std::optional<SliceKey> decodeSliceKey(std::string_view bytes) {
  KeyReader reader(bytes);
  SliceKey key;
  uint64_t zero = 0, rank = 0;
  if (!reader.number(zero) || zero != 0 || !reader.string(key.name) || !reader.number(rank) || rank == 0 || rank > kMostDims) {
    return std::nullopt;
  }
  for (uint64_t d = 0; d < rank; ++d) {
    int64_t start = 0, length = 0;
    if (!reader.signedNumber(start) || !reader.signedNumber(length)) return std::nullopt;
    key.start.push_back(start);
    key.length.push_back(length);
  }
  if (!reader.atEnd()) return std::nullopt;
  return key;
}

}  // namespace bp
