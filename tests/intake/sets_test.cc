// The measured sets under tests/fixtures/tf: what each file is taken for and how much of the weights is found. The numbers of
// tensors were counted by tests/support/bundle_reader.mjs.
#include <set>

#include "doctest/doctest.h"
#include "report/json.h"
#include "support/drop.h"

using namespace bp;
using namespace bp::test;

namespace {

const std::map<int, std::vector<std::string>> kTensors = {
    {30, {"checkpoint-other-prefix", "config-bom", "config-duplicate-keys", "config-gelu-new", "config-missing", "config-no-act", "config-no-heads",
          "config-text-number", "config-trailing-comma", "glob-folder", "good-head64", "heads-do-not-divide", "html-config", "saved-model",
          "unfinished-save", "vocab-blank-end", "vocab-bom", "vocab-crlf", "vocab-gbk", "vocab-missing", "vocab-no-mask", "vocab-third-argument",
          "vocab-u2028-twice"}},
    {32, {"albert"}},
    {41, {"task-head"}},
    {44, {"no-pooler"}},
    {45, {"encoder-one-missing", "no-positions"}},
    {46, {"bfloat16", "byte-flipped", "data-truncated", "entry-size", "extra-scope", "four-segment-rows", "good-chinese", "heads-unusual", "hidden-size",
          "index-as-prefix", "layer-normalization", "lfs-data", "more-layers", "nan", "no-type-vocab-size", "positions-more", "renamed-data",
          "untrained-heads", "vocab-fewer-lines", "vocab-gbk-words", "vocab-no-unk", "vocab-size-too-large", "vocab-u2028"}},
    {47, {"object-graph"}},
    {57, {"no-mlm-head"}},
    {60, {"positions-and-no-nsp"}},
    {62, {"constant-kernel", "copied-layers", "data-as-prefix", "data-empty", "ernie", "good-cased", "half", "html-data", "layout-transposed", "mixed-pair",
          "near-miss", "one-segment-row", "positions-fewer", "rows-padded-config-too", "shard-count", "shard-missing", "sharded-3", "vocab-blank-line",
          "vocab-duplicate", "vocab-more-lines", "vocab-pad-not-zero", "vocab-size-too-small"}},
    {69, {"no-heads-no-pooler"}},
    {73, {"electra"}},
    {76, {"no-nsp-head"}},
    {78, {"byte-flipped-nsp", "embedding-size", "fewer-layers", "folder-as-prefix", "good-uncased", "intermediate-size", "missing-scope",
          "over-half-range", "renamed-index", "sharded-with-slices", "snappy-index", "untrained-layers"}},
    {79, {"converter-cannot-map"}},
    {91, {"adam-slots"}},
};

struct Case {
  std::string folder;  // of the set itself
  Drop drop;
};

void openCase(Case& opened, const std::string& name) {
  const std::filesystem::path folder = std::filesystem::path(BP_FIXTURES) / "tf" / name;
  const Bytes text = fileBytes(folder / "case.json");
  const Json truth = Json::parse(text.begin(), text.end(), nullptr, false);
  opened.folder = truth["set"].get<std::string>();
  opened.drop.addFolder(folder / opened.folder).open();
}

}  // namespace

TEST_CASE("every set with a readable index: its tensors, the roles of its files, and one or two rounds of reading") {
  for (const auto& [tensors, names] : kTensors) {
    for (const std::string& name : names) {
      CAPTURE(name);
      Case set;
      openCase(set, name);
      const SetFacts& facts = set.drop.open();
      CHECK(facts.index == IndexState::kGood);
      CHECK(facts.weights == WeightsKind::kTfBundle);
      CHECK(set.drop.table().size() == static_cast<size_t>(tensors));
      CHECK(set.drop.rounds <= 2);
      for (const SetFile& file : facts.files) {
        CAPTURE(file.path);
        const auto is = [&](std::string_view part) { return file.name.find(part) != std::string::npos; };
        const FileRole expected = is(".data-")               ? FileRole::kShard
                                  : is(".index")             ? FileRole::kIndex
                                  : is(".meta")              ? FileRole::kMeta
                                  : is("config.json")        ? FileRole::kConfig
                                  : is("vocab.txt")          ? FileRole::kVocab
                                  : is("saved_model.pb")     ? FileRole::kSavedModel
                                  : file.name == "checkpoint" ? FileRole::kCheckpointText
                                                             : FileRole::kUnused;
        CHECK(file.role == expected);
      }
      const std::set<std::string> no_config = {"config-missing"}, no_vocab = {"vocab-missing"};
      CHECK((facts.config >= 0) == (no_config.count(name) == 0));
      CHECK((facts.vocab_file != kNoFile) == (no_vocab.count(name) == 0));
      // Every byte of the data file belongs to a tensor, none to two.
      uint64_t bytes = 0;
      for (const TensorInfo& tensor : set.drop.table().all()) {
        for (const TensorPart& part : tensor.parts) bytes += part.extent.length;
      }
      uint64_t expected_bytes = 0;
      for (const ShardSlot& slot : facts.shards) expected_bytes += slot.bytes;
      if (name != "entry-size") CHECK(bytes == expected_bytes);
    }
  }
}

