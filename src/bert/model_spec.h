// What a BERT is made of: the roles its tensors play, and the table of expected shapes made from a config.
// Shapes are Google's orientation: y = x W + b with W [in, out].
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tensors/tensor_table.h"

namespace bp {

enum class Part : uint8_t {
  // embeddings
  kWordTable, kSegmentTable, kPositionTable, kEmbeddingGamma, kEmbeddingBeta,
  // one layer
  kQueryKernel, kQueryBias, kKeyKernel, kKeyBias, kValueKernel, kValueBias,
  kAttentionKernel, kAttentionBias, kAttentionGamma, kAttentionBeta,
  kIntermediateKernel, kIntermediateBias, kOutputKernel, kOutputBias, kOutputGamma, kOutputBeta,
  // pooler and heads
  kPoolerKernel, kPoolerBias,
  kMlmKernel, kMlmBias, kMlmGamma, kMlmBeta, kMlmOutputBias,
  kMlmDecoder,  // [V, H], of a model whose word table is not used again; under no name that every scheme has
  kNspKernel, kNspBias,
};

enum class PartGroup : uint8_t { kEmbeddings, kLayer, kPooler, kMlm, kNsp };
PartGroup groupOf(Part part);
bool isKernel(Part part);  // a matrix that multiplies activations (not a table, not the NSP weights [2, H])
bool isTable(Part part);
bool isGamma(Part part);
bool isBias(Part part);    // biases and betas

struct Role {
  Part part = Part::kWordTable;
  int32_t layer = -1;  // from 0; -1 outside layers
  auto operator<=>(const Role&) const = default;
};

struct Sizes {  // the config's V H L A I P T; 0: not known
  int64_t vocab = 0, hidden = 0, layers = 0, heads = 0, intermediate = 0, positions = 0, segments = 0;
};

struct ExpectedTensor {
  Role role;
  Shape shape;
};

Shape shapeOf(Role role, const Sizes& sizes);
// In Google's order: 5 embeddings and 16 a layer; 2; 5; 2.
std::vector<ExpectedTensor> encoderTensors(const Sizes& sizes);
std::vector<ExpectedTensor> poolerTensors(const Sizes& sizes);
std::vector<ExpectedTensor> mlmTensors(const Sizes& sizes);
std::vector<ExpectedTensor> nspTensors(const Sizes& sizes);

}  // namespace bp
