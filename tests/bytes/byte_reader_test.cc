#include "bytes/byte_reader.h"

#include "doctest/doctest.h"
#include "support/byte_cases.h"

using namespace bp;
using namespace bp::test;

TEST_CASE("integers are little-endian and move the cursor") {
  const Bytes bytes = fromHex("01 0203 04050607 08090a0b0c0d0e0f");
  ByteReader reader(bytes, 100);
  CHECK(reader.u8("a") == 0x01);
  CHECK(reader.u16le("b") == 0x0302);
  CHECK(reader.u32le("c") == 0x07060504u);
  CHECK(reader.offset() == 107);
  CHECK(reader.u64le("d") == 0x0f0e0d0c0b0a0908u);
  CHECK(reader.atEnd());
  CHECK_FALSE(reader.failed());
}

TEST_CASE("the first failure names its field and offset, and all later reads give zero") {
  const Bytes bytes = fromHex("01 02 03 04 05");
  ByteReader reader(bytes, 1000);
  CHECK(reader.u32le("count") == 0x04030201u);
  CHECK(reader.u16le("flags") == 0);
  CHECK(reader.failed());
  CHECK(reader.failedField() == "flags");
  CHECK(reader.failedOffset() == 1004);
  CHECK(reader.u8("later") == 0);
  CHECK(reader.bytes(0, "later").empty());
  CHECK(reader.varint64("later") == 0);
  CHECK_FALSE(reader.skip(0, "later"));
  CHECK(reader.failedField() == "flags");
  CHECK(reader.offset() == 1004);
}

TEST_CASE("a length beyond the end takes nothing, however large") {
  const Bytes bytes = fromHex("01 02 03");
  for (const uint64_t length : {uint64_t{4}, uint64_t{1} << 32, UINT64_MAX, UINT64_MAX - 1}) {
    ByteReader reader(bytes);
    reader.u8("first");
    CHECK(reader.bytes(length, "payload").empty());
    CHECK(reader.failedField() == "payload");
    CHECK(reader.failedOffset() == 1);
  }
  ByteReader whole(bytes);
  CHECK(whole.bytes(3, "payload").size() == 3);
}

TEST_CASE("varints of up to ten bytes are read, others fail at their first byte") {
  const auto varint = [](std::string_view hex) {
    const Bytes bytes = fromHex(hex);
    ByteReader reader(bytes, 7);
    const uint64_t value = reader.varint64("v");
    if (reader.failed()) CHECK(reader.failedOffset() == 7);
    return std::pair(reader.failed(), value);
  };
  CHECK(varint("00") == std::pair(false, uint64_t{0}));
  CHECK(varint("7f") == std::pair(false, uint64_t{127}));
  CHECK(varint("ac 02") == std::pair(false, uint64_t{300}));
  CHECK(varint("ff ff ff ff 0f") == std::pair(false, uint64_t{UINT32_MAX}));
  CHECK(varint("ff ff ff ff ff ff ff ff ff 01") == std::pair(false, UINT64_MAX));
  CHECK(varint("ff ff ff ff ff ff ff ff ff 02").first);  // 65 bits
  CHECK(varint("80 80 80 80 80 80 80 80 80 80 00").first);  // eleven bytes
  CHECK(varint("80").first);
  CHECK(varint("").first);
}

TEST_CASE("a varint32 has at most five bytes and 32 bits") {
  const auto varint = [](std::string_view hex) {
    const Bytes bytes = fromHex(hex);
    ByteReader reader(bytes);
    const uint32_t value = reader.varint32("v");
    return std::pair(reader.failed(), value);
  };
  CHECK(varint("ff ff ff ff 0f") == std::pair(false, UINT32_MAX));
  CHECK(varint("ff ff ff ff 1f").first);
  CHECK(varint("80 80 80 80 80 00").first);
}
