#include "containers/torch_zip.h"

#include "doctest/doctest.h"
#include "support/fixture_files.h"
#include "support/pickle_builder.h"
#include "support/read_tensor_file.h"
#include "support/tensor_values.h"
#include "support/zip_builder.h"

using namespace bp;
using namespace bp::test;

namespace {

using Status = TensorFileStatus;

Read readAll(std::span<const uint8_t> bytes) { return readWith(readTorchZip, bytes, 0); }

ZipMember member(std::string name, const Bytes& bytes) { return ZipMember::plain(std::move(name), textOf(bytes)); }

// One tensor on one storage of six floats.
Bytes oneTensor(uint64_t offset, std::initializer_list<uint64_t> shape, std::initializer_list<uint64_t> strides, uint64_t elements = 6) {
  return PickleBuilder().op("}").text("w").tensor("FloatStorage", "0", elements, offset, shape, strides).op("s").stop();
}
const Bytes kGoodPickle = oneTensor(0, {2, 3}, {3, 1});

Read readPickled(const Bytes& pickle, std::vector<ZipMember> more = {ZipMember::plain("m/data/0", std::string(24, '\x01'))}) {
  more.insert(more.begin(), member("m/data.pkl", pickle));
  return readAll(zipOf(more));
}

void expectNone(const Read& read, Status status, std::string_view rule, std::string_view name = {}) {
  expectFault(read, status, rule, name);
  CHECK(read.file.tensors.empty());
}

}  // namespace

TEST_CASE("a tensor's bytes are its storage's member, from its offset on") {
  const Read whole = readPickled(kGoodPickle);
  REQUIRE(whole.status == Status::kOk);
  REQUIRE(whole.file.tensors.size() == 1);
  CHECK(whole.file.tensors[0].name == "w");
  CHECK(whole.file.tensors[0].shape == Shape{2, 3});
  const Extent all = whole.file.tensors[0].parts.at(0).extent;
  CHECK(all.length == 24);
  const Extent part = readPickled(oneTensor(2, {2, 2}, {2, 1})).file.tensors.at(0).parts.at(0).extent;
  CHECK(part.offset == all.offset + 8);
  CHECK(part.length == 16);
}

TEST_CASE("big-endian storages are turned") {
  const Bytes bytes = zipOf({member("m/data.pkl", oneTensor(0, {2}, {1}, 2)), ZipMember::plain("m/byteorder", "big"),
                             member("m/data/0", fromHex("3f 80 00 00 c0 00 00 00"))});
  const Read read = readAll(bytes);
  REQUIRE(read.status == Status::kOk);
  CHECK(TensorValues(read.file, bytes, 3).values[0] == std::vector<float>{1.0f, -2.0f});
  CHECK(readPickled(kGoodPickle, {ZipMember::plain("m/byteorder", "middle"), ZipMember::plain("m/data/0", std::string(24, 0))}).fault.rule == "byteorder");
}

TEST_CASE("a tensor must lie in its storage") {
  const auto rule = [](const Bytes& pickle) {
    const Read read = readPickled(pickle);
    CHECK(read.status == Status::kBadHeader);
    CHECK(read.fault.name == "w");
    return read.fault.rule;
  };
  CHECK(rule(oneTensor(1, {2, 3}, {3, 1})) == "tensor-place");
  CHECK(rule(oneTensor(7, {0}, {1})) == "tensor-place");
  CHECK(rule(oneTensor(0, {2, 3}, {4, 1})) == "tensor-place");
  CHECK(rule(oneTensor(uint64_t{1} << 62, {2, 3}, {3, 1})) == "tensor-place");
  CHECK(rule(oneTensor(0, {uint64_t{1} << 62, 2, 2}, {0, 0, 0})) == "tensor-size");
  CHECK(rule(oneTensor(0, {3, 2}, {uint64_t{1} << 62, 1})) == "tensor-size");
  CHECK(rule(oneTensor(uint64_t{1} << 63, {2, 3}, {3, 1})) == "tensor-arguments");
  CHECK(rule(oneTensor(0, {2, 3}, {1})) == "tensor-arguments");
  CHECK(rule(oneTensor(0, {uint64_t{1} << 40}, {0})) == "strides");
  CHECK(rule(oneTensor(0, {3, 3}, {1, 1})) == "strides");
  CHECK(readPickled(oneTensor(6, {0}, {1})).status == Status::kOk);
}

TEST_CASE("storages and members must agree, one to one") {
  expectNone(readPickled(kGoodPickle, {}), Status::kBadHeader, "no-storage", "data/0");
  const Read small = readPickled(kGoodPickle, {ZipMember::plain("m/data/0", "short")});
  expectNone(small, Status::kBadHeader, "storage-size", "m/data/0");
  CHECK(small.fault.found == 5);
  CHECK(small.fault.expected == 24);
  expectNone(readPickled(kGoodPickle, {ZipMember::plain("m/data/0", std::string(24, 0)), ZipMember::plain("m/data/1", "x")}), Status::kBadHeader, "storage-unused", "m/data/1");
  expectNone(readPickled(kGoodPickle, {ZipMember::deflated("m/data/0", Bytes(10), 24)}), Status::kNotRead, "compressed", "m/data/0");
  expectNone(readPickled(PickleBuilder().op("}").text("w").tensor("FloatStorage", "../0", 6, 0, {6}, {1}).op("s").stop()), Status::kBadHeader, "storage-key", "../0");
  expectNone(readPickled(PickleBuilder().op("}").text("w").tensor("FloatStorage", "0", uint64_t{1} << 62, 0, {6}, {1}).op("s").stop()), Status::kBadHeader, "storage", "0");
  expectNone(readPickled(PickleBuilder().op("}").text("w").tensor("float32", "0", 6, 0, {6}, {1}).op("s").stop()), Status::kBadHeader, "storage", "torch.float32");
  expectNone(readPickled(PickleBuilder().op("}(").text("w").tensor("FloatStorage", "0", 6, 0, {6}, {1}).text("v").tensor("IntStorage", "0", 6, 0, {6}, {1}).op("u").stop()),
              Status::kBadHeader, "storage-twice", "0");
  // Two locations of one storage are one storage.
  CHECK(readPickled(PickleBuilder().op("}(").text("w").tensor("FloatStorage", "0", 6, 0, {6}, {1}).text("v").tensor("FloatStorage", "0", 6, 3, {3}, {1}).op("u").stop()).file.tensors.size() == 2);
}

