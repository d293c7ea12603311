// What is written is read back by the readers of the containers room.
#include "bytes/crc32c.h"
#include "containers/safetensors.h"
#include "containers/tensor_bundle.h"
#include "convert/bundle_index.h"
#include "convert/data_writer.h"
#include "convert/safetensors_header.h"
#include "doctest/doctest.h"
#include "support/byte_cases.h"

using namespace bp;
using namespace bp::test;

namespace {

std::vector<ConvertedTensor> some() {
  return {{"b/kernel", DType::kFloat32, {3, 2}, 0, false}, {"a/scalar", DType::kInt64, {}, 1, false}, {"c/empty", DType::kFloat32, {0, 4}, 2, false},
          {"d/half", DType::kFloat16, {5}, 3, false}, {"e/brain", DType::kBfloat16, {1, 1, 2}, 4, false}};
}

TensorBundle readIndex(const std::vector<uint8_t>& index) {
  BufferSource source(index);
  TensorBundle bundle;
  TableFault fault;
  REQUIRE(readTensorBundle(source, bundle, fault) == BundleStatus::kOk);
  return bundle;
}

}  // namespace

TEST_CASE("an index holds each tensor's type, shape, place and checksum, sorted by name") {
  const std::vector<ConvertedTensor> tensors = some();
  std::vector<WrittenTensor> written;
  uint64_t offset = 0;
  for (const ConvertedTensor& tensor : tensors) {
    written.push_back({offset, tensor.bytes(), static_cast<uint32_t>(0x1234567u * (offset + 1))});
    offset += tensor.bytes();
  }
  const TensorBundle bundle = readIndex(bundleIndex(tensors, written));
  CHECK(bundle.header.num_shards == 1);
  CHECK(versionFault(bundle.header) == "");
  REQUIRE(bundle.entries.size() == tensors.size());
  for (const BundleEntry& entry : bundle.entries) {
    const size_t i = static_cast<size_t>(std::find_if(tensors.begin(), tensors.end(), [&](const auto& one) { return one.name == entry.name; }) - tensors.begin());
    REQUIRE(i < tensors.size());
    CHECK(entry.dtype == tensors[i].dtype);
    CHECK(entry.shape == tensors[i].shape);
    CHECK(entry.offset == static_cast<int64_t>(written[i].offset));
    CHECK(entry.size == static_cast<int64_t>(written[i].length));
    CHECK(entry.crc32c == written[i].crc32c);
    CHECK(expectedBytes(entry) == written[i].length);
  }
  CHECK(bundle.entries[0].name == "a/scalar");
}

TEST_CASE("an index too large for one block is one of several") {
  std::vector<ConvertedTensor> tensors;
  std::vector<WrittenTensor> written;
  for (int i = 0; i < 9000; ++i) {
    tensors.push_back({"a/rather/long/name/of/a/tensor/" + std::to_string(i) + std::string(static_cast<size_t>(i % 40), 'x'), DType::kFloat32, {7, 9}, 0, false});
    written.push_back({static_cast<uint64_t>(i) * 252, 252, static_cast<uint32_t>(i)});
  }
  const std::vector<uint8_t> index = bundleIndex(tensors, written);
  CHECK(index.size() > 300000);
  CHECK(readIndex(index).entries.size() == tensors.size());
}

TEST_CASE("a safetensors header is padded to eight bytes and read back with its places") {
  const std::vector<ConvertedTensor> tensors = some();
  std::string file = safetensorsHeader(tensors);
  CHECK(file.size() % 8 == 0);
  uint64_t offset = file.size();
  for (const ConvertedTensor& tensor : tensors) file.append(static_cast<size_t>(tensor.bytes()), '\0');
  BufferSource source(std::span(reinterpret_cast<const uint8_t*>(file.data()), file.size()));
  TensorFile read;
  TensorFileFault fault;
  REQUIRE(readSafetensors(source, 0, read, fault) == TensorFileStatus::kOk);
  CHECK(read.has_format);
  REQUIRE(read.tensors.size() == tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    CHECK(read.tensors[i].name == tensors[i].name);
    CHECK(read.tensors[i].dtype == tensors[i].dtype);
    CHECK(read.tensors[i].shape == tensors[i].shape);
    CHECK(read.tensors[i].parts[0].extent.offset == offset);
    offset += tensors[i].bytes();
  }
}

TEST_CASE("the data writer gives one tensor after the other with its checksum, and says when one falls short") {
  Bytes file;
  for (int i = 0; i < 60; ++i) file.push_back(static_cast<uint8_t>(i));
  TensorTable table;
  TensorInfo matrix;
  matrix.name = "m";
  matrix.shape = {2, 3};
  matrix.parts.emplace_back().extent = {0, 10, 24};
  TensorInfo vector;
  vector.name = "v";
  vector.shape = {4};
  vector.parts.emplace_back().extent = {0, 40, 16};
  table.add(matrix);
  table.add(vector);
  std::vector<ConvertedTensor> tensors = {{"v", DType::kFloat32, {4}, 1, false}, {"m", DType::kFloat32, {3, 2}, 0, true}};
  const auto run = [&](DataWriter& writer) {
    Bytes out;
    while (const auto read = writer.next()) append(out, writer.take(std::span(file).subspan(static_cast<size_t>(read->offset), static_cast<size_t>(read->length))));
    return out;
  };
  DataWriter writer(table, tensors);
  const Bytes out = run(writer);
  CHECK(writer.finished());
  CHECK(out.size() == 40);
  CHECK(std::equal(out.begin(), out.begin() + 16, file.begin() + 40));
  CHECK(std::equal(out.begin() + 20, out.begin() + 24, file.begin() + 10 + 12));  // of row 1
  REQUIRE(writer.written().size() == 2);
  CHECK(writer.written()[1].offset == 16);
  CHECK(writer.written()[1].crc32c == crc32c(std::span(out).subspan(16)));

  tensors[0].shape = {5};
  DataWriter short_one(table, tensors);
  run(short_one);
  CHECK(short_one.failed());
  CHECK(!short_one.finished());
}
