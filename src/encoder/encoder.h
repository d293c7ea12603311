// The BERT forward pass (google-research/bert modeling.py): embeddings, then per layer an attention half and
// a feed-forward half, each a residual sum and a LayerNorm; post-norm, no dropout.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "encoder/weights.h"

namespace bp {

struct EncoderOptions {
  kernels::Activation activation = kernels::Activation::kGeluTanh;
  float layer_norm_eps = 1e-12f;
  int64_t heads = 12;             // overrides the config's, for probes
  int64_t position_offset = 0;    // 2: RoBERTa's rule, for probes
};

struct EncoderInput {  // of equal length N; N is at most the rows of the position table
  std::span<const int32_t> input_ids;
  std::span<const int32_t> token_type_ids;
  std::span<const int32_t> attention_mask;  // 0 or 1, at least one 1
};

// Why an input cannot be run; empty: it can.
std::string inputFault(const EncoderInput& input, const EncoderWeights& weights, const EncoderOptions& options);

// hidden_act as the config spells it (capitals are ignored, as Google does) to the function it means; `gelu_is_tanh`
// settles the word gelu. Nothing: not known.
std::optional<kernels::Activation> activationNamed(std::string_view name, bool gelu_is_tanh);

// One forward pass, a step at a time, so that several instances can share every layer: each adds its partial sums
// to the others' between a half and its finish, and all finish alike. With one instance run() does it all.
class Encoder {
 public:
  Encoder(const EncoderWeights& weights, EncoderOptions options);

  void begin(const EncoderInput& input);  // embeddings and their LayerNorm: hidden()
  // The same for an instance that keeps no embeddings: `hidden` [N, H] as begin() left it in instance 0.
  void begin(std::span<const int32_t> attention_mask, std::span<const float> hidden);
  void attentionHalf(std::size_t layer, std::span<float> partial);      // [N, H] without bias; keeps the probabilities if asked
  void finishAttention(std::size_t layer, std::span<const float> sum);  // + bias + residual, LayerNorm
  void feedForwardHalf(std::size_t layer, std::span<float> partial);
  void finishFeedForward(std::size_t layer, std::span<const float> sum);

  std::size_t tokens() const { return tokens_; }
  std::span<const float> hidden() const { return hidden_; }  // [N, H], row-major, of the last finished step

  std::vector<float> pooled() const;  // [H]
  // [positions, V]; empty if they would take more than 1 GiB.
  std::vector<float> mlmLogits(std::span<const uint32_t> positions) const;
  std::vector<float> nspLogits(std::span<const float> pooled) const;        // [2]; 0 = B follows A

  // All layers with one instance. `each(layer, hidden)`: 0 is the embedding output, L the last.
  template <typename F>
  void run(const EncoderInput& input, F each) {
    begin(input);
    each(std::size_t{0}, hidden());
    std::vector<float> partial(hidden_.size());
    for (std::size_t layer = 0; layer < weights_->layers.size(); ++layer) {
      attentionHalf(layer, partial);
      finishAttention(layer, partial);
      feedForwardHalf(layer, partial);
      finishFeedForward(layer, partial);
      each(layer + 1, hidden());
    }
  }

  bool keep_attention = false;
  // [heads here, N, N] of the last attention half; empty if not kept, or if it would take more than 1 GiB.
  std::span<const float> attention() const { return attention_; }

 private:
  void startLayers(std::span<const int32_t> attention_mask);
  bool int8() const { return weights_->precision() == Precision::kInt8; }
  void takeHidden();
  void multiplyToLanes(const float* kernel, const float* bias, std::size_t columns, std::vector<float>& out);
  void multiplyToRows(const float* kernel, const float* bias, std::size_t columns, std::vector<float>& out);
  void multiplyBack(const std::vector<float>& x, const float* kernel, std::size_t columns, std::span<float> partial);
  void multiplyRowsBack(const std::vector<float>& x, const float* kernel, std::size_t columns, std::span<float> partial);
  void quantize(const float* rows, std::size_t columns);
  std::vector<float> transformed(std::span<const float> rows, const float* kernel, const float* bias, kernels::Activation activation) const;
  void addAndNorm(std::span<const float> sum, const float* bias, const float* gamma, const float* beta);

  const EncoderWeights* weights_;
  EncoderOptions options_;
  std::size_t width_;  // H
  std::size_t tokens_ = 0;
  std::vector<float> hidden_, mask_, value_, attention_;                // row-major
  std::vector<float> lanes_, query_, key_, context_, inner_, scores_;  // in lanes (kernels.h); in int8 inner_ is row-major
  std::vector<uint32_t> quantized_;  // the left operand of an int8 product
  std::vector<float> rows_;          // in int8, [N, Hs], on the way into lanes or out
};

}  // namespace bp
