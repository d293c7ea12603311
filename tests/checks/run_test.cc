#include "checks/probe_result.h"

#include <cmath>
#include <utility>

#include "doctest/doctest.h"
#include "support/facts_builder.h"

using namespace bp;
using namespace bp::test;

namespace {

// Losses of 32 words around a mean, which differ from word to word by far more than settings do from each other.
ProbeScore score(const std::string& setting, double mean, double spread = 0.3) {
  ProbeScore made{setting, {}, 0};
  for (int i = 0; i < 32; ++i) made.nll.push_back(mean + 2.5 * std::sin(i) + spread * std::cos(3 * i + mean));
  return made;
}

// What the trained set measured (tests/fixtures/trained/measured.json).
ProbeResult trained() {
  ProbeResult probe;
  probe.sentences = 32;
  probe.nll = 4.742;
  probe.ln_vocab = 8.29;
  probe.works = 6.63;
  probe.top1 = 0.21;
  probe.top5 = 0.4;
  probe.heads = {{score("2", 4.742), score("1", 6.344), score("4", 4.82), score("8", 5.135)}, "2"};
  probe.activations = {{score("gelu", 4.742), score("relu", 4.786)}, "gelu"};
  probe.casings = {{score("lower-strip", 4.742), score("none", 4.78)}, ""};
  probe.offsets = {{score("0", 4.742), score("2", 4.719)}, ""};
  probe.kernels = {{score("as-stored", 4.742), score("encoder-turned", 7.4), score("all-turned", 7.517)}, ""};
  probe.layers = {{10, 0.2, 0}, {11, 0.3, 0.5}};
  probe.nsp_coherent = {2, 3, 1, 2, 4, 3, 2, 1};
  probe.nsp_random = {-1, 0, -2, -1, 1, 0, -1, -2};
  return probe;
}

Json reportOf(const ProbeResult& probe) {
  FactsBuilder set;
  set.probe = &probe;
  return set.report();
}

}  // namespace

TEST_CASE("a trained model passes every probe, and only the orientation is settled by it") {
  const Json report = reportOf(trained());
  for (const Json& one : report["findings"]) CHECK(one["code"].get<std::string>().substr(0, 4) != "run/");
  CHECK(report["unsettled"] == Json({"heads", "activation", "casing", "layer-norm-eps"}));
}

TEST_CASE("run/*: each probe that fails says so, never as a refusal") {
  struct Case {
    const char* code;
    void (*change)(ProbeResult&);
  };
  static const Case kCases[] = {
      {"run/mlm-probe-failed", [](ProbeResult& p) { p.nll = 7.0; }},
      {"run/mlm-probe-failed", [](ProbeResult& p) { p.top1 = 0.02; }},
      {"run/heads-mismatch", [](ProbeResult& p) { p.heads.scores = {score("1", 6.344), score("2", 4.742)}; }},
      {"run/activation-mismatch", [](ProbeResult& p) { p.activations.scores = {score("relu", 6), score("gelu", 4.7)}; }},
      {"run/casing-mismatch", [](ProbeResult& p) { p.casings.scores = {score("none", 6), score("lower-strip", 4.7)}; }},
      {"run/position-offset", [](ProbeResult& p) { p.offsets.scores = {score("0", 6), score("2", 4.7)}; }},
      {"run/transposed-kernels", [](ProbeResult& p) { p.kernels.scores = {score("as-stored", 7.5), score("encoder-turned", 4.7)}; }},
      {"run/collapsed", [](ProbeResult& p) { p.layers[1].cosine = 0.995; }},
      {"run/collapsed", [](ProbeResult& p) { p.finite = false; }},
      {"run/flat-attention", [](ProbeResult& p) { p.layers[1].entropy = 0.9999; }},
      {"run/nsp-probe-failed", [](ProbeResult& p) { std::swap(p.nsp_coherent, p.nsp_random); }},
      {"run/padding-leaks", [](ProbeResult& p) { p.padding_change = 0.1; }},
      {"run/not-possible", [](ProbeResult& p) { p.mlm_why_not = "no head"; }},
  };
  for (const Case& one : kCases) {
    CAPTURE(one.code);
    ProbeResult probe = trained();
    one.change(probe);
    const Json report = reportOf(probe);
    const Json* said = finding(report, one.code);
    REQUIRE(said != nullptr);
    CHECK((*said)["severity"] != "error");
    CHECK(verdicts(report) == "LLLLLL");
  }
}

