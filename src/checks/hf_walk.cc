#include "checks/hf_walk.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <numeric>
#include <optional>
#include <string_view>

#include "base/sort.h"

namespace bp {
namespace {

// A node of the model: a module with named children, a list of layers, or a weight.
struct Node {
  const char* class_name;
  enum Kind : uint8_t { kModule, kLayerList, kWeight, kOther } kind;
  std::vector<std::pair<const char*, int>> children;
  std::optional<Part> part = {};
};

enum : int {
  kPreTraining, kMaskedLm, kModel, kModelWithoutPooler, kEmbeddings, kWord, kSegment, kPosition, kEmbeddingNorm, kEncoder, kLayers, kLayer, kAttention,
  kSelf, kQuery, kKey, kValue, kAttentionOutput, kAttentionDense, kAttentionNorm, kIntermediate, kIntermediateDense, kOutput,
  kOutputDense, kOutputNorm, kPooler, kPoolerDense, kHeads, kMlmOnlyHead, kPredictions, kTransform, kTransformDense, kTransformNorm,
  kDecoder, kNsp, kPlain, kNone, kNodeCount,
};

// Weights are nodes behind kNodeCount: one a part, and the decoder's own.
constexpr int kWeightBase = kNodeCount;
constexpr int weight(Part part) { return kWeightBase + static_cast<int>(part); }

std::vector<Node> makeModel() {
  using enum Part;
  const auto linear = [](const char* name, Part kernel, Part bias) {
    return Node{name, Node::kModule, {{"weight", weight(kernel)}, {"bias", weight(bias)}}};
  };
  std::vector<Node> nodes(kNodeCount);
  nodes[kPreTraining] = {"BertForPreTraining", Node::kModule, {{"bert", kModel}, {"cls", kHeads}}};
  nodes[kMaskedLm] = {"BertForMaskedLM", Node::kModule, {{"bert", kModelWithoutPooler}, {"cls", kMlmOnlyHead}}};
  nodes[kModel] = {"BertModel", Node::kModule, {{"embeddings", kEmbeddings}, {"encoder", kEncoder}, {"pooler", kPooler}}};
  nodes[kModelWithoutPooler] = {"BertModel", Node::kModule, {{"embeddings", kEmbeddings}, {"encoder", kEncoder}, {"pooler", kNone}}};
  nodes[kNone] = {"NoneType", Node::kOther, {}};
  nodes[kEmbeddings] = {"BertEmbeddings", Node::kModule,
                        {{"word_embeddings", kWord}, {"token_type_embeddings", kSegment}, {"position_embeddings", kPosition},
                         {"LayerNorm", kEmbeddingNorm}, {"dropout", kPlain}}};
  nodes[kWord] = {"Embedding", Node::kModule, {{"weight", weight(kWordTable)}}};
  nodes[kSegment] = {"Embedding", Node::kModule, {{"weight", weight(kSegmentTable)}}};
  nodes[kPosition] = {"Embedding", Node::kModule, {{"weight", weight(kPositionTable)}}};
  nodes[kEmbeddingNorm] = linear("LayerNorm", kEmbeddingGamma, kEmbeddingBeta);
  nodes[kEncoder] = {"BertEncoder", Node::kModule, {{"layer", kLayers}}};
  nodes[kLayers] = {"ModuleList", Node::kLayerList, {}};
  nodes[kLayer] = {"BertLayer", Node::kModule, {{"attention", kAttention}, {"intermediate", kIntermediate}, {"output", kOutput}}};
  nodes[kAttention] = {"BertAttention", Node::kModule, {{"self", kSelf}, {"output", kAttentionOutput}}};
  nodes[kSelf] = {"BertSelfAttention", Node::kModule, {{"query", kQuery}, {"key", kKey}, {"value", kValue}, {"dropout", kPlain}}};
  nodes[kQuery] = linear("Linear", kQueryKernel, kQueryBias);
  nodes[kKey] = linear("Linear", kKeyKernel, kKeyBias);
  nodes[kValue] = linear("Linear", kValueKernel, kValueBias);
  nodes[kAttentionOutput] = {"BertSelfOutput", Node::kModule, {{"dense", kAttentionDense}, {"LayerNorm", kAttentionNorm}, {"dropout", kPlain}}};
  nodes[kAttentionDense] = linear("Linear", kAttentionKernel, kAttentionBias);
  nodes[kAttentionNorm] = linear("LayerNorm", kAttentionGamma, kAttentionBeta);
  nodes[kIntermediate] = {"BertIntermediate", Node::kModule, {{"dense", kIntermediateDense}, {"intermediate_act_fn", kPlain}}};
  nodes[kIntermediateDense] = linear("Linear", kIntermediateKernel, kIntermediateBias);
  nodes[kOutput] = {"BertOutput", Node::kModule, {{"dense", kOutputDense}, {"LayerNorm", kOutputNorm}, {"dropout", kPlain}}};
  nodes[kOutputDense] = linear("Linear", kOutputKernel, kOutputBias);
  nodes[kOutputNorm] = linear("LayerNorm", kOutputGamma, kOutputBeta);
  nodes[kPooler] = {"BertPooler", Node::kModule, {{"dense", kPoolerDense}, {"activation", kPlain}}};
  nodes[kPoolerDense] = linear("Linear", kPoolerKernel, kPoolerBias);
  nodes[kHeads] = {"BertPreTrainingHeads", Node::kModule, {{"predictions", kPredictions}, {"seq_relationship", kNsp}}};
  nodes[kMlmOnlyHead] = {"BertOnlyMLMHead", Node::kModule, {{"predictions", kPredictions}}};
  nodes[kPredictions] = {"BertLMPredictionHead", Node::kModule,
                         {{"transform", kTransform}, {"decoder", kDecoder}, {"bias", weight(kMlmOutputBias)}}};
  nodes[kTransform] = {"BertPredictionHeadTransform", Node::kModule,
                       {{"dense", kTransformDense}, {"LayerNorm", kTransformNorm}, {"transform_act_fn", kPlain}}};
  nodes[kTransformDense] = linear("Linear", kMlmKernel, kMlmBias);
  nodes[kTransformNorm] = linear("LayerNorm", kMlmGamma, kMlmBeta);
  nodes[kDecoder] = {"Linear", Node::kModule, {{"weight", weight(kWordTable)}, {"bias", weight(kMlmOutputBias)}}};
  nodes[kNsp] = linear("Linear", kNspKernel, kNspBias);
  nodes[kPlain] = {"Module", Node::kOther, {}};
  for (int part = 0; part <= static_cast<int>(kNspBias); ++part) {
    nodes.push_back({"Parameter", Node::kWeight, {}, static_cast<Part>(part)});
  }
  return nodes;
}

// Attributes every PyTorch module has, which a scope's name may meet by chance: the walk then stands on a method.
bool isModuleAttribute(std::string_view name) {
  static constexpr std::array<std::string_view, 20> kNames = {
      "train", "eval", "training", "float", "half", "double", "type", "to", "cpu", "cuda", "apply", "forward", "config", "parameters",
      "modules", "children", "buffers", "generate", "dtype", "device"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

std::vector<std::string_view> splitParts(std::string_view name) {
  std::vector<std::string_view> parts;
  for (size_t start = 0;;) {
    const size_t slash = name.find('/', start);
    parts.push_back(name.substr(start, slash - start));
    if (slash == std::string_view::npos) return parts;
    start = slash + 1;
  }
}

// "[A-Za-z]+_\d+" as a whole: the letters and the number.
bool splitNumber(std::string_view part, std::string_view& letters, int64_t& number) {
  size_t i = 0;
  while (i < part.size() && std::isalpha(static_cast<unsigned char>(part[i]))) ++i;
  if (i == 0 || i + 1 >= part.size() || part[i] != '_' || part.size() - i > 10) return false;
  number = 0;
  for (size_t k = i + 1; k < part.size(); ++k) {
    if (!std::isdigit(static_cast<unsigned char>(part[k]))) return false;
    number = number * 10 + (part[k] - '0');
  }
  letters = part.substr(0, i);
  return true;
}

// PyTorch's orientation of a part's shape.
Shape torchShape(Role role, const Sizes& sizes) {
  Shape shape = shapeOf(role, sizes);
  if (isKernel(role.part)) std::reverse(shape.begin(), shape.end());
  return shape;
}

std::string torchSize(const Shape& shape) {
  std::string text = "torch.Size([";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "])";
}

std::string pythonTuple(const Shape& shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

// What the last useful part of the name says the tensor is, to tell a weight from a moment that lands on it.
bool endsInOwnPart(std::string_view last) {
  return last == "kernel" || last == "gamma" || last == "beta" || last == "bias" || last == "output_weights" || last == "output_bias" ||
         (last.size() >= 11 && last.substr(last.size() - 11) == "_embeddings");
}

}  // namespace

WalkClass walkClassOf(std::string_view class_name) {
  if (class_name == "BertModel") return WalkClass::kBertModel;
  return class_name == "BertForMaskedLM" ? WalkClass::kBertForMaskedLm : WalkClass::kBertForPreTraining;
}

Walk walkNames(const TensorTable& table, const Sizes& sizes, WalkClass model) {
  static const std::vector<Node> kModelNodes = makeModel();
  const int root = model == WalkClass::kBertModel ? kModel : model == WalkClass::kBertForMaskedLm ? kMaskedLm : kPreTraining;
  Walk walk;
  std::vector<uint32_t> order(table.size());
  std::iota(order.begin(), order.end(), 0u);
  stableSort(order, [&](uint32_t a, uint32_t b) { return table[a].name < table[b].name; });

  for (const uint32_t index : order) {
    const TensorInfo& tensor = table[index];
    const std::vector<std::string_view> parts = splitParts(tensor.name);
    const auto isOptimizerPart = [](std::string_view part) {
      return part == "adam_v" || part == "adam_m" || part == "AdamWeightDecayOptimizer" || part == "AdamWeightDecayOptimizer_1" ||
             part == "global_step";
    };
    if (std::any_of(parts.begin(), parts.end(), isOptimizerPart)) {
      walk.skipped.push_back(index);
      continue;
    }
    int node = root;
    int32_t layer = -1;
    std::string error;
    WalkStop::Why why = WalkStop::Why::kUnknownName;
    const auto child = [&](std::string_view name) {
      for (const auto& [key, next] : kModelNodes[static_cast<size_t>(node)].children) {
        if (name == key) return next;
      }
      return -1;
    };
    const auto missing = [&](std::string_view attribute) {
      return "AttributeError: '" + std::string(kModelNodes[static_cast<size_t>(node)].class_name) + "' object has no attribute '" +
             std::string(attribute) + "'";
    };
    for (const std::string_view part : parts) {
      std::string_view name = part;
      int64_t number = -1;
      if (!splitNumber(part, name, number)) number = -1;
      std::string_view forced;  // asked for outside the try block: an absent attribute stops the walk
      if (name == "kernel" || name == "gamma" || name == "output_weights") forced = "weight";
      else if (name == "output_bias" || name == "beta") forced = "bias";
      else if (name == "squad") forced = "classifier";
      const int next = child(forced.empty() ? name : forced);
      if (next < 0) {
        if (forced.empty()) {
          if (kModelNodes[static_cast<size_t>(node)].kind == Node::kModule && isModuleAttribute(name)) node = kPlain;
          continue;  // "Skipping …", and the number with it
        }
        error = missing(forced);
        break;
      }
      node = next;
      if (number >= 0) {
        if (kModelNodes[static_cast<size_t>(node)].kind != Node::kLayerList) {
          error = "TypeError: '" + std::string(kModelNodes[static_cast<size_t>(node)].class_name) + "' object is not subscriptable";
          break;
        }
        if (number >= sizes.layers) {
          error = "IndexError: index " + std::to_string(number) + " is out of range";
          why = WalkStop::Why::kLayerNumber;
          break;
        }
        layer = static_cast<int32_t>(number);
        node = kLayer;
      }
    }
    const std::string_view last = parts.back();
    if (error.empty() && last.size() >= 11 && last.substr(last.size() - 11) == "_embeddings") {
      const int next = child("weight");
      if (next < 0) error = missing("weight");
      else node = next;
    }
    if (error.empty() && kModelNodes[static_cast<size_t>(node)].kind != Node::kWeight) error = missing("shape");
    if (!error.empty()) {
      walk.stops.push_back({index, error, why});
      continue;
    }
    const Role role{*kModelNodes[static_cast<size_t>(node)].part, groupOf(*kModelNodes[static_cast<size_t>(node)].part) == PartGroup::kLayer ? layer : -1};
    Shape stored = tensor.shape;
    if (last == "kernel") std::reverse(stored.begin(), stored.end());
    const Shape wanted = torchShape(role, sizes);
    if (stored != wanted) {
      walk.stops.push_back({index, "ValueError: Pointer shape " + torchSize(wanted) + " and array shape " + pythonTuple(stored) + " mismatched",
                            WalkStop::Why::kShape});
      continue;
    }
    const bool turned = !endsInOwnPart(last) || (isKernel(role.part) && last != "kernel");
    walk.writes.push_back({index, role, turned});
  }
  return walk;
}

}  // namespace bp
