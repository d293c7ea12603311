// Sets in disorder, made for the purpose.
#include "doctest/doctest.h"
#include "support/drop.h"

using namespace bp;
using namespace bp::test;

namespace {

constexpr const char* kLfs = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 440425712\n";
constexpr const char* kPage = "<!DOCTYPE html>\n<title>404</title>";

Drop& addTexts(Drop& drop, const std::string& folder) {
  const std::string slash = folder.empty() ? "" : folder + "/";
  return drop.add(slash + "bert_config.json", kConfigText).add(slash + "vocab.txt", kVocabText);
}

bool allShards(const SetFacts& facts) {
  return !facts.shards.empty() && std::all_of(facts.shards.begin(), facts.shards.end(), [](const ShardSlot& s) { return s.file != kNoFile; });
}

}  // namespace

TEST_CASE("a usual set is known after one round of reading") {
  Drop drop;
  addBundle(drop, "bert/bert_model.ckpt", smallBundle());
  addTexts(drop, "bert").add("bert/bert_model.ckpt.meta", Proto().message(1, Proto().text(5, "1.11.0")).done()).add("bert/checkpoint", "model_checkpoint_path: \"bert_model.ckpt\"\n");
  const SetFacts& facts = drop.open();
  CHECK(drop.rounds == 1);
  CHECK(facts.prefix() == "bert/bert_model.ckpt");
  CHECK(drop.table().size() == 3);
  CHECK(allShards(facts));
  CHECK(facts.renamed.empty());
  CHECK(facts.others.empty());
  CHECK(facts.meta.readable);
  CHECK(facts.meta.tensorflow_version == "1.11.0");
  CHECK(facts.checkpoint_path == "bert_model.ckpt");
  CHECK(facts.vocab_text == kVocabText);
  const TensorInfo* bias = drop.table().find("bert/pooler/dense/bias");
  REQUIRE(bias != nullptr);
  CHECK(bias->parts[0].extent.offset == 96);
  CHECK(bias->parts[0].extent.length == 16);
}

TEST_CASE("nothing at all, and nothing of use") {
  Drop empty;
  CHECK(empty.open().weights == WeightsKind::kNone);
  Drop junk;
  junk.add("notes.txt", "hello").add("picture.png", fromHex("89504e470d0a1a0a")).add("empty", "");
  const SetFacts& facts = junk.open();
  CHECK(facts.weights == WeightsKind::kNone);
  CHECK(facts.config < 0);
  CHECK(facts.vocab_file == kNoFile);
  CHECK(junk.file("empty").state == FileState::kEmpty);
}

TEST_CASE("of several sets the one `checkpoint` names, else the latest step, is judged and the others are listed") {
  for (const bool named : {true, false}) {
    CAPTURE(named);
    Drop drop;
    addBundle(drop, "out/model.ckpt-90", smallBundle(1, 1));
    addBundle(drop, "out/model.ckpt-100", smallBundle(1, 2));
    addBundle(drop, "out/model.ckpt-80", smallBundle(1, 3));
    if (named) drop.add("out/checkpoint", "model_checkpoint_path: \"/tmp/x/model.ckpt-80\"\n");
    addTexts(drop, "out");
    const SetFacts& facts = drop.open();
    CHECK(facts.stem == (named ? "model.ckpt-80" : "model.ckpt-100"));
    REQUIRE(facts.others.size() == 2);
    CHECK(facts.others[0].tensors == 3);
    CHECK(facts.others[0].kind == "tf-bundle");
    CHECK(facts.stems.size() == 3);
    CHECK(facts.renamed.empty());
  }
}

TEST_CASE("a set with its data and config is chosen before one without, a readable one before a damaged one") {
  Drop drop;
  drop.add("a/model.ckpt-5.index", smallBundle().index());
  addBundle(drop, "b/c/bert_model.ckpt", smallBundle());
  addTexts(drop, "b/c");
  CHECK(drop.open().prefix() == "b/c/bert_model.ckpt");

  Drop damaged;
  Bytes index = smallBundle().index();
  index[5] ^= 1;
  damaged.add("x/m.index", index).add("x/m.data-00000-of-00001", smallBundle().data());
  addTexts(damaged, "x");
  damaged.add("y/n.index", smallBundle().index());
  CHECK(damaged.open().prefix() == "y/n");
}

