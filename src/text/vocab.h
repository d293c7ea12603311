// vocab.txt as each of five readers takes it; a token's id is its line number from 0 (facts: wordpiece.md §4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bp {

enum class VocabReader : uint8_t { kGoogle, kHfSlow, kHfFast, kKerasBert, kBert4keras };
inline constexpr int kVocabReaderCount = 5;

// kGoogle also serves Model Garden and bert-for-tf2, kHfSlow hf-convert, kHfFast hf-native on transformers 5.
class Vocab {
 public:
  // The text must be UTF-8 (the caller has checked); a byte order mark is kept as part of the first token.
  Vocab(std::string_view text, VocabReader reader);
  Vocab(Vocab&&) = default;
  Vocab& operator=(Vocab&&) = default;

  VocabReader reader() const { return reader_; }
  std::optional<int32_t> id(std::string_view token) const;
  // The token an id means: of duplicates on one id the last. Empty if no token has it.
  std::string_view token(int32_t id) const;
  int32_t maxId() const { return max_id_; }  // highest id any token has; -1 if empty
  std::size_t size() const { return ids_.size(); }  // different tokens
  std::size_t longest() const { return longest_; }  // token, in bytes
  const auto& ids() const { return ids_; }          // token → id, in no order

 private:
  VocabReader reader_;
  std::vector<char> text_;  // what the tokens point into; a move leaves it in its place
  std::unordered_map<std::string_view, int32_t> ids_;
  std::vector<std::string_view> tokens_;
  std::size_t longest_ = 0;
  int32_t max_id_ = -1;
};

// The raw lines, split at \n only, one \r at the end taken off; a last line without \n counts, an empty rest does not.
struct VocabLine {
  std::string_view text;
  uint64_t offset = 0;  // byte of its first character
};
std::vector<VocabLine> vocabLines(std::string_view text);

}  // namespace bp
