#include "report/json.h"

#include <limits>

#include "doctest/doctest.h"

using namespace bp;

namespace {

std::string dumped(const Json& value, int indent) { return value.dump(indent, ' ', false, Json::error_handler_t::replace); }

}  // namespace

TEST_CASE("values are written as nlohmann's own writer does") {
  const Json values = Json::parse(R"([null, true, false, 0, -1, 9223372036854775807, -9223372036854775808, 18446744073709551615,
    0.1, 1.0, -0.0, 1e-12, 1e300, 5e-324, 3.4028234663852886e38, "", "a", "\"\\\/\b\f\n\r\t\u0000\u0001\u001f\u007f", "\u00e9\u20ac\ud83d\ude00",
    [], {}, [[]], [{}], {"a": [1, {"b": []}], "": {}}])");
  for (const Json& value : values) {
    CHECK(written(value) == dumped(value, -1));
    CHECK(written(value, 2) == dumped(value, 2));
  }
  CHECK(written(values) == dumped(values, -1));
  CHECK(written(values, 2) == dumped(values, 2));
}

TEST_CASE("what JSON has no words for is null, and bytes that are no UTF-8 are replaced") {
  CHECK(written(std::numeric_limits<double>::infinity()) == "null");
  CHECK(written(std::numeric_limits<double>::quiet_NaN()) == "null");
  for (const char* text : {"\xff", "a\xc3", "\xe2\x82", "\xe2\x82z", "\xc0\x80", "\xed\xa0\x80", "\x80\x80", "\xf0\x9f\x98"}) {
    CHECK(written(text) == dumped(text, -1));
  }
}

TEST_CASE("objects and lists are made of any values, in the order given") {
  const std::vector<std::string> names = {"x", "y"};
  const std::vector<int64_t> shape = {2, 3};
  Json json = object("bool", true, "int", -1, "size", std::size_t{2}, "float", 0.5f, "literal", "a", "view", std::string_view("b"), "string",
                     std::string("c"), "names", names, "shape", shape, "list", list(1, "d", nullptr), "inner", object("e", 1u), "empty", list());
  CHECK(json.dump() == R"({"bool":true,"int":-1,"size":2,"float":0.5,"literal":"a","view":"b","string":"c","names":["x","y"],"shape":[2,3],)"
                       R"("list":[1,"d",null],"inner":{"e":1},"empty":[]})");
  put(json, "int", 7, "new", Json());
  CHECK(json["int"] == 7);
  CHECK(json["new"].is_null());
  CHECK(json.items().begin().key() == "bool");
  set(json, "z");
  CHECK(json == "z");
}
