// What the values of the weights say word by word: the norm of each row of the word table, and the MLM head's bias.
// Gathered as the data streams by.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tensors/data_pass.h"

namespace bp {

class VocabRows : public ValueSink {
 public:
  // Tensors of the table, where there are such: the word table [rows, width] and the bias [rows]. A tensor that is
  // stored in slices is passed over.
  VocabRows(const TensorTable& table, std::optional<uint32_t> word_table, std::optional<uint32_t> mlm_bias);

  bool wants(uint32_t tensor) const override { return tensor == word_table_ || tensor == mlm_bias_; }
  void take(uint32_t tensor, uint32_t part, uint64_t first, std::span<const float> values) override;

  std::vector<double> norms() const;                      // L2, of the rows that came whole
  const std::vector<float>& bias() const { return bias_; }
  int64_t width() const { return width_; }

 private:
  std::optional<uint32_t> word_table_, mlm_bias_;
  int64_t width_ = 0;
  uint64_t seen_ = 0;            // elements of the word table
  std::vector<double> squares_;  // sum a row
  std::vector<float> bias_;
};

}  // namespace bp
