// reference_encoder FOLDER ID...: the last hidden state of a TensorFlow set, a value a line, computed from the definitions of
// the kernels (kernels/reference.h) in the plainest order, everything row-major. What benchmarks compare their outputs with.
#define DOCTEST_CONFIG_IMPLEMENT
#include "kernels/reference.h"

#include <cstdio>
#include <cstdlib>

#include "encoder/model_set.h"

namespace {

using namespace bp;
namespace reference = kernels::reference;

using Rows = std::vector<float>;

struct Forward {
  const EncoderWeights& weights;
  const EncoderOptions& options;
  size_t tokens, width;

  // x W + bias
  Rows dense(const Rows& x, const float* kernel, const float* bias, size_t columns) const {
    const size_t rows = x.size() / tokens;
    Rows plain(rows * columns), product(tokens * columns);
    for (size_t row = 0; row < rows; ++row) {
      for (size_t col = 0; col < columns; ++col) plain[row * columns + col] = kernel[kernels::packedIndex(rows, columns, row, col)];
    }
    reference::matmul(x.data(), plain.data(), bias, product.data(), tokens, rows, columns);
    return product;
  }

  // Columns [from, from + count) of x
  Rows columnsOf(const Rows& x, size_t from, size_t count) const {
    Rows part;
    for (size_t row = 0; row < tokens; ++row) {
      const auto begin = x.begin() + static_cast<std::ptrdiff_t>(row * width + from);
      part.insert(part.end(), begin, begin + static_cast<std::ptrdiff_t>(count));
    }
    return part;
  }

  void layer(Rows& x, const LayerWeights& w) const {
    const Rows query = dense(x, w.query_kernel, w.query_bias, width), key = dense(x, w.key_kernel, w.key_bias, width);
    const Rows value = dense(x, w.value_kernel, w.value_bias, width), mask(tokens, 0.0f);
    const size_t depth = width / static_cast<size_t>(options.heads);
    Rows context(tokens * width), head_context(tokens * depth), probabilities(tokens * tokens);
    for (size_t from = 0; from < width; from += depth) {
      reference::attendHead(columnsOf(query, from, depth).data(), columnsOf(key, from, depth).data(), columnsOf(value, from, depth).data(), mask.data(),
                            head_context.data(), probabilities.data(), tokens, depth);
      for (size_t i = 0; i < head_context.size(); ++i) context[i / depth * width + from + i % depth] = head_context[i];
    }
    const Rows attended = dense(context, w.attention_kernel, w.attention_bias, width);
    const Rows none(width, 0.0f);
    reference::layerNorm(x.data(), attended.data(), none.data(), {w.attention_gamma, w.attention_beta, options.layer_norm_eps}, tokens, width);
    Rows inner = dense(x, w.intermediate_kernel, w.intermediate_bias, static_cast<size_t>(weights.sizes().intermediate));
    reference::activate(options.activation, inner.data(), inner.size());
    const Rows outer = dense(inner, w.output_kernel, w.output_bias, width);
    reference::layerNorm(x.data(), outer.data(), none.data(), {w.output_gamma, w.output_beta, options.layer_norm_eps}, tokens, width);
  }

  Rows run(const std::vector<int32_t>& ids) const {
    Rows x;
    for (size_t i = 0; i < tokens; ++i) {
      for (size_t j = 0; j < width; ++j) {
        x.push_back(weights.word_table[static_cast<size_t>(ids[i]) * width + j] + weights.segment_table[j] + weights.position_table[i * width + j]);
      }
    }
    reference::layerNorm(x.data(), nullptr, nullptr, {weights.embedding_gamma, weights.embedding_beta, options.layer_norm_eps}, tokens, width);
    for (const LayerWeights& w : weights.layers) layer(x, w);
    return x;
  }
};

}  // namespace

int main(int argc, char** argv) {
  doctest::Context context;  // for the REQUIREs of model_set.h
  context.setAsDefaultForAssertsOutOfTestCases();
  if (argc < 3) return 2;
  const test::Model model = test::readBundle(argv[1], "bert_model.ckpt");
  std::vector<int32_t> ids;
  for (int i = 2; i < argc; ++i) ids.push_back(std::atoi(argv[i]));
  const auto weights = model.weights();
  const Forward forward = {*weights, model.options, ids.size(), static_cast<size_t>(model.sizes.hidden)};
  for (const float value : forward.run(ids)) std::printf("%.9g\n", static_cast<double>(value));
  return 0;
}
