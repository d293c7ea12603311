#include "containers/safetensors.h"

#include <algorithm>
#include <iterator>

#include "doctest/doctest.h"
#include "support/fixture_files.h"
#include "support/read_tensor_file.h"
#include "tensors/data_pass.h"

using namespace bp;
using namespace bp::test;

namespace {

Read readAll(std::span<const uint8_t> bytes) { return readWith(readSafetensors, bytes, 7); }

Bytes fileOf(std::string_view header, size_t data_size, std::optional<uint64_t> length = {}) {
  Bytes bytes;
  for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<uint8_t>(length.value_or(header.size()) >> (8 * i)));
  append(bytes, bytesOf(header));
  bytes.resize(bytes.size() + data_size);
  return bytes;
}

constexpr std::string_view kTwo =
    R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F16","shape":[2],"data_offsets":[24,28]},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}  )";

void expectWords(const Read& read, TensorFileStatus status, std::string_view rule, std::string_view what) {
  CHECK(read.status == status);
  CHECK(read.fault.rule == rule);
  CHECK(read.fault.what == what);
}

std::string tensor(std::string_view dtype, std::string_view shape, std::string_view offsets) {
  return std::string(R"({"dtype":")") + std::string(dtype) + R"(","shape":)" + std::string(shape) + R"(,"data_offsets":)" + std::string(offsets) + "}";
}

}  // namespace

TEST_CASE("tensors come in the order of their data, with exact extents") {
  const Read read = readAll(fileOf(kTwo, 28));
  REQUIRE(read.status == TensorFileStatus::kOk);
  REQUIRE(read.file.tensors.size() == 2);
  const TensorInfo& a = read.file.tensors[0];
  const TensorInfo& b = read.file.tensors[1];
  CHECK(a.name == "a");
  CHECK(a.shape == Shape{2, 3});
  CHECK(a.dtype == DType::kFloat32);
  CHECK(a.parts.at(0).extent.file == 7);
  CHECK(a.parts.at(0).extent.offset == 8 + kTwo.size());
  CHECK(a.parts.at(0).extent.length == 24);
  CHECK(b.dtype == DType::kFloat16);
  CHECK(b.parts.at(0).extent.offset == 8 + kTwo.size() + 24);
  CHECK(b.parts.at(0).extent.length == 4);
  CHECK(read.file.has_format);
  CHECK(read.file.metadata == std::vector<std::pair<std::string, std::string>>{{"format", "pt"}});
}

TEST_CASE("scalars, empty tensors, unknown fields, escapes in names and no metadata at all are fine") {
  const Read read = readAll(fileOf(
      R"( {"__metadata__":null,"s":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"\u4e2d\n":{"x":[{"y":1}],"dtype":"BOOL","shape":[0,5],"data_offsets":[8,8]}})", 8));
  REQUIRE(read.status == TensorFileStatus::kOk);
  CHECK(read.file.tensors[0].shape.empty());
  CHECK(read.file.tensors[1].name == "\xe4\xb8\xad\n");
  CHECK(read.file.tensors[1].parts[0].extent.length == 0);
  CHECK(!read.file.has_format);
}

TEST_CASE("every type has its width; those that are never converted are listed all the same") {
  struct Case {
    std::string_view name;
    size_t bytes;  // of eight elements
    DType dtype;
  };
  for (const Case& type : std::initializer_list<Case>{
           {"BOOL", 8, DType::kBool}, {"U8", 8, DType::kUint8}, {"I8", 8, DType::kInt8}, {"F8_E5M2", 8, DType::kOther}, {"F8_E4M3", 8, DType::kOther},
           {"F8_E8M0", 8, DType::kOther}, {"F8_E4M3FNUZ", 8, DType::kOther}, {"F8_E5M2FNUZ", 8, DType::kOther}, {"I16", 16, DType::kInt16},
           {"U16", 16, DType::kUint16}, {"F16", 16, DType::kFloat16}, {"BF16", 16, DType::kBfloat16}, {"I32", 32, DType::kInt32},
           {"U32", 32, DType::kUint32}, {"F32", 32, DType::kFloat32}, {"I64", 64, DType::kInt64}, {"U64", 64, DType::kUint64},
           {"F64", 64, DType::kFloat64}, {"C64", 64, DType::kOther}, {"F4", 4, DType::kOther}, {"F6_E2M3", 6, DType::kOther}, {"F6_E3M2", 6, DType::kOther}}) {
    CAPTURE(type.name);
    const Read read = readAll(fileOf("{\"t\":" + tensor(type.name, "[8]", "[0," + std::to_string(type.bytes) + "]") + "}", type.bytes));
    CHECK(read.status == TensorFileStatus::kOk);
    CHECK(read.file.tensors.at(0).dtype == type.dtype);
  }
}

