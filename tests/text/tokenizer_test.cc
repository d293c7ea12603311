#include "text/tokenizer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "report/json.h"
#include "text/unicode.h"

using namespace bp;

namespace {

constexpr Casing kLowerStrip{true, true}, kNone{false, false}, kLower{true, false}, kStrip{false, true};

struct Mode {
  const char* name;
  Casing casing;
};
constexpr Mode kGoogleModes[] = {{"lower-strip", kLowerStrip}, {"none", kNone}};
constexpr Mode kModes[] = {{"lower-strip", kLowerStrip}, {"none", kNone}, {"lower", kLower}, {"strip", kStrip}};

std::string readFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE_MESSAGE(in.good(), path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<Json> strings(std::string_view vocab) {
  std::ifstream in(BP_FIXTURES "/tokenizer/strings.jsonl");
  std::vector<Json> rows;
  for (std::string line; std::getline(in, line);) {
    Json row = Json::parse(line, nullptr, false);
    REQUIRE(row.is_object());
    if (row["vocab"] == vocab) rows.push_back(std::move(row));
  }
  REQUIRE(rows.size() > 200);
  return rows;
}

// Each code point's place in UTF-16.
std::vector<uint32_t> unitsOf(const std::string& text) {
  std::vector<uint32_t> units{0};
  for (const char32_t c : decodeUtf8Lossy(text)) units.push_back(units.back() + (c > 0xFFFF ? 2 : 1));
  return units;
}

std::vector<int32_t> idsOf(const std::vector<Token>& tokens) {
  std::vector<int32_t> ids;
  for (const Token& token : tokens) ids.push_back(token.id);
  return ids;
}

std::vector<std::string> textsOf(const std::vector<Token>& tokens) {
  std::vector<std::string> texts;
  for (const Token& token : tokens) texts.push_back(token.text);
  return texts;
}

// Characters that Hugging Face's Rust code, whose tables are older, removes or keeps where Python does the other.
bool hasOddCharacters(const std::string& text) {
  const std::u32string decoded = decodeUtf8Lossy(text);
  return std::any_of(decoded.begin(), decoded.end(), [](char32_t c) {
    const bool newer_mark = (c >= 0x8CA && c <= 0x8E1) || (c >= 0x1ABF && c <= 0x1ACE) || (c >= 0x1DF6 && c <= 0x1DFB);
    return newer_mark || category(c) == Category::kPrivateUse || category(c) == Category::kUnassigned;
  });
}

struct Compared {
  int google = 0, offsets = 0, options = 0, special = 0;
};

Compared compare(const Vocab& vocab, std::string_view name) {
  const Tokenizer tokenizer(vocab);
  Compared compared;
  for (const Json& row : strings(name)) {
    const auto text = row["text"].get<std::string>();
    const std::vector<uint32_t> units = unitsOf(text);
    CAPTURE(text);
    for (const Mode& mode : kGoogleModes) {
      INFO(mode.name);
      const std::vector<Token> tokens = tokenizer.tokenize(text, {.casing = mode.casing});
      CHECK(idsOf(tokens) == row["google"][mode.name]["ids"].get<std::vector<int32_t>>());
      CHECK(textsOf(tokens) == row["google"][mode.name]["tokens"].get<std::vector<std::string>>());
      ++compared.google;
      const Json& fast = row["hf_fast"][mode.name];
      if (fast.contains("ids") || !fast.contains("cp") || hasOddCharacters(text)) continue;  // the same tokens, so the same places
      std::vector<uint32_t> expected, found;
      for (const Json& place : fast["cp"]) expected.push_back(units[place.get<size_t>()]);
      for (const Token& token : tokens) found.insert(found.end(), {token.start, token.end});
      CHECK(found == expected);
      ++compared.offsets;
    }
    // Google has no such options, Hugging Face has. Its tables and its limit on words are others, so the texts taken
    // are those on which it agrees with Google, and those with special tokens, which it keeps.
    const bool special = row["kind"] == "special";
    if (!special && (row["hf_fast"]["lower-strip"].contains("ids") || row["hf_fast"]["none"].contains("ids"))) continue;
    for (const Mode& mode : kModes) {
      INFO(mode.name);
      const Json& fast = row["hf_fast"][mode.name];
      const Json& reference = fast.contains("ids") ? fast : row["google"][mode.name];
      const std::vector<Token> tokens = tokenizer.tokenize(text, {.casing = mode.casing, .keep_special = special});
      CHECK(idsOf(tokens) == reference["ids"].get<std::vector<int32_t>>());
      ++(special ? compared.special : compared.options);
    }
  }
  return compared;
}

std::string join(const std::vector<Piece>& pieces) {
  std::string text;
  for (const Piece& piece : pieces) text.append(text.empty() ? "" : " ").append(encodeUtf8(piece.text));
  return text;
}

std::string basic(std::string_view text, Casing casing) { return join(basicTokens(decodeUtf8Lossy(text), casing)); }

const std::string kSmallVocab =
    "[UNK]\nun\n##aff\n##able\n##want\n##ed\nwant\nrunn\n##ing\nrun\na\nab\n##b\n##ab\n中\n##中\nh\n##h\n##\n[\n]\nmask\ne\n##e\n'\ndon\nt\naff\n";

}  // namespace

TEST_CASE("ids, tokens and offsets are those of Google's code on the cased vocabulary with many scripts") {
  const std::string text = readFile(BP_FIXTURES "/tokenizer/cased-zh.txt");
  const Compared compared = compare(Vocab(text, VocabReader::kGoogle), "cased-zh");
  CHECK(compared.google > 400);
  CHECK(compared.offsets > 350);
  CHECK(compared.options > 800);
  CHECK(compared.special == 48);
}

// The English vocabulary is not kept in this repository.
TEST_CASE("ids, tokens and offsets are those of Google's code on the English uncased vocabulary" *
          doctest::skip(std::getenv("BERT_PREFLIGHT_FIXTURES") == nullptr)) {
  const std::string text = readFile(std::string(std::getenv("BERT_PREFLIGHT_FIXTURES")) + "/tokenizer/uncased.txt");
  const Compared compared = compare(Vocab(text, VocabReader::kGoogle), "uncased");
  CHECK(compared.google > 400);
  CHECK(compared.offsets > 350);
  CHECK(compared.options > 800);
  CHECK(compared.special == 48);
}

TEST_CASE("basic tokens are as five implementations agree") {
  const struct {
    const char *text, *uncased, *cased;
  } kRows[] = {
      {"Hello, World!", "hello , world !", "Hello , World !"},
      {"UNwantéd,running", "unwanted , running", "UNwantéd , running"},
      {"a\u00a0b a\u3000b a\u2028b", "a b a b a b", "a b a b a b"},
      {"a\u200bb a\x0b" "b a\u0085b a\ufeffb", "ab ab ab ab", "ab ab ab ab"},
      {"\ufffdx\u00ady", "xy", "xy"},
      {"[MASK] [CLS]x", "[ mask ] [ cls ] x", "[ MASK ] [ CLS ] x"},
      {"$5.00^2`~|", "$ 5 . 00 ^ 2 ` ~ |", "$ 5 . 00 ^ 2 ` ~ |"},
      {"café cafe\u0301", "cafe cafe", "café cafe\u0301"},
      {"İstanbul I\u0307", "istanbul i", "İstanbul I\u0307"},
      {"STRAßE ẞ", "straße ß", "STRAßE ẞ"},
      {"ΟΔΟΣ ΣΣ ΣΑΣ.", "οδος σς σας .", "ΟΔΟΣ ΣΣ ΣΑΣ ."},
      {"ṩ Ångström \u212b", "s angstrom a", "ṩ Ångström \u212b"},
      {"がガ", "かカ", "がガ"},
      {"한", "\u1112\u1161\u11ab", "한"},
      {"中文abc字", "中 文 abc 字", "中 文 abc 字"},
      {"\uf900\ufa1f", "\u8c48 \ufa1f", "\uf900 \ufa1f"},
      {"a\U0002b820b", "a \U0002b820 b", "a \U0002b820 b"},
      {"😀ok👩\u200d💻", "😀ok👩💻", "😀ok👩💻"},
      {"\ue000p \u0378q", "\ue000p \u0378q", "\ue000p \u0378q"},
      {"ＡＢ，！", "ａｂ ， ！", "ＡＢ ， ！"},
      {"हिन्दी", "हिनदी", "हिन्दी"},
      {"a\u0338=≠", "a = =", "a\u0338 = ≠"},
      {"—…§¶", "— … § ¶", "— … § ¶"},
      {"a\u037eb", "a ; b", "a \u037e b"},
      {"x\u061dy x\u166dy", "x \u061d y x\u166dy", "x \u061d y x\u166dy"},
      {" \t\r\n", "", ""},
      {"", "", ""},
  };
  for (const auto& row : kRows) {
    CAPTURE(row.text);
    CHECK(basic(row.text, kLowerStrip) == row.uncased);
    CHECK(basic(row.text, kNone) == row.cased);
    CHECK(join(kerasBertTokens(decodeUtf8Lossy(row.text), kLowerStrip)) == row.uncased);
    CHECK(join(kerasBertTokens(decodeUtf8Lossy(row.text), kNone)) == row.cased);
  }
  CHECK(join(basicTokens(std::u32string_view(U"\0x", 2), kNone)) == "x");
}

TEST_CASE("keras-bert lowers before it removes controls, Google after") {
  CHECK(join(basicTokens(U"ΑΣ\u0001Β", kLowerStrip)) == "ασβ");
  CHECK(join(kerasBertTokens(U"ΑΣ\u0001Β", kLowerStrip)) == "αςβ");
}

TEST_CASE("WordPiece matches the longest piece first, and a word that does not fit is unknown as a whole") {
  const Vocab vocab(kSmallVocab, VocabReader::kGoogle);
  const Tokenizer tokenizer(vocab);
  const auto pieces = [&](const std::string& word) { return textsOf(tokenizer.tokenize(word, {.casing = kNone})); };
  using Texts = std::vector<std::string>;
  CHECK(pieces("unaffable") == Texts{"un", "##aff", "##able"});
  CHECK(pieces("running") == Texts{"runn", "##ing"});
  CHECK(pieces("runs") == Texts{"[UNK]"});
  CHECK(pieces("xunaffable") == Texts{"[UNK]"});
  CHECK(pieces("aab") == Texts{"a", "##ab"});
  CHECK(pieces("ee zzz") == Texts{"e", "##e", "[UNK]"});
  std::string word;
  for (int i = 0; i < 100; ++i) word += "ab";
  CHECK(pieces(word).size() == 100);
  CHECK(pieces(word.append("b")) == Texts{"[UNK]"});
}

TEST_CASE("keras-bert keeps what matched and makes one unknown of each other character") {
  const Vocab vocab(kSmallVocab, VocabReader::kKerasBert);
  const Tokenizer tokenizer(vocab);
  const auto ids = [&](const std::string& word) { return tokenizer.kerasBertIds(word, kNone); };
  const auto id = [&](const char* token) { return *vocab.id(token); };
  using Ids = std::vector<int32_t>;
  CHECK(ids("unaffable") == Ids{id("un"), id("##aff"), id("##able")});
  CHECK(ids("runs") == Ids{id("run"), 0});
  CHECK(ids("unwantedx") == Ids{id("un"), id("##want"), id("##ed"), 0});
  CHECK(ids("xunaffable") == Ids{0, 0, 0, id("##aff"), id("##able")});
  CHECK(ids("zzz") == Ids{0, 0, 0});
  std::string word;
  for (int i = 0; i < 101; ++i) word += "ab";
  CHECK(ids(word).size() == 101);  // no limit
  const Vocab no_unknown("a\n", VocabReader::kKerasBert);
  CHECK(Tokenizer(no_unknown).kerasBertIds("ab", kNone) == Ids{0, -1});
}

TEST_CASE("offsets count UTF-16 units of the text as given") {
  const Vocab vocab("[UNK]\ne\n##f\n😀\nmask\n[MASK]\n", VocabReader::kGoogle);
  const std::vector<Token> tokens = Tokenizer(vocab).tokenize("😀 É\u0301F x[MASK]", {.keep_special = true});
  REQUIRE(tokens.size() == 5);
  const std::pair<uint32_t, uint32_t> expected[] = {{0, 2}, {3, 4}, {5, 6}, {7, 8}, {8, 14}};
  for (size_t i = 0; i < 5; ++i) CHECK(std::pair(tokens[i].start, tokens[i].end) == expected[i]);
  CHECK(tokens[4].text == "[MASK]");
}

TEST_CASE("special tokens stay whole only when asked for and known") {
  const Vocab vocab("[UNK]\n[MASK]\nmask\n[\n]\n", VocabReader::kGoogle);
  const Tokenizer tokenizer(vocab);
  using Texts = std::vector<std::string>;
  CHECK(textsOf(tokenizer.tokenize("[MASK]", {})) == Texts{"[", "mask", "]"});
  CHECK(textsOf(tokenizer.tokenize("mask[MASK][", {.keep_special = true})) == Texts{"mask", "[MASK]", "["});
  CHECK(textsOf(tokenizer.tokenize("[mask]", {.keep_special = true})) == Texts{"[", "mask", "]"});
  CHECK(textsOf(tokenizer.tokenize("[SEP]", {.keep_special = true})) == Texts{"[", "[UNK]", "]"});
}

TEST_CASE("sequences and pairs are framed and cut as Google's run_classifier.py does") {
  const Vocab vocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n", VocabReader::kGoogle);
  const Tokenizer tokenizer(vocab);
  const std::string_view pair = "b b b";
  using Ids = std::vector<int32_t>;
  CHECK(tokenizer.encode("a a", nullptr, {}).input_ids == Ids{2, 4, 4, 3});
  const Encoding both = tokenizer.encode("a a a a", &pair, {});
  CHECK(both.input_ids == Ids{2, 4, 4, 4, 4, 3, 5, 5, 5, 3});
  CHECK(both.token_type_ids == Ids{0, 0, 0, 0, 0, 0, 1, 1, 1, 1});
  CHECK(both.attention_mask == Ids(10, 1));
  CHECK(both.offsets[0] == std::pair<uint32_t, uint32_t>(0, 0));
  CHECK(both.offsets[7] == std::pair<uint32_t, uint32_t>(2, 3));
  CHECK(tokenizer.encode("a a a a", &pair, {.max_length = 9}).input_ids == Ids{2, 4, 4, 4, 3, 5, 5, 5, 3});
  CHECK(tokenizer.encode("a a a a", &pair, {.max_length = 8}).input_ids == Ids{2, 4, 4, 4, 3, 5, 5, 3});
  CHECK(tokenizer.encode("a a a a", &pair, {.max_length = 1}).input_ids == Ids{2, 3, 3});
  CHECK(tokenizer.encode("a a a a", nullptr, {.max_length = 4}).input_ids == Ids{2, 4, 4, 3});
  CHECK(tokenizer.encode("a a a a", nullptr, {.add_special = false, .max_length = 3}).input_ids == Ids{4, 4, 4});
}

TEST_CASE("a vocabulary without [UNK] or [CLS] gives -1 in their place") {
  const Vocab vocab("a\n", VocabReader::kGoogle);
  CHECK(Tokenizer(vocab).encode("a b", nullptr, {}).input_ids == std::vector<int32_t>{-1, 0, -1, -1});
}

TEST_CASE("a megabyte in one word, or in words just short enough, takes no quadratic time") {
  const Vocab vocab(kSmallVocab, VocabReader::kGoogle), keras(kSmallVocab, VocabReader::kKerasBert);
  const std::string word(1'000'000, 'h');
  CHECK(Tokenizer(vocab).tokenize(word, {}).size() == 1);
  CHECK(Tokenizer(keras).kerasBertIds(word, kNone).size() == 1'000'000);
  std::string words;
  for (int i = 0; i < 5000; ++i) words.append(199, 'h').append(" ");
  const auto begin = std::chrono::steady_clock::now();
  CHECK(Tokenizer(vocab).tokenize(words, {}).size() == 5000 * 199);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
  CHECK(Tokenizer(vocab).tokenize(std::string(1'000'000, '['), {.keep_special = true}).size() == 1'000'000);
}
