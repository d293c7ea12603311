#include "checks/vocab_rows.h"

#include <doctest/doctest.h>

using namespace bp;

namespace {

TensorTable tableOf(const Shape& words, const Shape& bias, size_t parts = 1) {
  TensorTable table;
  for (const Shape& shape : {words, bias}) {
    TensorInfo tensor;
    tensor.name = "tensor " + std::to_string(table.size());
    tensor.shape = shape;
    tensor.parts.resize(parts);
    table.add(tensor);
  }
  return table;
}

}  // namespace

TEST_CASE("norms come row by row, wherever chunks end, and only of rows that came whole") {
  VocabRows rows(tableOf({3, 2}, {3}), 0, 1);
  rows.take(0, 0, 0, std::vector<float>{3});
  CHECK(rows.norms().empty());
  rows.take(0, 0, 1, std::vector<float>{4, 5, 12, 1});
  CHECK(rows.norms() == std::vector<double>{5, 13});
  rows.take(0, 0, 5, std::vector<float>{0});
  CHECK(rows.norms() == std::vector<double>{5, 13, 1});
  rows.take(1, 0, 0, std::vector<float>{7, 8});
  rows.take(1, 0, 2, std::vector<float>{9});
  CHECK(rows.bias() == std::vector<float>{7, 8, 9});
}

TEST_CASE("a gap in the values ends the gathering") {
  VocabRows rows(tableOf({3, 2}, {3}), 0, 1);
  rows.take(0, 0, 2, std::vector<float>{3, 4});
  rows.take(1, 0, 1, std::vector<float>{7});
  CHECK(rows.norms().empty());
  CHECK(rows.bias().empty());
}

TEST_CASE("only a whole matrix and a whole vector are wanted") {
  const auto wants = [](const TensorTable& table, uint32_t tensor) { return VocabRows(table, 0, 1).wants(tensor); };
  CHECK(wants(tableOf({3, 2}, {3}), 0));
  CHECK(wants(tableOf({3, 2}, {3}), 1));
  CHECK(!wants(tableOf({3, 2}, {3}), 2));
  CHECK(!wants(tableOf({3, 0}, {3}), 0));
  CHECK(!wants(tableOf({3}, {3}), 0));
  CHECK(!wants(tableOf({3, 2}, {3, 1}), 1));
  CHECK(!wants(tableOf({4, 2}, {4}, 2), 0));
  CHECK(!VocabRows(tableOf({3, 2}, {3}), std::nullopt, std::nullopt).wants(0));
}