TEST_CASE("run/heads-mismatch takes the place of the guess about the heads, and offers the number") {
  ProbeResult probe = trained();
  probe.heads.scores = {score("4", 6.344), score("2", 4.742)};
  const Json report = reportOf(probe);
  CHECK_FALSE(has(report, "config/heads-unusual"));
  CHECK((*finding(report, "run/heads-mismatch"))["fix"]["paste"]["text"] == "\"num_attention_heads\": 2");
}

TEST_CASE("a better setting is named by pairs, not by its mean alone") {
  const auto named = [](const ProbeScore& declared, const ProbeScore& other) {
    ProbeResult probe = trained();
    probe.heads.scores = {declared, other};
    return has(reportOf(probe), "run/heads-mismatch");
  };
  CHECK_FALSE(named(score("4", 4.82), score("2", 4.742)));  // less than matters
  CHECK(named(score("4", 5.2), score("2", 4.742)));
  CHECK_FALSE(named(score("4", 5.2, 3), score("2", 4.742, 3)));  // the same means, and hardly two words agree
  CHECK_FALSE(named(score("4", 8.2), score("2", 7.0)));          // neither is a model that works
  ProbeScore few = score("2", 4.0);
  few.nll.resize(5);
  CHECK_FALSE(named(score("4", 6), few));
}

TEST_CASE("of settings that cannot be told apart the usual one is named") {
  ProbeResult probe = trained();
  probe.heads.scores = {score("1", 6.344), score("4", 4.70), score("2", 4.742)};
  const Json report = reportOf(probe);
  CHECK((*finding(report, "run/heads-mismatch"))["args"]["expected"] == "2");
  CHECK(report["unsettled"].dump().find("heads") != std::string::npos);  // two or four stays open
  probe.heads.usual = "";
  CHECK((*finding(reportOf(probe), "run/heads-mismatch"))["args"]["expected"] == "4");
}

TEST_CASE("an entry leaves what is unsettled only when one setting is clear of all others") {
  ProbeResult probe = trained();
  probe.heads.scores = {score("12", 2.0), score("6", 6.1), score("24", 5.2)};
  probe.activations.scores = {score("gelu", 2.0), score("relu", 2.9)};
  probe.casings.scores = {score("lower-strip", 2.0), score("none", 2.8)};
  CHECK(reportOf(probe)["unsettled"] == Json({"layer-norm-eps"}));
  probe.heads.scores[2] = score("24", 2.1);
  CHECK(reportOf(probe)["unsettled"] == Json({"heads", "layer-norm-eps"}));
}

TEST_CASE("the casing that is asked for is the declared one, whichever the vocabulary suggests") {
  ProbeResult probe = trained();
  probe.casings.scores = {score("lower-strip", 4.7), score("none", 6)};
  CHECK_FALSE(has(reportOf(probe), "run/casing-mismatch"));
  FactsBuilder set;
  set.probe = &probe;
  set.paste.lower = false;
  const Json report = set.report();
  CHECK((*finding(report, "run/casing-mismatch"))["args"]["found"] == "none");
  CHECK_FALSE(has(report, "vocab/casing"));
}

TEST_CASE("a next-sentence head that is no better than chance is not said to be wrong") {
  ProbeResult probe = trained();
  probe.nsp_random = {2.1, 2.8, 1.3, 2.1, 3.8, 3.2, 1.9, 1.2};
  CHECK_FALSE(has(reportOf(probe), "run/nsp-probe-failed"));
}

TEST_CASE("pairs are compared where both were tried") {
  const double nan = std::nan("");
  const std::vector<double> first = {3, nan, 5, 4, 9}, second = {1, 2, nan, 1};
  const PairedGain gain = pairedGain(first, second);
  CHECK(gain.words == 2);
  CHECK(gain.mean == doctest::Approx(2.5));
  CHECK(gain.error == doctest::Approx(0.5));  // sd 1/sqrt(2), over sqrt(2)
  CHECK(pairedGain(std::vector<double>{}, std::vector<double>{}).words == 0);
}