TEST_CASE("each rule is told in the Rust reader's words, the first that is broken") {
  using S = TensorFileStatus;
  const std::string json = "invalid JSON in header: ";
  expectWords(readAll(Bytes(7)), S::kTruncated, "header-length", "header too small");
  expectWords(readAll(fileOf("{}", 0, 100'000'001)), S::kBadHeader, "header-length", "header too large");
  expectWords(readAll(fileOf("{}", 0, UINT64_MAX)), S::kBadHeader, "header-length", "header too large");
  expectWords(readAll(fileOf("{}", 0, 3)), S::kTruncated, "header", "invalid header length");
  expectWords(readAll(fileOf("{\"\xff\":1}", 0)), S::kBadHeader, "utf-8", "invalid UTF-8 in header: invalid utf-8 sequence of 1 bytes from index 2");
  expectWords(readAll(fileOf("{\"a\",1}", 0)), S::kBadHeader, "json", json + "expected `:` at line 1 column 5");
  expectWords(readAll(fileOf("{\n\"a\" 1}", 0)), S::kBadHeader, "json", json + "expected `:` at line 2 column 5");
  expectWords(readAll(fileOf("{\"a\"  \"long\"}", 0)), S::kBadHeader, "json", json + "expected `:` at line 1 column 7");
  expectWords(readAll(fileOf("{\"a\" true}", 0)), S::kBadHeader, "json", json + "expected `:` at line 1 column 6");
  expectWords(readAll(fileOf("{} x", 0)), S::kBadHeader, "json", json + "trailing characters at line 1 column 4");
  expectWords(readAll(fileOf("{\"a\":{\"dtype\":\"F32\"", 0)), S::kBadHeader, "json", json + "EOF while parsing at line 1 column 19");
  expectWords(readAll(fileOf("[]", 0)), S::kBadHeader, "json", json + "invalid type: sequence");
  expectWords(readAll(fileOf("{\"a\":" + tensor("F33", "[]", "[0,0]") + "}", 0)), S::kBadHeader, "dtype", json + "unknown variant `F33`");
  expectWords(readAll(fileOf("{\"a\":" + tensor("f32", "[]", "[0,0]") + "}", 0)), S::kBadHeader, "dtype", json + "unknown variant `f32`");
  expectWords(readAll(fileOf("{\"a\":" + tensor("F32", "[-1]", "[0,0]") + "}", 0)), S::kBadHeader, "json", json + "invalid type: integer `-1`");
  expectWords(readAll(fileOf("{\"a\":" + tensor("F32", "[1.0]", "[0,4]") + "}", 4)), S::kBadHeader, "json", json + "invalid type: floating point `1.0`");
  expectWords(readAll(fileOf("{\"a\":" + tensor("F32", "[1]", "[0]") + "}", 4)), S::kBadHeader, "json", json + "invalid length 1, expected a tuple of size 2");
  expectWords(readAll(fileOf("{\"a\":" + tensor("F32", "[1]", "[0,4,4]") + "}", 4)), S::kBadHeader, "json", json + "invalid type: integer `4`");
  expectWords(readAll(fileOf(R"({"a":{"dtype":"F32","shape":[1]}})", 4)), S::kBadHeader, "json", json + "missing field `data_offsets`");
  expectWords(readAll(fileOf(R"({"__metadata__":{"format":1}})", 0)), S::kBadHeader, "json", json + "invalid type: integer `1`");
  const auto one = [&](std::string_view dtype, std::string_view shape, std::string_view offsets, size_t data) {
    return readAll(fileOf("{\"a\":" + tensor(dtype, shape, offsets) + "}", data));
  };
  expectWords(one("F32", "[1]", "[4,8]", 8), S::kBadHeader, "hole", "invalid offset for tensor `a`");
  expectWords(one("F32", "[1]", "[0,18446744073709551615]", 8), S::kBadHeader, "tensor-size", "invalid shape, data type, or offset for tensor");
  expectWords(one("F32", "[2]", "[0,4]", 4), S::kBadHeader, "tensor-size", "invalid shape, data type, or offset for tensor");
  expectWords(one("F32", "[4294967296,4294967296]", "[0,0]", 0), S::kBadHeader, "overflow", "overflow computing buffer size from shape and/or element type");
  expectWords(one("F32", "[4611686018427387904]", "[0,0]", 0), S::kBadHeader, "overflow", "overflow computing buffer size from shape and/or element type");
  expectWords(one("F32", "[0,9223372036854775808]", "[0,0]", 0), S::kBadHeader, "overflow", "overflow computing buffer size from shape and/or element type");
  CHECK(one("F4", "[3]", "[0,1]", 1).fault.rule == "misaligned");
  expectWords(one("F32", "[1]", "[0,4]", 5), S::kBadHeader, "trailing-bytes", "incomplete metadata, file not fully covered");
  expectWords(one("F32", "[1]", "[0,4]", 3), S::kTruncated, "data", "incomplete metadata, file not fully covered");
  expectWords(readAll(fileOf("{\"a\":" + tensor("U8", "[4]", "[0,4]") + ",\"b\":" + tensor("U8", "[4]", "[2,6]") + "}", 6)), S::kBadHeader, "overlap",
              "invalid offset for tensor `b`");
}

