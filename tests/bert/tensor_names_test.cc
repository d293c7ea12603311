#include "bert/tensor_names.h"

#include "doctest/doctest.h"

using namespace bp;

namespace {

std::vector<Role> allRoles() {
  const Sizes sizes{100, 8, 13, 2, 32, 16, 2};
  std::vector<Role> roles;
  for (const auto& list : {encoderTensors(sizes), poolerTensors(sizes), mlmTensors(sizes), nspTensors(sizes)}) {
    for (const ExpectedTensor& tensor : list) roles.push_back(tensor.role);
  }
  return roles;
}

}  // namespace

TEST_CASE("every role has one name in each scheme and the name leads back to it") {
  for (const Role role : allRoles()) {
    CHECK(googleRole(googleName(role)) == role);
    CHECK(hfRole(hfName(role)) == role);
    CHECK_FALSE(hfRole(googleName(role)).has_value());
    CHECK_FALSE(googleRole(hfName(role)).has_value());
  }
}

TEST_CASE("names are spelt as the two libraries spell them") {
  CHECK(googleName({Part::kWordTable, -1}) == "bert/embeddings/word_embeddings");
  CHECK(googleName({Part::kAttentionGamma, 11}) == "bert/encoder/layer_11/attention/output/LayerNorm/gamma");
  CHECK(googleName({Part::kNspKernel, -1}) == "cls/seq_relationship/output_weights");
  CHECK(hfName({Part::kQueryKernel, 0}) == "bert.encoder.layer.0.attention.self.query.weight");
  CHECK(hfName({Part::kEmbeddingBeta, -1}) == "bert.embeddings.LayerNorm.bias");
  CHECK(hfName({Part::kMlmOutputBias, -1}) == "cls.predictions.bias");
}

TEST_CASE("Hugging Face's names are known without bert. and with the norms of 2018") {
  CHECK(hfRole("encoder.layer.3.output.LayerNorm.gamma") == Role{Part::kOutputGamma, 3});
  CHECK(hfRole("bert.embeddings.LayerNorm.beta") == Role{Part::kEmbeddingBeta, -1});
  CHECK(hfRole("pooler.dense.weight") == Role{Part::kPoolerKernel, -1});
  CHECK_FALSE(hfRole("roberta.encoder.layer.3.output.dense.weight").has_value());
  CHECK_FALSE(hfRole("bert.cls.predictions.bias").has_value());
}

TEST_CASE("a name that differs by little is another name") {
  for (const char* name : {"bert/embeddings/word_embedding", "Bert/embeddings/word_embeddings", "bert/encoder/layer_01/output/dense/bias",
                           "bert/encoder/layer_/output/dense/bias", "bert/encoder/layer_1/output/dense/biases", "bert/encoder/layer_-1/output/dense/bias",
                           "bert/encoder/layer_99999999999/output/dense/bias", "model/bert/pooler/dense/bias", ""}) {
    CHECK_FALSE(googleRole(name).has_value());
  }
}

TEST_CASE("Model Garden's full names lead to the same roles") {
  CHECK(gardenRole("word_embeddings/embeddings") == Role{Part::kWordTable, -1});
  CHECK(gardenRole("bert/cls/predictions/output_bias/bias") == Role{Part::kMlmOutputBias, -1});
  CHECK(gardenRole("transformer/layer_7/self_attention/attention_output/kernel") == Role{Part::kAttentionKernel, 7});
  CHECK_FALSE(gardenRole("transformer/layer_7/self_attention/attention_output").has_value());
  CHECK(gardenRole("bert_encoder_v2/transformer/layer_0/output/bias") == Role{Part::kOutputBias, 0});
  CHECK(gardenRole("bert_encoder_v2/embeddings/layer_norm/beta") == Role{Part::kEmbeddingBeta, -1});
  CHECK_FALSE(gardenRole("Embedding-Token/embeddings").has_value());
  CHECK_FALSE(gardenRole("bert_encoder_v2/output/bias").has_value());
}

TEST_CASE("what an optimizer leaves behind is no weight of the model") {
  for (const char* name : {"bert/pooler/dense/kernel/adam_m", "bert/pooler/dense/kernel/Adam_1", "global_step", "beta1_power", "loss_scale",
                           "AdamWeightDecayOptimizer/bert/pooler/dense/bias", "optimizer/iter/.ATTRIBUTES/VARIABLE_VALUE",
                           "model/x/.OPTIMIZER_SLOT/optimizer/m/.ATTRIBUTES/VARIABLE_VALUE", "bert/pooler/dense/kernel/LAMB_1", "signal_early_stopping/STOP"}) {
    CAPTURE(name);
    CHECK(isOptimizerName(name));
  }
  for (const Role role : allRoles()) CHECK_FALSE(isOptimizerName(googleName(role)));
  for (const char* name : {"bert/adam/kernel", "output_weights", "madam", "bert/encoder/layer_0/output/dense/kernel_m"}) CHECK_FALSE(isOptimizerName(name));
}

TEST_CASE("task heads and object graphs are known by their names") {
  CHECK(isTaskHeadName("output_weights"));
  CHECK(isTaskHeadName("cls/squad/output_bias"));
  CHECK_FALSE(isTaskHeadName("cls/squad/output_bias/adam_v"));
  CHECK_FALSE(isTaskHeadName("cls/seq_relationship/output_weights"));
  CHECK(isObjectGraphName("_CHECKPOINTABLE_OBJECT_GRAPH"));
  CHECK(isObjectGraphName("model/a/.ATTRIBUTES/VARIABLE_VALUE"));
  CHECK_FALSE(isObjectGraphName("bert/ATTRIBUTES/x"));
}

TEST_CASE("names that differ in a layer number fold into one") {
  std::vector<std::string> names;
  for (int i = 4; i < 12; ++i) names.push_back("bert/encoder/layer_" + std::to_string(i) + "/output/dense/bias");
  names.push_back("bert/pooler/dense/bias");
  names.push_back("bert/encoder/layer_10/output/dense/kernel");
  CHECK(foldNames(names) == std::vector<std::string>{"bert/encoder/layer_{4…11}/output/dense/bias", "bert/pooler/dense/bias",
                                                     "bert/encoder/layer_10/output/dense/kernel"});
  CHECK(foldNames({"layer_2/x", "layer_0/x"}) == std::vector<std::string>{"layer_{0, 2}/x"});
  CHECK(foldNames({"layer_1/x", "layer_0/x", "layer_7/x"}) == std::vector<std::string>{"layer_{0, 1, 7}/x"});
  CHECK(foldNames({"bert.encoder.layer.0.x", "bert.encoder.layer.1.x", "bert.encoder.layer.2.x"}) ==
        std::vector<std::string>{"bert.encoder.layer.{0…2}.x"});
}

TEST_CASE("the edit distance is Levenshtein's up to its limit") {
  CHECK(editDistance("embeddings", "embedings", 2) == 1);
  CHECK(editDistance("kitten", "sitting", 5) == 3);
  CHECK(editDistance("kitten", "sitting", 2) == 3);
  CHECK(editDistance("", "ab", 2) == 2);
  CHECK(editDistance("abc", "abc", 0) == 0);
  CHECK(editDistance("abc", "abd", 0) == 1);
  CHECK(editDistance("query", "key", 2) == 3);
  CHECK(editDistance(std::string(100000, 'a'), "b", 2) == 3);
}
