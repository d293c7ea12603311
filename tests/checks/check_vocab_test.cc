#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <sstream>

#include "checks/judgement.h"
#include "checks/vocab_rows.h"
#include "text/casing.h"
#include "text/unicode.h"

using namespace bp;
using enum Consumer;
using enum Effect;

namespace {

std::string readFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE_MESSAGE(in.good(), path.string());
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

struct Setting {  // of a set that has nothing but a vocabulary and a number of rows
  std::string vocab = {};
  int64_t rows = 0;
  WeightsKind weights = WeightsKind::kTfBundle;
  std::string tokenizer_config = {};
  std::optional<std::string> text = {};
  const VocabRows* values = nullptr;
  std::vector<ConsumerSpec> consumers = defaultConsumers();
};

std::vector<Finding> check(const Setting& setting) {
  SetFacts facts;
  SetFile file;
  file.path = "set/vocab.txt";
  file.size = setting.vocab.size();
  file.role = FileRole::kVocab;
  if (setting.vocab.empty()) file.state = FileState::kEmpty;
  facts.files.push_back(file);
  facts.weights = setting.weights;
  facts.vocab_file = 0;
  facts.vocab_text = setting.vocab;
  uint64_t bad = UINT64_MAX;
  decodeUtf8(setting.vocab, &bad);
  if (bad != UINT64_MAX) {
    facts.vocab_is_text = false;
    facts.vocab_bad_offset = bad;
    facts.vocab_kind = "not UTF-8";
  }
  if (!setting.tokenizer_config.empty()) facts.tokenizer_config = BertConfig::parse("tokenizer_config.json", setting.tokenizer_config);
  const TensorTable table;
  CheckInput input;
  input.facts = &facts;
  input.table = &table;
  input.consumers = setting.consumers;
  input.text = setting.text;
  input.vocab_rows = setting.values;
  Judgement judgement(input);
  judgement.shape_sizes.vocab = setting.rows;
  checkVocab(judgement);
  return judgement.findings;
}

const Finding* find(const std::vector<Finding>& findings, Code code) {
  const auto found = std::find_if(findings.begin(), findings.end(), [&](const Finding& one) { return one.code == code; });
  return found == findings.end() ? nullptr : &*found;
}

Effect effectOn(const Finding& finding, Consumer consumer) {
  for (const Affected& one : finding.consumers) {
    if (one.consumer == consumer) return one.effect;
  }
  return kHarmless;
}

// [PAD] [UNK] [CLS] [SEP] [MASK] and then words.
std::string vocabOf(const std::vector<std::string>& words) {
  std::string text = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
  for (const std::string& word : words) text.append(word).append("\n");
  return text;
}

const std::vector<std::string> kWords = {"one", "two", "three", "four", "five"};

}  // namespace

TEST_CASE("the verdict of every loader on every vocabulary measured is the one it gave") {
  int compared = 0;
  for (const char* name : {"blank-end", "blank-line", "bom", "crlf", "duplicate", "fewer-lines", "gbk", "gbk-words", "more-lines", "no-mask", "no-unk",
                           "pad-not-zero", "u2028", "u2028-twice"}) {
    const std::filesystem::path folder = std::filesystem::path(BP_FIXTURES) / "tf" / (std::string("vocab-") + name);
    const Json told = Json::parse(readFile(folder / "case.json"), nullptr, false);
    REQUIRE(told.is_object());
    const std::filesystem::path set = folder / told["set"].get<std::string>();
    const Json config = Json::parse(readFile(set / "bert_config.json"), nullptr, false);
    const std::vector<Finding> findings = check({.vocab = readFile(set / "vocab.txt"), .rows = config["vocab_size"].get<int64_t>()});
    INFO(name);
    for (const auto& expected : told["severity"].items()) {
      const std::string code = expected.key();
      INFO(code);
      const auto found = std::find_if(findings.begin(), findings.end(), [&](const Finding& one) { return one.code.text() == code; });
      REQUIRE(found != findings.end());
      CHECK(severityName(severityOf(*found)) == expected.value().get<std::string>());
    }
    for (const ConsumerSpec& consumer : defaultConsumers()) {
      const Json& verdict = told["consumers"][std::string(consumerId(consumer.id))]["verdict"];
      if (verdict == "not-applicable") continue;
      Effect worst = kHarmless;
      for (const Finding& finding : findings) worst = std::min(worst, effectOn(finding, consumer.id));
      INFO(consumerId(consumer.id));
      CHECK((worst == kRefuses ? "refuses" : worst == kLoadsWrong ? "loads-wrong" : "loads") == verdict.get<std::string>());
      ++compared;
    }
  }
  CHECK(compared == 14 * 6);
}

