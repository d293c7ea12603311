// What did the test run show? Every answer here is a forward pass against a threshold: it may be wrong, and never refuses.
#include <algorithm>
#include <cmath>

#include "checks/fixes.h"
#include "checks/probe_result.h"
#include "checks/thresholds.h"

namespace bp {
namespace {

using enum Consumer;
using enum Effect;

double rounded(double value) { return std::round(value * 1000) / 1000; }

Finding ran(Code code, const Judgement& judgement) {
  Finding finding{code};
  finding.certainty = Certainty::kNeedsRun;
  finding.subject = {SubjectKind::kSet, judgement.indexPath(), "", 0};
  finding.consumers = judgement.tf(kMayBeWrong);
  return finding;
}

// The best of several settings if it beats the declared one, which stands first, by a clear margin.
const ProbeScore* clearlyBetter(const std::vector<ProbeScore>& scores) {
  if (scores.size() < 2) return nullptr;
  const auto best = std::min_element(scores.begin(), scores.end(), [](const ProbeScore& a, const ProbeScore& b) { return a.nll < b.nll; });
  return best->nll + kProbeMargin <= scores[0].nll ? &*best : nullptr;
}

void reportScores(Judgement& judgement, Code code, const std::vector<ProbeScore>& scores, const std::string& key, bool is_text) {
  const ProbeScore* best = clearlyBetter(scores);
  if (best == nullptr) return;
  Finding finding = ran(code, judgement);
  Json all = Json::object();
  for (const ProbeScore& score : scores) {
    all[score.setting] = rounded(score.nll);
    finding.evidence.items.push_back(score.setting + ": " + Json(rounded(score.nll)).dump());
  }
  finding.args = {{"found", scores[0].setting}, {"expected", best->setting}, {"found_nll", rounded(scores[0].nll)},
                  {"expected_nll", rounded(best->nll)}, {"scores", all}};
  finding.evidence.found = scores[0].setting;
  finding.evidence.expected = best->setting;
  if (!key.empty()) {
    finding.subject = configKey(judgement, key);
    fixConfig(finding, judgement, {{key, is_text ? "\"" + best->setting + "\"" : best->setting}});
  }
  judgement.add(std::move(finding));
}

void checkMaskedWords(Judgement& judgement, const ProbeResult& probe) {
  if (probe.nll <= kProbeNllShare * probe.ln_vocab && probe.top1 >= kProbeTop1) return;
  Finding finding = ran("run/mlm-probe-failed", judgement);
  finding.args = {{"nll", rounded(probe.nll)}, {"ln_vocab", rounded(probe.ln_vocab)}, {"top1", rounded(probe.top1)}, {"top5", rounded(probe.top5)},
                  {"sentences", probe.sentences}};
  finding.evidence.found = rounded(probe.nll);
  finding.evidence.expected = rounded(kProbeNllShare * probe.ln_vocab);
  judgement.add(std::move(finding));
}

void checkHidden(Judgement& judgement, const ProbeResult& probe) {
  Json norms = Json::array(), cosines = Json::array(), entropies = Json::array();
  bool collapsed = false, flat = probe.layers.size() > 1;
  for (size_t i = 0; i < probe.layers.size(); ++i) {
    const ProbeLayer& layer = probe.layers[i];
    norms.push_back(rounded(layer.norm));
    cosines.push_back(rounded(layer.cosine));
    collapsed = collapsed || (i > 0 && layer.cosine > kCollapsedCosine);
    if (i == 0) continue;  // embeddings attend to nothing
    entropies.push_back(rounded(layer.entropy));
    flat = flat && layer.entropy >= kFlatEntropy;
  }
  if (collapsed || !probe.finite || !probe.repeatable) {
    Finding finding = ran("run/collapsed", judgement);
    finding.variant = !probe.finite ? "not-finite" : !probe.repeatable ? "not-repeatable" : "";
    finding.args = {{"norms", norms}, {"cosines", cosines}};
    finding.evidence.found = cosines;
    judgement.add(std::move(finding));
  }
  if (flat && probe.finite) {
    Finding finding = ran("run/flat-attention", judgement);
    finding.args = {{"entropies", entropies}};
    finding.evidence.found = entropies;
    judgement.add(std::move(finding));
  }
}

void checkTransposed(Judgement& judgement, const ProbeResult& probe) {
  if (!probe.transposed_nll || *probe.transposed_nll + kProbeMargin > probe.nll) return;
  Finding finding = ran("run/transposed-kernels", judgement);
  finding.args = {{"found_nll", rounded(probe.nll)}, {"expected_nll", rounded(*probe.transposed_nll)}};
  finding.evidence.found = rounded(probe.nll);
  finding.evidence.expected = rounded(*probe.transposed_nll);
  finding.file = checkpointScript(judgement, "transpose_kernels.py",
                                  std::string("tensors = {name: value.T if name.endswith('") +
                                      (judgement.facts().isHfSet() ? ".weight" : "/kernel") +
                                      "') and value.ndim == 2 and value.shape[0] == value.shape[1] else value\n"
                                  "           for name, value in tensors.items()}\n");
  finding.paste = Paste{PasteKind::kCode, finding.file->text};
  judgement.add(std::move(finding));
}

void checkNextSentence(Judgement& judgement, const ProbeResult& probe) {
  if (!probe.nsp || probe.nsp->first > probe.nsp->second) return;
  Finding finding = ran("run/nsp-probe-failed", judgement);
  finding.consumers = judgement.each([](const ConsumerSpec&, const Outcome& outcome) {
    return outcome.demand.has(PartGroup::kNsp) ? kMayBeWrong : kHarmless;
  });
  finding.args = {{"coherent", rounded(probe.nsp->first)}, {"random", rounded(probe.nsp->second)}};
  finding.evidence.found = rounded(probe.nsp->second);
  finding.evidence.expected = rounded(probe.nsp->first);
  judgement.add(std::move(finding));
}

// bert-for-tf2 masks nothing, whatever the files hold.
void checkPadding(Judgement& judgement, const ProbeResult& probe) {
  if (!probe.padding_change || *probe.padding_change <= kPaddingMoves) return;
  std::vector<Affected> affected = judgement.these({kBertForTf2}, kHarmless);
  if (affected.empty()) return;
  Finding finding = ran("run/padding-leaks", judgement);
  finding.consumers = std::move(affected);
  finding.args = {{"change", *probe.padding_change}};
  finding.evidence.found = *probe.padding_change;
  judgement.add(std::move(finding));
}

void reportNotPossible(Judgement& judgement, const std::string& variant, const std::string& why) {
  Finding finding = ran("run/not-possible", judgement);
  finding.certainty = Certainty::kCertain;
  finding.consumers = judgement.tf(kHarmless);
  finding.variant = variant;
  finding.args = {{"why", why}};
  judgement.add(std::move(finding));
}

}  // namespace

void checkRun(Judgement& judgement) {
  if (judgement.input().probe == nullptr) return;
  const ProbeResult& probe = *judgement.input().probe;
  if (!probe.why_not.empty()) {
    reportNotPossible(judgement, "nothing", probe.why_not);
    return;
  }
  checkHidden(judgement, probe);
  checkNextSentence(judgement, probe);
  checkPadding(judgement, probe);
  if (!probe.mlm_why_not.empty()) {
    reportNotPossible(judgement, "", probe.mlm_why_not);
    return;
  }
  checkMaskedWords(judgement, probe);
  reportScores(judgement, "run/heads-mismatch", probe.heads, "num_attention_heads", false);
  reportScores(judgement, "run/activation-mismatch", probe.activations, "hidden_act", true);
  reportScores(judgement, "run/casing-mismatch", probe.casings, "", false);
  reportScores(judgement, "run/position-offset", probe.offsets, "", false);
  checkTransposed(judgement, probe);
}

}  // namespace bp
