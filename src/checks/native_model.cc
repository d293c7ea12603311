#include "checks/native_model.h"

#include <algorithm>

#include "bert/bert_config.h"
#include "bert/tensor_names.h"
#include "checks/judgement.h"
#include "checks/thresholds.h"

namespace bp {
namespace {

constexpr NativeFamily kFamilies[] = {
    {"bert", "bert", true},       {"roberta", "roberta", true}, {"xlm-roberta", "roberta", true}, {"camembert", "roberta", true},
    {"electra", "electra", true}, {"ernie", "ernie", true},     {"albert", "albert", false},      {"distilbert", "distilbert", false},
};

// Types that transformers 4 knows, of those a folder of text encoders may be called after.
constexpr std::string_view kTypes[] = {
    "albert",  "bart",          "bert",        "bert-generation", "big_bird", "camembert",  "convbert",
    "deberta", "deberta-v2",    "distilbert",  "electra",         "ernie",    "ernie_m",    "flaubert",
    "fnet",    "funnel",        "gpt2",        "ibert",           "layoutlm", "longformer", "luke",
    "mbart",   "megatron-bert", "mobilebert",  "mpnet",           "mt5",      "nezha",      "nystromformer",
    "qdqbert", "rembert",       "roberta",     "roc_bert",        "roformer", "splinter",   "squeezebert",
    "t5",      "xlm",           "xlm-roberta", "xlm-roberta-xl",  "xlnet"};

struct PartName {
  Part part;
  std::string_view albert, distilbert;  // behind the layer's number
};
constexpr PartName kLayerNames[] = {
    {Part::kQueryKernel, "attention.query.weight", "attention.q_lin.weight"},
    {Part::kQueryBias, "attention.query.bias", "attention.q_lin.bias"},
    {Part::kKeyKernel, "attention.key.weight", "attention.k_lin.weight"},
    {Part::kKeyBias, "attention.key.bias", "attention.k_lin.bias"},
    {Part::kValueKernel, "attention.value.weight", "attention.v_lin.weight"},
    {Part::kValueBias, "attention.value.bias", "attention.v_lin.bias"},
    {Part::kAttentionKernel, "attention.dense.weight", "attention.out_lin.weight"},
    {Part::kAttentionBias, "attention.dense.bias", "attention.out_lin.bias"},
    {Part::kAttentionGamma, "attention.LayerNorm.weight", "sa_layer_norm.weight"},
    {Part::kAttentionBeta, "attention.LayerNorm.bias", "sa_layer_norm.bias"},
    {Part::kIntermediateKernel, "ffn.weight", "ffn.lin1.weight"},
    {Part::kIntermediateBias, "ffn.bias", "ffn.lin1.bias"},
    {Part::kOutputKernel, "ffn_output.weight", "ffn.lin2.weight"},
    {Part::kOutputBias, "ffn_output.bias", "ffn.lin2.bias"},
    {Part::kOutputGamma, "full_layer_layer_norm.weight", "output_layer_norm.weight"},
    {Part::kOutputBeta, "full_layer_layer_norm.bias", "output_layer_norm.bias"},
};

std::string withoutBert(const std::string& name) { return name.starts_with("bert.") ? name.substr(5) : name; }

int64_t sizeIn(const BertConfig* config, std::string_view key, int64_t absent) {
  if (config == nullptr) return absent;
  const SizeValue size = config->size(key);
  return size.state == SizeState::kGood ? size.value : absent;
}

class Builder {
 public:
  explicit Builder(const Sizes& sizes) : sizes_(sizes) {}
  std::vector<NativeTensor> tensors;

  void add(Role role, std::string name) { add(role, std::move(name), storedShape(NameScheme::kHf, role, sizes_)); }
  void add(Role role, std::string name, Shape shape) {
    const PartGroup group = groupOf(role.part);
    tensors.push_back({std::move(name), std::move(shape), role, group != PartGroup::kMlm && group != PartGroup::kNsp});
  }
  // The embeddings as BERT calls them, `width` wide; some families have no segments.
  void embeddings(int64_t width, bool segments) {
    for (const Role role : rolesOf(PartGroup::kEmbeddings, 0)) {
      if (role.part == Part::kSegmentTable && !segments) continue;
      Shape shape = storedShape(NameScheme::kHf, role, sizes_);
      shape.back() = width;
      add(role, withoutBert(hfName(role)), std::move(shape));
    }
  }
  void layer(int32_t number, const std::string& scope, std::string_view PartName::*names) {
    for (const PartName& row : kLayerNames) add({row.part, number}, scope + std::string(row.*names));
  }
  void projection(const std::string& name, int64_t width) {
    add({Part::kWordTable, -1}, name + ".weight", {sizes_.hidden, width});
    add({Part::kWordTable, -1}, name + ".bias", {sizes_.hidden});
  }