TEST_CASE("damaged indexes end in the state that says how") {
  const auto state = [](const std::string& name) {
    Case set;
    openCase(set, name);
    CHECK(set.drop.table().size() == 0);
    return set.drop.open().index;
  };
  CHECK(state("index-too-short") == IndexState::kTooShort);
  CHECK(state("index-truncated") == IndexState::kDamaged);
  CHECK(state("index-byte-flipped") == IndexState::kDamaged);
  CHECK(state("index-missing") == IndexState::kMissing);
}

TEST_CASE("a flipped byte in an index is told by its checksum and place") {
  Case set;
  openCase(set, "index-byte-flipped");
  const SetFacts& facts = set.drop.open();
  CHECK(facts.index_what == "block checksum mismatch");
  CHECK(facts.index_step == "data block, block checksum");
  CHECK(facts.index_has_crc);
  CHECK(facts.index_crc_stored != facts.index_crc_calculated);
}

TEST_CASE("stand-ins, V1 and other weights") {
  const auto facts = [](const std::string& name, Case& set) -> const SetFacts& {
    openCase(set, name);
    return set.drop.open();
  };
  {
    Case set;
    const SetFacts& f = facts("lfs-data", set);
    CHECK(f.files[f.shards[0].file].state == FileState::kLfsPointer);
    CHECK(f.files[f.shards[0].file].lfs_size > 1000);
  }
  {
    Case set;
    const SetFacts& f = facts("html-config", set);
    CHECK(f.files[f.config_files[0]].state == FileState::kWebPage);
    CHECK_FALSE(f.judgedConfig()->good());
  }
  {
    Case set;
    const SetFacts& f = facts("v1-saver", set);
    CHECK(f.weights == WeightsKind::kTfV1);
    CHECK_FALSE(f.v1_named_index);
    CHECK(f.stem == "bert_model.ckpt");
  }
  {
    Case set;
    const SetFacts& f = facts("h5-keras-bert", set);
    CHECK(f.weights == WeightsKind::kOther);
    CHECK(f.not_read == std::vector<std::string>{set.folder + "/model.h5"});
    CHECK(f.config == 0);
    CHECK(f.vocab_file != kNoFile);
  }
}

