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

// Tensors as the report has them, with moments rounded to what the order of summing leaves alone.
Json rounded(Json tensors) {
  for (Json& tensor : tensors) {
    if (!tensor["stats"].is_object()) continue;
    for (const char* key : {"mean", "variance"}) tensor["stats"][key] = std::round(tensor["stats"][key].get<double>() * 1e9);
  }
  return tensors;
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
    REQUIRE(team.readData(true));
    uint64_t kept = 0;
    for (const Json& begun : team.begun) kept += begun["keeps"].get<uint64_t>();
    CHECK(kept < alone.begun["keeps"].get<uint64_t>() * 5 / 2);  // the vectors after a sum, and panels that are not full, are kept by all
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
  REQUIRE(once.readData(true));
  REQUIRE(again.readData(true, 77));
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
  REQUIRE(team.readData(true));
  const Json answer = team.encode(question);
  REQUIRE(answer["attention"].size() == 4);
  for (size_t layer = 0; layer < 4; ++layer) {
    const std::span<const float> whole = alone.session.output(expected["attention"][layer]), first = team.first().output(answer["attention"][layer]);
    CHECK(first.size() == whole.size() / 2);
    CHECK(largestGap(first, whole.first(first.size())) <= kMostGap);
    CHECK(largestGap(team.attention[2 * layer], whole.subspan(first.size())) <= kMostGap);
  }
}

TEST_CASE("a report is the same however many sessions read the data, and whether they share the layers") {
  for (const std::string name : {"/tf/good-uncased/uncased_L-4_H-16_A-2", "/tf/byte-flipped/chinese_L-2_H-32_A-4", "/tf/data-truncated/chinese_L-2_H-32_A-4",
                                 "/tf/nan/chinese_L-2_H-32_A-4", "/tf/adam-slots/uncased_tiny"}) {
    CAPTURE(name);
    SessionDriver alone(kFixtures + name);
    alone.readStructure();
    REQUIRE(alone.readData(R"({"keep": true})"));
    for (const uint32_t count : {2u, 3u}) {
      for (const bool layers : {false, true}) {
        SessionTeam team(kFixtures + name, count);
        REQUIRE(team.readData(layers, 333));
        CHECK(team.sets[0]->report() == alone.report());
        CHECK(rounded(team.sets[0]->tensors()) == rounded(alone.tensors()));
        CHECK(team.sets[0]->abilities() == alone.abilities());
      }
    }
  }
}

TEST_CASE("a file that ends in anyone's run is one fault, where it ends, and its tensors are those of one session") {
  for (const uint64_t ends_at : {uint64_t{0}, uint64_t{9999}, uint64_t{25000}, uint64_t{40001}}) {
    CAPTURE(ends_at);
    SessionTeam alone(kGood, 1);
    alone.ends_at = ends_at;
    REQUIRE(alone.readData(false));
    const Json expected = alone.sets[0]->report();
    CHECK(std::count_if(expected["findings"].begin(), expected["findings"].end(), [](const Json& one) { return one["code"] == "files/truncated"; }) == 1);
    for (const uint32_t count : {2u, 3u}) {
      for (const bool layers : {false, true}) {
        SessionTeam team(kGood, count);
        team.ends_at = ends_at;
        REQUIRE(team.readData(layers, 333));
        CHECK(team.sets[0]->report() == expected);
        const Json tensors = team.sets[0]->tensors(), wanted = alone.sets[0]->tensors();
        for (size_t i = 0; i < wanted.size(); ++i) CHECK(tensors[i]["state"] == wanted[i]["state"]);
        CHECK(team.sets[0]->abilities() == alone.sets[0]->abilities());
      }
    }
  }
}

TEST_CASE("sessions that only help with the reading leave the first one whole") {
  SessionTeam team(kGood, 3);
  REQUIRE(team.readData(false));
  CHECK(team.begun[0]["shared"][0].empty());
  CHECK(team.begun[1]["keeps"] == 0);
  CHECK(team.begun[0]["keeps"].get<uint64_t>() > 0);
  CHECK_FALSE(team.sets[0]->encode(kQuestion).contains("error"));
  CHECK_FALSE(team.sets[1]->session.encodeJoin("{}").empty());
}

TEST_CASE("steps out of order, other runs and wrong shares are refused") {
  SessionTeam team(kGood, 2);
  REQUIRE(team.readData(true));
  bp::Session& second = team.sets[1]->session;
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
  CHECK_FALSE(team.first().feedShared(0, 0, 0, 0));
  CHECK_FALSE(team.first().feedShared(7, 0, 0, 0));
  for (const char* workers : {R"({"index": 2, "count": 2})", R"({"index": 0, "count": 0})", R"({"index": -1, "count": 2})", R"({"index": 0, "count": 100000})"}) {
    const Json options = {{"keep", true}, {"workers", Json::parse(workers)}};
    CHECK(Json::parse(second.beginData(options.dump()), nullptr, false)["shared"].empty());  // taken for one alone
  }
}
