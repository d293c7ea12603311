#include "doctest/doctest.h"
#include "support/facts_builder.h"

using namespace bp;
using namespace bp::test;

TEST_CASE("config/not-json and config/byte-order-mark stop all, and a config from the shapes is offered") {
  FactsBuilder set;
  set.config_text = "{\"hidden_size\": 16,}\n";
  const Json report = set.report();
  CHECK(effects(report, "config/not-json") == "RRRRRR");
  CHECK((*finding(report, "config/not-json"))["subject"]["line"] == 1);
  CHECK((*finding(report, "config/not-json"))["fix"]["file"]["name"] == "bert_config.json");
  set.config_text = "\xEF\xBB\xBF" + FactsBuilder().config.dump();
  const Json marked = set.report();
  CHECK(effects(marked, "config/byte-order-mark") == "RRRRRR");
  CHECK_FALSE(has(marked, "config/not-json"));
  CHECK((*finding(marked, "config/byte-order-mark"))["fix"]["file"]["text"] == FactsBuilder().config.dump());
  CHECK_FALSE(has(FactsBuilder().report(), "config/not-json"));
  CHECK_FALSE(has(FactsBuilder().report(), "config/byte-order-mark"));
}

TEST_CASE("config/missing-key: each loader misses what it has no default for") {
  struct Key {
    const char* key;
    const char* effects;
  };
  for (const Key& one : {Key{"vocab_size", "RRR-RR"}, Key{"hidden_size", "RR---R"}, Key{"num_hidden_layers", "RR---R"}, Key{"intermediate_size", "RR---R"},
                         Key{"max_position_embeddings", "R----R"}, Key{"num_attention_heads", "RRMMMR"}, Key{"hidden_act", "RR---M"},
                         Key{"type_vocab_size", "-----R"}}) {
    FactsBuilder set;
    set.config.erase(one.key);
    const Json report = set.report();
    CAPTURE(one.key);
    CHECK(effects(report, "config/missing-key") == one.effects);
    CHECK((*finding(report, "config/missing-key"))["args"]["key"] == one.key);
  }
  CHECK_FALSE(has(FactsBuilder().report(), "config/missing-key"));
}

TEST_CASE("config/missing-key: null is as absent as nothing, but for the activation") {
  FactsBuilder set;
  set.config["num_attention_heads"] = nullptr;
  CHECK(has(set.report(), "config/missing-key"));
  FactsBuilder act;
  act.config["hidden_act"] = nullptr;
  CHECK_FALSE(has(act.report(), "config/missing-key"));
}

TEST_CASE("a default that does not fit the weights stops who takes it") {
  FactsBuilder set;
  set.config.erase("num_hidden_layers");  // twelve layers
  const Json report = set.report();
  CHECK(effects(report, "config/more-layers") == "--WWR-");
  CHECK(verdicts(report) == "RRWWRR");
  FactsBuilder heads;
  heads.config.erase("num_attention_heads");  // twelve heads for 16
  CHECK(effects(heads.report(), "config/heads-do-not-divide") == "--RRR-");
  FactsBuilder vocab;
  vocab.config.erase("vocab_size");  // 30,522 words
  CHECK(effects(vocab.report(), "shapes/vocab-rows") == "---R--");
}

TEST_CASE("config/wrong-type: a size that is no positive whole number") {
  for (const Json& value : {Json("16"), Json(16.0), Json(0), Json(-16), Json(true), Json::array()}) {
    FactsBuilder set;
    set.config["hidden_size"] = value;
    CHECK(effects(set.report(), "config/wrong-type") == "RRRRRR");
    CHECK((*finding(set.report(), "config/wrong-type"))["args"]["expected"] == "16");
  }
  FactsBuilder segments;
  segments.config["type_vocab_size"] = "2";
  CHECK(effects(segments.report(), "config/wrong-type") == "HRRRRR");  // keras-bert never reads it
  CHECK_FALSE(has(FactsBuilder().report(), "config/wrong-type"));
}

TEST_CASE("config/unknown-activation: each loader has its own list") {
  struct Act {
    const char* name;
    const char* effects;
  };
  for (const Act& one : {Act{"gelu_new", "RRR-RR"}, Act{"silu", "RRR-RR"}, Act{"swish", "--R--R"}, Act{"GELU", "RR-R--"}, Act{"mish", "--R--R"},
                         Act{"glue", "RRRRRR"}, Act{"elu", "--RR-R"}}) {
    FactsBuilder set;
    set.config["hidden_act"] = one.name;
    CAPTURE(one.name);
    CHECK(effects(set.report(), "config/unknown-activation") == one.effects);
  }
  for (const char* name : {"gelu", "relu", "tanh", "linear"}) {
    FactsBuilder set;
    set.config["hidden_act"] = name;
    CHECK_FALSE(has(set.report(), "config/unknown-activation"));
    CHECK(has(set.report(), "config/gelu-form") == (std::string(name) == "gelu"));
  }
}