TEST_CASE("Hugging Face sets: a lone carriage return shifts ids in transformers 4 only, a missing [UNK] stops both") {
  const auto measure = [](const char* name, int transformers) {
    const std::filesystem::path set = std::filesystem::path(BP_FIXTURES) / "hf" / name / "model";
    Setting setting{.vocab = readFile(set / "vocab.txt"), .rows = 110, .weights = WeightsKind::kOther};
    for (ConsumerSpec& consumer : setting.consumers) consumer.modes.transformers = transformers;
    return check(setting);
  };
  const auto five = measure("vocab-lone-cr", 5), four = measure("vocab-lone-cr", 4);
  REQUIRE(find(five, "vocab/line-shift"));
  CHECK(severityOf(*find(five, "vocab/line-shift")) == Severity::kNote);
  CHECK(find(five, "vocab/line-shift")->subject.line == 40);
  CHECK(find(five, "vocab/line-shift")->variant == "carriage-return");
  CHECK(effectOn(*find(four, "vocab/line-shift"), kHfNative) == kLoadsWrong);
  CHECK(effectOn(*find(measure("vocab-no-unk", 5), "vocab/special-missing"), kHfNative) == kRefuses);
  CHECK(effectOn(*find(measure("vocab-no-unk-bare", 5), "vocab/special-missing"), kHfNative) == kRefuses);
  CHECK(effectOn(*find(measure("vocab-too-long", 5), "vocab/more-lines-than-rows"), kHfNative) == kRefuses);
}

TEST_CASE("a good vocabulary gives notes only") {
  const auto findings = check({.vocab = vocabOf(kWords), .rows = 10});
  CHECK(find(findings, "vocab/casing"));
  for (const Finding& finding : findings) CHECK(severityOf(finding) == Severity::kNote);
  CHECK(findings.size() == 1);
}

TEST_CASE("bytes that are no text are named by line and byte") {
  const auto findings = check({.vocab = "[PAD]\n[UNK]\n\xb0\xa1\n", .rows = 3});
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].code == Code("vocab/not-text"));
  CHECK(findings[0].variant == "encoding");
  CHECK(findings[0].subject.line == 3);
  CHECK(findings[0].args["byte"] == "b0");
  CHECK(findings[0].evidence.seen_as == "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xb0 in position 12: invalid start byte");
  CHECK(findings[0].consumers.size() == 6);
  CHECK(check({.vocab = std::string("\xff\xfe[\0P\0", 6)})[0].variant == "utf-16");
}

TEST_CASE("words beyond the rows stop a loader only if its own reader counts that far") {
  const auto findings = check({.vocab = vocabOf({"one", "two", "two", "three", "four"}), .rows = 9});
  const Finding* more = find(findings, "vocab/more-lines-than-rows");
  REQUIRE(more);
  CHECK(more->subject.line == 10);
  CHECK(more->args["token"] == "four");
  CHECK(more->args["surplus"] == 1);
  CHECK(effectOn(*more, kGoogleBert) == kRefuses);
  CHECK(effectOn(*more, kHfConvert) == kRefuses);
  CHECK(effectOn(*more, kKerasBert) == kHarmless);  // the repeated word does not count there
  const Finding* shift = find(findings, "vocab/line-shift");
  REQUIRE(shift);
  CHECK(shift->args["right"] == "keras-bert");
  CHECK(shift->args["shift"] == 1);
  CHECK(shift->variant == "duplicate");
  CHECK(effectOn(*shift, kGoogleBert) == kLoadsWrong);
  CHECK(effectOn(*shift, kBert4keras) == kHarmless);
}

