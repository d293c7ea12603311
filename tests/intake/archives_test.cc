#include <algorithm>

#include "support/drop.h"
#include "support/tar_builder.h"
#include "support/zip_builder.h"

using namespace bp;
using namespace bp::test;

namespace {

std::vector<std::pair<std::string, Bytes>> smallSet() {
  const BundleBuilder bundle = smallBundle();
  return {{"bert/bert_config.json", bytesOf(kConfigText)},
          {"bert/vocab.txt", bytesOf(kVocabText)},
          {"bert/bert_model.ckpt.index", bundle.index()},
          {"bert/bert_model.ckpt.data-00000-of-00001", bundle.data(0)}};
}

Bytes zipOfSet() {
  std::vector<ZipMember> members;
  for (const auto& [name, bytes] : smallSet()) members.push_back(ZipMember::plain(name, textOf(bytes)));
  members.push_back(ZipMember::plain("__MACOSX/bert/._vocab.txt", "litter"));
  members.push_back(ZipMember::plain("bert/.DS_Store", "litter"));
  return zipOf(members);
}

Bytes tarOfSet() {
  std::vector<TarMember> members;
  for (const auto& [name, bytes] : smallSet()) members.push_back({name, bytes});
  return tarOf(members);
}

std::vector<std::string> faultsOf(const SetFacts& facts) {
  std::vector<std::string> faults;
  for (const FileFault& fault : facts.faults) faults.push_back(fault.why);
  return faults;
}

}  // namespace

TEST_CASE("a set inside an archive of stored members is read through the archive's own bytes") {
  for (const bool zip : {true, false}) {
    Drop drop;
    drop.add(zip ? "dir/a.zip" : "dir/a.tar", zip ? zipOfSet() : tarOfSet());
    const SetFacts& facts = drop.open();
    const std::string inside = zip ? "dir/a.zip/bert" : "dir/a.tar/bert";
    CHECK(facts.files.size() == 5);  // without the litter
    CHECK(facts.weights == WeightsKind::kTfBundle);
    CHECK(facts.folder == inside);
    CHECK(facts.prefix() == "dir/bert/bert_model.ckpt");
    CHECK(facts.archives == std::vector<uint32_t>{0});
    CHECK(facts.vocab_text == kVocabText);
    CHECK(facts.judgedConfig() != nullptr);
    CHECK(drop.table().size() == 3);
    CHECK(facts.faults.empty());
    CHECK(facts.files[drop.table()[0].parts[0].extent.file].path == inside + "/bert_model.ckpt.data-00000-of-00001");
  }
}

TEST_CASE("compressed members are files of the intake; the tar in a gzip is inflated once, forward") {
  std::vector<ZipMember> members;
  Drop zip;
  for (const auto& [name, bytes] : smallSet()) {
    members.push_back(ZipMember::deflated(name, bytesOf("deflated bytes"), bytes.size()));
    zip.inflate("a.zip/" + name, bytes);
  }
  zip.add("a.zip", zipOf(members));
  CHECK(zip.open().weights == WeightsKind::kTfBundle);
  CHECK(zip.table().size() == 3);
  CHECK(zip.open().prefix() == "bert/bert_model.ckpt");

  std::vector<TarMember> large = {{"bert/notes", Bytes(100'000, 'x')}};
  for (const auto& [name, bytes] : smallSet()) large.push_back({name, bytes});
  const Bytes tar = tarOf(large);
  Bytes gzip = fromHex("1f 8b 08 00 00 00 00 00 00 03 00 00 00 00");
  putLe(gzip, 0, 4);
  putLe(gzip, tar.size(), 4);
  Drop both;
  both.add("dir/a.tgz", gzip).inflate("dir/a.tgz/a.tar", tar);
  const SetFacts& facts = both.open();
  CHECK(facts.prefix() == "dir/bert/bert_model.ckpt");
  CHECK(facts.archives == std::vector<uint32_t>{0});
  CHECK(facts.vocab_text == kVocabText);
  CHECK(both.table().size() == 3);
  CHECK(both.backward == 0);

  Drop cut;  // reads of what it inflates to fail
  cut.add("a.tgz", gzip);
  CHECK(faultsOf(cut.open()) == std::vector<std::string>{"permission denied"});
  CHECK(cut.file("a.tgz/a.tar").state == FileState::kUnreadable);
}

TEST_CASE("an archive beside an unpacked set is no part of it") {
  Drop drop;
  addBundle(drop, "bert/bert_model.ckpt", smallBundle());
  drop.add("bert/vocab.txt", kVocabText).add("bert/bert_config.json", kConfigText).add("bert.zip", zipOfSet());
  const SetFacts& facts = drop.open();
  CHECK(facts.folder == "bert");
  CHECK(facts.archives.empty());
  REQUIRE(facts.others.size() == 1);
  CHECK(facts.others[0].prefix == "bert.zip/bert/bert_model.ckpt");
}

TEST_CASE("archives that are models, and archives inside archives, are not opened") {
  Drop drop;
  drop.add("model.zip", zipOf({ZipMember::plain("metadata.json", "{}"), ZipMember::plain("config.json", "{}"), ZipMember::plain("model.weights.h5", "x")}));
  drop.add("outer.zip", zipOf({ZipMember::plain("inner.zip", textOf(zipOfSet()))}));
  const SetFacts& facts = drop.open();
  CHECK(facts.files.size() == 3);
  CHECK(facts.not_read == std::vector<std::string>{"model.zip", "outer.zip/inner.zip"});
  CHECK(facts.weights != WeightsKind::kTfBundle);
}

TEST_CASE("what is wrong with an archive is noted once, and what can be read of it is read") {
  std::vector<ZipMember> members;
  for (const auto& [name, bytes] : smallSet()) members.push_back(ZipMember::plain(name, textOf(bytes)));
  members[1].flags = 0x801;
  Drop encrypted;
  encrypted.add("a.zip", zipOf(members));
  CHECK(faultsOf(encrypted.open()) == std::vector<std::string>{"encrypted"});
  CHECK(encrypted.table().size() == 3);

  members[1] = ZipMember::deflated("bert/vocab.txt", Bytes(5'000'000, 'x'), (uint64_t{4} << 30) + 1);
  members[1].zip64 = true;
  Drop bomb;
  bomb.add("a.zip", zipOf(members));
  CHECK(faultsOf(bomb.open()) == std::vector<std::string>{"too-large"});

  const Bytes whole = zipOfSet();
  Drop cut;
  cut.add("a.zip", Bytes(whole.begin(), whole.end() - 5));
  CHECK(faultsOf(cut.open()) == std::vector<std::string>{"end-record"});
  Drop gzip;
  gzip.add("a.tar.gz", fromHex("1f8b0800000000000003"));
  CHECK(faultsOf(gzip.open()) == std::vector<std::string>{"trailer"});
}

TEST_CASE("an archive whose bytes cannot be read ends the search in it") {
  for (const bool refused : {true, false}) {
    Drop drop;
    drop.add("a.zip", zipOfSet());
    if (refused) drop.refuse("a.zip");
    else drop.swallow("a.zip");
    const SetFacts& facts = drop.open();
    CHECK(facts.files[0].state == FileState::kUnreadable);
    CHECK(facts.faults.size() == 1);
  }
}
