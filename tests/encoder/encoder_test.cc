// The forward pass against google-research/bert and transformers (reference.json of the fixtures).
#include "encoder/encoder.h"

#include <doctest/doctest.h>

#include <cmath>

#include "encoder/model_set.h"

using namespace bp;
using namespace bp::test;

namespace {

constexpr float kHiddenBound = 2e-5f, kLogitsBound = 1e-4f;

struct Ids {
  std::vector<int32_t> ids, types, mask;
  EncoderInput input() const { return {ids, types, mask}; }
};

Ids readIds(const Json& json) { return {json["input_ids"], json["token_type_ids"], json["attention_mask"]}; }

Ids someIds(const Sizes& sizes, int32_t tokens) {
  Ids ids;
  for (int32_t i = 0; i < tokens; ++i) {
    ids.ids.push_back((i * 7 + 3) % static_cast<int32_t>(sizes.vocab));
    ids.types.push_back(i * 2 > tokens ? 1 : 0);
    ids.mask.push_back(i + 2 < tokens ? 1 : 0);
  }
  return ids;
}

void compareOutputs(const Model& model, const Json& inputs, const Json& outputs, const char* layers_key) {
  const auto weights = model.weights();
  REQUIRE(inputs.size() == outputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    CAPTURE(i);
    const Ids ids = readIds(inputs[i]);
    const Json& expected = outputs[i];
    REQUIRE(inputFault(ids.input(), *weights, model.options) == "");
    Encoder encoder(*weights, model.options);
    size_t layers = 0;
    encoder.run(ids.input(), [&](size_t layer, std::span<const float> hidden) {
      ++layers;
      CHECK(largestDifference(hidden, expected[layers_key][layer], ids.mask) <= kHiddenBound);
    });
    CHECK(layers == expected[layers_key].size());
    const std::vector<float> pooled = encoder.pooled();
    CHECK(largestDifference(pooled, expected["pooled"].get<std::vector<float>>()) <= kHiddenBound);
    CHECK(largestDifference(encoder.nspLogits(pooled), expected["nsp_logits"].get<std::vector<float>>()) <= kLogitsBound);
    std::vector<uint32_t> positions;
    for (uint32_t p = 0; p < ids.ids.size(); ++p) positions.push_back(p);
    CHECK(largestDifference(encoder.mlmLogits(positions), expected["mlm_logits"], ids.mask) <= kLogitsBound);
  }
}

}  // namespace

TEST_CASE("outputs are those of google-research/bert, every layer and both heads") {
  const auto compare = [](const std::string& name, const std::string& set, const std::string& prefix) {
    CAPTURE(name);
    const std::string base = std::string(BP_FIXTURES) + "/tf/" + name;
    const Json reference = readJson(base + "/reference.json");
    compareOutputs(readBundle(base + "/" + set, prefix), reference["inputs"], reference["google-bert"], "layers");
  };
  compare("good-chinese", "chinese_L-2_H-32_A-4", "bert_model.ckpt");
  compare("good-cased", "cased_L-3_H-24_A-3", "bert_model.ckpt");
  compare("good-uncased", "uncased_L-4_H-16_A-2", "model.ckpt-1200");
}

TEST_CASE("outputs are those of transformers from transposed kernels, with other activations, eps and heads") {
  for (const std::string name : {"pretraining-safetensors", "pretraining-relu-eps1e-5", "pretraining-head64-tanh"}) {
    CAPTURE(name);
    const std::string base = std::string(BP_FIXTURES) + "/hf/" + name;
    const Json reference = readJson(base + "/reference.json");
    compareOutputs(readSafetensors(base + "/model"), reference["inputs"], reference["inputs"], "hidden_states");
  }
}

