#include "doctest/doctest.h"
#include "support/facts_builder.h"

using namespace bp;
using namespace bp::test;

namespace {

Json hf(const char* class_name, int transformers = 5) { return {{"class", class_name}, {"transformers", transformers}}; }
Json verdictIn(FactsBuilder& set, const Json& mode) { return verdict(set.reportFor("hf-native", mode), "hf-native"); }
std::string effectIn(const Json& report, const std::string& code) { return effect(report, code, "hf-native"); }

void rename(FactsBuilder& set, const std::string& from, const std::string& to) {
  set.renameAll([&](const std::string& name) {
    const size_t at = name.find(from);
    return at == std::string::npos ? name : std::string(name).replace(at, from.size(), to);
  });
}
void behind(FactsBuilder& set, const std::string& scope) {
  set.renameAll([&](const std::string& name) { return scope + name; });
}

}  // namespace

TEST_CASE("a good Hugging Face set loads in every class, its own parameters counted; TF's loaders get the way back") {
  FactsBuilder set;
  set.toHuggingFace();
  const Json report = set.report();
  CHECK(verdict(report, "hf-native")["verdict"] == "loads");
  CHECK(verdict(report, "hf-native")["loaded"] == 39);
  CHECK(verdict(report, "hf-native")["of"] == 39);
  CHECK(verdict(report, "hf-native")["call"].get<std::string>().find("AutoModel.from_pretrained('model')") != std::string::npos);
  CHECK(verdicts(report) == "------");
  for (const char* id : {"keras-bert", "hf-convert", "model-garden"}) {
    CHECK(verdict(report, id)["call"].get<std::string>().find("convert_bert_pytorch_checkpoint_to_original_tf.py") != std::string::npos);
  }
  CHECK(report["set"]["kind"] == "safetensors");
  for (const Json& one : report["findings"]) {
    if (one["severity"] != "note") CHECK(one["code"] == "config/heads-unusual");
  }
  CHECK(verdictIn(set, hf("BertForMaskedLM"))["of"] == 42);
  CHECK(verdictIn(set, hf("BertForPreTraining"))["loaded"] == 46);
  CHECK(verdictIn(set, hf("BertForSequenceClassification"))["of"] == 39);
  CHECK(verdictIn(set, hf("BertForTokenClassification"))["of"] == 37);
  CHECK(verdictIn(set, hf("BertForNextSentencePrediction"))["of"] == 41);
}

TEST_CASE("hf-native adds or drops bert. by itself, and any other part in front stops no one and loads nothing") {
  FactsBuilder bare;
  bare.toHuggingFace();
  rename(bare, "bert.", "");
  CHECK(verdictIn(bare, hf("AutoModel"))["loaded"] == 39);
  CHECK(verdictIn(bare, hf("BertForPreTraining"))["loaded"] == 46);
  CHECK_FALSE(has(bare.report(), "names/missing-scope"));

  FactsBuilder scoped;
  scoped.toHuggingFace();
  behind(scoped, "module.");
  const Json report = scoped.report();
  CHECK(effectIn(report, "names/extra-scope") == "loads-wrong");
  CHECK((*finding(report, "names/extra-scope"))["args"]["scope"] == "module");
  CHECK((*finding(report, "names/extra-scope"))["args"]["after"] == "bert.embeddings.word_embeddings.weight");
  CHECK_FALSE(has(report, "names/missing-encoder"));
  CHECK(verdict(report, "hf-native")["loaded"] == 0);
}

TEST_CASE("transformers 4 drops bert. for a whole file, transformers 5 name by name") {
  FactsBuilder set;
  set.toHuggingFace();
  rename(set, "bert.pooler", "pooler");
  CHECK(verdictIn(set, hf("AutoModel"))["loaded"] == 39);
  CHECK(verdictIn(set, hf("AutoModel", 4))["loaded"] == 37);
  CHECK(verdictIn(set, hf("AutoModel", 4))["verdict"] == "loads-wrong");
}

TEST_CASE("norms of 2018 are renamed without a word; intermediate.dense_act is not") {
  FactsBuilder old;
  old.toHuggingFace();
  rename(old, "LayerNorm.weight", "LayerNorm.gamma");
  rename(old, "LayerNorm.bias", "LayerNorm.beta");
  const Json report = old.report();
  CHECK(effectIn(report, "names/gamma-beta") == "harmless");
  CHECK((*finding(report, "names/gamma-beta"))["args"]["count"] == 12);
  CHECK(verdict(report, "hf-native")["loaded"] == 39);

  FactsBuilder act;
  act.toHuggingFace();
  rename(act, "intermediate.dense.", "intermediate.dense_act.");
  const Json other = act.report();
  CHECK(effectIn(other, "names/dense-act") == "loads-wrong");
  CHECK_FALSE(has(other, "names/missing-encoder"));
  CHECK(verdict(other, "hf-native")["loaded"] == 35);
}

