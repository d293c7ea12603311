#include <limits>
#include <random>

#include "doctest/doctest.h"
#include "support/facts_builder.h"

using namespace bp;
using namespace bp::test;

namespace {

// As a framework would begin: gammas 1, betas and biases 0, matrices normal; cut at two deviations if `cut`.
void makeFresh(FactsBuilder& set, const std::string& part, double deviation, bool cut = true) {
  std::mt19937 engine(7);
  std::normal_distribution<double> normal(0, deviation);
  for (BuiltTensor& one : set.tensors) {
    if (one.name.find(part) == std::string::npos) continue;
    const bool gamma = one.name.ends_with("gamma"), matrix = one.shape.size() > 1;
    for (float& value : one.values) {
      double drawn = normal(engine);
      while (cut && std::fabs(drawn) > 2 * deviation) drawn = normal(engine);
      value = matrix ? static_cast<float>(drawn) : gamma ? 1.0f : 0.0f;
    }
  }
}

}  // namespace

TEST_CASE("weights/not-finite: the readers of the tensor go on with it") {
  FactsBuilder set;
  set.tensor("bert/encoder/layer_1/output/dense/kernel").values[5] = std::numeric_limits<float>::quiet_NaN();
  set.tensor("bert/encoder/layer_1/output/dense/kernel").values[9] = std::numeric_limits<float>::infinity();
  const Json report = set.report();
  CHECK(effects(report, "weights/not-finite") == "WWWWWW");
  const Json args = (*finding(report, "weights/not-finite"))["args"];
  CHECK(args["nan"] == 1);
  CHECK(args["inf"] == 1);
  CHECK(args["index"] == 5);
  FactsBuilder head;
  head.tensor("cls/predictions/output_bias").values[0] = std::numeric_limits<float>::quiet_NaN();
  CHECK(effects(head.report(), "weights/not-finite") == "---W--");
  FactsBuilder slot;  // a moment is no weight
  slot.add("bert/pooler/dense/bias/adam_v", {16});
  slot.tensor("bert/pooler/dense/bias/adam_v").values[0] = std::numeric_limits<float>::quiet_NaN();
  CHECK_FALSE(has(slot.report(), "weights/not-finite"));
  CHECK_FALSE(has(FactsBuilder().report(), "weights/not-finite"));
}

TEST_CASE("weights/over-half-range: past the largest half") {
  FactsBuilder set;
  set.tensor("bert/pooler/dense/kernel").values[3] = -70000;
  CHECK(effects(set.report(), "weights/over-half-range") == "MMMMMM");
  set.tensor("bert/pooler/dense/kernel").values[3] = -65504;
  CHECK_FALSE(has(set.report(), "weights/over-half-range"));
}

TEST_CASE("weights/constant-kernel: a kernel of zeros, not a bias of zeros") {
  FactsBuilder set;
  for (float& value : set.tensor("bert/encoder/layer_0/attention/self/value/kernel").values) value = 0;
  CHECK(effects(set.report(), "weights/constant-kernel") == "WWWWWW");
  FactsBuilder bias;
  for (float& value : bias.tensor("bert/encoder/layer_0/attention/self/key/bias").values) value = 0;
  CHECK_FALSE(has(bias.report(), "weights/constant-kernel"));
}

TEST_CASE("weights/untrained-head: harms those who use the head") {
  FactsBuilder set;
  makeFresh(set, "cls/predictions", 0.02);
  const Json report = set.report();
  CHECK(effects(report, "weights/untrained-head") == "HHHWHH");
  CHECK((*finding(report, "weights/untrained-head"))["variant"] == "mlm");
  CHECK((*finding(report, "weights/untrained-head"))["certainty"] == "certain");
  CHECK(effects(set.reportFor("keras-bert", {{"training", true}}), "weights/untrained-head") == "W-----");

  FactsBuilder plain_normal;  // PyTorch does not cut
  makeFresh(plain_normal, "cls/predictions", 0.02, false);
  CHECK(has(plain_normal.report(), "weights/untrained-head"));

  set.tensor("cls/predictions/output_bias").values[2] = 0.01f;  // trained a little
  CHECK_FALSE(has(set.report(), "weights/untrained-head"));
  FactsBuilder wide;  // trained, with a bias that stayed 0
  makeFresh(wide, "cls/predictions", 0.05);
  CHECK_FALSE(has(wide.report(), "weights/untrained-head"));
  wide.config["initializer_range"] = 0.05;
  CHECK(has(wide.report(), "weights/untrained-head"));
  FactsBuilder pooler;
  makeFresh(pooler, "bert/pooler", 0.02);
  CHECK((*finding(pooler.report(), "weights/untrained-head"))["certainty"] == "likely");
}

TEST_CASE("weights/untrained-part: a layer as freshly made harms all") {
  FactsBuilder set;
  makeFresh(set, "layer_1/", 0.02);
  const Json report = set.report();
  CHECK(effects(report, "weights/untrained-part") == "WWWWWW");
  CHECK((*finding(report, "weights/untrained-part"))["args"]["name"] == "bert/encoder/layer_1");
  set.tensor("bert/encoder/layer_1/output/LayerNorm/gamma").values[0] = 1.01f;
  CHECK_FALSE(has(set.report(), "weights/untrained-part"));
}

TEST_CASE("weights/copied-layers: equal in every tensor, or not copied") {
  FactsBuilder set;
  for (BuiltTensor& one : set.tensors) {
    const size_t at = one.name.find("layer_1");
    if (at == std::string::npos) continue;
    std::string twin = one.name;
    one.values = set.tensor(twin.replace(at, 7, "layer_0")).values;
  }
  CHECK(effects(set.report(), "weights/copied-layers") == "MMMMMM");
  set.tensor("bert/encoder/layer_1/output/dense/bias").values[0] += 0.001f;
  CHECK_FALSE(has(set.report(), "weights/copied-layers"));
}

TEST_CASE("weights are not judged before they are read, nor where they are damaged") {
  FactsBuilder set;
  set.tensor("bert/pooler/dense/kernel").values[3] = 70000;
  set.read_data = false;
  CHECK_FALSE(has(set.report(), "weights/over-half-range"));
  set.read_data = true;
  set.flipped = "bert/pooler/dense/kernel";
  CHECK_FALSE(has(set.report(), "weights/over-half-range"));
}
