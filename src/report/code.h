// The codes of findings, made at configure time from src/report/catalogue/*.json, the only list of them.
#pragma once

#include <cstddef>
#include <string_view>

namespace bp {

struct CodeRow {
  std::string_view text;  // "area/slug", stable for ever; also SARIF's ruleId
};

// In catalogue order, which is also the order of areas in a report.
inline constexpr CodeRow kCodes[] = {
#define BP_CODE(text) CodeRow{text},
#include "codes.inc"  // generated
#undef BP_CODE
};
inline constexpr std::size_t kCodeCount = sizeof(kCodes) / sizeof(kCodes[0]);

// A code that is certain to be in the catalogue: an unknown spelling does not compile.
class Code {
 public:
  consteval Code(const char* text) : index_(find(text)) {}

  constexpr std::string_view text() const { return kCodes[index_].text; }
  constexpr std::string_view area() const { return text().substr(0, text().find('/')); }
  constexpr std::size_t index() const { return index_; }
  constexpr bool operator==(const Code&) const = default;

 private:
  static consteval std::size_t find(std::string_view text) {
    std::size_t i = 0;
    while (kCodes[i].text != text) ++i;  // past the end: not a constant expression
    return i;
  }

  std::size_t index_;
};

}  // namespace bp
