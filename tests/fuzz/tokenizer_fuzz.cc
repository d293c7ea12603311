// Any text: every token lies inside it, in order, and means an id of the vocabulary.
#include <algorithm>
#include <cstdlib>

#include "text/tokenizer.h"

namespace {

constexpr std::string_view kVocab =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n[\n]\nmask\na\n##a\nab\n##ab\ne\n##e\nσ\nς\n##σ\n中\n\u1112\n##\u1161\n##\u11ab\n,\n.\n##\u0301\n😀\n##😀\n";

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bp::Vocab vocab(kVocab, bp::VocabReader::kGoogle);
  if (size < 2) return 0;
  const bp::Tokenizer tokenizer(vocab);
  const bp::TokenizeOptions options = {
      .casing = {(data[0] & 1) != 0, (data[0] & 2) != 0}, .keep_special = (data[0] & 4) != 0, .add_special = (data[0] & 8) != 0, .max_length = data[1]};
  const std::string_view text(reinterpret_cast<const char*>(data + 2), size - 2);
  const std::vector<bp::Token> tokens = tokenizer.tokenize(text, options);
  for (const bp::Token& token : tokens) {
    require(token.start < token.end && token.end <= text.size());
    require(vocab.token(token.id) == token.text);
  }
  const std::string_view half = text.substr(text.size() / 2);
  const bp::Encoding encoding = tokenizer.encode(text, &half, options);
  require(encoding.tokens.size() == encoding.input_ids.size() && encoding.tokens.size() == encoding.offsets.size());
  require(options.max_length == 0 || encoding.tokens.size() <= std::max<size_t>(options.max_length, 3));
  for (const int32_t id : tokenizer.kerasBertIds(text, options.casing)) require(id >= 0 && id <= vocab.maxId());
  return 0;
}