TEST_CASE("equal names are found, though parsers keep the last") {
  const Read read = readAll(fileOf("{\"a\":" + tensor("U8", "[2]", "[0,2]") + ",\"a\":" + tensor("U8", "[2]", "[2,4]") + "}", 4));
  expectWords(read, TensorFileStatus::kBadHeader, "duplicate-name", "");
  CHECK(read.fault.name == "a");
}

TEST_CASE("offsets beyond 2^53 are exact, and a cut file says how long it should be") {
  const Read read = readAll(fileOf("{\"a\":" + tensor("U8", "[9007199254740993]", "[0,9007199254740993]") + "}", 10));
  CHECK(read.status == TensorFileStatus::kTruncated);
  CHECK(read.fault.expected == read.file.tensors.at(0).parts.at(0).extent.offset + 9007199254740993u);
  CHECK(read.fault.found == read.file.tensors[0].parts[0].extent.offset + 10);
  CHECK(read.file.tensors[0].shape == Shape{9007199254740993});
}

TEST_CASE("a file with a hole still lists its tensors, and where the hole is") {
  const Read read = readAll(fileOf("{\"a\":" + tensor("U8", "[2]", "[0,2]") + ",\"b\":" + tensor("U8", "[2]", "[3,5]") + ",\"c\":" + tensor("U8", "[3]", "[5,7]") + "}", 7));
  CHECK(read.fault.rule == "hole");
  CHECK(read.fault.length == 1);
  REQUIRE(read.file.tensors.size() == 3);
  CHECK(read.fault.offset == read.file.tensors[0].parts[0].extent.offset + 2);
  CHECK(read.file.tensors[1].usable);
  CHECK(!read.file.tensors[2].usable);
}

TEST_CASE("more dimensions or tensors than any model has are refused before memory is spent on them") {
  std::string dims = "[1";
  for (int i = 0; i < 1000; ++i) dims += ",1";
  CHECK(readAll(fileOf("{\"a\":" + tensor("U8", dims + "]", "[0,1]") + "}", 1)).fault.rule == "rank");
  std::string many = "{";
  for (int i = 0; i <= 100'000; ++i) many += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":" + tensor("U8", "[0]", "[0,0]");
  CHECK(readAll(fileOf(many + "}", 0)).fault.rule == "too-many-tensors");
  const std::string deep(1 << 20, '[');
  CHECK(readAll(fileOf("{\"a\":{\"x\":" + deep, 0)).fault.what == "invalid JSON in header: recursion limit exceeded");
}

TEST_CASE("a file that comes in pieces is pending until its header is here, and asks for no data") {
  const Bytes bytes = fileOf(std::string(20'000, ' ') + std::string(kTwo), 28);
  PagedSource source(bytes.size());
  TensorFile file;
  TensorFileFault fault;
  int rounds = 0;
  while (readSafetensors(source, 0, file, fault) == TensorFileStatus::kPending) {
    REQUIRE(++rounds <= 3);
    for (const ByteRange& range : source.takeWanted()) {
      source.supply(range.offset, std::span(bytes).subspan(static_cast<size_t>(range.offset), static_cast<size_t>(range.length)));
    }
  }
  CHECK(rounds == 2);
  CHECK(file.tensors.size() == 2);
}

TEST_CASE("no prefix is taken for the file, and no changed byte leads outside it") {
  const Bytes good = fileOf(kTwo, 28);
  everyPrefix(good, [](std::span<const uint8_t> bytes) { CHECK(readAll(bytes).status == TensorFileStatus::kTruncated); });
  everyByteChanged(good, [](std::span<const uint8_t> bytes, size_t) {
    const Read read = readAll(bytes);
    if (read.status != TensorFileStatus::kOk) return;
    for (const TensorInfo& t : read.file.tensors) {
      const Extent& extent = t.parts.at(0).extent;
      CHECK(extent.offset + extent.length <= bytes.size());
    }
  });
}

TEST_CASE("files of the real library: names, shapes and types, and what it says of broken ones") {
  const Read half = readAll(fixture("hf/half-safetensors/model/model.safetensors"));
  REQUIRE(half.status == TensorFileStatus::kOk);
  CHECK(half.file.has_format);
  CHECK(std::all_of(half.file.tensors.begin(), half.file.tensors.end(), [](const TensorInfo& t) { return t.dtype == DType::kFloat16; }));
  CHECK(!readAll(fixture("hf/no-format-metadata/model/model.safetensors")).file.has_format);
  expectWords(readAll(fixture("hf/header-json-broken/model/model.safetensors")), TensorFileStatus::kBadHeader, "json",
              "invalid JSON in header: expected `:` at line 1 column 88");
  expectWords(readAll(fixture("hf/hole-between-tensors/model/model.safetensors")), TensorFileStatus::kBadHeader, "hole",
              "invalid offset for tensor `bert.embeddings.LayerNorm.weight`");
  expectWords(readAll(fixture("hf/truncated-safetensors/model/model.safetensors")), TensorFileStatus::kTruncated, "data",
              "incomplete metadata, file not fully covered");
}
