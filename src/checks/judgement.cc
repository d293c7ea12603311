#include "checks/judgement.h"

#include <algorithm>

#include "base/sort.h"
#include "checks/thresholds.h"

namespace bp {
namespace {

using enum Consumer;
using enum Effect;

int64_t sizeOr(const BertConfig* config, std::string_view key, int64_t absent) {
  if (config == nullptr) return absent;
  const SizeValue size = config->size(key);
  return size.state == SizeState::kGood ? size.value : size.state == SizeState::kAbsent ? absent : 0;
}

bool contains(const std::set<Role>& set, const std::vector<Role>& roles) {
  return std::any_of(roles.begin(), roles.end(), [&](Role role) { return set.count(role) > 0; });
}

// With H ≠ I an intermediate kernel tells the orientation of the whole file: under Google's names [I, H] is turned.
bool kernelsAreTurned(const TensorTable& table, const NamesView& names) {
  const auto kernel = names.repaired.find(Role{Part::kIntermediateKernel, 0});
  const auto bias = names.repaired.find(Role{Part::kIntermediateBias, 0});
  if (kernel == names.repaired.end() || bias == names.repaired.end()) return false;
  const Shape& shape = table[kernel->second].shape;
  const Shape& inner = table[bias->second].shape;
  const size_t in = names.scheme == NameScheme::kHf ? 1 : 0;
  return shape.size() == 2 && inner.size() == 1 && shape[in] == inner[0] && shape[1 - in] != inner[0];
}

}  // namespace

Judgement::Judgement(const CheckInput& input) : input_(input) {
  if (configGood()) {
    const BertConfig* config = this->config();
    config_sizes = {sizeOr(config, "vocab_size", 0),          sizeOr(config, "hidden_size", 0),       sizeOr(config, "num_hidden_layers", 0),
                    sizeOr(config, "num_attention_heads", 0), sizeOr(config, "intermediate_size", 0), sizeOr(config, "max_position_embeddings", 0),
                    sizeOr(config, "type_vocab_size", 0)};
    config_sizes.layers = std::min(config_sizes.layers, kMaxLayers);
  }
  const std::string& folder = facts().folder;
  folder_name = folder.substr(folder.rfind('/') + 1);  // npos + 1 is 0
  if (facts().vocab_file != kNoFile && facts().vocab_is_text) {
    if (!input_.vocab) input_.vocab = std::make_shared<VocabReadings>(facts().vocab_text);
    if (facts().files[facts().vocab_file].state == FileState::kAsNamed) vocab = &input_.vocab->google();
  }
  names.scheme = facts().isHfSet() ? NameScheme::kHf : NameScheme::kGoogle;
  if (readable()) {
    names = viewNames(table(), config_sizes.layers, names.scheme, facts().object_graph);
    shape_sizes = sizesOfShapes(table(), names);
    kernels_turned = kernelsAreTurned(table(), names);
  }
  for (const ConsumerSpec& consumer : consumers()) {
    Outcome outcome;
    outcome.applies = (consumer.id == kHfNative) != isTfSet();
    // HDF5 is read by the two libraries that are made of Keras layers.
    if (facts().weights == WeightsKind::kKerasH5 && consumer.id != kKerasBert && consumer.id != kBert4keras) outcome.applies = false;
    // Model Garden's own restore reads object graphs only; Google's names are converted first.
    if (consumer.id == kModelGarden && consumer.modes.restore && readable() && names.object_graph_keys.empty()) outcome.applies = false;
    outcome.builds = builtType(*this, consumer);
    outcome.by_config = consumer.id != kHfNative || ownConfig() != nullptr;
    outcomes.push_back(std::move(outcome));
  }
  simulateLoaders(*this);
}

bool Judgement::isTfSet() const {
  switch (facts().weights) {
    case WeightsKind::kTfBundle:
    case WeightsKind::kTfV1:
    case WeightsKind::kKerasH5: return true;
    case WeightsKind::kNone: {  // the name of the config decides
      const std::string file = config() == nullptr ? std::string() : config()->file();
      return file.substr(file.rfind('/') + 1) != "config.json";
    }
    case WeightsKind::kSafetensors:
    case WeightsKind::kTorch:
    case WeightsKind::kOther: return false;
  }
  return true;
}

bool Judgement::readable() const {
  if (facts().isHfSet()) {
    return std::all_of(facts().weights_files.begin(), facts().weights_files.end(), [](const WeightsFile& file) { return file.state == WeightsState::kGood; });
  }
  if (facts().index != IndexState::kGood) return false;
  return facts().weights == WeightsKind::kTfBundle || facts().weights == WeightsKind::kTfV1 || facts().weights == WeightsKind::kKerasH5;
}

const BertConfig* Judgement::ownConfig() const {
  if (config() == nullptr) return nullptr;
  const SetFile& file = facts().files[facts().config_files[static_cast<size_t>(facts().config)]];
  const bool beside = facts().weights == WeightsKind::kNone || file.folder == facts().folder;
  return file.name == "config.json" && beside ? config() : nullptr;
}

std::string Judgement::folder() const {
  const std::string folder = facts().unpacked(facts().folder);
  return folder.empty() ? "." : folder;
}

std::string Judgement::indexPath() const {
  if (facts().index_file != kNoFile) return path(facts().index_file);
  if (facts().shard_map != kNoFile) return path(facts().shard_map);
  if (facts().weights_files.empty() || facts().weights_files[0].file == kNoFile) return {};
  return path(facts().weights_files[0].file);
}

std::string Judgement::notFound(const std::string& name) const {
  if (!facts().isHfSet()) return "Key " + name + " not found in checkpoint";
  return "Some weights were not initialized from the model checkpoint and are newly initialized: ['" + name + "']";
}

int64_t Judgement::layersWanted() const { return config_sizes.layers > 0 ? config_sizes.layers : names.layers; }

Sizes Judgement::sizesFor(const ConsumerSpec& consumer) const {
  Sizes sizes = config_sizes;
  const BertConfig* judged = configGood() ? config() : nullptr;
  if (consumer.id == kHfNative && ownConfig() == nullptr) return {30522, 768, 12, 12, 3072, 512, 2};  // BertConfig()
  if (judged == nullptr) return sizes;
  const auto fill = [&](int64_t& field, std::string_view key, int64_t absent) {
    if (field == 0) field = sizeOr(judged, key, absent);
  };
  const auto fillFrom = [&](int64_t segments) {
    fill(sizes.hidden, "hidden_size", 768);
    fill(sizes.layers, "num_hidden_layers", 12);
    fill(sizes.heads, "num_attention_heads", 12);
    fill(sizes.intermediate, "intermediate_size", 3072);
    fill(sizes.positions, "max_position_embeddings", 512);
    fill(sizes.segments, "type_vocab_size", segments);
  };
  switch (consumer.id) {
    case kKerasBert:
      sizes.segments = 2;
      if (consumer.modes.seq_len && sizes.positions > 0) sizes.positions = std::min(sizes.positions, *consumer.modes.seq_len);
      break;
    case kBert4keras:
      fill(sizes.positions, "max_position_embeddings", 512);
      fill(sizes.segments, "type_vocab_size", 2);
      break;
    case kGoogleBert:
    case kModelGarden: fillFrom(16); break;
    case kHfConvert:
    case kHfNative:
      fillFrom(2);
      fill(sizes.vocab, "vocab_size", 30522);
      break;
    case kBertForTf2: break;
  }
  return sizes;
}

bool Judgement::dataGood(uint32_t tensor) const {
  if (!table()[tensor].usable) return false;
  for (const TensorPart& part : table()[tensor].parts) {
    if (part.extent.length == 0) continue;
    if (part.extent.file == kNoFile) return false;
    const SetFile& file = facts().files[part.extent.file];
    if (file.state != FileState::kAsNamed) return false;
    if (part.extent.offset > file.size || part.extent.length > file.size - part.extent.offset) return false;
  }
  return input_.data == nullptr || input_.data->good(tensor);
}

std::vector<Affected> Judgement::all(Effect effect) const {
  return each([&](const ConsumerSpec&, const Outcome&) { return std::optional(effect); });
}

std::vector<Affected> Judgement::byConfig(Effect effect) const {
  return eachByConfig([&](const ConsumerSpec&, const Outcome&) { return std::optional(effect); });
}

std::vector<Affected> Judgement::these(Ids ids, Effect effect) const {
  return each([&](const ConsumerSpec& consumer, const Outcome&) -> std::optional<Effect> {
    if (std::find(ids.begin(), ids.end(), consumer.id) == ids.end()) return std::nullopt;
    return effect;
  });
}

std::vector<Affected> Judgement::except(Ids ids, Effect effect) const {
  return each([&](const ConsumerSpec& consumer, const Outcome&) -> std::optional<Effect> {
    if (std::find(ids.begin(), ids.end(), consumer.id) != ids.end()) return std::nullopt;
    return effect;
  });
}

std::vector<Affected> Judgement::readersOf(const std::vector<uint32_t>& tensors, Effect effect) const {
  return each([&](const ConsumerSpec&, const Outcome& outcome) -> std::optional<Effect> {
    for (const uint32_t tensor : tensors) {
      if (outcome.reads.count(tensor) > 0) return effect;
    }
    return std::nullopt;
  });
}

std::optional<Effect> Judgement::whenMissing(const ConsumerSpec& consumer, const Outcome& outcome, const std::vector<Role>& roles) const {
  if (!contains(outcome.missing, roles)) return std::nullopt;
  return missingStops(consumer) ? kRefuses : kLoadsWrong;
}

std::optional<Effect> Judgement::whenRenamed(const ConsumerSpec& consumer, const Outcome& outcome, const std::vector<Renaming>& renamings) const {
  std::vector<Role> roles;
  std::set<uint32_t> tensors;
  for (const Renaming& one : renamings) {
    roles.push_back(one.role);
    tensors.insert(one.tensor);
  }
  if (consumer.id == kHfConvert) {
    for (const WalkStop& stop : outcome.walk.stops) {
      if (stop.why == WalkStop::Why::kUnknownName && tensors.count(stop.tensor) > 0) return kRefuses;
    }
    for (const WalkWrite& write : outcome.walk.writes) {
      if (write.turned && tensors.count(write.tensor) > 0) return kLoadsWrong;
    }
  }
  return whenMissing(consumer, outcome, roles);
}

std::optional<Effect> Judgement::whenMismatched(const ConsumerSpec& consumer, const Outcome& outcome, const std::vector<Role>& roles) const {
  if (!outcome.by_config || !contains(outcome.mismatched, roles)) return std::nullopt;
  return consumer.id == kBertForTf2 ? kLoadsWrong : kRefuses;
}

bool Judgement::has(Code code) const {
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) { return finding.code == code; });
}

