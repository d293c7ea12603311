#include "checks/vocab_rows.h"

#include <algorithm>
#include <cmath>

namespace bp {

VocabRows::VocabRows(const TensorTable& table, std::optional<uint32_t> word_table, std::optional<uint32_t> mlm_bias) {
  const auto whole = [&](std::optional<uint32_t> tensor, size_t rank) {
    return tensor && table[*tensor].shape.size() == rank && table[*tensor].parts.size() == 1;
  };
  if (whole(word_table, 2) && table[*word_table].shape[1] > 0) {
    word_table_ = word_table;
    width_ = table[*word_table].shape[1];
  }
  if (whole(mlm_bias, 1)) mlm_bias_ = mlm_bias;
}

// Grows with what has come, never with what a shape promises.
void VocabRows::take(uint32_t tensor, uint32_t, uint64_t first, std::span<const float> values) {
  if (tensor == mlm_bias_ && first == bias_.size()) bias_.insert(bias_.end(), values.begin(), values.end());
  if (tensor != word_table_ || first != seen_) return;
  const auto width = static_cast<uint64_t>(width_);
  while (!values.empty()) {
    const uint64_t in_row = seen_ % width;
    const auto count = static_cast<size_t>(std::min<uint64_t>(width - in_row, values.size()));
    if (in_row == 0) squares_.push_back(0);
    double sum = 0;
    for (const float value : values.first(count)) sum += static_cast<double>(value) * value;
    squares_.back() += sum;
    seen_ += count;
    values = values.subspan(count);
  }
}

std::vector<double> VocabRows::norms() const {
  std::vector<double> norms = squares_;
  if (width_ > 0 && seen_ % static_cast<uint64_t>(width_) != 0) norms.pop_back();
  for (double& norm : norms) norm = std::sqrt(norm);
  return norms;
}

}  // namespace bp
