#include "doctest/doctest.h"
#include "support/facts_builder.h"

using namespace bp;
using namespace bp::test;

TEST_CASE("files/index-missing hides what cannot be judged without it") {
  FactsBuilder set;
  set.facts.index = IndexState::kMissing;
  const Json report = set.report();
  CHECK(effects(report, "files/index-missing") == "RRRRRR");
  for (const Json& one : report["findings"]) {
    const std::string code = one["code"];
    CHECK(code.substr(0, 6) != "names/");
    CHECK(code.substr(0, 7) != "shapes/");
  }
  CHECK(verdict(report, "keras-bert")["call"].is_null());
  CHECK_FALSE(has(FactsBuilder().report(), "files/index-missing"));
}

TEST_CASE("files/weights-missing: only a config and a vocabulary") {
  FactsBuilder set;
  set.facts.weights = WeightsKind::kNone;
  set.facts.index = IndexState::kMissing;
  CHECK(effects(set.report(), "files/weights-missing") == "RRRRRR");
  CHECK_FALSE(has(FactsBuilder().report(), "files/weights-missing"));
}

TEST_CASE("files/other-basename harms only the helper of keras-bert that fixes the names") {
  FactsBuilder set;
  CHECK_FALSE(has(set.report(), "files/other-basename"));
  set.facts.stem = "model.ckpt-1200";
  CHECK(effects(set.report(), "files/other-basename") == "HHHHHH");
  set.paste.uses = {"get_checkpoint_paths"};
  CHECK(effects(set.report(), "files/other-basename") == "RHHHHH");
}

TEST_CASE("files/renamed-part: another stem stops all, an index at the bare prefix only those who insist") {
  FactsBuilder set;
  set.facts.renamed = {{1, "shard 0 of 1", "other.data-00000-of-00001", false}};
  const Json report = set.report();
  CHECK(effects(report, "files/renamed-part") == "RRRRRR");
  const std::string script = (*finding(report, "files/renamed-part"))["fix"]["paste"]["text"];
  CHECK(script == "mv small_L-2_H-16_A-4/bert_model.ckpt.data-00000-of-00001 small_L-2_H-16_A-4/other.data-00000-of-00001\n");
  set.facts.renamed = {{0, "index", "bert_model.ckpt.index", true}};
  const Json bare = set.report();
  CHECK(effects(bare, "files/renamed-part") == "RRWWRW");
  CHECK(verdict(bare, "google-bert")["loaded"] == 0);
  CHECK_FALSE(has(FactsBuilder().report(), "files/renamed-part"));
}

TEST_CASE("files/data-shard-missing stops the readers of what lies in it") {
  FactsBuilder set;
  ShardSlot slot;
  slot.name = "bert_model.ckpt.data-00000-of-00001";
  slot.bytes = 100;
  set.facts.shards = {slot};
  const Json report = set.report();
  CHECK(effects(report, "files/data-shard-missing") == "RRRRRR");
  CHECK((*finding(report, "files/data-shard-missing"))["fix"]["paste"]["text"] == "small_L-2_H-16_A-4/bert_model.ckpt.data-00000-of-00001\n");
  CHECK_FALSE(has(FactsBuilder().report(), "files/data-shard-missing"));
}

TEST_CASE("files/glob-characters: certain for a bracket, likely for the others") {
  FactsBuilder set;
  set.facts.folder = "models/bert[1]";
  CHECK(effects(set.report(), "files/glob-characters") == "RRRRRR");
  CHECK((*finding(set.report(), "files/glob-characters"))["certainty"] == "certain");
  CHECK((*finding(set.report(), "files/glob-characters"))["args"]["part"] == "bert[1]");
  set.facts.folder = "what?";
  CHECK((*finding(set.report(), "files/glob-characters"))["certainty"] == "likely");
  CHECK_FALSE(has(FactsBuilder().report(), "files/glob-characters"));
}

TEST_CASE("files/lfs-pointer and files/web-page take over what is wrong with the content of their file") {
  FactsBuilder set;
  set.config_text = "version https://git-lfs.github.com/spec/v1\n";
  CHECK(has(set.report(), "config/not-json"));  // as text; the intake room says what it is
  FactsBuilder page;
  page.vocab_text.clear();
  page.addFile("vocab.txt", FileRole::kVocab, FileState::kWebPage);
  CHECK(effects(page.report(), "files/web-page") == "RRRWRR");
  CHECK_FALSE(has(page.report(), "files/vocab-missing"));

  FactsBuilder unused;  // what nobody reads
  unused.addFile("readme.html", FileRole::kUnused, FileState::kWebPage).addFile("pytorch_model.bin", FileRole::kWeights, FileState::kLfsPointer);
  CHECK_FALSE(has(unused.report(), "files/web-page"));
  CHECK(effects(unused.report(), "files/lfs-pointer") == "HHHHHH");
  CHECK_FALSE(has(FactsBuilder().report(), "files/lfs-pointer"));
}

