// Text to ids. Google's tokenization.py to the letter (google-research/bert at eedf571), and what keras-bert does otherwise.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/vocab.h"

namespace bp {

struct Casing {
  bool lower = true;
  bool strip_accents = true;
  bool operator==(const Casing&) const = default;
};

struct Token {
  std::string text;   // "##ing"; "[UNK]"
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
  Casing casing = {};
  bool keep_special = false;   // [MASK] and the like, written in the text and in the vocabulary, stay whole, as Hugging Face has it
  bool add_special = true;     // [CLS] and [SEP]
  uint32_t max_length = 0;     // [CLS] and [SEP] included, which always stay; 0: no limit; pairs are cut from the longer one, the second if equal
};

// A word before WordPiece.
struct Piece {
  std::u32string text;
  std::vector<uint32_t> origin;  // per character: index of the code point of the input it came from
};
// Google's BasicTokenizer: clean, space CJK, split, lower and strip, split punctuation.
std::vector<Piece> basicTokens(std::u32string_view text, Casing casing);
// keras-bert's: strip and lower first, then split.
std::vector<Piece> kerasBertTokens(std::u32string_view text, Casing casing);

class Tokenizer {
 public:
  explicit Tokenizer(const Vocab& vocab) : vocab_(&vocab) {}
  // Without [CLS] and [SEP]; of the options, `casing` and `keep_special` count. What is not UTF-8 is dropped.
  std::vector<Token> tokenize(std::string_view utf8, const TokenizeOptions& options) const;
  Encoding encode(std::string_view a, const std::string_view* b, const TokenizeOptions& options) const;
  // The ids keras-bert gives, without [CLS] and [SEP]: where no match is left in a word it keeps what it has, and
  // makes one unknown of each character it cannot match.
  std::vector<int32_t> kerasBertIds(std::string_view utf8, Casing casing) const;

 private:
  struct Match;
  bool greedyMatches(const Piece& piece, bool skip_unmatched, std::vector<Match>& matches) const;
  Token special(std::string_view text) const;

  const Vocab* vocab_;
};

}  // namespace bp
