#include "text/vocab_readings.h"

namespace bp {

VocabReadings::VocabReadings(std::string_view text) : lines(vocabLines(text)) {
  for (int reader = 0; reader < kVocabReaderCount; ++reader) readers.emplace_back(text, static_cast<VocabReader>(reader));
  casing = casingShares(google());
}

}  // namespace bp
