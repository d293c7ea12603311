// Sentences to try a model on, each with one word that a reader can guess, and pairs for the next-sentence head.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "text/casing.h"
#include "text/tokenizer.h"
#include "text/vocab.h"

namespace bp {

struct ProbeSentence {  // before + word + after is the sentence; in Chinese the word is one character
  std::string_view before, word, after;
};

struct ProbePair {  // the second goes on from the first
  std::string_view first, second;
};

struct ProbeText {
  std::span<const ProbeSentence> sentences;
  std::span<const ProbePair> pairs;
};

// Chinese if more than a third of the word tokens are Han characters (of the multilingual ones a seventh), else English.
const ProbeText& probeText(const Vocab& vocab);

struct MaskedWord {  // a sentence with [CLS] and [SEP], one token of it masked
  std::vector<int32_t> ids;
  uint32_t position = 0;
  int32_t answer = 0;    // what stood there
  uint32_t unknown = 0;  // [UNK] among the ids
  bool operator==(const MaskedWord&) const = default;
};

struct ProbeWords {
  // A list a casing (beside kCasings), all of one length: the usable sentences. Nothing: the masked word is not the same
  // one token under that casing.
  std::array<std::vector<std::optional<MaskedWord>>, kCasings.size()> words;
  std::vector<std::pair<Encoding, Encoding>> pairs;  // as they belong together; the first with the second of another pair
};
// Usable under `casing`: without [UNK], with at least `whole_words` of the words tokens of their own, of ids below `rows`.
// The vocabulary must have [CLS], [SEP] and [MASK].
ProbeWords probeWords(const Vocab& vocab, Casing casing, int64_t rows, double whole_words);

}  // namespace bp