TEST_CASE("config and vocabulary are the nearest to the weights: own folder, above, below, elsewhere") {
  Drop drop;
  addBundle(drop, "a/b/bert_model.ckpt", smallBundle());
  drop.add("z/bert_config.json", kConfigText).add("z/vocab.txt", "other\n");
  drop.add("a/b/c/bert_config.json", kConfigText).add("a/b/c/vocab.txt", "below\n");
  drop.add("a/bert_config.json", kConfigText).add("a/vocab.txt", "above\n");
  const SetFacts& facts = drop.open();
  CHECK(drop.pathOf(facts.config_files[static_cast<size_t>(facts.config)]) == "a/bert_config.json");
  CHECK(drop.pathOf(facts.vocab_file) == "a/vocab.txt");
  CHECK(facts.configs.size() == 3);
  Drop own;
  addBundle(own, "a/bert_model.ckpt", smallBundle());
  own.add("a/my_config.json", kConfigText).add("bert_config.json", kConfigText);
  const SetFacts& found = own.open();
  CHECK(own.pathOf(found.config_files[static_cast<size_t>(found.config)]) == "a/my_config.json");
}

TEST_CASE("a config is known by its keys, a vocabulary by its special tokens, whatever they are called") {
  Drop drop;
  addBundle(drop, "bert_model.ckpt", smallBundle());
  drop.add("model_settings.json", kConfigText).add("package.json", "{\"name\": \"x\"}").add("words.txt", kVocabText).add("notes.txt", "[CLS] is a token\n");
  const SetFacts& facts = drop.open();
  CHECK(facts.configs.size() == 1);
  CHECK(drop.pathOf(facts.config_files[0]) == "model_settings.json");
  CHECK(drop.pathOf(facts.vocab_file) == "words.txt");
  CHECK(drop.file("package.json").role == FileRole::kUnused);
  CHECK(drop.file("notes.txt").role == FileRole::kUnused);
}

TEST_CASE("a vocabulary that is none says why") {
  const auto kind = [](Bytes bytes) {
    Drop drop;
    drop.add("vocab.txt", std::move(bytes));
    const SetFacts& facts = drop.open();
    CHECK(facts.vocab_file == 0);
    return facts.vocab_is_text ? "text" : facts.vocab_kind;
  };
  CHECK(kind(bytesOf(kVocabText)) == "text");
  CHECK(kind(bytesOf("{\n[PAD]\n[UNK]\n[CLS]\n")) == "text");
  CHECK(kind(bytesOf("{\"[PAD]\": 0}")) == "json");
  CHECK(kind(fromHex("80024b012e")) == "pickle");
  CHECK(kind(bytesOf("[PAD]\n\xb5\xc4\n")) == "not UTF-8");
  CHECK(kind(fromHex("fffe5b00500041004400")) == "not UTF-8");
}

TEST_CASE("data files under another stem are known by their content; one rename is proposed, of the index if that is fewer") {
  Drop drop;
  const BundleBuilder bundle = smallBundle(3);
  drop.add("new.ckpt.index", bundle.index());
  for (int32_t i = 0; i < 3; ++i) drop.add(shardName("old.ckpt", i, 3), bundle.data(static_cast<size_t>(i)));
  const SetFacts& facts = drop.open();
  REQUIRE(facts.renamed.size() == 1);
  CHECK(drop.pathOf(facts.renamed[0].file) == "new.ckpt.index");
  CHECK(facts.renamed[0].should_be == "old.ckpt.index");
  CHECK_FALSE(facts.renamed[0].index_without_suffix);
  CHECK(facts.stem == "old.ckpt");
  CHECK(allShards(facts));
  CHECK(facts.shards[1].name == "old.ckpt.data-00001-of-00003");
  CHECK(facts.others.empty());
}

