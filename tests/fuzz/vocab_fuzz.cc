// Any UTF-8 text: each reader gives every token an id no higher than it has lines, and the way back leads to it.
#include <cstdlib>

#include "text/unicode.h"
#include "text/vocab.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  uint64_t bad = UINT64_MAX;
  bp::decodeUtf8(text, &bad);
  if (bad != UINT64_MAX) return 0;
  for (int reader = 0; reader < bp::kVocabReaderCount; ++reader) {
    const bp::Vocab vocab(text, static_cast<bp::VocabReader>(reader));
    require(vocab.maxId() <= static_cast<int64_t>(size));
    for (const auto& [token, id] : vocab.ids()) {
      require(id >= 0 && id <= vocab.maxId() && token.size() <= vocab.longest());
      require(vocab.id(vocab.token(id)) == id || vocab.token(id).empty());
    }
  }
  uint64_t end = 0;
  for (const bp::VocabLine& line : bp::vocabLines(text)) {
    require(line.offset >= end && line.text.size() <= size - line.offset);
    end = line.offset + line.text.size();
  }
  return 0;
}
