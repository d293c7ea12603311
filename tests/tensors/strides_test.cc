#include "tensors/strides.h"

#include <algorithm>

#include "doctest/doctest.h"

using namespace bp;

namespace {

using Dims = std::vector<int64_t>;

// Places of all elements in row-major order, straight from the definition.
std::vector<uint64_t> placesOf(const Dims& shape, const Dims& strides) {
  std::vector<uint64_t> places = {0};
  for (size_t d = 0; d < shape.size(); ++d) {
    std::vector<uint64_t> longer;
    for (const uint64_t place : places) {
      for (int64_t i = 0; i < shape[d]; ++i) longer.push_back(place + static_cast<uint64_t>(i * strides[d]));
    }
    places = longer;
  }
  return places;
}

}  // namespace

TEST_CASE("every element is found at its place, every place in between belongs to none") {
  const std::pair<Dims, Dims> cases[] = {
      {{4, 3}, {1, 4}}, {{2, 3, 4}, {1, 8, 2}}, {{3, 2}, {4, 1}}, {{2, 2}, {8, 3}}, {{4, 3}, {0, 1}}, {{2, 3}, {1, 0}}, {{2, 1, 3}, {0, 77, 5}}, {{5}, {3}}, {{2, 3, 2}, {0, 4, 0}},
  };
  for (const auto& [shape, strides] : cases) {
    const std::vector<uint64_t> places = placesOf(shape, strides);
    const auto order = StridedOrder::of(shape, strides);
    REQUIRE(order.has_value());
    const uint64_t span = *stridedSpan(shape, strides);
    CHECK(span == *std::max_element(places.begin(), places.end()) + 1);
    std::vector<int> found(places.size());
    for (uint64_t place = 0; place < span; ++place) {
      const auto index = order->indexOf(place);
      CHECK(index.has_value() == (std::find(places.begin(), places.end(), place) != places.end()));
      if (!index) continue;
      order->eachRepeat([&](uint64_t shift) {
        const auto at = static_cast<size_t>(*index + shift);
        REQUIRE(at < places.size());
        CHECK(places[at] == place);
        ++found[at];
      });
    }
    CHECK(std::all_of(found.begin(), found.end(), [](int times) { return times == 1; }));
  }
}

TEST_CASE("row-major is told whatever the strides of single elements say") {
  CHECK(isRowMajor(Dims{2, 3}, Dims{3, 1}));
  CHECK(isRowMajor(Dims{1, 6}, Dims{99, 1}));
  CHECK(isRowMajor(Dims{2, 1, 3}, Dims{3, 0, 1}));
  CHECK(isRowMajor(Dims{}, Dims{}));
  CHECK(isRowMajor(Dims{0, 3}, Dims{7, 7}));
  CHECK(!isRowMajor(Dims{2, 3}, Dims{1, 2}));
  CHECK(!isRowMajor(Dims{2, 3}, Dims{4, 1}));
  CHECK(!isRowMajor(Dims{2}, Dims{0}));
}

TEST_CASE("elements on each other's places and repetition without end have no order") {
  CHECK(!StridedOrder::of(Dims{3, 3}, Dims{1, 1}));
  CHECK(!StridedOrder::of(Dims{3, 4}, Dims{2, 1}));
  CHECK(StridedOrder::of(Dims{2, 2}, Dims{2, 1}));
  CHECK(StridedOrder::of(Dims{1 << 10, 1 << 10}, Dims{0, 1}));
  CHECK(!StridedOrder::of(Dims{(1 << 10) + 1, 1 << 10}, Dims{0, 1}));
  CHECK(!StridedOrder::of(Dims{INT64_MAX}, Dims{0}));
}

TEST_CASE("spans that overflow are none") {
  CHECK(stridedSpan(Dims{2, 2}, Dims{INT64_MAX, 1}) == std::nullopt);
  CHECK(stridedSpan(Dims{3}, Dims{INT64_MAX}) == std::nullopt);
  CHECK(stridedSpan(Dims{0, 3}, Dims{INT64_MAX, INT64_MAX}) == 0u);
  CHECK(stridedSpan(Dims{1}, Dims{INT64_MAX}) == 1u);
}
