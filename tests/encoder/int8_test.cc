// The encoder with quantized layers against the same in float32.
#include <doctest/doctest.h>

#include <cmath>

#include "encoder/encoder.h"
#include "encoder/model_set.h"

using namespace bp;
using namespace bp::test;

namespace {

constexpr Sizes kSizes = {60, 48, 3, 6, 77, 40, 2};

std::vector<int32_t> someIds(int32_t tokens) {
  std::vector<int32_t> ids;
  for (int32_t i = 0; i < tokens; ++i) ids.push_back((i * 7 + 3) % static_cast<int32_t>(kSizes.vocab));
  return ids;
}

std::vector<float> run(const Model& model, const EncoderWeights& weights, int32_t tokens) {
  const std::vector<int32_t> ids = someIds(tokens), types(ids.size(), 0), mask(ids.size(), 1);
  Encoder encoder(weights, model.options);
  encoder.run({ids, types, mask}, [](size_t, std::span<const float>) {});
  return {encoder.hidden().begin(), encoder.hidden().end()};
}

double cosine(std::span<const float> a, std::span<const float> b) {
  REQUIRE(a.size() == b.size());
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    ab += static_cast<double>(a[i]) * b[i];
    aa += static_cast<double>(a[i]) * a[i];
    bb += static_cast<double>(b[i]) * b[i];
  }
  return ab / std::sqrt(aa * bb);
}

// The same model with its kernels stored [out, in].
Model otherWay(const Model& plain) {
  Model model;
  model.sizes = plain.sizes;
  model.options = plain.options;
  for (const ExpectedTensor& tensor : allTensors(plain.sizes)) {
    std::vector<float> values = madeUpValues(tensor, static_cast<uint32_t>(model.table.size()));
    const bool matrix = isKernel(tensor.role.part);
    if (matrix) {
      std::vector<float> turned(values.size());
      const auto rows = static_cast<size_t>(tensor.shape[0]), cols = static_cast<size_t>(tensor.shape[1]);
      for (size_t i = 0; i < values.size(); ++i) turned[i % cols * rows + i / cols] = values[i];
      values = turned;
    }
    model.append("", matrix ? Shape{tensor.shape[1], tensor.shape[0]} : tensor.shape, values);
    model.bind(tensor.role, matrix);
  }
  return model;
}

}  // namespace

TEST_CASE("int8 is near float32 and not the same, whatever the number of tokens") {
  const Model model = makeModel(kSizes);
  const auto exact = model.weights(), quantized = model.weights({}, 5000, Precision::kInt8);
  CHECK(quantized->precision() == Precision::kInt8);
  for (const int32_t tokens : {1, 2, 3, 4, 5, 8, 13, 40}) {
    CAPTURE(tokens);
    const std::vector<float> expected = run(model, *exact, tokens), got = run(model, *quantized, tokens);
    CHECK(cosine(got, expected) > 0.998);  // random layers spread an error more than trained ones
    CHECK(got != expected);
  }
}

TEST_CASE("a row does not depend on the rows beside it") {
  const Model model = makeModel(kSizes);
  const auto weights = model.weights({}, 5000, Precision::kInt8);
  const std::vector<int32_t> ids = someIds(9), types(9, 0);
  std::vector<int32_t> mask(9, 1);
  mask[7] = mask[8] = 0;
  Encoder padded(*weights, model.options);
  padded.run({ids, types, mask}, [](size_t, std::span<const float>) {});
  const std::vector<float> alone = run(model, *weights, 7);
  CHECK(largestDifference(padded.hidden().first(alone.size()), alone) < 1e-5f);
}

TEST_CASE("quantized layers do not depend on how they are stored or cut into chunks") {
  const Model plain = makeModel(kSizes), turned = otherWay(plain);
  const std::vector<float> expected = run(plain, *plain.weights({}, 5000, Precision::kInt8), 11);
  for (const Model* model : {&plain, &turned}) {
    for (const size_t chunk : {1, 7, 1000, 1 << 20}) {
      CAPTURE(chunk);
      CHECK(run(*model, *model->weights({}, chunk, Precision::kInt8), 11) == expected);
    }
  }
}

