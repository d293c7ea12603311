// Vectors from the comments of tensorflow/core/lib/strings/ordered_code.cc and its rule.
#include "containers/slice_key.h"

#include "doctest/doctest.h"
#include "support/byte_cases.h"

using namespace bp;
using namespace bp::test;

namespace {

Bytes keyOf(const std::string& name, const Shape& start, const Shape& length) { return bytesOf(encodeSliceKey({name, start, length})); }

// The bytes of one signed number, taken from the key of a box of rank 1 whose length is 0.
Bytes signedBytes(int64_t value) {
  Bytes key = keyOf("", {value}, {0});
  key.erase(key.begin(), key.begin() + 5);  // num(0), the empty name and its end, num(1)
  key.pop_back();
  return key;
}

}  // namespace

TEST_CASE("signed numbers sort as bytes and take the shortest form") {
  CHECK(signedBytes(0) == fromHex("80"));
  CHECK(signedBytes(-1) == fromHex("7f"));
  CHECK(signedBytes(1) == fromHex("81"));
  CHECK(signedBytes(63) == fromHex("bf"));
  CHECK(signedBytes(64) == fromHex("c040"));
  CHECK(signedBytes(-64) == fromHex("40"));
  CHECK(signedBytes(-65) == fromHex("3fbf"));
  CHECK(signedBytes(768) == fromHex("c300"));
  CHECK(signedBytes(10174) == fromHex("e027be"));
  CHECK(signedBytes(30522) == fromHex("e0773a"));
  CHECK(signedBytes(-2048) == fromHex("3800"));
  CHECK(signedBytes(0x424242) == fromHex("f0424242"));
  CHECK(signedBytes(INT64_MAX) == fromHex("ffc0 7fffffffffffffff"));
  CHECK(signedBytes(INT64_MIN) == fromHex("003f 8000000000000000"));
  Bytes before;
  for (const int64_t value : {INT64_MIN, INT64_MIN + 1, int64_t{-100000}, int64_t{-65}, int64_t{-64}, int64_t{-1}, int64_t{0}, int64_t{63},
                              int64_t{64}, int64_t{8191}, int64_t{8192}, int64_t{1} << 40, INT64_MAX}) {
    const Bytes bytes = signedBytes(value);
    CHECK(before < bytes);
    before = bytes;
  }
}

TEST_CASE("the key of a box of a partitioned table") {
  CHECK(keyOf("bert/embeddings/word_embeddings", {0, 0}, {10174, -1}) ==
        fromHex("00 626572742f656d62656464696e67732f776f72645f656d62656464696e6773 0001 0102 80 e027be 80 7f"));
  CHECK(keyOf("w", {0, 384}, {768, 384}) == fromHex("00 77 0001 0102 80 c300 c180 c180"));
  CHECK(keyOf("global_step", {}, {}) == fromHex("00 676c6f62616c5f73746570 0001 00"));
}

TEST_CASE("bytes 00 and ff in a name are escaped") {
  CHECK(keyOf(std::string("a\0b\xff", 4), {}, {}) == fromHex("00 61 00ff 62 ff00 0001 00"));
}
