#include "convert/plan.h"

#include <map>

#include "doctest/doctest.h"
#include "support/facts_builder.h"

using namespace bp;
using namespace bp::test;

namespace {

ConversionPlan planOf(FactsBuilder& set, Target target, bool cut_rows = false) {
  return set.withInput([&](const CheckInput& input) {
    Judgement judgement(input);
    return planConversion(judgement, {target, cut_rows});
  });
}

struct Written {
  Shape shape;
  bool transposed;
  std::string from;
};
std::map<std::string, Written> writtenOf(FactsBuilder& set, Target target, bool cut_rows = false) {
  return set.withInput([&](const CheckInput& input) {
    Judgement judgement(input);
    const ConversionPlan plan = planConversion(judgement, {target, cut_rows});
    CHECK(plan.why == "");
    std::map<std::string, Written> written;
    for (const ConvertedTensor& one : plan.tensors) written[one.name] = {one.shape, one.transposed, (*input.table)[one.source].name};
    CHECK(written.size() == plan.tensors.size());
    return written;
  });
}

const Repair* repairOf(const ConversionPlan& plan, Code code) {
  for (const Repair& one : plan.repairs) {
    if (one.code == code) return &one;
  }
  return nullptr;
}

void renameAll(FactsBuilder& set, const std::string& from, const std::string& to) {
  for (BuiltTensor& tensor : set.tensors) {
    if (const size_t at = tensor.name.find(from); at != std::string::npos) tensor.name.replace(at, from.size(), to);
  }
}

}  // namespace

TEST_CASE("a checkpoint gets Hugging Face's names, its kernels are turned round and nothing else is") {
  FactsBuilder set;
  const auto written = writtenOf(set, Target::kSafetensors);
  CHECK(written.size() == set.tensors.size());
  for (const BuiltTensor& tensor : set.tensors) {
    const Role role = *googleRole(tensor.name);
    const auto found = written.find(hfName(role));
    REQUIRE(found != written.end());
    CHECK(found->second.from == tensor.name);
    CHECK(found->second.transposed == isKernel(role.part));
    CHECK(found->second.shape == storedShape(NameScheme::kHf, role, set.sizes));
  }
  const ConversionPlan plan = planOf(set, Target::kSafetensors);
  CHECK(plan.repairs.empty());
  CHECK(plan.left_out.empty());
  CHECK((plan.mlm && plan.nsp && plan.pooler));
}

TEST_CASE("and back: Google's names, kernels [in, out]") {
  FactsBuilder set;
  const auto google = writtenOf(set, Target::kTfBundle);  // the same names: nothing to turn
  set.toHuggingFace();
  const auto back = writtenOf(set, Target::kTfBundle);
  REQUIRE(back.size() == google.size());
  for (const auto& [name, one] : google) {
    CHECK(one.from == name);
    CHECK(!one.transposed);
    REQUIRE(back.count(name) == 1);
    CHECK(back.at(name).shape == one.shape);
    CHECK(back.at(name).transposed == isKernel(googleRole(name)->part));
  }
}

TEST_CASE("a scope too many comes off, and the repair is listed") {
  FactsBuilder set;
  for (BuiltTensor& tensor : set.tensors) tensor.name = "student/" + tensor.name;
  const ConversionPlan plan = planOf(set, Target::kTfBundle);
  CHECK(plan.tensors.size() == set.tensors.size());
  const Repair* repair = repairOf(plan, "names/extra-scope");
  REQUIRE(repair != nullptr);
  CHECK(repair->count == set.tensors.size());
  CHECK(repair->before == "student/" + repair->after);
}

TEST_CASE("a missing scope is put on, numbered norms and near misses get their names") {
  FactsBuilder lacking;
  renameAll(lacking, "bert/", "");
  CHECK(repairOf(planOf(lacking, Target::kSafetensors), "names/missing-scope") != nullptr);

  FactsBuilder numbered;
  renameAll(numbered, "embeddings/LayerNorm", "embeddings/layer_normalization");
  const ConversionPlan plan = planOf(numbered, Target::kTfBundle);
  const Repair* repair = repairOf(plan, "names/layer-normalization");
  REQUIRE(repair != nullptr);
  CHECK(repair->count == 2);
  CHECK(repair->after == "bert/embeddings/LayerNorm/gamma");

  FactsBuilder near;
  renameAll(near, "layer_1/output/dense/kernel", "layer_1/output/dense/kernal");
  CHECK(repairOf(planOf(near, Target::kTfBundle), "names/near-miss")->count == 1);
}

