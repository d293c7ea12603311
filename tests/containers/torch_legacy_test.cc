#include "containers/torch_legacy.h"

#include "doctest/doctest.h"
#include "support/fixture_files.h"
#include "support/pickle_builder.h"
#include "support/read_tensor_file.h"
#include "support/tensor_values.h"

using namespace bp;
using namespace bp::test;

namespace {

using Status = TensorFileStatus;

Read readAll(std::span<const uint8_t> bytes) { return readWith(readTorchLegacy, bytes, 0); }

struct Parts {
  Bytes magic = PickleBuilder().op("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19").stop();
  Bytes version = PickleBuilder().op("M\xe9\x03").stop();
  Bytes system = PickleBuilder().op("}").text("little_endian").op("\x88s").stop();
  Bytes object = PickleBuilder().op("}").text("w").tensor("FloatStorage", "94", 2, 0, {2}, {1}).op("s").stop();
  Bytes keys = PickleBuilder().op("]").text("94").op("a").stop();
  Bytes storages = fromHex("02 00 00 00 00 00 00 00 00 00 80 3f 00 00 00 c0");

  Bytes file() const {
    Bytes bytes;
    for (const Bytes* part : {&magic, &version, &system, &object, &keys, &storages}) append(bytes, *part);
    return bytes;
  }
};

}  // namespace

TEST_CASE("five pickles and the storages after them give the tensors, little-endian whatever the writer was") {
  for (const char* little : {"\x88s", "\x89s"}) {
    Parts parts;
    parts.system = PickleBuilder().op("}").text("little_endian").op(little).stop();
    const Bytes bytes = parts.file();
    const Read read = readAll(bytes);
    REQUIRE(read.status == Status::kOk);
    CHECK(TensorValues(read.file, bytes, 5).values.at(0) == std::vector<float>{1.0f, -2.0f});
  }
}

TEST_CASE("a view of a storage, as very old files have it, begins where it says") {
  Parts parts;
  const auto viewed = [](uint64_t from, uint64_t length, uint64_t offset) {
    PickleBuilder builder;
    builder.op("}").text("w").global("torch._utils", "_rebuild_tensor").op("((").text("storage").global("torch", "FloatStorage").text("94").text("cpu").integer(2);
    builder.op("(").text("95").integer(from).integer(length).op("ttQ").integer(offset).integers({1}).integers({1}).op("tRs");
    return builder.stop();
  };
  parts.object = viewed(1, 1, 0);
  const Bytes bytes = parts.file();
  const Read read = readAll(bytes);
  REQUIRE(read.status == Status::kOk);
  CHECK(TensorValues(read.file, bytes, 64).values.at(0) == std::vector<float>{-2.0f});
  parts.object = viewed(1, 2, 0);
  expectFault(readAll(parts.file()), Status::kBadHeader, "tensor-place", "w");
  parts.object = viewed(1, 1, 1);
  expectFault(readAll(parts.file()), Status::kBadHeader, "tensor-place", "w");
}

TEST_CASE("each part that is not as it must be is told") {
  Parts parts;
  parts.magic = PickleBuilder().op("N").stop();
  expectFault(readAll(parts.file()), Status::kBadHeader, "magic");
  CHECK(readAll(parts.file()).fault.what == "Invalid magic number; corrupt file?");
  parts = {};
  parts.version = PickleBuilder().op("M\xea\x03").stop();
  expectFault(readAll(parts.file()), Status::kBadHeader, "version");
  CHECK(readAll(parts.file()).fault.what == "Invalid protocol version: 1002");
  parts = {};
  parts.system = PickleBuilder().op("]").stop();
  expectFault(readAll(parts.file()), Status::kBadHeader, "system-info");
  parts = {};
  parts.object = PickleBuilder().global("os", "system").stop();
  expectFault(readAll(parts.file()), Status::kRefused, "global", "os.system");
  parts = {};
  parts.keys = PickleBuilder().op("]").stop();
  expectFault(readAll(parts.file()), Status::kBadHeader, "storage-keys", "94");
  parts.keys = PickleBuilder().op("](").text("94").text("95").op("e").stop();
  expectFault(readAll(parts.file()), Status::kBadHeader, "storage-keys", "95");
  parts.keys = PickleBuilder().op("](").text("94").text("94").op("e").stop();
  expectFault(readAll(parts.file()), Status::kBadHeader, "storage-keys", "94");
  parts = {};
  parts.storages[0] = 3;
  expectFault(readAll(parts.file()), Status::kBadHeader, "storage-size", "94");
  parts = {};
  parts.storages.push_back(0);
  expectFault(readAll(parts.file()), Status::kBadHeader, "trailing-bytes");
}