TEST_CASE("renamed, miscounted and unfinished sets") {
  {
    Case set;
    openCase(set, "renamed-data");
    const SetFacts& f = set.drop.open();
    REQUIRE(f.renamed.size() == 1);
    CHECK(f.renamed[0].should_be == "bert_model.ckpt.data-00000-of-00001");
    CHECK(f.shards[0].file == f.renamed[0].file);
  }
  {
    Case set;
    openCase(set, "renamed-index");
    const SetFacts& f = set.drop.open();
    REQUIRE(f.renamed.size() == 1);
    CHECK(f.renamed[0].should_be == "model.ckpt-1200.index");
    CHECK(f.stem == "model.ckpt-1200");
  }
  {
    Case set;
    openCase(set, "shard-count");
    const SetFacts& f = set.drop.open();
    CHECK(f.shard_count_in_names == 2);
    CHECK(f.num_shards == 1);
    CHECK(f.shards[0].file != kNoFile);
    CHECK(f.renamed.empty());
  }
  {
    Case set;
    openCase(set, "unfinished-save");
    CHECK(set.drop.open().unfinished.size() == 1);
    CHECK(set.drop.open().renamed.empty());
  }
  {
    Case set;
    openCase(set, "shard-missing");
    const SetFacts& f = set.drop.open();
    REQUIRE(f.shards.size() == 3);
    CHECK(f.shards[1].file == kNoFile);
    CHECK(f.shards[1].name == "bert_model.ckpt.data-00001-of-00003");
    CHECK(f.shards[1].tensors > 0);
  }
  {
    Case set;
    openCase(set, "entry-size");
    const SetFacts& f = set.drop.open();
    REQUIRE(f.entry_faults.size() == 1);
    CHECK(f.entry_faults[0].tensor == "bert/encoder/layer_1/intermediate/dense/bias");
    CHECK(f.entry_faults[0].stored == f.entry_faults[0].expected + 4);
    CHECK_FALSE(set.drop.table().find(f.entry_faults[0].tensor)->usable);
  }
  {
    Case set;
    openCase(set, "object-graph");
    CHECK(set.drop.open().object_graph.size() >= 40);
  }
}

TEST_CASE("Hugging Face sets: the weights are found and opened, the config beside them is the one judged") {
  struct Set {
    const char* name;
    WeightsKind kind;
    const char* stem;
    WeightsState state;
    size_t tensors;
  };
  const Set sets[] = {{"pretraining-safetensors", WeightsKind::kSafetensors, "model.safetensors", WeightsState::kGood, 46},
                      {"sharded-safetensors", WeightsKind::kSafetensors, "model.safetensors.index.json", WeightsState::kGood, 46},
                      {"classifier-bin", WeightsKind::kTorch, "pytorch_model.bin", WeightsState::kGood, 41},
                      {"legacy-torch", WeightsKind::kTorch, "pytorch_model.bin", WeightsState::kGood, 48},
                      {"torch-tar", WeightsKind::kTorch, "pytorch_model.bin", WeightsState::kNotRead, 0},
                      {"torchscript-bin", WeightsKind::kTorch, "pytorch_model.bin", WeightsState::kTorchScript, 0},
                      {"pickle-os-system", WeightsKind::kTorch, "pytorch_model.bin", WeightsState::kRefusedPickle, 0},
                      {"tf-data-renamed-bin", WeightsKind::kTorch, "pytorch_model.bin", WeightsState::kOtherContent, 0},
                      {"lfs-pointer-bin", WeightsKind::kTorch, "pytorch_model.bin", WeightsState::kStandIn, 0},
                      {"truncated-safetensors", WeightsKind::kSafetensors, "model.safetensors", WeightsState::kTruncated, 46},
                      {"sentence-folder", WeightsKind::kSafetensors, "model.safetensors", WeightsState::kGood, 39}};
  for (const Set& set : sets) {
    CAPTURE(set.name);
    Drop drop;
    drop.addFolder(std::filesystem::path(BP_FIXTURES) / "hf" / set.name / "model");
    const SetFacts& facts = drop.open();
    CHECK(facts.weights == set.kind);
    CHECK(facts.prefix() == std::string("model/") + set.stem);
    REQUIRE(!facts.weights_files.empty());
    CHECK(facts.weights_files[0].state == set.state);
    CHECK(drop.table().size() == set.tensors);
    CHECK(facts.others.empty());
    CHECK(facts.config == 0);
    CHECK(drop.pathOf(facts.config_files[0]) == "model/config.json");
    CHECK(facts.tokenizer_config.has_value());
  }
}

TEST_CASE("a map names the files that are read; one that is not there is noted, and so is a row that is wrong") {
  Drop drop;
  drop.addFolder(std::filesystem::path(BP_FIXTURES) / "hf/shard-file-missing/model");
  const SetFacts& facts = drop.open();
  REQUIRE(facts.weights_files.size() == 3);
  CHECK(facts.weights_files[1].state == WeightsState::kAbsent);
  CHECK(facts.weights_files[1].name == "model-00002-of-00003.safetensors");
  CHECK(drop.pathOf(facts.shard_map) == "model/model.safetensors.index.json");
  CHECK(facts.map_faults.size() == 23);
}
