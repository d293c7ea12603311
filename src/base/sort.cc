#include "base/sort.h"

#include <algorithm>
#include <numeric>

namespace bp {

std::vector<std::size_t> sortedIndexes(std::size_t count, IndexLess less, const void* context) {
  std::vector<std::size_t> indexes(count);
  std::iota(indexes.begin(), indexes.end(), std::size_t{0});
  std::stable_sort(indexes.begin(), indexes.end(), [less, context](std::size_t a, std::size_t b) { return less(context, a, b); });
  return indexes;
}

}  // namespace bp
