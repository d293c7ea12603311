// What the checks of the vocabulary share: the file as its readers take it, beside the rows of the word table.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "checks/judgement.h"
#include "text/vocab_readings.h"

namespace bp {

struct VocabView {
  explicit VocabView(const Judgement& judgement);

  std::string path;
  std::string_view text;
  const VocabReadings& readings;
  const std::vector<VocabLine>& lines;
  const CasingShares& casing;
  int64_t rows = 0;  // of the word table; 0: not known

  const Vocab& by(VocabReader reader) const { return readings.by(reader); }
  const Vocab& google() const { return readings.google(); }
  int64_t lineCount() const { return static_cast<int64_t>(lines.size()); }
  Place placeOf(size_t line) const { return {path, lines[line].offset, lines[line].text.size()}; }  // from 0
  Finding onFile(Code code) const;
  Finding onLine(Code code, size_t line, std::string_view token) const;  // from 0, as ids count
};

// The highest id of a token that is not empty; -1: none.
int64_t highestId(const Vocab& vocab);

// Each asks its own question; check_vocab.cc calls them in the order of the catalogue.
void checkVocabRows(Judgement& judgement, const VocabView& vocab);    // as many words as rows?
void checkVocabLines(Judgement& judgement, const VocabView& vocab);   // the same ids to every reader?
void checkVocabModel(Judgement& judgement, const VocabView& vocab);   // made for this model and its casing?

}  // namespace bp
