// Is the vocabulary the one the weights were trained with, in the casing it is read with, and do its words get the
// same ids from keras-bert as from Google's code?
#include <algorithm>
#include <cmath>
#include <set>

#include "checks/check_vocab.h"
#include "checks/fixes.h"
#include "checks/thresholds.h"
#include "checks/vocab_rows.h"
#include "text/probe_text.h"
#include "text/unicode.h"

namespace bp {
namespace {

using enum Consumer;
using enum Effect;

// --- casing ---------------------------------------------------------------------------------------------------

// How each loader that concerns is told.
std::string casingCode(const Judgement& judgement, const VocabView& vocab, Casing casing) {
  const std::string path = pythonText(vocab.path), lower = casing.lower ? "True" : "False";
  std::string code;
  for (size_t i = 0; i < judgement.consumers().size(); ++i) {
    if (!judgement.outcomes[i].applies) continue;
    std::string line;
    switch (judgement.consumers()[i].id) {
      case kKerasBert: line = "Tokenizer(load_vocabulary(" + path + "), cased=" + (casing.lower ? "False" : "True") + ")  # keras-bert"; break;
      case kBert4keras: line = "Tokenizer(" + path + ", do_lower_case=" + lower + ")  # bert4keras"; break;
      case kGoogleBert: line = "--do_lower_case=" + lower + "  # google-bert"; break;
      case kHfConvert:
      case kHfNative:
        line = "BertTokenizer(" + path + ", do_lower_case=" + lower + ", strip_accents=" + (casing.strip_accents ? "True" : "False") + ")  # transformers";
        break;
      case kModelGarden:
      case kBertForTf2: line = "FullTokenizer(" + path + ", do_lower_case=" + lower + ")  # " + std::string(consumerId(judgement.consumers()[i].id)); break;
    }
    if (code.find(line) == std::string::npos) code += (code.empty() ? "" : "\n") + line;
  }
  return code;
}

void checkCasing(Judgement& judgement, const VocabView& vocab) {
  if (vocab.casing.words == 0) return;
  const Casing best = vocab.casing.best();
  const std::optional<Casing> given = givenCasing(judgement);
  const bool other = given && *given != best;
  Finding finding = vocab.onFile("vocab/casing");
  finding.certainty = Certainty::kLikely;
  // A call says it to every loader, a file to those who read it.
  const bool by_call = judgement.input().paste.lower.has_value();
  finding.consumers = judgement.each([&](const ConsumerSpec& consumer, const Outcome&) {
    return std::optional(other && (by_call || consumer.id == kHfNative || consumer.id == kHfConvert) ? kMayBeWrong : kHarmless);
  });
  Json shares = Json::object();
  for (size_t i = 0; i < kCasings.size(); ++i) {
    // Rounded down, so that 100 % means all.
    shares[std::string(casingName(kCasings[i]))] = std::floor(vocab.casing.share(i) * 1000) / 10;
  }
  finding.variant = !other ? "" : by_call ? "call" : "given";
  put(finding.args, "best", casingName(best), "shares", shares, "words", vocab.casing.words, "given",
      given ? Json(casingName(*given)) : Json());
  set(finding.evidence.found, given ? Json(casingName(*given)) : shares);
  set(finding.evidence.expected, casingName(best));
  if (other && !by_call) finding.evidence.why = {vocab.path, judgement.facts().tokenizer_config->file()};
  finding.paste = Paste{PasteKind::kCode, casingCode(judgement, vocab, best)};
  judgement.add(std::move(finding));
}

// --- the model ------------------------------------------------------------------------------------------------

Finding otherModel(const Judgement& judgement, const VocabView& vocab, std::string variant) {
  Finding finding = vocab.onFile("vocab/other-model");
  finding.certainty = Certainty::kLikely;
  finding.consumers = judgement.each([](const ConsumerSpec&, const Outcome&) { return std::optional(kMayBeWrong); });
  finding.variant = std::move(variant);
  put(finding.args, "rows", vocab.rows, "lines", vocab.lineCount());
  return finding;
}

// The five tokens stand at the same ids in all of Google's releases.
bool checkSpecialIds(Judgement& judgement, const VocabView& vocab) {
  static constexpr std::pair<std::string_view, int32_t> kReleased[] = {{"[PAD]", 0}, {"[UNK]", 100}, {"[CLS]", 101}, {"[SEP]", 102}, {"[MASK]", 103}};
  const bool released = std::find(std::begin(kReleasedRows), std::end(kReleasedRows), vocab.rows) != std::end(kReleasedRows);
  if (!released || vocab.lineCount() != vocab.rows) return false;
  Json found = Json::object(), expected = Json::object();
  std::vector<std::string> items;
  for (const auto& [token, id] : kReleased) {
    const std::optional<int32_t> own = vocab.google().id(token);
    if (!own || *own == id) continue;
    found[std::string(token)] = *own;
    expected[std::string(token)] = id;
    items.push_back(std::string(token) + ": " + std::to_string(*own) + ", not " + std::to_string(id));
  }
  if (items.empty()) return false;
  Finding finding = otherModel(judgement, vocab, "special-ids");
  put(finding.args, "found", found);
  put(finding.args, "expected", expected);
  set(finding.evidence.found, found);
  set(finding.evidence.expected, expected);
  finding.evidence.items = std::move(items);
  judgement.add(std::move(finding));
  return true;
}

double quantile(std::vector<double> values, double share) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

double middleHalf(const std::vector<double>& values) { return quantile(values, 0.75) - quantile(values, 0.25); }

// Values of the rows that the vocabulary says were never met in training, and of all others.
struct Parted {
  std::vector<double> unused, others;
  bool enough() const { return unused.size() >= kUnusedMinimum && others.size() >= kUnusedMinimum; }
};

Parted part(const VocabView& vocab, const std::vector<double>& values) {
  Parted parted;
  if (std::any_of(values.begin(), values.end(), [](double value) { return !std::isfinite(value); })) return parted;
  for (size_t id = 0; id < values.size(); ++id) {
    const bool unused = vocab.google().token(static_cast<int32_t>(id)).starts_with("[unused");
    (unused ? parted.unused : parted.others).push_back(values[id]);
  }
  return parted;
}

bool checkNorms(Judgement& judgement, const VocabView& vocab, const VocabRows& rows) {
  const Parted norms = part(vocab, rows.norms());
  if (!norms.enough()) return false;
  // Rows of independent normal numbers: the middle half of their norms spans 1.35 standard deviations, 1/sqrt(2 width) of the norm each.
  const double fresh = 1.35 / std::sqrt(2.0 * static_cast<double>(rows.width()));
  const double spread = middleHalf(norms.others);
  if (spread < kTrainedNormSpread * fresh * quantile(norms.others, 0.5)) return false;
  const double share = middleHalf(norms.unused) / spread;
  if (share <= kUnusedNormSpread) return false;
  Finding finding = otherModel(judgement, vocab, "norms");
  put(finding.args, "unused", norms.unused.size());
  put(finding.args, "share", std::round(share * 100));
  set(finding.evidence.found, std::round(share * 1000) / 1000);
  set(finding.evidence.expected, kUnusedNormSpread);
  judgement.add(std::move(finding));
  return true;
}

bool checkBias(Judgement& judgement, const VocabView& vocab, const VocabRows& rows) {
  const std::vector<double> bias(rows.bias().begin(), rows.bias().end());
  const Parted parted = part(vocab, bias);
  if (!parted.enough()) return false;
  const double median = quantile(parted.unused, 0.5);
  if (median <= quantile(bias, kUnusedBiasQuarter)) return false;
  const auto below = static_cast<double>(std::count_if(bias.begin(), bias.end(), [&](double value) { return value < median; }));
  const double rank = std::round(100 * below / static_cast<double>(bias.size()));
  Finding finding = otherModel(judgement, vocab, "bias");
  put(finding.args, "unused", parted.unused.size());
  put(finding.args, "rank", rank);
  set(finding.evidence.found, rank);
  set(finding.evidence.expected, 100 * kUnusedBiasQuarter);
  judgement.add(std::move(finding));
  return true;
}

void checkOtherModel(Judgement& judgement, const VocabView& vocab) {
  if (checkSpecialIds(judgement, vocab)) return;
  const VocabRows* rows = judgement.input().vocab_rows;
  if (rows == nullptr) return;
  if (checkNorms(judgement, vocab, *rows)) return;
  checkBias(judgement, vocab, *rows);
}

// --- unknown words --------------------------------------------------------------------------------------------

std::vector<std::string> wordsOf(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char32_t c : decodeUtf8Lossy(text)) {
    if (!isSpace(c)) appendUtf8(words.back(), c);
    else if (!words.back().empty()) words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

std::string idsText(const std::vector<int32_t>& ids) {
  std::string text;
  for (const int32_t id : ids) text.append(text.empty() ? "" : " ").append(std::to_string(id));
  return text;
}

// Google gives one [UNK] for a word that does not fit as a whole; keras-bert keeps the pieces that do.
void checkUnknownWords(Judgement& judgement, const VocabView& vocab) {
  const std::vector<Affected> affected = judgement.these({kKerasBert}, kMayBeWrong);
  const std::optional<int32_t> unknown = vocab.google().id("[UNK]");
  if (affected.empty() || !unknown) return;
  std::vector<std::string> words;
  const bool given = judgement.input().text.has_value();
  if (given) {
    words = wordsOf(*judgement.input().text);
  } else {
    for (const ProbeSentence& sentence : probeText(vocab.google()).sentences) {
      const std::vector<std::string> more = wordsOf(std::string(sentence.before).append(sentence.word).append(sentence.after));
      words.insert(words.end(), more.begin(), more.end());
    }
  }
  const Tokenizer tokenizer(vocab.google());
  const Casing casing = vocab.casing.best();
  std::set<std::string> seen;
  std::vector<std::string> items;
  std::string first;
  std::vector<int32_t> first_google, first_keras;
  for (const std::string& word : words) {
    if (!seen.insert(word).second) continue;
    std::vector<int32_t> google;
    for (const Token& token : tokenizer.tokenize(word, {.casing = casing})) google.push_back(token.id);
    const std::vector<int32_t> keras = tokenizer.kerasBertIds(word, casing);
    if (google == keras) continue;
    if (items.empty()) {
      first = word;
      first_google = google;
      first_keras = keras;
    }
    items.push_back(word + ": google-bert " + idsText(google) + ", keras-bert " + idsText(keras));
  }
  // Sentences of ours in a language the vocabulary was not made for say nothing.
  if (items.empty() || (!given && 2 * items.size() > seen.size())) return;
  Finding finding = vocab.onFile("vocab/unknown-word-rule");
  finding.consumers = affected;
  finding.variant = given ? "" : "probe";
  put(finding.args, "word", first, "google", first_google, "keras", first_keras, "count", items.size(), "words", seen.size());
  set(finding.evidence.found, first_keras);
  set(finding.evidence.expected, first_google);
  finding.evidence.items = std::move(items);
  finding.paste = Paste{PasteKind::kCode, "from tokenization import FullTokenizer  # of google-research/bert\n"
                                          "tokenizer = FullTokenizer(" + pythonText(vocab.path) + ", do_lower_case=" + (casing.lower ? "True" : "False") + ")\n"
                                          "ids = tokenizer.convert_tokens_to_ids(['[CLS]'] + tokenizer.tokenize(text) + ['[SEP]'])"};
  judgement.add(std::move(finding));
}

}  // namespace

std::optional<Casing> givenCasing(const Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  if (const auto lower = judgement.input().paste.lower) return Casing{*lower, *lower};
  if (!facts.tokenizer_config) return std::nullopt;
  const std::optional<bool> lower = facts.tokenizer_config->boolean("do_lower_case");
  const std::optional<bool> strip = facts.tokenizer_config->boolean("strip_accents");
  if (!lower && !strip) return std::nullopt;
  const bool lowers = lower.value_or(true);
  return Casing{lowers, strip.value_or(lowers)};
}

void checkVocabModel(Judgement& judgement, const VocabView& vocab) {
  checkCasing(judgement, vocab);
  checkOtherModel(judgement, vocab);
  checkUnknownWords(judgement, vocab);
}

}  // namespace bp