TEST_CASE("each way to shift lines is found at its line") {
  const struct {
    const char *text, *variant;
    size_t line;
    Effect google, converter, keras, bert4keras;
  } kCases[] = {
      {"[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\na\nc\n", "duplicate", 7, kHarmless, kHarmless, kLoadsWrong, kLoadsWrong},
      {"[PAD]\n[UNK]\n[CLS]\n[SEP]\n \na\n  \nc\n", "blank", 7, kHarmless, kHarmless, kLoadsWrong, kLoadsWrong},
      {"[PAD]\n[UNK]\n[CLS]\n[SEP]\n\u2028\na\n\u0085\nc\n", "line-end", 7, kHarmless, kHarmless, kLoadsWrong, kLoadsWrong},
      {"[PAD]\n[UNK]\n[CLS]\n[SEP]\na\x0b" "d\nb\nc\ne\n", "line-end", 5, kHarmless, kHarmless, kLoadsWrong, kLoadsWrong},
      {"[PAD]\n[UNK]\n[CLS]\n[SEP]\na\rd\nb\nc\ne\n", "carriage-return", 5, kHarmless, kLoadsWrong, kLoadsWrong, kLoadsWrong},
      {"[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb \nc\ne\n", "spaces", 6, kHarmless, kLoadsWrong, kHarmless, kHarmless},
      {"[PAD]\r[UNK]\r[CLS]\r[SEP]\ra\rb\rc\re\r", "carriage-return-only", 1, kRefuses, kHarmless, kHarmless, kHarmless},
  };
  for (const auto& one : kCases) {
    INFO(one.variant);
    const auto findings = check({.vocab = one.text, .rows = 8});
    const Finding* shift = find(findings, "vocab/line-shift");
    REQUIRE(shift);
    CHECK(shift->variant == one.variant);
    CHECK(shift->subject.line == one.line);
    CHECK(effectOn(*shift, kGoogleBert) == one.google);
    CHECK(effectOn(*shift, kModelGarden) == one.google);
    CHECK(effectOn(*shift, kHfConvert) == one.converter);
    CHECK(effectOn(*shift, kKerasBert) == one.keras);
    CHECK(effectOn(*shift, kBert4keras) == one.bert4keras);
    CHECK(!find(findings, "vocab/more-lines-than-rows"));
  }
}

TEST_CASE("near misses shift nothing: one U+2028, CR LF, one blank line at the end, white space no reader keeps") {
  for (const char* text : {"[PAD]\n[UNK]\n[CLS]\n[SEP]\n\u2028\na\n", "[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\na\r\nb\r\n", "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n\n",
                           "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb"}) {
    CHECK(!find(check({.vocab = text, .rows = 6}), "vocab/line-shift"));
  }
}

TEST_CASE("a blank line is in doubt, and was put in if the words then end one row too late") {
  const auto doubtful = check({.vocab = vocabOf({"one", "", "two"}), .rows = 8});
  REQUIRE(find(doubtful, "vocab/blank-line"));
  CHECK(severityOf(*find(doubtful, "vocab/blank-line")) == Severity::kWarning);
  CHECK(find(doubtful, "vocab/blank-line")->subject.line == 7);
  const auto put_in = check({.vocab = vocabOf({"one", "", "two"}), .rows = 7});
  CHECK(find(put_in, "vocab/blank-line")->variant == "put-in");
  CHECK(find(put_in, "vocab/blank-line")->args["shift"] == find(put_in, "vocab/more-lines-than-rows")->args["surplus"]);
  CHECK(effectOn(*find(put_in, "vocab/blank-line"), kKerasBert) == kRefuses);
  CHECK(!find(check({.vocab = vocabOf({"one", "two", ""}), .rows = 7}), "vocab/blank-line"));
}

