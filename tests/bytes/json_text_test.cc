#include "bytes/json_text.h"

#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <string>

using namespace bp;
using namespace std::string_view_literals;

namespace {

struct Vector {
  std::string_view text, message;
  uint32_t line, column;
};

const Vector kVectors[] = {
#include "json_text_vectors.inc"
};

constexpr std::string_view kConfig =
    "{\n"
    "  \"hidden_size\": 768, \"hidden_act\": \"gelu\",\r\n"
    "  \"编码\": [1, 2.5, -3e2, [true, false, null]],\n"
    "  \"big\": 18446744073709551615, \"bigger\": 18446744073709551616, \"low\": -9223372036854775808,\n"
    "  \"nan\": NaN, \"inf\": -Infinity, \"nested\": {\"k\": 1, \"l\": 2, \"k\": 3},\n"
    "  \"hidden_size\": 1024\n"
    "}\n";

void checkPlaces(std::string_view text, const JsonText& json) {
  uint64_t end = 0;
  for (const JsonMember& member : json.members) {
    for (const TextPlace& place : {member.key_place, member.value_place}) {
      REQUIRE(place.offset >= end);
      REQUIRE(place.length > 0);
      REQUIRE(place.length <= text.size() - place.offset);
      end = place.offset + place.length;
    }
    REQUIRE(text[member.key_place.offset] == '"');
    member.value.dump();
  }
  if (!json.is_object) {
    REQUIRE(!json.fault.expected.empty());
    REQUIRE(json.fault.place.offset <= text.size());
    REQUIRE(json.fault.place.length <= text.size() - json.fault.place.offset);
    REQUIRE(json.fault.line_text.size() <= 200);
    Json(json.fault.line_text).dump();  // ends the program if it is not UTF-8
  }
}

// Its own allocation, so that a sanitizer sees a read past the end.
JsonText parseExact(std::string_view text) {
  const std::unique_ptr<char[]> copy(new char[text.size()]);
  std::copy(text.begin(), text.end(), copy.get());
  const std::string_view exact(copy.get(), text.size());
  const JsonText json = parseJsonText(exact);
  checkPlaces(exact, json);
  return json;
}

}  // namespace

TEST_CASE("every text is read, or refused, with the words, line and column of Python 3.11") {
  for (const Vector& vector : kVectors) {
    CAPTURE(vector.text);
    const JsonText json = parseExact(vector.text);
    CHECK(json.is_object == vector.message.empty());
    if (vector.message.empty()) continue;
    CHECK(json.fault.expected == vector.message);
    if (vector.line == 0) continue;  // Python gives no place
    CHECK(json.fault.place.line == vector.line);
    CHECK(json.fault.place.column == vector.column);
  }
}

TEST_CASE("values have Python's meaning, and repeated keys are kept in order") {
  const JsonText json = parseJsonText(kConfig);
  REQUIRE(json.is_object);
  REQUIRE(json.members.size() == 10);
  CHECK(json.members[0].key == "hidden_size");
  CHECK(json.members[0].value == 768);
  CHECK(json.find("hidden_size") == &json.members[9]);
  CHECK(json.find("hidden_size")->value == 1024);
  CHECK(json.find("hidden") == nullptr);
  CHECK(json.find("编码")->value.dump() == "[1,2.5,-300.0,[true,false,null]]");
  CHECK(json.find("编码")->value[0].is_number_integer());
  CHECK(json.find("big")->value == 18446744073709551615u);
  CHECK(json.find("bigger")->value.is_number_float());
  CHECK(json.find("bigger")->value == 18446744073709551616.0);
  CHECK(json.find("low")->value == std::numeric_limits<int64_t>::min());
  CHECK(std::isnan(json.find("nan")->value.get<double>()));
  CHECK(json.find("inf")->value.get<double>() == -HUGE_VAL);
  CHECK(json.find("nested")->value.dump() == "{\"k\":3,\"l\":2}");
}

TEST_CASE("every key and value of the outermost object knows its place") {
  const JsonText json = parseJsonText(kConfig);
  const JsonMember& act = json.members[1];
  CHECK(kConfig.substr(act.key_place.offset, act.key_place.length) == "\"hidden_act\"");
  CHECK(kConfig.substr(act.value_place.offset, act.value_place.length) == "\"gelu\"");
  CHECK(act.spelled == "\"gelu\"");
  CHECK(act.key_place.line == 2);
  CHECK(act.key_place.column == 23);
  const JsonMember& nested = json.members[2];
  CHECK(nested.value_place.line == 3);
  CHECK(nested.value_place.column == 9);  // code points, not bytes
  CHECK(json.members[9].value_place.line == 6);
  checkPlaces(kConfig, json);
}

