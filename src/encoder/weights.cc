#include "encoder/weights.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
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
  const std::size_t first = row / kernels::kDepth * kernels::kDepth, depth = std::min(rows - first, kernels::kDepth);
  const float* from = values.data();
  std::size_t left = values.size();
  for (float* to = packed + kernels::packedIndex(rows, cols, row, col); left > 0; to += depth * kernels::kPanel) {
    const std::size_t past = col % kernels::kPanel, piece = std::min(kernels::kPanel - past, left);
    if (piece == kernels::kPanel) {
      std::memcpy(to, from, sizeof(float) * kernels::kPanel);  // of a fixed size: one vector move, not a call
    } else {
      std::copy_n(from, piece, to);
      to -= past;
    }
    from += piece;
    left -= piece;
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

// In floats.
uint64_t sizeOf(const KeptMatrix& matrix, bool packed, bool quantized) {
  const auto rows = static_cast<uint64_t>(matrix.kept_rows.size()), cols = static_cast<uint64_t>(matrix.kept_cols.size());
  if (quantized) return (kernels::int8ColumnsSize(static_cast<std::size_t>(rows), static_cast<std::size_t>(cols)) + sizeof(float) - 1) / sizeof(float);
  return packed ? rows * ((cols + kernels::kPanel - 1) / kernels::kPanel * kernels::kPanel) : rows * cols;
}

}  // namespace

EncoderWeights::EncoderWeights(const Sizes& sizes, LayerShare share, std::span<const Binding> bindings, const TensorTable& table, Precision precision)
    : sizes_(sizes), share_(share), precision_(precision), table_(table), memory_(nullptr, std::free) {
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
    const KeptMatrix matrix = keptMatrix(binding.role, sizes, share);
    const bool quantized = precision == Precision::kInt8 && isKernel(binding.role.part) && groupOf(binding.role.part) == PartGroup::kLayer;
    const bool packed = isKernel(binding.role.part) && !quantized;
    if (quantized && matrix.kept_rows.size() > static_cast<int64_t>(kernels::kMostInt8Depth)) return;
    slots.emplace_back(slot, floats);
    targets_.push_back({binding.tensor, binding.transposed, matrix, packed, quantized, nullptr, 0, nullptr});
    if (quantized) targets_.back().missing = static_cast<uint64_t>(matrix.kept_rows.size() * matrix.kept_cols.size());
    floats += (sizeOf(matrix, packed, quantized) + kAlignedFloats - 1) / kAlignedFloats * kAlignedFloats;
    if (floats > std::numeric_limits<std::ptrdiff_t>::max() / sizeof(float) - kAlignedFloats) return;
  }

  bytes_ = floats * sizeof(float);
  memory_.reset(static_cast<float*>(std::malloc(static_cast<std::size_t>(floats + kAlignedFloats) * sizeof(float))));
  if (!memory_) return;
  const auto past_line = reinterpret_cast<std::uintptr_t>(memory_.get()) % kAlignment;
  float* base = memory_.get() + (past_line == 0 ? 0 : (kAlignment - past_line) / sizeof(float));
  for (std::size_t i = 0; i < slots.size(); ++i) {
    Target& target = targets_[i];
    target.values = *slots[i].first = base + slots[i].second;
    // What no value comes to is zeros; all else is written once, when it comes.
    const bool padded = target.quantized || (target.packed && target.matrix.kept_cols.size() % kernels::kPanel != 0);
    const uint64_t room = (i + 1 < slots.size() ? slots[i + 1].second : floats) - slots[i].second;
    const uint64_t filled = padded ? 0 : sizeOf(target.matrix, target.packed, false);
    std::fill(target.values + filled, target.values + room, 0.0f);
  }
  stableSort(targets_, [](const Target& a, const Target& b) { return a.tensor < b.tensor; });
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

std::size_t EncoderWeights::firstTargetOf(uint32_t tensor) const {
  const auto begin = std::lower_bound(targets_.begin(), targets_.end(), tensor, [](const Target& t, uint32_t index) { return t.tensor < index; });
  return static_cast<std::size_t>(begin - targets_.begin());
}

bool EncoderWeights::wants(uint32_t tensor) const {
  const std::size_t first = firstTargetOf(tensor);
  return ok() && first < targets_.size() && targets_[first].tensor == tensor;
}

bool EncoderWeights::whole() const {
  return std::all_of(targets_.begin(), targets_.end(), [](const Target& target) { return target.missing == 0; });
}

void EncoderWeights::take(uint32_t tensor, uint32_t part, uint64_t first, std::span<const float> values) {
  eachStretch(table_[tensor], part, first, values, [&](uint64_t index, std::span<const float> run) {
    for (std::size_t i = firstTargetOf(tensor); i < targets_.size() && targets_[i].tensor == tensor; ++i) place(targets_[i], index, run);
  });
}

// `run` are the elements from `index` on of the tensor as it is stored.
void EncoderWeights::place(Target& target, uint64_t index, std::span<const float> run) {
  const Slice &kept_rows = target.matrix.kept_rows, &kept_cols = target.matrix.kept_cols;
  const auto rows = static_cast<std::size_t>(kept_rows.size()), cols = static_cast<std::size_t>(kept_cols.size());
  eachKept(target.matrix, target.transposed, index, run, [&](int64_t line, int64_t place, std::span<const float> values) {
    const auto row = static_cast<std::size_t>((target.transposed ? place : line) - kept_rows.begin);
    const auto col = static_cast<std::size_t>((target.transposed ? line : place) - kept_cols.begin);
    if (target.quantized) {
      wait(target, values, target.transposed ? col * rows + row : row * cols + col);
    } else if (target.packed && target.transposed) {
      packColumn(values, target.values, rows, cols, row, col);
    } else if (target.packed) {
      packRow(values, target.values, rows, cols, row, col);
    } else if (target.transposed) {
      scatter(values, target.values + row * cols + col, cols);
    } else {
      std::copy(values.begin(), values.end(), target.values + row * cols + col);
    }
  });
}

void EncoderWeights::wait(Target& target, std::span<const float> values, std::size_t to) {
  const auto rows = static_cast<std::size_t>(target.matrix.kept_rows.size()), cols = static_cast<std::size_t>(target.matrix.kept_cols.size());
  if (target.missing < values.size()) return;  // it came whole before
  if (!target.waiting) target.waiting.reset(new (std::nothrow) float[rows * cols]());
  if (!target.waiting) return;
  std::copy(values.begin(), values.end(), target.waiting.get() + to);
  target.missing -= values.size();
  if (target.missing > 0) return;
  kernels::quantizeColumns(target.waiting.get(), target.transposed, rows, cols, target.values);
  target.waiting.reset();
}

}  // namespace bp
