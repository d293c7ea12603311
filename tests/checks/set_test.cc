#include "doctest/doctest.h"
#include "support/facts_builder.h"

using namespace bp;
using namespace bp::test;

TEST_CASE("set/optimizer-slots: counted with their share of the bytes") {
  FactsBuilder set;
  set.add("bert/pooler/dense/kernel/adam_m", {16, 16}).add("global_step", {}, DType::kInt64);
  const Json args = (*finding(set.report(), "set/optimizer-slots"))["args"];
  CHECK(args["count"] == 2);
  CHECK(args["bytes"] == 16 * 16 * 4 + 8);
  CHECK_FALSE(has(set.report(), "set/other-tensors"));
  CHECK_FALSE(has(FactsBuilder().report(), "set/optimizer-slots"));
}

TEST_CASE("set/task-head: classes, or spans of an answer") {
  FactsBuilder set;
  set.add("output_weights", {3, 16}).add("output_bias", {3});
  CHECK((*finding(set.report(), "set/task-head"))["args"]["classes"] == 3);
  FactsBuilder spans;
  spans.add("cls/squad/output_weights", {2, 16}).add("cls/squad/output_bias", {2});
  CHECK((*finding(spans.report(), "set/task-head"))["variant"] == "spans");
  CHECK_FALSE(has(FactsBuilder().report(), "set/task-head"));
}

TEST_CASE("set/half-precision: one tensor is enough, for those who restore by type") {
  FactsBuilder set;
  set.tensor("bert/pooler/dense/bias").dtype = DType::kFloat16;
  set.reshape("bert/pooler/dense/bias", {16});
  CHECK(effects(set.report(), "set/half-precision") == "HHRHRH");
  FactsBuilder brain;
  brain.tensor("bert/pooler/dense/bias").dtype = DType::kBfloat16;
  brain.reshape("bert/pooler/dense/bias", {16});
  CHECK(effects(brain.report(), "set/half-precision") == "HHRRRH");
  FactsBuilder head;  // of a head that neither asks for
  head.tensor("cls/predictions/output_bias").dtype = DType::kFloat16;
  head.reshape("cls/predictions/output_bias", {24});
  CHECK(effects(head.report(), "set/half-precision") == "HHHHHH");
  CHECK_FALSE(has(FactsBuilder().report(), "set/half-precision"));
}

TEST_CASE("set/roberta-in-name: BERT under another title") {
  FactsBuilder set;
  set.facts.folder = "chinese_RoBERTa_wwm_ext_L-2_H-16_A-4";
  CHECK(effects(set.report(), "set/roberta-in-name") == "HHHHHH");
  CHECK_FALSE(has(FactsBuilder().report(), "set/roberta-in-name"));
}

TEST_CASE("set/other-tensors: names no rule knows") {
  FactsBuilder set;
  set.add("crf/transitions", {3, 3});
  CHECK((*finding(set.report(), "set/other-tensors"))["args"]["name"] == "crf/transitions");
  CHECK_FALSE(has(FactsBuilder().report(), "set/other-tensors"));
}

TEST_CASE("set/known-release wants shapes, lines and special ids of one") {
  FactsBuilder set;
  set.sizes = {30522, 128, 2, 2, 512, 512, 2};
  set.tensors.clear();
  for (const ExpectedTensor& one : encoderTensors(set.sizes)) {
    BuiltTensor tensor{googleName(one.role), one.shape, DType::kFloat16, {}};
    set.tensors.push_back(tensor);
  }
  set.config = nullptr;
  std::string vocab;
  for (int i = 0; i < 30522; ++i) {
    const char* special = i == 0 ? "[PAD]" : i == 100 ? "[UNK]" : i == 101 ? "[CLS]" : i == 102 ? "[SEP]" : i == 103 ? "[MASK]" : nullptr;
    vocab += special ? std::string(special) + "\n" : "w" + std::to_string(i) + "\n";
  }
  set.vocab_text = vocab;
  CHECK((*finding(set.report(), "set/known-release"))["args"]["name"] == "uncased_L-2_H-128_A-2");
  set.vocab_text = vocab.substr(6);  // a line less, every id one less
  CHECK_FALSE(has(set.report(), "set/known-release"));
  CHECK_FALSE(has(FactsBuilder().report(), "set/known-release"));
}

TEST_CASE("set/producer and set/meta-disagrees: what the graph says") {
  FactsBuilder set;
  set.facts.meta.readable = true;
  set.facts.meta.tensorflow_version = "1.15.0";
  for (const BuiltTensor& one : set.tensors) set.facts.meta.names.push_back(one.name);
  set.addFile("bert_model.ckpt.meta", FileRole::kMeta);
  CHECK((*finding(set.report(), "set/producer"))["args"]["version"] == "1.15.0");
  CHECK_FALSE(has(set.report(), "set/meta-disagrees"));
  set.facts.meta.names.push_back("bert/one/more");
  CHECK(effects(set.report(), "set/meta-disagrees") == "MMMMMM");
  CHECK_FALSE(has(FactsBuilder().report(), "set/producer"));
}
