#include "checks/tied_difference.h"

#include <algorithm>
#include <cmath>

namespace bp {
namespace {

constexpr uint64_t kMostKept = 1 << 18;  // elements of each; 1 MB

}  // namespace

TiedDifference::TiedDifference(const TensorTable& table, std::optional<uint32_t> a, std::optional<uint32_t> b) {
  if (!a || !b || table[*a].shape != table[*b].shape || table[*a].parts.size() != 1 || table[*b].parts.size() != 1) return;
  const auto count = elementCount(table[*a].shape);
  if (!count) return;
  a_ = a;
  b_ = b;
  step_ = static_cast<uint64_t>(*count) / kMostKept + 1;
}

void TiedDifference::take(uint32_t tensor, uint32_t, uint64_t first, std::span<const float> values) {
  std::vector<float>& kept = tensor == a_ ? of_a_ : of_b_;
  for (uint64_t at = (step_ - first % step_) % step_; at < values.size(); at += step_) kept.push_back(values[static_cast<size_t>(at)]);
}

std::optional<float> TiedDifference::largest() const {
  if (!a_ || of_a_.empty() || of_a_.size() != of_b_.size()) return std::nullopt;
  float largest = 0;
  for (size_t i = 0; i < of_a_.size(); ++i) largest = std::max(largest, std::fabs(of_a_[i] - of_b_[i]));
  return largest;
}

}  // namespace bp
