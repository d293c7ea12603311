#include "containers/snappy.h"

#include <optional>
#include <string>

#include "doctest/doctest.h"
#include "support/table_builder.h"

using namespace bp;
using namespace bp::test;

namespace {

constexpr uint64_t kLimit = 1 << 20;

std::optional<std::string> inflated(std::string_view hex, uint64_t limit = kLimit) {
  std::vector<uint8_t> out;
  if (!inflateSnappy(fromHex(hex), limit, out)) return std::nullopt;
  return std::string(out.begin(), out.end());
}

}  // namespace

// Elements by hand from google/snappy format_description.txt.
TEST_CASE("literals of each length form") {
  CHECK(inflated("00") == "");
  CHECK(inflated("03 08 61 62 63") == "abc");
  CHECK(inflated("03 f0 02 61 62 63") == "abc");
  CHECK(inflated("03 f4 02 00 61 62 63") == "abc");
  CHECK(inflated("03 f8 02 00 00 61 62 63") == "abc");
  CHECK(inflated("03 fc 02 00 00 00 61 62 63") == "abc");
}

TEST_CASE("copies of each offset form") {
  CHECK(inflated("07 08 61 62 63 01 03") == "abcabca");
  CHECK(inflated("06 08 61 62 63 0a 03 00") == "abcabc");
  CHECK(inflated("06 08 61 62 63 0b 03 00 00 00") == "abcabc");
}

TEST_CASE("a copy that reaches into itself is a run") {
  CHECK(inflated("0b 00 61 19 01") == "aaaaaaaaaaa");
  CHECK(inflated("09 04 61 62 1a 02 00") == "ababababa");
}

TEST_CASE("what contradicts itself is refused") {
  CHECK_FALSE(inflated(""));                      // no length
  CHECK_FALSE(inflated("80"));                    // cut length
  CHECK_FALSE(inflated("ff ff ff ff ff 01"));     // over 32 bits
  CHECK_FALSE(inflated("03 08 61 62"));           // literal cut
  CHECK_FALSE(inflated("03 f4 02"));              // literal's length cut
  CHECK_FALSE(inflated("02 08 61 62 63"));        // more than declared
  CHECK_FALSE(inflated("04 08 61 62 63"));        // less than declared
  CHECK_FALSE(inflated("07 08 61 62 63 01 00"));  // offset 0
  CHECK_FALSE(inflated("07 08 61 62 63 01 04"));  // offset before the beginning
  CHECK_FALSE(inflated("04 01 01"));              // copy from nothing
  CHECK_FALSE(inflated("06 08 61 62 63 01 03"));  // copy past the declared end
  CHECK_FALSE(inflated("06 08 61 62 63 0a 03"));  // offset cut
}

TEST_CASE("a declared length is not believed beyond the limit or what the input can become") {
  CHECK_FALSE(inflated("ff ff ff ff 0f 00 61"));
  CHECK_FALSE(inflated("03 08 61 62 63", 2));
  CHECK(inflated("03 08 61 62 63", 3) == "abc");
}

TEST_CASE("what the builder compresses comes back, and damage to it never gives the wrong length") {
  Bytes text;
  for (int i = 0; i < 60; ++i) append(text, bytesOf("bert/encoder/layer_" + std::to_string(i % 12) + "/output/dense/kernel"));
  append(text, Bytes(200, 'x'));
  const Bytes block = snappyOf(text);
  REQUIRE(block.size() < text.size() / 2);
  std::vector<uint8_t> out;
  REQUIRE(inflateSnappy(block, kLimit, out));
  CHECK(out == text);
  everyPrefix(block, [&](std::span<const uint8_t> cut) { CHECK_FALSE(inflateSnappy(cut, kLimit, out)); });
  everyByteChanged(block, [&](std::span<const uint8_t> changed, size_t at) {
    const bool good = inflateSnappy(changed, kLimit, out);
    if (good && at >= 2) CHECK(out.size() == text.size());
  });
}
