#include "containers/tf_v1.h"

#include <cstring>

#include "doctest/doctest.h"
#include "support/fixture_files.h"
#include "support/v1_builder.h"
#include "tensors/data_pass.h"

using namespace bp;
using namespace bp::test;

namespace {

struct Opened {
  TensorFileStatus status;
  V1Checkpoint checkpoint;
  TableFault fault;
  const TensorInfo* find(std::string_view name) const {
    for (const TensorInfo& tensor : checkpoint.tensors) {
      if (tensor.name == name) return &tensor;
    }
    return nullptr;
  }
};

Opened open(std::span<const uint8_t> bytes) {
  Opened opened;
  BufferSource source(bytes);
  opened.status = readTfV1(source, 3, opened.checkpoint, opened.fault);
  return opened;
}

class Collector final : public ValueSink {
 public:
  bool wants(uint32_t) const override { return true; }
  void take(uint32_t tensor, uint32_t part, uint64_t first, std::span<const float> values) override {
    std::vector<float>& all = seen[{tensor, part}];
    CHECK(first == all.size());
    all.insert(all.end(), values.begin(), values.end());
  }
  std::map<std::pair<uint32_t, uint32_t>, std::vector<float>> seen;
};

struct Passed {
  TensorTable table;
  Collector values;
  std::unique_ptr<DataPass> pass;
};

void pass(const Bytes& file, Passed& passed) {
  Opened opened = open(file);
  REQUIRE(opened.status == TensorFileStatus::kOk);
  for (const ChecksumRun& run : opened.checkpoint.runs) passed.table.addRun(run);
  for (TensorInfo& tensor : opened.checkpoint.tensors) passed.table.add(std::move(tensor));
  const uint64_t sizes[] = {0, 0, 0, file.size()};
  passed.pass = std::make_unique<DataPass>(passed.table, sizes, &passed.values, DataPass::Options{});
  for (const PlannedRead& read : passed.pass->plan()) {
    REQUIRE(passed.pass->feed(read.file, read.offset, std::span(file).subspan(read.offset, read.length)));
  }
  passed.pass->finish();
}

std::vector<V1Tensor> some() {
  std::vector<V1Tensor> tensors = {v1Floats("a/kernel", {2, 3}, floatBytes({1, 2, 3, 4, 5, 6})), v1Floats("b", {2}, floatBytes({-1, 0.5}))};
  tensors.push_back({"global_step", 9, 10, {}, {{{}, {}, varintBytes({1200})}}});
  tensors.push_back({"half", 19, 13, {3}, {{{0}, {-1}, varintBytes({0x3c00, 0xc000, 0x7bff})}}});
  tensors.push_back({"counts", 3, 7, {2}, {{{0}, {-1}, varintBytes({-5, 70000})}}});
  tensors.push_back({"split", 1, 5, {3, 2}, {{{0, 0}, {1, -1}, floatBytes({1, 2})}, {{1, 0}, {2, -1}, floatBytes({3, 4, 5, 6})}}});
  tensors.push_back(v1Floats("none", {0, 4}, {}));
  return tensors;
}

}  // namespace

TEST_CASE("what TensorFlow wrote is read: names, shapes, types, and values where they lie") {
  const Bytes file = fixture("tf/v1-saver/chinese_L-2_H-32_A-4/bert_model.ckpt");
  Passed passed;
  pass(file, passed);
  REQUIRE(passed.table.size() == 46);
  const auto index = passed.table.indexOf("bert/embeddings/word_embeddings");
  REQUIRE(index);
  const TensorInfo& words = passed.table[*index];
  CHECK(words.shape == Shape{128, 32});
  CHECK(words.dtype == DType::kFloat32);
  REQUIRE(words.parts.size() == 1);
  CHECK(words.parts[0].extent.file == 3);
  CHECK(words.parts[0].extent.length == 128 * 32 * 4);
  CHECK(words.parts[0].start.empty());
  for (uint32_t i = 0; i < passed.table.size(); ++i) {
    CAPTURE(passed.table[i].name);
    CHECK(passed.table[i].usable);
    CHECK(passed.pass->good(i));
    CHECK(passed.pass->stats(i).count == static_cast<uint64_t>(*elementCount(passed.table[i].shape)));
    CHECK(passed.pass->stats(i).nan == 0);
  }
  CHECK(passed.pass->stats(*index).variance > 0);
}

