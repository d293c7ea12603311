#include "report/finding.h"

#include <algorithm>
#include <array>

namespace bp {

std::string_view consumerId(Consumer consumer) {
  static constexpr std::array<std::string_view, kConsumerCount> kIds = {
      "keras-bert", "bert4keras", "google-bert", "hf-convert", "hf-native", "model-garden", "bert-for-tf2"};
  return kIds[static_cast<size_t>(consumer)];
}

std::string_view effectName(Effect effect) {
  static constexpr std::array<std::string_view, 5> kNames = {"refuses", "loads-wrong", "may-be-wrong", "harmless", "not-in-the-files"};
  return kNames[static_cast<size_t>(effect)];
}

std::string_view severityName(Severity severity) {
  static constexpr std::array<std::string_view, 3> kNames = {"error", "warning", "note"};
  return kNames[static_cast<size_t>(severity)];
}

std::string_view certaintyName(Certainty certainty) {
  static constexpr std::array<std::string_view, 3> kNames = {"certain", "likely", "needs-run"};
  return kNames[static_cast<size_t>(certainty)];
}

std::string_view pasteKindName(PasteKind kind) {
  static constexpr std::array<std::string_view, 5> kNames = {"prefix", "config", "rename", "code", "text"};
  return kNames[static_cast<size_t>(kind)];
}

Finding::Finding(Code its_code) : code(its_code) {}
Finding::~Finding() = default;
Finding::Finding(const Finding&) = default;
Finding::Finding(Finding&&) noexcept = default;
Finding& Finding::operator=(const Finding&) = default;
Finding& Finding::operator=(Finding&&) noexcept = default;

Effect effectOf(const Finding& finding) {
  if (finding.code.area() == "env") return Effect::kNotInTheFiles;
  Effect worst = Effect::kHarmless;
  for (const Affected& affected : finding.consumers) worst = std::min(worst, affected.effect);
  return worst;
}

Severity severityOf(const Finding& finding) {
  switch (effectOf(finding)) {
    case Effect::kRefuses: return Severity::kError;
    case Effect::kLoadsWrong:
    case Effect::kMayBeWrong: return Severity::kWarning;
    default: return Severity::kNote;
  }
}

namespace {

constexpr size_t kMaxItems = 10;

Json subjectJson(const Subject& subject) {
  static constexpr std::array<std::string_view, 5> kKinds = {"file", "tensor", "config-key", "vocab-line", "set"};
  Json json = object("kind", kKinds[static_cast<size_t>(subject.kind)]);
  if (!subject.file.empty()) json["file"] = subject.file;
  if (!subject.name.empty()) json["name"] = subject.name;
  if (subject.line > 0) json["line"] = subject.line;
  return json;
}

Json evidenceJson(const Evidence& evidence) {
  Json json = object("found", evidence.found, "expected", evidence.expected);
  if (evidence.at) json["at"] = object("file", evidence.at->file, "offset", evidence.at->offset, "length", evidence.at->length);
  if (!evidence.items.empty()) {
    json["items"] = Json::array();
    for (size_t i = 0; i < evidence.items.size() && i < kMaxItems; ++i) json["items"].push_back(evidence.items[i]);
    json["total"] = evidence.items.size();
  }
  if (!evidence.why.empty()) json["why"] = evidence.why;
  if (!evidence.seen_as.empty()) json["seen_as"] = evidence.seen_as;
  return json;
}

// A loader judged in several modes is printed once, with its worst effect.
Json consumersJson(const std::vector<Affected>& consumers) {
  Json json = Json::array();
  std::array<bool, kConsumerCount> done = {};
  for (const Affected& one : consumers) {
    if (done[static_cast<size_t>(one.consumer)]) continue;
    done[static_cast<size_t>(one.consumer)] = true;
    Effect worst = one.effect;
    for (const Affected& other : consumers) {
      if (other.consumer == one.consumer) worst = std::min(worst, other.effect);
    }
    json.push_back(object("id", consumerId(one.consumer), "effect", effectName(worst)));
  }
  return json;
}

}  // namespace

Json findingJson(const Finding& finding) {
  Json json = object("code", finding.code.text(), "severity", severityName(severityOf(finding)), "effect", effectName(effectOf(finding)),
                     "certainty", certaintyName(finding.certainty), "subject", subjectJson(finding.subject), "consumers",
                     consumersJson(finding.consumers), "args", finding.args, "variant", finding.variant, "evidence",
                     evidenceJson(finding.evidence), "fix", Json::object(), "covers", Json::array());
  if (finding.paste) json["fix"]["paste"] = object("kind", pasteKindName(finding.paste->kind), "text", finding.paste->text);
  if (finding.file) json["fix"]["file"] = object("name", finding.file->name, "text", finding.file->text);
  for (const Cover& cover : finding.covers) json["covers"].push_back(object("code", cover.code.text(), "count", cover.count));
  return json;
}

}  // namespace bp
