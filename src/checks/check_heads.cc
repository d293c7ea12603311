// Are the pooler and the pre-training heads there, for those who ask for them?
#include "bert/tensor_names.h"
#include "checks/fixes.h"

namespace bp {
namespace {

using enum Consumer;
using enum Effect;

struct Head {
  PartGroup group;
  Code code;
};
constexpr Head kHeads[] = {{PartGroup::kMlm, "names/mlm-head-missing"},
                           {PartGroup::kPooler, "names/pooler-missing"},
                           {PartGroup::kNsp, "names/nsp-head-missing"}};

Finding onTensor(Code code, const Judgement& judgement, const std::string& tensor) {
  Finding finding{code};
  finding.subject = {tensor.empty() ? SubjectKind::kSet : SubjectKind::kTensor, judgement.indexPath(), tensor, 0};
  return finding;
}

void checkHead(Judgement& judgement, const Head& head) {
  std::vector<Role> missing;
  std::vector<std::string> absent;
  const std::vector<Role> roles = rolesOf(head.group, 0);
  for (const Role role : roles) {
    if (judgement.names.repaired.count(role) > 0) continue;
    missing.push_back(role);
    absent.push_back(judgement.nameOf(role));
  }
  if (missing.empty()) return;
  Finding finding = onTensor(head.code, judgement, absent[0]);
  finding.consumers = judgement.each([&](const ConsumerSpec& consumer, const Outcome& outcome) -> std::optional<Effect> {
    return judgement.whenMissing(consumer, outcome, missing).value_or(kHarmless);
  });
  put(finding.args, "count", absent.size(), "total", roles.size(), "name", absent[0], "names", absent);
  finding.variant = missing.size() < roles.size() ? "partly" : "";
  set(finding.evidence.found, roles.size() - missing.size());
  set(finding.evidence.expected, roles.size());
  finding.evidence.items = absent;
  if (judgement.isTfSet() && head.group == PartGroup::kMlm && severityOf(finding) != Severity::kNote && judgement.config() != nullptr) {
    finding.paste = Paste{PasteKind::kCode, "load_trained_model_from_checkpoint(" + pythonText(judgement.config()->file()) + ", " +
                                                pythonText(judgement.facts().prefix()) + ", training=False, seq_len=None)"};
  }
  judgement.add(std::move(finding));
}

// Given as model_dir, the task's own output layer must be there.
void checkTaskHead(Judgement& judgement) {
  const TensorTable& table = judgement.table();
  if (table.find("output_weights") != nullptr && table.find("output_bias") != nullptr) return;
  std::vector<Affected> affected = judgement.each([](const ConsumerSpec& consumer, const Outcome&) -> std::optional<Effect> {
    if (consumer.id == kGoogleBert && consumer.modes.as_model_dir) return kRefuses;
    return std::nullopt;
  });
  if (affected.empty()) return;
  Finding finding = onTensor("names/task-head-missing", judgement, "output_weights");
  finding.consumers = std::move(affected);
  put(finding.args, "prefix", judgement.facts().prefix());
  set(finding.evidence.expected, list("output_weights", "output_bias"));
  finding.evidence.seen_as = "Key output_bias not found in checkpoint";
  finding.paste = Paste{PasteKind::kCode, "--init_checkpoint=" + shellWord(judgement.facts().prefix())};
  judgement.add(std::move(finding));
}

// bert4keras told to go on without the names it misses.
void checkIgnored(Judgement& judgement) {
  std::vector<std::string> absent;
  std::vector<Affected> affected = judgement.each([&](const ConsumerSpec& consumer, const Outcome& outcome) -> std::optional<Effect> {
    if (consumer.id != kBert4keras || !consumer.modes.ignore_invalid_weights || outcome.missing.empty()) return std::nullopt;
    for (const Role role : outcome.missing) absent.push_back(googleName(role));
    return kLoadsWrong;
  });
  if (affected.empty()) return;
  const std::vector<std::string> folded = foldNames(absent);
  Finding finding = onTensor("names/ignore-invalid-weights", judgement, absent[0]);
  finding.consumers = std::move(affected);
  put(finding.args, "count", absent.size(), "name", folded[0], "names", folded);
  finding.evidence.items = folded;
  judgement.add(std::move(finding));
}

}  // namespace

void checkHeads(Judgement& judgement) {
  if (!judgement.readable()) return;
  for (const Head& head : kHeads) checkHead(judgement, head);
  checkTaskHead(judgement);
  checkIgnored(judgement);
}

}  // namespace bp
