#include "checks/bert4keras_models.h"

#include <algorithm>
#include <array>

#include "bert/tensor_names.h"

namespace bp {
namespace {

// Parts of a layer under ALBERT's one group, in the order of Part.
constexpr std::array<std::pair<Part, const char*>, 16> kAlbertLayer = {{
    {Part::kQueryKernel, "attention_1/self/query/kernel"},
    {Part::kQueryBias, "attention_1/self/query/bias"},
    {Part::kKeyKernel, "attention_1/self/key/kernel"},
    {Part::kKeyBias, "attention_1/self/key/bias"},
    {Part::kValueKernel, "attention_1/self/value/kernel"},
    {Part::kValueBias, "attention_1/self/value/bias"},
    {Part::kAttentionKernel, "attention_1/output/dense/kernel"},
    {Part::kAttentionBias, "attention_1/output/dense/bias"},
    {Part::kAttentionGamma, "LayerNorm/gamma"},
    {Part::kAttentionBeta, "LayerNorm/beta"},
    {Part::kIntermediateKernel, "ffn_1/intermediate/dense/kernel"},
    {Part::kIntermediateBias, "ffn_1/intermediate/dense/bias"},
    {Part::kOutputKernel, "ffn_1/intermediate/output/dense/kernel"},
    {Part::kOutputBias, "ffn_1/intermediate/output/dense/bias"},
    {Part::kOutputGamma, "LayerNorm_1/gamma"},
    {Part::kOutputBeta, "LayerNorm_1/beta"},
}};

std::string albertName(Role role) {
  for (const auto& [part, name] : kAlbertLayer) {
    if (part == role.part) return std::string("bert/encoder/transformer/group_0/inner_group_0/") + name;
  }
  return googleName(role);
}

std::string electraName(Role role) { return "electra" + googleName(role).substr(4); }

}  // namespace

bool isPlainBertModel(const std::string& model) { return model == "bert" || model == "roberta"; }

std::vector<NamedTensor> bert4kerasTensors(const std::string& model, const Sizes& sizes, int64_t embedding) {
  const bool albert = model == "albert", electra = model == "electra";
  const bool rotary = model == "nezha" || model.rfind("roformer", 0) == 0;  // no table of positions
  const bool bare = model == "roformer_v2";                                 // no biases, no norm weights
  Sizes built = sizes;
  if (albert) built.layers = std::min<int64_t>(sizes.layers, 1);
  const int64_t width = (albert || electra) && embedding > 0 ? embedding : sizes.hidden;
  std::vector<NamedTensor> tensors;
  for (const ExpectedTensor& expected : encoderTensors(built)) {
    const Part part = expected.role.part;
    if ((rotary && part == Part::kPositionTable) || (bare && (isBias(part) || isGamma(part)))) continue;
    Shape shape = expected.shape;
    if (groupOf(part) == PartGroup::kEmbeddings) shape.back() = width;
    tensors.push_back({albert ? albertName(expected.role) : electra ? electraName(expected.role) : googleName(expected.role), shape, expected.role});
  }
  if (width != sizes.hidden) {
    const std::string scope = albert ? "bert/encoder/embedding_hidden_mapping_in" : "electra/embeddings_project";
    tensors.push_back({scope + "/kernel", {width, sizes.hidden}, {Part::kWordTable, -1}});
    tensors.push_back({scope + "/bias", {sizes.hidden}, {Part::kWordTable, -1}});
  }
  return tensors;
}

}  // namespace bp
