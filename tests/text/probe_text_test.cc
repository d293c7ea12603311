#include "text/probe_text.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "text/tokenizer.h"
#include "text/unicode.h"

using namespace bp;

namespace {

std::string joined(const ProbeSentence& sentence) { return std::string(sentence.before).append(sentence.word).append(sentence.after); }

Vocab vocabOfFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE_MESSAGE(in.good(), path);
  std::stringstream text;
  text << in.rdbuf();
  return Vocab(text.str(), VocabReader::kGoogle);
}

}  // namespace

TEST_CASE("a vocabulary of Han characters is tried in Chinese, any other in English") {
  CHECK(probeText(Vocab("[PAD]\na\n中\n文\n", VocabReader::kGoogle)).pairs[0].first.starts_with("今"));
  CHECK(probeText(Vocab("[PAD]\na\nb\nc\n中\n", VocabReader::kGoogle)).pairs[0].first.starts_with("The"));
  CHECK(probeText(Vocab("", VocabReader::kGoogle)).pairs[0].first.starts_with("The"));
}

TEST_CASE("there are forty different sentences a language, each with one word to guess") {
  for (const char* vocab : {"a\n", "中\n"}) {
    const ProbeText& text = probeText(Vocab(vocab, VocabReader::kGoogle));
    std::set<std::string> different;
    for (const ProbeSentence& sentence : text.sentences) {
      different.insert(joined(sentence));
      CHECK(!sentence.word.empty());
      CHECK(sentence.word.find(' ') == sentence.word.npos);
    }
    CHECK(different.size() == 40);
  }
}

TEST_CASE("the English words are single tokens of the uncased vocabulary" * doctest::skip(std::getenv("BERT_PREFLIGHT_FIXTURES") == nullptr)) {
  const Vocab vocab = vocabOfFile(std::string(std::getenv("BERT_PREFLIGHT_FIXTURES")) + "/tokenizer/uncased.txt");
  const Tokenizer tokenizer(vocab);
  for (const ProbeSentence& sentence : probeText(vocab).sentences) {
    CAPTURE(sentence.word);
    CHECK(vocab.id(sentence.word));
    for (const Token& token : tokenizer.tokenize(joined(sentence), {})) CHECK(token.text != "[UNK]");
  }
}

TEST_CASE("most English words are known to the small trained vocabulary") {
  const Vocab vocab = vocabOfFile(BP_FIXTURES "/trained/set/vocab.txt");
  int known = 0;
  for (const ProbeSentence& sentence : probeText(vocab).sentences) known += vocab.id(sentence.word).has_value();
  CHECK(known >= 20);
}

namespace {

const std::string kSpecials = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";

// Every word of the sentences in small letters, and those that begin one in capitals, too.
std::string wholeVocab() {
  std::set<std::string> words;
  const ProbeText& text = probeText(Vocab("a\n", VocabReader::kGoogle));
  const auto add = [&words](std::string_view sentence) {
    for (const bool lower : {true, false}) {
      for (const Piece& piece : basicTokens(decodeUtf8Lossy(sentence), {lower, lower})) words.insert(encodeUtf8(piece.text));
    }
  };
  for (const ProbeSentence& sentence : text.sentences) add(joined(sentence));
  for (const ProbePair& pair : text.pairs) add(std::string(pair.first).append(" ").append(pair.second));
  std::string lines = kSpecials;
  for (const std::string& word : words) lines += word + "\n";
  return lines;
}

}  // namespace

TEST_CASE("with a vocabulary of all words each sentence has its own word masked") {
  const Vocab vocab(wholeVocab(), VocabReader::kGoogle);
  const ProbeWords found = probeWords(vocab, kCasings[0], vocab.maxId() + 1, 1.0);
  const ProbeText& text = probeText(vocab);
  REQUIRE(found.words[0].size() == text.sentences.size());
  CHECK(found.pairs.size() == text.pairs.size());
  for (size_t i = 0; i < found.words[0].size(); ++i) {
    const MaskedWord& word = *found.words[0][i];
    CHECK(vocab.token(word.answer) == text.sentences[i].word);
    CHECK(vocab.token(word.ids[word.position]) == "[MASK]");
    CHECK(word.unknown == 0);
    CHECK(found.words[3][i]);  // the same word is masked with capitals kept
  }
  for (const auto& [together, apart] : found.pairs) {
    CHECK(together.input_ids != apart.input_ids);
    CHECK(together.token_type_ids.back() == 1);
  }
}

TEST_CASE("a sentence is not used if a word of it is unknown, has no row, or is in pieces") {
  const std::string all = wholeVocab();
  const auto without = [&all](const std::string& word) {
    std::string lines = all;
    const size_t at = lines.find("\n" + word + "\n");
    REQUIRE(at != lines.npos);
    return Vocab(lines.erase(at, word.size() + 1), VocabReader::kGoogle);
  };
  const auto used = [](const Vocab& vocab, int64_t rows, double whole_words) {
    return probeWords(vocab, kCasings[0], rows, whole_words).words[0].size();
  };
  const Vocab vocab(all, VocabReader::kGoogle);
  CHECK(used(without("capital"), 10000, 0.5) == 39);
  CHECK(used(vocab, 50, 0.5) < 39);
  CHECK(used(Vocab(kSpecials + "x\n", VocabReader::kGoogle), 6, 0.5) == 0);
  // "door" is in pieces, so the word beside it is masked.
  std::string split = all;
  split.replace(split.find("\ndoor\n"), 6, "\ndo\n##or\n");
  const Vocab pieces(split, VocabReader::kGoogle);
  CHECK(used(pieces, 10000, 1.0) == 39);
  const ProbeWords found = probeWords(pieces, kCasings[0], 10000, 0.5);
  REQUIRE(found.words[0].size() == 40);
  CHECK(pieces.token(found.words[0][0]->answer) == "the");
}
