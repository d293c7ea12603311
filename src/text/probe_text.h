// Sentences to try a model on, each with one word that a reader can guess, and a pair for the next-sentence head.
#pragma once

#include <span>
#include <string_view>

#include "text/vocab.h"

namespace bp {

struct ProbeSentence {  // before + word + after is the sentence; in Chinese the word is one character
  std::string_view before, word, after;
};

struct ProbeText {
  std::span<const ProbeSentence> sentences;
  std::string_view first, next, unrelated;  // `next` goes on from `first`
};

// Chinese if more than a third of the word tokens are Han characters (of the multilingual ones a seventh), else English.
const ProbeText& probeText(const Vocab& vocab);

}  // namespace bp
