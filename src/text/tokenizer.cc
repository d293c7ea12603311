#include "text/tokenizer.h"

#include <algorithm>
#include <array>

#include "text/unicode.h"

namespace bp {
namespace {

constexpr size_t kLongestWord = 200;  // characters; Google's max_input_chars_per_word
constexpr std::string_view kUnknown = "[UNK]", kClassify = "[CLS]", kSeparate = "[SEP]";
constexpr std::array<std::string_view, 5> kSpecials = {kUnknown, kSeparate, "[PAD]", kClassify, "[MASK]"};

// UTF-16 units before each code point, and one more for the end.
std::vector<uint32_t> utf16Offsets(std::u32string_view text) {
  std::vector<uint32_t> offsets(1, 0);
  offsets.reserve(text.size() + 1);
  for (const char32_t c : text) offsets.push_back(offsets.back() + (c > 0xFFFF ? 2 : 1));
  return offsets;
}

}  // namespace

struct Tokenizer::Match {  // characters [begin, end) of a piece
  size_t begin, end;
  int32_t id;  // -1: no token fits here, one character passed over
};

// Longest match first, from left to right. Where nothing matches: false, or one character is passed over.
bool Tokenizer::greedyMatches(const Piece& piece, bool skip_unmatched, std::vector<Match>& matches) const {
  matches.clear();
  const size_t count = piece.text.size();
  std::string bytes;
  std::vector<size_t> offsets;
  for (const char32_t c : piece.text) {
    offsets.push_back(bytes.size());
    appendUtf8(bytes, c);
  }
  offsets.push_back(bytes.size());

  std::string key;
  for (size_t begin = 0; begin < count;) {
    key = begin > 0 ? "##" : "";
    const size_t prefix = key.size(), origin = offsets[begin];
    const size_t room = vocab_->longest() - std::min(prefix, vocab_->longest());  // no token has more bytes
    key.append(bytes, origin, room);
    const auto reach = std::upper_bound(offsets.begin() + static_cast<std::ptrdiff_t>(begin), offsets.end(), origin + room);
    size_t end = static_cast<size_t>(reach - offsets.begin()) - 1;
    std::optional<int32_t> id;
    for (; end > begin; --end) {
      id = vocab_->id(std::string_view(key).substr(0, prefix + offsets[end] - origin));
      if (id) break;
    }
    if (!id && !skip_unmatched) return false;
    end = std::max(end, begin + 1);
    matches.push_back({begin, end, id.value_or(-1)});
    begin = end;
  }
  return true;
}

Token Tokenizer::special(std::string_view text) const { return {std::string(text), vocab_->id(text).value_or(-1), 0, 0}; }

std::vector<Token> Tokenizer::tokenize(std::string_view utf8, const TokenizeOptions& options) const {
  const std::u32string text = decodeUtf8Lossy(utf8);
  const std::vector<uint32_t> units = utf16Offsets(text);
  std::vector<Token> tokens;
  std::vector<Match> matches;

  const auto add_words = [&](size_t from, size_t to) {
    for (const Piece& piece : basicTokens(std::u32string_view(text).substr(from, to - from), options.casing)) {
      // Of the characters a token came from; canonical ordering may have exchanged some.
      const auto add_token = [&](std::string token, int32_t id, size_t begin, size_t end) {
        const auto [first, last] = std::minmax_element(piece.origin.begin() + static_cast<std::ptrdiff_t>(begin),
                                                       piece.origin.begin() + static_cast<std::ptrdiff_t>(end));
        tokens.push_back({std::move(token), id, units[from + *first], units[from + *last + 1]});
      };
      if (piece.text.size() > kLongestWord || !greedyMatches(piece, false, matches)) {
        Token unknown = special(kUnknown);
        add_token(std::move(unknown.text), unknown.id, 0, piece.text.size());
        continue;
      }
      for (const Match& match : matches) {
        std::string token = match.begin > 0 ? "##" : "";
        token += encodeUtf8(std::u32string_view(piece.text).substr(match.begin, match.end - match.begin));
        add_token(std::move(token), match.id, match.begin, match.end);
      }
    }
  };

  size_t done = 0;
  for (size_t at = 0; options.keep_special && at < text.size(); ++at) {
    if (text[at] != '[') continue;
    const std::string next = encodeUtf8(std::u32string_view(text).substr(at, 6));  // the longest has six characters
    const auto found = std::find_if(kSpecials.begin(), kSpecials.end(),
                                    [&](std::string_view special) { return next.starts_with(special) && vocab_->id(special); });
    if (found == kSpecials.end()) continue;
    add_words(done, at);
    done = at + found->size();
    Token kept = special(*found);
    kept.start = units[at];
    kept.end = units[done];
    tokens.push_back(std::move(kept));
    at = done - 1;
  }
  add_words(done, text.size());
  return tokens;
}

Encoding Tokenizer::encode(std::string_view a, const std::string_view* b, const TokenizeOptions& options) const {
  std::vector<Token> first = tokenize(a, options), second;
  if (b != nullptr) second = tokenize(*b, options);
  if (options.max_length > 0) {
    const size_t specials = !options.add_special ? 0 : b != nullptr ? 3 : 2;
    const size_t room = options.max_length - std::min<size_t>(specials, options.max_length);
    while (first.size() + second.size() > room) (first.size() > second.size() ? first : second).pop_back();
  }

  Encoding encoding;
  const auto add = [&](Token token, int32_t segment) {
    encoding.tokens.push_back(std::move(token.text));
    encoding.input_ids.push_back(token.id);
    encoding.token_type_ids.push_back(segment);
    encoding.attention_mask.push_back(1);
    encoding.offsets.emplace_back(token.start, token.end);
  };
  if (options.add_special) add(special(kClassify), 0);
  for (Token& token : first) add(std::move(token), 0);
  if (options.add_special) add(special(kSeparate), 0);
  for (Token& token : second) add(std::move(token), 1);
  if (options.add_special && b != nullptr) add(special(kSeparate), 1);
  return encoding;
}

std::vector<int32_t> Tokenizer::kerasBertIds(std::string_view utf8, Casing casing) const {
  const int32_t unknown = special(kUnknown).id;
  std::vector<int32_t> ids;
  std::vector<Match> matches;
  for (const Piece& piece : kerasBertTokens(decodeUtf8Lossy(utf8), casing)) {
    greedyMatches(piece, true, matches);
    for (const Match& match : matches) ids.push_back(match.id < 0 ? unknown : match.id);
  }
  return ids;
}

}  // namespace bp
