#include <doctest/doctest.h>

#include <cmath>

#include "bindings/session_driver.h"

using bp::Json;
using bp::testing::SessionDriver;

namespace {

const std::string kFixtures = BP_FIXTURES;
const std::string kGood = kFixtures + "/tf/good-uncased/uncased_L-4_H-16_A-2";

Json jsonFile(const std::string& path) {
  std::ifstream in(path);
  return Json::parse(in, nullptr, false);
}

double largestGap(std::span<const float> ours, const Json& rows, const Json& mask) {
  double gap = 0;
  size_t at = 0;
  for (size_t row = 0; row < rows.size(); ++row) {
    for (const Json& value : rows[row]) {
      const double here = ours[at++];
      if (mask[row] == 1) gap = std::max(gap, std::abs(here - value.get<double>()));
    }
  }
  return at == ours.size() ? gap : INFINITY;
}

bool failed(const Json& answer) { return answer["error"].is_string() && !answer["error"].get<std::string>().empty(); }

}  // namespace

TEST_CASE("the structure of a set is known after a few rounds, and no range is asked for twice") {
  SessionDriver set(kGood);
  const int rounds = set.readStructure();
  CHECK(rounds > 0);
  CHECK(rounds <= 8);
  CHECK_FALSE(set.repeated);
  CHECK(set.session.wantedReads() == "[]");
  const Json abilities = set.abilities();
  CHECK(abilities["encoder"] == true);
  CHECK(abilities["vocab"] == true);
  CHECK(abilities["why"].empty());
}

TEST_CASE("verdicts are final only once the data is read") {
  SessionDriver set(kGood);
  set.readStructure();
  const Json early = set.report();
  for (const Json& consumer : early["consumers"]) {
    if (consumer["verdict"] == "loads") CHECK(consumer["final"] == false);
  }
  REQUIRE(set.readData(R"({"keep": false, "statistics": true})"));
  const Json report = set.report();
  int loads = 0;
  for (const Json& consumer : report["consumers"]) {
    if (consumer["verdict"] != "loads") continue;
    ++loads;
    CHECK(consumer["final"] == true);
  }
  CHECK(loads == 6);
  for (const Json& tensor : set.tensors()) {
    CHECK(tensor["state"] == "good");
    CHECK(tensor["stats"]["count"].get<double>() > 0);
  }
}

TEST_CASE("hidden states, pooled vector and logits are those of the original code") {
  const Json reference = jsonFile(kFixtures + "/tf/good-uncased/reference.json");
  SessionDriver set(kGood);
  set.readStructure();
  REQUIRE(set.readData(R"({"keep": true})"));
  for (size_t i = 0; i < reference["inputs"].size(); ++i) {
    const Json& input = reference["inputs"][i];
    const Json& expected = reference["google-bert"][i];
    Json question = {{"input_ids", input["input_ids"]}, {"token_type_ids", input["token_type_ids"]},
                     {"attention_mask", input["attention_mask"]}, {"layers", "all"}, {"logits", true}};
    const Json answer = set.encode(question);
    REQUIRE_FALSE(answer.contains("error"));
    REQUIRE(answer["layers"].size() == expected["layers"].size());
    for (size_t layer = 0; layer < answer["layers"].size(); ++layer) {
      CHECK(largestGap(set.session.output(answer["layers"][layer]["output"].get<uint32_t>()), expected["layers"][layer], input["attention_mask"]) < 2e-5);
    }
    CHECK(largestGap(set.session.output(answer["pooled"].get<uint32_t>()), Json::array({expected["pooled"]}), Json::array({1})) < 2e-5);
    CHECK(largestGap(set.session.output(answer["mlm_logits"].get<uint32_t>()), expected["mlm_logits"], input["attention_mask"]) < 1e-4);
    CHECK(largestGap(set.session.output(answer["nsp_logits"].get<uint32_t>()), Json::array({expected["nsp_logits"]}), Json::array({1})) < 1e-4);
  }
}

