#include "bytes/json_text.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <optional>
#include <unordered_map>

#include "base/utf8.h"

namespace bp {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr size_t kShownBytes = 200;
constexpr int kMaxDepth = 100;
constexpr size_t kMaxIntegerDigits = 4300;  // sys.get_int_max_str_digits()

// At most kShownBytes, whole characters only, valid UTF-8.
std::string shown(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const Utf8Step step = utf8Step(text, at);
    const std::string_view character = step.fault != nullptr ? kReplacement : text.substr(at, step.length);
    if (out.size() + character.size() > kShownBytes) break;
    out += character;
    at += step.length;
  }
  return out;
}

// Line and column of offsets asked for in rising order.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}

  TextPlace place(size_t offset, size_t length) {
    for (; at_ < offset; ++at_) {
      const auto byte = static_cast<unsigned char>(text_[at_]);
      if (byte == '\n') {
        ++line_;
        column_ = 1;
        start_ = at_ + 1;
      } else if (!isContinuation(byte)) {
        ++column_;
      }
    }
    return {offset, length, line_, column_};
  }

  std::string_view line() const { return text_.substr(start_, text_.find('\n', start_) - start_); }  // of the last place

 private:
  std::string_view text_;
  size_t at_ = 0, start_ = 0;
  uint32_t line_ = 1, column_ = 1;
};

// Follows CPython's Modules/_json.c (3.11) step by step, since its messages depend on where each step looks.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), lines_(text) {}

  void read(size_t start, JsonText& out) {
    at_ = start;
    skipSpace();
    const size_t begin = at_;
    const bool is_object = peek() == '{';
    if (is_object ? !object(1, nullptr, &out.members) : !value(0).has_value()) return;
    skipSpace();
    if (at_ < text_.size()) fail("Extra data", at_);
    else if (!is_object) fail("Expecting an object", begin);
    else out.is_object = true;
  }

  const std::string& fault() const { return fault_; }
  size_t faultOffset() const { return fault_at_; }

 private:
  static constexpr int kEnd = -1;
  int peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? static_cast<unsigned char>(text_[at_ + ahead]) : kEnd; }
  bool isDigit(size_t ahead = 0) const { return peek(ahead) >= '0' && peek(ahead) <= '9'; }
  void skipSpace() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') ++at_;
  }
  bool fail(std::string message, size_t at) {
    fault_ = std::move(message);
    fault_at_ = at;
    return false;
  }
  bool take(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  std::optional<Json> value(int depth) {
    switch (peek()) {
      case '"': {
        std::string text;
        if (!string(text)) return std::nullopt;
        return Json(std::move(text));
      }
      case '{': {
        Json::object_t members;
        if (!object(depth + 1, &members, nullptr)) return std::nullopt;
        return Json(std::move(members));
      }
      case '[': return array(depth + 1);
      default: break;
    }
    if (take("null")) return Json(nullptr);
    if (take("true")) return Json(true);
    if (take("false")) return Json(false);
    if (take("NaN")) return Json(std::numeric_limits<double>::quiet_NaN());
    if (take("Infinity")) return Json(std::numeric_limits<double>::infinity());
    if (take("-Infinity")) return Json(-std::numeric_limits<double>::infinity());
    return numeral();
  }

  // The members go to `members`, of equal keys the last value; or, of the outermost object, all to `listed`.
  bool object(int depth, Json::object_t* members, std::vector<JsonMember>* listed) {
    if (depth > kMaxDepth) return fail("maximum recursion depth exceeded", at_);
    std::unordered_map<std::string, size_t> index;
    ++at_;
    skipSpace();
    if (peek() == '}') {
      ++at_;
      return true;
    }
    while (true) {
      const size_t key_at = at_;
      if (peek() != '"') return fail("Expecting property name enclosed in double quotes", at_);
      std::string key;
      if (!string(key)) return false;
      const size_t key_end = at_;
      skipSpace();
      if (peek() != ':') return fail("Expecting ':' delimiter", at_);
      ++at_;
      skipSpace();
      const size_t value_at = at_;
      std::optional<Json> item = value(depth);
      if (!item) return false;
      if (listed != nullptr) {
        const TextPlace key_place = lines_.place(key_at, key_end - key_at);
        const TextPlace value_place = lines_.place(value_at, at_ - value_at);
        listed->push_back({std::move(key), key_place, value_place, std::move(*item), shown(text_.substr(value_at, at_ - value_at))});
      } else if (const auto [known, is_new] = index.emplace(key, members->size()); is_new) {
        members->emplace_back(std::move(key), std::move(*item));  // past ordered_map's own search, which is linear
      } else {
        (members->begin() + static_cast<std::ptrdiff_t>(known->second))->second = std::move(*item);
      }
      skipSpace();
      if (peek() == '}') break;
      if (peek() != ',') return fail("Expecting ',' delimiter", at_);
      ++at_;
      skipSpace();
    }
    ++at_;
    return true;
  }

  std::optional<Json> array(int depth) {
    if (depth > kMaxDepth) return fail("maximum recursion depth exceeded", at_), std::nullopt;
    Json::array_t items;
    ++at_;
    skipSpace();
    if (peek() != ']') {
      while (true) {
        std::optional<Json> item = value(depth);
        if (!item) return std::nullopt;
        items.push_back(std::move(*item));
        skipSpace();
        if (peek() == ']') break;
        if (peek() != ',') return fail("Expecting ',' delimiter", at_), std::nullopt;
        ++at_;
        skipSpace();
      }
    }
    ++at_;
    return Json(std::move(items));
  }

  bool string(std::string& out) {
    const size_t begin = at_++;
    while (true) {
      const int c = peek();
      if (c == kEnd) return fail("Unterminated string starting at", begin);
      if (c == '"') break;
      if (c == '\\') {
        if (!escape(begin, out)) return false;
        continue;
      }
      if (c < 0x20) return fail("Invalid control character at", at_);
      out += static_cast<char>(c);
      ++at_;
    }
    ++at_;
    return true;
  }

  bool escape(size_t string_begin, std::string& out) {
    const size_t backslash = at_;
    static constexpr std::string_view kLetters = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
    const int letter = peek(1);
    if (letter == kEnd) return fail("Unterminated string starting at", string_begin);
    at_ += 2;
    if (letter != 'u') {
      const size_t known = kLetters.find(static_cast<char>(letter));
      if (known == std::string_view::npos) return fail("Invalid \\escape", backslash);
      out += kMeanings[known];
      return true;
    }
    // C Python wants one more character after the digits.
    uint32_t c = 0;
    if (!hasCharacters(5) || !fourDigits(c)) return fail("Invalid \\uXXXX escape", backslash + 1);
    if (c >= 0xD800 && c <= 0xDBFF && peek() == '\\' && peek(1) == 'u' && hasCharacters(7)) {
      const size_t second = at_;
      at_ += 2;
      uint32_t low = 0;
      if (!fourDigits(low)) return fail("Invalid \\uXXXX escape", second + 1);
      if (low >= 0xDC00 && low <= 0xDFFF) c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
      else at_ = second;
    }
    appendUtf8(out, c);
    return true;
  }

  bool hasCharacters(size_t count) const {
    size_t at = at_;
    for (; count > 0 && at < text_.size(); --count) at += utf8Step(text_, at).length;
    return count == 0;
  }

  bool fourDigits(uint32_t& value) {
    for (int i = 0; i < 4; ++i, ++at_) {
      const int c = peek();
      const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
      if (digit < 0) return false;
      value = value * 16 + static_cast<uint32_t>(digit);
    }
    return true;
  }

  std::optional<Json> numeral() {
    const size_t begin = at_;
    if (peek() == '-') ++at_;
    const size_t digits = at_;
    if (peek() == '0') ++at_;
    else while (isDigit()) ++at_;
    if (at_ == digits) return fail("Expecting value", begin), std::nullopt;
    const size_t digit_count = at_ - digits;
    bool whole = true;
    if (peek() == '.' && isDigit(1)) {
      whole = false;
      ++at_;
      while (isDigit()) ++at_;
    }
    if (peek() == 'e' || peek() == 'E') {
      const size_t exponent = peek(1) == '+' || peek(1) == '-' ? 2 : 1;
      if (isDigit(exponent)) {
        whole = false;
        at_ += exponent;
        while (isDigit()) ++at_;
      }
    }
    const std::string_view spelled = text_.substr(begin, at_ - begin);
    if (whole) {
      if (digit_count > kMaxIntegerDigits) {
        return fail("Exceeds the limit (4300 digits) for integer string conversion", begin), std::nullopt;
      }
      int64_t number = 0;
      if (std::from_chars(spelled.data(), spelled.data() + spelled.size(), number).ec == std::errc()) return Json(number);
      uint64_t positive = 0;
      if (std::from_chars(spelled.data(), spelled.data() + spelled.size(), positive).ec == std::errc()) return Json(positive);
    }
    return Json(std::strtod(std::string(spelled).c_str(), nullptr));
  }

  std::string_view text_;
  Lines lines_;
  size_t at_ = 0;
  std::string fault_;
  size_t fault_at_ = 0;
};