TEST_CASE("the probabilities of a layer are those of transformers, and asking for them changes nothing") {
  const std::string base = std::string(BP_FIXTURES) + "/hf/pretraining-safetensors";
  const Model model = readSafetensors(base + "/model");
  const auto weights = model.weights();
  const Json reference = readJson(base + "/reference.json");
  size_t compared = 0;
  for (const Json& input : reference["inputs"]) {
    const Ids ids = readIds(input);
    const size_t n = ids.ids.size();
    Encoder plain(*weights, model.options), keeping(*weights, model.options);
    keeping.keep_attention = true;
    plain.run(ids.input(), [](size_t, std::span<const float>) {});
    keeping.run(ids.input(), [&](size_t layer, std::span<const float>) {
      if (layer != 1) return;
      REQUIRE(keeping.attention().size() == static_cast<size_t>(model.sizes.heads) * n * n);
      if (!input.contains("attention_layer0")) return;
      ++compared;
      for (size_t head = 0; head < static_cast<size_t>(model.sizes.heads); ++head) {
        CHECK(largestDifference(keeping.attention().subspan(head * n * n, n * n), input["attention_layer0"][head], ids.mask) <= 2e-6f);
      }
    });
    CHECK(largestDifference(plain.hidden(), keeping.hidden()) == 0);
    CHECK(plain.attention().empty());
  }
  CHECK(compared == 1);
}

TEST_CASE("the halves of several instances add up to the whole") {
  const Model model = makeModel({50, 48, 3, 6, 77, 40, 2});
  const auto whole_weights = model.weights();
  const Ids ids = someIds(model.sizes, 11);
  Encoder whole(*whole_weights, model.options);
  whole.run(ids.input(), [](size_t, std::span<const float>) {});
  for (uint32_t count : {2u, 3u, 5u, 7u}) {  // with 7, one has no head
    CAPTURE(count);
    std::vector<std::unique_ptr<EncoderWeights>> weights;
    std::vector<Encoder> encoders;
    uint64_t bytes = 0;
    for (uint32_t index = 0; index < count; ++index) {
      weights.push_back(model.weights({index, count}));
      encoders.emplace_back(*weights.back(), model.options);
      bytes += weights.back()->bytes();
    }
    // Besides its own rows and columns, an instance keeps six vectors a layer.
    CHECK(bytes <= whole_weights->bytes() + (count - 1) * 3 * (6 * 48 + 16 * 64) * sizeof(float) + (count - 1) * 3 * 6 * 48 * 8 * sizeof(float));

    encoders[0].begin(ids.input());
    const std::vector<float> embedded(encoders[0].hidden().begin(), encoders[0].hidden().end());
    for (uint32_t index = 1; index < count; ++index) encoders[index].begin(ids.mask, embedded);
    std::vector<float> partial(embedded.size()), sum(embedded.size());
    const auto exchange = [&](auto half, auto finish) {
      std::fill(sum.begin(), sum.end(), 0.0f);
      for (Encoder& encoder : encoders) {
        half(encoder);
        kernels::addTo(sum.data(), partial.data(), sum.size());
      }
      for (Encoder& encoder : encoders) finish(encoder);
    };
    for (size_t layer = 0; layer < 3; ++layer) {
      exchange([&](Encoder& e) { e.attentionHalf(layer, partial); }, [&](Encoder& e) { e.finishAttention(layer, sum); });
      exchange([&](Encoder& e) { e.feedForwardHalf(layer, partial); }, [&](Encoder& e) { e.finishFeedForward(layer, sum); });
    }
    for (const Encoder& encoder : encoders) CHECK(largestDifference(encoder.hidden(), whole.hidden()) <= 1e-5f);
    CHECK(largestDifference(encoders[0].pooled(), whole.pooled()) <= 1e-5f);
  }
}

TEST_CASE("what a masked token says does not reach the others, and what a visible one says does") {
  const Model model = makeModel({50, 24, 2, 3, 40, 40, 2});
  const auto weights = model.weights();
  const auto outputs = [&](const Ids& ids) {
    Encoder encoder(*weights, model.options);
    encoder.run(ids.input(), [](size_t, std::span<const float>) {});
    return std::vector<float>(encoder.hidden().begin(), encoder.hidden().begin() + 5 * 24);
  };
  Ids ids = someIds(model.sizes, 9);  // the last two are masked
  const std::vector<float> before = outputs(ids);
  ids.ids[8] = 1;
  CHECK(outputs(ids) == before);
  ids.ids[6] = 1;
  CHECK(largestDifference(outputs(ids), before) > 1e-3f);
}

