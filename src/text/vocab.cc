#include "text/vocab.h"

#include <algorithm>

#include "text/unicode.h"

namespace bp {
namespace {

// Calls take(line) for every line, line ends taken off. What follows the last line end is a line unless it is empty.
template <typename LineEnd, typename Take>
void eachLine(std::string_view text, LineEnd line_end, Take take) {
  size_t begin = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t length = line_end(text, at);
    if (length > 0) take(text.substr(begin, at - begin));
    at += std::max<size_t>(length, 1);
    if (length > 0) begin = at;
  }
  if (begin < text.size()) take(text.substr(begin));
}

// How long the line end at `at` is; 0: none.
size_t newline(std::string_view text, size_t at) { return text[at] == '\n' ? 1 : 0; }

size_t universalNewline(std::string_view text, size_t at) {
  if (text[at] != '\r') return newline(text, at);
  return at + 1 < text.size() && text[at + 1] == '\n' ? 2 : 1;
}

// As str.splitlines() has it: also VT, FF, FS, GS, RS, U+0085, U+2028, U+2029.
size_t unicodeNewline(std::string_view text, size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte == 0x0B || byte == 0x0C || (byte >= 0x1C && byte <= 0x1E)) return 1;
  if (text.substr(at, 2) == "\xC2\x85") return 2;
  if (text.substr(at, 3) == "\xE2\x80\xA8" || text.substr(at, 3) == "\xE2\x80\xA9") return 3;
  return universalNewline(text, at);
}

bool isRustSpace(char32_t c) { return isSpace(c) && !(c >= 0x1C && c <= 0x1F); }  // White_Space; Python has four more

// The line as code points with the byte offset of each, to be cut at its ends. In an ASCII line the bytes are the code points.
class Trimmed {
 public:
  explicit Trimmed(std::string_view line) : line_(line), ascii_(isAscii(line)), end_(line.size()) {
    if (ascii_) return;
    text_ = decodeUtf8Lossy(line, &offsets_);
    end_ = text_.size();
  }

  template <typename Space>
  Trimmed& start(Space space) {
    while (begin_ < end_ && space(at(begin_))) ++begin_;
    return *this;
  }
  template <typename Space>
  Trimmed& end(Space space) {
    while (end_ > begin_ && space(at(end_ - 1))) --end_;
    return *this;
  }
  Trimmed& firstWord() {
    start(isSpace);
    const size_t end = end_;
    for (end_ = begin_; end_ < end && !isSpace(at(end_)); ++end_) {}
    return *this;
  }
  std::string_view text() const {
    if (ascii_) return line_.substr(begin_, end_ - begin_);
    const auto from = static_cast<size_t>(offsets_[begin_]), to = static_cast<size_t>(offsets_[end_]);
    return line_.substr(from, to - from);
  }

 private:
  char32_t at(size_t i) const { return ascii_ ? static_cast<unsigned char>(line_[i]) : text_[i]; }

  std::string_view line_;
  bool ascii_;
  std::vector<uint64_t> offsets_;
  std::u32string text_;
  size_t begin_ = 0, end_;
};

}  // namespace

Vocab::Vocab(std::string_view given, VocabReader reader) : reader_(reader), text_(given.begin(), given.end()) {
  const std::string_view text(text_.data(), text_.size());
  ids_.reserve(static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) + 1);
  int32_t next = 0;
  const auto set = [&](std::string_view token, int32_t id) {
    const auto [entry, is_new] = ids_.try_emplace(token, id);
    if (!is_new) {
      if (tokens_[static_cast<size_t>(entry->second)] == token) tokens_[static_cast<size_t>(entry->second)] = {};
      entry->second = id;
    }
    if (tokens_.size() <= static_cast<size_t>(id)) tokens_.resize(static_cast<size_t>(id) + 1);
    tokens_[static_cast<size_t>(id)] = token;
    longest_ = std::max(longest_, token.size());
  };
  const auto by_line = [&](std::string_view token) { set(token, next++); };
  // The next id is the size of the dictionary, so a token met again gets it and does not use it up.
  const auto by_size = [&](std::string_view token) { set(token, static_cast<int32_t>(ids_.size())); };

  switch (reader) {
    case VocabReader::kGoogle:
      eachLine(text, newline, [&](std::string_view line) { by_line(Trimmed(line).start(isSpace).end(isSpace).text()); });
      break;
    case VocabReader::kHfSlow:
      eachLine(text, universalNewline, by_line);
      break;
    case VocabReader::kHfFast:  // one "\r" before "\n" belongs to the line end, which is white space as well
      eachLine(text, newline, [&](std::string_view line) { by_line(Trimmed(line).end(isRustSpace).text()); });
      break;
    case VocabReader::kKerasBert:
      eachLine(text, unicodeNewline, [&](std::string_view line) { by_size(Trimmed(line).start(isSpace).end(isSpace).text()); });
      break;
    case VocabReader::kBert4keras:
      eachLine(text, universalNewline, [&](std::string_view line) { by_size(Trimmed(line).firstWord().text()); });
      break;
  }
  for (const auto& [token, id] : ids_) max_id_ = std::max(max_id_, id);
}

std::optional<int32_t> Vocab::id(std::string_view token) const {
  const auto found = ids_.find(token);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

std::string_view Vocab::token(int32_t id) const {
  return id >= 0 && static_cast<size_t>(id) < tokens_.size() ? tokens_[static_cast<size_t>(id)] : std::string_view();
}

std::vector<VocabLine> vocabLines(std::string_view text) {
  std::vector<VocabLine> lines;
  eachLine(text, newline, [&](std::string_view line) {
    const auto offset = static_cast<uint64_t>(line.data() - text.data());
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back({line, offset});
  });
  return lines;
}

}  // namespace bp
