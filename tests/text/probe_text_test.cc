#include "text/probe_text.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "text/tokenizer.h"

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
  CHECK(probeText(Vocab("[PAD]\na\n中\n文\n", VocabReader::kGoogle)).first.starts_with("今"));
  CHECK(probeText(Vocab("[PAD]\na\nb\nc\n中\n", VocabReader::kGoogle)).first.starts_with("The"));
  CHECK(probeText(Vocab("", VocabReader::kGoogle)).first.starts_with("The"));
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
