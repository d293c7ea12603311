// Are the encoder's names there? If not: the one cause that explains them, or what is absent.
#include <algorithm>

#include "bert/tensor_names.h"
#include "checks/fixes.h"
#include "checks/thresholds.h"

namespace bp {
namespace {

using enum Consumer;
using enum Effect;

Finding onTensor(Code code, const Judgement& judgement, const std::string& tensor) {
  Finding finding{code};
  finding.subject = {tensor.empty() ? SubjectKind::kSet : SubjectKind::kTensor, judgement.indexPath(), tensor, 0};
  return finding;
}

void checkObjectGraph(Judgement& judgement) {
  const std::vector<std::string>& keys = judgement.names.object_graph_keys;
  if (keys.empty()) return;
  const auto variable = std::find_if(keys.begin(), keys.end(), [](const std::string& key) { return key.find("/.ATTRIBUTES/") != std::string::npos; });
  const std::string first = variable == keys.end() ? keys[0] : *variable;
  Finding finding = onTensor("names/object-graph", judgement, first);
  finding.consumers = judgement.each([&](const ConsumerSpec& consumer, const Outcome& outcome) -> std::optional<Effect> {
    // Model Garden's converter stops at the graph itself, a string; hf-convert at the first key its model has no part for.
    if (consumer.id == kModelGarden && !consumer.modes.restore) return kRefuses;
    if (consumer.id == kHfConvert && !outcome.walk.stops.empty()) return kRefuses;
    return outcome.missing.empty() ? kHarmless : missingStops(consumer) ? kRefuses : kLoadsWrong;
  });
  const auto mapped = std::count_if(judgement.names.repaired.begin(), judgement.names.repaired.end(), [&](const auto& entry) {
    return isObjectGraphName(judgement.table()[entry.second].name);
  });
  put(finding.args, "key", first, "count", keys.size(), "mapped", mapped);
  set(finding.evidence.found, first);
  set(finding.evidence.expected, "bert/embeddings/word_embeddings");
  finding.evidence.items = keys;
  finding.evidence.seen_as = "Key bert/embeddings/word_embeddings not found in checkpoint";
  finding.paste = Paste{PasteKind::kCode,
                        "# model: built as before by bert4keras, its weights loaded the way they were saved\nmodel.save_weights_as_checkpoint(" +
                            pythonText(judgement.facts().at("bert_model.ckpt")) + ")"};
  judgement.add(std::move(finding));
}

// A sed pattern that matches `text` and nothing else.
std::string literalPattern(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (std::string_view("\\.[]*^$#").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

void checkScope(Judgement& judgement) {
  const NamesView& names = judgement.names;
  if (names.scoped.empty()) return;
  const TensorTable& table = judgement.table();
  const Renaming* sample = &names.scoped[0];
  for (const Renaming& one : names.scoped) {
    if (one.role.part == Part::kWordTable) sample = &one;
  }
  const std::string before = table[sample->tensor].name, after = judgement.nameOf(sample->role);
  const bool missing = names.scope.empty();
  Finding finding = onTensor(missing ? Code("names/missing-scope") : Code("names/extra-scope"), judgement, before);
  finding.consumers = judgement.each([&](const ConsumerSpec& consumer, const Outcome& outcome) -> std::optional<Effect> {
    return judgement.whenRenamed(consumer, outcome, names.scoped).value_or(kHarmless);
  });
  // Another family's prefix, which AutoModel knows.
  if (judgement.facts().isHfSet() && severityOf(finding) == Severity::kNote) return;
  const auto encoder = [](const RoleMap& roles) {
    return std::count_if(roles.begin(), roles.end(), [](const auto& entry) { return groupOf(entry.first.part) <= PartGroup::kLayer; });
  };
  const int64_t needed = 5 + 16 * judgement.layersWanted(), present = encoder(names.exact);
  put(finding.args, "scope", missing ? "bert" : names.scope.substr(0, names.scope.size() - 1), "before", before, "after", after, "present",
      present, "repaired", encoder(names.repaired), "needed", needed);
  set(finding.evidence.found, before);
  set(finding.evidence.expected, after);
  finding.evidence.seen_as = judgement.notFound(judgement.nameOf({Part::kWordTable, -1}));
  std::string rule = missing ? "" : "s#^" + literalPattern(names.scope) + "##";
  if (names.lacks_bert) rule += std::string(rule.empty() ? "" : ";") + "s#^\\(embeddings\\|encoder\\|pooler\\)/#bert/\\1/#";
  finding.paste = Paste{PasteKind::kRename, rule};
  std::string lines = "import re\ndef rename(name):\n";
  if (!missing) lines += "    if name.startswith(" + pythonText(names.scope) + "): name = name[" + std::to_string(names.scope.size()) + ":]\n";
  if (names.lacks_bert) lines += "    name = re.sub('^(embeddings|encoder|pooler)/', r'bert/\\1/', name)\n";
  lines += "    return name\ntensors = {rename(name): value for name, value in tensors.items()}\n";
  finding.file = checkpointScript(judgement, "rename_variables.py", lines);
  if (needed > present) finding.covers.push_back({"names/missing-encoder", static_cast<uint64_t>(needed - present)});
  judgement.add(std::move(finding));
}

// names/layer-normalization, names/dense-act and names/near-miss: each name and what it should be.
void reportRenamings(Judgement& judgement, Code code, Certainty certainty, const std::vector<Renaming>& renamings) {
  if (renamings.empty()) return;
  const TensorTable& table = judgement.table();
  const std::string before = table[renamings[0].tensor].name, after = judgement.nameOf(renamings[0].role);
  Finding finding = onTensor(code, judgement, before);
  finding.certainty = certainty;
  finding.consumers = judgement.each([&](const ConsumerSpec& consumer, const Outcome& outcome) -> std::optional<Effect> {
    return judgement.whenRenamed(consumer, outcome, renamings);
  });
  std::string rules, lines = "renamed = {\n";
  for (const Renaming& one : renamings) {
    const std::string old_name = table[one.tensor].name, new_name = judgement.nameOf(one.role);
    finding.evidence.items.push_back(new_name + " ← " + old_name);
    rules += old_name + " " + new_name + "\n";
    lines += "    " + pythonText(old_name) + ": " + pythonText(new_name) + ",\n";
  }
  put(finding.args, "count", renamings.size(), "before", before, "after", after);
  set(finding.evidence.found, before);
  set(finding.evidence.expected, after);
  finding.evidence.seen_as = judgement.notFound(after);
  finding.paste = Paste{PasteKind::kRename, rules};
  finding.file = checkpointScript(judgement, "rename_variables.py",
                                  lines + "}\ntensors = {renamed.get(name, name): value for name, value in tensors.items()}\n");
  finding.covers.push_back({"names/missing-encoder", renamings.size()});
  judgement.add(std::move(finding));
}

// After scopes are taken off, two tensors claim one role.
void checkTwoModels(Judgement& judgement) {
  const NamesView& names = judgement.names;
  if (names.claims.size() < 2) return;
  Finding finding = onTensor("names/two-models", judgement, "");
  finding.consumers = judgement.each([](const ConsumerSpec& consumer, const Outcome&) -> std::optional<Effect> {
    return consumer.id == kHfConvert ? kLoadsWrong : kHarmless;  // it skips the scope, and the later name wins
  });
  std::vector<std::string> scopes;
  for (const std::string& scope : names.claims) scopes.push_back(scope.empty() ? "" : scope.substr(0, scope.size() - 1));
  put(finding.args, "count", names.doubled, "first", scopes[0], "second", scopes[1], "scopes", scopes);
  finding.variant = scopes[0].empty() ? "beside-plain" : "";
  finding.evidence.items = scopes;
  const std::string other = names.claims[0].empty() ? names.claims[1] : names.claims[0];
  finding.paste = Paste{PasteKind::kRename, "/^" + literalPattern(other) + "/d"};
  finding.file = checkpointScript(judgement, "keep_one_model.py",
                                  "tensors = {name: value for name, value in tensors.items() if not name.startswith(" + pythonText(other) + ")}\n");
  judgement.add(std::move(finding));
}

void checkMissing(Judgement& judgement) {
  const NamesView& names = judgement.names;
  const bool empty = judgement.table().size() == 0;
  const int64_t wanted = judgement.layersWanted();
  // Whole layers above those that are there are config/more-layers' business, unless their numbers have a gap.
  int64_t layers = std::min<int64_t>(wanted, 1);
  if (names.layersHaveGap()) {
    layers = std::min(wanted, names.layers_end + kMaxLayersListed);
  } else if (names.layers > 0) {
    layers = std::min(wanted, names.layers);
  }
  std::vector<Role> missing;
  for (const PartGroup group : {PartGroup::kEmbeddings, PartGroup::kLayer}) {
    for (const Role role : rolesOf(group, layers)) {
      if (names.repaired.count(role) == 0) missing.push_back(role);
    }
  }
  if (missing.empty() && !empty) return;
  std::vector<std::string> absent;
  for (const Role role : missing) absent.push_back(judgement.nameOf(role));
  Finding finding = onTensor("names/missing-encoder", judgement, absent.empty() ? "" : absent[0]);
  finding.consumers = judgement.each([&](const ConsumerSpec& consumer, const Outcome& outcome) -> std::optional<Effect> {
    if (empty) return missingStops(consumer) ? kRefuses : kLoadsWrong;
    return judgement.whenMissing(consumer, outcome, missing);
  });
  const int64_t needed = 5 + 16 * wanted;
  const auto present = std::count_if(names.repaired.begin(), names.repaired.end(), [&](const auto& entry) {
    return groupOf(entry.first.part) <= PartGroup::kLayer && entry.first.layer < wanted;
  });
  finding.variant = empty ? "empty" : "";
  const std::vector<std::string> folded = foldNames(absent);
  put(finding.args, "present", present, "needed", needed, "count", missing.size(), "name", folded.empty() ? "" : folded[0], "names",
      folded);
  set(finding.evidence.found, present);
  set(finding.evidence.expected, needed);
  finding.evidence.items = folded;
  if (!absent.empty()) finding.evidence.seen_as = judgement.notFound(absent[0]);
  judgement.add(std::move(finding));
}

}  // namespace

void checkNames(Judgement& judgement) {
  if (!judgement.readable()) return;
  checkObjectGraph(judgement);
  checkScope(judgement);
  reportRenamings(judgement, "names/layer-normalization", Certainty::kCertain, judgement.names.numbered);
  reportRenamings(judgement, "names/dense-act", Certainty::kCertain, judgement.names.dense_act);
  reportRenamings(judgement, "names/near-miss", Certainty::kLikely, judgement.names.near);
  checkMissing(judgement);
  checkTwoModels(judgement);
}

}  // namespace bp
