// From a text to its words: Google's BasicTokenizer, and the other order of the same steps in keras-bert.
#include "text/tokenizer.h"
#include "text/unicode.h"

namespace bp {
namespace {

bool isWhitespace(char32_t c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || category(c) == Category::kSpace; }

bool isRemoved(char32_t c) {
  if (c == 0 || c == 0xFFFD) return true;
  const Category kind = category(c);
  return kind == Category::kControl || kind == Category::kFormat;
}

// All ASCII that is neither a letter, a digit, a space nor a control, like "^", "$" and "`"; elsewhere only P*.
bool isPunctuation(char32_t c) {
  if ((c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) || (c >= 123 && c <= 126)) return true;
  return category(c) == Category::kPunctuation;
}

bool isCjk(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
         (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B820 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

void add(Piece& piece, char32_t c, uint32_t origin) {
  piece.text += c;
  piece.origin.push_back(origin);
}

// Replaces the text by `made`, whose characters came from those of the old text.
void replaceText(Piece& piece, std::u32string made, const std::vector<uint32_t>& from) {
  std::vector<uint32_t> origin(from.size());
  for (size_t i = 0; i < from.size(); ++i) origin[i] = piece.origin[from[i]];
  piece.text = std::move(made);
  piece.origin = std::move(origin);
}

void lower(Piece& piece) {
  std::vector<uint32_t> from;
  std::u32string made = lowerPython(piece.text, &from);
  replaceText(piece, std::move(made), from);
}

void stripAccents(Piece& piece) {
  std::vector<uint32_t> from;
  const std::u32string decomposed = nfd(piece.text, &from);
  Piece kept;
  for (size_t i = 0; i < decomposed.size(); ++i) {
    if (category(decomposed[i]) != Category::kMark) add(kept, decomposed[i], piece.origin[from[i]]);
  }
  piece = std::move(kept);
}

// Words as they come: characters one by one, ended by end().
class Words {
 public:
  void add(char32_t c, uint32_t origin) { bp::add(word_, c, origin); }
  void addAlone(char32_t c, uint32_t origin) {
    end();
    add(c, origin);
    end();
  }
  void end() {
    if (!word_.text.empty()) words_.push_back(std::move(word_));
    word_ = {};
  }
  std::vector<Piece> take() {
    end();
    return std::move(words_);
  }

 private:
  Piece word_;
  std::vector<Piece> words_;
};

std::vector<Piece> cleanWords(std::u32string_view text) {
  Words words;
  for (uint32_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    if (isCjk(c)) words.addAlone(c, i);
    else if (isWhitespace(c)) words.end();
    else if (isRemoved(c)) continue;
    else if (isSpace(c)) words.end();  // U+2028 and U+2029, by str.split()
    else words.add(c, i);
  }
  return words.take();
}

}  // namespace

std::vector<Piece> basicTokens(std::u32string_view text, Casing casing) {
  Words tokens;
  for (Piece& word : cleanWords(text)) {
    if (casing.lower) lower(word);
    if (casing.strip_accents) stripAccents(word);
    for (size_t i = 0; i < word.text.size(); ++i) {
      if (isPunctuation(word.text[i])) tokens.addAlone(word.text[i], word.origin[i]);
      else tokens.add(word.text[i], word.origin[i]);
    }
    tokens.end();
  }
  return tokens.take();
}

std::vector<Piece> kerasBertTokens(std::u32string_view text, Casing casing) {
  Piece whole;
  for (uint32_t i = 0; i < text.size(); ++i) add(whole, text[i], i);
  if (casing.strip_accents) stripAccents(whole);
  if (casing.lower) lower(whole);
  Words words;
  for (size_t i = 0; i < whole.text.size(); ++i) {
    const char32_t c = whole.text[i];
    if (isPunctuation(c) || isCjk(c)) words.addAlone(c, whole.origin[i]);
    else if (isWhitespace(c)) words.end();
    else if (isRemoved(c)) continue;
    else if (isSpace(c)) words.end();
    else words.add(c, whole.origin[i]);
  }
  return words.take();
}

}  // namespace bp