TEST_CASE("a file cut in its storages says how long it should be and lists its tensors") {
  const Bytes good = Parts().file();
  const Read read = readAll(std::span(good).first(good.size() - 3));
  expectFault(read, Status::kTruncated, "storages");
  CHECK(read.fault.found == good.size() - 3);
  CHECK(read.fault.expected == good.size());
  CHECK(read.file.tensors.size() == 1);
}

TEST_CASE("a claimed storage of 2^60 elements is a missing end, not an allocation") {
  Parts parts;
  parts.object = PickleBuilder().op("}").text("w").tensor("FloatStorage", "94", uint64_t{1} << 60, 0, {2}, {1}).op("s").stop();
  parts.storages = fromHex("00 00 00 00 00 00 00 10 00 00");
  expectFault(readAll(parts.file()), Status::kTruncated, "storages");
}

TEST_CASE("a plain pickle is refused for what it asks, or is no file of PyTorch's") {
  const auto plain = [](const Bytes& bytes, TensorFileFault& fault) {
    BufferSource source(bytes);
    return readPlainPickle(source, fault);
  };
  TensorFileFault fault;
  CHECK(plain(bytesOf("\x80\x04\x95"), fault) == Status::kRefused);
  CHECK(fault.name == "opcode 0x95");
  CHECK(plain(PickleBuilder().global("numpy.core.multiarray", "scalar").stop(), fault) == Status::kRefused);
  CHECK(fault.name == "numpy.core.multiarray.scalar");
  CHECK(plain(PickleBuilder().op("}").stop(), fault) == Status::kBadHeader);
  CHECK(fault.rule == "magic");
}

TEST_CASE("a file that comes in pieces asks for its pickles and counts, not for its data") {
  Parts parts;
  parts.object = PickleBuilder().op("}").text("w").tensor("FloatStorage", "94", 1 << 20, 0, {1 << 20}, {1}).op("s").stop();
  parts.storages = fromHex("00 00 10 00 00 00 00 00");
  parts.storages.resize(8 + (4 << 20));
  const Bytes bytes = parts.file();
  PagedSource source(bytes.size());
  TensorFile file;
  TensorFileFault fault;
  int rounds = 0;
  while (readTorchLegacy(source, 0, file, fault) == Status::kPending) {
    REQUIRE(++rounds <= 3);
    for (const ByteRange& range : source.takeWanted()) {
      source.supply(range.offset, std::span(bytes).subspan(static_cast<size_t>(range.offset), static_cast<size_t>(range.length)));
    }
  }
  CHECK(file.tensors.size() == 1);
  CHECK(source.bytesHeld() < 300'000);
}

TEST_CASE("every prefix is cut, and no changed byte leads a tensor out of the file") {
  const Bytes good = fixture("../containers/torch_files/state_legacy.pt");
  REQUIRE(readAll(good).status == Status::kOk);
  everyPrefix(good, [](std::span<const uint8_t> bytes) { CHECK(readAll(bytes).status == Status::kTruncated); });
  everyByteChanged(good, [](std::span<const uint8_t> bytes, size_t) {
    const Read read = readAll(bytes);
    if (read.status == Status::kTruncated) return;
    bool inside = true;
    for (const TensorInfo& tensor : read.file.tensors) {
      const Extent& extent = tensor.parts.at(0).extent;
      inside &= extent.offset <= bytes.size() && extent.length <= bytes.size() - extent.offset;
    }
    CHECK(inside);
  });
}
