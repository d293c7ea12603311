#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "bindings/session_team.h"

using bp::Json;
using bp::testing::SessionDriver;
using bp::testing::SessionTeam;

namespace {

const std::string kFixtures = BP_FIXTURES;
const std::string kGood = kFixtures + "/tf/good-uncased/uncased_L-4_H-16_A-2";  // 2 heads
constexpr double kMostGap = 2e-5;

const Json kQuestion = {{"text", "hello there [MASK]"}, {"pair", "again"}, {"layers", "all"}, {"logits", true}};

double largestGap(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size()) return INFINITY;
  double gap = 0;
  for (size_t i = 0; i < a.size(); ++i) gap = std::max(gap, std::abs(static_cast<double>(a[i]) - b[i]));
  return gap;
}

}  // namespace

TEST_CASE("sessions that share the layers give the hidden states of one, also where heads do not divide and where there are more sessions than heads") {
  SessionDriver alone(kGood);
  alone.readStructure();
  REQUIRE(alone.readData(R"({"keep": true})"));
  const Json expected = alone.encode(kQuestion);
  REQUIRE(expected["layers"].size() == 5);
  for (const uint32_t count : {1u, 2u, 3u, 5u}) {
    CAPTURE(count);
    SessionTeam team(kGood, count);
    REQUIRE(team.readData());
    CHECK(team.kept < alone.begun["keeps"].get<uint64_t>() * 5 / 2);  // the vectors after a sum, and panels that are not full, are kept by all
    const Json answer = team.encode(kQuestion);
    REQUIRE_FALSE(answer.contains("error"));
    for (const char* key : {"input_ids", "tokens", "offsets", "vocab"}) CHECK(answer[key] == expected[key]);
    for (size_t layer = 0; layer < expected["layers"].size(); ++layer) {
      const double gap = largestGap(team.first().output(answer["layers"][layer]["output"]), alone.session.output(expected["layers"][layer]["output"]));
      CHECK(gap <= kMostGap);
      if (count == 1) CHECK(gap == 0);
    }
    for (const char* key : {"pooled", "mlm_logits", "nsp_logits"}) {
      CAPTURE(key);
      CHECK(largestGap(team.first().output(answer[key]), alone.session.output(expected[key])) <= kMostGap);
    }
    CHECK(answer["mlm"][0]["top"][0]["token"] == expected["mlm"][0]["top"][0]["token"]);
  }
}

TEST_CASE("the sum does not depend on anything but the number of sessions") {
  SessionTeam once(kGood, 2), again(kGood, 2);
  REQUIRE(once.readData());
  REQUIRE(again.readData(77));
  const Json a = once.encode(kQuestion), b = again.encode(kQuestion), c = once.encode(kQuestion);
  CHECK(a == b);
  CHECK(a == c);
  CHECK(largestGap(once.first().output(a["pooled"]), again.first().output(b["pooled"])) == 0);
}

TEST_CASE("each session has the attention of its own heads") {
  SessionDriver alone(kGood);
  alone.readStructure();
  REQUIRE(alone.readData(R"({"keep": true})"));
  const Json question = {{"text", "hello there"}, {"attention", true}};
  const Json expected = alone.encode(question);
  SessionTeam team(kGood, 2);
  REQUIRE(team.readData());
  const Json answer = team.encode(question);
  REQUIRE(answer["attention"].size() == 4);
  for (size_t layer = 0; layer < 4; ++layer) {
    const std::span<const float> whole = alone.session.output(expected["attention"][layer]), first = team.first().output(answer["attention"][layer]);
    CHECK(first.size() == whole.size() / 2);
    CHECK(largestGap(first, whole.first(first.size())) <= kMostGap);
    CHECK(largestGap(team.attention[2 * layer], whole.subspan(first.size())) <= kMostGap);
  }
}

