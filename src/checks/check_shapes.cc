// Do the config's sizes and the tensors' shapes agree?
#include <algorithm>

#include "bert/tensor_names.h"
#include "checks/fixes.h"
#include "text/casing.h"

namespace bp {
namespace {

using enum Consumer;
using enum Effect;

// A size that the config gives or a loader assumes, against the rows of a table.
struct RowRule {
  Code code;
  const char* key;
  Part table;
  int64_t Sizes::* size;
};

Finding onKey(Code code, const Judgement& judgement, const std::string& key) {
  Finding finding{code};
  finding.subject = configKey(judgement, key);
  return finding;
}

std::vector<Role> rolesOf(Part part) { return {{part, -1}}; }

// The loaders that build another number of rows than there are, each with what it builds.
struct RowDispute {
  std::vector<Affected> affected;
  int64_t found = 0;  // rows of the config or, if it says none, of the first loader's own default
};

RowDispute disputeOf(const Judgement& judgement, const RowRule& rule, Judgement::Ids left_out) {
  const int64_t rows = judgement.shape_sizes.*rule.size;
  RowDispute dispute;
  dispute.found = judgement.config_sizes.*rule.size;
  dispute.affected = judgement.each([&](const ConsumerSpec& consumer, const Outcome& outcome) -> std::optional<Effect> {
    if (std::find(left_out.begin(), left_out.end(), consumer.id) != left_out.end()) return std::nullopt;
    const int64_t built = judgement.sizesFor(consumer).*rule.size;
    if (built == 0 || built == rows) return std::nullopt;
    if (dispute.found == 0) dispute.found = built;
    return judgement.whenMismatched(consumer, outcome, rolesOf(rule.table));
  });
  return dispute;
}

void checkVocabRows(Judgement& judgement) {
  const RowRule rule{"shapes/vocab-rows", "vocab_size", Part::kWordTable, &Sizes::vocab};
  const int64_t rows = judgement.shape_sizes.vocab;
  RowDispute dispute = disputeOf(judgement, rule, {});
  if (dispute.affected.empty()) return;
  const int64_t lines = judgement.vocab ? int64_t{judgement.vocab->maxId()} + 1 : 0;
  for (Affected& one : dispute.affected) {  // goes on with a random table of V rows, until an id lies behind it
    const int64_t built = judgement.sizesFor(judgement.consumers()[one.entry]).vocab;
    if (one.consumer == kBertForTf2 && built > 0 && lines > built) one.effect = kRefuses;
  }
  Finding finding = onKey(rule.code, judgement, rule.key);
  finding.consumers = std::move(dispute.affected);
  put(finding.args, "found", dispute.found, "expected", rows, "lines", lines);
  finding.variant = judgement.config_sizes.vocab == 0 ? "default" : !judgement.vocab ? "no-vocab" : lines == rows ? "" : lines == dispute.found ? "vocab-agrees-with-config" : "three-differ";
  set(finding.evidence.found, dispute.found);
  set(finding.evidence.expected, rows);
  finding.evidence.why = {"weights"};
  if (lines == rows) finding.evidence.why.push_back("vocab");
  finding.evidence.items = {judgement.nameOf({Part::kWordTable, -1}) + " " + shapeText(Shape{rows, judgement.shape_sizes.hidden})};
  fixConfig(finding, judgement, {{rule.key, std::to_string(rows)}});
  judgement.add(std::move(finding));
}

void checkPositionRows(Judgement& judgement) {
  const RowRule rule{"shapes/position-rows", "max_position_embeddings", Part::kPositionTable, &Sizes::positions};
  const int64_t rows = judgement.shape_sizes.positions;
  RowDispute dispute = disputeOf(judgement, rule, {});
  if (dispute.affected.empty()) return;
  Finding finding = onKey(rule.code, judgement, rule.key);
  // keras-bert cuts a longer table.
  finding.consumers = dispute.affected + (dispute.found < rows ? judgement.these({kKerasBert}, kHarmless) : std::vector<Affected>());
  finding.variant = judgement.config_sizes.positions == 0 ? "default" : dispute.found < rows ? "more-rows" : "";
  put(finding.args, "found", dispute.found, "expected", rows, "longest", std::min(dispute.found, rows));
  set(finding.evidence.found, dispute.found);
  set(finding.evidence.expected, rows);
  finding.evidence.why = {"weights"};
  fixConfig(finding, judgement, {{rule.key, std::to_string(rows)}});
  judgement.add(std::move(finding));
}

void checkSegmentRows(Judgement& judgement) {
  const int64_t rows = judgement.shape_sizes.segments;
  const RowRule rule{"shapes/segment-rows", "type_vocab_size", Part::kSegmentTable, &Sizes::segments};
  const std::vector<Affected> keras = judgement.each([&](const ConsumerSpec& consumer, const Outcome& outcome) -> std::optional<Effect> {
    if (consumer.id != kKerasBert) return std::nullopt;
    return judgement.whenMismatched(consumer, outcome, rolesOf(Part::kSegmentTable));
  });
  if (!keras.empty() && rows != 2) {
    Finding finding{"shapes/segment-rows-not-two"};
    const auto table = judgement.names.repaired.find(Role{Part::kSegmentTable, -1});
    finding.subject = {SubjectKind::kTensor, judgement.indexPath(), judgement.table()[table->second].name, 0};
    finding.consumers = keras;
    put(finding.args, "found", rows, "expected", 2);
    finding.variant = rows < 2 ? "one" : "";
    set(finding.evidence.found, rows);
    set(finding.evidence.expected, 2);
    finding.evidence.seen_as = "Layer Embedding-Segment weight shape (2, " + std::to_string(judgement.shape_sizes.hidden) +
                               ") is not compatible with provided weight shape (" + std::to_string(rows) + ", " +
                               std::to_string(judgement.shape_sizes.hidden) + ").";
    const std::string config = judgement.config() ? judgement.config()->file() : "bert_config.json";
    finding.paste = Paste{PasteKind::kCode, "build_transformer_model(config_path=" + pythonText(config) + ", checkpoint_path=" +
                                                pythonText(judgement.facts().prefix()) + ", model='bert')"};
    judgement.add(std::move(finding));
  }
  RowDispute dispute = disputeOf(judgement, rule, {kKerasBert});
  if (dispute.affected.empty()) return;
  Finding finding = onKey(rule.code, judgement, rule.key);
  finding.consumers = std::move(dispute.affected);
  finding.variant = judgement.config_sizes.segments == 0 ? "default" : "";
  put(finding.args, "found", dispute.found, "expected", rows);
  set(finding.evidence.found, dispute.found);
  set(finding.evidence.expected, rows);
  finding.evidence.why = {"weights"};
  fixConfig(finding, judgement, {{rule.key, std::to_string(rows)}});
  judgement.add(std::move(finding));
}

// hidden_size and intermediate_size: each stands in most tensors.
void checkWidths(Judgement& judgement) {
  const Sizes& shapes = judgement.shape_sizes;
  struct Width {
    const char* key;
    int64_t Sizes::* size;
  };
  for (const Width& width : {Width{"hidden_size", &Sizes::hidden}, Width{"intermediate_size", &Sizes::intermediate}}) {
    const int64_t expected = shapes.*width.size;
    if (expected == 0) continue;
    int64_t found = judgement.config_sizes.*width.size;
    std::vector<Affected> affected = judgement.each([&](const ConsumerSpec& consumer, const Outcome& outcome) -> std::optional<Effect> {
      const int64_t built = judgement.sizesFor(consumer).*width.size;
      if (built == 0 || built == expected || outcome.mismatched.empty() || !outcome.by_config) return std::nullopt;
      if (found == 0) found = built;
      return consumer.id == kBertForTf2 ? kLoadsWrong : kRefuses;
    });
    if (affected.empty()) continue;
    Finding finding = onKey("shapes/other-size", judgement, width.key);
    finding.consumers = std::move(affected);
    finding.variant = judgement.config_sizes.*width.size == 0 ? "default" : "";
    put(finding.args, "key", width.key, "found", found, "expected", expected, "hidden", shapes.hidden, "layers", shapes.layers,
        "intermediate", shapes.intermediate, "vocab", shapes.vocab, "positions", shapes.positions, "segments", shapes.segments);
    set(finding.evidence.found, found);
    set(finding.evidence.expected, expected);
    finding.evidence.why = {"weights"};
    std::vector<ConfigValue> values;
    const auto change = [&](const char* key, int64_t config, int64_t shape) {
      if (shape > 0 && config != shape) values.push_back({key, std::to_string(shape)});
    };
    change("hidden_size", judgement.config_sizes.hidden, shapes.hidden);
    change("intermediate_size", judgement.config_sizes.intermediate, shapes.intermediate);
    change("vocab_size", judgement.config_sizes.vocab, shapes.vocab);
    change("max_position_embeddings", judgement.config_sizes.positions, shapes.positions);
    change("type_vocab_size", judgement.config_sizes.segments, shapes.segments);
    if (judgement.names.layers > 0) change("num_hidden_layers", judgement.config_sizes.layers, shapes.layers);
    fixConfig(finding, judgement, values);
    judgement.add(std::move(finding));
  }
}

// Tensors that do not even fit the other tensors.
void checkOddTensors(Judgement& judgement) {
  const TensorTable& table = judgement.table();
  std::vector<Role> turned, split, other;
  int64_t heads = 0, head_size = 0;
  for (const auto& [role, tensor] : judgement.names.repaired) {
    const Shape& shape = table[tensor].shape;
    const Shape wanted = judgement.storedShapeOf(role, judgement.shape_sizes);
    const bool known = std::find(wanted.begin(), wanted.end(), 0) == wanted.end();
    if (shape.size() == 3 && isKernel(role.part)) {
      split.push_back(role);
      if (role.part == Part::kQueryKernel) {
        heads = shape[1];
        head_size = shape[2];
      }
    } else if (shape.size() == 2 && isBias(role.part) && known && elementCount(shape) == wanted[0]) {
      split.push_back(role);  // [A, D], beside such kernels
    } else if (!known || shape == wanted) {
      continue;
    } else if (isKernel(role.part) && shape.size() == 2 && shape[0] == wanted[1] && shape[1] == wanted[0]) {
      turned.push_back(role);
    } else {
      other.push_back(role);
    }
  }
  const auto onRoles = [&](Code code, const std::vector<Role>& roles) {
    const TensorInfo& first = table[judgement.names.repaired.at(roles[0])];
    Finding finding{code};
    finding.subject = {SubjectKind::kTensor, judgement.indexPath(), first.name, 0};
    // In an object graph kernels by heads are what Model Garden saves, and right if there are as many as it builds.
    const bool restored = code == Code("shapes/heads-in-kernel") && !judgement.names.object_graph_keys.empty();
    finding.consumers = judgement.each([&](const ConsumerSpec& consumer, const Outcome& outcome) -> std::optional<Effect> {
      if (restored && !(consumer.id == kModelGarden && consumer.modes.restore)) return std::nullopt;
      return judgement.whenMismatched(consumer, outcome, roles);
    });
    const std::string found = shapeText(first.shape), expected = shapeText(judgement.storedShapeOf(roles[0], judgement.shape_sizes));
    put(finding.args, "name", first.name, "count", roles.size(), "found", found, "expected", expected);
    set(finding.evidence.found, found);
    set(finding.evidence.expected, expected);
    std::vector<std::string> names;
    for (const Role role : roles) names.push_back(table[judgement.names.repaired.at(role)].name);
    finding.evidence.items = foldNames(names);
    return finding;
  };
  if (!turned.empty()) {
    Finding finding = onRoles("shapes/layout-vs-names", turned);
    const bool keras = judgement.facts().weights == WeightsKind::kKerasH5;
    finding.file = checkpointScript(judgement, "transpose_kernels.py",
                                    std::string("import re\nkernel = re.compile(r'") +
                                        (judgement.facts().isHfSet() ? "(^|\\.)encoder\\.layer\\.\\d+\\..*(query|key|value|dense)\\.weight$"
                                         : keras                     ? "^(Encoder|Transformer)-\\d+-.*(_W.|/kernel):0$"
                                                                     : "(^|/)encoder/layer_\\d+/.*/kernel$") +
                                        "')\n"
                                    "tensors = {name: value.T if kernel.search(name) else value for name, value in tensors.items()}\n");
    finding.paste = Paste{PasteKind::kCode, finding.file->text};
    judgement.add(std::move(finding));
  }
  if (!split.empty()) {
    Finding finding = onRoles("shapes/heads-in-kernel", split);
    put(finding.args, "heads", heads);
    put(finding.args, "size", head_size);
    put(finding.args, "declared", judgement.config_sizes.heads);
    if (heads > 0 && heads != judgement.config_sizes.heads) fixConfig(finding, judgement, {{"num_attention_heads", std::to_string(heads)}});
    const std::string hidden = std::to_string(judgement.shape_sizes.hidden);
    FixFile script = checkpointScript(judgement, "flatten_kernels.py",
                                      "def flat(name, value):\n    if name.endswith('/kernel') and value.ndim == 3: return value.reshape(" + hidden + ", " + hidden +
                                          ")\n    if name.endswith('/bias') and value.ndim == 2: return value.reshape(-1)\n    return value\n"
                                          "tensors = {name: flat(name, value) for name, value in tensors.items()}\n");
    if (!finding.paste) finding.paste = Paste{PasteKind::kCode, script.text};
    finding.file = std::move(script);
    const bool graph = !judgement.names.object_graph_keys.empty();
    if (!graph || !finding.consumers.empty()) judgement.add(std::move(finding));
  }
  if (!other.empty()) {
    Finding finding = onRoles("shapes/other-size", other);
    finding.variant = "tensor";
    if (!finding.consumers.empty()) judgement.add(std::move(finding));
  }
}

void checkPositionLimit(Judgement& judgement) {
  const int64_t rows = judgement.shape_sizes.positions;
  if (rows == 0) return;
  int64_t longest = rows;
  if (judgement.config_sizes.positions > 0) longest = std::min(longest, judgement.config_sizes.positions);
  for (const ConsumerSpec& consumer : judgement.consumers()) {
    if (consumer.id == kKerasBert && consumer.modes.seq_len) longest = std::min(longest, *consumer.modes.seq_len);
  }
  Finding finding = onKey("shapes/position-limit", judgement, "max_position_embeddings");
  finding.consumers = judgement.all(kHarmless);
  put(finding.args, "longest", longest, "rows", rows);
  set(finding.evidence.found, longest);
  if (judgement.input().text && judgement.vocab) {
    TokenizeOptions options;
    options.casing = givenCasing(judgement).value_or(casingShares(*judgement.vocab).best());
    const auto tokens = static_cast<int64_t>(Tokenizer(*judgement.vocab).encode(*judgement.input().text, nullptr, options).input_ids.size());
    if (tokens > longest) {
      finding.variant = "text";
      put(finding.args, "tokens", tokens);
      set(finding.evidence.found, tokens);
      set(finding.evidence.expected, longest);
    }
  }
  judgement.add(std::move(finding));
}

}  // namespace

void checkShapes(Judgement& judgement) {
  if (!judgement.readable()) return;
  const bool narrow_words = [&] {  // a word table of another width is a family's business, or hidden_size's
    const auto word = judgement.names.repaired.find(Role{Part::kWordTable, -1});
    return word != judgement.names.repaired.end() && judgement.table()[word->second].shape.size() == 2 &&
           judgement.config_sizes.hidden > 0 && judgement.table()[word->second].shape[1] != judgement.config_sizes.hidden;
  }();
  checkWidths(judgement);
  if (!narrow_words) checkVocabRows(judgement);
  checkSegmentRows(judgement);
  checkPositionRows(judgement);
  checkOddTensors(judgement);
  checkPositionLimit(judgement);
}

}  // namespace bp