TEST_CASE("line 344 of the Chinese vocabulary is U+2028, or an editor has been at it") {
  const auto chinese = [](const std::string& line) {
    std::string text;
    for (int i = 0; i < 21128; ++i) text += i == 343 ? line + "\n" : "w" + std::to_string(i) + "\n";
    return check({.vocab = text, .rows = 21128});
  };
  CHECK(!find(chinese("\u2028"), "vocab/blank-line"));
  for (const char* line : {"", "x"}) {
    const auto findings = chinese(line);
    REQUIRE(find(findings, "vocab/blank-line"));
    CHECK(find(findings, "vocab/blank-line")->variant == "separator");
    CHECK(find(findings, "vocab/blank-line")->subject.line == 344);
  }
}

TEST_CASE("a byte order mark stops Hugging Face at its first padded input and leaves [PAD] unknown elsewhere") {
  const std::string text = "\xEF\xBB\xBF" + vocabOf(kWords);
  const auto tf = check({.vocab = text, .rows = 10}), hf = check({.vocab = text, .rows = 10, .weights = WeightsKind::kOther});
  CHECK(effectOn(*find(tf, "vocab/byte-order-mark"), kGoogleBert) == kMayBeWrong);
  CHECK(effectOn(*find(hf, "vocab/byte-order-mark"), kHfNative) == kRefuses);
  CHECK(find(hf, "vocab/byte-order-mark")->variant == "hf");
  CHECK(find(tf, "vocab/pad-not-zero")->variant == "cannot-occur");
}

TEST_CASE("a word at id 0 is masked by keras-bert and bert4keras if a text can hold it") {
  const auto at_zero = [](const std::string& token) {
    return check({.vocab = token + "\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n[PAD]\none\ntwo\n", .rows = 8});
  };
  for (const char* token : {"word", "##s", ",", "中"}) {
    const auto findings = at_zero(token);
    REQUIRE(find(findings, "vocab/pad-not-zero"));
    CHECK(effectOn(*find(findings, "vocab/pad-not-zero"), kKerasBert) == kLoadsWrong);
    CHECK(effectOn(*find(findings, "vocab/pad-not-zero"), kGoogleBert) == kHarmless);
    CHECK(find(findings, "vocab/pad-not-zero")->args["pad"] == 5);
  }
  for (const char* token : {"[unused1]", "##", "ab,c"}) {
    CHECK(severityOf(*find(at_zero(token), "vocab/pad-not-zero")) == Severity::kNote);
  }
  CHECK(!find(check({.vocab = vocabOf(kWords), .rows = 10}), "vocab/pad-not-zero"));
}

TEST_CASE("missing special tokens stop whoever needs them") {
  const auto without = [](const std::string& token, WeightsKind weights = WeightsKind::kTfBundle, std::string config = "") {
    std::string text = vocabOf(kWords);
    text.replace(text.find(token), token.size(), "word");
    return check({.vocab = text, .rows = 10, .weights = weights, .tokenizer_config = std::move(config)});
  };
  const auto unknown = without("[UNK]"), classify = without("[CLS]"), mask = without("[MASK]");
  CHECK(effectOn(*find(unknown, "vocab/special-missing"), kKerasBert) == kRefuses);
  CHECK(effectOn(*find(classify, "vocab/special-missing"), kKerasBert) == kLoadsWrong);
  CHECK(effectOn(*find(classify, "vocab/special-missing"), kGoogleBert) == kRefuses);
  CHECK(find(classify, "vocab/special-missing")->evidence.seen_as == "KeyError: '[CLS]'");
  CHECK(severityOf(*find(mask, "vocab/special-missing")) == Severity::kNote);
  CHECK(find(mask, "vocab/special-missing")->variant == "mask");
  // A Hugging Face set may call its tokens as it likes.
  CHECK(find(without("[UNK]", WeightsKind::kOther), "vocab/special-missing"));
  CHECK(!find(without("[UNK]", WeightsKind::kOther, R"({"unk_token": "word"})"), "vocab/special-missing"));
  CHECK(!find(without("[CLS]", WeightsKind::kOther, R"({"cls_token": {"content": "word"}})"), "vocab/special-missing"));
  const auto empty = check({.vocab = "", .rows = 10});
  CHECK(find(empty, "vocab/special-missing")->args["count"] == 3);
}

