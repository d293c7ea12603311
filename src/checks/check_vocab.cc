// Is the vocabulary a text that its readers can take, with the tokens they need where they need them?
#include "checks/check_vocab.h"

#include <algorithm>

#include "bytes/json_text.h"
#include "text/unicode.h"

namespace bp {
namespace {

using enum Consumer;
using enum Effect;

constexpr size_t kShownBytes = 8;

std::string hexBytes(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes.substr(0, kShownBytes)) {
    const auto value = static_cast<unsigned char>(byte);
    text.append(text.empty() ? "" : " ").append({kDigits[value >> 4], kDigits[value & 15]});
  }
  return text;
}

void checkIsText(Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  const std::string& path = judgement.path(facts.vocab_file);
  const std::string_view text = facts.vocab_text;
  Finding finding{"vocab/not-text"};
  finding.subject = {SubjectKind::kFile, path, "", 0};
  finding.consumers = judgement.each([](const ConsumerSpec&, const Outcome&) { return std::optional(kRefuses); });
  put(finding.args, "is", facts.vocab_kind, "first", hexBytes(text));
  set(finding.evidence.found, hexBytes(text));
  set(finding.evidence.expected, "UTF-8 text, one token a line");
  finding.evidence.at = Place{path, 0, std::min<uint64_t>(text.size(), kShownBytes)};
  if (facts.vocab_kind == "not UTF-8") {
    const JsonFault fault = parseJsonText(text).fault;  // which speaks of the first such byte
    const uint64_t bad = facts.vocab_bad_offset;
    const std::string_view at = text.substr(static_cast<size_t>(std::min<uint64_t>(bad, text.size())), 1);
    finding.variant = text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") ? "utf-16" : "encoding";
    finding.subject = {SubjectKind::kVocabLine, path, "", fault.place.line};
    put(finding.args, "line", fault.place.line);
    put(finding.args, "byte", hexBytes(at));
    put(finding.args, "offset", bad);
    set(finding.evidence.found, hexBytes(at));
    finding.evidence.at = Place{path, bad, 1};
    finding.evidence.seen_as = "UnicodeDecodeError: " + fault.expected;
  } else if (facts.vocab_kind == "json" || facts.vocab_kind == "sentencepiece") {
    finding.variant = facts.vocab_kind;
  } else {
    finding.variant = "binary";
  }
  judgement.add(std::move(finding));
}

void checkMark(Judgement& judgement, const VocabView& vocab) {
  if (!vocab.text.starts_with("\xEF\xBB\xBF")) return;
  Finding finding = vocab.onLine("vocab/byte-order-mark", 0, vocab.google().token(0));
  // The first padded input reaches for the row of [PAD], which is not in the vocabulary and gets an id past the table.
  finding.consumers = judgement.each(
      [](const ConsumerSpec& consumer, const Outcome&) { return std::optional(consumer.id == kHfNative ? kRefuses : kMayBeWrong); });
  finding.variant = judgement.isTfSet() ? "" : "hf";
  put(finding.args, "found", "ef bb bf", "token", vocab.google().token(0));
  set(finding.evidence.found, "ef bb bf");
  finding.evidence.at = Place{vocab.path, 0, 3};
  if (!judgement.isTfSet()) finding.evidence.seen_as = "IndexError: index out of range in self";
  judgement.add(std::move(finding));
}

// Whether a text can hold this token: the tokenizer leaves it whole, as a word or as the rest of one.
bool canOccur(std::string_view token, Casing casing) {
  if (token.starts_with("##") && token.size() > 2) token.remove_prefix(2);
  const std::u32string word = decodeUtf8Lossy(token);
  const std::vector<Piece> pieces = basicTokens(word, casing);
  return pieces.size() == 1 && pieces[0].text == word;
}

// keras-bert and bert4keras take id 0 for padding and mask it, whatever it means.
void checkPadding(Judgement& judgement, const VocabView& vocab) {
  const std::string_view first = vocab.google().token(0);
  if (vocab.lines.empty() || first == "[PAD]") return;
  const bool occurs = canOccur(first, vocab.casing.best());
  const auto masks = [](const ConsumerSpec& consumer) { return consumer.id == kKerasBert || consumer.id == kBert4keras; };
  Finding finding = vocab.onLine("vocab/pad-not-zero", 0, first);
  finding.consumers = judgement.each(
      [&](const ConsumerSpec& consumer, const Outcome&) { return std::optional(masks(consumer) && occurs ? kLoadsWrong : kHarmless); });
  const bool masked = std::any_of(finding.consumers.begin(), finding.consumers.end(), [](const Affected& one) { return one.effect == kLoadsWrong; });
  finding.variant = masked ? "" : occurs ? "not-masked" : "cannot-occur";
  const std::optional<int32_t> pad = vocab.google().id("[PAD]");
  put(finding.args, "token", first, "pad", pad ? Json(*pad) : Json());
  set(finding.evidence.found, first);
  set(finding.evidence.expected, "[PAD]");
  finding.evidence.at = vocab.placeOf(0);
  judgement.add(std::move(finding));
}

// What a Hugging Face tokenizer is told to call it, which a tokenizer_config.json may change.
std::string hfSpelling(const Judgement& judgement, std::string_view key, std::string_view usual) {
  const auto& config = judgement.facts().tokenizer_config;
  const JsonMember* member = config ? config->find(key) : nullptr;
  if (member == nullptr) return std::string(usual);
  const Json& value = member->value;
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object() && value.contains("content") && value["content"].is_string()) return value["content"].get<std::string>();
  return std::string(usual);
}

