#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace bp::kernels {
namespace {

// Values added up in float before the sum goes into a double.
constexpr size_t kRun = 256;

bool isFinite(float x) { return x - x == 0.0f; }

void addOne(Summary& summary, float x, float shift) {
  summary.zeros += x == 0.0f;
  summary.ones += x == 1.0f;
  if (!isFinite(x)) {
    ++(x == x ? summary.inf : summary.nan);
    return;
  }
  const double d = static_cast<double>(x) - static_cast<double>(shift);
  summary.sum += d;
  summary.sum_squares += d * d;
  if (x < summary.smallest) summary.smallest = x;
  if (summary.largest < x) summary.largest = x;
}

// kRun values at once; false, and nothing added, if one is not finite or too large to be squared.
bool addRun(Summary& summary, const float* x, float shift) {
  Floats sum[2] = {}, squares[2] = {};
  Floats low = load(x), high = low;
  Ints zeros = {}, ones = {};
  for (size_t i = 0; i < kRun; i += 2 * kLanes) {
    for (size_t j = 0; j < 2; ++j) {
      const Floats v = load(x + i + j * kLanes);
      const Floats d = v - splat(shift);
      sum[j] += d;
      squares[j] = mulAdd(d, d, squares[j]);
      low = smaller(low, v);
      high = larger(high, v);
      zeros -= v == splat(0.0f);
      ones -= v == splat(1.0f);
    }
  }
  const float square = sumLanes(squares[0] + squares[1]);
  if (!isFinite(square)) return false;
  summary.sum += static_cast<double>(sumLanes(sum[0] + sum[1]));
  summary.sum_squares += static_cast<double>(square);
  summary.zeros += static_cast<uint64_t>(sumLanes(zeros));
  summary.ones += static_cast<uint64_t>(sumLanes(ones));
  const float smallest = smallestLane(low), largest = largestLane(high);
  if (smallest < summary.smallest) summary.smallest = smallest;
  if (summary.largest < largest) summary.largest = largest;
  return true;
}

}  // namespace

Summary summarize(const float* x, size_t count, float shift) {
  Summary summary = {};
  summary.smallest = __builtin_inff();
  summary.largest = -__builtin_inff();
  size_t i = 0;
  while (i < count) {
    const size_t run = count - i < kRun ? count - i : kRun;
    if (run < kRun || !addRun(summary, x + i, shift)) {
      for (size_t j = 0; j < run; ++j) addOne(summary, x[i + j], shift);
    }
    i += run;
  }
  return summary;
}

}  // namespace bp::kernels
