#include "convert/tensor_stream.h"

#include <algorithm>
#include <numeric>

#include "doctest/doctest.h"
#include "support/byte_cases.h"

using namespace bp;
using namespace bp::test;

namespace {

// Element i in row-major order has the bytes of i + 1, little-endian.
Bytes element(uint64_t index, size_t width, bool big_endian = false) {
  Bytes bytes;
  for (size_t b = 0; b < width; ++b) bytes.push_back(static_cast<uint8_t>((index + 1) >> (8 * (width == 1 ? 0 : b))));
  if (big_endian) std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

DType dtypeOf(size_t width) { return width == 1 ? DType::kInt8 : width == 2 ? DType::kFloat16 : width == 4 ? DType::kFloat32 : DType::kFloat64; }

uint64_t countOf(const Shape& shape) { return static_cast<uint64_t>(*elementCount(shape)); }

struct Case {
  TensorInfo tensor;
  Bytes file;
};

TensorPart partAt(uint64_t offset, uint64_t length) {
  TensorPart part;
  part.extent = {0, offset, length};
  return part;
}

Case rowMajor(const Shape& shape, size_t width, bool big_endian = false) {
  Case one;
  one.tensor.shape = shape;
  one.tensor.dtype = dtypeOf(width);
  one.tensor.big_endian = big_endian;
  one.file = Bytes(3, 0xee);  // something before it
  for (uint64_t i = 0; i < countOf(shape); ++i) append(one.file, element(i, width, big_endian));
  one.tensor.parts = {partAt(3, one.file.size() - 3)};
  return one;
}

Case strided(const Shape& shape, const Shape& strides, size_t width) {
  Case one = rowMajor(shape, width);
  one.tensor.strides = strides;
  const auto order = StridedOrder::of(shape, strides);
  REQUIRE(order.has_value());
  one.file.clear();
  for (uint64_t place = 0; place < *stridedSpan(shape, strides); ++place) {
    const auto index = order->indexOf(place);
    append(one.file, index ? element(*index, width) : Bytes(width, 0xdd));
  }
  one.tensor.parts[0].extent = {0, 0, one.file.size()};
  return one;
}

Case sliced(const Shape& shape, const std::vector<std::pair<Shape, Shape>>& boxes, size_t width) {
  Case one = rowMajor(shape, width);
  one.file.clear();
  one.tensor.parts.clear();
  for (const auto& [start, length] : boxes) {
    TensorPart part = partAt(one.file.size(), countOf(length) * width);
    part.start = start;
    part.length = length;
    for (uint64_t i = 0; i < countOf(length); ++i) append(one.file, element(indexInTensor(one.tensor, part, i), width));
    one.tensor.parts.push_back(part);
  }
  return one;
}

struct Streamed {
  Bytes bytes;
  uint64_t read = 0;
  size_t most = 0;  // given out at once
};

Streamed stream(const Case& one, const ConvertedTensor& target, size_t chunk, uint64_t window) {
  Streamed out;
  TensorStream stream(one.tensor, target, window);
  while (const auto read = stream.next()) {
    append(out.bytes, stream.made());
    REQUIRE(read->offset + read->length <= one.file.size());
    for (uint64_t at = 0; at < read->length; at += chunk) {
      const auto size = static_cast<size_t>(std::min<uint64_t>(chunk, read->length - at));
      inOwnAllocation(std::span(one.file).subspan(static_cast<size_t>(read->offset + at), size), [&](std::span<const uint8_t> bytes) {
        const auto ready = stream.take(bytes);
        out.most = std::max(out.most, ready.size());
        append(out.bytes, ready);
      });
      out.read += size;
    }
  }
  return out;
}

// Whose bytes stand at `index` in row-major order: along a stride of 0 all have those of the first.
uint64_t valueAt(const TensorInfo& tensor, uint64_t index) {
  if (tensor.strides.empty()) return index;
  uint64_t place = 0;
  for (size_t d = tensor.shape.size(), rest = index; d-- > 0; rest /= static_cast<uint64_t>(tensor.shape[d])) {
    place += rest % static_cast<uint64_t>(tensor.shape[d]) * static_cast<uint64_t>(tensor.strides[d]);
  }
  return *StridedOrder::of(tensor.shape, tensor.strides)->indexOf(place);
}

// Whatever the chunks and the window, the output is what the definition says; rows behind the last of `rows` are left out.
void expectRight(const Case& one, bool transposed, int64_t rows = -1) {
  Shape shape = one.tensor.shape;
  if (rows >= 0) shape[0] = rows;
  if (transposed) std::reverse(shape.begin(), shape.end());
  const size_t width = itemSize(one.tensor.dtype);
  const ConvertedTensor target{"t", one.tensor.dtype, shape, 0, transposed};
  Bytes expected;
  for (uint64_t i = 0; i < countOf(shape); ++i) {
    const auto columns = transposed ? static_cast<uint64_t>(shape[1]) : 1;
    append(expected, element(valueAt(one.tensor, transposed ? i % columns * static_cast<uint64_t>(shape[0]) + i / columns : i), width));
  }
  for (const size_t chunk : {size_t{1}, size_t{3}, size_t{7}, size_t{64}, size_t{1} << 20}) {
    for (const uint64_t window : {uint64_t{8}, uint64_t{40}, TensorStream::kWindow}) {
      CHECK(stream(one, target, chunk, window).bytes == expected);
    }
  }
}

}  // namespace

TEST_CASE("what lies in order passes straight through and is read once") {
  const Case one = rowMajor({5, 7}, 4);
  expectRight(one, false);
  const ConvertedTensor target{"t", DType::kFloat32, {5, 7}, 0, false};
  CHECK(stream(one, target, 11, 16).read == 5 * 7 * 4);
  expectRight(rowMajor({}, 8), false);
  expectRight(rowMajor({0, 7}, 4), false);
}

TEST_CASE("a matrix is turned round, in every width") {
  for (const size_t width : {1u, 2u, 4u, 8u}) {
    expectRight(rowMajor({5, 7}, width), true);
    expectRight(rowMajor({1, 9}, width), true);
    expectRight(rowMajor({9, 1}, width), true);
  }
  expectRight(rowMajor({3, 0}, 4), true);
}

TEST_CASE("no more than a window is held, for which the source is read again") {
  const Case one = rowMajor({16, 16}, 4);
  const ConvertedTensor target{"t", DType::kFloat32, {16, 16}, 0, true};
  const Streamed four = stream(one, target, 100, 256);
  CHECK(four.most == 256);
  CHECK(four.read == 4 * 1024);
  CHECK(stream(one, target, 100, 1024).read == 1024);
}

TEST_CASE("strides are undone, repeated values repeated, also where the matrix is turned round") {
  for (const bool transposed : {false, true}) {
    expectRight(strided({4, 3}, {1, 4}, 4), transposed);
    expectRight(strided({4, 3}, {5, 1}, 2), transposed);
    expectRight(strided({4, 3}, {0, 1}, 4), transposed);
  }
  expectRight(strided({2, 3, 4}, {1, 8, 2}, 8), false);
}

TEST_CASE("slices are put together, whichever way they are cut and in whatever order they lie") {
  for (const bool transposed : {false, true}) {
    expectRight(sliced({6, 4}, {{{0, 0}, {2, 4}}, {{2, 0}, {4, 4}}}, 4), transposed);
    expectRight(sliced({6, 4}, {{{2, 0}, {4, 4}}, {{0, 0}, {2, 4}}}, 4), transposed);
    expectRight(sliced({6, 4}, {{{0, 0}, {6, 1}}, {{0, 1}, {6, 3}}}, 4), transposed);
    expectRight(sliced({6, 4}, {{{0, 0}, {3, 2}}, {{0, 2}, {3, 2}}, {{3, 0}, {3, 4}}}, 2), transposed);
  }
  const Case rows = sliced({6, 4}, {{{2, 0}, {4, 4}}, {{0, 0}, {2, 4}}}, 4);
  CHECK(stream(rows, {"t", DType::kFloat32, {6, 4}, 0, false}, 5, 8).read == 6 * 4 * 4);  // rows in order need no window
}

TEST_CASE("big-endian words are turned to little-endian ones") {
  expectRight(rowMajor({5, 7}, 4, true), false);
  expectRight(rowMajor({5, 7}, 4, true), true);
  expectRight(rowMajor({5, 7}, 8, true), true);
}

TEST_CASE("rows behind the last one wanted are left out and, where they lie last, not read") {
  expectRight(rowMajor({6, 3}, 4), false, 4);
  expectRight(rowMajor({6, 3}, 4, true), false, 4);
  expectRight(strided({6, 3}, {1, 6}, 4), false, 4);
  expectRight(sliced({6, 4}, {{{0, 0}, {3, 4}}, {{3, 0}, {3, 4}}}, 4), false, 2);
  CHECK(stream(rowMajor({6, 3}, 4), {"t", DType::kFloat32, {4, 3}, 0, false}, 5, 8).read == 4 * 3 * 4);
}

TEST_CASE("parts whose bytes the table holds need no reading") {
  for (const bool transposed : {false, true}) {
    Case one = sliced({6, 4}, {{{0, 0}, {2, 4}}, {{2, 0}, {3, 4}}, {{5, 0}, {1, 4}}}, 4);
    TensorPart& held = one.tensor.parts[1];
    const auto begin = one.file.begin() + static_cast<std::ptrdiff_t>(held.extent.offset);
    held.values = std::make_shared<const Bytes>(begin, begin + static_cast<std::ptrdiff_t>(held.extent.length));
    held.extent.length = 7;  // what they were made of
    expectRight(one, transposed);
  }
}

TEST_CASE("a tensor whose slices are fewer than its shape calls for ends") {
  const Case one = sliced({6, 4}, {{{0, 0}, {2, 4}}}, 4);
  CHECK(stream(one, {"t", DType::kFloat32, {6, 4}, 0, false}, 5, 8).bytes.size() == 2 * 4 * 4);
}
