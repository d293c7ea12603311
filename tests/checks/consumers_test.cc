#include "checks/consumers.h"

#include "doctest/doctest.h"

using namespace bp;

namespace {

ConsumerSpec specOf(const std::string& id, const Json& mode = Json::object()) {
  std::string fault;
  const auto specs = readConsumers(Json::array({{{"id", id}, {"mode", mode}}}), fault);
  REQUIRE_MESSAGE(specs.has_value(), fault);
  return specs->front();
}

int64_t asks(const std::string& id, const Json& mode = Json::object()) { return demandOf(specOf(id, mode), 12).count(); }

}  // namespace

TEST_CASE("each loader and mode asks for its own number of tensors") {
  CHECK(asks("keras-bert") == 197);
  CHECK(asks("keras-bert", {{"training", true}}) == 206);
  CHECK(asks("keras-bert", {{"output_layer_num", 4}}) == 197);
  CHECK(asks("keras-bert", {{"output_layer_num", {0, 3}}}) == 5 + 16 * 4);
  CHECK(asks("keras-bert", {{"output_layer_num", {-1}}}) == 197);
  CHECK(asks("keras-bert", {{"output_layer_num", {99}}}) == 197);
  CHECK(asks("bert4keras") == 197);
  CHECK(asks("bert4keras", {{"with_pool", true}}) == 199);
  CHECK(asks("bert4keras", {{"with_nsp", true}}) == 201);
  CHECK(asks("bert4keras", {{"with_mlm", true}}) == 202);
  CHECK(asks("google-bert") == 199);
  CHECK(asks("google-bert", {{"head", "pretraining"}}) == 206);
  CHECK(asks("hf-convert") == 206);
  CHECK(asks("hf-convert", {{"class", "BertModel"}}) == 199);
  CHECK(asks("hf-native", {{"class", "BertForMaskedLM"}}) == 202);
  CHECK(asks("model-garden") == 199);
  CHECK(asks("model-garden", {{"model", "pretrainer"}}) == 204);
  CHECK(asks("bert-for-tf2") == 197);
}

TEST_CASE("a loader or mode nobody knows is refused with a sentence") {
  std::string fault;
  CHECK_FALSE(readConsumers(Json::array({{{"id", "kerasbert"}}}), fault).has_value());
  CHECK(fault.find("kerasbert") != std::string::npos);
  for (const Json& mode : {Json{{"training", "yes"}}, Json{{"trainings", true}}, Json{{"seq_len", 0}}, Json{{"output_layer_num", Json::array()}}}) {
    CHECK_FALSE(readConsumers(Json::array({{{"id", "keras-bert"}, {"mode", mode}}}), fault).has_value());
  }
  CHECK_FALSE(readConsumers(Json::array({{{"id", "bert-for-tf2"}, {"mode", {{"x", 1}}}}}), fault).has_value());
  CHECK_FALSE(readConsumers(Json("keras-bert"), fault).has_value());
  CHECK(readConsumers(Json(), fault)->size() == 7);
}

TEST_CASE("the mode is printed with its defaults") {
  CHECK(specOf("keras-bert").mode_json == Json{{"training", false}});
  CHECK(specOf("hf-native", {{"transformers", 4}}).mode_json == Json{{"class", "AutoModel"}, {"transformers", 4}});
}
