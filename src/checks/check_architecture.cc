// Is the model that the config describes the one the weights are of? What shapes cannot tell is said as "may be".
#include <algorithm>
#include <cmath>

#include "checks/fixes.h"
#include "checks/thresholds.h"

namespace bp {
namespace {

using enum Consumer;
using enum Effect;

Finding onKey(Code code, const Judgement& judgement, const std::string& key) {
  Finding finding{code};
  finding.subject = configKey(judgement, key);
  return finding;
}

// The number behind "_A-" in a folder's name, as Google's releases are called; 0: none.
int64_t headsInName(const std::string& folder) {
  const size_t at = folder.rfind("_A-");
  if (at == std::string::npos) return 0;
  int64_t heads = 0;
  for (size_t i = at + 3; i < folder.size() && folder[i] >= '0' && folder[i] <= '9' && heads < 10000; ++i) heads = heads * 10 + (folder[i] - '0');
  return heads;
}

void checkHeadsUnusual(Judgement& judgement) {
  const int64_t hidden = judgement.config_sizes.hidden, heads = judgement.config_sizes.heads;
  if (hidden == 0 || heads == 0 || hidden % heads != 0) return;
  const int64_t named = headsInName(judgement.folder_name);
  const bool other_name = named > 0 && named != heads;
  const bool other_size = hidden / heads != kUsualHeadSize;
  if (!other_name && !other_size) return;
  Finding finding = onKey("config/heads-unusual", judgement, "num_attention_heads");
  finding.certainty = Certainty::kLikely;
  finding.consumers = judgement.byConfig(kMayBeWrong);
  finding.variant = other_name ? "folder" : "";
  put(finding.args, "found", heads, "size", hidden / heads, "hidden", hidden, "folder", judgement.folder_name, "named", named);
  set(finding.evidence.found, heads);
  if (other_name) {
    set(finding.evidence.expected, named);
  } else if (hidden % kUsualHeadSize == 0) {
    set(finding.evidence.expected, hidden / kUsualHeadSize);
  }
  judgement.add(std::move(finding));
}

// A loader builds as many layers as the config says or, where it says none, as many as it takes for granted.
void checkLayers(Judgement& judgement) {
  const NamesView& names = judgement.names;
  const int64_t present = names.layers;
  if (!judgement.readable() || present == 0 || names.layersHaveGap()) return;
  std::vector<Role> next_layer;
  for (int part = static_cast<int>(Part::kQueryKernel); part <= static_cast<int>(Part::kOutputBeta); ++part) {
    next_layer.push_back({static_cast<Part>(part), static_cast<int32_t>(present)});
  }
  const auto report = [&](bool fewer) {
    int64_t wanted = judgement.config_sizes.layers;
    std::vector<Affected> affected = judgement.eachByConfig([&](const ConsumerSpec& consumer, const Outcome& outcome) -> std::optional<Effect> {
      const int64_t built = judgement.sizesFor(consumer).layers;
      if (built == 0 || built == present || (built < present) != fewer) return std::nullopt;
      if (wanted == 0) wanted = built;
      if (!fewer) return judgement.whenMissing(consumer, outcome, next_layer);
      if (judgement.facts().weights == WeightsKind::kKerasH5) return kRefuses;  // Keras counts the layers
      if (consumer.id != kHfConvert) return kLoadsWrong;
      const auto& stops = outcome.walk.stops;  // it looks layers up by number
      const bool by_number = std::any_of(stops.begin(), stops.end(), [](const WalkStop& stop) { return stop.why == WalkStop::Why::kLayerNumber; });
      return by_number ? kRefuses : kLoadsWrong;
    });
    if (affected.empty()) return;
    Finding finding = onKey(fewer ? Code("config/fewer-layers") : Code("config/more-layers"), judgement, "num_hidden_layers");
    finding.consumers = std::move(affected);
    finding.variant = judgement.config_sizes.layers == 0 ? "default" : "";
    put(finding.args, "found", wanted, "expected", present, "last", present - 1);
    set(finding.evidence.found, wanted);
    set(finding.evidence.expected, present);
    finding.evidence.why = {"weights"};
    if (fewer) finding.evidence.seen_as = "index " + std::to_string(wanted) + " is out of range";
    fixConfig(finding, judgement, {{"num_hidden_layers", std::to_string(present)}});
    judgement.add(std::move(finding));
  };
  report(true);
  report(false);
}

void checkEpsilon(Judgement& judgement) {
  const auto epsilon = judgement.config()->number("layer_norm_eps");
  const bool noticed = epsilon && *epsilon >= kNoticedEpsilon;
  Finding finding = onKey("config/layer-norm-eps", judgement, "layer_norm_eps");
  finding.consumers = judgement.each([&](const ConsumerSpec& consumer, const Outcome&) -> std::optional<Effect> {
    return noticed && consumer.id != kHfConvert && consumer.id != kHfNative ? kMayBeWrong : kHarmless;
  });
  finding.variant = noticed ? "noticed" : "";
  put(finding.args, "defaults",
      object("keras-bert", 1e-14, "bert4keras", 1e-12, "google-bert", 1e-12, "hf-convert", 1e-12, "hf-native", 1e-12, "model-garden", 1e-12,
             "bert-for-tf2", 1e-12));
  if (epsilon && std::isfinite(*epsilon)) {
    put(finding.args, "found", *epsilon);
    set(finding.evidence.found, *epsilon);
  }
  judgement.add(std::move(finding));
}

void checkEmbeddingSize(Judgement& judgement) {
  const SizeValue width = judgement.config()->size("embedding_size");
  if (width.state != SizeState::kGood || width.value != judgement.config_sizes.hidden) return;
  std::vector<Affected> affected = judgement.these({kBertForTf2}, kLoadsWrong);
  if (affected.empty()) return;
  Finding finding = onKey("config/embedding-size", judgement, "embedding_size");
  finding.consumers = std::move(affected);
  for (size_t i = 0; i < judgement.consumers().size(); ++i) {
    if (judgement.consumers()[i].id != kBertForTf2) continue;
    put(finding.args, "found", width.value, "loaded", judgement.outcomes[i].loaded, "of", judgement.outcomes[i].demand.count());
  }
  set(finding.evidence.found, width.value);
  judgement.add(std::move(finding));
}

void checkPlainBert(Judgement& judgement) {
  const BertConfig& config = *judgement.config();
  std::vector<std::string> keys;
  if (const auto type = config.string("position_embedding_type"); type && *type != "absolute") keys.push_back("position_embedding_type");
  if (config.boolean("is_decoder").value_or(false)) keys.push_back("is_decoder");
  const JsonMember* pruned = config.find("pruned_heads");
  if (pruned != nullptr && (pruned->value.is_object() || pruned->value.is_array()) && !pruned->value.empty()) keys.push_back("pruned_heads");
  const SizeValue width = config.size("embedding_size");
  if (width.state == SizeState::kGood && judgement.config_sizes.hidden > 0 && width.value != judgement.config_sizes.hidden) keys.push_back("embedding_size");
  for (const std::string& key : keys) {
    Finding finding = onKey("config/not-plain-bert", judgement, key);
    finding.consumers = judgement.byConfig(kMayBeWrong);
    put(finding.args, "key", key, "found", config.find(key)->spelled);
    set(finding.evidence.found, config.find(key)->value);
    judgement.add(std::move(finding));
  }
}

// Another model config in the set that says otherwise on a key that matters.
void checkTwoConfigs(Judgement& judgement) {
  const BertConfig& judged = *judgement.config();
  for (const BertConfig& other : judgement.facts().configs) {
    if (&other == &judged || !other.good() || !other.describesModel()) continue;
    for (const char* key : {"vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "max_position_embeddings",
                            "type_vocab_size", "hidden_act"}) {
      const JsonMember* here = judged.find(key);
      const JsonMember* there = other.find(key);
      if (here == nullptr || there == nullptr || here->value == there->value) continue;
      Finding finding = onKey("config/two-configs", judgement, key);
      finding.consumers = judgement.all(kMayBeWrong);
      put(finding.args, "key", key, "found", here->spelled, "other", there->spelled, "file", judged.file(), "other_file", other.file());
      set(finding.evidence.found, here->value);
      finding.evidence.items = {judged.file() + ": " + here->spelled, other.file() + ": " + there->spelled};
      judgement.add(std::move(finding));
      break;
    }
  }
}

}  // namespace

void checkArchitecture(Judgement& judgement) {
  if (!judgement.configGood()) return;
  checkHeadsUnusual(judgement);
  checkLayers(judgement);
  checkEpsilon(judgement);
  checkEmbeddingSize(judgement);
  checkPlainBert(judgement);
  checkTwoConfigs(judgement);
}

}  // namespace bp
