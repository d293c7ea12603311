#include "bert/model_spec.h"

namespace bp {
namespace {

constexpr Part kEmbeddingParts[] = {Part::kWordTable, Part::kSegmentTable, Part::kPositionTable, Part::kEmbeddingGamma, Part::kEmbeddingBeta};
constexpr Part kPoolerParts[] = {Part::kPoolerKernel, Part::kPoolerBias};
constexpr Part kMlmParts[] = {Part::kMlmKernel, Part::kMlmBias, Part::kMlmGamma, Part::kMlmBeta, Part::kMlmOutputBias};
constexpr Part kNspParts[] = {Part::kNspKernel, Part::kNspBias};

template <size_t N>
std::vector<ExpectedTensor> outsideLayers(const Part (&parts)[N], const Sizes& sizes) {
  std::vector<ExpectedTensor> tensors;
  for (const Part part : parts) tensors.push_back({{part, -1}, shapeOf({part, -1}, sizes)});
  return tensors;
}

}  // namespace

PartGroup groupOf(Part part) {
  if (part <= Part::kEmbeddingBeta) return PartGroup::kEmbeddings;
  if (part <= Part::kOutputBeta) return PartGroup::kLayer;
  if (part <= Part::kPoolerBias) return PartGroup::kPooler;
  if (part <= Part::kMlmDecoder) return PartGroup::kMlm;
  return PartGroup::kNsp;
}

bool isKernel(Part part) {
  switch (part) {
    case Part::kQueryKernel:
    case Part::kKeyKernel:
    case Part::kValueKernel:
    case Part::kAttentionKernel:
    case Part::kIntermediateKernel:
    case Part::kOutputKernel:
    case Part::kPoolerKernel:
    case Part::kMlmKernel: return true;
    default: return false;
  }
}

bool isTable(Part part) { return part <= Part::kPositionTable; }

bool isGamma(Part part) {
  return part == Part::kEmbeddingGamma || part == Part::kAttentionGamma || part == Part::kOutputGamma || part == Part::kMlmGamma;
}

bool isBias(Part part) { return !isKernel(part) && !isTable(part) && !isGamma(part) && part != Part::kMlmDecoder && part != Part::kNspKernel; }

Shape shapeOf(Role role, const Sizes& sizes) {
  const int64_t hidden = sizes.hidden, inner = sizes.intermediate;
  switch (role.part) {
    case Part::kWordTable:
    case Part::kMlmDecoder: return {sizes.vocab, hidden};
    case Part::kSegmentTable: return {sizes.segments, hidden};
    case Part::kPositionTable: return {sizes.positions, hidden};
    case Part::kIntermediateKernel: return {hidden, inner};
    case Part::kIntermediateBias: return {inner};
    case Part::kOutputKernel: return {inner, hidden};
    case Part::kMlmOutputBias: return {sizes.vocab};
    case Part::kNspKernel: return {2, hidden};
    case Part::kNspBias: return {2};
    default: return isKernel(role.part) ? Shape{hidden, hidden} : Shape{hidden};
  }
}

std::vector<ExpectedTensor> encoderTensors(const Sizes& sizes) {
  std::vector<ExpectedTensor> tensors = outsideLayers(kEmbeddingParts, sizes);
  for (int32_t layer = 0; layer < sizes.layers; ++layer) {
    for (int part = static_cast<int>(Part::kQueryKernel); part <= static_cast<int>(Part::kOutputBeta); ++part) {
      const Role role{static_cast<Part>(part), layer};
      tensors.push_back({role, shapeOf(role, sizes)});
    }
  }
  return tensors;
}

std::vector<ExpectedTensor> poolerTensors(const Sizes& sizes) { return outsideLayers(kPoolerParts, sizes); }
std::vector<ExpectedTensor> mlmTensors(const Sizes& sizes) { return outsideLayers(kMlmParts, sizes); }
std::vector<ExpectedTensor> nspTensors(const Sizes& sizes) { return outsideLayers(kNspParts, sizes); }

}  // namespace bp
