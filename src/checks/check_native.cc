// Does transformers build the class the weights are of, and what of them does it rename or leave aside?
#include <algorithm>

#include "bert/tensor_names.h"
#include "checks/fixes.h"
#include "checks/native_model.h"
#include "checks/tied_difference.h"

namespace bp {
namespace {

using enum Consumer;
using enum Effect;

bool isAuto(const ConsumerSpec& consumer) { return consumer.modes.class_name.starts_with("Auto"); }

Finding onTensor(Code code, const Judgement& judgement, const std::string& tensor) {
  Finding finding{code};
  finding.subject = {tensor.empty() ? SubjectKind::kSet : SubjectKind::kTensor, judgement.indexPath(), tensor, 0};
  return finding;
}

// --- config.json ----------------------------------------------------------------------------------------------

void checkTypeThere(Judgement& judgement, const BertConfig& config) {
  if (config.string("model_type")) return;
  Finding finding{"config/model-type-missing"};
  finding.subject = {SubjectKind::kFile, config.file(), "", 0};
  finding.consumers = judgement.each([&](const ConsumerSpec& consumer, const Outcome&) -> std::optional<Effect> {
    if (consumer.id != kHfNative) return std::nullopt;
    const bool guesses =
        consumer.modes.transformers == 4 && config.find("model_type") == nullptr && !typeInPath(judgement.folder()).empty();
    return isAuto(consumer) && !guesses ? kRefuses : kHarmless;
  });
  set(finding.evidence.expected, "bert");
  finding.evidence.seen_as = "Unrecognized model. Should have a `model_type` key in its config.json";
  fixConfig(finding, judgement, {{"model_type", "\"bert\""}});
  judgement.add(std::move(finding));
}

// The config says RoBERTa; names, shapes and vocabulary are BERT's.
void checkType(Judgement& judgement, const BertConfig& config) {
  const SetFacts& facts = judgement.facts();
  const std::string type = config.string("model_type").value_or("");
  const std::vector<std::string> classes = config.strings("architectures");
  const bool by_class = std::any_of(classes.begin(), classes.end(), [](const std::string& name) { return name.starts_with("Roberta"); });
  if (type != "roberta" && !by_class) return;
  const Sizes& shapes = judgement.shape_sizes;
  const bool of_bert =
      judgement.readable() && shapes.layers > 0 && judgement.names.scope.empty() && shapes.positions != 514 && shapes.segments != 1;
  const bool merges = std::any_of(facts.files.begin(), facts.files.end(), [](const SetFile& file) { return file.name == "merges.txt"; });
  if (!of_bert || merges || !judgement.vocab || !judgement.vocab->id("[CLS]")) return;
  const std::string tokenizer = facts.tokenizer_config ? facts.tokenizer_config->string("tokenizer_class").value_or("") : "";
  const bool own_tokenizer = tokenizer.starts_with("BertTokenizer");
  Finding finding{"config/model-type-wrong"};
  const std::string key = type == "roberta" ? "model_type" : "architectures";
  finding.subject = configKey(judgement, key);
  finding.consumers = judgement.each([&](const ConsumerSpec& consumer, const Outcome& outcome) -> std::optional<Effect> {
    if (consumer.id != kHfNative) return std::nullopt;
    if (type == "roberta" && !own_tokenizer)
      return consumer.modes.transformers == 4 ? kRefuses : kLoadsWrong;  // RobertaTokenizer, on vocab.txt
    return outcome.builds == "roberta" ? kLoadsWrong : kHarmless;
  });
  put(finding.args, "key", key, "found", config.find(key)->spelled);
  set(finding.evidence.found, config.find(key)->value);
  set(finding.evidence.expected, "bert");
  finding.evidence.why = {"weights", "vocab"};
  fixConfig(finding, judgement, {{"model_type", "\"bert\""}});
  finding.paste =
      Paste{PasteKind::kCode, "# \"model_type\": \"bert\" in config.json, then:\ntokenizer = BertTokenizer.from_pretrained(" +
                                  pythonText(judgement.folder()) + ")\nmodel = BertModel.from_pretrained(" + pythonText(judgement.folder()) + ")"};
  judgement.add(std::move(finding));
}

// --- names ----------------------------------------------------------------------------------------------------

void checkGammaBeta(Judgement& judgement) {
  const NamesView& names = judgement.names;
  if (names.gamma_beta == 0) return;
  const TensorTable& table = judgement.table();
  std::vector<std::string> old_names;
  for (const auto& [role, tensor] : names.repaired) {
    if (table[tensor].name.ends_with("LayerNorm.gamma") || table[tensor].name.ends_with("LayerNorm.beta"))
      old_names.push_back(table[tensor].name);
  }
  Finding finding = onTensor("names/gamma-beta", judgement, old_names[0]);
  finding.consumers = judgement.these({kHfNative}, kHarmless);
  put(finding.args, "count", names.gamma_beta, "name", old_names[0]);
  finding.evidence.items = foldNames(old_names);
  finding.paste = Paste{PasteKind::kRename, "s#LayerNorm\\.gamma$#LayerNorm.weight#;s#LayerNorm\\.beta$#LayerNorm.bias#"};
  judgement.add(std::move(finding));
}

// An adapter changes a model that has to be there.
void checkAdapter(Judgement& judgement) {
  std::vector<std::string> adapters;
  for (const TensorInfo& tensor : judgement.table().all()) {
    if (isAdapterName(tensor.name)) adapters.push_back(tensor.name);
  }
  const bool base = std::any_of(judgement.names.repaired.begin(), judgement.names.repaired.end(),
                                [](const auto& entry) { return groupOf(entry.first.part) <= PartGroup::kLayer; });
  if (adapters.empty() || base) return;
  const BertConfig* config = judgement.ownConfig();
  const bool complete = config != nullptr && config->good() && config->describesModel();
  Finding finding = onTensor("set/adapter-only", judgement, adapters[0]);
  finding.consumers = judgement.these({kHfNative}, complete ? kLoadsWrong : kRefuses);
  put(finding.args, "count", adapters.size(), "name", adapters[0]);
  set(finding.evidence.found, adapters.size());
  finding.evidence.items = foldNames(adapters);
  judgement.add(std::move(finding));
}

// What no class asks for, or another one does; said only where nothing of the encoder is missing.
void checkNotUsed(Judgement& judgement) {
  const TensorTable& table = judgement.table();
  for (size_t i = 0; i < judgement.consumers().size(); ++i) {
    const Outcome& outcome = judgement.outcomes[i];
    if (judgement.consumers()[i].id != kHfNative || !outcome.applies) continue;
    const bool encoder_missing =
        std::any_of(outcome.missing.begin(), outcome.missing.end(), [](Role role) { return groupOf(role.part) <= PartGroup::kLayer; });
    uint64_t buffers = 0, copies = 0, heads = 0, unknown = 0;
    std::vector<std::string> names;
    for (uint32_t tensor = 0; tensor < table.size(); ++tensor) {
      const std::string& name = table[tensor].name;
      if (outcome.reads.count(tensor) > 0 || isTaskHeadName(name)) continue;
      const auto role = hfRole(name);
      if (isHfBufferName(name))
        ++buffers;
      else if (isHfTiedCopyName(name))
        ++copies;
      else if (role && groupOf(role->part) >= PartGroup::kPooler)
        ++heads;
      else
        ++unknown;
      names.push_back(name);
    }
    if (names.empty() || unknown > 0 || encoder_missing) continue;
    Finding finding = onTensor("names/not-used", judgement, names[0]);
    finding.consumers = judgement.these({kHfNative}, kHarmless);
    put(finding.args, "count", names.size(), "name", names[0], "buffers", buffers, "copies", copies, "heads", heads);
    finding.evidence.items = foldNames(names);
    return judgement.add(std::move(finding));
  }
}

// The matrix that turns vectors back into words is the word table, unless the config says otherwise.
void checkDecoder(Judgement& judgement) {
  const TensorTable& table = judgement.table();
  const DataPass* data = judgement.input().data;
  const auto decoder = table.indexOf(judgement.names.scope + "cls.predictions.decoder.weight");
  const auto words = judgement.names.repaired.find(Role{Part::kWordTable, -1});
  if (data == nullptr || !decoder || words == judgement.names.repaired.end()) return;
  if (judgement.configGood() && !judgement.config()->boolean("tie_word_embeddings").value_or(true)) return;
  if (table[*decoder].shape != table[words->second].shape || !data->good(*decoder) || !data->good(words->second)) return;
  if (data->stats(*decoder).fingerprint == data->stats(words->second).fingerprint) return;
  const auto largest = judgement.input().decoder == nullptr ? std::nullopt : judgement.input().decoder->largest();
  if (table[*decoder].dtype != table[words->second].dtype && largest == 0.0f) return;  // the same numbers in another type
  Finding finding = onTensor("weights/decoder-not-tied", judgement, table[*decoder].name);
  finding.consumers = judgement.each([](const ConsumerSpec& consumer, const Outcome& outcome) -> std::optional<Effect> {
    if (consumer.id != kHfNative) return std::nullopt;
    return outcome.demand.has(PartGroup::kMlm) ? kMayBeWrong : kHarmless;
  });
  put(finding.args, "tensor", table[*decoder].name);
  if (largest && *largest > 0) {
    put(finding.args, "found", *largest);
    set(finding.evidence.found, *largest);
    set(finding.evidence.expected, 0);
  }
  fixConfig(finding, judgement, {{"tie_word_embeddings", "false"}});
  judgement.add(std::move(finding));
}

}  // namespace

void checkNative(Judgement& judgement) {
  if (judgement.isTfSet()) return;
  if (const BertConfig* config = judgement.ownConfig(); config != nullptr && config->good()) {
    checkTypeThere(judgement, *config);
    checkType(judgement, *config);
  }
  if (!judgement.facts().isHfSet() || !judgement.readable()) return;
  checkGammaBeta(judgement);
  checkAdapter(judgement);
  checkNotUsed(judgement);
  checkDecoder(judgement);
}

}  // namespace bp