TEST_CASE("escapes are resolved; half a surrogate pair is a replacement character") {
  const JsonText json = parseJsonText(R"({"a\u0041\ud83d\ude00": "\ud800x\udc00\u00e9\"\\\/\b\f\n\r\t"})");
  REQUIRE(json.is_object);
  CHECK(json.members[0].key == "aA\U0001F600");
  CHECK(json.members[0].value == "\uFFFDx\uFFFD\u00e9\"\\/\b\f\n\r\t");
}

TEST_CASE("a byte order mark is a fault, but what follows it is read") {
  const JsonText json = parseJsonText("\xEF\xBB\xBF{\"a\": 1}");
  CHECK(!json.is_object);
  CHECK(json.has_byte_order_mark);
  REQUIRE(json.members.size() == 1);
  CHECK(json.members[0].value == 1);
  CHECK(json.members[0].key_place.offset == 4);
}

TEST_CASE("bytes that are not UTF-8 are refused in the words of Python's decoder") {
  const auto said = [](std::string_view text) { return parseExact(text).fault.expected; };
  CHECK(said("{\"a\": \"\xff\"}") == "'utf-8' codec can't decode byte 0xff in position 7: invalid start byte");
  CHECK(said("{\"\xe4x\": 1}") == "'utf-8' codec can't decode byte 0xe4 in position 2: invalid continuation byte");
  CHECK(said("{\"\xe4\xb8x\": 1}") == "'utf-8' codec can't decode bytes in position 2-3: invalid continuation byte");
  CHECK(said("{\"\xed\xa0\x80\": 1}") == "'utf-8' codec can't decode byte 0xed in position 2: invalid continuation byte");
  CHECK(said("{\"\xc0\x80\": 1}") == "'utf-8' codec can't decode byte 0xc0 in position 2: invalid start byte");
  CHECK(said("{}\xe4") == "'utf-8' codec can't decode byte 0xe4 in position 2: unexpected end of data");
  CHECK(said("{}\xf0\x9f\x98") == "'utf-8' codec can't decode bytes in position 2-4: unexpected end of data");
  const JsonText json = parseExact("{\n\"b\": \"\xb0\"}");
  CHECK(json.fault.place.line == 2);
  CHECK(json.fault.place.column == 7);
  CHECK(json.fault.line_text == "\"b\": \"\uFFFD\"}");
}

TEST_CASE("a hundred levels are read, one more is refused") {
  const auto nested = [](int depth) { return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}"; };
  CHECK(parseJsonText(nested(100)).is_object);
  CHECK(parseJsonText(nested(101)).fault.expected == "maximum recursion depth exceeded");
  CHECK(!parseJsonText(std::string(1'000'000, '[')).is_object);
}

TEST_CASE("long values and long lines are shown cut, at a whole character") {
  std::string long_text;
  for (int i = 0; i < 100; ++i) long_text += "中";
  const JsonText json = parseJsonText("{\"a\": \"" + long_text + "\"}");
  CHECK(json.members[0].spelled.size() == 199);
  CHECK(parseJsonText("{\"" + long_text + "\"}").fault.line_text.size() == 200);
}

TEST_CASE("an object of very many keys is read in linear time") {
  std::string text = "{\"map\": {";
  for (int i = 0; i < 200'000; ++i) text += "\"k" + std::to_string(i) + "\": 0,";
  text += "\"k5\": 1}}";
  const JsonText json = parseJsonText(text);
  REQUIRE(json.is_object);
  CHECK(json.members[0].value.size() == 200'000);
  CHECK(json.members[0].value.front() == 0);
}

TEST_CASE("every prefix and every changed byte is read or refused within its bounds") {
  for (size_t length = 0; length <= kConfig.size(); ++length) {
    const JsonText json = parseExact(kConfig.substr(0, length));
    CHECK(json.is_object == (length >= kConfig.size() - 1));  // the last byte is a line end
  }
  std::string changed(kConfig);
  for (size_t at = 0; at < changed.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      changed[at] = static_cast<char>(byte);
      parseExact(changed);
    }
    changed[at] = kConfig[at];
  }
}