TEST_CASE("fewer lines than rows are a padded table, or a simplified list beside a full one") {
  const auto padded = check({.vocab = vocabOf(kWords), .rows = 16});
  CHECK(severityOf(*find(padded, "vocab/fewer-lines")) == Severity::kNote);
  CHECK(find(padded, "vocab/fewer-lines")->args["unused"] == 6);
  const auto simplified = check({.vocab = vocabOf(kWords), .rows = 21128});
  CHECK(find(simplified, "vocab/fewer-lines")->variant == "simplified");
  CHECK(effectOn(*find(simplified, "vocab/fewer-lines"), kBert4keras) == kMayBeWrong);
  CHECK(effectOn(*find(simplified, "vocab/fewer-lines"), kGoogleBert) == kHarmless);
}

TEST_CASE("the casing a vocabulary was made for is told from its words, and held against what is given") {
  CHECK(find(check({.vocab = vocabOf(kWords)}), "vocab/casing")->args["best"] == "lower-strip");
  CHECK(find(check({.vocab = vocabOf({"one", "über"})}), "vocab/casing")->args["best"] == "lower");
  CHECK(find(check({.vocab = vocabOf({"One", "uber"})}), "vocab/casing")->args["best"] == "strip");
  CHECK(find(check({.vocab = vocabOf({"One", "über"})}), "vocab/casing")->args["best"] == "none");
  const auto given = [](const char* config) {
    return *find(check({.vocab = vocabOf(kWords), .weights = WeightsKind::kOther, .tokenizer_config = config}), "vocab/casing");
  };
  CHECK(effectOn(given(R"({"do_lower_case": false})"), kHfNative) == kMayBeWrong);
  CHECK(given(R"({"do_lower_case": false})").args["given"] == "none");
  CHECK(effectOn(given(R"({"do_lower_case": true, "strip_accents": null})"), kHfNative) == kHarmless);
  CHECK(effectOn(given(R"({"do_lower_case": true, "strip_accents": false})"), kHfNative) == kMayBeWrong);
  CHECK(effectOn(given(R"({"model_max_length": 512})"), kHfNative) == kHarmless);
}

TEST_CASE("special ids that are not those of the release with as many rows point to another model") {
  std::string released, other;
  for (int i = 0; i < 30522; ++i) {
    static constexpr const char* kSpecials[] = {"[UNK]", "[CLS]", "[SEP]", "[MASK]"};
    const std::string word = "w" + std::to_string(i);
    const bool special = i == 0 || (i >= 100 && i <= 103), moved = i < 5;
    released.append(i == 0 ? "[PAD]" : special ? kSpecials[i - 100] : word).append("\n");
    other.append(i == 0 ? "[PAD]" : moved ? kSpecials[i - 1] : word).append("\n");
  }
  CHECK(!find(check({.vocab = released, .rows = 30522}), "vocab/other-model"));
  const auto findings = check({.vocab = other, .rows = 30522});
  REQUIRE(find(findings, "vocab/other-model"));
  CHECK(find(findings, "vocab/other-model")->variant == "special-ids");
  CHECK(find(findings, "vocab/other-model")->args["found"]["[UNK]"] == 1);
  CHECK(find(findings, "vocab/other-model")->args["expected"]["[UNK]"] == 100);
  CHECK(!find(check({.vocab = other, .rows = 30000}), "vocab/other-model"));
}

namespace {

// A table as training leaves it: rows of words spread widely in norm, those never met lie close; their MLM bias is low.
struct TrainedTable {
  static constexpr uint32_t kRows = 1000, kWidth = 64, kUnused = 100;
  TensorTable table;

