// Does every line mean the same id to each of the five readers, and as many words as the word table has rows?
#include <algorithm>
#include <set>
#include <unordered_set>

#include "checks/check_vocab.h"
#include "checks/fixes.h"
#include "checks/thresholds.h"
#include "text/unicode.h"

namespace bp {
namespace {

using enum Consumer;
using enum Effect;

constexpr std::string_view kReaderNames[kVocabReaderCount] = {"google-bert", "hf-convert", "hf-native", "keras-bert", "bert4keras"};

bool isBlank(std::string_view line) {
  return std::all_of(line.begin(), line.end(), [](char c) { return c == ' ' || c == '\t'; });
}

// Only carriage returns: one line to whoever splits at "\n".
bool hasOnlyCarriageReturns(std::string_view text) { return text.find('\n') == text.npos && text.find('\r') != text.npos; }

// Whether a text can hold it at all: no white space and no controls in it.
bool canBeMet(std::string_view token) {
  const std::u32string text = decodeUtf8Lossy(token);
  return !text.empty() && std::none_of(text.begin(), text.end(), [](char32_t c) {
    return isSpace(c) || category(c) == Category::kControl || category(c) == Category::kFormat;
  });
}

struct Difference {  // of what two readers make of a file
  int64_t tokens = 0;  // with another id, or none, in the other
  int64_t first = -1;  // lowest id in the first reading of a token with another id in the second
};

Difference compare(const Vocab& a, const Vocab& b) {
  Difference difference;
  for (const auto& [token, id] : a.ids()) {
    if (b.id(token) == id || !canBeMet(token)) continue;
    ++difference.tokens;
    if (difference.first < 0 || id < difference.first) difference.first = id;
  }
  for (const auto& [token, id] : b.ids()) difference.tokens += !a.id(token) && canBeMet(token);
  return difference;
}

bool fits(const VocabView& vocab, VocabReader reader) { return vocab.rows > 0 && highestId(vocab.by(reader)) + 1 == vocab.rows; }

// The reading the weights were trained with: the first whose ids end with the last row, else Google's.
VocabReader rightReader(const VocabView& vocab) {
  for (int reader = 0; reader < kVocabReaderCount; ++reader) {
    if (fits(vocab, static_cast<VocabReader>(reader))) return static_cast<VocabReader>(reader);
  }
  return VocabReader::kGoogle;
}

struct Cause {
  std::string_view what;  // empty: none found
  size_t line = 0;        // from 0
};

// The first line from `begin` on, before `end`, that readers take differently.
Cause findCause(const VocabView& vocab, size_t begin, size_t end) {
  std::unordered_set<std::string> seen;
  for (size_t i = 0; i < std::min(end, vocab.lines.size()); ++i) {
    const std::string_view line = vocab.lines[i].text;
    const std::u32string characters = decodeUtf8Lossy(line);
    const auto has = [&](auto is) { return std::any_of(characters.begin(), characters.end(), is); };
    size_t first = 0, last = characters.size();
    while (first < last && isSpace(characters[first])) ++first;
    while (last > first && isSpace(characters[last - 1])) --last;
    const bool is_new = seen.insert(encodeUtf8(std::u32string_view(characters).substr(first, last - first))).second;
    if (i < begin) continue;
    if (has([](char32_t c) { return c == '\r'; })) return {"carriage-return", i};
    if (has([](char32_t c) { return c == 0x0B || c == 0x0C || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 || c == 0x2029; })) {
      return {"line-end", i};
    }
    if (!is_new) return {first == last ? "blank" : "duplicate", i};
    if (first != last && has([](char32_t c) { return isSpace(c); })) return {"spaces", i};
  }
  return {};
}

Cause causeOfShift(const VocabView& vocab, int64_t first_shifted) {
  if (hasOnlyCarriageReturns(vocab.text)) return {"carriage-return-only", 0};
  if (first_shifted >= 0) {
    // Between the last token all agree on and the first they do not.
    int64_t agreed = first_shifted - 1;
    while (agreed > 0 && !canBeMet(vocab.google().token(static_cast<int32_t>(agreed)))) --agreed;
    const Cause near = findCause(vocab, static_cast<size_t>(std::max<int64_t>(agreed, 0)), static_cast<size_t>(first_shifted) + 1);
    if (!near.what.empty()) return near;
  }
  return findCause(vocab, 0, vocab.lines.size());
}

void checkShift(Judgement& judgement, const VocabView& vocab) {
  int64_t first = -1, shifted = 0;
  for (const Vocab& reader : vocab.readings.readers) {
    const Difference difference = compare(vocab.google(), reader);
    shifted = std::max(shifted, difference.tokens);
    if (difference.first >= 0 && (first < 0 || difference.first < first)) first = difference.first;
  }
  if (shifted == 0) return;

  const Vocab& right = vocab.by(rightReader(vocab));
  const Cause cause = causeOfShift(vocab, first);
  const std::string_view line = vocab.lines[cause.line].text;
  Finding finding = vocab.onLine("vocab/line-shift", cause.line, line);
  finding.consumers = judgement.each([&](const ConsumerSpec& consumer, const Outcome&) -> std::optional<Effect> {
    const Vocab& own = vocab.by(vocabReaderOf(consumer));
    if (compare(right, own).tokens == 0) return std::nullopt;
    const bool unknown_stands_in = consumer.id == kKerasBert || consumer.id == kBert4keras;
    return right.id("[CLS]") && !own.id("[CLS]") && !unknown_stands_in ? kRefuses : kLoadsWrong;
  });
  const std::string_view token = first < 0 ? std::string_view() : vocab.google().token(static_cast<int32_t>(first));
  Json ids = Json::object();
  for (const Vocab& reader : vocab.readings.readers) {
    const std::optional<int32_t> id = reader.id(token);
    ids[std::string(kReaderNames[static_cast<size_t>(reader.reader())])] = id ? Json(*id) : Json();
  }
  finding.variant = cause.what;
  put(finding.args, "line", cause.line + 1, "text", line, "token", token, "ids", ids, "shifted", shifted, "shift",
      highestId(vocab.google()) - highestId(right), "right", kReaderNames[static_cast<size_t>(right.reader())]);
  set(finding.evidence.found, ids);
  set(finding.evidence.expected, right.id(token) ? Json(*right.id(token)) : Json());
  finding.evidence.at = vocab.placeOf(cause.line);
  if (right.id("[CLS]") && !vocab.google().id("[CLS]")) finding.evidence.seen_as = "KeyError: '[CLS]'";
  judgement.add(std::move(finding));
}

void checkBlankLines(Judgement& judgement, const VocabView& vocab) {
  size_t end = vocab.lines.size();
  while (end > 0 && isBlank(vocab.lines[end - 1].text)) --end;
  std::vector<size_t> blank;
  for (size_t i = 0; i < end; ++i) {
    if (isBlank(vocab.lines[i].text)) blank.push_back(i);
  }
  const size_t separator = static_cast<size_t>(kChineseSeparatorLine - 1);
  const bool separator_lost = vocab.rows == kChineseRows && separator < vocab.lines.size() && vocab.lines[separator].text != "\xE2\x80\xA8";
  if (blank.empty() && !separator_lost) return;

  const int64_t surplus = highestId(vocab.google()) + 1 - vocab.rows;
  const bool put_in = vocab.rows > 0 && !blank.empty() && surplus == static_cast<int64_t>(blank.size());
  const size_t line = separator_lost && !put_in ? separator : blank[0];
  Finding finding = vocab.onLine("vocab/blank-line", line, vocab.google().token(static_cast<int32_t>(line)));
  finding.certainty = put_in ? Certainty::kCertain : Certainty::kLikely;
  finding.consumers = judgement.each([&](const ConsumerSpec&, const Outcome&) { return std::optional(put_in ? kRefuses : kMayBeWrong); });
  finding.variant = put_in ? "put-in" : separator_lost ? "separator" : "";
  put(finding.args, "line", line + 1, "count", blank.size(), "rows", vocab.rows, "lines", vocab.lineCount(), "shift", put_in ? surplus : 0);
  set(finding.evidence.found, vocab.lines[line].text);
  if (separator_lost && !put_in) set(finding.evidence.expected, "U+2028");
  finding.evidence.at = vocab.placeOf(line);
  for (const size_t i : blank) finding.evidence.items.push_back("line " + std::to_string(i + 1));
  judgement.add(std::move(finding));
}

void checkSurplus(Judgement& judgement, const VocabView& vocab) {
  const int64_t highest = highestId(vocab.google());
  if (highest < vocab.rows && vocab.lineCount() <= vocab.rows) return;
  const int64_t lines = vocab.lineCount();
  const auto first = static_cast<size_t>(vocab.rows);
  if (highest < vocab.rows) {  // only blank lines at the end
    Finding finding = vocab.onLine("vocab/more-lines-than-rows", first, "");
    finding.consumers = judgement.each([](const ConsumerSpec&, const Outcome&) { return std::optional(kHarmless); });
    finding.variant = "blank-end";
    put(finding.args, "lines", lines, "rows", vocab.rows, "surplus", lines - vocab.rows, "line", first + 1);
    set(finding.evidence.found, lines);
    set(finding.evidence.expected, vocab.rows);
    finding.evidence.at = vocab.placeOf(first);
    return judgement.add(std::move(finding));
  }
  int32_t id = static_cast<int32_t>(vocab.rows);
  while (vocab.google().token(id).empty()) ++id;
  Finding finding = vocab.onLine("vocab/more-lines-than-rows", static_cast<size_t>(id), vocab.google().token(id));
  // Readers that count tokens instead of lines may stay below.
  finding.consumers = judgement.each([&](const ConsumerSpec& consumer, const Outcome&) {
    return std::optional(highestId(vocab.by(vocabReaderOf(consumer))) >= vocab.rows ? kRefuses : kHarmless);
  });
  put(finding.args, "lines", lines, "rows", vocab.rows, "surplus", highest + 1 - vocab.rows, "line", id + 1, "id", id, "token",
      vocab.google().token(id));
  set(finding.evidence.found, lines);
  set(finding.evidence.expected, vocab.rows);
  finding.evidence.at = vocab.placeOf(static_cast<size_t>(id));
  finding.evidence.seen_as = judgement.isTfSet() ? "= " + std::to_string(id) + " is not in [0, " + std::to_string(vocab.rows) + ")"
                                                 : "IndexError: index out of range in self";
  for (int64_t i = id; i <= highest; ++i) {
    const std::string_view token = vocab.google().token(static_cast<int32_t>(i));
    if (!token.empty()) finding.evidence.items.push_back(std::string(token));
  }
  judgement.add(std::move(finding));
}

void checkTooFew(Judgement& judgement, const VocabView& vocab) {
  const int64_t lines = vocab.lineCount();
  if (lines >= vocab.rows || hasOnlyCarriageReturns(vocab.text)) return;
  const std::optional<int32_t> classify = vocab.google().id("[CLS]");
  const bool simplified = classify && *classify <= kSimplifiedClassify &&
                          std::find(std::begin(kReleasedRows), std::end(kReleasedRows), vocab.rows) != std::end(kReleasedRows);
  Finding finding = vocab.onFile("vocab/fewer-lines");
  finding.consumers = judgement.each([&](const ConsumerSpec& consumer, const Outcome&) {
    return std::optional(simplified && consumer.id == kBert4keras ? kMayBeWrong : kHarmless);
  });
  put(finding.args, "lines", lines, "rows", vocab.rows, "unused", vocab.rows - lines);
  set(finding.evidence.found, lines);
  set(finding.evidence.expected, vocab.rows);
  if (simplified) {
    finding.certainty = Certainty::kLikely;
    finding.variant = "simplified";
    put(finding.args, "classify", *classify);
    finding.paste = Paste{PasteKind::kCode, "from bert4keras.tokenizers import load_vocab\n"
                                            "full = load_vocab('vocab.txt of the release')\n"
                                            "kept = load_vocab(" + pythonText(vocab.path) + ")\n"
                                            "keep_tokens = [full[token] for token in sorted(kept, key=kept.get)]\n"
                                            "model = build_transformer_model(config_path, checkpoint_path, keep_tokens=keep_tokens)"};
  }
  judgement.add(std::move(finding));
}

}  // namespace

void checkVocabRows(Judgement& judgement, const VocabView& vocab) {
  if (vocab.rows <= 0) return;
  checkSurplus(judgement, vocab);
  checkTooFew(judgement, vocab);
}

void checkVocabLines(Judgement& judgement, const VocabView& vocab) {
  checkShift(judgement, vocab);
  checkBlankLines(judgement, vocab);
}

}  // namespace bp