// What Python says of the first byte that is not UTF-8, or nothing.
std::string utf8Fault(std::string_view text, size_t& at) {
  for (at = 0; at < text.size();) {
    const Utf8Step step = utf8Step(text, at);
    if (step.fault != nullptr) {
      static constexpr char kHex[] = "0123456789abcdef";
      const auto byte = static_cast<unsigned char>(text[at]);
      const std::string span = step.length > 1 ? "s in position " + std::to_string(at) + "-" + std::to_string(at + step.length - 1)
                                               : std::string(" 0x") + kHex[byte >> 4] + kHex[byte & 15] + " in position " + std::to_string(at);
      return "'utf-8' codec can't decode byte" + span + ": " + step.fault;
    }
    at += step.length;
  }
  return {};
}

}  // namespace

const JsonMember* JsonText::find(std::string_view key) const {
  const auto last = std::find_if(members.rbegin(), members.rend(), [&](const JsonMember& member) { return member.key == key; });
  return last == members.rend() ? nullptr : &*last;
}

bool findInvalidUtf8(std::string_view text, size_t& at, size_t& length) {
  for (at = 0; at < text.size(); at += length) {
    const Utf8Step step = utf8Step(text, at);
    length = step.length;
    if (step.fault != nullptr) return true;
  }
  return false;
}

JsonText parseJsonText(std::string_view text) {
  JsonText out;
  size_t at = 0;
  std::string fault = utf8Fault(text, at);
  if (fault.empty()) {
    out.has_byte_order_mark = text.starts_with(kByteOrderMark);
    Parser parser(text);
    parser.read(out.has_byte_order_mark ? kByteOrderMark.size() : 0, out);
    fault = parser.fault();
    at = parser.faultOffset();
    if (out.has_byte_order_mark) {
      out.is_object = false;
      fault = "Unexpected UTF-8 BOM (decode using utf-8-sig)";
      at = 0;
    }
  }
  if (!out.is_object) {
    Lines lines(text);
    out.fault.place = lines.place(at, at < text.size() ? utf8Step(text, at).length : 0);
    out.fault.expected = std::move(fault);
    out.fault.line_text = shown(lines.line());
  }
  return out;
}

}  // namespace bp
