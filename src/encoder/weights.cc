#include "encoder/weights.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <utility>

#include "base/sort.h"

namespace bp {
namespace {

constexpr std::size_t kAlignment = 64;  // a cache line
constexpr uint64_t kAlignedFloats = kAlignment / sizeof(float);
constexpr int64_t kMostElements = int64_t{1} << 40;  // of one tensor: no memory holds more, and no product below wraps

void scatter(std::span<const float> values, float* to, std::size_t stride) {
  for (std::size_t i = 0; i < values.size(); ++i) to[i * stride] = values[i];
}

// Columns from `col` on of one row of a packed matrix.
void packRow(std::span<const float> values, float* packed, std::size_t rows, std::size_t cols, std::size_t row, std::size_t col) {
  while (!values.empty()) {
    float* to = packed + kernels::packedIndex(rows, cols, row, col);
    const std::size_t piece = std::min(kernels::kPanel - col % kernels::kPanel, values.size());
    if (piece == kernels::kPanel) {
      std::memcpy(to, values.data(), sizeof(float) * kernels::kPanel);  // of a fixed size: two vector moves, not a call
    } else {
      std::copy_n(values.begin(), piece, to);
    }
    values = values.subspan(piece);
    col += piece;
  }
}

// Rows from `row` on of one column of a packed matrix.
void packColumn(std::span<const float> values, float* packed, std::size_t rows, std::size_t cols, std::size_t row, std::size_t col) {
  while (!values.empty()) {
    const std::size_t piece = std::min(kernels::kDepth - row % kernels::kDepth, values.size());
    scatter(values.first(piece), packed + kernels::packedIndex(rows, cols, row, col), kernels::kPanel);
    values = values.subspan(piece);
    row += piece;
  }
}

void transposePacked(float* packed, std::size_t size) {
  for (std::size_t row = 0; row < size; ++row) {
    for (std::size_t col = 0; col < row; ++col) {
      std::swap(packed[kernels::packedIndex(size, size, row, col)], packed[kernels::packedIndex(size, size, col, row)]);
    }
  }
}

}  // namespace

Slice sliceOf(int64_t whole, LayerShare share) {
  const auto cut = [&](uint32_t index) { return whole / share.count * index + std::min<int64_t>(whole % share.count, index); };
  return {cut(share.index), cut(share.index + 1)};
}

uint64_t EncoderWeights::Matrix::floats() const {
  const auto rows = static_cast<uint64_t>(kept_rows.size()), cols = static_cast<uint64_t>(kept_cols.size());
  return packed ? rows * ((cols + kernels::kPanel - 1) / kernels::kPanel * kernels::kPanel) : rows * cols;
}

EncoderWeights::EncoderWeights(const Sizes& sizes, LayerShare share, std::span<const Binding> bindings, const TensorTable& table)
    : sizes_(sizes), share_(share), table_(table), memory_(nullptr, std::free) {
  // A layer takes sixteen bindings, so the list of layers is no longer than what is there.
  if (sizes.hidden <= 0 || sizes.heads <= 0 || sizes.layers < 0 || static_cast<uint64_t>(sizes.layers) > bindings.size()) return;
  layers.resize(static_cast<std::size_t>(sizes.layers));

  std::vector<std::pair<float**, uint64_t>> slots;  // and where each begins, in floats
  uint64_t floats = 0;
  for (const Binding& binding : bindings) {
    if (share.index > 0 && groupOf(binding.role.part) != PartGroup::kLayer) continue;
    float** slot = slotOf(binding.role);
    const auto elements = elementCount(shapeOf(binding.role, sizes));
    if (slot == nullptr || !elements || *elements > kMostElements || elements != elementCount(table[binding.tensor].shape)) return;
    const Matrix matrix = matrixOf(binding.role);
    slots.emplace_back(slot, floats);
    targets_.push_back({binding.tensor, binding.transposed, matrix, nullptr});
    floats += (matrix.floats() + kAlignedFloats - 1) / kAlignedFloats * kAlignedFloats;
    if (floats > std::numeric_limits<std::ptrdiff_t>::max() / sizeof(float) - kAlignedFloats) return;
  }

  bytes_ = floats * sizeof(float);
  memory_.reset(static_cast<float*>(std::calloc(static_cast<std::size_t>(floats + kAlignedFloats), sizeof(float))));
  if (!memory_) return;
  const auto past_line = reinterpret_cast<std::uintptr_t>(memory_.get()) % kAlignment;
  float* base = memory_.get() + (past_line == 0 ? 0 : (kAlignment - past_line) / sizeof(float));
  for (std::size_t i = 0; i < slots.size(); ++i) targets_[i].values = *slots[i].first = base + slots[i].second;
  stableSort(targets_, [](const Target& a, const Target& b) { return a.tensor < b.tensor; });
}

Slice EncoderWeights::attentionColumns() const {
  const Slice heads = sliceOf(sizes_.heads, share_);
  const int64_t depth = sizes_.hidden / sizes_.heads;
  return {heads.begin * depth, heads.end * depth};
}

float** EncoderWeights::slotOf(Role role) {
  if (groupOf(role.part) == PartGroup::kLayer) {
    if (role.layer < 0 || static_cast<std::size_t>(role.layer) >= layers.size()) return nullptr;
    LayerWeights& layer = layers[static_cast<std::size_t>(role.layer)];
    switch (role.part) {
      case Part::kQueryKernel: return &layer.query_kernel;
      case Part::kQueryBias: return &layer.query_bias;
      case Part::kKeyKernel: return &layer.key_kernel;
      case Part::kKeyBias: return &layer.key_bias;
      case Part::kValueKernel: return &layer.value_kernel;
      case Part::kValueBias: return &layer.value_bias;
      case Part::kAttentionKernel: return &layer.attention_kernel;
      case Part::kAttentionBias: return &layer.attention_bias;
      case Part::kAttentionGamma: return &layer.attention_gamma;
      case Part::kAttentionBeta: return &layer.attention_beta;
      case Part::kIntermediateKernel: return &layer.intermediate_kernel;
      case Part::kIntermediateBias: return &layer.intermediate_bias;
      case Part::kOutputKernel: return &layer.output_kernel;
      case Part::kOutputBias: return &layer.output_bias;
      case Part::kOutputGamma: return &layer.output_gamma;
      case Part::kOutputBeta: return &layer.output_beta;
      default: return nullptr;
    }
  }
  switch (role.part) {
    case Part::kWordTable: return &word_table;
    case Part::kSegmentTable: return &segment_table;
    case Part::kPositionTable: return &position_table;
    case Part::kEmbeddingGamma: return &embedding_gamma;
    case Part::kEmbeddingBeta: return &embedding_beta;
    case Part::kPoolerKernel: return &pooler_kernel;
    case Part::kPoolerBias: return &pooler_bias;
    case Part::kMlmKernel: return &mlm_kernel;
    case Part::kMlmBias: return &mlm_bias;
    case Part::kMlmGamma: return &mlm_gamma;
    case Part::kMlmBeta: return &mlm_beta;
    case Part::kMlmOutputBias: return &mlm_output_bias;
    case Part::kMlmDecoder: return &mlm_decoder;
    case Part::kNspKernel: return &nsp_kernel;
    case Part::kNspBias: return &nsp_bias;
    default: return nullptr;
  }
}

EncoderWeights::Matrix EncoderWeights::matrixOf(Role role) const {
  const Shape shape = shapeOf(role, sizes_);
  Matrix matrix;
  matrix.rows = shape.size() == 2 ? shape[0] : 1;
  matrix.cols = shape.back();
  matrix.kept_rows = {0, matrix.rows};
  matrix.kept_cols = {0, matrix.cols};
  matrix.packed = isKernel(role.part);
  switch (role.part) {
    case Part::kQueryKernel:
    case Part::kQueryBias:
    case Part::kKeyKernel:
    case Part::kKeyBias:
    case Part::kValueKernel:
    case Part::kValueBias: matrix.kept_cols = attentionColumns(); break;
    case Part::kAttentionKernel: matrix.kept_rows = attentionColumns(); break;
    case Part::kIntermediateKernel:
    case Part::kIntermediateBias: matrix.kept_cols = intermediateColumns(); break;
    case Part::kOutputKernel: matrix.kept_rows = intermediateColumns(); break;
    default: break;
  }
  return matrix;
}

bool EncoderWeights::has(PartGroup group) const {
  switch (group) {
    case PartGroup::kEmbeddings: return word_table && segment_table && position_table && embedding_gamma && embedding_beta;
    case PartGroup::kLayer:
      return std::all_of(layers.begin(), layers.end(), [](const LayerWeights& w) {
        return w.query_kernel && w.query_bias && w.key_kernel && w.key_bias && w.value_kernel && w.value_bias && w.attention_kernel &&
               w.attention_bias && w.attention_gamma && w.attention_beta && w.intermediate_kernel && w.intermediate_bias && w.output_kernel &&
               w.output_bias && w.output_gamma && w.output_beta;
      });
    case PartGroup::kPooler: return pooler_kernel && pooler_bias;
    case PartGroup::kMlm: return mlm_kernel && mlm_bias && mlm_gamma && mlm_beta && mlm_output_bias;
    case PartGroup::kNsp: return nsp_kernel && nsp_bias;
  }
  return false;
}

void EncoderWeights::transposeSquareKernels(bool with_mlm) {
  const auto width = static_cast<std::size_t>(sizes_.hidden);
  for (const LayerWeights& layer : layers) {
    for (float* kernel : {layer.query_kernel, layer.key_kernel, layer.value_kernel, layer.attention_kernel}) transposePacked(kernel, width);
    if (sizes_.intermediate != sizes_.hidden) continue;
    for (float* kernel : {layer.intermediate_kernel, layer.output_kernel}) transposePacked(kernel, width);
  }
  if (with_mlm) transposePacked(mlm_kernel, width);
}

std::span<const EncoderWeights::Target> EncoderWeights::targetsOf(uint32_t tensor) const {
  const auto begin = std::lower_bound(targets_.begin(), targets_.end(), tensor, [](const Target& t, uint32_t index) { return t.tensor < index; });
  auto end = begin;
  while (end != targets_.end() && end->tensor == tensor) ++end;
  return std::span(targets_).subspan(static_cast<size_t>(begin - targets_.begin()), static_cast<size_t>(end - begin));
}

bool EncoderWeights::wants(uint32_t tensor) const { return ok() && !targetsOf(tensor).empty(); }

void EncoderWeights::take(uint32_t tensor, uint32_t part, uint64_t first, std::span<const float> values) {
  const TensorInfo& info = table_[tensor];
  const TensorPart& box = info.parts[part];
  // Values of a whole tensor follow each other; those of a slice do within its innermost dimension.
  const uint64_t run = box.length.empty() ? UINT64_MAX : static_cast<uint64_t>(box.length.back());
  if (run == 0) return;
  while (!values.empty()) {
    const auto count = static_cast<std::size_t>(std::min<uint64_t>(values.size(), run - first % run));
    for (const Target& target : targetsOf(tensor)) place(target, indexInTensor(info, box, first), values.first(count));
    values = values.subspan(count);
    first += count;
  }
}

// `run` are the elements from `index` on of the tensor as it is stored.
void EncoderWeights::place(const Target& target, uint64_t index, std::span<const float> run) const {
  const Matrix& matrix = target.matrix;
  const int64_t stored_cols = target.transposed ? matrix.rows : matrix.cols;
  const auto elements = static_cast<uint64_t>(matrix.rows * matrix.cols);
  if (index >= elements) return;
  if (run.size() > elements - index) run = run.first(static_cast<std::size_t>(elements - index));

  const auto rows = static_cast<std::size_t>(matrix.kept_rows.size()), cols = static_cast<std::size_t>(matrix.kept_cols.size());
  const Slice& kept = target.transposed ? matrix.kept_rows : matrix.kept_cols;   // along the stored row
  const Slice& across = target.transposed ? matrix.kept_cols : matrix.kept_rows;
  auto line = static_cast<int64_t>(index) / stored_cols, place = static_cast<int64_t>(index) % stored_cols;
  while (!run.empty()) {
    const int64_t count = std::min<int64_t>(stored_cols - place, static_cast<int64_t>(run.size()));
    const int64_t begin = std::max(place, kept.begin), end = std::min(place + count, kept.end);
    if (begin < end && line >= across.begin && line < across.end) {
      const auto values = run.subspan(static_cast<std::size_t>(begin - place), static_cast<std::size_t>(end - begin));
      const auto at = static_cast<std::size_t>(begin - kept.begin), beside = static_cast<std::size_t>(line - across.begin);
      if (matrix.packed && target.transposed) {
        packColumn(values, target.values, rows, cols, at, beside);
      } else if (matrix.packed) {
        packRow(values, target.values, rows, cols, beside, at);
      } else if (target.transposed) {
        scatter(values, target.values + at * cols + beside, cols);
      } else {
        std::copy(values.begin(), values.end(), target.values + beside * cols + at);
      }
    }
    run = run.subspan(static_cast<std::size_t>(count));
    place = 0;
    ++line;
  }
}

}  // namespace bp