  TrainedTable() {
    for (const Shape& shape : {Shape{kRows, kWidth}, Shape{kRows}}) {
      TensorInfo tensor;
      tensor.name = shape.size() == 2 ? "words" : "bias";
      tensor.shape = shape;
      tensor.parts.push_back({});
      table.add(tensor);
    }
  }
  VocabRows gather(double word_spread) const {
    std::mt19937 random(7);
    std::normal_distribution<float> normal;
    VocabRows rows(table, 0, 1);
    std::vector<float> words, bias;
    for (uint32_t row = 0; row < kRows; ++row) {
      const bool unused = row >= 10 && row < 10 + kUnused;
      const double norm = unused ? 0.5 : std::max(0.1, 1.0 + word_spread * normal(random));
      for (uint32_t i = 0; i < kWidth; ++i) words.push_back(static_cast<float>(norm) * normal(random));
      bias.push_back((unused ? -2.0f : 0.0f) + 0.5f * normal(random));
    }
    const std::span<const float> all(words);
    rows.take(0, 0, 0, all.first(100));  // a chunk ends inside a row
    rows.take(0, 0, 100, all.subspan(100));
    rows.take(1, 0, 0, bias);
    return rows;
  }
};

std::string vocabWithUnusedAt(uint32_t first) {
  std::string text = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
  for (uint32_t row = 5; row < TrainedTable::kRows; ++row) {
    const bool unused = row >= first && row < first + TrainedTable::kUnused;
    text.append(unused ? "[unused" : "w").append(std::to_string(row)).append(unused ? "]\n" : "\n");
  }
  return text;
}

}  // namespace

TEST_CASE("norms and MLM bias of rows the vocabulary calls unused tell whether it is theirs") {
  const TrainedTable trained;
  const VocabRows values = trained.gather(0.3);
  CHECK(!find(check({.vocab = vocabWithUnusedAt(10), .rows = 1000, .values = &values}), "vocab/other-model"));
  const auto findings = check({.vocab = vocabWithUnusedAt(500), .rows = 1000, .values = &values});
  REQUIRE(find(findings, "vocab/other-model"));
  CHECK(find(findings, "vocab/other-model")->variant == "norms");
  // Where all norms lie close, as in a fresh table, only the bias tells.
  const VocabRows close = trained.gather(0);
  const auto by_bias = check({.vocab = vocabWithUnusedAt(500), .rows = 1000, .values = &close});
  REQUIRE(find(by_bias, "vocab/other-model"));
  CHECK(find(by_bias, "vocab/other-model")->variant == "bias");
  CHECK(!find(check({.vocab = vocabWithUnusedAt(10), .rows = 1000, .values = &close}), "vocab/other-model"));
}

TEST_CASE("values that are no numbers say nothing of the vocabulary") {
  const TrainedTable trained;
  VocabRows nan(trained.table, 0, 1);
  nan.take(0, 0, 0, std::vector<float>(TrainedTable::kRows * TrainedTable::kWidth, std::numeric_limits<float>::quiet_NaN()));
  CHECK(!find(check({.vocab = vocabWithUnusedAt(500), .rows = 1000, .values = &nan}), "vocab/other-model"));
}

TEST_CASE("a text with unknown words gets other ids from keras-bert") {
  const std::string text = vocabOf({"run", "##ning", "a"});
  const auto findings = check({.vocab = text, .rows = 8, .text = "a runs running"});
  const Finding* rule = find(findings, "vocab/unknown-word-rule");
  REQUIRE(rule);
  CHECK(rule->args["word"] == "runs");
  CHECK(rule->args["google"] == Json::array({1}));
  CHECK(rule->args["keras"] == Json::array({5, 1}));
  CHECK(rule->evidence.items.size() == 1);
  CHECK(effectOn(*rule, kKerasBert) == kMayBeWrong);
  CHECK(rule->consumers.size() == 1);
  CHECK(!find(check({.vocab = text, .rows = 8, .text = "a running run"}), "vocab/unknown-word-rule"));
  CHECK(!find(check({.vocab = text, .rows = 8, .weights = WeightsKind::kOther, .text = "a runs"}), "vocab/unknown-word-rule"));
}