TEST_CASE("every type it can hold comes out as its values, compressed or not, in one block or many") {
  for (const bool snappy : {false, true}) {
    for (const size_t block : {size_t{1}, size_t{1} << 18}) {
      V1Options options;
      options.table.snappy = snappy;
      options.table.block_bytes = block;
      Passed passed;
      pass(v1File(some(), options), passed);
      const auto values = [&](std::string_view name, uint32_t part = 0) { return passed.values.seen[{*passed.table.indexOf(name), part}]; };
      for (uint32_t i = 0; i < passed.table.size(); ++i) CHECK(passed.pass->good(i));
      CHECK(values("a/kernel") == std::vector<float>{1, 2, 3, 4, 5, 6});
      CHECK(values("b") == std::vector<float>{-1, 0.5});
      CHECK(values("global_step") == std::vector<float>{1200});
      CHECK(values("half") == std::vector<float>{1, -2, 65504});
      CHECK(values("counts") == std::vector<float>{-5, 70000});
      CHECK(values("split", 0) == std::vector<float>{1, 2});
      CHECK(values("split", 1) == std::vector<float>{3, 4, 5, 6});
      const TensorInfo& split = *passed.table.find("split");
      CHECK(split.parts[1].start == Shape{1, 0});
      CHECK(split.parts[1].length == Shape{2, 2});
      CHECK(passed.table.find("none")->usable);
    }
  }
}

TEST_CASE("a block whose checksum fails makes all of its tensors bad and no others") {
  V1Options options;
  options.table.block_bytes = 40;
  Bytes file = v1File(some(), options);
  const Bytes needle = floatBytes({3, 4, 5, 6});  // stands in "a/kernel", too, which comes first
  const auto at = std::find_end(file.begin(), file.end(), needle.begin(), needle.end());
  REQUIRE(at != file.end());
  *at ^= 1;
  Passed passed;
  pass(file, passed);
  int bad = 0;
  for (uint32_t i = 0; i < passed.table.size(); ++i) bad += passed.pass->good(i) ? 0 : 1;
  CHECK_FALSE(passed.pass->good(*passed.table.indexOf("split")));
  CHECK(bad < 7);
  const std::optional<uint32_t> run = passed.table.find("split")->parts[1].run;
  REQUIRE(run);
  CHECK(passed.pass->run(*run).state == PartState::kChecksumMismatch);
}

TEST_CASE("a record that is not as announced leaves its tensor unusable") {
  const auto with = [](std::function<Bytes(const V1Tensor&, const V1Box&)> record) {
    V1Options options;
    options.record = [record = std::move(record)](const V1Tensor& tensor, const V1Box& box) {
      return tensor.name == "b" ? record(tensor, box) : v1Record(tensor, box);
    };
    const Opened opened = open(v1File(some(), options));
    REQUIRE(opened.status == TensorFileStatus::kOk);
    CHECK(opened.find("a/kernel")->usable);
    return opened.find("b")->usable;
  };
  const auto data = [](const std::string& name, const Proto& data) {
    return Proto().message(2, Proto().text(1, name).message(2, Proto()).message(3, data)).done();
  };
  CHECK(with(v1Record));
  CHECK_FALSE(with([&](const auto&, const auto&) { return Bytes(); }));
  CHECK_FALSE(with([&](const auto&, const auto&) { return data("a", Proto().bytes(5, floatBytes({1, 2}))); }));
  CHECK_FALSE(with([&](const auto&, const auto&) { return data("b", Proto().bytes(5, floatBytes({1, 2, 3}))); }));
  CHECK_FALSE(with([&](const auto&, const auto&) { return data("b", Proto().bytes(5, floatBytes({1})).bytes(5, floatBytes({2}))); }));
  CHECK_FALSE(with([&](const auto&, const auto&) { return data("b", Proto().fixed32(5, 0).fixed32(5, 0)); }));
  CHECK_FALSE(with([&](const auto&, const auto&) { return data("b", Proto().bytes(6, Bytes(8))); }));
  CHECK_FALSE(with([&](const auto&, const auto&) { return fromHex("12 ff ff ff ff ff ff ff ff ff 01"); }));
}

