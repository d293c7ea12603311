#include "base/text.h"

#include "doctest/doctest.h"

using namespace bp;

TEST_CASE("numbers get zeros in front up to a width, and are never cut") {
  CHECK(padded(7, 5) == "00007");
  CHECK(padded(123456, 5) == "123456");
  CHECK(padded(0, 1) == "0");
  CHECK(padded(UINT64_MAX, 5) == "18446744073709551615");
}

TEST_CASE("hexadecimal numbers have eight digits") {
  CHECK(hex(0) == "0x00000000");
  CHECK(hex(0xA1B2) == "0x0000a1b2");
  CHECK(hex(UINT32_MAX) == "0xffffffff");
}