TEST_CASE("config/heads-do-not-divide and config/heads-unusual") {
  FactsBuilder set;
  set.config["num_attention_heads"] = 5;
  CHECK(effects(set.report(), "config/heads-do-not-divide") == "RRRRRR");
  CHECK_FALSE(has(set.report(), "config/heads-unusual"));
  set.config["num_attention_heads"] = 2;
  CHECK(effects(set.report(), "config/heads-unusual") == "MMMMMM");
  CHECK((*finding(set.report(), "config/heads-unusual"))["variant"] == "folder");
  CHECK_FALSE(has(set.report(), "config/heads-do-not-divide"));
}

TEST_CASE("config/fewer-layers and config/more-layers") {
  FactsBuilder set;
  set.config["num_hidden_layers"] = 1;
  CHECK(effects(set.report(), "config/fewer-layers") == "WWWRWW");
  CHECK_FALSE(has(set.report(), "config/more-layers"));
  set.config["num_hidden_layers"] = 1000000000;
  const Json report = set.report();
  CHECK(effects(report, "config/more-layers") == "RRWWRW");
  CHECK_FALSE(has(report, "names/missing-encoder"));
  CHECK(verdict(report, "google-bert")["loaded"] == 39);
  CHECK_FALSE(has(FactsBuilder().report(), "config/fewer-layers"));
  set.config["num_hidden_layers"] = 3;  // a list builds up to its highest only
  CHECK(verdict(set.reportFor("keras-bert", {{"output_layer_num", {0, 1}}}), "keras-bert")["verdict"] == "loads");
}

TEST_CASE("config/layer-norm-eps: a warning where a value that matters is not read") {
  FactsBuilder set;
  CHECK(effects(set.report(), "config/layer-norm-eps") == "HHHHHH");
  set.config["layer_norm_eps"] = 1e-5;
  CHECK(effects(set.report(), "config/layer-norm-eps") == "MMMHMM");
  set.config["layer_norm_eps"] = 1e-12;
  CHECK(severity(set.report(), "config/layer-norm-eps") == "note");
}

TEST_CASE("config/embedding-size: the key alone makes bert-for-tf2 share its layers") {
  FactsBuilder set;
  set.config["embedding_size"] = 16;
  const Json report = set.report();
  CHECK(effects(report, "config/embedding-size") == "-----W");
  CHECK(verdict(report, "bert-for-tf2")["loaded"] == 5);
  CHECK_FALSE(has(report, "config/not-plain-bert"));
  set.config["embedding_size"] = 8;
  CHECK(effects(set.report(), "config/not-plain-bert") == "MMMMMM");
  CHECK_FALSE(has(FactsBuilder().report(), "config/embedding-size"));
}

TEST_CASE("config/not-plain-bert: what a plain encoder does not have") {
  for (const auto& [key, value] : {std::pair<const char*, Json>{"position_embedding_type", "relative_key"}, {"is_decoder", true},
                                   {"pruned_heads", {{"0", {1}}}}}) {
    FactsBuilder set;
    set.config[key] = value;
    CHECK((*finding(set.report(), "config/not-plain-bert"))["args"]["key"] == key);
  }
  for (const auto& [key, value] : {std::pair<const char*, Json>{"position_embedding_type", "absolute"}, {"is_decoder", false},
                                   {"pruned_heads", Json::object()}}) {
    FactsBuilder set;
    set.config[key] = value;
    CHECK_FALSE(has(set.report(), "config/not-plain-bert"));
  }
}

TEST_CASE("config/two-configs: only a key that matters counts") {
  FactsBuilder set;
  Json other = set.config;
  other["initializer_range"] = 0.5;
  set.facts.configs = {BertConfig::parse("small/config.json", other.dump())};
  set.facts.config_files = {0};
  CHECK_FALSE(has(set.report(), "config/two-configs"));
  other["num_attention_heads"] = 8;
  set.facts.configs = {BertConfig::parse("small/config.json", other.dump())};
  CHECK(effects(set.report(), "config/two-configs") == "MMMMMM");
}
