// What did the test run show? Every answer here is a forward pass against a threshold: it may be wrong, and never refuses.
#include <algorithm>
#include <cmath>

#include "checks/fixes.h"
#include "checks/probe_result.h"
#include "checks/thresholds.h"
#include "text/casing.h"

namespace bp {
namespace {

using enum Consumer;
using enum Effect;

double rounded(double value) { return std::round(value * 1000) / 1000; }

Finding ran(Code code, const Judgement& judgement) {
  Finding finding{code};
  finding.certainty = Certainty::kNeedsRun;
  finding.subject = {SubjectKind::kSet, judgement.indexPath(), "", 0};
  finding.consumers = judgement.all(kMayBeWrong);
  return finding;
}

// Another setting than the declared one, if it fits clearly better.
void reportBetter(Judgement& judgement, Code code, const ProbeSweep& sweep, double works, const std::string& key, bool is_text) {
  const ProbeScore* better = sweep.better(works);
  if (better == nullptr) return;
  const ProbeScore& declared = sweep.scores[0];
  const PairedGain gain = pairedGain(*better, declared);
  Finding finding = ran(code, judgement);
  put(finding.args, "found", declared.setting, "expected", better->setting, "found_nll", rounded(declared.mean()), "expected_nll",
      rounded(better->mean()), "gain", rounded(gain.mean), "gain_error", rounded(gain.error), "words", gain.words);
  for (const ProbeScore& score : sweep.scores) {
    std::string item = score.setting + ": " + written(rounded(score.mean()));
    if (score.unknown_share > 0) item += ", [UNK] " + written(rounded(score.unknown_share));
    if (score.nll.size() < declared.nll.size()) {
      item += " (of " + std::to_string(score.nll.size()) + " words)";
    } else if (&score != better && !isClear(pairedGain(*better, score))) {
      item += " (not told from " + better->setting + ")";
    }
    finding.evidence.items.push_back(item);
  }
  set(finding.evidence.found, declared.setting);
  set(finding.evidence.expected, better->setting);
  if (!key.empty()) {
    finding.subject = configKey(judgement, key);
    fixConfig(finding, judgement, {{key, is_text ? "\"" + better->setting + "\"" : better->setting}});
  }
  judgement.add(std::move(finding));
}

// The scores with the casing first that the set or the call asks for, else as they are: with the vocabulary's own.
ProbeSweep casingsAsGiven(const Judgement& judgement, ProbeSweep sweep) {
  const std::optional<Casing> given = givenCasing(judgement);
  if (!given) return sweep;
  const auto asked = std::find_if(sweep.scores.begin(), sweep.scores.end(), [&](const ProbeScore& score) { return score.setting == casingName(*given); });
  if (asked != sweep.scores.end()) std::rotate(sweep.scores.begin(), asked, asked + 1);
  return sweep;
}

void checkMaskedWords(Judgement& judgement, const ProbeResult& probe) {
  if (probe.nll <= probe.works && probe.top1 >= kProbeTop1) return;
  Finding finding = ran("run/mlm-probe-failed", judgement);
  put(finding.args, "nll", rounded(probe.nll), "ln_vocab", rounded(probe.ln_vocab), "top1", rounded(probe.top1), "top5",
      rounded(probe.top5), "sentences", probe.sentences);
  set(finding.evidence.found, rounded(probe.nll));
  set(finding.evidence.expected, rounded(probe.works));
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
    put(finding.args, "norms", norms, "cosines", cosines);
    set(finding.evidence.found, cosines);
    judgement.add(std::move(finding));
  }
  if (flat && probe.finite) {
    Finding finding = ran("run/flat-attention", judgement);
    put(finding.args, "entropies", entropies);
    set(finding.evidence.found, entropies);
    judgement.add(std::move(finding));
  }
}

void checkTransposed(Judgement& judgement, const ProbeResult& probe) {
  const ProbeScore* better = probe.kernels.better(probe.works);
  if (better == nullptr) return;
  Finding finding = ran("run/transposed-kernels", judgement);
  put(finding.args, "found_nll", rounded(probe.kernels.scores[0].mean()), "expected_nll", rounded(better->mean()));
  for (const ProbeScore& score : probe.kernels.scores)
    finding.evidence.items.push_back(score.setting + ": " + written(rounded(score.mean())));
  set(finding.evidence.found, rounded(probe.kernels.scores[0].mean()));
  set(finding.evidence.expected, rounded(better->mean()));
  const bool hf = judgement.facts().isHfSet();
  const bool keras = judgement.facts().weights == WeightsKind::kKerasH5;
  const std::string encoder = keras ? "name.startswith(('Encoder-', 'Transformer-')) and " : hf ? "'encoder.' in name and " : "'/encoder/' in name and ";
  const std::string where = better->setting == "all-turned" ? "" : encoder;
  const std::string kernel = keras ? "('/kernel' in name or '_W' in name)" : hf ? "name.endswith('.weight')" : "name.endswith('/kernel')";
  finding.file = checkpointScript(judgement, "transpose_kernels.py",
                                  "tensors = {name: value.T if " + where + kernel +
                                      " and value.ndim == 2 and value.shape[0] == value.shape[1] else value\n"
                                  "           for name, value in tensors.items()}\n");
  finding.paste = Paste{PasteKind::kCode, finding.file->text};
  judgement.add(std::move(finding));
}

void checkNextSentence(Judgement& judgement, const ProbeResult& probe) {
  const PairedGain random = pairedGain(probe.nsp_random, probe.nsp_coherent);
  if (random.words < kProbePairs || random.mean <= 0 || random.mean < kPairErrors * random.error) return;
  const auto probability = [](const std::vector<double>& log_odds) {
    double sum = 0;
    for (const double one : log_odds) sum += 1 / (1 + std::exp(-one));
    return rounded(sum / static_cast<double>(log_odds.size()));
  };
  Finding finding = ran("run/nsp-probe-failed", judgement);
  finding.consumers = judgement.each([](const ConsumerSpec&, const Outcome& outcome) {
    return outcome.demand.has(PartGroup::kNsp) ? kMayBeWrong : kHarmless;
  });
  put(finding.args, "coherent", probability(probe.nsp_coherent), "random", probability(probe.nsp_random), "pairs", random.words);
  set(finding.evidence.found, probability(probe.nsp_random));
  set(finding.evidence.expected, probability(probe.nsp_coherent));
  judgement.add(std::move(finding));
}

// bert-for-tf2 masks nothing, whatever the files hold.
void checkPadding(Judgement& judgement, const ProbeResult& probe) {
  if (!probe.padding_change || *probe.padding_change <= kPaddingMoves) return;
  std::vector<Affected> affected = judgement.these({kBertForTf2}, kHarmless);
  if (affected.empty()) return;
  Finding finding = ran("run/padding-leaks", judgement);
  finding.consumers = std::move(affected);
  put(finding.args, "change", *probe.padding_change);
  set(finding.evidence.found, *probe.padding_change);
  judgement.add(std::move(finding));
}

void reportNotPossible(Judgement& judgement, const std::string& variant, const std::string& why) {
  Finding finding = ran("run/not-possible", judgement);
  finding.certainty = Certainty::kCertain;
  finding.consumers = judgement.all(kHarmless);
  finding.variant = variant;
  put(finding.args, "why", why);
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
  if (!probe.finite) return;
  checkNextSentence(judgement, probe);
  checkPadding(judgement, probe);
  if (!probe.mlm_why_not.empty()) {
    reportNotPossible(judgement, probe.mlm_variant, probe.mlm_why_not);
    return;
  }
  checkMaskedWords(judgement, probe);
  reportBetter(judgement, "run/heads-mismatch", probe.heads, probe.works, "num_attention_heads", false);
  reportBetter(judgement, "run/activation-mismatch", probe.activations, probe.works, "hidden_act", true);
  reportBetter(judgement, "run/casing-mismatch", casingsAsGiven(judgement, probe.casings), probe.works, "", false);
  reportBetter(judgement, "run/position-offset", probe.offsets, probe.works, "", false);
  checkTransposed(judgement, probe);
}

}  // namespace bp