TEST_CASE("a report is the same whether the layers are shared, and what is damaged is not") {
  for (const std::string name : {"/tf/good-uncased/uncased_L-4_H-16_A-2", "/tf/byte-flipped/chinese_L-2_H-32_A-4", "/tf/data-truncated/chinese_L-2_H-32_A-4",
                                 "/tf/nan/chinese_L-2_H-32_A-4", "/tf/adam-slots/uncased_tiny"}) {
    CAPTURE(name);
    SessionDriver alone(kFixtures + name);
    alone.readStructure();
    REQUIRE(alone.readData(R"({"keep": true})"));
    for (const uint32_t count : {2u, 3u}) {
      SessionTeam team(kFixtures + name, count);
      team.readData(333);
      team.first().endData();
      CHECK(team.set.report() == alone.report());
      CHECK(team.set.abilities() == alone.abilities());
    }
  }
}

TEST_CASE("transposed kernels, half precision and partitioned tensors are shared alike") {
  for (const std::string name : {"/hf/pretraining-safetensors", "/hf/half-safetensors", "/tf/sharded-with-slices"}) {
    CAPTURE(name);
    SessionDriver alone(kFixtures + name);
    alone.readStructure();
    REQUIRE(alone.readData(R"({"keep": true})"));
    const Json expected = alone.encode({{"input_ids", {2, 7, 9, 3}}});
    REQUIRE(expected.contains("layers"));
    SessionTeam team(kFixtures + name, 2);
    REQUIRE(team.readData(77));
    const Json answer = team.encode({{"input_ids", {2, 7, 9, 3}}});
    REQUIRE(answer.contains("layers"));
    CHECK(largestGap(team.first().output(answer["layers"][0]["output"]), alone.session.output(expected["layers"][0]["output"])) <= kMostGap);
  }
}

TEST_CASE("steps out of order, and wrong shares are refused") {
  SessionTeam team(kGood, 2);
  REQUIRE(team.readData());
  bp::Session& second = *team.others[0];
  CHECK_FALSE(second.encodeHalf());
  second.encodeFinish();
  CHECK(second.partial().empty());
  CHECK(second.received().empty());
  CHECK(Json::parse(second.encodeEnd(), nullptr, false).contains("error"));
  for (const char* join : {"{not json", "{}", R"({"attention_mask": [], "heads": 2, "layer_norm_eps": 1e-12, "activation": 3})",
                           R"({"attention_mask": [1, "x"], "heads": 2, "layer_norm_eps": 1e-12, "activation": 3})",
                           R"({"attention_mask": [1], "heads": 0, "layer_norm_eps": 1e-12, "activation": 3})",
                           R"({"attention_mask": [1], "heads": 2, "layer_norm_eps": 1e-12, "activation": 300})"}) {
    CAPTURE(join);
    CHECK_FALSE(second.encodeJoin(join).empty());
  }
  CHECK(second.encodeJoin(R"({"attention_mask": [1, 1], "heads": 2, "layer_norm_eps": 1e-12, "activation": 3})").empty());
  CHECK_FALSE(second.encodeHalf());  // the embeddings are not there
  CHECK(second.partial().size() == 32);
  for (const uint64_t workers : {uint64_t{0}, uint64_t{65}, uint64_t{100000}}) {
    const Json options = {{"keep", true}, {"workers", workers}};
    CHECK(Json::parse(team.first().beginData(options.dump()), nullptr, false)["share"].is_null());  // taken for one alone
  }
  CHECK(team.first().outbox(1).empty());
  CHECK(team.first().outbox(7).empty());

  CHECK_FALSE(second.takeShare(1000));  // more than is in the inbox
  const auto whyNot = [&](const Json& changes) {
    Json share = team.begun["share"];
    share["index"] = 1;
    share["count"] = 2;
    for (const auto& [key, value] : changes.items()) share[key] = value;
    return Json::parse(second.beginShare(share.dump()), nullptr, false)["why"].get<std::string>();
  };
  CHECK(whyNot(Json::object()).empty());
  for (const char* changes : {R"({"index": 2})", R"({"count": 0})", R"({"count": 100000})", R"({"hidden": 0})", R"({"heads": 0})", R"({"heads": 5})", R"({"hidden": "x"})",
                              R"({"bindings": [[3, 0]]})", R"({"bindings": [[200, 0, false]]})", R"({"bindings": [["x", 0, false]]})", R"({"layers": 1000000})"}) {
    CAPTURE(changes);
    CHECK_FALSE(whyNot(Json::parse(changes)).empty());
  }
}
