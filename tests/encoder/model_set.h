// Models for the encoder's tests: read from fixtures, or made up, streamed through the data pass like in the program.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "bert/model_spec.h"
#include "bert/tensor_names.h"
#include "bytes/byte_source.h"
#include "containers/tensor_bundle.h"
#include "encoder/encoder.h"
#include "encoder/weights.h"
#include "report/json.h"
#include "tensors/data_pass.h"

namespace bp::test {

inline std::vector<uint8_t> readFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), {}};
}

inline Json readJson(const std::string& path) {
  const std::vector<uint8_t> bytes = readFile(path);
  return Json::parse(bytes.begin(), bytes.end());
}

struct Model {
  Sizes sizes;
  EncoderOptions options;
  TensorTable table;
  std::vector<Binding> bindings;
  std::vector<uint8_t> data;  // of file 0

  // A row-major float32 tensor appended to the data.
  void append(std::string name, Shape shape, const std::vector<float>& values) {
    TensorInfo tensor;
    tensor.name = std::move(name);
    tensor.shape = std::move(shape);
    tensor.parts.push_back(appendPart(values));
    table.add(std::move(tensor));
  }
  TensorPart appendPart(const std::vector<float>& values) {
    TensorPart part;
    part.extent = {0, data.size(), values.size() * sizeof(float)};
    data.resize(data.size() + values.size() * sizeof(float));
    std::memcpy(data.data() + part.extent.offset, values.data(), values.size() * sizeof(float));
    return part;
  }
  void bind(Role role, bool transposed = false) {
    bindings.push_back({static_cast<uint32_t>(table.size() - 1), role, transposed});
  }

  std::unique_ptr<EncoderWeights> weights(LayerShare share = {}, size_t chunk = 5000, Precision precision = Precision::kFloat32) const {
    auto weights = std::make_unique<EncoderWeights>(sizes, share, bindings, table, precision);
    REQUIRE(weights->ok());
    const uint64_t file_sizes[] = {data.size()};
    DataPass pass(table, file_sizes, weights.get(), {});
    for (const PlannedRead& read : pass.plan()) {
      for (uint64_t done = 0; done < read.length; done += chunk) {
        REQUIRE(pass.feed(0, read.offset + done, {data.data() + read.offset + done, static_cast<size_t>(std::min<uint64_t>(chunk, read.length - done))}));
      }
    }
    pass.finish();
    for (const Binding& binding : bindings) REQUIRE(pass.good(binding.tensor));
    REQUIRE(weights->whole());
    return weights;
  }
};

inline void readConfig(Model& model, const std::string& path, bool gelu_is_tanh) {
  const Json config = readJson(path);
  model.sizes = {config["vocab_size"],        config["hidden_size"],       config["num_hidden_layers"],      config["num_attention_heads"],
                 config["intermediate_size"], config["max_position_embeddings"], config["type_vocab_size"]};
  model.options.heads = model.sizes.heads;
  model.options.layer_norm_eps = config.value("layer_norm_eps", 1e-12f);
  const auto activation = activationNamed(config["hidden_act"].get<std::string>(), gelu_is_tanh);
  REQUIRE(activation.has_value());
  model.options.activation = *activation;
}

inline Model readBundle(const std::string& folder, const std::string& prefix) {
  Model model;
  readConfig(model, folder + "/bert_config.json", true);
  const std::vector<uint8_t> index = readFile(folder + "/" + prefix + ".index");
  model.data = readFile(folder + "/" + prefix + ".data-00000-of-00001");
  BufferSource source(index);
  TensorBundle bundle;
  TableFault fault;
  REQUIRE(readTensorBundle(source, bundle, fault) == BundleStatus::kOk);
  for (const BundleEntry& entry : bundle.entries) {
    TensorInfo tensor;
    tensor.name = entry.name;
    tensor.dtype = entry.dtype.value_or(DType::kOther);
    tensor.shape = entry.shape;
    TensorPart part;
    part.extent = {0, static_cast<uint64_t>(entry.offset), static_cast<uint64_t>(entry.size)};
    part.crc32c = entry.crc32c;
    tensor.parts.push_back(part);
    model.table.add(std::move(tensor));
    if (const auto role = googleRole(entry.name)) model.bind(*role);
  }
  return model;
}

inline Model readSafetensors(const std::string& folder) {
  Model model;
  readConfig(model, folder + "/config.json", false);
  model.data = readFile(folder + "/model.safetensors");
  uint64_t header_size = 0;
  std::memcpy(&header_size, model.data.data(), sizeof header_size);
  const Json header = Json::parse(model.data.begin() + 8, model.data.begin() + 8 + static_cast<std::ptrdiff_t>(header_size));
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    TensorInfo tensor;
    tensor.name = name;
    tensor.dtype = entry["dtype"] == "F32" ? DType::kFloat32 : DType::kOther;
    tensor.shape = entry["shape"].get<Shape>();
    TensorPart part;
    const auto begin = entry["data_offsets"][0].get<uint64_t>(), end = entry["data_offsets"][1].get<uint64_t>();
    part.extent = {0, 8 + header_size + begin, end - begin};
    tensor.parts.push_back(part);
    model.table.add(std::move(tensor));
    if (const auto role = hfRole(name)) model.bind(*role, isKernel(role->part));
  }
  return model;
}

inline std::vector<float> randomValues(size_t count, uint32_t seed, float spread) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0f, spread);
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

inline std::vector<ExpectedTensor> allTensors(const Sizes& sizes) {
  std::vector<ExpectedTensor> tensors = encoderTensors(sizes);
  for (const auto& more : {poolerTensors(sizes), mlmTensors(sizes), nspTensors(sizes)}) tensors.insert(tensors.end(), more.begin(), more.end());
  return tensors;
}

// Values of `made up` weights: gammas around 1.
inline std::vector<float> madeUpValues(const ExpectedTensor& tensor, uint32_t seed) {
  std::vector<float> values = randomValues(static_cast<size_t>(*elementCount(tensor.shape)), seed, 0.2f);
  if (isGamma(tensor.role.part)) {
    for (float& value : values) value += 1;
  }
  return values;
}

inline Model makeModel(const Sizes& sizes) {
  Model model;
  model.sizes = sizes;
  model.options.heads = sizes.heads;
  for (const ExpectedTensor& tensor : allTensors(sizes)) {
    model.append(googleName(tensor.role), tensor.shape, madeUpValues(tensor, static_cast<uint32_t>(model.table.size())));
    model.bind(tensor.role);
  }
  return model;
}

inline float largestDifference(std::span<const float> a, std::span<const float> b) {
  REQUIRE(a.size() == b.size());
  float largest = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const float difference = std::abs(a[i] - b[i]);
    if (!(difference <= largest)) largest = difference;  // keeps a NaN
  }
  return largest;
}

// Rows of `values` [rows, width] against nested arrays, where mask is 1.
inline float largestDifference(std::span<const float> values, const Json& expected, const std::vector<int32_t>& mask) {
  REQUIRE(expected.size() == mask.size());
  const size_t width = values.size() / mask.size();
  float largest = 0;
  for (size_t row = 0; row < mask.size(); ++row) {
    if (mask[row] == 0) continue;
    const auto wanted = expected[row].get<std::vector<float>>();
    const float difference = largestDifference(values.subspan(row * width, width), wanted);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

}  // namespace bp::test
