// What else there is to know about the set: which release it looks like, what lies in it besides the model.
#include <algorithm>

#include "bert/tensor_names.h"
#include "checks/fixes.h"
#include "checks/known_releases.h"

namespace bp {
namespace {

using enum Consumer;
using enum Effect;

Finding onSet(Code code, const Judgement& judgement) {
  Finding finding{code};
  finding.subject = {SubjectKind::kSet, judgement.indexPath(), "", 0};
  return finding;
}

void checkKnownRelease(Judgement& judgement) {
  const Sizes& sizes = judgement.shape_sizes;
  if (!judgement.vocab || int64_t{judgement.vocab->maxId()} + 1 != sizes.vocab) return;
  for (const SpecialId& special : kReleaseIds) {
    if (judgement.vocab->id(special.token) != special.id) return;
  }
  std::vector<std::string> candidates;
  for (const KnownRelease& release : kKnownReleases) {
    if (release.vocab == sizes.vocab && release.hidden == sizes.hidden && release.layers == sizes.layers && release.intermediate == sizes.intermediate) {
      candidates.push_back(release.name);
    }
  }
  const auto in = [](const auto& list, int64_t value) { return std::find(std::begin(list), std::end(list), value) != std::end(list); };
  const bool small = sizes.vocab == kSmallVocab && in(kSmallLayers, sizes.layers) && in(kSmallHidden, sizes.hidden) && sizes.intermediate == 4 * sizes.hidden;
  const std::string name = "uncased_L-" + std::to_string(sizes.layers) + "_H-" + std::to_string(sizes.hidden) + "_A-" + std::to_string(sizes.hidden / 64);
  if (small && std::find(candidates.begin(), candidates.end(), name) == candidates.end()) candidates.push_back(name);
  if (candidates.empty()) return;
  Finding finding = onSet("set/known-release", judgement);
  finding.certainty = Certainty::kLikely;
  finding.consumers = judgement.all(kHarmless);
  finding.variant = candidates.size() > 1 ? "several" : "";
  put(finding.args, "name", candidates[0], "names", candidates, "count", candidates.size());
  finding.evidence.items = candidates;
  judgement.add(std::move(finding));
}

void checkOptimizer(Judgement& judgement) {
  const TensorTable& table = judgement.table();
  std::vector<std::string> names;
  uint64_t bytes = 0, all = 0;
  for (const TensorInfo& tensor : table.all()) {
    all += tensor.bytes();
    if (!isOptimizerName(tensor.name)) continue;
    names.push_back(tensor.name);
    bytes += tensor.bytes();
  }
  if (names.empty()) return;
  Finding finding = onSet("set/optimizer-slots", judgement);
  finding.consumers = judgement.all(kHarmless);
  finding.variant = names.size() == 1 && names[0] == "global_step" ? "global-step" : "";
  put(finding.args, "count", names.size(), "total", table.size(), "bytes", bytes, "all", all, "rest", all - bytes, "percent",
      all > 0 ? bytes * 100 / all : 0);
  finding.evidence.items = foldNames(names);
  std::set<std::string> ends;
  for (const std::string& name : names) ends.insert(name.substr(name.rfind('/') + 1));
  std::string lines = "slots = {";
  for (const std::string& end : ends) lines += (lines.back() == '{' ? "" : ", ") + pythonText(end);
  lines += "}\ntensors = {name: value for name, value in tensors.items() if name.split('/')[-1] not in slots}\n";
  finding.file = checkpointScript(judgement, "without_optimizer.py", lines);
  finding.paste = Paste{PasteKind::kCode, finding.file->text};
  judgement.add(std::move(finding));
}

void checkTaskHead(Judgement& judgement) {
  const TensorTable& table = judgement.table();
  std::vector<std::string> names;
  for (const TensorInfo& tensor : table.all()) {
    if (isTaskHeadName(tensor.name)) names.push_back(tensor.name);
  }
  if (names.empty()) return;
  const bool spans = std::any_of(names.begin(), names.end(), [](const std::string& name) {
    return name.find("squad") != std::string::npos || name.find("qa_outputs") != std::string::npos;
  });
  int64_t classes = 0;
  for (const char* name : {"output_bias", "classifier.bias"}) {
    const TensorInfo* bias = table.find(name);
    if (bias != nullptr && bias->shape.size() == 1) classes = bias->shape[0];
  }
  Finding finding = onSet("set/task-head", judgement);
  finding.subject = {SubjectKind::kTensor, judgement.indexPath(), names[0], 0};
  finding.consumers = judgement.all(kHarmless);
  finding.variant = spans ? "spans" : classes == 0 ? "unknown" : "";
  put(finding.args, "classes", classes, "name", names[0], "names", names);
  set(finding.evidence.found, classes > 0 ? Json(classes) : Json());
  finding.evidence.items = names;
  judgement.add(std::move(finding));
}

void checkRobertaInName(Judgement& judgement) {
  if (judgement.shape_sizes.layers == 0) return;
  for (const std::string& name : {judgement.folder_name, judgement.facts().stem}) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (lower.find("roberta") == std::string::npos) continue;
    Finding finding = onSet("set/roberta-in-name", judgement);
    // transformers 4 guesses the class from the path where the config does not name it.
    const BertConfig* own = judgement.ownConfig();
    const bool guessed = own != nullptr && own->good() && own->find("model_type") == nullptr;
    finding.consumers = judgement.each([&](const ConsumerSpec& consumer, const Outcome&) {
      const bool guesses = guessed && consumer.id == kHfNative && consumer.modes.transformers == 4 && consumer.modes.class_name.starts_with("Auto");
      return std::optional(guesses ? kMayBeWrong : kHarmless);
    });
    put(finding.args, "name", name);
    set(finding.evidence.found, name);
    finding.paste = Paste{PasteKind::kCode, "BertTokenizer, BertModel"};
    judgement.add(std::move(finding));
    return;
  }
}

void checkPrecision(Judgement& judgement) {
  const TensorTable& table = judgement.table();
  std::set<uint32_t> half, brain;
  std::vector<std::string> names;
  for (const auto& [role, tensor] : judgement.names.repaired) {
    if (table[tensor].dtype == DType::kFloat16) half.insert(tensor);
    else if (table[tensor].dtype == DType::kBfloat16) brain.insert(tensor);
    else continue;
    names.push_back(table[tensor].name);
  }
  if (names.empty()) return;
  const auto anyOf = [&](const RoleMap& seen, const Outcome& outcome) {
    return std::any_of(seen.begin(), seen.end(), [&](const auto& entry) {
      return (half.count(entry.second) > 0 || brain.count(entry.second) > 0) && outcome.reads.count(entry.second) > 0 &&
             outcome.demand.has(groupOf(entry.first.part)) && entry.first.layer < outcome.demand.layers;
    });
  };
  // Python's reader, which all but google-research/bert use, knows no half precision in the older form.
  const bool reader_stops = judgement.facts().weights == WeightsKind::kTfV1;
  Finding finding = onSet("set/half-precision", judgement);
  finding.subject = {SubjectKind::kTensor, judgement.indexPath(), names[0], 0};
  finding.consumers = judgement.each([&](const ConsumerSpec& consumer, const Outcome& outcome) -> std::optional<Effect> {
    switch (consumer.id) {
      case kGoogleBert:
      case kModelGarden: return anyOf(judgement.names.repaired, outcome) ? kRefuses : kHarmless;
      case kHfConvert: {  // NumPy's bfloat16 is none of PyTorch's types
        const auto& writes = outcome.walk.writes;
        const bool writes_brain = std::any_of(writes.begin(), writes.end(), [&](const WalkWrite& write) { return brain.count(write.tensor) > 0; });
        return reader_stops || writes_brain ? kRefuses : kHarmless;
      }
      default: return reader_stops && anyOf(judgement.names.repaired, outcome) ? kRefuses : kHarmless;
    }
  });
  const char* type = brain.empty() ? "half" : "bfloat16";
  put(finding.args, "found", type, "expected", "float32", "count", names.size(), "total", judgement.names.repaired.size());
  set(finding.evidence.found, type);
  set(finding.evidence.expected, "float32");
  finding.evidence.items = foldNames(names);
  if (!judgement.isTfSet()) return judgement.add(std::move(finding));
  finding.evidence.seen_as = reader_stops ? "Data type not supported" : "expected dtype float does not equal original dtype " + std::string(type);
  finding.file = checkpointScript(judgement, "to_float32.py",
                                  "tensors = {name: value.astype('float32') if value.dtype.itemsize == 2 else value for name, value in tensors.items()}\n");
  finding.paste = Paste{PasteKind::kCode, finding.file->text};
  judgement.add(std::move(finding));
}

void checkOtherTensors(Judgement& judgement) {
  // Names of another family, or of an adapter, are said there to be so.
  const auto explains = [](const Finding& finding) { return finding.code.area() == "family" || finding.code == Code("set/adapter-only"); };
  if (judgement.facts().isHfSet() && std::any_of(judgement.findings.begin(), judgement.findings.end(), explains)) return;
  const TensorTable& table = judgement.table();
  std::set<uint32_t> known;
  for (const auto& [role, tensor] : judgement.names.repaired) known.insert(tensor);
  std::vector<std::string> names;
  for (uint32_t i = 0; i < table.size(); ++i) {
    const std::string& name = table[i].name;
    if (known.count(i) > 0 || roleIn(judgement.names.scheme, name) || isOptimizerName(name) || isTaskHeadName(name) || isObjectGraphName(name)) continue;
    if (judgement.facts().isHfSet() && (isHfBufferName(name) || isHfTiedCopyName(name))) continue;
    names.push_back(name);
  }
  if (names.empty()) return;
  Finding finding = onSet("set/other-tensors", judgement);
  finding.consumers = judgement.all(kHarmless);
  put(finding.args, "count", names.size(), "name", names[0]);
  finding.evidence.items = foldNames(names);
  judgement.add(std::move(finding));
}

void checkGraph(Judgement& judgement) {
  const MetaFacts& meta = judgement.facts().meta;
  if (!meta.readable) return;
  if (!meta.tensorflow_version.empty()) {
    Finding finding = onSet("set/producer", judgement);
    finding.subject = {SubjectKind::kFile, judgement.path(meta.file), "", 0};
    finding.consumers = judgement.all(kHarmless);
    put(finding.args, "version", meta.tensorflow_version);
    set(finding.evidence.found, meta.tensorflow_version);
    judgement.add(std::move(finding));
  }
  if (meta.names.empty() || !judgement.readable()) return;
  const std::set<std::string> graph(meta.names.begin(), meta.names.end());
  std::vector<std::string> only_graph, only_index;
  for (const std::string& name : graph) {
    if (judgement.table().find(name) == nullptr) only_graph.push_back(name);
  }
  for (const TensorInfo& tensor : judgement.table().all()) {
    if (graph.count(tensor.name) == 0) only_index.push_back(tensor.name);
  }
  if (only_graph.empty() && only_index.empty()) return;
  Finding finding = onSet("set/meta-disagrees", judgement);
  finding.certainty = Certainty::kLikely;
  finding.subject = {SubjectKind::kFile, judgement.path(meta.file), "", 0};
  finding.consumers = judgement.all(kMayBeWrong);
  put(finding.args, "only_graph", only_graph.size(), "only_index", only_index.size(), "name",
      only_graph.empty() ? only_index[0] : only_graph[0]);
  set(finding.evidence.found, graph.size());
  set(finding.evidence.expected, judgement.table().size());
  finding.evidence.items = foldNames(only_graph.empty() ? only_index : only_graph);
  judgement.add(std::move(finding));
}

}  // namespace

void checkSet(Judgement& judgement) {
  checkGraph(judgement);
  if (!judgement.readable()) return;
  checkKnownRelease(judgement);
  checkOptimizer(judgement);
  checkTaskHead(judgement);
  checkRobertaInName(judgement);
  checkPrecision(judgement);
  checkOtherTensors(judgement);
}

}  // namespace bp