std::vector<Affected> operator+(std::vector<Affected> a, const std::vector<Affected>& b) {
  for (const Affected& add : b) {
    const auto same = std::find_if(a.begin(), a.end(), [&](const Affected& one) { return one.entry == add.entry; });
    if (same == a.end()) {
      a.push_back(add);
    } else {
      same->effect = std::min(same->effect, add.effect);
    }
  }
  stableSort(a, [](const Affected& x, const Affected& y) { return x.entry < y.entry; });
  return a;
}

std::vector<Affected> Judgement::affected(bool by_config, const void* effect_of, EffectOf call) const {
  std::vector<Affected> list;
  for (size_t i = 0; i < consumers().size(); ++i) {
    const Outcome& outcome = outcomes[i];
    if (!outcome.applies || (by_config && (!outcome.by_config || !outcome.buildsBert()))) continue;
    if (const std::optional<Effect> effect = call(effect_of, consumers()[i], outcome)) {
      list.push_back({consumers()[i].id, *effect, static_cast<uint32_t>(i)});
    }
  }
  return list;
}

void Judgement::add(Finding&& finding) { findings.push_back(std::move(finding)); }

Finding onFile(Code code, const std::string& path) {
  Finding finding{code};
  finding.subject = {path.empty() ? SubjectKind::kSet : SubjectKind::kFile, path, "", 0};
  return finding;
}

std::vector<std::string> namesOf(const TensorTable& table, const std::vector<uint32_t>& tensors) {
  std::vector<std::string> names;
  for (const uint32_t tensor : tensors) names.push_back(table[tensor].name);
  return names;
}

}  // namespace bp
