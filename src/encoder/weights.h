// The weights a forward pass needs, in the layout the kernels want, filled straight from the data pass: no second copy.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bert/model_spec.h"
#include "kernels/kernels.h"
#include "tensors/data_pass.h"

namespace bp {

// Which slice of every layer this instance keeps. One instance keeps all heads and columns; several share
// them out, and their half-layer outputs add up (the biases after the sums belong to instance 0).
struct LayerShare {
  uint32_t index = 0;
  uint32_t count = 1;
};

struct LayerWeights {  // kernels packed (kernels.h), vectors plain
  float *query_kernel, *query_bias, *key_kernel, *key_bias, *value_kernel, *value_bias;  // [H, Hs], [Hs]
  float *attention_kernel, *attention_bias;        // [Hs, H], [H]
  float *attention_gamma, *attention_beta;         // [H]
  float *intermediate_kernel, *intermediate_bias;  // [H, Is], [Is]
  float *output_kernel, *output_bias;              // [Is, H], [H]
  float *output_gamma, *output_beta;               // [H]
};

// Tells a sink which tensor of the table plays which role.
struct Binding {
  uint32_t tensor = 0;
  Role role;
  bool transposed = false;  // stored [out, in], as PyTorch keeps kernels
};

class EncoderWeights final : public ValueSink {
 public:
  // Room for all bound roles is taken at once; ok() is false if the memory is not to be had.
  EncoderWeights(const Sizes& sizes, LayerShare share, std::span<const Binding> bindings, const TensorTable& table);
  ~EncoderWeights() override;
  EncoderWeights(const EncoderWeights&) = delete;
  EncoderWeights& operator=(const EncoderWeights&) = delete;

  bool ok() const { return memory_ != nullptr; }
  uint64_t bytes() const { return bytes_; }

  bool wants(uint32_t tensor) const override;
  void take(uint32_t tensor, uint32_t part, uint64_t first, std::span<const float> values) override;

  const Sizes& sizes() const { return sizes_; }
  LayerShare share() const { return share_; }
  bool has(PartGroup group) const;  // every role of the group is bound

  float *word_table, *segment_table, *position_table;  // [V, H], [T, H], [P, H], row-major
  float *embedding_gamma, *embedding_beta;
  std::vector<LayerWeights> layers;
  float *pooler_kernel, *pooler_bias;                  // packed [H, H]; null: not there
  float *mlm_kernel, *mlm_bias, *mlm_gamma, *mlm_beta, *mlm_output_bias;
  float *nsp_kernel, *nsp_bias;                        // [2, H] row-major, [2]

 private:
  Sizes sizes_;
  LayerShare share_;
  float* memory_ = nullptr;
  uint64_t bytes_ = 0;
  struct Target;
  std::vector<Target> targets_;  // by tensor index
};

}  // namespace bp
