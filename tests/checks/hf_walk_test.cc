#include "checks/hf_walk.h"

#include "bert/tensor_names.h"
#include "doctest/doctest.h"

using namespace bp;

namespace {

constexpr Sizes kSizes{24, 16, 2, 4, 40, 12, 2};

Walk walk(const std::vector<std::pair<std::string, Shape>>& tensors, WalkClass model = WalkClass::kBertForPreTraining) {
  TensorTable table;
  for (const auto& [name, shape] : tensors) {
    TensorInfo info;
    info.name = name;
    info.shape = shape;
    table.add(std::move(info));
  }
  return walkNames(table, kSizes, model);
}

std::string stopOf(const std::string& name, const Shape& shape, WalkClass model = WalkClass::kBertForPreTraining) {
  const Walk walked = walk({{name, shape}}, model);
  return walked.stops.empty() ? "" : walked.stops[0].error;
}

}  // namespace

TEST_CASE("every name of a pre-training checkpoint lands on its own weight") {
  TensorTable table;
  for (const auto& list : {encoderTensors(kSizes), poolerTensors(kSizes), mlmTensors(kSizes), nspTensors(kSizes)}) {
    for (const ExpectedTensor& one : list) {
      TensorInfo info;
      info.name = googleName(one.role);
      info.shape = one.shape;
      table.add(std::move(info));
    }
  }
  const Walk walked = walkNames(table, kSizes, WalkClass::kBertForPreTraining);
  CHECK(walked.stops.empty());
  REQUIRE(walked.writes.size() == 46);
  for (const WalkWrite& write : walked.writes) {
    CHECK(googleName(write.role) == table[write.tensor].name);
    CHECK_FALSE(write.turned);
  }
}

// The words are Python's, as measured with transformers 4.46.
TEST_CASE("names it cannot follow stop it with Python's words") {
  CHECK(stopOf("bert/encoder/layer_0/attention/self/query/alpha", {16, 16}) == "AttributeError: 'Linear' object has no attribute 'shape'");
  CHECK(stopOf("output_bias", {3}) == "AttributeError: 'BertForPreTraining' object has no attribute 'bias'");
  CHECK(stopOf("embeddings/LayerNorm/beta", {16}) == "AttributeError: 'BertForPreTraining' object has no attribute 'bias'");
  CHECK(stopOf("cls/predictions/output_bias", {24}, WalkClass::kBertModel) == "AttributeError: 'BertModel' object has no attribute 'bias'");
  CHECK(stopOf("bert/embeddings/layer_normalization_1/beta", {16}) == "AttributeError: 'BertEmbeddings' object has no attribute 'bias'");
  CHECK(stopOf("_CHECKPOINTABLE_OBJECT_GRAPH", {}) == "AttributeError: 'BertForPreTraining' object has no attribute 'shape'");
  CHECK(stopOf("bert/encoder/layer_2/output/dense/bias", {16}) == "IndexError: index 2 is out of range");
  CHECK(stopOf("bert/pooler/dense/kernel", {16, 16}, WalkClass::kBertForMaskedLm) == "AttributeError: 'NoneType' object has no attribute 'weight'");
  CHECK(stopOf("bert/embeddings/word_embeddings", {30, 16}) ==
        "ValueError: Pointer shape torch.Size([24, 16]) and array shape (30, 16) mismatched");
}

TEST_CASE("an unknown scope is passed over, and what a kernel is called decides whether it is turned") {
  CHECK(stopOf("student/bert/pooler/dense/kernel", {16, 16}).empty());
  CHECK_FALSE(walk({{"bert/pooler/dense/kernel", {16, 16}}}).writes[0].turned);
  CHECK(walk({{"bert/pooler/dense/weight", {16, 16}}}).writes[0].turned);
  CHECK(walk({{"bert/pooler/dense/kernel/Adam", {16, 16}}}).writes[0].turned);
}

TEST_CASE("Google's moments and counters are skipped") {
  const Walk walked = walk({{"bert/pooler/dense/kernel/adam_m", {16, 16}}, {"global_step", {}}, {"AdamWeightDecayOptimizer/bert/x", {1}}});
  CHECK(walked.skipped.size() == 3);
  CHECK(walked.stops.empty());
}
