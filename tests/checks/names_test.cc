#include "doctest/doctest.h"
#include "support/facts_builder.h"

using namespace bp;
using namespace bp::test;

namespace {

std::string replaced(std::string name, const std::string& from, const std::string& to) {
  const size_t at = name.find(from);
  return at == std::string::npos ? name : name.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a good set loads everywhere, every tensor counted, and nothing is said above a note but the heads of 4") {
  FactsBuilder set;
  const Json report = set.report();
  CHECK(verdicts(report) == "LLLLLL");
  CHECK(verdict(report, "keras-bert")["loaded"] == 37);
  CHECK(verdict(report, "google-bert")["loaded"] == 39);
  CHECK(verdict(report, "hf-convert")["loaded"] == 46);
  CHECK(verdict(report, "hf-native")["verdict"] == "not-applicable");
  for (const Json& one : report["findings"]) {
    if (one["severity"] != "note") CHECK(one["code"] == "config/heads-unusual");
  }
}

TEST_CASE("names/extra-scope: all names below one part more; hf-convert's walk passes it") {
  FactsBuilder set;
  set.renameAll([](const std::string& name) { return "student/" + name; });
  const Json report = set.report();
  CHECK(effects(report, "names/extra-scope") == "RRWHRW");
  CHECK((*finding(report, "names/extra-scope"))["args"]["scope"] == "student");
  CHECK((*finding(report, "names/extra-scope"))["fix"]["paste"]["text"] == "s#^student/##");
  CHECK_FALSE(has(report, "names/missing-encoder"));
  CHECK(verdict(report, "google-bert")["loaded"] == 0);
  CHECK(verdict(report, "hf-convert")["verdict"] == "loads");
}

TEST_CASE("names/extra-scope: a wrong number of layers does not hide it, and both are said") {
  FactsBuilder set;
  set.renameAll([](const std::string& name) { return "a/b/" + name; });
  set.config["num_hidden_layers"] = 12;
  const Json report = set.report();
  CHECK(has(report, "names/extra-scope"));
  CHECK(has(report, "config/more-layers"));
}

TEST_CASE("names/extra-scope is not said of a few strays beside a complete model") {
  FactsBuilder set;
  set.add("student/bert/embeddings/LayerNorm/gamma", {16});
  CHECK_FALSE(has(set.report(), "names/extra-scope"));
}

TEST_CASE("names/missing-scope: without bert/ only Model Garden's converter loads") {
  FactsBuilder set;
  set.renameAll([](const std::string& name) { return name.rfind("bert/", 0) == 0 ? name.substr(5) : name; });
  const Json report = set.report();
  CHECK(effects(report, "names/missing-scope") == "RRWRHW");
  CHECK(verdicts(report) == "RRWRLW");
  CHECK(verdict(report, "model-garden")["loaded"] == 39);
}

TEST_CASE("names/layer-normalization: Keras's numbers are put in order") {
  FactsBuilder set;
  set.renameAll([](const std::string& name) { return replaced(name, "LayerNorm", "layer_normalization_3"); });
  const Json report = set.report();
  CHECK(effects(report, "names/layer-normalization") == "RRWRRW");
  CHECK_FALSE(has(report, "names/missing-encoder"));
  CHECK_FALSE(has(FactsBuilder().report(), "names/layer-normalization"));

  FactsBuilder bare;  // where the path says nothing, the order of the numbers does
  int place = 0;
  for (const char* norm : {"bert/embeddings/LayerNorm", "bert/encoder/layer_0/attention/output/LayerNorm", "bert/encoder/layer_0/output/LayerNorm",
                           "bert/encoder/layer_1/attention/output/LayerNorm", "bert/encoder/layer_1/output/LayerNorm"}) {
    for (const char* end : {"/gamma", "/beta"}) {
      bare.tensor(std::string(norm) + end).name = (place == 0 ? std::string("layer_normalization") : "layer_normalization_" + std::to_string(place)) + end;
    }
    ++place;
  }
  const Json ordered = bare.report();
  const std::string rules = (*finding(ordered, "names/layer-normalization"))["fix"]["paste"]["text"];
  CHECK(rules.find("layer_normalization_3/beta bert/encoder/layer_1/attention/output/LayerNorm/beta\n") != std::string::npos);
  CHECK(rules.find("layer_normalization/gamma bert/embeddings/LayerNorm/gamma\n") != std::string::npos);
}

TEST_CASE("names/near-miss: one spelling in the place of another") {
  FactsBuilder set;
  set.renameAll([](const std::string& name) { return replaced(name, "bert/embeddings", "bert/embedings"); });
  CHECK(effects(set.report(), "names/near-miss") == "RRWRRW");

  FactsBuilder weight;  // comes in transposed
  weight.tensor("bert/encoder/layer_0/output/dense/kernel").name = "bert/encoder/layer_0/output/dense/weight";
  const Json report = weight.report();
  CHECK(has(report, "names/near-miss"));
  CHECK_FALSE(has(report, "names/missing-encoder"));

  FactsBuilder two;  // nothing says which of the two it is
  two.tensor("bert/encoder/layer_0/attention/self/query/bias").name = "bert/encoder/layer_0/attention/self/qery/bias";
  two.add("bert/encoder/layer_0/attention/self/quer/bias", {16});
  CHECK_FALSE(has(two.report(), "names/near-miss"));
  CHECK(has(two.report(), "names/missing-encoder"));

  FactsBuilder number;  // a layer's number is no spelling
  number.renameAll([](const std::string& name) { return replaced(name, "layer_1/", "layer_11/"); });
  CHECK_FALSE(has(number.report(), "names/near-miss"));
}

TEST_CASE("names/missing-encoder: what is absent, and who goes on without it") {
  FactsBuilder set;
  set.dropAll("layer_1/output/dense/bias");
  const Json report = set.report();
  CHECK(effects(report, "names/missing-encoder") == "RRWWRW");
  CHECK((*finding(report, "names/missing-encoder"))["args"]["present"] == 36);
  CHECK(verdict(report, "google-bert")["loaded"] == 38);
  CHECK(verdict(report, "hf-convert")["loaded"] == 45);
  FactsBuilder empty;
  empty.tensors.clear();
  CHECK((*finding(empty.report(), "names/missing-encoder"))["variant"] == "empty");
  CHECK_FALSE(has(FactsBuilder().report(), "names/missing-encoder"));
}

TEST_CASE("names/missing-encoder: a gap in the layers is a gap, not a short model") {
  FactsBuilder set;
  set.dropAll("layer_0/");
  const Json report = set.report();
  CHECK(has(report, "names/missing-encoder"));
  CHECK_FALSE(has(report, "config/more-layers"));
  CHECK_FALSE(has(report, "config/fewer-layers"));
}

TEST_CASE("names/object-graph: no loader of Google's names finds one, and the 37 missing names are not listed") {
  FactsBuilder set;
  set.renameAll([](const std::string& name) { return "model/" + name + "/.ATTRIBUTES/VARIABLE_VALUE"; });
  set.add("_CHECKPOINTABLE_OBJECT_GRAPH", {}, DType::kString);
  const Json report = set.report();
  CHECK(effects(report, "names/object-graph") == "RRWRRW");
  CHECK_FALSE(has(report, "names/missing-encoder"));
  CHECK_FALSE(has(FactsBuilder().report(), "names/object-graph"));
}

TEST_CASE("names/two-models: two tensors claim one role") {
  FactsBuilder set;
  FactsBuilder other;
  for (const BuiltTensor& one : other.tensors) set.add("teacher/" + one.name, one.shape);
  const Json report = set.report();
  CHECK(effects(report, "names/two-models") == "HHHWHH");
  CHECK(verdicts(report) == "LLLWLL");
  CHECK_FALSE(has(report, "names/extra-scope"));
  CHECK_FALSE(has(FactsBuilder().report(), "names/two-models"));
}

TEST_CASE("heads: each is missed by those who ask for it only") {
  FactsBuilder set;
  set.dropAll("cls/predictions").dropAll("cls/seq_relationship").dropAll("bert/pooler");
  const Json report = set.report();
  CHECK(effects(report, "names/mlm-head-missing") == "HHHWHH");
  CHECK(effects(report, "names/nsp-head-missing") == "HHHWHH");
  CHECK(effects(report, "names/pooler-missing") == "HHWWRH");
  CHECK(effects(set.reportFor("keras-bert", {{"training", true}}), "names/mlm-head-missing") == "R-----");
  CHECK(effects(set.reportFor("bert4keras", {{"with_mlm", true}}), "names/mlm-head-missing") == "-R----");
  CHECK(effects(set.reportFor("google-bert", {{"head", "pretraining"}}), "names/nsp-head-missing") == "--W---");
  CHECK(effects(set.reportFor("model-garden", {{"model", "pretrainer"}}), "names/mlm-head-missing") == "----R-");
  CHECK(effects(set.reportFor("bert4keras", {{"with_pool", true}}), "names/pooler-missing") == "-R----");
  for (const char* code : {"names/mlm-head-missing", "names/nsp-head-missing", "names/pooler-missing"}) CHECK_FALSE(has(FactsBuilder().report(), code));
}

TEST_CASE("names/ignore-invalid-weights: bert4keras goes on, with random weights") {
  FactsBuilder set;
  set.dropAll("cls/predictions");
  const Json report = set.reportFor("bert4keras", {{"with_mlm", true}, {"ignore_invalid_weights", true}});
  CHECK(effects(report, "names/ignore-invalid-weights") == "-W----");
  CHECK(verdict(report, "bert4keras")["verdict"] == "loads-wrong");
  CHECK_FALSE(has(set.reportFor("bert4keras", {{"ignore_invalid_weights", true}}), "names/ignore-invalid-weights"));
}

TEST_CASE("names/task-head-missing: a folder for fine-tuning must hold the task's own layer") {
  FactsBuilder set;
  CHECK(effects(set.reportFor("google-bert", {{"as", "model_dir"}}), "names/task-head-missing") == "--R---");
  CHECK_FALSE(has(set.report(), "names/task-head-missing"));
  set.add("output_weights", {3, 16}).add("output_bias", {3});
  CHECK_FALSE(has(set.reportFor("google-bert", {{"as", "model_dir"}}), "names/task-head-missing"));
}

TEST_CASE("names/converter-cannot-map: what stops the walk, and what lands on another weight") {
  FactsBuilder task;
  task.dropAll("cls/").add("output_weights", {3, 16}).add("output_bias", {3});
  CHECK(effects(task.report(), "names/converter-cannot-map") == "---R--");

  FactsBuilder adam;  // same shape: goes on and overwrites; another shape: stops
  adam.add("bert/pooler/dense/kernel/Adam", {16, 16});
  const Json overwritten = adam.report();
  CHECK(effects(overwritten, "names/converter-cannot-map") == "---W--");
  CHECK((*finding(overwritten, "names/converter-cannot-map"))["variant"] == "overwrites");
  adam.add("bert/encoder/layer_0/intermediate/dense/kernel/Adam", {16, 40});
  CHECK(effects(adam.report(), "names/converter-cannot-map") == "---R--");

  FactsBuilder google;  // Google's own moments and counters are skipped
  google.add("bert/pooler/dense/kernel/adam_m", {16, 16}).add("global_step", {}, DType::kInt64);
  CHECK_FALSE(has(google.report(), "names/converter-cannot-map"));
  CHECK(verdict(google.report(), "hf-convert")["verdict"] == "loads");
}

TEST_CASE("names/head-for-headless-class: BertModel has no cls") {
  FactsBuilder set;
  const Json report = set.reportFor("hf-convert", {{"class", "BertModel"}});
  CHECK(effects(report, "names/head-for-headless-class") == "---R--");
  CHECK_FALSE(has(report, "names/converter-cannot-map"));
  CHECK_FALSE(has(set.report(), "names/head-for-headless-class"));
  set.dropAll("cls/");
  CHECK_FALSE(has(set.reportFor("hf-convert", {{"class", "BertModel"}}), "names/head-for-headless-class"));
}