TEST_CASE("the quantized halves of several instances add up to the whole") {
  const Model model = makeModel(kSizes);
  const std::vector<float> expected = run(model, *model.weights(), 11);
  const std::vector<int32_t> ids = someIds(11), types(11, 0), mask(11, 1);
  for (const uint32_t count : {2u, 3u, 6u, 8u}) {  // more than there are heads, too
    CAPTURE(count);
    std::vector<std::unique_ptr<EncoderWeights>> weights;
    std::vector<std::unique_ptr<Encoder>> encoders;
    for (uint32_t index = 0; index < count; ++index) {
      weights.push_back(model.weights({index, count}, 5000, Precision::kInt8));
      encoders.push_back(std::make_unique<Encoder>(*weights.back(), model.options));
    }
    encoders[0]->begin({ids, types, mask});
    for (uint32_t index = 1; index < count; ++index) encoders[index]->begin(mask, encoders[0]->hidden());
    std::vector<float> part(expected.size()), sum(expected.size());
    for (size_t half = 0; half < 2 * static_cast<size_t>(kSizes.layers); ++half) {
      std::fill(sum.begin(), sum.end(), 0.0f);
      for (auto& encoder : encoders) {
        if (half % 2 == 0) encoder->attentionHalf(half / 2, part);
        else encoder->feedForwardHalf(half / 2, part);
        for (size_t i = 0; i < sum.size(); ++i) sum[i] += part[i];
      }
      for (auto& encoder : encoders) {
        if (half % 2 == 0) encoder->finishAttention(half / 2, sum);
        else encoder->finishFeedForward(half / 2, sum);
      }
    }
    CHECK(cosine(encoders[0]->hidden(), expected) > 0.998);
  }
}

TEST_CASE("quantized layers take a quarter of the room, the rest as before") {
  const Sizes sizes = {100, 128, 4, 4, 512, 64, 2};
  const Model model = makeModel(sizes);
  uint64_t layers = 0, all = 0;
  for (const ExpectedTensor& tensor : allTensors(sizes)) {
    const uint64_t bytes = *elementCount(tensor.shape) * sizeof(float);
    all += bytes;
    if (groupOf(tensor.role.part) == PartGroup::kLayer && isKernel(tensor.role.part)) layers += bytes;
  }
  const uint64_t expected = all - layers + layers / 4;
  const uint64_t bytes = model.weights({}, 5000, Precision::kInt8)->bytes();
  CHECK(bytes >= expected);
  CHECK(bytes <= expected + layers / 40);
}

TEST_CASE("layers that do not come whole are not, and a kernel too deep to be summed up is refused") {
  const Model model = makeModel(kSizes);
  EncoderWeights weights(kSizes, {}, model.bindings, model.table, Precision::kInt8);
  REQUIRE(weights.ok());
  CHECK_FALSE(weights.whole());
  const std::vector<float> values(static_cast<size_t>(kSizes.hidden * kSizes.hidden), 1.0f);
  for (const Binding& binding : model.bindings) {
    if (binding.role == Role{Part::kQueryKernel, 0}) weights.take(binding.tensor, 0, 0, std::span(values).first(values.size() - 1));
  }
  CHECK_FALSE(weights.whole());
  CHECK(EncoderWeights(kSizes, {}, model.bindings, model.table).whole());

  const Sizes deep = {2, 1, 1, 1, static_cast<int64_t>(kernels::kMostInt8Depth) + 1, 2, 1};
  const Model made = makeModel(deep);
  CHECK(EncoderWeights(deep, {}, made.bindings, made.table).ok());
  CHECK_FALSE(EncoderWeights(deep, {}, made.bindings, made.table, Precision::kInt8).ok());
  CHECK(EncoderWeights(deep, {0, 2}, made.bindings, made.table, Precision::kInt8).ok());
}
