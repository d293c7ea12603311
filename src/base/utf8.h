// UTF-8 as Python and Rust count what is wrong with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bp {

inline constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

inline bool isContinuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

// A sequence as Python's decoder sees it: how long it is, or why it is none ("invalid start byte", …).
struct Utf8Step {
  std::size_t length = 1;  // with a fault: of what one U+FFFD stands for
  const char* fault = nullptr;
};
Utf8Step utf8Step(std::string_view text, std::size_t at);  // at < text.size()

void appendUtf8(std::string& out, uint32_t c);  // half a surrogate pair is U+FFFD

}  // namespace bp
