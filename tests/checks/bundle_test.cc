#include "doctest/doctest.h"
#include "support/facts_builder.h"

using namespace bp;
using namespace bp::test;

TEST_CASE("an index that cannot be read stops all: too short, damaged, newer") {
  struct State {
    IndexState state;
    const char* code;
  };
  for (const State& one : {State{IndexState::kTooShort, "bundle/index-too-short"}, State{IndexState::kDamaged, "bundle/index-damaged"},
                           State{IndexState::kNewer, "bundle/newer-version"}}) {
    FactsBuilder set;
    set.facts.index = one.state;
    const Json report = set.report();
    CHECK(effects(report, one.code) == "RRRRRR");
    CHECK_FALSE(has(report, "names/missing-encoder"));
    CHECK_FALSE(has(FactsBuilder().report(), one.code));
  }
}

TEST_CASE("bundle/checksum-mismatch stops the readers of the tensor and nobody else") {
  FactsBuilder set;
  set.flipped = "cls/seq_relationship/output_weights";
  const Json report = set.report();
  CHECK(effects(report, "bundle/checksum-mismatch") == "---RR-");  // the two that read every tensor
  CHECK(verdicts(report) == "LLLRRL");
  CHECK(effects(set.reportFor("keras-bert", {{"training", true}}), "bundle/checksum-mismatch") == "R-----");
  set.flipped = "bert/encoder/layer_1/output/dense/bias";
  CHECK(effects(set.report(), "bundle/checksum-mismatch") == "RRRRRR");
  set.flipped.clear();
  CHECK_FALSE(has(set.report(), "bundle/checksum-mismatch"));
}

TEST_CASE("bundle/checksum-mismatch: Adam's moments are read by hf-convert only") {
  FactsBuilder set;
  set.add("bert/pooler/dense/kernel/adam_m", {16, 16});
  set.flipped = "bert/pooler/dense/kernel/adam_m";
  CHECK(effects(set.report(), "bundle/checksum-mismatch") == "---R--");
}

TEST_CASE("bundle/mixed-pair: no tensor fits") {
  FactsBuilder set;
  set.flipped = "*";
  const Json report = set.report();
  CHECK(effects(report, "bundle/mixed-pair") == "RRRRRR");
  CHECK_FALSE(has(report, "bundle/checksum-mismatch"));
  CHECK_FALSE(has(FactsBuilder().report(), "bundle/mixed-pair"));
}

TEST_CASE("bundle/truncated-data stops the readers of what is cut, already before the data is read") {
  FactsBuilder set;
  set.data_size_change = 4;  // of the last tensor, the next-sentence bias
  for (const bool read : {false, true}) {
    set.read_data = read;
    const Json report = set.report();
    CHECK(effects(report, "bundle/truncated-data") == "---RR-");
    CHECK((*finding(report, "bundle/truncated-data"))["args"]["missing"] == 4);
    CHECK(verdict(report, "keras-bert")["final"] == read);
    CHECK(verdict(report, "hf-convert")["final"] == true);
  }
  CHECK_FALSE(has(FactsBuilder().report(), "bundle/truncated-data"));
}

TEST_CASE("bundle/entry-size stops the readers of the entry") {
  FactsBuilder set;
  set.facts.entry_faults = {{"bert/pooler/dense/bias", 68, 64, 0, 100}};
  const Json report = set.report();
  CHECK(effects(report, "bundle/entry-size") == "--RRR-");
  CHECK((*finding(report, "bundle/entry-size"))["evidence"]["seen_as"] ==
        "Invalid size in bundle entry: key bert/pooler/dense/bias; stored size 68; expected size 64");
  CHECK_FALSE(has(FactsBuilder().report(), "bundle/entry-size"));
}

TEST_CASE("bundle/shard-count: the names count other shards than the header") {
  FactsBuilder set;
  set.facts.shard_count_in_names = 2;
  CHECK(effects(set.report(), "bundle/shard-count") == "RRRRRR");
  CHECK_FALSE(has(FactsBuilder().report(), "bundle/shard-count"));
}

TEST_CASE("bundle/partitioned: slices harm nobody, a hole in them all") {
  FactsBuilder set;
  set.facts.partitioned = {{"bert/embeddings/word_embeddings", 2, {}}};
  CHECK(effects(set.report(), "bundle/partitioned") == "HHHHHH");
  set.facts.partitioned[0].faults = {"rows 4 to 8 are in no slice"};
  CHECK(effects(set.report(), "bundle/partitioned") == "RRRRRR");
  CHECK_FALSE(has(FactsBuilder().report(), "bundle/partitioned"));
}

TEST_CASE("bundle/v1-checkpoint: the old form loads by its own name, not as an index") {
  FactsBuilder set;
  set.facts.weights = WeightsKind::kTfV1;
  set.facts.index_file = 0;
  CHECK(effects(set.report(), "bundle/v1-checkpoint") == "HHHHHH");
  set.facts.v1_named_index = true;
  CHECK(effects(set.report(), "bundle/v1-checkpoint") == "RRRRRR");
  CHECK_FALSE(has(FactsBuilder().report(), "bundle/v1-checkpoint"));
}

TEST_CASE("bundle/unusual: big-endian numbers and bytes nobody claims are noted") {
  FactsBuilder set;
  set.facts.big_endian = true;
  CHECK((*finding(set.report(), "bundle/unusual"))["variant"] == "big-endian");
  CHECK(effects(set.report(), "bundle/unusual") == "HHHHHH");
  CHECK_FALSE(has(FactsBuilder().report(), "bundle/unusual"));
}
