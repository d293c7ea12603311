#include "text/vocab.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

using namespace bp;
using namespace std::string_view_literals;

namespace {

using Ids = std::map<std::string, int32_t>;

Ids idsOf(std::string_view text, VocabReader reader) {
  const Vocab vocab(text, reader);
  Ids ids;
  for (const auto& [token, id] : vocab.ids()) ids.emplace(token, id);
  CHECK(ids.size() == vocab.size());
  for (const auto& [token, id] : ids) CHECK(vocab.id(token) == id);
  return ids;
}

constexpr VocabReader kAll[] = {VocabReader::kGoogle, VocabReader::kHfSlow, VocabReader::kHfFast, VocabReader::kKerasBert,
                                VocabReader::kBert4keras};

// A file with everything that tells the readers apart; what each made of it was found by running their code.
constexpr std::string_view kOdd =
    "\xEF\xBB\xBF[PAD]\r\n[UNK]\n\n a \nb\xC2\x85"
    "c\ndup\ndup\n\xE3\x80\x80\nx\xE2\x80\xA8y\nlast";

}  // namespace

TEST_CASE("a plain vocabulary is the same to all five readers") {
  for (const VocabReader reader : kAll) {
    CHECK(idsOf("[PAD]\n[UNK]\n中\n##s\n", reader) == Ids{{"[PAD]", 0}, {"[UNK]", 1}, {"中", 2}, {"##s", 3}});
    CHECK(idsOf("[PAD]\n[UNK]", reader) == Ids{{"[PAD]", 0}, {"[UNK]", 1}});
    CHECK(idsOf("", reader).empty());
    CHECK(Vocab("", reader).maxId() == -1);
  }
}

TEST_CASE("an odd vocabulary reads as measured in each") {
  CHECK(idsOf(kOdd, VocabReader::kGoogle) ==
        Ids{{"\uFEFF[PAD]", 0}, {"[UNK]", 1}, {"a", 3}, {"b\u0085c", 4}, {"dup", 6}, {"", 7}, {"x\u2028y", 8}, {"last", 9}});
  CHECK(idsOf(kOdd, VocabReader::kKerasBert) ==
        Ids{{"\uFEFF[PAD]", 0}, {"[UNK]", 1}, {"a", 3}, {"b", 4}, {"c", 5}, {"dup", 7}, {"", 7}, {"x", 7}, {"y", 8}, {"last", 9}});
  CHECK(idsOf(kOdd, VocabReader::kHfSlow) == Ids{{"\uFEFF[PAD]", 0}, {"[UNK]", 1}, {"", 2}, {" a ", 3}, {"b\u0085c", 4}, {"dup", 6},
                                                 {"\u3000", 7}, {"x\u2028y", 8}, {"last", 9}});
  CHECK(idsOf(kOdd, VocabReader::kHfFast) == Ids{{"\uFEFF[PAD]", 0}, {"[UNK]", 1}, {" a", 3}, {"b\u0085c", 4}, {"dup", 6}, {"", 7},
                                                 {"x\u2028y", 8}, {"last", 9}});
  CHECK(idsOf(kOdd, VocabReader::kBert4keras) ==
        Ids{{"\uFEFF[PAD]", 0}, {"[UNK]", 1}, {"", 6}, {"a", 3}, {"b", 4}, {"dup", 6}, {"x", 6}, {"last", 7}});
}

TEST_CASE("one line that is U+2028 shifts nothing, a second one does, in keras-bert and bert4keras only") {
  for (const VocabReader reader : kAll) {
    const bool counts_by_size = reader == VocabReader::kKerasBert || reader == VocabReader::kBert4keras;
    CHECK(Vocab("a\n\u2028\nb\n", reader).id("b") == 2);
    CHECK(Vocab("a\n\u2028\nb\n\u2028\nc\n", reader).id("c") == (counts_by_size ? 3 : 4));
    CHECK(Vocab("a\na\nb\n", reader).id("b") == (counts_by_size ? 1 : 2));
  }
}

