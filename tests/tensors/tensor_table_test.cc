#include "tensors/tensor_table.h"

#include <doctest/doctest.h>

using namespace bp;

TEST_CASE("a shape counts the product of its dims") {
  CHECK(elementCount(Shape{}) == 1);
  CHECK(elementCount(Shape{30522, 768}) == 23440896);
  CHECK(elementCount(Shape{5, 0, 7}) == 0);
}

TEST_CASE("a shape that cannot be counted says so") {
  CHECK_FALSE(elementCount(Shape{-1}).has_value());
  CHECK_FALSE(elementCount(Shape{0, -1}).has_value());
  CHECK_FALSE(elementCount(Shape{INT64_MAX, 2}).has_value());
  CHECK_FALSE(elementCount(Shape{1LL << 32, 1LL << 31}).has_value());
  CHECK(elementCount(Shape{INT64_MAX, 1}) == INT64_MAX);
}

TEST_CASE("shapes are written as Python writes lists") {
  CHECK(shapeText(Shape{}) == "[]");
  CHECK(shapeText(Shape{2, 768}) == "[2, 768]");
}

TEST_CASE("a table keeps the order of adding and finds the first of equal names") {
  TensorTable table;
  for (const char* name : {"b", "a", "b"}) {
    TensorInfo tensor;
    tensor.name = name;
    tensor.shape = {static_cast<int64_t>(table.size())};
    table.add(std::move(tensor));
  }
  REQUIRE(table.size() == 3);
  CHECK(table[1].name == "a");
  CHECK(table.indexOf("b") == 0u);
  CHECK(table.find("b")->shape == Shape{0});
  CHECK(table.find("c") == nullptr);
}

TEST_CASE("the bytes of all parts are added without wrapping") {
  TensorInfo tensor;
  tensor.parts.resize(2);
  tensor.parts[0].extent.length = 12;
  tensor.parts[1].extent.length = 30;
  CHECK(tensor.bytes() == 42);
  tensor.parts[0].extent.length = UINT64_MAX;
  CHECK(tensor.bytes() == UINT64_MAX);
}

TEST_CASE("an element of a part is found in the whole tensor") {
  TensorInfo tensor;
  tensor.shape = {4, 6, 2};
  TensorPart part;
  CHECK(indexInTensor(tensor, part, 17) == 17);
  part.start = {1, 4, 0};
  part.length = {3, 2, 2};
  CHECK(indexInTensor(tensor, part, 0) == 20);
  CHECK(indexInTensor(tensor, part, 3) == 23);
  CHECK(indexInTensor(tensor, part, 4) == 32);
  CHECK(indexInTensor(tensor, part, 11) == 47);
}
