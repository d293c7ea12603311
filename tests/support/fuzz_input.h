// Cuts a fuzzer's bytes into numbers and pieces; past the end all are zero or empty.
#pragma once

#include <cstdlib>
#include <string>

#include "support/byte_cases.h"

namespace bp::test {

inline void require(bool holds) {
  if (!holds) std::abort();
}

class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size) : bytes_(data, size) {}

  bool empty() const { return bytes_.empty(); }
  uint8_t byte() { return empty() ? uint8_t{0} : take(1)[0]; }
  size_t below(size_t limit) { return byte() % limit; }
  // As long as two bytes in front say.
  Bytes piece() {
    const size_t length = byte() | size_t{byte()} << 8;
    return take(length);
  }
  Bytes shortPiece() { return take(byte()); }
  Bytes rest() { return take(bytes_.size()); }

 private:
  Bytes take(size_t length) {
    const auto taken = bytes_.first(std::min(length, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    return {taken.begin(), taken.end()};
  }

  std::span<const uint8_t> bytes_;
};

}  // namespace bp::test