TEST_CASE("the graph's name settles which of two names is the right one") {
  Drop drop;
  drop.add("a.index", smallBundle().index()).add(shardName("b", 0, 1), smallBundle().data()).add("b.meta", Proto().message(1, Proto()).done());
  CHECK(drop.open().stem == "b");
}

TEST_CASE("data files with any other name: a suffix of the system, a copy, a word") {
  for (const char* name : {"bert_model.ckpt.data-00000-of-00001.txt", "bert_model.ckpt.data-00000-of-00001 (1)", "bert_model.ckpt (1).data-00000-of-00001",
                           "bert_model.ckpt.data", "weights"}) {
    CAPTURE(name);
    Drop drop;
    drop.add("d/bert_model.ckpt.index", smallBundle().index()).add(std::string("d/") + name, smallBundle().data());
    const SetFacts& facts = drop.open();
    REQUIRE(facts.renamed.size() == 1);
    CHECK(facts.renamed[0].is == "shard 0 of 1");
    CHECK(facts.renamed[0].should_be == "bert_model.ckpt.data-00000-of-00001");
    CHECK(allShards(facts));
    CHECK(drop.file(std::string("d/") + name).role == FileRole::kShard);
  }
}

TEST_CASE("a file of the right size and other content is not the data file") {
  Drop drop;
  drop.add("bert_model.ckpt.index", smallBundle(1, 1).index()).add("model.ckpt.data-00000-of-00001", smallBundle(1, 99).data());
  const SetFacts& facts = drop.open();
  CHECK(facts.renamed.empty());
  CHECK(facts.shards[0].file == kNoFile);
  REQUIRE(facts.others.size() == 1);
  CHECK(facts.others[0].prefix == "model.ckpt");
}

TEST_CASE("shards whose data files changed places by name stay where their names put them") {
  Drop drop;
  const BundleBuilder bundle = smallBundle(2);
  drop.add("m.index", bundle.index()).add(shardName("m", 0, 2), bundle.data(1)).add(shardName("m", 1, 2), bundle.data(0));
  const SetFacts& facts = drop.open();
  CHECK(drop.pathOf(facts.shards[0].file) == shardName("m", 0, 2));
  CHECK(facts.renamed.empty());
}

TEST_CASE("an index under another name: bare, with a second suffix, with a copy mark at its end") {
  const auto opened = [](const char* name, Drop& drop) -> const SetFacts& {
    drop.add(std::string("d/") + name, smallBundle().index()).add("d/bert_model.ckpt.data-00000-of-00001", smallBundle().data());
    return drop.open();
  };
  {
    Drop drop;
    const SetFacts& facts = opened("bert_model.ckpt", drop);
    REQUIRE(facts.renamed.size() == 1);
    CHECK(facts.renamed[0].index_without_suffix);
    CHECK(facts.renamed[0].should_be == "bert_model.ckpt.index");
  }
  for (const char* name : {"bert_model.ckpt.index.txt", "bert_model.ckpt.index (1)", "index", "bert_model.ckpt(1).index", "bert_model (1).ckpt.index"}) {
    CAPTURE(name);
    Drop drop;
    const SetFacts& facts = opened(name, drop);
    REQUIRE(facts.renamed.size() == 1);
    CHECK_FALSE(facts.renamed[0].index_without_suffix);
    CHECK(facts.renamed[0].is == "index");
    CHECK(facts.renamed[0].should_be == "bert_model.ckpt.index");
    CHECK(facts.stem == "bert_model.ckpt");
    CHECK(facts.shards[0].name == "bert_model.ckpt.data-00000-of-00001");
    CHECK(allShards(facts));
  }
}

TEST_CASE("a set whose every name holds the same mark is called consistently") {
  Drop drop;
  addBundle(drop, "bert_model (1).ckpt", smallBundle());
  const SetFacts& facts = drop.open();
  CHECK(facts.renamed.empty());
  CHECK(facts.stem == "bert_model (1).ckpt");
}

