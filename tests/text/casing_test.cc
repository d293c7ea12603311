#include "text/casing.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace bp;

namespace {

CasingShares sharesOfFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE_MESSAGE(in.good(), path);
  std::stringstream text;
  text << in.rdbuf();
  return casingShares(Vocab(text.str(), VocabReader::kGoogle));
}

CasingShares sharesOf(std::string_view text) { return casingShares(Vocab(text, VocabReader::kGoogle)); }

}  // namespace

TEST_CASE("the four options have names") {
  for (const Casing& casing : kCasings) CHECK(casingNamed(casingName(casing)) == casing);
  CHECK(casingName({true, true}) == "lower-strip");
  CHECK(casingName({false, false}) == "none");
  CHECK(!casingNamed("upper"));
}

TEST_CASE("a cased vocabulary with accents fits no option but none, a plain trained one the strongest") {
  const CasingShares cased = sharesOfFile(BP_FIXTURES "/tokenizer/cased-zh.txt");
  CHECK(cased.best() == Casing{false, false});
  CHECK(cased.share(0) < 0.85);
  CHECK(cased.share(3) == 1.0);
  CHECK(sharesOfFile(BP_FIXTURES "/trained/set/vocab.txt").best() == Casing{true, true});
}

TEST_CASE("every word of the English uncased vocabulary is unchanged by lower-casing and stripping" *
          doctest::skip(std::getenv("BERT_PREFLIGHT_FIXTURES") == nullptr)) {
  const CasingShares shares = sharesOfFile(std::string(std::getenv("BERT_PREFLIGHT_FIXTURES")) + "/tokenizer/uncased.txt");
  CHECK(shares.words == 30522 - 994 - 5);
  CHECK(shares.unchanged[0] == shares.words);
}

TEST_CASE("special and unused tokens do not count, pieces count without their marks, and one word in a hundred may stray") {
  const CasingShares shares = sharesOf("[PAD]\n[unused1]\n<S>\n\n##\nÉ\n##É\n##a\n");
  CHECK(shares.words == 4);  // "##", "É", "##É", "##a"
  CHECK(shares.unchanged == std::array<uint64_t, 4>{2, 2, 2, 4});
  std::string text = "Own\n";
  for (int i = 0; i < 98; ++i) text.append("w").append(std::to_string(i)).append("\n");
  CHECK(sharesOf(text).best() == Casing{false, true});
  text += "w98\n";
  CHECK(sharesOf(text).best() == Casing{true, true});
  CHECK(sharesOf("").best() == Casing{true, true});
}
