#include "doctest/doctest.h"
#include "support/facts_builder.h"

using namespace bp;
using namespace bp::test;

namespace {

// One layer under ALBERT's names, tables 8 wide.
FactsBuilder albert() {
  FactsBuilder set;
  set.tensors.clear();
  const std::string scope = "bert/encoder/transformer/group_0/inner_group_0/";
  set.add("bert/embeddings/word_embeddings", {24, 8}).add("bert/embeddings/token_type_embeddings", {2, 8});
  set.add("bert/embeddings/position_embeddings", {12, 8}).add("bert/embeddings/LayerNorm/gamma", {8}).add("bert/embeddings/LayerNorm/beta", {8});
  set.add("bert/encoder/embedding_hidden_mapping_in/kernel", {8, 16}).add("bert/encoder/embedding_hidden_mapping_in/bias", {16});
  for (const char* name : {"query", "key", "value"}) {
    set.add(scope + "attention_1/self/" + name + "/kernel", {16, 16}).add(scope + "attention_1/self/" + name + "/bias", {16});
  }
  set.add(scope + "attention_1/output/dense/kernel", {16, 16}).add(scope + "attention_1/output/dense/bias", {16});
  set.add(scope + "LayerNorm/gamma", {16}).add(scope + "LayerNorm/beta", {16});
  set.add(scope + "ffn_1/intermediate/dense/kernel", {16, 40}).add(scope + "ffn_1/intermediate/dense/bias", {40});
  set.add(scope + "ffn_1/intermediate/output/dense/kernel", {40, 16}).add(scope + "ffn_1/intermediate/output/dense/bias", {16});
  set.add(scope + "LayerNorm_1/gamma", {16}).add(scope + "LayerNorm_1/beta", {16});
  set.config["embedding_size"] = 8;
  return set;
}

}  // namespace

TEST_CASE("family/albert: the shared layer stops all but bert-for-tf2, and nothing else is said of it") {
  FactsBuilder set = albert();
  const Json report = set.report();
  CHECK(effects(report, "family/albert") == "RRRRRW");
  CHECK(verdict(report, "bert-for-tf2")["loaded"] == 5);
  for (const Json& one : report["findings"]) {
    if (one["severity"] != "note") CHECK(one["code"] == "family/albert");
  }
  const Json built = set.reportFor("bert4keras", {{"model", "albert"}});
  CHECK(verdict(built, "bert4keras")["verdict"] == "loads");
  CHECK(verdict(built, "bert4keras")["loaded"] == 23);
  CHECK_FALSE(has(FactsBuilder().report(), "family/albert"));
}

TEST_CASE("family/albert by shape: words narrower than the layers; with wide positions it is the early Chinese one") {
  FactsBuilder set;
  set.reshape("bert/embeddings/word_embeddings", {24, 8});
  CHECK(has(set.report(), "family/albert-brightmart"));
  set.reshape("bert/embeddings/position_embeddings", {12, 8});
  CHECK(has(set.report(), "family/albert"));
  FactsBuilder wide;  // the config's width is wrong, not the tables'
  wide.config["hidden_size"] = 24;
  CHECK_FALSE(has(wide.report(), "family/albert"));
}

TEST_CASE("family/electra: its names are not BERT's below another scope") {
  FactsBuilder set;
  set.dropAll("cls/").dropAll("pooler").renameAll([](const std::string& name) { return "electra" + name.substr(4); });
  set.add("discriminator_predictions/dense/kernel", {16, 16});
  const Json report = set.report();
  CHECK(effects(report, "family/electra") == "RRWRRW");
  CHECK_FALSE(has(report, "names/extra-scope"));
  CHECK_FALSE(has(report, "names/pooler-missing"));
  CHECK(verdict(set.reportFor("bert4keras", {{"model", "electra"}}), "bert4keras")["verdict"] == "loads");
  set.add("generator/encoder/layer_0/output/dense/bias", {8}).add("electra/encoder/layer_0/output/dense/bias", {16});
  const Json both = set.report();
  CHECK(has(both, "family/electra-two-models"));
  CHECK_FALSE(has(both, "family/electra"));
  CHECK_FALSE(has(FactsBuilder().report(), "family/electra"));
}

