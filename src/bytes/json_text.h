// JSON as Python's json module reads it, with the place of every value: NaN, Infinity, -Infinity and half a
// surrogate pair pass; comments, trailing commas, a byte order mark and control characters in strings do not.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "report/json.h"

namespace bp {

struct TextPlace {
  uint64_t offset = 0;  // byte, from 0
  uint64_t length = 0;  // bytes
  uint32_t line = 0;    // from 1
  uint32_t column = 0;  // code points, from 1
};

struct JsonMember {  // one key of the outermost object, in file order; a repeated key is repeated here
  std::string key;
  TextPlace key_place;
  TextPlace value_place;
  Json value;         // NaN and infinities are double values; integers beyond 64 bits are doubles
  std::string spelled;  // the value as written, cut at 200 bytes
};

struct JsonFault {
  TextPlace place;
  std::string expected;   // what Python would say: "Expecting ',' delimiter"
  std::string line_text;  // the line it is on, cut at 200 bytes
};

struct JsonText {
  bool is_object = false;  // read whole, and the outermost value is an object
  bool has_byte_order_mark = false;
  std::vector<JsonMember> members;
  JsonFault fault;  // meaningful only when !is_object

  const JsonMember* find(std::string_view key) const;  // the last one, which is the one that counts; or null
};

// Depth is limited to 100; invalid UTF-8 is a fault.
JsonText parseJsonText(std::string_view text);

}  // namespace bp
