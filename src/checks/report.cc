// Runs the checks and writes the report: verdicts from everything found, then causes without their consequences.
#include <algorithm>
#include <array>
#include <tuple>

#include "base/sort.h"
#include "checks/fixes.h"
#include "checks/judgement.h"
#include "checks/probe_result.h"

namespace bp {
namespace {

using enum Effect;

constexpr int kFormat = 1;
constexpr size_t kMaxFindings = 40;

struct Verdict {
  std::string_view word = "loads";
  Effect effect = kHarmless;  // that decided; harmless: none did
  int64_t loaded = 0, of = 0;
  bool final = false;
};

Verdict verdictOf(const Judgement& judgement, size_t entry) {
  const Outcome& outcome = judgement.outcomes[entry];
  Verdict verdict;
  if (!outcome.applies) {
    verdict.word = "not-applicable";
    verdict.final = true;
    return verdict;
  }
  const SetFacts& facts = judgement.facts();
  const bool recognised = std::any_of(facts.weights_files.begin(), facts.weights_files.end(), [](const WeightsFile& file) { return file.state == WeightsState::kNotRead; });
  const bool of_known = facts.weights == WeightsKind::kTfBundle || judgement.readable() || (facts.isHfSet() && !recognised);
  if (of_known) {
    verdict.loaded = outcome.loaded;
    verdict.of = outcome.demand.count();
  }
  for (const Finding& finding : judgement.findings) {
    for (const Affected& one : finding.consumers) {
      if (one.entry == entry && finding.code.area() != "env") verdict.effect = std::min(verdict.effect, one.effect);
    }
  }
  if (verdict.effect == kRefuses) {
    verdict.word = "refuses";
  } else if (verdict.effect == kLoadsWrong || verdict.loaded < verdict.of) {
    verdict.word = "loads-wrong";
  }
  verdict.final = verdict.effect == kRefuses || (judgement.readable() && judgement.input().data != nullptr);
  return verdict;
}

int areaRank(std::string_view area) {
  static constexpr std::array<std::string_view, 12> kAreas = {"files", "bundle", "container", "family", "names", "shapes",
                                                              "config", "vocab", "weights", "run", "set", "env"};
  return static_cast<int>(std::find(kAreas.begin(), kAreas.end(), area) - kAreas.begin());
}

// Severity, area, more consumers first, code, place: the same bytes give the same list.
void sortFindings(std::vector<Finding>& findings) {
  const auto key = [](const Finding& finding) {
    const auto harmed = std::count_if(finding.consumers.begin(), finding.consumers.end(), [](const Affected& one) { return one.effect < kHarmless; });
    return std::make_tuple(severityOf(finding), areaRank(finding.code.area()), -harmed, finding.code.text(), std::string_view(finding.subject.file),
                           finding.subject.line, std::string_view(finding.subject.name));
  };
  stableSort(findings, [&](const Finding& a, const Finding& b) { return key(a) < key(b); });
}

Json unsettled(const Judgement& judgement) {
  const ProbeResult none;
  const ProbeResult& probe = judgement.input().probe ? *judgement.input().probe : none;
  Json list = Json::array();
  if (judgement.shape_sizes.heads == 0 && !probe.heads.settled(probe.works)) list.push_back("heads");
  if (!probe.activations.settled(probe.works)) list.push_back("activation");
  if (!probe.casings.settled(probe.works)) list.push_back("casing");
  list.push_back("layer-norm-eps");
  if (!probe.kernels.settled(probe.works)) list.push_back("kernel-orientation");
  return list;
}

Json callOf(const Judgement& judgement, const ConsumerSpec& consumer, const Verdict& verdict, const CallFacts& call) {
  if (verdict.word == "refuses" || judgement.facts().weights == WeightsKind::kNone) return nullptr;
  if (verdict.word != "not-applicable") return callToPaste(consumer, call);
  if (consumer.id == Consumer::kModelGarden && judgement.isTfSet() && !call.keras_file) {
    ConsumerSpec converter = consumer;
    converter.modes.restore = false;
    return callToPaste(converter, call);
  }
  // hf-convert reads TensorFlow's checkpoints.
  if (judgement.isTfSet()) return call.keras_file ? Json() : Json(conversionCall(call));
  return judgement.facts().isHfSet() ? Json(conversionToTf(call)) : Json();
}

std::string_view kindName(WeightsKind kind) {
  switch (kind) {
    case WeightsKind::kNone: return "none";
    case WeightsKind::kTfBundle: return "tf-bundle";
    case WeightsKind::kTfV1: return "tf-v1";
    case WeightsKind::kSafetensors: return "safetensors";
    case WeightsKind::kTorch: return "torch";
    case WeightsKind::kKerasH5: return "keras-h5";
    case WeightsKind::kOther: return "other";
  }
  return "none";
}

}  // namespace

Json makeReport(const CheckInput& input) {
  Judgement judgement(input);
  static constexpr void (*kChecks[])(Judgement&) = {checkFiles,      checkFileFaults, checkCompanions, checkBundle, checkData,
                                                    checkContainers, checkKeras,      checkFamily,     checkNames,  checkHeads,
                                                    checkConverter,  checkNative,     checkShapes,     checkConfig, checkArchitecture,
                                                    checkVocab,      checkWeights,    checkRun,        checkSet,    checkPaste};
  for (const auto check : kChecks) check(judgement);

  std::vector<Verdict> verdicts;
  for (size_t i = 0; i < judgement.consumers().size(); ++i) verdicts.push_back(verdictOf(judgement, i));
  std::vector<Finding> findings = judgement.findings;
  foldConsequences(judgement, findings);
  sortFindings(findings);
  const size_t truncated = findings.size() > kMaxFindings ? findings.size() - kMaxFindings : 0;
  findings.erase(findings.end() - static_cast<std::ptrdiff_t>(truncated), findings.end());

  Json report = object("format", kFormat, "set", object("kind", kindName(input.facts->weights), "prefix", input.facts->prefix()),
                       "truncated", truncated, "unsettled", unsettled(judgement), "consumers", Json::array(), "findings", Json::array());
  const CallFacts call = callFacts(judgement);
  for (size_t i = 0; i < judgement.consumers().size(); ++i) {
    const ConsumerSpec& consumer = judgement.consumers()[i];
    Json because = Json::array();
    for (size_t f = 0; f < findings.size(); ++f) {
      const bool decided = std::any_of(findings[f].consumers.begin(), findings[f].consumers.end(), [&](const Affected& one) {
        return one.entry == i && one.effect == verdicts[i].effect && one.effect <= kLoadsWrong;
      });
      if (decided && findings[f].code.area() != "env") because.push_back(f);
    }
    report["consumers"].push_back(object("id", consumerId(consumer.id), "mode", consumer.mode_json, "verdict", verdicts[i].word, "final",
                                         verdicts[i].final, "loaded", verdicts[i].loaded, "of", verdicts[i].of, "because", because, "call",
                                         callOf(judgement, consumer, verdicts[i], call)));
  }
  for (const Finding& finding : findings) report["findings"].push_back(findingJson(finding));
  return report;
}

}  // namespace bp
