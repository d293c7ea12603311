#include "convert/companions.h"

#include "doctest/doctest.h"
#include "support/facts_builder.h"

using namespace bp;
using namespace bp::test;

namespace {

struct Made {
  std::optional<std::string> config, tokenizer;
  std::string why;

  Json json() const { return config ? Json::parse(*config, nullptr, false) : Json(); }
};

Made made(FactsBuilder& set, Target target, bool cut_rows = false) {
  return set.withInput([&](const CheckInput& input) {
    Judgement judgement(input);
    const ConversionPlan plan = planConversion(judgement, {target, cut_rows});
    REQUIRE(plan.why == "");
    Made made;
    made.config = convertedConfig(judgement, plan, target, made.why);
    made.tokenizer = tokenizerConfig(judgement);
    return made;
  });
}

}  // namespace

TEST_CASE("config.json is the set's own with its type and the class of its heads") {
  FactsBuilder set;
  set.config["directionality"] = "bidi";
  const Json config = made(set, Target::kSafetensors).json();
  CHECK(config["model_type"] == "bert");
  CHECK(config["architectures"] == Json::array({"BertForPreTraining"}));
  CHECK(config["directionality"] == "bidi");
  CHECK(config["hidden_act"] == "gelu");
}

TEST_CASE("of a checkpoint the weights say what it is, of a set of transformers its own config") {
  FactsBuilder set;
  set.config["model_type"] = "ernie";
  set.config["architectures"] = Json::array({"ErnieForMaskedLM"});
  const Json config = made(set, Target::kSafetensors).json();
  CHECK(config["model_type"] == "bert");
  CHECK(config["architectures"][0] == "BertForPreTraining");
  set.toHuggingFace();
  set.config["architectures"] = Json::array({"BertForTokenClassification"});
  CHECK(made(set, Target::kSafetensors).json()["architectures"][0] == "BertForTokenClassification");
}

TEST_CASE("the class follows from the heads that are there") {
  const auto classOf = [](std::initializer_list<const char*> without, bool classifier = false) {
    FactsBuilder set;
    for (const char* part : without) std::erase_if(set.tensors, [&](const BuiltTensor& one) { return one.name.find(part) != std::string::npos; });
    if (classifier) set.add("output_weights", {3, 16}).add("output_bias", {3});
    return made(set, Target::kSafetensors).json();
  };
  CHECK(classOf({"seq_relationship"})["architectures"][0] == "BertForMaskedLM");
  CHECK(classOf({"predictions"})["architectures"][0] == "BertForNextSentencePrediction");
  CHECK(classOf({"cls/"})["architectures"][0] == "BertModel");
  const Json classifier = classOf({"cls/"}, true);
  CHECK(classifier["architectures"][0] == "BertForSequenceClassification");
  CHECK(classifier["id2label"].size() == 3);
}

TEST_CASE("sizes that the two libraries take otherwise where they are absent are written down") {
  FactsBuilder set;
  set.config.erase("type_vocab_size");
  CHECK(made(set, Target::kSafetensors).json()["type_vocab_size"] == 2);
  set.toHuggingFace();
  set.config.erase("hidden_act");
  const Json google = made(set, Target::kTfBundle).json();
  CHECK(google["type_vocab_size"] == 2);
  CHECK(google["hidden_act"] == "gelu");
}

TEST_CASE("bert_config.json has the keys Google's code knows and no others, and its own word for the activation") {
  FactsBuilder set;
  set.toHuggingFace();
  set.config["architectures"] = Json::array({"BertModel"});
  set.config["hidden_act"] = "gelu_new";
  set.config["layer_norm_eps"] = 1e-12;
  const Json config = made(set, Target::kTfBundle).json();
  CHECK(config["hidden_act"] == "gelu");
  CHECK(config.size() == 11);
  set.config["layer_norm_eps"] = 1e-5;
  CHECK(made(set, Target::kTfBundle).json()["layer_norm_eps"] == 1e-5);
  set.config["hidden_act"] = "quick_gelu";
  const Made refused = made(set, Target::kTfBundle);
  CHECK(!refused.config);
  CHECK(refused.why == "hidden_act is \"quick_gelu\", which Google's code has no word for");
}

TEST_CASE("the same container keeps the config byte for byte, but for the rows that were cut") {
  FactsBuilder set;
  set.config_text = "{\"vocab_size\":  24, \"hidden_size\": 16, \"num_hidden_layers\": 2,\n\"num_attention_heads\": 4, \"intermediate_size\": 40}";
  CHECK(*made(set, Target::kTfBundle).config == set.config_text);
  set.vocab_text = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nword\n";
  CHECK(*made(set, Target::kTfBundle, true).config ==
        "{\"vocab_size\":  6, \"hidden_size\": 16, \"num_hidden_layers\": 2,\n\"num_attention_heads\": 4, \"intermediate_size\": 40}");
}

TEST_CASE("without a config none is written") {
  FactsBuilder set;
  set.config = Json();
  CHECK(!made(set, Target::kSafetensors).config);
}

TEST_CASE("tokenizer_config.json has the casing of the vocabulary, or stays the author's") {
  FactsBuilder set;
  const Json lower = Json::parse(*made(set, Target::kSafetensors).tokenizer, nullptr, false);
  CHECK(lower["do_lower_case"] == true);
  CHECK(!lower.contains("strip_accents"));
  CHECK(lower["model_max_length"] == 12);
  set.vocab_text += "Paris\nLondon\nRoma\nBerlin\n";
  CHECK(Json::parse(*made(set, Target::kSafetensors).tokenizer, nullptr, false)["do_lower_case"] == false);
  set.toHuggingFace();
  set.facts.tokenizer_config = BertConfig::parse("model/tokenizer_config.json", "{\"do_lower_case\": true}");
  CHECK(*made(set, Target::kSafetensors).tokenizer == "{\"do_lower_case\": true}");
  set.vocab_text.clear();
  CHECK(!made(set, Target::kSafetensors).tokenizer);
}
