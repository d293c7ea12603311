// Does the walk of hf-convert through the model reach the end of every name?
#include <algorithm>
#include <set>

#include "bert/tensor_names.h"
#include "checks/fixes.h"

namespace bp {
namespace {

using enum Consumer;
using enum Effect;

struct WalkTrouble {
  std::vector<uint32_t> heads;       // cls/* for a class without heads
  std::vector<uint32_t> stops;       // names it cannot map
  std::vector<uint32_t> overwrites;  // that land on another tensor's weight
  std::string head_error, stop_error;
};

WalkTrouble troubleOf(const Judgement& judgement, const ConsumerSpec& consumer, const Walk& walk) {
  const TensorTable& table = judgement.table();
  // Names with a cause of their own are not told twice.
  std::set<uint32_t> explained;
  for (const auto* list : {&judgement.names.scoped, &judgement.names.numbered, &judgement.names.near}) {
    for (const Renaming& one : *list) explained.insert(one.tensor);
  }
  const bool headless = consumer.modes.class_name == "BertModel";
  WalkTrouble trouble;
  for (const WalkStop& stop : walk.stops) {
    const std::string& name = table[stop.tensor].name;
    if (headless && name.compare(judgement.names.scope.size(), 4, "cls/") == 0) {
      if (trouble.heads.empty()) trouble.head_error = stop.error;
      trouble.heads.push_back(stop.tensor);
      continue;
    }
    if (stop.why == WalkStop::Why::kLayerNumber || explained.count(stop.tensor) > 0) continue;
    if (stop.why == WalkStop::Why::kShape && googleRole(name)) continue;  // a wrong size, not a wrong name
    if (trouble.stops.empty()) trouble.stop_error = stop.error;
    trouble.stops.push_back(stop.tensor);
  }
  std::map<Role, uint32_t> written;
  for (const WalkWrite& write : walk.writes) {
    if (!written.emplace(write.role, write.tensor).second || (write.turned && isOptimizerName(table[write.tensor].name))) {
      trouble.overwrites.push_back(write.tensor);
    }
  }
  return trouble;
}

Finding onTensors(Code code, const Judgement& judgement, const std::vector<uint32_t>& tensors, size_t entry, Effect effect) {
  Finding finding{code};
  finding.subject = {SubjectKind::kTensor, judgement.indexPath(), judgement.table()[tensors[0]].name, 0};
  finding.consumers = {{kHfConvert, effect, static_cast<uint32_t>(entry)}};
  finding.evidence.items = namesOf(judgement.table(), tensors);
  put(finding.args, "count", tensors.size(), "name", judgement.table()[tensors[0]].name);
  return finding;
}

}  // namespace

void checkConverter(Judgement& judgement) {
  if (!judgement.readable()) return;
  for (size_t i = 0; i < judgement.consumers().size(); ++i) {
    const ConsumerSpec& consumer = judgement.consumers()[i];
    if (consumer.id != kHfConvert || !judgement.outcomes[i].applies) continue;
    const WalkTrouble trouble = troubleOf(judgement, consumer, judgement.outcomes[i].walk);
    if (!trouble.heads.empty()) {
      Finding finding = onTensors("names/head-for-headless-class", judgement, trouble.heads, i, kRefuses);
      put(finding.args, "class", consumer.modes.class_name);
      finding.evidence.seen_as = trouble.head_error;
      const std::string config = judgement.config() ? judgement.config()->file() : "bert_config.json";
      finding.paste = Paste{PasteKind::kCode,
                            "from transformers import BertConfig, BertForPreTraining\n"
                            "from transformers.models.bert.modeling_bert import load_tf_weights_in_bert\n"
                            "config = BertConfig.from_json_file(" + pythonText(config) + ")\nmodel = BertForPreTraining(config)\n"
                            "load_tf_weights_in_bert(model, config, " + pythonText(judgement.facts().prefix()) + ")\nencoder = model.bert"};
      judgement.add(std::move(finding));
    }
    const bool two_models = judgement.names.claims.size() > 1;
    if (trouble.stops.empty() && (trouble.overwrites.empty() || two_models)) continue;
    const bool stops = !trouble.stops.empty();
    Finding finding = onTensors("names/converter-cannot-map", judgement, stops ? trouble.stops : trouble.overwrites, i, stops ? kRefuses : kLoadsWrong);
    finding.variant = stops ? "" : "overwrites";
    put(finding.args, "error", trouble.stop_error);
    finding.evidence.seen_as = trouble.stop_error;
    std::string lines = "unknown = {\n";
    for (const uint32_t tensor : stops ? trouble.stops : trouble.overwrites) lines += "    " + pythonText(judgement.table()[tensor].name) + ",\n";
    lines += "}\ntensors = {name: value for name, value in tensors.items() if name not in unknown}\n";
    finding.file = checkpointScript(judgement, "without_unknown_names.py", lines);
    finding.paste = Paste{PasteKind::kCode, finding.file->text};
    judgement.add(std::move(finding));
  }
}

}  // namespace bp