TEST_CASE("names a letter off and names that are absent start from random weights") {
  FactsBuilder near;
  near.toHuggingFace();
  rename(near, "layer.1.output.dense.weight", "layer.1.output.dense.weights");
  CHECK(effectIn(near.report(), "names/near-miss") == "loads-wrong");
  CHECK(verdictIn(near, hf("AutoModel"))["loaded"] == 38);

  FactsBuilder absent;
  absent.toHuggingFace();
  absent.dropAll("layer.1.attention.self.query");
  const Json report = absent.report();
  CHECK(effectIn(report, "names/missing-encoder") == "loads-wrong");
  CHECK((*finding(report, "names/missing-encoder"))["subject"]["name"] == "bert.encoder.layer.1.attention.self.query.weight");
  CHECK(verdict(report, "hf-native")["verdict"] == "loads-wrong");
}

TEST_CASE("a missing pooler or head matters to the classes that have it") {
  FactsBuilder set;
  set.toHuggingFace().dropAll("pooler");
  CHECK(effectIn(set.report(), "names/pooler-missing") == "loads-wrong");
  CHECK(effectIn(set.reportFor("hf-native", hf("BertForMaskedLM")), "names/pooler-missing") == "harmless");
  FactsBuilder encoder;
  encoder.toHuggingFace().dropAll("cls.");
  CHECK(verdictIn(encoder, hf("AutoModel"))["verdict"] == "loads");
  CHECK(verdictIn(encoder, hf("BertForMaskedLM"))["loaded"] == 37);
}

TEST_CASE("kernels are [out, in] under these names: the other way round stops the loader") {
  FactsBuilder set;
  set.toHuggingFace();
  for (const char* name : {"bert.encoder.layer.0.intermediate.dense.weight", "bert.encoder.layer.1.intermediate.dense.weight"})
    set.reshape(name, {16, 40});
  for (const char* name : {"bert.encoder.layer.0.output.dense.weight", "bert.encoder.layer.1.output.dense.weight"})
    set.reshape(name, {40, 16});
  const Json report = set.report();
  CHECK(effectIn(report, "shapes/layout-vs-names") == "refuses");
  CHECK((*finding(report, "shapes/layout-vs-names"))["evidence"]["expected"] == "[40, 16]");
}

TEST_CASE("sizes: every wrong one stops, and an absent key takes the class's default") {
  for (const char* key : {"vocab_size", "max_position_embeddings", "type_vocab_size", "hidden_size", "intermediate_size"}) {
    CAPTURE(key);
    FactsBuilder set;
    set.toHuggingFace();
    set.config[key] = set.config[key].get<int>() * 2;
    CHECK(verdictIn(set, hf("AutoModel"))["verdict"] == "refuses");
  }
  FactsBuilder segments;
  segments.toHuggingFace();
  segments.config.erase("type_vocab_size");
  CHECK(verdictIn(segments, hf("AutoModel"))["verdict"] == "loads");
  segments.config.erase("vocab_size");
  CHECK(effectIn(segments.report(), "shapes/vocab-rows") == "refuses");
}

TEST_CASE("more layers than there are start from random weights, fewer are left aside") {
  FactsBuilder more;
  more.toHuggingFace();
  more.config["num_hidden_layers"] = 4;
  CHECK(effectIn(more.report(), "config/more-layers") == "loads-wrong");
  CHECK(verdictIn(more, hf("AutoModel"))["of"] == 71);
  CHECK(verdictIn(more, hf("AutoModel"))["loaded"] == 39);
  FactsBuilder fewer;
  fewer.toHuggingFace();
  fewer.config["num_hidden_layers"] = 1;
  CHECK(effectIn(fewer.report(), "config/fewer-layers") == "loads-wrong");
  CHECK(verdictIn(fewer, hf("AutoModel"))["of"] == 23);
}

TEST_CASE("a config under another name: AutoModel stops, a Bert class takes its default sizes") {
  FactsBuilder set;
  set.toHuggingFace();
  set.config_name = "bert_config.json";
  const Json report = set.report();
  CHECK(effectIn(report, "files/names-for-other-loader") == "refuses");
  CHECK((*finding(report, "files/names-for-other-loader"))["fix"]["paste"]["text"] == "mv model/bert_config.json model/config.json\n");
  const Json model = set.reportFor("hf-native", hf("BertModel"));
  CHECK(effectIn(model, "files/names-for-other-loader") == "refuses");
  CHECK(verdict(model, "hf-native")["of"] == 199);
  CHECK_FALSE(has(model, "shapes/vocab-rows"));
}

