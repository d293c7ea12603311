#include "containers/proto_wire.h"

#include "doctest/doctest.h"
#include "support/proto_builder.h"

using namespace bp;
using namespace bp::test;

TEST_CASE("each wire type gives its value") {
  const Bytes message = fromHex("08 96 01  11 0807060504030201  1a 03 61 62 63  25 04030201");
  ProtoReader reader(message);
  ProtoField field;
  REQUIRE(reader.next(field));
  CHECK(field.number == 1);
  CHECK(field.value == 150);
  REQUIRE(reader.next(field));
  CHECK(field.wire == 1);
  CHECK(field.value == 0x0102030405060708u);
  REQUIRE(reader.next(field));
  CHECK(field.asString() == "abc");
  REQUIRE(reader.next(field));
  CHECK(field.value == 0x01020304u);
  CHECK_FALSE(reader.next(field));
  CHECK_FALSE(reader.failed());
}

TEST_CASE("a negative int64 takes ten bytes") {
  const Bytes message = Proto().varint(2, static_cast<uint64_t>(int64_t{-1})).done();
  REQUIRE(message.size() == 11);
  ProtoReader reader(message);
  ProtoField field;
  REQUIRE(reader.next(field));
  CHECK(field.asInt64() == -1);
}

TEST_CASE("a broken message says which field and where") {
  const auto broken = [](std::string_view hex) {
    const Bytes message = fromHex(hex);
    ProtoReader reader(message, 500);
    ProtoField field;
    while (reader.next(field)) {
    }
    return std::tuple(reader.failed(), std::string(reader.failedField()), reader.failedOffset());
  };
  CHECK(broken("08 01 08") == std::tuple(true, "varint field", uint64_t{502}));
  CHECK(broken("0a 04 61 62 63") == std::tuple(true, "bytes field", uint64_t{500}));
  CHECK(broken("0a ff ff ff ff ff ff ff ff ff 01 61") == std::tuple(true, "bytes field", uint64_t{500}));
  CHECK(broken("08 01 0b 0c") == std::tuple(true, "wire type", uint64_t{502}));  // a group
  CHECK(broken("00 01") == std::tuple(true, "field number", uint64_t{500}));
  CHECK(broken("80 80 80 80 10 01") == std::tuple(true, "field number", uint64_t{500}));
  CHECK(broken("80") == std::tuple(true, "field tag", uint64_t{500}));
  CHECK(broken("09 01 02") == std::tuple(true, "fixed64 field", uint64_t{500}));
  CHECK_FALSE(std::get<0>(broken("")));
}
