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
  std::string key;      // half a surrogate pair is U+FFFD, here and in values
  TextPlace key_place;  // quotes included
  TextPlace value_place;
  Json value;         // NaN and infinities are double values; integers beyond 64 bits are doubles
  std::string spelled;  // the value as written, cut at 200 bytes
};

struct JsonFault {
  TextPlace place;
  std::string expected;   // what Python 3.11 would say: "Expecting ',' delimiter"; "Expecting an object" if the JSON is something else
  std::string line_text;  // the line it is on, cut at 200 bytes; bytes that are not UTF-8 are U+FFFD
};

struct JsonText {
  bool is_object = false;  // read whole, and the outermost value is an object
  bool has_byte_order_mark = false;  // a fault, but the text after it is read
  std::vector<JsonMember> members;   // of a text with a fault, those before it
  JsonFault fault;  // meaningful only when !is_object

  const JsonMember* find(std::string_view key) const;  // the last one, which is the one that counts; or null
};

// Values may be nested 100 deep; deeper, an integer of more than 4300 digits and invalid UTF-8 are faults.
JsonText parseJsonText(std::string_view text);

// The first bytes that are not UTF-8: false if there are none. `length` as Python and Rust count them.
bool findInvalidUtf8(std::string_view text, size_t& at, size_t& length);

}  // namespace bp
