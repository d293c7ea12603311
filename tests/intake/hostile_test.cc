// Files nobody made by accident: the intake ends soon, in bounded memory, and reads little.
#include <chrono>

#include "doctest/doctest.h"
#include "support/drop.h"

using namespace bp;
using namespace bp::test;

namespace {

// Seconds until the set is known; the limit of each test is far above what it takes, and far below what square time would.
double secondsToOpen(Drop& drop) {
  const auto start = std::chrono::steady_clock::now();
  drop.open();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

TEST_CASE("ten thousand files of every kind") {
  Drop drop;
  const Bytes index = smallBundle().index();
  for (int i = 0; i < 2000; ++i) {
    const std::string n = std::to_string(i);
    drop.add("d/m-" + n + ".index", index);
    drop.add(shardName("d/m-" + n, 0, 1), Bytes(176, static_cast<uint8_t>(i)));
    drop.add("d" + n + "/bert_config.json", kConfigText);
    drop.add("d" + n + "/vocab.txt", kVocabText);
    drop.add("d/x" + n, Bytes(176, static_cast<uint8_t>(i)));
  }
  CHECK(secondsToOpen(drop) < 30);
  CHECK(drop.bytes_read < 64 << 20);
  CHECK(drop.table().size() == 3);
  const SetFacts& facts = drop.open();
  CHECK(facts.stem == "m-1999");
  CHECK(facts.others.size() == 1999);
  CHECK(facts.configs.size() == 32);
}

TEST_CASE("large texts that may be configs or vocabularies are not all read") {
  Drop drop;
  for (int i = 0; i < 50; ++i) {
    const std::string folder = "d" + std::to_string(i);
    drop.add(folder + "/vocab.txt", Bytes(1 << 20, 'x')).add(folder + "/words.txt", Bytes(2 << 20, 'y'));
    drop.add(folder + "/data.json", "{\"a\": \"" + std::string(1 << 20, 'z') + "\"}");
  }
  drop.open();
  CHECK(drop.bytes_read < 20 << 20);
}

TEST_CASE("names with dots, control characters and nothing are only names") {
  Drop drop;
  addBundle(drop, "../../etc/\x01\x1b[31m\n", smallBundle());
  drop.add("", "").add("/", "").add("..", "x").add("a//b///vocab.txt", kVocabText).add("\xff\xfe/bert_config.json", kConfigText);
  const SetFacts& facts = drop.open();
  CHECK(facts.stem == "\x01\x1b[31m\n");
  CHECK(facts.folder == "../../etc");
  CHECK(drop.table().size() == 3);
  CHECK(facts.vocab_file != kNoFile);
}

TEST_CASE("an index that names a shard for every tensor, of two thousand million") {
  BundleBuilder bundle;
  bundle.numShards(0x7fffffff);
  for (int i = 0; i < 20000; ++i) {
    bundle.add("w" + std::to_string(i), {1}, [i](EntryFields& f) {
      f.shard = static_cast<uint64_t>(i) * 100003 % 0x7fffffff;
      f.offset = 0;
    });
  }
  Drop drop;
  drop.add("m.index", bundle.index());
  for (int i = 0; i < 500; ++i) drop.add("x" + std::to_string(i), Bytes(4, static_cast<uint8_t>(i)));
  CHECK(secondsToOpen(drop) < 10);
  const SetFacts& facts = drop.open();
  CHECK(facts.num_shards == 0x7fffffff);
  CHECK(facts.shards.size() == 20000);
  CHECK(facts.shards[1].name == "m.data-100003-of-2147483647");
}

TEST_CASE("a negative shard number is a shard that no file provides") {
  BundleBuilder bundle = smallBundle();
  bundle.add("w", {1}, [](EntryFields& f) { f.shard = UINT64_MAX; });
  Drop drop;
  addBundle(drop, "m", bundle);
  const SetFacts& facts = drop.open();
  REQUIRE(facts.shards.size() == 2);
  CHECK(facts.shards[0].id == -1);
  CHECK(facts.shards[0].file == kNoFile);
}

TEST_CASE("a file whose reads fail is unreadable and the rest goes on; so is one whose reads are never answered") {
  for (const bool silent : {false, true}) {
    for (const std::string path : {"m.index", "m.data-00000-of-00001", "bert_config.json", "vocab.txt", "m.meta", "checkpoint", "other"}) {
      CAPTURE(path);
      Drop drop;
      addBundle(drop, "m", smallBundle());
      drop.add("bert_config.json", kConfigText).add("vocab.txt", kVocabText).add("m.meta", Proto().message(1, Proto()).done());
      drop.add("checkpoint", "model_checkpoint_path: \"m\"\n").add("other", Bytes(100));
      if (silent) drop.swallow(path);
      else drop.refuse(path);
      const SetFacts& facts = drop.open();
      CHECK(drop.file(path).state == FileState::kUnreadable);
      CHECK_FALSE(drop.file(path).head.empty());
      CHECK(drop.table().size() == (path == "m.index" ? 0 : 3));
      CHECK(facts.stem == "m");
      if (path == "m.index") {
        CHECK(facts.index == IndexState::kDamaged);
        CHECK(facts.index_what == drop.file(path).head);
      }
      if (path != "vocab.txt") CHECK(facts.vocab_text == kVocabText);
    }
  }
}

TEST_CASE("reads that fail only when a data file is looked into") {
  for (const bool silent : {false, true}) {
    Drop drop;
    BundleBuilder bundle = smallBundle();
    bundle.add("large", {5000});  // so that the small tensors lie in no page that is read at the beginning
    Bytes padded(20000);
    drop.add("m.index", bundle.index()).add("n.data-00000-of-00001", bundle.data());
    if (silent) drop.swallow("n.data-00000-of-00001");
    else drop.refuse("n.data-00000-of-00001");
    const SetFacts& facts = drop.open();
    CHECK(facts.shards[0].file == kNoFile);
  }
}

TEST_CASE("every cut of an index ends in a state, never in a table") {
  const Bytes index = smallBundle().index(), data = smallBundle().data();
  for (size_t size = 0; size < index.size(); ++size) {
    Drop drop;
    drop.add("m.index", Bytes(index.begin(), index.begin() + static_cast<std::ptrdiff_t>(size))).add(shardName("m", 0, 1), data);
    const SetFacts& facts = drop.open();
    CHECK(facts.index == (size < 48 ? IndexState::kTooShort : IndexState::kDamaged));
    CHECK_FALSE(facts.index_what.empty());
    CHECK(drop.table().size() == 0);
  }
}