TEST_CASE("a second download of the same index is no other set") {
  Drop drop;
  addBundle(drop, "bert_model.ckpt", smallBundle());
  drop.add("bert_model.ckpt (1).index", smallBundle().index());
  const SetFacts& facts = drop.open();
  CHECK(facts.others.empty());
  CHECK(facts.stem == "bert_model.ckpt");
}

TEST_CASE("a wrong -of-N: the files are taken by their number, the one of the right size first") {
  Drop drop;
  const BundleBuilder bundle = smallBundle(2);
  drop.add("m.index", bundle.index()).add(shardName("m", 0, 3), bundle.data(0)).add(shardName("m", 1, 3), bundle.data(1)).add(shardName("m", 1, 9), Bytes(7));
  const SetFacts& facts = drop.open();
  CHECK(facts.shard_count_in_names == 3);
  CHECK(drop.pathOf(facts.shards[1].file) == shardName("m", 1, 3));
  CHECK(facts.renamed.empty());
}

TEST_CASE("an unfinished save is said so, and passed over where there is a finished one") {
  Drop drop;
  drop.add("m.index.tempstate12", smallBundle().index()).add("m.data-00000-of-00001.tempstate13", smallBundle().data());
  const SetFacts& facts = drop.open();
  CHECK(facts.unfinished.size() == 2);
  CHECK(facts.renamed.empty());
  CHECK(allShards(facts));

  Drop folder;
  addBundle(folder, "out/m_temp_0123456789abcdef0123456789abcdef/part-00000-of-00001", smallBundle());
  CHECK(folder.open().unfinished.size() == 2);

  Drop finished;
  addBundle(finished, "m.ckpt-1", smallBundle());
  finished.add("m.ckpt-2.index.tempstate12", smallBundle().index()).add("m.ckpt-2.data-00000-of-00001.tempstate13", smallBundle().data());
  const SetFacts& good = finished.open();
  CHECK(good.stem == "m.ckpt-1");
  CHECK(good.unfinished.empty());
  CHECK(good.others.empty());
}

TEST_CASE("a SavedModel's variables, with config above and vocabulary in its assets") {
  Drop drop;
  addBundle(drop, "export/variables/variables", smallBundle());
  drop.add("export/saved_model.pb", fromHex("0801")).add("export/bert_config.json", kConfigText).add("export/assets/vocab.txt", kVocabText);
  const SetFacts& facts = drop.open();
  CHECK(facts.saved_model_pb);
  CHECK(facts.prefix() == "export/variables/variables");
  CHECK(drop.pathOf(facts.vocab_file) == "export/assets/vocab.txt");

  Drop beside;  // a checkpoint beside somebody's export
  addBundle(beside, "bert/bert_model.ckpt", smallBundle());
  beside.add("bert/export/saved_model.pb", fromHex("0801"));
  CHECK_FALSE(beside.open().saved_model_pb);

  Drop alone;
  alone.add("export/saved_model.pb", fromHex("0801"));
  CHECK(alone.open().saved_model_pb);
}

TEST_CASE("stand-ins in the place of each part") {
  for (const char* text : {kLfs, kPage}) {
    Drop index;
    index.add("m.index", text).add(shardName("m", 0, 1), smallBundle().data());
    const SetFacts& facts = index.open();
    CHECK(facts.index == IndexState::kDamaged);
    CHECK(facts.index_file == 0);
    CHECK(facts.files[0].state != FileState::kAsNamed);
    CHECK(facts.stem == "m");

    Drop data;
    data.add("m.index", smallBundle().index()).add(shardName("m", 0, 1), text);
    CHECK(data.open().shards[0].file == 1);
    CHECK(data.table().size() == 3);

    Drop texts;
    addBundle(texts, "m", smallBundle());
    texts.add("bert_config.json", text).add("vocab.txt", text).add("index.html", kPage).add("README.md", "about version https://git-lfs.github.com/spec/v1");
    const SetFacts& f = texts.open();
    CHECK(texts.pathOf(f.vocab_file) == "vocab.txt");
    CHECK(f.vocab_text.empty());
    REQUIRE(f.config == 0);
    CHECK_FALSE(f.configs[0].good());
    CHECK(texts.file("index.html").role == FileRole::kUnused);
    CHECK(texts.file("README.md").state == FileState::kAsNamed);
  }
}