TEST_CASE("old norms and dense_act of a Hugging Face set get today's names") {
  FactsBuilder set;
  set.toHuggingFace();
  renameAll(set, "output.LayerNorm.weight", "output.LayerNorm.gamma");
  renameAll(set, "intermediate.dense.", "intermediate.dense_act.");
  const ConversionPlan plan = planOf(set, Target::kSafetensors);
  CHECK(plan.tensors.size() == set.tensors.size());
  CHECK(repairOf(plan, "names/gamma-beta")->count == 4);
  CHECK(repairOf(plan, "names/dense-act")->count == 4);
}

TEST_CASE("optimizer slots and buffers are left out, other tensors are named") {
  FactsBuilder set;
  set.add("bert/pooler/dense/bias/adam_m", {16}).add("global_step", {}, DType::kInt64).add("mine/table", {2, 2});
  const ConversionPlan plan = planOf(set, Target::kSafetensors);
  CHECK(plan.left_out == std::vector<std::string>{"mine/table", "bert/pooler/dense/bias/adam_m", "global_step"});
  CHECK(repairOf(plan, "set/optimizer-slots")->count == 2);

  FactsBuilder hugging_face;
  hugging_face.toHuggingFace().add("bert.embeddings.position_ids", {1, 12}, DType::kInt64);
  const ConversionPlan other = planOf(hugging_face, Target::kSafetensors);
  CHECK(repairOf(other, "names/not-used")->count == 1);
  CHECK(other.tensors.size() == hugging_face.tensors.size() - 1);
}

TEST_CASE("the head of a fine-tuned model goes along under the other library's name") {
  FactsBuilder set;
  set.add("output_weights", {3, 16}).add("output_bias", {3});
  const auto written = writtenOf(set, Target::kSafetensors);
  CHECK(written.at("classifier.weight").shape == Shape{3, 16});
  CHECK(!written.at("classifier.weight").transposed);
  CHECK(planOf(set, Target::kSafetensors).classes == 3);
}

TEST_CASE("kernels that lie the other way than their names say are not turned once more") {
  FactsBuilder set;
  for (BuiltTensor& tensor : set.tensors) {
    if (isKernel(googleRole(tensor.name)->part)) set.reshape(tensor.name, storedShape(NameScheme::kHf, *googleRole(tensor.name), set.sizes));
  }
  CHECK(!writtenOf(set, Target::kSafetensors).at("bert.encoder.layer.0.intermediate.dense.weight").transposed);
  const auto back = writtenOf(set, Target::kTfBundle).at("bert/encoder/layer_0/intermediate/dense/kernel");
  CHECK(back.transposed);
  CHECK(back.shape == Shape{16, 40});
  CHECK(repairOf(planOf(set, Target::kTfBundle), "shapes/layout-vs-names")->count == 2 * 6 + 2);
}

TEST_CASE("next-sentence weights as Keras has them are turned round") {
  FactsBuilder set;
  set.reshape("cls/seq_relationship/output_weights", {16, 2});
  const auto written = writtenOf(set, Target::kSafetensors).at("cls.seq_relationship.weight");
  CHECK(written.transposed);
  CHECK(written.shape == Shape{2, 16});
}

TEST_CASE("rows that no word reaches are cut when that is asked for, from the table and from the bias") {
  FactsBuilder set;
  set.vocab_text = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nword\n";
  const auto whole = writtenOf(set, Target::kSafetensors);
  CHECK(whole.at("bert.embeddings.word_embeddings.weight").shape == Shape{24, 16});
  const auto cut = writtenOf(set, Target::kSafetensors, true);
  CHECK(cut.at("bert.embeddings.word_embeddings.weight").shape == Shape{6, 16});
  CHECK(cut.at("cls.predictions.bias").shape == Shape{6});
  CHECK(cut.at("bert.embeddings.position_embeddings.weight").shape == Shape{12, 16});
  CHECK(planOf(set, Target::kSafetensors, true).vocab_rows == 6);

  set.vocab_text += std::string(40, '\n');
  CHECK(planOf(set, Target::kSafetensors, true).codes == std::vector<std::string>{"vocab/more-lines-than-rows"});
  set.vocab_text.clear();
  CHECK(planOf(set, Target::kSafetensors, true).why != "");
}

