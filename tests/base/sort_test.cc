#include "base/sort.h"

#include <memory>
#include <string>

#include "doctest/doctest.h"

using namespace bp;

TEST_CASE("elements are sorted, and equal ones keep their order") {
  std::vector<std::pair<int, std::string>> items;
  for (int i = 0; i < 1000; ++i) items.push_back({(i * 7919) % 10, std::to_string(i)});
  stableSort(items, [](const auto& a, const auto& b) { return a.first > b.first; });
  REQUIRE(items.size() == 1000);
  for (size_t i = 1; i < items.size(); ++i) {
    CHECK(items[i - 1].first >= items[i].first);
    if (items[i - 1].first == items[i].first) CHECK(std::stoi(items[i - 1].second) < std::stoi(items[i].second));
  }
}

TEST_CASE("elements are only moved") {
  std::vector<std::unique_ptr<int>> items;
  for (const int value : {3, 1, 2}) items.push_back(std::make_unique<int>(value));
  stableSort(items, [](const auto& a, const auto& b) { return *a < *b; });
  CHECK(*items[0] == 1);
  CHECK(*items[1] == 2);
  CHECK(*items[2] == 3);
}

TEST_CASE("nothing and a single element are sorted already") {
  std::vector<int> none, one = {5};
  stableSort(none);
  stableSort(one);
  CHECK(none.empty());
  CHECK(one == std::vector<int>{5});
}
