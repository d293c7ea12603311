#include "containers/json_walk.h"

#include <algorithm>
#include <charconv>

#include "base/utf8.h"

namespace bp {
namespace {

class Walk {
 public:
  Walk(std::string_view text, JsonVisitor& visitor, JsonWalkFault& fault) : text_(text), visitor_(visitor), fault_(fault) {}

  bool run() {
    if (!value()) return false;
    skipSpace();
    return at_ == text_.size() || fail("trailing characters");
  }

 private:
  static constexpr int kEnd = -1;
  int peek() const { return at_ < text_.size() ? static_cast<unsigned char>(text_[at_]) : kEnd; }
  bool isDigit() const { return peek() >= '0' && peek() <= '9'; }
  void skipSpace() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') ++at_;
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  // At the present byte, or for want of one.
  bool fail(const char* what) {
    const bool at_end = at_ >= text_.size();
    const std::string_view before = text_.substr(0, at_);
    const std::size_t line_start = before.rfind('\n') + 1;  // 0 without one
    fault_.at = at_;
    fault_.what = at_end ? "EOF while parsing" : what;
    fault_.what += " at line " + std::to_string(1 + std::count(before.begin(), before.end(), '\n')) + " column " +
                   std::to_string(at_ - line_start + (at_end ? 0 : 1));
    return false;
  }

  bool value() {
    skipSpace();
    switch (peek()) {
      case '{': return object();
      case '[': return array();
      case '"': {
        std::string decoded;
        return string(decoded) && visitor_.string(decoded);
      }
      case 't': return word("true") && visitor_.boolean(true);
      case 'f': return word("false") && visitor_.boolean(false);
      case 'n': return word("null") && visitor_.null();
      default: return number();
    }
  }

  bool word(std::string_view letters) {
    for (const char c : letters) {
      if (!take(c)) return fail("expected value");
    }
    return true;
  }

  bool object() {
    ++at_;
    if (!visitor_.startObject()) return false;
    skipSpace();
    for (bool first = true; !(first && take('}')); first = false) {
      skipSpace();
      if (peek() != '"') return fail("key must be a string");
      std::string key;
      if (!string(key) || !visitor_.key(key)) return false;
      skipSpace();
      if (!take(':')) return fail("expected `:`");
      if (!value()) return false;
      skipSpace();
      if (take('}')) break;
      if (!take(',')) return fail("expected `,` or `}`");
    }
    return visitor_.endObject();
  }

  bool array() {
    ++at_;
    if (!visitor_.startArray()) return false;
    skipSpace();
    for (bool first = true; !(first && take(']')); first = false) {
      if (!value()) return false;
      skipSpace();
      if (take(']')) break;
      if (!take(',')) return fail("expected `,` or `]`");
    }
    return visitor_.endArray();
  }

  bool string(std::string& out) {
    ++at_;
    while (!take('"')) {
      if (peek() < 0x20) return fail("invalid string");
      if (take('\\')) {
        if (!escape(out)) return false;
      } else {
        out += text_[at_++];
      }
    }
    return true;
  }

  bool escape(std::string& out) {
    static constexpr std::string_view kLetters = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
    if (take('u')) {
      uint32_t c = 0, low = 0;
      if (!fourDigits(c)) return false;
      if (c >= 0xD800 && c <= 0xDBFF) {
        if (!take('\\') || !take('u')) return fail("invalid string");
        if (!fourDigits(low)) return false;
        if (low < 0xDC00 || low > 0xDFFF) return fail("invalid string");
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
      } else if (c >= 0xDC00 && c <= 0xDFFF) {
        return fail("invalid string");
      }
      appendUtf8(out, c);
      return true;
    }
    const std::size_t known = peek() == kEnd ? std::string_view::npos : kLetters.find(text_[at_]);
    if (known == std::string_view::npos) return fail("invalid string");
    out += kMeanings[known];
    ++at_;
    return true;
  }

  bool fourDigits(uint32_t& value) {
    const std::string_view digits = text_.substr(at_, 4);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    at_ += static_cast<std::size_t>(end - digits.data());
    return (error == std::errc() && end == digits.data() + 4) || fail("invalid string");
  }

  bool digits() {
    if (!isDigit()) return fail("expected value");
    while (isDigit()) ++at_;
    return true;
  }

  bool number() {
    const std::size_t begin = at_;
    const bool negative = take('-');
    if (!take('0') && !digits()) return false;
    bool whole = true;
    if (take('.')) {
      whole = false;
      if (!digits()) return false;
    }
    if (take('e') || take('E')) {
      whole = false;
      if (!take('+')) take('-');
      if (!digits()) return false;
    }
    const std::string_view spelled = text_.substr(begin, at_ - begin);
    uint64_t count = 0;
    int64_t integer = 0;
    const auto fits = [&](auto& result) { return std::from_chars(spelled.data(), spelled.data() + spelled.size(), result).ec == std::errc(); };
    if (whole && !negative && fits(count)) return visitor_.count(count);
    if (whole && negative && fits(integer)) return visitor_.integer(integer);
    return visitor_.fraction(spelled);
  }

  std::string_view text_;
  JsonVisitor& visitor_;
  JsonWalkFault& fault_;
  std::size_t at_ = 0;
};

}  // namespace

bool walkJson(std::string_view text, JsonVisitor& visitor, JsonWalkFault& fault) { return Walk(text, visitor, fault).run(); }

}  // namespace bp
