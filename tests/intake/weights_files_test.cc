#include "intake/weights_files.h"

#include "doctest/doctest.h"
#include "support/drop.h"

using namespace bp;
using namespace bp::test;

namespace {

// A header that holds nothing, and no data.
const Bytes kEmptySafetensors = fromHex("0200000000000000 7b7d");
// The beginning of a PyTorch archive.
const Bytes kTorch = [] {
  Bytes bytes = fromHex("504b0304 0a00 0000 0000 0000 0000 00000000 00000000 00000000 1000 0000");
  append(bytes, bytesOf("archive/data.pkl"));
  return bytes;
}();

}  // namespace

TEST_CASE("of several weights those transformers reads: by its order of names, beside a config, near the root") {
  Drop drop;
  drop.add("m/pytorch_model.bin", kTorch).add("m/model.safetensors", kEmptySafetensors).add("m/config.json", kConfigText);
  drop.add("m/checkpoint-500/model.safetensors", kEmptySafetensors).add("other/model.safetensors", kEmptySafetensors);
  const SetFacts& facts = drop.open();
  CHECK(facts.prefix() == "m/model.safetensors");
  REQUIRE(facts.others.size() == 3);
  for (const OtherSet& other : facts.others) CHECK(other.prefix != "m/model.safetensors");
}

TEST_CASE("a set is found under any name by its content; what a trainer leaves is none") {
  Drop drop;
  drop.add("m/bert.safetensors", kEmptySafetensors).add("m/optimizer.pt", kTorch).add("m/training_args.bin", kTorch);
  const SetFacts& facts = drop.open();
  CHECK(facts.prefix() == "m/bert.safetensors");
  CHECK(facts.others.empty());
  Drop only;
  only.add("m/training_args.bin", kTorch);
  CHECK(only.open().weights == WeightsKind::kNone);
}

TEST_CASE("shards without a map are one set") {
  Drop drop;
  drop.add("m/model-00001-of-00002.safetensors", kEmptySafetensors).add("m/model-00002-of-00002.safetensors", kEmptySafetensors);
  const SetFacts& facts = drop.open();
  CHECK(facts.weights_files.size() == 2);
  CHECK(facts.shard_map == kNoFile);
  CHECK(facts.others.empty());
}

TEST_CASE("a TF bundle is judged before weights of another kind, something merely called .index after them") {
  Drop both;
  addBundle(both, "m/bert_model.ckpt", smallBundle());
  both.add("m/model.safetensors", kEmptySafetensors);
  CHECK(both.open().weights == WeightsKind::kTfBundle);
  Drop stray;
  stray.add("m/vectors.index", std::string(300, 'x')).add("m/model.safetensors", kEmptySafetensors);
  CHECK(stray.open().weights == WeightsKind::kSafetensors);
}

TEST_CASE("names promise a content") {
  const std::string header = "\x10\0\0\0\0\0\0\0{";
  CHECK(promisedKind("model.safetensors", FileKind::kSafetensors, header) == FileKind::kSafetensors);
  CHECK(promisedKind("model.safetensors", FileKind::kUnknown, std::string(8, '\xff') + "{") == FileKind::kSafetensors);
  CHECK(promisedKind("model.safetensors", FileKind::kUnknown, std::string(9, '\xff')) == FileKind::kUnknown);
  CHECK(promisedKind("model.safetensors", FileKind::kTorchZip, "PK\3\4") == FileKind::kUnknown);
  CHECK(promisedKind("pytorch_model.bin", FileKind::kTorchLegacy, "\x80\2") == FileKind::kTorchLegacy);
  CHECK(promisedKind("pytorch_model.bin", FileKind::kZip, "PK\3\4") == FileKind::kTorchZip);
  CHECK(promisedKind("pytorch_model.bin", FileKind::kHdf5, "\x89HDF") == FileKind::kUnknown);
}

TEST_CASE("hostile maps: a path out of the folder, no list of files, no JSON") {
  for (const char* text : {R"({"weight_map": {"a": "../secret.bin"}})", R"({"weight_map": []})", "{", "", R"({"weight_map": {}})"}) {
    CAPTURE(text);
    Drop drop;
    drop.add("m/model.safetensors.index.json", text).add("m/config.json", kConfigText);
    const SetFacts& facts = drop.open();
    CHECK(facts.isHfSet());
    REQUIRE(facts.weights_files.size() == 1);
    CHECK(facts.weights_files[0].state != WeightsState::kGood);
    CHECK(drop.table().size() == 0);
  }
}
