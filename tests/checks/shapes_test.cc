#include "doctest/doctest.h"
#include "support/facts_builder.h"

using namespace bp;
using namespace bp::test;

TEST_CASE("shapes/vocab-rows: the config asks for another number of words") {
  FactsBuilder set;
  set.config["vocab_size"] = 30;
  const Json larger = set.report();
  CHECK(effects(larger, "shapes/vocab-rows") == "RRRRRW");
  CHECK((*finding(larger, "shapes/vocab-rows"))["evidence"]["why"] == Json({"weights", "vocab"}));
  CHECK((*finding(larger, "shapes/vocab-rows"))["subject"]["line"] == 2);
  CHECK(verdict(larger, "bert-for-tf2")["loaded"] == 36);
  const Json fixed = Json::parse((*finding(larger, "shapes/vocab-rows"))["fix"]["file"]["text"].get<std::string>(), nullptr, false);
  CHECK(fixed["vocab_size"] == 24);
  CHECK(fixed["hidden_act"] == "gelu");

  set.config["vocab_size"] = 20;  // bert-for-tf2's random table has no row for the last words
  CHECK(effects(set.report(), "shapes/vocab-rows") == "RRRRRR");
  CHECK_FALSE(has(FactsBuilder().report(), "shapes/vocab-rows"));
}

TEST_CASE("shapes/other-size: width and inner width") {
  FactsBuilder set;
  set.config["hidden_size"] = 24;
  const Json report = set.report();
  CHECK(effects(report, "shapes/other-size") == "RRRRRW");
  CHECK_FALSE(has(report, "shapes/vocab-rows"));
  CHECK_FALSE(has(report, "config/heads-unusual"));
  FactsBuilder inner;
  inner.config["intermediate_size"] = 64;
  CHECK(effects(inner.report(), "shapes/other-size") == "RRRRRW");
  CHECK(verdict(inner.report(), "bert-for-tf2")["loaded"] == 37 - 6);
  CHECK_FALSE(has(FactsBuilder().report(), "shapes/other-size"));
}

TEST_CASE("shapes/other-size: one tensor that fits no other stops those who build it") {
  FactsBuilder set;
  set.reshape("cls/seq_relationship/output_weights", {16, 2});
  const Json report = set.report();
  CHECK((*finding(report, "shapes/other-size"))["variant"] == "tensor");
  CHECK(effects(report, "shapes/other-size") == "---R--");
}

TEST_CASE("shapes/segment-rows: each loader has a default of its own") {
  FactsBuilder set;
  set.config.erase("type_vocab_size");
  const Json report = set.report();
  CHECK(effects(report, "shapes/segment-rows") == "--R-R-");  // 16 rows
  CHECK(effects(report, "config/missing-key") == "-----R");
  CHECK(verdicts(report) == "LLRLRR");
  CHECK_FALSE(has(FactsBuilder().report(), "shapes/segment-rows"));
}

TEST_CASE("shapes/segment-rows-not-two: keras-bert builds two rows whatever the config says") {
  FactsBuilder set;
  set.reshape("bert/embeddings/token_type_embeddings", {4, 16});
  set.config["type_vocab_size"] = 4;
  const Json agreed = set.report();
  CHECK(effects(agreed, "shapes/segment-rows-not-two") == "R-----");
  CHECK_FALSE(has(agreed, "shapes/segment-rows"));
  set.config["type_vocab_size"] = 2;
  CHECK(effects(set.report(), "shapes/segment-rows") == "-RRRRW");
  CHECK_FALSE(has(FactsBuilder().report(), "shapes/segment-rows-not-two"));
}

TEST_CASE("shapes/position-rows: keras-bert cuts a longer table, and reads less with seq_len") {
  FactsBuilder set;
  set.config["max_position_embeddings"] = 10;
  CHECK(effects(set.report(), "shapes/position-rows") == "HRRRRW");
  set.config["max_position_embeddings"] = 20;
  CHECK(effects(set.report(), "shapes/position-rows") == "RRRRRW");
  CHECK_FALSE(has(set.reportFor("keras-bert", {{"seq_len", 8}}), "shapes/position-rows"));
  CHECK(has(set.reportFor("keras-bert", {{"seq_len", 16}}), "shapes/position-rows"));
  CHECK_FALSE(has(FactsBuilder().report(), "shapes/position-rows"));
}

TEST_CASE("shapes/position-limit: the shortest of what limits the input") {
  FactsBuilder set;
  CHECK((*finding(set.report(), "shapes/position-limit"))["args"]["longest"] == 12);
  set.config["max_position_embeddings"] = 10;
  CHECK((*finding(set.report(), "shapes/position-limit"))["args"]["longest"] == 10);
  CHECK((*finding(set.reportFor("keras-bert", {{"seq_len", 7}}), "shapes/position-limit"))["args"]["longest"] == 7);
  set.dropAll("position_embeddings");
  CHECK_FALSE(has(set.report(), "shapes/position-limit"));
}

TEST_CASE("shapes/layout-vs-names: kernels stored [out, in]; no square one is trusted either") {
  FactsBuilder set;
  for (int layer = 0; layer < 2; ++layer) {
    const std::string scope = "bert/encoder/layer_" + std::to_string(layer);
    set.reshape(scope + "/intermediate/dense/kernel", {40, 16}).reshape(scope + "/output/dense/kernel", {16, 40});
  }
  const Json report = set.report();
  CHECK(effects(report, "shapes/layout-vs-names") == "RRRRRW");
  CHECK(verdict(report, "bert-for-tf2")["loaded"] == 37 - 12);
  CHECK_FALSE(has(FactsBuilder().report(), "shapes/layout-vs-names"));
}

TEST_CASE("shapes/heads-in-kernel: three dimensions tell the heads") {
  FactsBuilder set;
  for (int layer = 0; layer < 2; ++layer) {
    for (const char* name : {"query", "key", "value"}) {
      const std::string dense = "bert/encoder/layer_" + std::to_string(layer) + "/attention/self/" + name;
      set.reshape(dense + "/kernel", {16, 8, 2}).reshape(dense + "/bias", {8, 2});
    }
    set.reshape("bert/encoder/layer_" + std::to_string(layer) + "/attention/output/dense/kernel", {8, 2, 16});
  }
  const Json report = set.report();
  CHECK(effects(report, "shapes/heads-in-kernel") == "RRRRRW");
  CHECK((*finding(report, "shapes/heads-in-kernel"))["args"]["heads"] == 8);
  CHECK(verdict(report, "bert-for-tf2")["loaded"] == 37 - 14);
  CHECK(report["unsettled"] == Json({"activation", "casing", "layer-norm-eps", "kernel-orientation"}));
  CHECK_FALSE(has(FactsBuilder().report(), "shapes/heads-in-kernel"));
}
