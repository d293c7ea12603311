// One sort for elements of any type: std::sort and std::stable_sort are compiled anew for each, to 2 to 4 kB every time.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace bp {

// Whether element `a` comes before element `b` of what `context` points to.
using IndexLess = bool (*)(const void* context, std::size_t a, std::size_t b);

// 0 … count - 1 sorted; equals keep their order.
std::vector<std::size_t> sortedIndexes(std::size_t count, IndexLess less, const void* context);

// Equals keep their order.
template <typename T, typename Less>
void stableSort(std::vector<T>& items, const Less& less) {
  struct Context {
    const T* items;
    const Less& less;
  };
  const Context context{items.data(), less};
  const std::vector<std::size_t> order = sortedIndexes(
      items.size(),
      [](const void* opaque, std::size_t a, std::size_t b) {
        const Context& c = *static_cast<const Context*>(opaque);
        return static_cast<bool>(c.less(c.items[a], c.items[b]));
      },
      &context);
  std::vector<T> sorted;
  sorted.reserve(items.size());
  for (const std::size_t index : order) sorted.push_back(std::move(items[index]));
  items = std::move(sorted);
}

template <typename T>
void stableSort(std::vector<T>& items) {
  stableSort(items, [](const T& a, const T& b) { return a < b; });
}

}  // namespace bp
