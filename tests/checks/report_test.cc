#include "doctest/doctest.h"
#include "support/facts_builder.h"

using namespace bp;
using namespace bp::test;

TEST_CASE("the report is ordered by severity, then area, and says the same for the same bytes") {
  FactsBuilder set;
  set.config["vocab_size"] = 30;
  set.config["num_attention_heads"] = 2;
  set.dropAll("cls/predictions");
  const Json report = set.report();
  const auto rank = [](const std::string& severity) { return severity == "error" ? 0 : severity == "warning" ? 1 : 2; };
  for (size_t i = 1; i < report["findings"].size(); ++i) {
    CHECK(rank(report["findings"][i - 1]["severity"]) <= rank(report["findings"][i]["severity"]));
  }
  CHECK(report["findings"][0]["code"] == "shapes/vocab-rows");
  CHECK(set.report() == report);
}

TEST_CASE("because names the findings that decided") {
  FactsBuilder set;
  set.config["vocab_size"] = 30;
  set.dropAll("cls/predictions");
  const Json report = set.report();
  const Json because = verdict(report, "keras-bert")["because"];
  REQUIRE(because.size() == 1);
  CHECK(report["findings"][because[0].get<size_t>()]["code"] == "shapes/vocab-rows");
  CHECK(verdict(FactsBuilder().report(), "keras-bert")["because"].empty());
}

TEST_CASE("a verdict is not final before the data is read, unless it refuses") {
  FactsBuilder set;
  set.read_data = false;
  const Json report = set.report();
  CHECK(verdict(report, "keras-bert")["final"] == false);
  CHECK(verdict(report, "keras-bert")["loaded"] == 37);
  set.config["vocab_size"] = 30;
  CHECK(verdict(set.report(), "keras-bert")["final"] == true);
}

TEST_CASE("one loader in two modes has two verdicts, and a finding names it once with the worse effect") {
  FactsBuilder set;
  set.dropAll("cls/predictions");
  const Json report = set.report(Json::array({{{"id", "keras-bert"}}, {{"id", "keras-bert"}, {"mode", {{"training", true}}}}}));
  CHECK(report["consumers"][0]["verdict"] == "loads");
  CHECK(report["consumers"][1]["verdict"] == "refuses");
  CHECK((*finding(report, "names/mlm-head-missing"))["consumers"] == Json::array({{{"id", "keras-bert"}, {"effect", "refuses"}}}));
}

TEST_CASE("only selected consumers are named, and severity follows them") {
  FactsBuilder set;
  set.config["type_vocab_size"] = 3;
  CHECK(severity(set.report(), "shapes/segment-rows") == "error");
  CHECK_FALSE(has(set.reportFor("keras-bert"), "shapes/segment-rows"));
  CHECK(severity(set.reportFor("bert-for-tf2"), "shapes/segment-rows") == "warning");
}

TEST_CASE("a call is given where it works, and the conversion where the set must be converted first") {
  FactsBuilder set;
  const Json report = set.report();
  const std::string keras = verdict(report, "keras-bert")["call"];
  CHECK(keras.find("load_trained_model_from_checkpoint('small_L-2_H-16_A-4/bert_config.json', 'small_L-2_H-16_A-4/bert_model.ckpt', training=False, "
                   "seq_len=None)") != std::string::npos);
  const std::string native = verdict(report, "hf-native")["call"];
  CHECK(native.find("transformers-cli convert --model_type bert --tf_checkpoint small_L-2_H-16_A-4/bert_model.ckpt") == 0);
  const Json restore = set.reportFor("model-garden", {{"via", "restore"}});
  CHECK(verdict(restore, "model-garden")["verdict"] == "not-applicable");
  CHECK(verdict(restore, "model-garden")["call"].get<std::string>().find("checkpoint_converter") != std::string::npos);
  set.facts.folder = "it's mine";
  CHECK(verdict(set.report(), "google-bert")["call"].get<std::string>().find("--init_checkpoint='it'\\''s mine/bert_model.ckpt'") != std::string::npos);
}

TEST_CASE("items are ten with the true total, and names of layers are folded") {
  FactsBuilder set;
  for (int i = 0; i < 30; ++i) set.add("extra_" + std::string(1, static_cast<char>('a' + i % 26)) + std::to_string(i), {2});
  const Json evidence = (*finding(set.report(), "set/other-tensors"))["evidence"];
  CHECK(evidence["items"].size() == 10);
  CHECK(evidence["total"] == 30);
}

TEST_CASE("a cause covers its consequences and takes over their effects") {
  FactsBuilder set;
  set.renameAll([](const std::string& name) { return "student/" + name; });
  const Json covers = (*finding(set.report(), "names/extra-scope"))["covers"];
  REQUIRE(covers.size() == 1);
  CHECK(covers[0]["code"] == "names/missing-encoder");
  CHECK(covers[0]["count"] == 37);
}
