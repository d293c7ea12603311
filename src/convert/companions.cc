#include "convert/companions.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/sort.h"
#include "text/casing.h"

namespace bp {
namespace {

constexpr std::string_view kStem = "bert_model.ckpt";

// The class that has these heads.
std::string_view classOf(const ConversionPlan& plan) {
  if (plan.spans) return "BertForQuestionAnswering";
  if (plan.classes > 0) return "BertForSequenceClassification";
  if (plan.mlm && plan.nsp) return "BertForPreTraining";
  if (plan.mlm) return "BertForMaskedLM";
  return plan.nsp ? "BertForNextSentencePrediction" : "BertModel";
}

// Labels without names, where there are not two.
std::string labels(int64_t classes, bool by_id) {
  Json labels = Json::object();
  for (int64_t i = 0; i < classes; ++i) {
    const std::string id = std::to_string(i), name = "LABEL_" + id;
    if (by_id) labels[id] = name;
    else labels[name] = i;
  }
  return written(labels);
}
constexpr int64_t kMostLabels = 10000;

class ConfigEditor {
 public:
  explicit ConfigEditor(const BertConfig& config) : config_(config) {}
  void set(std::string_view key, std::string_view json) {
    if (const auto text = config_.withValue(key, json)) config_ = BertConfig::parse(config_.file(), *text);
  }
  void setIfAbsent(std::string_view key, std::string_view json) {
    if (config_.find(key) == nullptr) set(key, json);
  }
  const BertConfig& config() const { return config_; }

 private:
  BertConfig config_;
};

std::string configForTransformers(const Judgement& judgement, const ConversionPlan& plan) {
  ConfigEditor editor(*judgement.config());
  // What a set of transformers says of itself stands; of any other, the weights say it.
  const bool own = judgement.facts().isHfSet();
  const std::string classes = "[\"" + std::string(classOf(plan)) + "\"]", type = "\"bert\"";
  if (!own || editor.config().strings("architectures").empty()) editor.set("architectures", classes);
  if (!own || !editor.config().string("model_type")) editor.set("model_type", type);
  // Where Google's code and transformers take different sizes for granted, the tensors say which it is.
  const Sizes& sizes = judgement.shape_sizes;
  if (sizes.segments > 0) editor.setIfAbsent("type_vocab_size", std::to_string(sizes.segments));
  if (sizes.vocab > 0) editor.setIfAbsent("vocab_size", std::to_string(sizes.vocab));
  if (plan.classes > 0 && plan.classes != 2 && plan.classes <= kMostLabels && editor.config().find("num_labels") == nullptr) {
    editor.setIfAbsent("id2label", labels(plan.classes, true));
    editor.setIfAbsent("label2id", labels(plan.classes, false));
  }
  return editor.config().text();
}

// The keys that google-research/bert's modeling.py knows, and what transformers takes where they are absent.
constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kGoogleKeys = {{
    {"attention_probs_dropout_prob", "0.1"},
    {"hidden_act", "\"gelu\""},
    {"hidden_dropout_prob", "0.1"},
    {"hidden_size", "768"},
    {"initializer_range", "0.02"},
    {"intermediate_size", "3072"},
    {"max_position_embeddings", "512"},
    {"num_attention_heads", "12"},
    {"num_hidden_layers", "12"},
    {"type_vocab_size", "2"},
    {"vocab_size", "30522"},
}};

// What Google's code calls an activation of transformers: its gelu is the tanh form. Empty: it has none such.
std::string_view googleActivation(std::string_view name) {
  for (const std::string_view tanh_form : {"gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_accurate"}) {
    if (name == tanh_form) return "gelu";
  }
  for (const std::string_view known : {"gelu", "relu", "tanh", "linear"}) {
    if (name == known) return known;
  }
  return {};
}

std::optional<std::string> configForGoogle(const BertConfig& config, std::string& why) {
  std::vector<std::pair<std::string_view, std::string>> lines;
  for (const auto& [key, absent] : kGoogleKeys) {
    const JsonMember* member = config.find(key);
    const bool says = member != nullptr && !member->value.is_null();
    std::string value = says ? config.text().substr(static_cast<size_t>(member->value_place.offset), static_cast<size_t>(member->value_place.length))
                             : std::string(absent);
    if (key == "hidden_act" && says) {
      const std::string name = member->value.is_string() ? member->value.get<std::string>() : std::string();
      const std::string_view google = googleActivation(name);
      if (google.empty()) {
        why = "hidden_act is " + member->spelled + ", which Google's code has no word for";
        return std::nullopt;
      }
      value = "\"" + std::string(google) + "\"";
    }
    lines.emplace_back(key, std::move(value));
  }
  // Readers of these names take 1e-12 for granted; that it was another value stays on record.
  if (const auto epsilon = config.number("layer_norm_eps"); epsilon && *epsilon != 1e-12) lines.emplace_back("layer_norm_eps", config.find("layer_norm_eps")->spelled);
  stableSort(lines);
  std::string text = "{\n";
  for (const auto& [key, value] : lines) text += "  \"" + std::string(key) + "\": " + value + (key == lines.back().first ? "\n" : ",\n");
  return text + "}\n";
}

}  // namespace

std::string_view dataFileName(Target target) { return target == Target::kSafetensors ? "model.safetensors" : "bert_model.ckpt.data-00000-of-00001"; }
std::string_view configFileName(Target target) { return target == Target::kSafetensors ? "config.json" : "bert_config.json"; }

std::optional<std::string> convertedConfig(const Judgement& judgement, const ConversionPlan& plan, Target target, std::string& why) {
  if (!judgement.configGood()) return std::nullopt;
  const BertConfig& config = *judgement.config();
  std::optional<std::string> text = config.text();
  if (target == Target::kSafetensors) {
    text = configForTransformers(judgement, plan);
  } else if (judgement.facts().isHfSet()) {
    text = configForGoogle(config, why);
  }
  if (!text || !plan.vocab_rows) return text;
  return BertConfig::parse(config.file(), *text).withValue("vocab_size", std::to_string(*plan.vocab_rows));
}

std::optional<std::string> tokenizerConfig(const Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  if (facts.vocab_file == kNoFile) return std::nullopt;
  if (facts.tokenizer_config && facts.isHfSet()) return facts.tokenizer_config->text();
  if (judgement.vocabReadings() == nullptr) return std::nullopt;
  const Casing casing = judgement.vocabReadings()->casing.best();
  Json config = object("do_lower_case", casing.lower, "tokenizer_class", "BertTokenizer");
  if (casing.lower != casing.strip_accents) config["strip_accents"] = casing.strip_accents;  // else as do_lower_case has it
  if (judgement.config_sizes.positions > 0) config["model_max_length"] = judgement.config_sizes.positions;
  return written(config, 2) + "\n";
}

std::string checkpointState() {
  const std::string stem(kStem);
  return "model_checkpoint_path: \"" + stem + "\"\nall_model_checkpoint_paths: \"" + stem + "\"\n";
}

}  // namespace bp
