#include "encoder/kept_matrix.h"

namespace bp {

Slice sliceOf(int64_t whole, LayerShare share) {
  const auto cut = [&](uint32_t index) { return whole / share.count * index + std::min<int64_t>(whole % share.count, index); };
  return {cut(share.index), cut(share.index + 1)};
}

Slice attentionColumns(const Sizes& sizes, LayerShare share) {
  const Slice heads = sliceOf(sizes.heads, share);
  const int64_t depth = sizes.hidden / sizes.heads;
  return {heads.begin * depth, heads.end * depth};
}

KeptMatrix keptMatrix(Role role, const Sizes& sizes, LayerShare share) {
  const Shape shape = shapeOf(role, sizes);
  KeptMatrix matrix;
  matrix.rows = shape.size() == 2 ? shape[0] : 1;
  matrix.cols = shape.back();
  matrix.kept_rows = {0, matrix.rows};
  matrix.kept_cols = {0, matrix.cols};
  switch (role.part) {
    case Part::kQueryKernel:
    case Part::kQueryBias:
    case Part::kKeyKernel:
    case Part::kKeyBias:
    case Part::kValueKernel:
    case Part::kValueBias: matrix.kept_cols = attentionColumns(sizes, share); break;
    case Part::kAttentionKernel: matrix.kept_rows = attentionColumns(sizes, share); break;
    case Part::kIntermediateKernel:
    case Part::kIntermediateBias: matrix.kept_cols = sliceOf(sizes.intermediate, share); break;
    case Part::kOutputKernel: matrix.kept_rows = sliceOf(sizes.intermediate, share); break;
    default: break;
  }
  return matrix;
}

}  // namespace bp