TEST_CASE("a decoder of its own goes into safetensors and has no place in a checkpoint; a copy of the word table is left out") {
  FactsBuilder set;
  set.toHuggingFace().add("cls.predictions.decoder.weight", {24, 16});
  CHECK(writtenOf(set, Target::kSafetensors).count("cls.predictions.decoder.weight") == 1);
  CHECK(planOf(set, Target::kTfBundle).codes == std::vector<std::string>{"weights/decoder-not-tied"});
  set.tensor("cls.predictions.decoder.weight").values = set.tensor("bert.embeddings.word_embeddings.weight").values;
  CHECK(writtenOf(set, Target::kSafetensors).count("cls.predictions.decoder.weight") == 0);
  CHECK(planOf(set, Target::kTfBundle).why == "");
  set.config["tie_word_embeddings"] = false;
  CHECK(writtenOf(set, Target::kSafetensors).count("cls.predictions.decoder.weight") == 1);
}

TEST_CASE("what stands in the way is said by its code, and nothing is planned") {
  const auto refused = [](FactsBuilder set, Target target = Target::kSafetensors) {
    const ConversionPlan plan = planOf(set, target);
    CHECK(plan.why != "");
    CHECK(plan.tensors.empty());
    return plan.codes.empty() ? std::string() : plan.codes[0];
  };
  FactsBuilder missing;
  missing.tensor("bert/encoder/layer_1/output/dense/bias").name = "elsewhere";
  CHECK(refused(missing) == "names/missing-encoder");

  FactsBuilder flipped;
  flipped.flipped = "bert/encoder/layer_1/output/dense/bias";
  CHECK(refused(flipped) == "bundle/");

  FactsBuilder unread;
  unread.facts.index = IndexState::kDamaged;
  CHECK(refused(unread) == "bundle/");

  FactsBuilder config;
  config.config_text = "{\"hidden_size\": 16,}";
  CHECK(refused(config) == "config/not-json");

  FactsBuilder roberta;
  roberta.toHuggingFace();
  renameAll(roberta, "bert.", "roberta.");
  CHECK(refused(roberta) == "family/roberta");

  FactsBuilder adapter;
  adapter.toHuggingFace().add("bert.encoder.layer.0.attention.self.query.lora_A.weight", {4, 16});
  CHECK(refused(adapter) == "set/adapter-only");

  FactsBuilder relative;
  relative.toHuggingFace().config["position_embedding_type"] = "relative_key";
  CHECK(refused(relative, Target::kTfBundle) == "config/not-plain-bert");

  FactsBuilder twice;
  for (const BuiltTensor& tensor : std::vector<BuiltTensor>(twice.tensors)) twice.add("other/" + tensor.name, tensor.shape);
  CHECK(refused(twice) == "names/two-models");
}

TEST_CASE("wide elements come before narrow ones, so that all lie aligned") {
  FactsBuilder set;
  for (const auto& [name, dtype] : {std::pair("bert/embeddings/word_embeddings", DType::kFloat16), std::pair("bert/pooler/dense/bias", DType::kFloat64)}) {
    set.tensor(name).dtype = dtype;
    set.tensor(name).values.clear();
  }
  const ConversionPlan plan = planOf(set, Target::kSafetensors);
  uint64_t offset = 0;
  for (const ConvertedTensor& tensor : plan.tensors) {
    CHECK(offset % itemSize(tensor.dtype) == 0);
    offset += tensor.bytes();
  }
  CHECK(plan.tensors.front().name == "bert.pooler.dense.bias");
  CHECK(plan.tensors.back().name == "bert.embeddings.word_embeddings.weight");
}