TEST_CASE("a header that contradicts itself ends in its fault") {
  const auto fails = [](const std::vector<V1Tensor>& tensors) {
    const Opened opened = open(v1File(tensors));
    CHECK(opened.status == TensorFileStatus::kBadHeader);
    CHECK(opened.fault.what == "Failed to find the saved tensor slices at the beginning of the checkpoint file");
  };
  fails({v1Floats("b", {2}, floatBytes({1, 2})), v1Floats("b", {3}, floatBytes({1, 2, 3}))});  // two shapes
  fails({v1Floats("b", {2}, floatBytes({1, 2})), v1Floats("b", {2}, floatBytes({1, 2}))});     // one box twice
  CHECK(open(TableBuilder().add("a", fromHex("0a 00")).build()).status == TensorFileStatus::kBadHeader);
  CHECK(open(TableBuilder().build()).status == TensorFileStatus::kBadHeader);
  CHECK(open(Bytes(47)).status == TensorFileStatus::kTruncated);
  V1Options newer;
  newer.versions = Proto().varint(1, 2).varint(2, 2);
  CHECK(versionFault(open(v1File(some(), newer)).checkpoint.versions).find("min consumer version 2") != std::string::npos);
  // A shape that has no size.
  V1Tensor huge = v1Floats("h", {INT64_MAX, INT64_MAX}, floatBytes({1}));
  CHECK_FALSE(open(v1File({huge})).find("h")->usable);
}

TEST_CASE("of large values nothing is read before the data pass") {
  std::vector<V1Tensor> tensors = some();
  tensors.push_back(v1Floats("large", {1 << 20}, Bytes(4 << 20)));
  V1Options options;
  options.table.block_bytes = 1;  // TensorFlow, too, gives a large record a block of its own
  const Bytes file = v1File(tensors, options);
  PagedSource source(file.size());
  V1Checkpoint checkpoint;
  TableFault fault;
  uint64_t supplied = 0;
  TensorFileStatus status;
  while ((status = readTfV1(source, 0, checkpoint, fault)) == TensorFileStatus::kPending) {
    for (const ByteRange& range : source.takeWanted()) {
      source.supply(range.offset, std::span(file).subspan(range.offset, range.length));
      supplied += range.length;
    }
    REQUIRE(supplied < file.size());
  }
  CHECK(status == TensorFileStatus::kOk);
  CHECK(checkpoint.tensors.size() == 8);
  CHECK(supplied < 64 << 10);
}

TEST_CASE("every prefix and every changed byte of a V1 file ends in a status, its extents inside the file") {
  for (const bool snappy : {false, true}) {
    V1Options options;
    options.table.block_bytes = 150;
    options.table.snappy = snappy;
    const Bytes good = v1File(some(), options);
    const auto see = [](std::span<const uint8_t> bytes) {
      const Opened opened = open(bytes);
      CHECK(opened.status != TensorFileStatus::kPending);
      if (opened.status != TensorFileStatus::kOk) CHECK((!opened.fault.what.empty() || opened.status == TensorFileStatus::kNotRead));
      for (const TensorInfo& tensor : opened.checkpoint.tensors) {
        for (const TensorPart& part : tensor.parts) {
          if (part.extent.file == kNoFile) continue;
          CHECK(part.extent.offset <= bytes.size());
          CHECK(part.extent.length <= bytes.size() - part.extent.offset);
        }
      }
    };
    everyPrefix(good, see);
    everyByteChanged(good, [&](std::span<const uint8_t> bytes, size_t) { see(bytes); });
  }
}