TEST_CASE("family/no-position-table: all else of BERT is there") {
  FactsBuilder set;
  set.dropAll("position_embeddings");
  const Json report = set.report();
  CHECK(effects(report, "family/no-position-table") == "RRWWRW");
  CHECK_FALSE(has(report, "names/missing-encoder"));
  CHECK(verdict(set.reportFor("bert4keras", {{"model", "nezha"}}), "bert4keras")["verdict"] == "loads");
  set.dropAll("embeddings/LayerNorm/gamma");
  CHECK_FALSE(has(set.report(), "family/no-position-table"));
  CHECK_FALSE(has(FactsBuilder().report(), "family/no-position-table"));
}

TEST_CASE("family/roformer-v2: kernels without a bias or norm anywhere in the layers") {
  FactsBuilder set;
  std::erase_if(set.tensors, [](const BuiltTensor& one) {
    return one.name.find("encoder") != std::string::npos && one.name.find("kernel") == std::string::npos;
  });
  CHECK(effects(set.report(), "family/roformer-v2") == "RRWWRW");
  CHECK_FALSE(has(FactsBuilder().report(), "family/roformer-v2"));
}

TEST_CASE("families by a name of their own") {
  struct Sign {
    const char* tensor;
    const char* code;
  };
  for (const Sign& one : {Sign{"roberta/encoder/layer_0/output/dense/bias", "family/roberta"}, Sign{"nezha/x", "family/nezha"},
                          Sign{"roformer/x", "family/roformer"}, Sign{"distilbert/x", "family/distilbert"}, Sign{"model/h0/attn/c_attn/w", "family/gpt"},
                          Sign{"encoder/block_000/layer_000/EncDecAttention/q", "family/t5"}, Sign{"model/transformer/word_embedding/lookup_table", "family/xlnet"},
                          Sign{"deberta/encoder/rel_embeddings", "family/deberta"}, Sign{"mobilebert/x", "family/other"},
                          Sign{"bert/embeddings/word_embeddings_2", "family/albert-brightmart"}}) {
    CAPTURE(one.code);
    FactsBuilder set;
    set.tensors.clear();
    set.add(one.tensor, {16});
    const Json report = set.report();
    CHECK(severity(report, one.code) == "error");
    CHECK_FALSE(has(report, "names/missing-encoder"));
    CHECK_FALSE(has(FactsBuilder().report(), one.code));
    FactsBuilder moment;  // an optimizer's copy of a name is no sign
    moment.add(std::string(one.tensor) + "/adam_m", {16});
    CHECK_FALSE(has(moment.report(), one.code));
  }
}

TEST_CASE("family/t5 needs both of its names") {
  FactsBuilder set;
  set.add("shared.weight", {4, 4});
  CHECK_FALSE(has(set.report(), "family/t5"));
  set.add("encoder.block.0.layer.0.SelfAttention.q.weight", {4, 4});
  CHECK(has(set.report(), "family/t5"));
}

TEST_CASE("family/roberta-positions needs two signs") {
  FactsBuilder set;
  set.reshape("bert/embeddings/position_embeddings", {514, 16});
  set.config["max_position_embeddings"] = 514;
  CHECK_FALSE(has(set.report(), "family/roberta-positions"));
  set.reshape("bert/embeddings/token_type_embeddings", {1, 16});
  CHECK(effects(set.report(), "family/roberta-positions") == "MMMMMM");
  CHECK((*finding(set.report(), "family/roberta-positions"))["certainty"] == "likely");
  CHECK(has(set.report(), "shapes/segment-rows"));
}

TEST_CASE("family/ernie by the config, and a wrong size is still said") {
  FactsBuilder set;
  set.config["model_type"] = "ernie";
  set.config["vocab_size"] = 30;
  const Json report = set.report();
  CHECK(effects(report, "family/ernie") == "MMMMMM");
  CHECK(has(report, "shapes/vocab-rows"));
  set.config["model_type"] = "bert";
  CHECK_FALSE(has(set.report(), "family/ernie"));
}