struct Special {
  std::string_view key, token;
};
constexpr Special kNeeded[] = {{"unk_token", "[UNK]"}, {"cls_token", "[CLS]"}, {"sep_token", "[SEP]"}};

std::vector<std::string> absentFor(const Judgement& judgement, const VocabView& vocab, const ConsumerSpec& consumer) {
  const bool hugging_face = consumer.id == kHfNative || consumer.id == kHfConvert;
  std::vector<std::string> absent;
  for (const Special& special : kNeeded) {
    const std::string token = hugging_face ? hfSpelling(judgement, special.key, special.token) : std::string(special.token);
    if (!vocab.by(vocabReaderOf(consumer)).id(token)) absent.push_back(token);
  }
  // The first padded input takes [PAD]; a byte order mark before it is told of by itself.
  const std::string pad = hfSpelling(judgement, "pad_token", "[PAD]");
  if (consumer.id == kHfNative && !vocab.text.starts_with("\xEF\xBB\xBF") && !vocab.by(vocabReaderOf(consumer)).id(pad)) absent.push_back(pad);
  return absent;
}

void checkSpecials(Judgement& judgement, const VocabView& vocab) {
  std::vector<std::string> absent;
  Finding finding = vocab.onFile("vocab/special-missing");
  finding.consumers = judgement.each([&](const ConsumerSpec& consumer, const Outcome&) -> std::optional<Effect> {
    const std::vector<std::string> missing = absentFor(judgement, vocab, consumer);
    if (missing.empty()) return std::nullopt;
    for (const std::string& token : missing) {
      if (std::find(absent.begin(), absent.end(), token) == absent.end()) absent.push_back(token);
    }
    const bool unknown_stands_in = consumer.id == kKerasBert || consumer.id == kBert4keras;  // for [CLS] and [SEP]
    return unknown_stands_in && missing[0] != "[UNK]" ? kLoadsWrong : kRefuses;
  });
  if (absent.empty()) {
    const std::string mask = judgement.isTfSet() ? "[MASK]" : hfSpelling(judgement, "mask_token", "[MASK]");
    if (vocab.google().id(mask)) return;
    absent.push_back(mask);
    finding.variant = "mask";
    finding.consumers = judgement.each([](const ConsumerSpec&, const Outcome&) { return std::optional(kHarmless); });
  } else {
    finding.evidence.seen_as = judgement.isTfSet() ? "KeyError: '" + absent[0] + "'"
                               : absent[0] == "[UNK]" ? "WordPiece error: Missing [UNK] token from the vocabulary"
                                                      : "IndexError: index out of range in self";
  }
  put(finding.args, "tokens", absent, "token", absent[0], "count", absent.size());
  set(finding.evidence.expected, absent);
  finding.evidence.items = absent;
  judgement.add(std::move(finding));
}

}  // namespace

VocabView::VocabView(const Judgement& judgement)
    : path(judgement.path(judgement.facts().vocab_file)),
      text(judgement.facts().vocab_text),
      readings(*judgement.vocabReadings()),
      lines(readings.lines),
      casing(readings.casing),
      rows(judgement.shape_sizes.vocab) {}

Finding VocabView::onFile(Code code) const {
  Finding finding{code};
  finding.subject = {SubjectKind::kFile, path, "", 0};
  return finding;
}

Finding VocabView::onLine(Code code, size_t line, std::string_view token) const {
  Finding finding{code};
  finding.subject = {SubjectKind::kVocabLine, path, std::string(token), static_cast<uint32_t>(line + 1)};
  return finding;
}

int64_t highestId(const Vocab& vocab) {
  int32_t id = vocab.maxId();
  while (id >= 0 && vocab.token(id).empty()) --id;
  return id;
}

void checkVocab(Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  if (facts.vocab_file == kNoFile) return;
  const FileState state = facts.files[facts.vocab_file].state;
  if (state != FileState::kAsNamed && state != FileState::kEmpty) return;
  if (!facts.vocab_is_text) return checkIsText(judgement);
  const VocabView vocab(judgement);
  checkVocabRows(judgement, vocab);
  checkVocabLines(judgement, vocab);
  checkMark(judgement, vocab);
  checkPadding(judgement, vocab);
  checkSpecials(judgement, vocab);
  checkVocabModel(judgement, vocab);
}

}  // namespace bp