TEST_CASE("files/config-missing offers a config from the shapes, heads marked as a guess") {
  FactsBuilder set;
  set.config = nullptr;
  const Json report = set.report();
  CHECK(effects(report, "files/config-missing") == "RRRRRR");
  const Json offered = Json::parse((*finding(report, "files/config-missing"))["fix"]["file"]["text"].get<std::string>(), nullptr, false);
  CHECK(offered["vocab_size"] == 24);
  CHECK(offered["hidden_size"] == 16);
  CHECK(offered["num_hidden_layers"] == 2);
  CHECK(offered["intermediate_size"] == 40);
  CHECK(offered["max_position_embeddings"] == 12);
  CHECK(offered["type_vocab_size"] == 2);
  CHECK((*finding(report, "files/config-missing"))["args"]["heads"] == 1);
  CHECK_FALSE(has(FactsBuilder().report(), "files/config-missing"));
}

TEST_CASE("files/vocab-missing, meta-not-needed, several-sets, not-read and still-packed harm nobody") {
  FactsBuilder set;
  set.vocab_text.clear();
  set.facts.others = {{"other/model.ckpt", "tf-bundle", 37}};
  set.facts.not_read = {"model.onnx"};
  set.addFile("chinese.zip", FileRole::kArchive);
  const Json report = set.report();
  for (const char* code : {"files/vocab-missing", "files/meta-not-needed", "files/several-sets", "files/not-read", "files/still-packed"}) {
    CHECK(effects(report, code) == "HHHHHH");
  }
  FactsBuilder whole;
  whole.addFile("bert_model.ckpt.meta", FileRole::kMeta).addFile("checkpoint", FileRole::kCheckpointText).addFile("bert_model.ckpt");
  const Json clean = whole.report();
  for (const char* code : {"files/vocab-missing", "files/meta-not-needed", "files/several-sets", "files/not-read", "files/still-packed"}) {
    CHECK_FALSE(has(clean, code));
  }
}

TEST_CASE("files/unfinished-save and files/saved-model without its variables stop all and hide the lack of parts") {
  FactsBuilder set;
  set.facts.unfinished = {"bert_model.ckpt.data-00000-of-00001.tempstate123"};
  set.facts.index = IndexState::kMissing;
  const Json report = set.report();
  CHECK(effects(report, "files/unfinished-save") == "RRRRRR");
  CHECK_FALSE(has(report, "files/index-missing"));

  FactsBuilder saved;
  saved.facts.saved_model_pb = true;
  CHECK(effects(saved.report(), "files/saved-model") == "HHHHHH");
  saved.facts.index = IndexState::kMissing;
  CHECK(effects(saved.report(), "files/saved-model") == "RRRRRR");
  CHECK_FALSE(has(saved.report(), "files/index-missing"));
  CHECK_FALSE(has(FactsBuilder().report(), "files/saved-model"));
}

TEST_CASE("files/checkpoint-names-absent-prefix matters to who is given the folder") {
  FactsBuilder set;
  set.facts.checkpoint_path = "/home/author/model.ckpt-9";
  set.addFile("checkpoint", FileRole::kCheckpointText);
  CHECK(effects(set.report(), "files/checkpoint-names-absent-prefix") == "HHHHHH");
  set.paste.paths = {"small_L-2_H-16_A-4/"};
  const Json report = set.report();
  CHECK(effects(report, "files/checkpoint-names-absent-prefix") == "RRRRRR");
  CHECK((*finding(report, "files/checkpoint-names-absent-prefix"))["fix"]["file"]["name"] == "checkpoint");
  set.facts.checkpoint_path = "/home/author/bert_model.ckpt";
  CHECK_FALSE(has(set.report(), "files/checkpoint-names-absent-prefix"));
  CHECK(effects(set.report(), "files/no-checkpoint-file") == "----R-");  // Model Garden never reads it
}

