#include "containers/checkpoint_state.h"

#include <algorithm>

namespace bp {
namespace {

class TextProto {
 public:
  explicit TextProto(std::string_view text) : text_(text) {}

  bool atEnd() {
    skipBlanks();
    return at_ == text_.size();
  }

  bool name(std::string& out) {
    skipBlanks();
    out.clear();
    while (at_ < text_.size() && (isalnum(text_[at_]) || text_[at_] == '_')) out += text_[at_++];
    return !out.empty();
  }

  bool colon() {
    skipBlanks();
    if (at_ == text_.size() || text_[at_] != ':') return false;
    ++at_;
    skipBlanks();
    return at_ < text_.size();
  }

  // A quoted text, or pieces of it side by side; or a number, as it stands.
  bool value(std::string& out) {
    out.clear();
    if (!quote()) {
      while (at_ < text_.size() && !blank(text_[at_])) out += text_[at_++];
      return !out.empty();
    }
    while (quote()) {
      if (!piece(out)) return false;
      skipBlanks();
    }
    return true;
  }

 private:
  static bool isalnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
  static bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
  bool quote() const { return at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\''); }

  void skipBlanks() {
    while (at_ < text_.size() && (blank(text_[at_]) || text_[at_] == '#')) {
      if (text_[at_] != '#') ++at_;
      else at_ = std::min(text_.find('\n', at_), text_.size());
    }
  }

  bool piece(std::string& out) {
    const char end = text_[at_++];
    while (at_ < text_.size() && text_[at_] != end && text_[at_] != '\n') {
      if (text_[at_] != '\\') out += text_[at_++];
      else if (!escape(out)) return false;
    }
    return at_ < text_.size() && text_[at_++] == end;
  }

  static int digit(char c, int base) {
    const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
    return value < base ? value : -1;
  }

  bool number(int base, int most, std::string& out) {
    int value = 0, count = 0;
    for (; count < most && at_ < text_.size() && digit(text_[at_], base) >= 0; ++count) value = value * base + digit(text_[at_++], base);
    out += static_cast<char>(value);
    return count > 0 && value < 256;
  }

  bool escape(std::string& out) {
    ++at_;
    if (at_ == text_.size()) return false;
    const char c = text_[at_];
    if (c >= '0' && c <= '7') return number(8, 3, out);
    ++at_;
    switch (c) {
      case 'n': out += '\n'; return true;
      case 'r': out += '\r'; return true;
      case 't': out += '\t'; return true;
      case 'x':
      case 'X': return number(16, 2, out);
      case 'a': out += '\a'; return true;
      case 'b': out += '\b'; return true;
      case 'f': out += '\f'; return true;
      case 'v': out += '\v'; return true;
      case '\\':
      case '\'':
      case '"':
      case '?': out += c; return true;
      default: return false;
    }
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::optional<CheckpointState> readCheckpointState(std::string_view text) {
  CheckpointState state;
  TextProto proto(text);
  std::string name, value;
  while (!proto.atEnd()) {
    if (!proto.name(name) || !proto.colon() || !proto.value(value)) return std::nullopt;
    if (name == "model_checkpoint_path") state.model_checkpoint_path = value;
    if (name == "all_model_checkpoint_paths") state.all_paths.push_back(value);
  }
  if (state.model_checkpoint_path.empty()) return std::nullopt;
  return state;
}

}  // namespace bp
