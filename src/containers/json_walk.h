// JSON told piece by piece, so that a header of a hundred megabytes is never held as a tree. Words and places of what is wrong are
// serde_json's, as far as they can be had.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bp {

class JsonVisitor {  // false stops the walk
 public:
  virtual ~JsonVisitor() = default;
  virtual bool null() = 0;
  virtual bool boolean(bool value) = 0;
  virtual bool integer(int64_t value) = 0;  // below 0
  virtual bool count(uint64_t value) = 0;
  virtual bool fraction(std::string_view spelled) = 0;  // and whole numbers beyond 64 bits
  virtual bool string(std::string& value) = 0;
  virtual bool startObject() = 0;
  virtual bool key(std::string& key) = 0;
  virtual bool endObject() = 0;
  virtual bool startArray() = 0;
  virtual bool endArray() = 0;
};

struct JsonWalkFault {
  std::string what;      // "expected `:` at line 1 column 5"; empty: the visitor stopped
  std::size_t at = 0;    // byte
};

// `text` is UTF-8. Recurses as deep as the visitor lets it.
bool walkJson(std::string_view text, JsonVisitor& visitor, JsonWalkFault& fault);

}  // namespace bp