TEST_CASE("a Git LFS pointer tells the true size, a web page its first sixty characters") {
  Drop drop;
  drop.add("a.bin", kLfs).add("b.h5", "<html>" + std::string(30, 'x') + std::string("\xe4\xb8\xad") + std::string(90, 'y'));
  drop.open();
  CHECK(drop.file("a.bin").lfs_size == 440425712);
  CHECK(drop.file("a.bin").lfs_oid == "sha256:4d7a");
  CHECK(drop.file("b.h5").head == "<html>" + std::string(30, 'x') + "\xe4\xb8\xad" + std::string(23, 'y'));
}

TEST_CASE("without an index the data files say which is missing, without those the graph") {
  Drop drop;
  drop.add("d/m.data-00000-of-00002", Bytes(50)).add("d/m.data-00001-of-00002", Bytes(50)).add("d/n.data-00000-of-00001", Bytes(20));
  const SetFacts& facts = drop.open();
  CHECK(facts.weights == WeightsKind::kTfBundle);
  CHECK(facts.index == IndexState::kMissing);
  CHECK(facts.index_file == kNoFile);
  CHECK(facts.prefix() == "d/m");
  REQUIRE(facts.others.size() == 1);
  CHECK(facts.others[0].prefix == "d/n");
  Drop meta;
  meta.add("x/bert_model.ckpt.meta", Proto().message(1, Proto()).done());
  CHECK(meta.open().prefix() == "x/bert_model.ckpt");
}

TEST_CASE("a V1 file named .index keeps its own path as what to pass") {
  const Bytes v1 = fixture("tf/v1-saver/chinese_L-2_H-32_A-4/bert_model.ckpt");
  Drop drop;
  drop.add("bert_model.ckpt.index", v1);
  const SetFacts& facts = drop.open();
  CHECK(facts.weights == WeightsKind::kTfV1);
  CHECK(facts.v1_named_index);
  CHECK(facts.prefix() == "bert_model.ckpt.index");
}

TEST_CASE("a bundle and weights of another kind side by side are two sets") {
  Drop drop;
  addBundle(drop, "bert_model.ckpt", smallBundle());
  drop.add("model.safetensors", fromHex("0200000000000000 7b7d")).add("model.gguf", "GGUF\3").add("photos.zip", fromHex("504b0304"));
  const SetFacts& facts = drop.open();
  CHECK(facts.weights == WeightsKind::kTfBundle);
  CHECK(facts.not_read == std::vector<std::string>{"model.gguf"});
  REQUIRE(facts.others.size() == 1);
  CHECK(facts.others[0].kind == "safetensors");
  CHECK(facts.archives.empty());
}

TEST_CASE("litter is left alone") {
  Drop drop;
  addBundle(drop, "set/bert_model.ckpt", smallBundle());
  addTexts(drop, "set");
  drop.add("set/._bert_model.ckpt.index", fromHex("00051607")).add("__MACOSX/set/._vocab.txt", fromHex("00051607"));
  addBundle(drop, "set/.git/lfs/m", smallBundle(1, 7));
  const SetFacts& facts = drop.open();
  CHECK(facts.prefix() == "set/bert_model.ckpt");
  CHECK(facts.others.empty());
  CHECK(facts.stems == std::vector<std::string>{"bert_model.ckpt"});
}

