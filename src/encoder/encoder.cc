#include "encoder/encoder.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string>

namespace bp {
namespace {

using kernels::Activation;

constexpr uint64_t kMostBytes = uint64_t{1} << 30;  // of what one run holds besides the weights

std::size_t size(Slice slice) { return static_cast<std::size_t>(slice.size()); }

struct ActivationName {
  std::string_view name;
  Activation activation;
};
constexpr ActivationName kActivations[] = {
    {"", Activation::kLinear},
    {"linear", Activation::kLinear},
    {"relu", Activation::kRelu},
    {"gelu_new", Activation::kGeluTanh},
    {"gelu_fast", Activation::kGeluTanh},
    {"gelu_pytorch_tanh", Activation::kGeluTanh},
    {"gelu_python_tanh", Activation::kGeluTanh},
    {"gelu_accurate", Activation::kGeluTanh},
    {"gelu_python", Activation::kGeluErf},
    {"gelu_10", Activation::kGelu10},
    {"quick_gelu", Activation::kQuickGelu},
    {"tanh", Activation::kTanh},
    {"silu", Activation::kSilu},
    {"swish", Activation::kSilu},
    {"mish", Activation::kMish},
    {"sigmoid", Activation::kSigmoid},
};

// The first that is not in [0, count), as a sentence.
std::string idFault(std::span<const int32_t> ids, int64_t count, std::string_view what, std::string_view table) {
  const auto bad = std::find_if(ids.begin(), ids.end(), [count](int32_t id) { return id < 0 || id >= count; });
  if (bad == ids.end()) return {};
  return "position " + std::to_string(bad - ids.begin()) + " has the " + std::string(what) + " " + std::to_string(*bad) + ", the " +
         std::string(table) + " has " + std::to_string(count) + " rows";
}

}  // namespace

std::optional<Activation> activationNamed(std::string_view name, bool gelu_is_tanh) {
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (lower == "gelu") return gelu_is_tanh ? Activation::kGeluTanh : Activation::kGeluErf;
  const auto found = std::find_if(std::begin(kActivations), std::end(kActivations), [&](const ActivationName& one) { return one.name == lower; });
  if (found == std::end(kActivations)) return std::nullopt;
  return found->activation;
}

std::string inputFault(const EncoderInput& input, const EncoderWeights& weights, const EncoderOptions& options) {
  const Sizes& sizes = weights.sizes();
  const std::size_t tokens = input.input_ids.size();
  if (tokens == 0) return "there are no tokens";
  if (input.token_type_ids.size() != tokens || input.attention_mask.size() != tokens) {
    return "input_ids, token_type_ids and attention_mask differ in length: " + std::to_string(tokens) + ", " +
           std::to_string(input.token_type_ids.size()) + " and " + std::to_string(input.attention_mask.size());
  }
  if (options.heads <= 0 || sizes.hidden % options.heads != 0) {
    return std::to_string(sizes.hidden) + " columns do not divide by " + std::to_string(options.heads) + " heads";
  }
  if (weights.attentionColumns().size() % (sizes.hidden / options.heads) != 0) {
    return std::to_string(options.heads) + " heads cannot be shared out as " + std::to_string(sizes.heads) + " are";
  }
  const int64_t positions = std::max<int64_t>(0, sizes.positions - options.position_offset);
  if (tokens > static_cast<uint64_t>(positions)) {
    return std::to_string(tokens) + " tokens are more than the " + std::to_string(positions) + " positions there are";
  }
  const auto width = static_cast<uint64_t>(8 * sizes.hidden + sizes.intermediate + std::max(sizes.hidden, sizes.intermediate) / 2) + kernels::kGroup;
  if (tokens > kMostBytes / sizeof(float) / width) return std::to_string(tokens) + " tokens take more memory than one run may use";
  if (std::string fault = idFault(input.input_ids, sizes.vocab, "id", "word table"); !fault.empty()) return fault;
  if (std::string fault = idFault(input.token_type_ids, sizes.segments, "token type", "segment table"); !fault.empty()) return fault;
  const auto is_mask = [](int32_t value) { return value == 0 || value == 1; };
  if (!std::all_of(input.attention_mask.begin(), input.attention_mask.end(), is_mask)) return "attention_mask holds other numbers than 0 and 1";
  if (std::find(input.attention_mask.begin(), input.attention_mask.end(), 1) == input.attention_mask.end()) return "attention_mask hides every token";
  return {};
}

Encoder::Encoder(const EncoderWeights& weights, EncoderOptions options)
    : weights_(&weights), options_(options), width_(static_cast<std::size_t>(weights.sizes().hidden)) {}

void Encoder::begin(const EncoderInput& input) {
  tokens_ = input.input_ids.size();
  hidden_.resize(tokens_ * width_);
  for (std::size_t i = 0; i < tokens_; ++i) {
    float* row = hidden_.data() + i * width_;
    std::copy_n(weights_->word_table + static_cast<std::size_t>(input.input_ids[i]) * width_, width_, row);
    kernels::addTo(row, weights_->segment_table + static_cast<std::size_t>(input.token_type_ids[i]) * width_, width_);
    kernels::addTo(row, weights_->position_table + (i + static_cast<std::size_t>(options_.position_offset)) * width_, width_);
  }
  kernels::layerNorm(hidden_.data(), nullptr, nullptr, {weights_->embedding_gamma, weights_->embedding_beta, options_.layer_norm_eps}, tokens_, width_);
  startLayers(input.attention_mask);
}

void Encoder::begin(std::span<const int32_t> attention_mask, std::span<const float> hidden) {
  assert(hidden.size() == attention_mask.size() * width_);
  tokens_ = attention_mask.size();
  hidden_.assign(hidden.begin(), hidden.end());
  startLayers(attention_mask);
}

void Encoder::startLayers(std::span<const int32_t> attention_mask) {
  mask_.resize(tokens_);
  std::transform(attention_mask.begin(), attention_mask.end(), mask_.begin(), [](int32_t visible) { return visible != 0 ? 0.0f : -10000.0f; });
  const std::size_t columns = size(weights_->attentionColumns());
  lanes_.resize(kernels::lanesSize(tokens_, width_));
  for (std::vector<float>* projection : {&query_, &key_, &context_}) projection->resize(kernels::lanesSize(tokens_, columns));
  value_.resize(tokens_ * columns + kernels::kValueSlack);
  scores_.resize(kernels::lanesSize(std::min(tokens_, kernels::kGroup), tokens_));
  const std::size_t inner = size(weights_->intermediateColumns());
  inner_.resize(kernels::lanesSize(tokens_, inner));
  if (!int8()) return;
  rows_.resize(tokens_ * columns);
  quantized_.resize(kernels::int8RowsSize(tokens_, std::max(width_, inner)) / sizeof(uint32_t));
}

void Encoder::quantize(const float* rows, std::size_t columns) { kernels::quantizeRows(rows, tokens_, columns, quantized_.data()); }

// hidden() as the left operand of the next products.
void Encoder::takeHidden() {
  if (int8()) return quantize(hidden_.data(), width_);
  kernels::packRows(hidden_.data(), width_, lanes_.data(), tokens_, width_);
}

// hidden() W + bias
void Encoder::multiplyToLanes(const float* kernel, const float* bias, std::size_t columns, std::vector<float>& out) {
  if (!int8()) return kernels::matmul(lanes_.data(), kernel, bias, out.data(), tokens_, width_, columns);
  multiplyToRows(kernel, bias, columns, rows_);
  kernels::packRows(rows_.data(), columns, out.data(), tokens_, columns);
}

void Encoder::multiplyToRows(const float* kernel, const float* bias, std::size_t columns, std::vector<float>& out) {
  if (int8()) return kernels::matmulInt8(quantized_.data(), kernel, bias, out.data(), tokens_, width_, columns);
  multiplyToLanes(kernel, bias, columns, context_);
  kernels::unpackRows(context_.data(), out.data(), columns, tokens_, columns);
}

// context = softmax(q k^T / sqrt(D) + mask) v, head by head; partial = context Wo
void Encoder::attentionHalf(std::size_t layer, std::span<float> partial) {
  const LayerWeights& w = weights_->layers[layer];
  const std::size_t columns = size(weights_->attentionColumns());  // Hs
  const std::size_t depth = width_ / static_cast<std::size_t>(options_.heads);
  const std::size_t heads = columns / depth;
  takeHidden();
  multiplyToRows(w.value_kernel, w.value_bias, columns, value_);
  multiplyToLanes(w.query_kernel, w.query_bias, columns, query_);
  multiplyToLanes(w.key_kernel, w.key_bias, columns, key_);

  // By the heads of all instances, so that all decide alike.
  const bool keep = keep_attention && tokens_ <= kMostBytes / sizeof(float) / static_cast<std::size_t>(options_.heads) / tokens_;
  attention_.resize(keep ? heads * tokens_ * tokens_ : 0);
  const float scale = 1.0f / std::sqrt(static_cast<float>(depth));
  const kernels::Heads all = {query_.data(), key_.data(), value_.data(), mask_.data(), context_.data(), tokens_, columns, depth, scale};
  for (std::size_t head = 0; head < heads; ++head) {
    kernels::attendHead(all, head, scores_.data(), keep ? attention_.data() + head * tokens_ * tokens_ : nullptr);
  }
  multiplyBack(context_, w.attention_kernel, columns, partial);
}

// partial = x W, from lanes to rows
void Encoder::multiplyBack(const std::vector<float>& x, const float* kernel, std::size_t columns, std::span<float> partial) {
  if (int8()) {
    kernels::unpackRows(x.data(), rows_.data(), columns, tokens_, columns);
    return multiplyRowsBack(rows_, kernel, columns, partial);
  }
  kernels::matmul(x.data(), kernel, nullptr, lanes_.data(), tokens_, columns, width_);
  kernels::unpackRows(lanes_.data(), partial.data(), width_, tokens_, width_);
}

// The same in int8, from rows
void Encoder::multiplyRowsBack(const std::vector<float>& x, const float* kernel, std::size_t columns, std::span<float> partial) {
  quantize(x.data(), columns);
  kernels::matmulInt8(quantized_.data(), kernel, nullptr, partial.data(), tokens_, columns, width_);
}

void Encoder::finishAttention(std::size_t layer, std::span<const float> sum) {
  const LayerWeights& w = weights_->layers[layer];
  addAndNorm(sum, w.attention_bias, w.attention_gamma, w.attention_beta);
}

// inner = act(x Wi + bi); partial = inner Wd
void Encoder::feedForwardHalf(std::size_t layer, std::span<float> partial) {
  const LayerWeights& w = weights_->layers[layer];
  const std::size_t columns = size(weights_->intermediateColumns());  // Is
  takeHidden();
  if (int8()) {
    multiplyToRows(w.intermediate_kernel, w.intermediate_bias, columns, inner_);
    kernels::activate(options_.activation, inner_.data(), tokens_ * columns);
    return multiplyRowsBack(inner_, w.output_kernel, columns, partial);
  }
  multiplyToLanes(w.intermediate_kernel, w.intermediate_bias, columns, inner_);
  kernels::activate(options_.activation, inner_.data(), inner_.size());
  multiplyBack(inner_, w.output_kernel, columns, partial);
}

void Encoder::finishFeedForward(std::size_t layer, std::span<const float> sum) {
  const LayerWeights& w = weights_->layers[layer];
  addAndNorm(sum, w.output_bias, w.output_gamma, w.output_beta);
}

// x = LN(x + (sum + bias))
void Encoder::addAndNorm(std::span<const float> sum, const float* bias, const float* gamma, const float* beta) {
  assert(sum.size() == hidden_.size());
  kernels::layerNorm(hidden_.data(), sum.data(), bias, {gamma, beta, options_.layer_norm_eps}, tokens_, width_);
}

// activation(x W + bias) for rows that are not a layer's
std::vector<float> Encoder::transformed(std::span<const float> rows, const float* kernel, const float* bias, Activation activation) const {
  const std::size_t count = rows.size() / width_;
  std::vector<float> in(kernels::lanesSize(count, width_)), out(in.size()), result(rows.size());
  kernels::packRows(rows.data(), width_, in.data(), count, width_);
  kernels::matmul(in.data(), kernel, bias, out.data(), count, width_, width_);
  kernels::unpackRows(out.data(), result.data(), width_, count, width_);
  kernels::activate(activation, result.data(), result.size());
  return result;
}

std::vector<float> Encoder::pooled() const {
  return transformed(std::span(hidden_).first(width_), weights_->pooler_kernel, weights_->pooler_bias, Activation::kTanh);
}

std::vector<float> Encoder::mlmLogits(std::span<const uint32_t> positions) const {
  const auto vocab = static_cast<std::size_t>(weights_->sizes().vocab);
  if (positions.empty() || positions.size() > kMostBytes / sizeof(float) / vocab) return {};
  std::vector<float> chosen(positions.size() * width_), logits(positions.size() * vocab);
  for (std::size_t i = 0; i < positions.size(); ++i) std::copy_n(hidden_.data() + positions[i] * width_, width_, chosen.data() + i * width_);
  chosen = transformed(chosen, weights_->mlm_kernel, weights_->mlm_bias, options_.activation);
  kernels::layerNorm(chosen.data(), nullptr, nullptr, {weights_->mlm_gamma, weights_->mlm_beta, options_.layer_norm_eps}, positions.size(), width_);
  const float* decoder = weights_->mlm_decoder != nullptr ? weights_->mlm_decoder : weights_->word_table;
  kernels::matmulTransposed(chosen.data(), width_, decoder, width_, logits.data(), vocab, positions.size(), width_, vocab);
  for (std::size_t i = 0; i < positions.size(); ++i) kernels::addTo(logits.data() + i * vocab, weights_->mlm_output_bias, vocab);
  return logits;
}

std::vector<float> Encoder::nspLogits(std::span<const float> pooled) const {
  std::vector<float> logits(2);
  kernels::matmulTransposed(pooled.data(), width_, weights_->nsp_kernel, width_, logits.data(), 2, 1, width_, 2);
  kernels::addTo(logits.data(), weights_->nsp_bias, 2);
  return logits;
}

}  // namespace bp
