// Vectors: RFC 3720 B.4, and the mask of xla/tsl/lib/hash/crc32c.h.
#include "bytes/crc32c.h"

#include "doctest/doctest.h"
#include "support/byte_cases.h"

using namespace bp;
using namespace bp::test;

TEST_CASE("CRC32C gives the published values") {
  CHECK(crc32c({}) == 0);
  CHECK(crc32c(bytesOf("123456789")) == 0xe3069283u);
  CHECK(crc32c(Bytes(32, 0x00)) == 0x8a9136aau);
  CHECK(crc32c(Bytes(32, 0xff)) == 0x62a8ab43u);
  Bytes rising(32);
  for (size_t i = 0; i < rising.size(); ++i) rising[i] = static_cast<uint8_t>(i);
  CHECK(crc32c(rising) == 0x46dd794eu);
}

TEST_CASE("a checksum continued over pieces of any size is that of the whole") {
  Bytes bytes(100);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * i);
  const uint32_t whole = crc32c(bytes);
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    const auto all = std::span<const uint8_t>(bytes);
    CHECK(extendCrc32c(crc32c(all.first(cut)), all.subspan(cut)) == whole);
  }
}

TEST_CASE("the mask and its inverse") {
  CHECK(maskCrc(0xe3069283u) == 0xc78ab0e5u);
  CHECK(maskCrc(0) == 0xa282ead8u);
  CHECK(unmaskCrc(0) == 0x8a942ebeu);
  for (const uint32_t crc : {0u, 1u, 0xffffffffu, 0x12345678u}) CHECK(unmaskCrc(maskCrc(crc)) == crc);
}
