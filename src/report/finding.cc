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

}  // namespace bp
