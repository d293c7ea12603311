// Text to ids. Google's tokenization.py to the letter (google-research/bert at eedf571), and what keras-bert does otherwise.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/vocab.h"

namespace bp {

struct Casing {
  bool lower = true;
  bool strip_accents = true;
  bool operator==(const Casing&) const = default;
};

struct Token {
  std::string text;   // "##ing"
  int32_t id = 0;     // -1: not in the vocabulary and there is no [UNK]
  uint32_t start = 0; // in the given text, UTF-16 units
  uint32_t end = 0;
};

struct Encoding {
  std::vector<std::string> tokens;
  std::vector<int32_t> input_ids;
  std::vector<int32_t> token_type_ids;
  std::vector<int32_t> attention_mask;
  std::vector<std::pair<uint32_t, uint32_t>> offsets;  // UTF-16 units in A or B; [0, 0] for specials
};

struct TokenizeOptions {
  Casing casing;
  bool keep_special = false;   // [MASK] and the like written in the text stay whole
  bool add_special = true;     // [CLS] and [SEP]
  uint32_t max_length = 0;     // 0: no limit; pairs are cut from the longer one, the second if equal
};

// Basic tokens before WordPiece: clean, space CJK, split, lower and strip, split punctuation.
struct Piece {
  std::u32string text;
  std::vector<uint32_t> origin;  // per character: index of the code point of the input it came from
};
std::vector<Piece> basicTokens(std::u32string_view text, Casing casing);

class Tokenizer {
 public:
  explicit Tokenizer(const Vocab& vocab) : vocab_(&vocab) {}
  std::vector<Token> tokenize(std::string_view utf8, const TokenizeOptions& options) const;
  Encoding encode(std::string_view a, const std::string_view* b, const TokenizeOptions& options) const;
  // The ids keras-bert gives: after the longest match fails it keeps what it has and goes on character by character.
  std::vector<int32_t> kerasBertIds(std::string_view utf8, Casing casing) const;

 private:
  const Vocab* vocab_;
};

}  // namespace bp