TEST_CASE("slices, strings and variants go into the table; what contradicts itself does not get read") {
  BundleBuilder bundle(2);
  bundle.addSliced("w", {4, 2}, {{{0, 0}, {1, -1}, 0}, {{1, 0}, {3, -1}, 1}});
  bundle.addSliced("hole", {4, 2}, {{{0, 0}, {1, -1}, 0}});
  bundle.addSliced("thin", {2, 2}, {{{0, 0}, {1, 2}, 0, [](EntryFields& f) { f.size = 7; }}, {{1, 0}, {1, 2}, 0}});
  bundle.addBytes("string", {}, bytesOf("\x01\x00\x00\x00\x00z"), 7);
  bundle.addBytes("strings", {9}, bytesOf("\x01\x00\x00\x00\x00z"), 7);  // fewer bytes than elements
  bundle.addBytes("variant", {2}, bytesOf("??"), 21);
  bundle.addBytes("resource", {1}, bytesOf("?"), 20);
  bundle.add("unknown-type", {1}, [](EntryFields& f) { f.dtype = 77; });
  bundle.add("negative", {1}, [](EntryFields& f) { f.offset = static_cast<uint64_t>(int64_t{-4}); });
  bundle.add("endless", {1}, [](EntryFields& f) { f.shape = {INT64_MAX, 2}; });
  bundle.add("vast", {1}, [](EntryFields& f) { f.offset = f.size = INT64_MAX; });
  bundle.add("empty", {0, 5});
  Drop drop;
  addBundle(drop, "m", bundle, 2);
  const SetFacts& facts = drop.open();
  const auto usable = [&](const char* name) {
    const TensorInfo* tensor = drop.table().find(name);
    REQUIRE(tensor != nullptr);
    return tensor->usable;
  };
  for (const char* name : {"w", "string", "variant", "empty"}) CHECK_MESSAGE(usable(name), name);
  for (const char* name : {"hole", "thin", "strings", "resource", "unknown-type", "negative", "endless", "vast"}) CHECK_MESSAGE(!usable(name), name);
  CHECK(facts.entry_faults.size() == 7);
  CHECK(facts.partitioned.size() == 3);
  const TensorInfo* w = drop.table().find("w");
  REQUIRE(w->parts.size() == 2);
  CHECK(w->parts[1].start == Shape{1, 0});
  CHECK(w->parts[1].length == Shape{3, 2});
  CHECK(drop.pathOf(w->parts[1].extent.file) == shardName("m", 1, 2));
  CHECK(w->bytes() == 32);
  CHECK(drop.table().find("string")->parts[0].crc32c.has_value());
  CHECK(!drop.table().find("variant")->parts[0].crc32c.has_value());  // of another rule, which would look like damage
}

TEST_CASE("a header that shuts TensorFlow out still gives the table") {
  BundleBuilder bundle = smallBundle();
  bundle.header(Proto().varint(1, 1).message(3, Proto().varint(1, 2).varint(2, 2)).done());
  Drop drop;
  addBundle(drop, "m", bundle);
  const SetFacts& facts = drop.open();
  CHECK(facts.index == IndexState::kNewer);
  CHECK_FALSE(facts.index_what.empty());
  CHECK(drop.table().size() == 3);
}

TEST_CASE("`checkpoint` counts for the sets of its own folder only, and may be too long to read whole") {
  std::string long_list = "model_checkpoint_path: \"m-3\"\n";
  for (int i = 0; i < 1000; ++i) long_list += "all_model_checkpoint_paths: \"m-" + std::to_string(i) + "\"\n";
  Drop drop;
  addBundle(drop, "a/m-3", smallBundle());
  addBundle(drop, "a/m-4", smallBundle());
  drop.add("a/checkpoint", long_list).add("checkpoint", "model_checkpoint_path: \"m-4\"\n");
  const SetFacts& facts = drop.open();
  CHECK(facts.stem == "m-3");
  CHECK(facts.checkpoint_path == "m-3");
  CHECK(drop.pathOf(facts.checkpoint_file) == "a/checkpoint");
}

TEST_CASE("a file called checkpoint that is something else is what it is") {
  Drop drop;
  drop.add("checkpoint", fromHex("894844460d0a1a0a"));
  CHECK(drop.open().not_read == std::vector<std::string>{"checkpoint"});
}