TEST_CASE("more tokens than scores held at a time give the same as all at once") {
  const Model model = makeModel({50, 24, 1, 2, 40, 200, 2});
  const auto weights = model.weights();
  const Ids ids = someIds(model.sizes, 150);
  Encoder blocks(*weights, model.options), whole(*weights, model.options);
  whole.keep_attention = true;
  blocks.run(ids.input(), [](size_t, std::span<const float>) {});
  whole.run(ids.input(), [](size_t, std::span<const float>) {});
  CHECK(largestDifference(blocks.hidden(), whole.hidden()) <= 1e-6f);
}

TEST_CASE("a position offset moves the rows of the position table") {
  const Model model = makeModel({50, 24, 1, 2, 40, 20, 2});
  const auto weights = model.weights();
  const Ids ids = someIds(model.sizes, 4);
  EncoderOptions options = model.options;
  options.position_offset = 2;
  Encoder encoder(*weights, options);
  encoder.begin(ids.input());
  std::vector<float> expected(24);
  for (size_t i = 0; i < 24; ++i) {
    expected[i] = weights->word_table[static_cast<size_t>(ids.ids[3]) * 24 + i] + weights->segment_table[24 + i] + weights->position_table[5 * 24 + i];
  }
  kernels::layerNorm(expected.data(), nullptr, nullptr, {weights->embedding_gamma, weights->embedding_beta, 1e-12f}, 1, 24);
  CHECK(largestDifference(encoder.hidden().subspan(3 * 24, 24), expected) <= 1e-6f);
}

TEST_CASE("an input that cannot be run is refused with the numbers that stand against it") {
  const Model model = makeModel({50, 24, 1, 2, 40, 20, 2});
  const auto weights = model.weights();
  const auto fault = [&](const Ids& ids, EncoderOptions options) { return inputFault(ids.input(), *weights, options); };
  const Ids good = someIds(model.sizes, 20);
  CHECK(fault(good, model.options) == "");
  CHECK(fault({}, model.options) == "there are no tokens");
  CHECK(fault(someIds(model.sizes, 21), model.options) == "21 tokens are more than the 20 positions there are");
  Ids ids = good;
  ids.ids[3] = 50;
  CHECK(fault(ids, model.options) == "position 3 has the id 50, the word table has 50 rows");
  ids.ids[3] = -1;
  CHECK(fault(ids, model.options) == "position 3 has the id -1, the word table has 50 rows");
  ids = good;
  ids.types[19] = 2;
  CHECK(fault(ids, model.options) == "position 19 has the token type 2, the segment table has 2 rows");
  ids = good;
  ids.mask.assign(20, 0);
  CHECK(fault(ids, model.options) == "attention_mask hides every token");
  ids.mask[0] = 7;
  CHECK(fault(ids, model.options) == "attention_mask holds other numbers than 0 and 1");
  ids.mask.pop_back();
  CHECK(fault(ids, model.options) == "input_ids, token_type_ids and attention_mask differ in length: 20, 20 and 19");
  EncoderOptions options = model.options;
  options.heads = 5;
  CHECK(fault(good, options) == "24 columns do not divide by 5 heads");
  options = model.options;
  options.position_offset = 2;
  CHECK(fault(good, options) == "20 tokens are more than the 18 positions there are");
  options.position_offset = 100;
  CHECK(fault(good, options) == "20 tokens are more than the 0 positions there are");
}

TEST_CASE("names of activations mean what their libraries mean") {
  using kernels::Activation;
  CHECK(activationNamed("gelu", true) == Activation::kGeluTanh);
  CHECK(activationNamed("gelu", false) == Activation::kGeluErf);
  CHECK(activationNamed("GELU", false) == Activation::kGeluErf);
  CHECK(activationNamed("gelu_new", false) == Activation::kGeluTanh);
  CHECK(activationNamed("gelu_pytorch_tanh", false) == Activation::kGeluTanh);
  CHECK(activationNamed("gelu_python", true) == Activation::kGeluErf);
  CHECK(activationNamed("swish", true) == Activation::kSilu);
  CHECK(activationNamed("", true) == Activation::kLinear);
  CHECK_FALSE(activationNamed("gelu_erf", true).has_value());
  CHECK_FALSE(activationNamed("gel", true).has_value());
}