TEST_CASE("files/names-for-other-loader: bert-for-tf2 wants exactly one *_config*.json") {
  FactsBuilder set;
  CHECK_FALSE(has(set.report(), "files/names-for-other-loader"));
  set.addFile("tokenizer_config.json", FileRole::kTokenizerConfig);
  CHECK(effects(set.report(), "files/names-for-other-loader") == "-----R");
  CHECK((*finding(set.report(), "files/names-for-other-loader"))["variant"] == "several-configs");
  FactsBuilder vocab;
  vocab.vocab_text.clear();
  vocab.addFile("uncased-vocab.txt", FileRole::kVocab);
  CHECK_FALSE(has(vocab.report(), "files/names-for-other-loader"));
  vocab.paste.uses = {"get_checkpoint_paths"};
  CHECK(effects(vocab.report(), "files/names-for-other-loader") == "R-----");
}

TEST_CASE("files/index-given-as-prefix: who insists stops, the others read nothing") {
  FactsBuilder set;
  set.paste.paths = {"small_L-2_H-16_A-4/bert_model.ckpt.index"};
  const Json report = set.report();
  CHECK(effects(report, "files/index-given-as-prefix") == "RRWWRW");
  CHECK((*finding(report, "files/index-given-as-prefix"))["fix"]["paste"]["text"] == "small_L-2_H-16_A-4/bert_model.ckpt");
  CHECK(verdict(report, "hf-convert")["loaded"] == 0);
  const Json from_tf = set.reportFor("hf-convert", {{"via", "from_tf"}});
  CHECK(effects(from_tf, "files/index-given-as-prefix") == "---H--");
  CHECK(verdict(from_tf, "hf-convert")["verdict"] == "loads");
  set.paste.paths = {"small_L-2_H-16_A-4/bert_model.ckpt"};
  CHECK_FALSE(has(set.report(), "files/index-given-as-prefix"));
}

TEST_CASE("files/part-given-as-prefix: any other file of the set") {
  for (const char* path : {"a/bert_model.ckpt.data-00000-of-00001", "a/bert_model.ckpt.meta", "a/checkpoint", "m.h5", "chinese.zip", "a/vocab.txt"}) {
    FactsBuilder set;
    set.paste.paths = {path};
    CHECK(effects(set.report(), "files/part-given-as-prefix") == "RRRRRR");
  }
  for (const char* path : {"a/bert_model.ckpt", "a/data-1.ckpt", "a/bert_model.ckpt.data-1-of-2"}) {
    FactsBuilder set;
    set.paste.paths = {path};
    CHECK_FALSE(has(set.report(), "files/part-given-as-prefix"));
  }
}

TEST_CASE("files/no-checkpoint-file: the folder for the prefix") {
  FactsBuilder set;
  for (const char* path : {"small_L-2_H-16_A-4", "/data/small_L-2_H-16_A-4/", "."}) {
    set.paste.paths = {path};
    CHECK(effects(set.report(), "files/no-checkpoint-file") == "RRRRRR");
  }
  set.paste.paths.clear();
  set.paste.uses = {"latest_checkpoint"};
  CHECK(has(set.report(), "files/no-checkpoint-file"));
  set.paste.uses.clear();
  CHECK_FALSE(has(set.report(), "files/no-checkpoint-file"));
  set.paste.paths = {"small_L-2_H-16_A-4"};
  set.paste.uses = {"get_checkpoint_paths"};  // takes a folder by right
  CHECK_FALSE(has(set.report(), "files/no-checkpoint-file"));
  set.addFile("checkpoint", FileRole::kCheckpointText);
  set.facts.checkpoint_path = "bert_model.ckpt";
  set.paste.uses = {"latest_checkpoint"};
  CHECK_FALSE(has(set.report(), "files/no-checkpoint-file"));
}

TEST_CASE("env/*: the files are good, and no verdict changes") {
  FactsBuilder set;
  for (const char* slug : {"mixed-keras", "text-encoding", "remote-storage", "load-before-build", "vocab-as-third-argument", "tf-windows-build",
                           "frozen-before-load", "torch-too-old", "dropout-on"}) {
    set.paste.uses = {slug};
    const Json report = set.report();
    const Json* one = finding(report, std::string("env/") + slug);
    REQUIRE(one != nullptr);
    CHECK((*one)["severity"] == "note");
    CHECK((*one)["effect"] == "not-in-the-files");
    CHECK(verdicts(report) == "LLLLLL");
  }
  const Json report = FactsBuilder().report();
  for (const Json& one : report["findings"]) CHECK(one["code"].get<std::string>().substr(0, 4) != "env/");
}
