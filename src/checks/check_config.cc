// Can each loader read the config and build a model from it?
#include <algorithm>
#include <cmath>

#include "checks/fixes.h"
#include "text/unicode.h"

namespace bp {
namespace {

using enum Consumer;
using enum Effect;

constexpr const char* kSizeKeys[] = {"vocab_size",        "hidden_size",         "num_hidden_layers",      "num_attention_heads",
                                     "intermediate_size", "max_position_embeddings", "type_vocab_size"};

int64_t sizeNamed(const Sizes& sizes, std::string_view key) {
  const int64_t values[] = {sizes.vocab, sizes.hidden, sizes.layers, sizes.heads, sizes.intermediate, sizes.positions, sizes.segments};
  for (size_t i = 0; i < std::size(kSizeKeys); ++i) {
    if (key == kSizeKeys[i]) return values[i];
  }
  return 0;
}

Finding onConfig(Code code, const Judgement& judgement, const std::string& key = "") {
  Finding finding{code};
  if (key.empty()) {
    finding.subject = {SubjectKind::kFile, judgement.config()->file(), "", 0};
  } else {
    finding.subject = configKey(judgement, key);
  }
  return finding;
}

void offerDerived(Finding& finding, const Judgement& judgement) {
  const std::string text = configFromShapes(judgement);
  if (text.empty()) return;
  finding.paste = Paste{PasteKind::kConfig, text};
  finding.file = FixFile{judgement.isTfSet() ? "bert_config.json" : "config.json", text};
}

void checkText(Judgement& judgement) {
  const BertConfig& config = *judgement.config();
  const std::string name = config.file().substr(config.file().rfind('/') + 1);
  if (config.json().has_byte_order_mark) {
    Finding finding = onConfig("config/byte-order-mark", judgement);
    finding.consumers = judgement.all(kRefuses);
    put(finding.args, "file", name);
    finding.evidence.at = Place{config.file(), 0, 3};
    finding.evidence.seen_as = "Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)";
    finding.file = FixFile{name, config.text().substr(3)};
    finding.paste = Paste{PasteKind::kText, finding.file->text};
    judgement.add(std::move(finding));
    return;
  }
  const JsonFault& fault = config.json().fault;
  Finding finding = onConfig("config/not-json", judgement);
  finding.subject.line = fault.place.line;
  finding.consumers = judgement.all(kRefuses);
  finding.variant = config.text().empty() ? "empty" : "";
  put(finding.args, "file", name, "line", fault.place.line, "column", fault.place.column, "text", fault.line_text, "expected",
      fault.expected);
  set(finding.evidence.found, fault.line_text);
  set(finding.evidence.expected, fault.expected);
  finding.evidence.at = Place{config.file(), fault.place.offset, fault.place.length};
  finding.evidence.seen_as = fault.expected + ": line " + std::to_string(fault.place.line) + " column " + std::to_string(fault.place.column);
  offerDerived(finding, judgement);
  judgement.add(std::move(finding));
}

// Keys a loader reads without a default of its own.
bool insistsOn(const ConsumerSpec& consumer, std::string_view key) {
  const bool segments = key == "type_vocab_size";
  switch (consumer.id) {
    case kKerasBert: return !segments;
    case kBert4keras: return !segments && key != "max_position_embeddings";
    case kGoogleBert:
    case kModelGarden: return key == "vocab_size";
    case kBertForTf2: return key != "hidden_act";
    default: return false;
  }
}

// A default that may not be what the weights were trained with.
bool guesses(const ConsumerSpec& consumer, std::string_view key) {
  if (key == "hidden_act") return consumer.id == kBertForTf2;  // linear
  if (key != "num_attention_heads") return false;
  return consumer.id == kGoogleBert || consumer.id == kHfConvert || consumer.id == kModelGarden || consumer.id == kHfNative;  // 12
}

bool isAbsent(const BertConfig& config, std::string_view key) {
  if (key != "hidden_act") return config.size(key).state == SizeState::kAbsent;
  return config.find(key) == nullptr;  // null is an activation: none
}

void checkMissingKeys(Judgement& judgement) {
  const BertConfig& config = *judgement.config();
  std::vector<std::string> absent;
  for (const char* key : {"vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "max_position_embeddings",
                          "type_vocab_size", "hidden_act"}) {
    if (isAbsent(config, key)) absent.push_back(key);
  }
  std::vector<std::string> needed;  // by anybody selected
  const std::vector<Affected> affected = judgement.eachByConfig([&](const ConsumerSpec& consumer, const Outcome&) -> std::optional<Effect> {
    std::optional<Effect> worst;
    for (const std::string& key : absent) {
      const bool insists = insistsOn(consumer, key);
      if (!insists && !guesses(consumer, key)) continue;
      worst = insists ? kRefuses : worst.value_or(kMayBeWrong);
      if (std::find(needed.begin(), needed.end(), key) == needed.end()) needed.push_back(key);
    }
    return worst;
  });
  if (affected.empty()) return;
  Finding finding = onConfig("config/missing-key", judgement, needed[0]);
  finding.consumers = affected;
  std::vector<ConfigValue> values;
  Json derived = Json::object();
  bool heads = false;
  for (const std::string& key : needed) {
    int64_t value = sizeNamed(judgement.shape_sizes, key);
    if (key == "hidden_act") {
      values.push_back({key, "\"gelu\""});
      continue;
    }
    if (key == "num_attention_heads") {
      heads = value == 0;
      const int64_t hidden = judgement.shape_sizes.hidden > 0 ? judgement.shape_sizes.hidden : judgement.config_sizes.hidden;
      if (value == 0 && hidden > 0) value = guessedHeads(hidden);
    }
    if (value == 0) continue;
    derived[key] = value;
    values.push_back({key, std::to_string(value)});
  }
  finding.variant = needed.size() == 1 && heads ? "heads" : needed.size() == 1 && needed[0] == "hidden_act" ? "activation" : heads ? "with-heads" : "";
  put(finding.args, "key", needed[0], "keys", needed, "count", needed.size(), "values", derived);
  if (derived.contains(needed[0])) put(finding.args, "expected", derived[needed[0]]);
  set(finding.evidence.expected, derived);
  finding.evidence.items = needed;
  finding.evidence.seen_as = "KeyError: '" + needed[0] + "'";
  if (!values.empty()) fixConfig(finding, judgement, values);
  judgement.add(std::move(finding));
}

void checkTypes(Judgement& judgement) {
  const BertConfig& config = *judgement.config();
  std::vector<std::string> wrong;
  for (const char* key : kSizeKeys) {
    const SizeState state = config.size(key).state;
    if (state != SizeState::kGood && state != SizeState::kAbsent) wrong.push_back(key);
  }
  if (wrong.empty()) return;
  const std::string& key = wrong[0];
  const JsonMember& member = *config.find(key);
  Finding finding = onConfig("config/wrong-type", judgement, key);
  finding.certainty = Certainty::kLikely;
  finding.consumers = judgement.eachByConfig([&](const ConsumerSpec& consumer, const Outcome&) -> std::optional<Effect> {
    const bool only_segments = wrong.size() == 1 && key == "type_vocab_size";
    return consumer.id == kKerasBert && only_segments ? kHarmless : kRefuses;  // it never reads that key
  });
  switch (config.size(key).state) {
    case SizeState::kText: finding.variant = ""; break;
    case SizeState::kFraction: finding.variant = "fraction"; break;
    case SizeState::kNotPositive: finding.variant = "not-positive"; break;
    default: finding.variant = "other"; break;
  }
  put(finding.args, "key", key, "keys", wrong, "found", member.spelled, "count", wrong.size());
  set(finding.evidence.found, member.spelled);
  finding.evidence.items = wrong;
  std::vector<ConfigValue> values;
  for (const std::string& one : wrong) {
    int64_t value = sizeNamed(judgement.shape_sizes, one);
    const Json& written = config.find(one)->value;
    if (value == 0 && written.is_number_float() && written.get<double>() > 0 && written.get<double>() < 1e15 &&
        std::floor(written.get<double>()) == written.get<double>()) {
      value = static_cast<int64_t>(written.get<double>());
    }
    if (value == 0 && written.is_string()) {
      const std::string text = written.get<std::string>();
      if (text.size() < 16 && isDigits(text)) value = std::stoll(text);
    }
    if (value > 0) values.push_back({one, std::to_string(value)});
  }
  if (!values.empty()) {
    put(finding.args, "expected", values[0].json);
    fixConfig(finding, judgement, values);
  }
  judgement.add(std::move(finding));
}

// Keras 2.15's functions, Google's and bert-for-tf2's four, and the ones of transformers 4 and 5.
bool knowsActivation(const ConsumerSpec& consumer, const std::string& name) {
  static constexpr std::string_view kKeras[] = {"elu",     "exponential", "gelu", "hard_sigmoid", "linear",   "mish",     "relu", "selu",
                                                "sigmoid", "softmax",     "softplus", "softsign", "swish", "tanh"};
  static constexpr std::string_view kGoogle[] = {"linear", "relu", "gelu", "tanh"};
  static constexpr std::string_view kHf[] = {"gelu", "gelu_10", "gelu_fast", "gelu_new", "gelu_python", "gelu_pytorch_tanh", "gelu_accurate",
                                             "laplace", "leaky_relu", "linear", "mish", "quick_gelu", "relu", "relu2", "relu6", "sigmoid",
                                             "silu", "swish", "tanh"};
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto in = [](const auto& list, const std::string& one) { return std::find(std::begin(list), std::end(list), one) != std::end(list); };
  switch (consumer.id) {
    case kKerasBert:
    case kBert4keras: return in(kKeras, name);
    case kModelGarden: return in(kKeras, lower);
    case kGoogleBert:
    case kBertForTf2: return lower.empty() || in(kGoogle, lower);
    case kHfConvert:
    case kHfNative: return in(kHf, name);
  }
  return true;
}

void checkActivation(Judgement& judgement) {
  const JsonMember* member = judgement.config()->find("hidden_act");
  if (member == nullptr || member->value.is_null()) return;
  const std::string name = member->value.is_string() ? member->value.get<std::string>() : std::string();
  const bool is_text = member->value.is_string();
  const std::vector<Affected> affected = judgement.eachByConfig([&](const ConsumerSpec& consumer, const Outcome&) -> std::optional<Effect> {
    return is_text && knowsActivation(consumer, name) ? std::optional<Effect>() : kRefuses;
  });
  if (!affected.empty()) {
    Finding finding = onConfig("config/unknown-activation", judgement, "hidden_act");
    finding.consumers = affected;
    const bool a_gelu = name.find("gelu") != std::string::npos || name.find("GELU") != std::string::npos;
    const bool a_swish = name == "silu" || name == "SiLU";
    finding.variant = !is_text ? "not-text" : a_gelu ? "gelu" : a_swish ? "swish" : "";
    put(finding.args, "found", is_text ? name : member->spelled);
    set(finding.evidence.found, is_text ? Json(name) : Json(member->spelled));
    set(finding.evidence.expected, list("gelu", "relu", "tanh", "linear"));
    finding.evidence.seen_as = "Unknown activation function '" + name + "' cannot be deserialized.";
    if (a_gelu || a_swish) fixConfig(finding, judgement, {{"hidden_act", a_gelu ? "\"gelu\"" : "\"swish\""}});
    judgement.add(std::move(finding));
  }
  if (name != "gelu") return;
  Finding finding = onConfig("config/gelu-form", judgement, "hidden_act");
  finding.consumers = judgement.all(kHarmless);
  put(finding.args, "tanh", list("keras-bert", "google-bert", "model-garden", "bert-for-tf2"), "erf",
      list("bert4keras", "hf-convert", "hf-native"));
  judgement.add(std::move(finding));
}

void checkHeadsDivide(Judgement& judgement) {
  int64_t hidden = 0, heads = 0;
  const std::vector<Affected> affected = judgement.eachByConfig([&](const ConsumerSpec& consumer, const Outcome&) -> std::optional<Effect> {
    const Sizes sizes = judgement.sizesFor(consumer);
    if (sizes.hidden == 0 || sizes.heads == 0 || sizes.hidden % sizes.heads == 0) return std::nullopt;
    hidden = sizes.hidden;
    heads = sizes.heads;
    return kRefuses;
  });
  if (affected.empty()) return;
  std::vector<int64_t> divisors;
  for (int64_t n = 1; n <= std::min<int64_t>(hidden, 128); ++n) {
    if (hidden % n == 0) divisors.push_back(n);
  }
  Finding finding = onConfig("config/heads-do-not-divide", judgement, "num_attention_heads");
  finding.consumers = affected;
  finding.variant = judgement.config_sizes.heads == 0 ? "default" : "";
  const int64_t guess = guessedHeads(hidden);
  put(finding.args, "found", heads, "hidden", hidden, "divisors", divisors, "guess", guess);
  set(finding.evidence.found, heads);
  set(finding.evidence.expected, divisors);
  finding.evidence.seen_as = "The hidden size (" + std::to_string(hidden) + ") is not a multiple of the number of attention heads (" + std::to_string(heads) + ")";
  fixConfig(finding, judgement, {{"num_attention_heads", std::to_string(guess)}});
  judgement.add(std::move(finding));
}

}  // namespace

void checkConfig(Judgement& judgement) {
  if (judgement.config() == nullptr) return;
  if (!judgement.configGood()) {
    checkText(judgement);
    return;
  }
  checkMissingKeys(judgement);
  checkTypes(judgement);
  checkActivation(judgement);
  checkHeadsDivide(judgement);
}

}  // namespace bp