 private:
  Sizes sizes_;
};

std::vector<NativeTensor> bertLayout(const NativeFamily& family, const Demand& demand, const Sizes& sizes, const BertConfig* config) {
  const bool electra = family.type == "electra";
  const int64_t width = electra ? sizeIn(config, "embedding_size", 128) : sizes.hidden;
  Builder builder(sizes);
  builder.embeddings(width, true);
  if (width != sizes.hidden) builder.projection("embeddings_project", width);
  for (const PartGroup group : demand.groups) {
    if (group == PartGroup::kEmbeddings || (electra && group == PartGroup::kPooler)) continue;
    for (const Role role : rolesOf(group, sizes.layers)) builder.add(role, withoutBert(hfName(role)));
  }
  return std::move(builder.tensors);
}

std::vector<NativeTensor> albert(const Demand& demand, const Sizes& sizes, const BertConfig* config) {
  const int64_t groups = std::min(sizeIn(config, "num_hidden_groups", 1), kMaxLayersListed);
  const int64_t inner = std::min(sizeIn(config, "inner_group_num", 1), kMaxLayersListed);
  const int64_t width = sizeIn(config, "embedding_size", 128);
  Builder builder(sizes);
  builder.embeddings(width, true);
  builder.projection("encoder.embedding_hidden_mapping_in", width);
  int32_t number = 0;
  for (int64_t group = 0; group < groups; ++group) {
    for (int64_t layer = 0; layer < inner; ++layer) {
      builder.layer(number++, "encoder.albert_layer_groups." + std::to_string(group) + ".albert_layers." + std::to_string(layer) + ".",
                    &PartName::albert);
    }
  }
  if (demand.has(PartGroup::kPooler)) {
    builder.add({Part::kPoolerKernel, -1}, "pooler.weight");
    builder.add({Part::kPoolerBias, -1}, "pooler.bias");
  }
  return std::move(builder.tensors);
}

std::vector<NativeTensor> distilbert(const BertConfig* config) {
  Sizes sizes;
  sizes.vocab = sizeIn(config, "vocab_size", 30522);
  sizes.hidden = sizeIn(config, "dim", 768);
  sizes.layers = std::min(sizeIn(config, "n_layers", 6), kMaxLayersListed);
  sizes.intermediate = sizeIn(config, "hidden_dim", 3072);
  sizes.positions = sizeIn(config, "max_position_embeddings", 512);
  Builder builder(sizes);
  builder.embeddings(sizes.hidden, false);
  for (int32_t layer = 0; layer < sizes.layers; ++layer)
    builder.layer(layer, "transformer.layer." + std::to_string(layer) + ".", &PartName::distilbert);
  return std::move(builder.tensors);
}

}  // namespace

std::optional<NativeFamily> nativeFamily(std::string_view model_type) {
  const auto found =
      std::find_if(std::begin(kFamilies), std::end(kFamilies), [&](const NativeFamily& family) { return family.type == model_type; });
  return found == std::end(kFamilies) ? std::nullopt : std::optional(*found);
}

std::string typeInPath(std::string_view path) {
  std::string_view longest;
  for (const std::string_view type : kTypes) {
    if (type.size() > longest.size() && path.find(type) != std::string_view::npos) longest = type;
  }
  return std::string(longest);
}

std::vector<NativeTensor> nativeTensors(const NativeFamily& family, const Demand& demand, const Sizes& sizes, const BertConfig* config) {
  if (family.bert_layout) return bertLayout(family, demand, sizes, config);
  return family.type == "albert" ? albert(demand, sizes, config) : distilbert(config);
}

}  // namespace bp