TEST_CASE("no config at all: one made of the shapes is offered, with the type that AutoModel wants") {
  FactsBuilder set;
  set.toHuggingFace();
  set.config = nullptr;
  const Json report = set.report();
  CHECK(effectIn(report, "files/config-missing") == "refuses");
  CHECK((*finding(report, "files/config-missing"))["fix"]["file"]["name"] == "config.json");
  CHECK(Json::parse((*finding(report, "files/config-missing"))["fix"]["paste"]["text"].get<std::string>())["model_type"] == "bert");
}

TEST_CASE("the vocabulary is looked for as vocab.txt beside the weights") {
  FactsBuilder set;
  set.toHuggingFace();
  const Json good = set.report();
  CHECK_FALSE(has(good, "files/names-for-other-loader"));
  set.facts.weights_files = {WeightsFile{}};
  set.facts.stem = "bert.safetensors";
  const Json report = set.report();
  CHECK((*finding(report, "files/names-for-other-loader"))["args"]["expected"] == "model.safetensors");
  CHECK(verdict(report, "hf-native")["verdict"] == "refuses");
}

TEST_CASE("without [PAD] the first padded input stops") {
  FactsBuilder set;
  set.toHuggingFace();
  set.vocab_text.replace(0, 5, "[pad]");
  const Json report = set.report();
  CHECK(effectIn(report, "vocab/special-missing") == "refuses");
  CHECK((*finding(report, "vocab/special-missing"))["args"]["token"] == "[PAD]");
}

TEST_CASE("model_type: absent it stops AutoModel alone, roberta makes RobertaModel of BERT's tensors") {
  FactsBuilder absent;
  absent.toHuggingFace();
  absent.config.erase("model_type");
  CHECK(effectIn(absent.report(), "config/model-type-missing") == "refuses");
  CHECK(verdictIn(absent, hf("BertModel"))["verdict"] == "loads");
  absent.facts.folder = "tiny-roberta-wwm";
  CHECK(effectIn(absent.reportFor("hf-native", hf("AutoModel", 4)), "config/model-type-missing") == "harmless");
  CHECK(effectIn(absent.reportFor("hf-native", hf("AutoModel", 4)), "set/roberta-in-name") == "may-be-wrong");

  FactsBuilder wrong;
  wrong.toHuggingFace();
  wrong.config["model_type"] = "roberta";
  wrong.facts.tokenizer_config = BertConfig::parse("model/tokenizer_config.json", R"({"tokenizer_class": "BertTokenizerFast"})");
  CHECK(effectIn(wrong.report(), "config/model-type-wrong") == "loads-wrong");
  CHECK(verdictIn(wrong, hf("AutoModel"))["loaded"] == 0);
  CHECK(verdictIn(wrong, hf("AutoModel"))["of"] == 39);
  CHECK(verdictIn(wrong, hf("BertModel"))["verdict"] == "loads");
  wrong.facts.tokenizer_config.reset();
  CHECK(verdictIn(wrong, hf("BertModel"))["verdict"] == "loads-wrong");
  CHECK(verdictIn(wrong, hf("BertModel", 4))["verdict"] == "refuses");
  rename(wrong, "bert.", "");
  wrong.facts.tokenizer_config = BertConfig::parse("model/tokenizer_config.json", R"({"tokenizer_class": "BertTokenizer"})");
  CHECK(verdictIn(wrong, hf("AutoModel"))["loaded"] == 39);  // every name is found, every position is another
  CHECK(verdictIn(wrong, hf("AutoModel"))["verdict"] == "loads-wrong");
}

TEST_CASE("another family is built by AutoModel and is no fault of the set; a Bert class finds nothing") {
  FactsBuilder set;
  set.toHuggingFace().dropAll("cls.");
  rename(set, "bert.", "roberta.");
  set.config["model_type"] = "roberta";
  const Json report = set.report();
  CHECK(effectIn(report, "family/roberta") == "harmless");
  CHECK(severity(report, "family/roberta") == "note");
  CHECK(verdict(report, "hf-native")["loaded"] == 39);
  CHECK(effectIn(set.reportFor("hf-native", hf("BertModel")), "family/roberta") == "loads-wrong");
  CHECK(verdictIn(set, hf("BertModel"))["loaded"] == 0);
  set.dropAll("pooler");
  const Json poolerless = set.report();
  CHECK(effectIn(poolerless, "names/pooler-missing") == "loads-wrong");
  CHECK(severity(poolerless, "family/roberta") == "note");
  set.config["model_type"] = "bert";
  CHECK(effectIn(set.report(), "family/roberta") == "loads-wrong");
}

