#include "report/json.h"

#include <cmath>

#include "base/utf8.h"

namespace bp {

void store(Json& to, std::nullptr_t) { to = nullptr; }
void store(Json& to, bool value) { to = value; }
void store(Json& to, int64_t value) { to = value; }
void store(Json& to, uint64_t value) { to = value; }
void store(Json& to, double value) { to = value; }
void store(Json& to, const char* value) { to = value; }
void store(Json& to, const std::string_view& value) { to = value; }
void store(Json& to, const std::string& value) { to = value; }
void store(Json& to, const std::vector<std::string>& value) { to = value; }
void store(Json& to, const Json& value) { to = value; }
void store(Json& to, Json&& value) { to = std::move(value); }

Json& slot(Json& object, const char* key) { return object[key]; }
Json& newSlot(Json& list) { return list.emplace_back(); }

namespace {

void writeString(std::string& out, std::string_view text) {
  static constexpr std::string_view kEscaped = "\"\\\b\f\n\r\t", kLetters = "\"\\bfnrt";
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Step step = utf8Step(text, at);
    const char c = text[at];
    const std::size_t escape = kEscaped.find(c);
    if (escape != std::string_view::npos) {
      out += '\\';
      out += kLetters[escape];
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += c < 0x10 ? "\\u000" : "\\u001";
      out += "0123456789abcdef"[c & 15];
    } else {
      out += step.fault != nullptr ? kReplacement : text.substr(at, step.length);
    }
    at += step.length;
  }
  out += '"';
}

class Writer {
 public:
  Writer(std::string& out, int indent) : out_(out), indent_(indent) {}

  void write(const Json& value) {
    switch (value.type()) {
      case Json::value_t::object:
        begin('{');
        for (const auto& [key, item] : value.get_ref<const Json::object_t&>()) {
          next();
          writeString(out_, key);
          out_ += indent_ > 0 ? ": " : ":";
          write(item);
        }
        return end('}');
      case Json::value_t::array:
        begin('[');
        for (const Json& item : value.get_ref<const Json::array_t&>()) {
          next();
          write(item);
        }
        return end(']');
      case Json::value_t::string: return writeString(out_, value.get_ref<const std::string&>());
      case Json::value_t::boolean: out_ += value.get<bool>() ? "true" : "false"; return;
      case Json::value_t::number_integer: out_ += std::to_string(value.get<int64_t>()); return;
      case Json::value_t::number_unsigned: out_ += std::to_string(value.get<uint64_t>()); return;
      case Json::value_t::number_float: return number(value.get<double>());
      default: out_ += "null";
    }
  }

 private:
  void begin(char bracket) {
    out_ += bracket;
    ++depth_;
    empty_ = true;
  }
  void next() {
    if (!empty_) out_ += ',';
    newLine();
    empty_ = false;
  }
  void end(char bracket) {
    --depth_;
    if (!empty_) newLine();
    out_ += bracket;
    empty_ = false;
  }
  void newLine() {
    if (indent_ == 0) return;
    out_ += '\n';
    out_.append(static_cast<std::size_t>(indent_ * depth_), ' ');
  }
  void number(double value) {
    if (!std::isfinite(value)) {
      out_ += "null";
      return;
    }
    char digits[64];
    out_.append(digits, nlohmann::detail::to_chars(digits, digits + sizeof digits, value));
  }

  std::string& out_;
  int indent_;
  int depth_ = 0;
  bool empty_ = true;  // the innermost list or object, so far
};

}  // namespace

std::string written(const Json& value, int indent) {
  std::string out;
  Writer(out, indent).write(value);
  return out;
}

}  // namespace bp
