#include "checks/probe_result.h"

#include "doctest/doctest.h"
#include "support/facts_builder.h"

using namespace bp;
using namespace bp::test;

namespace {

// What the trained set measured (tests/fixtures/trained/measured.json).
ProbeResult trained() {
  ProbeResult probe;
  probe.sentences = 20;
  probe.nll = 4.742;
  probe.ln_vocab = 8.29;
  probe.top1 = 0.21;
  probe.top5 = 0.4;
  probe.heads = {{"2", 4.742, 0}, {"1", 6.344, 0}, {"4", 4.82, 0}, {"8", 5.135, 0}};
  probe.activations = {{"gelu", 4.742, 0}, {"relu", 4.786, 0}};
  probe.casings = {{"lower-strip", 4.742, 0}, {"none", 4.977, 0.1}};
  probe.offsets = {{"0", 4.742, 0}, {"2", 4.719, 0}};
  probe.transposed_nll = 7.517;
  probe.layers = {{10, 0.2, 0}, {11, 0.3, 0.5}};
  probe.nsp = {{0.9, 0.1}};
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
      {"run/mlm-probe-failed", [](ProbeResult& p) { p.nll = 7.0; p.transposed_nll = 8.0; }},
      {"run/mlm-probe-failed", [](ProbeResult& p) { p.top1 = 0.02; }},
      {"run/heads-mismatch", [](ProbeResult& p) { p.heads = {{"1", 6.344, 0}, {"2", 4.742, 0}}; }},
      {"run/activation-mismatch", [](ProbeResult& p) { p.activations = {{"relu", 6, 0}, {"gelu", 4.7, 0}}; }},
      {"run/casing-mismatch", [](ProbeResult& p) { p.casings = {{"none", 6, 0.3}, {"lower-strip", 4.7, 0}}; }},
      {"run/position-offset", [](ProbeResult& p) { p.offsets = {{"0", 6, 0}, {"2", 4.7, 0}}; }},
      {"run/transposed-kernels", [](ProbeResult& p) { p.nll = 7.5; p.transposed_nll = 4.7; }},
      {"run/collapsed", [](ProbeResult& p) { p.layers[1].cosine = 0.995; }},
      {"run/collapsed", [](ProbeResult& p) { p.finite = false; }},
      {"run/flat-attention", [](ProbeResult& p) { p.layers[1].entropy = 0.999; }},
      {"run/nsp-probe-failed", [](ProbeResult& p) { p.nsp = {{0.2, 0.6}}; }},
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
  probe.heads = {{"4", 6.344, 0}, {"2", 4.742, 0}};
  const Json report = reportOf(probe);
  CHECK_FALSE(has(report, "config/heads-unusual"));
  CHECK((*finding(report, "run/heads-mismatch"))["fix"]["paste"]["text"] == "\"num_attention_heads\": 2");
}

TEST_CASE("a better setting without a clear margin is not said") {
  ProbeResult probe = trained();
  probe.heads = {{"4", 4.82, 0}, {"2", 4.742, 0}};
  CHECK_FALSE(has(reportOf(probe), "run/heads-mismatch"));
}