TEST_CASE("relative positions: transformers 5 leaves them aside, 4 builds them") {
  FactsBuilder set;
  set.toHuggingFace();
  set.config["position_embedding_type"] = "relative_key";
  for (const char* layer : {"0", "1"})
    set.add("bert.encoder.layer." + std::string(layer) + ".attention.self.distance_embedding.weight", {23, 4});
  CHECK(effectIn(set.report(), "family/other") == "loads-wrong");
  CHECK(verdictIn(set, hf("AutoModel"))["of"] == 39);
  const Json four = verdictIn(set, hf("AutoModel", 4));
  CHECK(four["verdict"] == "loads");
  CHECK(four["loaded"] == 41);
  CHECK(four["of"] == 41);
}

TEST_CASE("a wrapped dictionary hides every name, an adapter is no model") {
  FactsBuilder wrapped;
  wrapped.toHuggingFace();
  wrapped.facts.weights = WeightsKind::kTorch;
  wrapped.facts.stem = "pytorch_model.bin";
  wrapped.facts.weights_files = {WeightsFile{}};
  wrapped.facts.weights_files[0].wrapper = "state_dict";
  const Json report = wrapped.report();
  CHECK(effectIn(report, "container/wrapped-state-dict") == "loads-wrong");
  CHECK(verdict(report, "hf-native")["loaded"] == 0);
  CHECK_FALSE(has(report, "names/pooler-missing"));

  FactsBuilder adapter;
  adapter.toHuggingFace();
  adapter.tensors.clear();
  adapter.add("base_model.model.encoder.layer.0.attention.self.query.lora_A.weight", {4, 16});
  CHECK(effectIn(adapter.report(), "set/adapter-only") == "loads-wrong");
  adapter.config = nullptr;
  const Json bare = adapter.report();
  CHECK(effectIn(bare, "set/adapter-only") == "refuses");
  CHECK_FALSE(has(bare, "files/config-missing"));
  CHECK_FALSE(has(bare, "names/missing-encoder"));
}

TEST_CASE("what a file's reader found is said of that file, and nothing else about its content") {
  const std::pair<WeightsState, const char*> faults[] = {{WeightsState::kTruncated, "files/truncated"},
                                                         {WeightsState::kBadHeader, "container/bad-header"},
                                                         {WeightsState::kRefusedPickle, "container/refused-pickle"},
                                                         {WeightsState::kTorchScript, "container/torchscript"},
                                                         {WeightsState::kOtherContent, "files/renamed-not-converted"}};
  for (const auto& fault : faults) {
    const char* code = fault.second;
    CAPTURE(code);
    FactsBuilder set;
    set.toHuggingFace();
    set.facts.weights_files = {WeightsFile{}};
    set.facts.weights_files[0].state = fault.first;
    set.facts.weights_files[0].subject = "posix.system";
    const Json report = set.report();
    CHECK(severity(report, code) == "error");
    CHECK(verdict(report, "hf-native")["verdict"] == "refuses");
    CHECK(verdict(report, "hf-native")["call"].is_null());
    CHECK_FALSE(has(report, "shapes/position-limit"));
  }
}

TEST_CASE("an unread form harms nobody, but the tar of old stops the torch of today") {
  FactsBuilder set;
  set.toHuggingFace();
  set.facts.weights = WeightsKind::kTorch;
  set.facts.stem = "pytorch_model.bin";
  set.facts.weights_files = {WeightsFile{}};
  set.facts.weights_files[0].state = WeightsState::kNotRead;
  set.facts.not_read = {"model/pytorch_model.bin"};
  const Json report = set.report();
  CHECK(effectIn(report, "files/not-read") == "harmless");
  CHECK(verdict(report, "hf-native")["of"] == 0);
  CHECK(verdict(report, "hf-native")["final"] == false);
}

TEST_CASE("half precision is no trouble here, and a decoder of its own only for who uses it") {
  FactsBuilder set;
  set.toHuggingFace();
  for (BuiltTensor& tensor : set.tensors) tensor.dtype = DType::kFloat16, tensor.values.clear();
  CHECK(effectIn(set.report(), "set/half-precision") == "harmless");

  FactsBuilder decoder;
  decoder.toHuggingFace().add("cls.predictions.decoder.weight", {24, 16});
  CHECK(effectIn(decoder.report(), "weights/decoder-not-tied") == "harmless");
  CHECK(effectIn(decoder.reportFor("hf-native", hf("BertForMaskedLM")), "weights/decoder-not-tied") == "may-be-wrong");
  decoder.tensor("cls.predictions.decoder.weight").values = decoder.tensor("bert.embeddings.word_embeddings.weight").values;
  CHECK_FALSE(has(decoder.report(), "weights/decoder-not-tied"));
}