TEST_CASE("what is no state dictionary is not read; of equal keys the last counts") {
  expectNone(readPickled(PickleBuilder().op("]").stop(), {}), Status::kNotRead, "no-state-dict");
  expectNone(readPickled(PickleBuilder().op("}").text("w").global("torch._utils", "_rebuild_sparse_tensor").op(")Rs").stop(), {}), Status::kNotRead, "tensor-kind", "w");
  const Read twice = readPickled(PickleBuilder().op("}(").text("w").tensor("FloatStorage", "0", 6, 0, {6}, {1}).text("w").tensor("FloatStorage", "0", 6, 0, {3}, {1}).op("u").stop());
  REQUIRE(twice.file.tensors.size() == 1);
  CHECK(twice.file.tensors[0].shape == Shape{3});
}

TEST_CASE("a dictionary around the dictionary is named with its keys") {
  PickleBuilder wrapped;
  wrapped.op("}(").text("epoch").op("K\x03").text("net").op("}").text("w").tensor("FloatStorage", "0", 6, 0, {2, 3}, {3, 1}).op("su");
  const Read read = readPickled(wrapped.stop());
  REQUIRE(read.status == Status::kOk);
  CHECK(read.file.wrapper == "net");
  CHECK(read.file.outer_keys == std::vector<std::string>{"epoch", "net"});
  CHECK(read.file.tensors.size() == 1);
}

TEST_CASE("an archive that holds itself in the dictionary ends") {
  CHECK(readPickled(PickleBuilder().op("}q\x01").text("state_dict").op("h\x01s").stop(), {}).status == Status::kOk);
}

TEST_CASE("an archive without its object, outside a folder, cut, or of a program is told apart") {
  expectNone(readAll(zipOf({ZipMember::plain("m/version", "3")})), Status::kBadHeader, "no-pickle", "data.pkl");
  expectNone(readAll(zipOf({ZipMember::plain("data.pkl", "x")})), Status::kBadHeader, "not-in-folder", "data.pkl");
  expectNone(readAll(zipOf({})), Status::kBadHeader, "no-pickle", "data.pkl");
  expectNone(readAll(zipOf({ZipMember::deflated("m/data.pkl", Bytes(10), 24)})), Status::kNotRead, "compressed", "m/data.pkl");
  expectNone(readPickled(bytesOf("\x80\x02}")), Status::kBadHeader, "pickle-end");
  const Read script = readAll(fixture("hf/torchscript-bin/model/pytorch_model.bin"));
  CHECK(script.status == Status::kOk);
  CHECK(script.file.torchscript);
  const Read evil = readAll(fixture("hf/pickle-os-system/model/pytorch_model.bin"));
  CHECK(evil.status == Status::kRefused);
  CHECK(evil.fault.name == "posix.system");
  Bytes cut = fixture("hf/classifier-bin/model/pytorch_model.bin");
  cut.resize(cut.size() / 2);
  CHECK(readAll(cut).status == Status::kTruncated);
}

TEST_CASE("an archive that comes in pieces is read in a few rounds") {
  const Bytes bytes = fixture("hf/classifier-bin/model/pytorch_model.bin");
  PagedSource source(bytes.size());
  TensorFile file;
  TensorFileFault fault;
  int rounds = 0;
  while (readTorchZip(source, 0, file, fault) == Status::kPending) {
    REQUIRE(++rounds <= 8);
    for (const ByteRange& range : source.takeWanted()) {
      source.supply(range.offset, std::span(bytes).subspan(static_cast<size_t>(range.offset), static_cast<size_t>(range.length)));
    }
  }
  CHECK(file.tensors.size() == 41);
}

TEST_CASE("no prefix of an archive is read, and no changed byte leads a tensor out of it") {
  const Bytes good = fixture("../containers/torch_files/wrapped.pt");
  REQUIRE(readAll(good).status == Status::kOk);
  everyPrefix(good, [](std::span<const uint8_t> bytes) { CHECK(readAll(bytes).status == Status::kTruncated); });
  everyByteChanged(good, [](std::span<const uint8_t> bytes, size_t) {
    const Read read = readAll(bytes);
    bool inside = true;
    for (const TensorInfo& tensor : read.file.tensors) {
      const Extent& extent = tensor.parts.at(0).extent;
      inside &= extent.offset <= bytes.size() && extent.length <= bytes.size() - extent.offset;
    }
    CHECK(inside);
  });
}