TEST_CASE("lone carriage returns end lines only for readers with universal newlines") {
  CHECK(Vocab("a\rb\nc\n", VocabReader::kGoogle).id("c") == 1);
  CHECK(Vocab("a\rb\nc\n", VocabReader::kHfFast).id("c") == 1);
  CHECK(Vocab("a\rb\nc\n", VocabReader::kHfSlow).id("c") == 2);
  CHECK(Vocab("a\rb\nc\n", VocabReader::kKerasBert).id("c") == 2);
  CHECK(Vocab("a\rb\nc\n", VocabReader::kBert4keras).id("c") == 2);
  CHECK(Vocab("a\rb\rc\r", VocabReader::kGoogle).size() == 1);
  CHECK(Vocab("a\r\r\nb\n", VocabReader::kHfSlow).id("b") == 2);
}

TEST_CASE("vertical tabs, form feeds and separators end lines for keras-bert alone") {
  for (const std::string_view end : {"\x0b"sv, "\x0c"sv, "\x1c"sv, "\x1d"sv, "\x1e"sv, "\xC2\x85"sv, "\u2028"sv, "\u2029"sv}) {
    std::string text = "a";
    text.append(end).append("b\nc\n");
    CHECK(Vocab(text, VocabReader::kKerasBert).id("c") == 2);
    CHECK(Vocab(text, VocabReader::kGoogle).id("c") == 1);
    CHECK(Vocab(text, VocabReader::kBert4keras).id("c") == 1);
    CHECK(Vocab(text, VocabReader::kHfSlow).id("c") == 1);
  }
  CHECK(Vocab("a\x1f" "b\nc\n", VocabReader::kKerasBert).id("c") == 1);  // white space, but no line end
}

TEST_CASE("white space around tokens is taken off as each reader does") {
  const auto tokens = [](VocabReader reader) { return idsOf("\t a b\u3000\x1f\n", reader); };
  CHECK(tokens(VocabReader::kGoogle) == Ids{{"a b", 0}});
  CHECK(tokens(VocabReader::kHfSlow) == Ids{{"\t a b\u3000\x1f", 0}});
  CHECK(tokens(VocabReader::kHfFast) == Ids{{"\t a b\u3000\x1f", 0}});  // Rust does not count U+001F
  CHECK(idsOf("\t a b\u3000\n", VocabReader::kHfFast) == Ids{{"\t a b", 0}});
  CHECK(tokens(VocabReader::kKerasBert) == Ids{{"a b", 0}});
  CHECK(tokens(VocabReader::kBert4keras) == Ids{{"a", 0}});
}

TEST_CASE("an id means the last token that has it, or none") {
  const Vocab google("a\nb\na\n", VocabReader::kGoogle);
  CHECK(google.token(0) == "");
  CHECK(google.token(1) == "b");
  CHECK(google.token(2) == "a");
  CHECK(google.token(3) == "");
  CHECK(google.token(-1) == "");
  CHECK(google.maxId() == 2);
  const Vocab keras("a\nb\na\nc\n", VocabReader::kKerasBert);  // a and c share id 2
  CHECK(keras.id("a") == 2);
  CHECK(keras.id("c") == 2);
  CHECK(keras.token(2) == "c");
  CHECK(keras.maxId() == 2);
}

TEST_CASE("raw lines keep blank ones and know their offsets") {
  const auto lines = vocabLines("a\r\n\nb\u2028\nlast");
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].text == "a");
  CHECK(lines[1].text == "");
  CHECK(lines[1].offset == 3);
  CHECK(lines[2].text == "b\u2028");
  CHECK(lines[3].text == "last");
  CHECK(lines[3].offset == 9);
  CHECK(vocabLines("").empty());
  CHECK(vocabLines("\n\n").size() == 2);
}

TEST_CASE("every prefix of an odd file is read, with ids below its number of lines") {
  for (size_t length = 0; length <= kOdd.size(); ++length) {
    for (const VocabReader reader : kAll) {
      const Vocab vocab(kOdd.substr(0, length), reader);
      CHECK(vocab.maxId() < 13);
      for (int32_t id = 0; id <= vocab.maxId(); ++id) {
        if (!vocab.token(id).empty()) CHECK(vocab.id(vocab.token(id)) == id);
      }
    }
  }
}