TEST_CASE("a chunk out of order is not taken, and a pass that was begun again starts over") {
  SessionDriver set(kGood);
  set.readStructure();
  const Json plan = Json::parse(set.session.beginData("{}"), nullptr, false);
  const uint32_t file = plan["reads"][0]["file"].get<uint32_t>();
  set.session.inbox(8);
  CHECK_FALSE(set.session.feed(file, plan["reads"][0]["offset"].get<double>() + 8, 8));
  CHECK(set.readData("{}", 777));
  for (const Json& tensor : set.tensors()) CHECK(tensor["state"] == "good");
}

TEST_CASE("what cannot be run is answered with one sentence") {
  SessionDriver set(kGood);
  set.readStructure();
  CHECK(failed(set.encode({{"text", "before the data"}})));
  set.readData(R"({"keep": true})");
  const Json wrong[] = {
      {{"input_ids", "5"}},
      {{"input_ids", Json::array()}},
      {{"input_ids", {1, 2.5}}},
      {{"input_ids", {1, 99999999999}}},
      {{"input_ids", {-1}}},
      {{"input_ids", {1, 2}}, {"attention_mask", {1}}},
      {{"input_ids", {1, 2}}, {"attention_mask", {0, 0}}},
      {{"input_ids", {1, 2}}, {"token_type_ids", {0, 7}}},
      {{"input_ids", {1, 2}}, {"layers", {0, 99}}},
      {{"input_ids", {1, 2}}, {"layers", "first"}},
      {{"input_ids", std::vector<int>(600, 1)}},
      {{"text", 5}},
      {{"text", "a"}, {"pair", 5}},
      {{"text", "a"}, {"casing", "upper"}},
      Json::object(),
  };
  for (const Json& question : wrong) {
    CAPTURE(question.dump());
    CHECK(failed(set.encode(question)));
  }
  CHECK(failed(Json::parse(set.session.encode("{not json"), nullptr, false)));
  CHECK(set.session.output(1000).empty());
}

TEST_CASE("options that are not known are refused with a sentence and change nothing") {
  SessionDriver set(kGood);
  set.readStructure();
  const std::string before = set.session.report();
  CHECK_FALSE(set.session.setOptions(R"({"consumers": [{"id": "no-such-loader"}]})").empty());
  CHECK_FALSE(set.session.setOptions(R"({"consumers": [{"id": "keras-bert", "mode": {"training": "perhaps"}}]})").empty());
  CHECK_FALSE(set.session.setOptions(R"({"gelu": "sigmoid"})").empty());
  CHECK(set.session.report() == before);
  CHECK(set.session.setOptions(R"({"consumers": [{"id": "keras-bert", "mode": {"training": true}}]})").empty());
  CHECK(set.report()["consumers"].size() == 1);
}

TEST_CASE("files that are missing, empty or refused still give a report") {
  bp::Session session;
  CHECK(session.wantedReads() == "[]");
  CHECK(Json::parse(session.report(), nullptr, false)["findings"].is_array());

  bp::Session refused;
  const uint32_t index = refused.addFile("a/bert_model.ckpt.index", 1000);
  refused.addFile("a/vocab.txt", 0);
  for (int i = 0; i < 20 && refused.wantedReads() != "[]"; ++i) refused.refuseFile(index, "permission denied");
  CHECK(refused.wantedReads() == "[]");
  CHECK(Json::parse(refused.files(), nullptr, false)[0]["state"] == "unreadable");
  CHECK(Json::parse(refused.tensors(), nullptr, false).empty());
  CHECK(Json::parse(refused.beginData(R"({"keep": true})"), nullptr, false)["reads"].empty());
}

TEST_CASE("bytes for files that do not exist, or larger than the inbox, are ignored") {
  bp::Session session;
  session.inbox(16);
  session.supply(7, 0, 16);
  session.supply(0, 0, 1 << 20);
  CHECK_FALSE(session.feed(0, 0, 16));
  CHECK(session.inbox((16u << 20) + 1).empty());
}
