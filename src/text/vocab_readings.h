// One vocabulary as everyone takes it; made once, for it is the slowest thing to know of a set before its data.
#pragma once

#include <string_view>
#include <vector>

#include "text/casing.h"
#include "text/vocab.h"

namespace bp {

struct VocabReadings {
  explicit VocabReadings(std::string_view text);  // UTF-8, and outlives this

  std::vector<VocabLine> lines;
  std::vector<Vocab> readers;  // by VocabReader
  CasingShares casing;         // of Google's reading

  const Vocab& by(VocabReader reader) const { return readers[static_cast<size_t>(reader)]; }
  const Vocab& google() const { return by(VocabReader::kGoogle); }
};

}  // namespace bp
