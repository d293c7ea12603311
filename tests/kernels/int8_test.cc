// The int8 product against sums of whole numbers, and against what rounding to levels may cost.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/reference.h"

using namespace bp::kernels;

namespace {

constexpr float kUntouched = 12345.0f;

struct Room {  // filled with what no kernel writes, and a guard behind it
  explicit Room(size_t bytes) : values(bytes / sizeof(float) + 1, kUntouched) {}
  void* data() { return values.data(); }
  bool kept() const { return values.back() == kUntouched; }
  std::vector<float> values;
};

std::vector<float> product(const std::vector<float>& a, const std::vector<float>& w, bool transposed, const float* bias, size_t m, size_t k, size_t n) {
  Room rows(int8RowsSize(m, k)), columns(int8ColumnsSize(k, n));
  quantizeRows(a.data(), m, k, rows.data());
  quantizeColumns(w.data(), transposed, k, n, columns.data());
  CHECK(rows.kept());
  CHECK(columns.kept());
  std::vector<float> c(m * n + 1, kUntouched);
  matmulInt8(rows.data(), columns.data(), bias, c.data(), m, k, n);
  CHECK(c.back() == kUntouched);
  c.pop_back();
  return c;
}

// Whole numbers around `mid`, those farthest from it, `most`, in every line of `width`.
std::vector<int> levels(size_t lines, size_t width, int mid, int most, uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> level(mid - most, mid + most);
  std::vector<int> values(lines * width);
  for (int& value : values) value = level(random);
  for (size_t line = 0; line < lines; ++line) {
    const size_t high = random() % width;
    values[line * width + high] = mid + most;
    values[line * width + (high + 1) % width] = mid - most;
  }
  return values;
}

std::vector<float> scaled(const std::vector<int>& values, float scale) {
  std::vector<float> floats(values.size());
  std::transform(values.begin(), values.end(), floats.begin(), [scale](int value) { return static_cast<float>(value) * scale; });
  return floats;
}

// x [rows, cols] → [cols, rows]
template <typename T>
std::vector<T> turned(const std::vector<T>& x, size_t rows, size_t cols) {
  std::vector<T> y(x.size());
  for (size_t row = 0; row < rows; ++row) {
    for (size_t col = 0; col < cols; ++col) y[col * rows + row] = x[row * cols + col];
  }
  return y;
}

// Values that are whole numbers of as many levels as there are, times a power of two, come through exactly.
void compareExact(size_t m, size_t k, size_t n) {
  CAPTURE(m);
  CAPTURE(k);
  CAPTURE(n);
  const std::vector<int> a = levels(m, k, 9, mostLevel(false), 1), w = levels(n, k, -4, mostLevel(true), 2);  // w by columns
  const std::vector<float> rows = scaled(a, 0.25f), columns = scaled(w, 0.125f);
  const std::vector<float> of_columns = product(rows, columns, true, nullptr, m, k, n);
  const std::vector<float> of_rows = product(rows, turned(columns, n, k), false, nullptr, m, k, n);
  bool same = true;
  for (size_t row = 0; row < m; ++row) {
    for (size_t col = 0; col < n; ++col) {
      int64_t sum = 0;
      for (size_t i = 0; i < k; ++i) sum += int64_t{a[row * k + i]} * w[col * k + i];
      const float expected = static_cast<float>(sum) * 0.03125f;
      same &= of_rows[row * n + col] == expected && of_columns[row * n + col] == expected;
    }
  }
  REQUIRE(same);
}

std::vector<float> normal(size_t count, uint32_t seed, float spread) {
  std::mt19937 random(seed);
  std::normal_distribution<float> draw(0.0f, spread);
  std::vector<float> values(count);
  for (float& value : values) value = draw(random);
  return values;
}

float width(const float* x, size_t count, size_t stride = 1) {
  float low = x[0], high = x[0];
  for (size_t i = 0; i < count; ++i) {
    low = std::min(low, x[i * stride]);
    high = std::max(high, x[i * stride]);
  }
  return high - low;
}

}  // namespace

TEST_CASE("the int8 product is the sum of products of whole numbers at every small size") {
  for (size_t m = 1; m <= 10; ++m) {
    for (size_t k = 1; k <= 13; ++k) {
      for (size_t n = 1; n <= 18; ++n) compareExact(m, k, n);
    }
  }
}

TEST_CASE("the int8 product is the sum of products of whole numbers at odd sizes of a model") {
  for (const size_t k : {31, 64, 129, 768, 1000}) {
    compareExact(7, k, 37);
    compareExact(33, k, 5);
  }
}

TEST_CASE("the largest levels of one sign fill no sum on the way") {
  for (const float sign : {1.0f, -1.0f}) {
    for (const size_t k : {size_t{4}, size_t{4096}, kMostInt8Depth}) {
      CAPTURE(k);
      // All but one of the row's levels are the largest, all but one of a column's.
      const int64_t level = mostLevel(false), weight = mostLevel(true);
      std::vector<float> a(k, sign * static_cast<float>(level)), w(2 * k, static_cast<float>(weight));
      a[0] = -a[0];
      w[k - 1] = w[2 * k - 1] = -w[0];
      const int64_t ones = static_cast<int64_t>(k) - 4;
      const float expected = sign * static_cast<float>(level * weight * ones);
      CHECK(product(a, w, true, nullptr, 1, k, 2) == std::vector<float>{expected, expected});
      for (float& value : w) value = -value;
      CHECK(product(a, w, true, nullptr, 1, k, 2) == std::vector<float>{-expected, -expected});
    }
  }
}

TEST_CASE("rows and columns of zeros give the bias, and of one value that value") {
  const std::vector<float> bias = {1, 2, 3, 4};
  const std::vector<float> a = {0, 0, 0, 0, 0, 0, 0.3f, 0.3f, 0.3f, 1, 2, 3, 1e-39f, -1e-39f, 1e-39f};
  const std::vector<float> w = {0, 0.7f, 1, 1e-39f, 0, 0.7f, 3, -1e-39f, 0, 0.7f, 2, 1e-39f};
  const std::vector<float> c = product(a, w, false, bias.data(), 5, 3, 4);
  const auto row = [&c](size_t at) { return std::vector<float>(c.begin() + static_cast<std::ptrdiff_t>(4 * at), c.begin() + static_cast<std::ptrdiff_t>(4 * at + 4)); };
  CHECK(row(0) == bias);
  CHECK(row(1) == bias);
  CHECK(row(2)[0] == 1.0f);
  CHECK(row(2)[1] == doctest::Approx(2 + 0.63));
  CHECK(row(2)[2] == doctest::Approx(3 + 1.8));
  CHECK(row(2)[3] == doctest::Approx(4));
  CHECK(row(3)[0] == 1.0f);
  CHECK(row(3)[1] == doctest::Approx(2 + 4.2));
  CHECK(row(3)[2] == doctest::Approx(3 + 13).epsilon(0.01));
  CHECK(row(4)[2] == doctest::Approx(3));
}

TEST_CASE("a product of nothing is the bias") {
  const std::vector<float> bias = {1, 2, 3};
  CHECK(product({}, {}, false, bias.data(), 2, 0, 3) == std::vector<float>{1, 2, 3, 1, 2, 3});
  CHECK(product({1, 2}, {}, false, nullptr, 2, 1, 0).empty());
}

TEST_CASE("a range next to nothing beside its values does not leave the levels") {
  const size_t k = 64;
  for (const float step : {1e-7f, 3e-5f, 1e-4f, 2e-4f, 1e-3f}) {
    CAPTURE(step);
    std::vector<float> a(k), w(k);
    double expected = 0;
    for (size_t i = 0; i < k; ++i) {
      a[i] = 1000 * (1 + step * static_cast<float>(i % 7) / 6);
      w[i] = 1 + step * static_cast<float>(i % 5) / 4;
      expected += static_cast<double>(a[i]) * w[i];
    }
    CHECK(product(a, w, false, nullptr, 1, k, 1)[0] == doctest::Approx(expected).epsilon(1.1e-4));
  }
}

TEST_CASE("what rounding costs is at most half a level of each side") {
  for (const bool transposed : {false, true}) {
    const size_t m = 13, k = 301, n = 29;
    std::vector<float> a = normal(m * k, 3, 1.0f), w = normal(k * n, 4, 0.05f);
    const std::vector<float> bias = normal(n, 5, 1.0f);
    a[5] = 40.0f;  // an outlier, as LayerNorm makes them
    std::vector<float> exact(m * n);
    reference::matmul(a.data(), w.data(), bias.data(), exact.data(), m, k, n);
    const std::vector<float> c = product(a, transposed ? turned(w, k, n) : w, transposed, bias.data(), m, k, n);
    bool within = true;
    double off = 0;
    for (size_t row = 0; row < m; ++row) {
      for (size_t col = 0; col < n; ++col) {
        const float level = width(&a[row * k], k) / static_cast<float>(2 * mostLevel(false)), weight = width(&w[col], k, n) / static_cast<float>(2 * mostLevel(true));
        double bound = 1e-4;
        for (size_t i = 0; i < k; ++i) bound += 0.5 * level * std::abs(w[i * n + col]) + 0.5 * weight * std::abs(a[row * k + i]) + 0.25 * level * weight;
        const double difference = std::abs(c[row * n + col] - exact[row * n + col]);
        within &= difference <= bound;
        off += difference * difference;
      }
    }
    CHECK(within);
    CHECK(off > 0);
    CHECK(std::sqrt(off / static_cast<double>(m * n)) < 0.03);  // of results spread by 0.05 sqrt(301) = 0.87
  }
}

TEST_CASE("a NaN or an infinity spoils its row or its column and nothing else") {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const size_t m = 6, k = 9, n = 11;
    const std::vector<float> a = normal(m * k, 6, 1.0f), w = normal(k * n, 7, 1.0f);
    const std::vector<float> good = product(a, w, false, nullptr, m, k, n);
    std::vector<float> of_row = a, of_column = w;
    of_row[2 * k + 4] = bad;
    of_column[3 * n + 5] = bad;
    const std::vector<float> rows = product(of_row, w, false, nullptr, m, k, n), columns = product(a, of_column, false, nullptr, m, k, n);
    for (size_t i = 0; i < m * n; ++i) {
      CHECK(std::isfinite(rows[i]) == (i / n != 2));
      CHECK(std::isfinite(columns[i]) == (i % n != 5));
      if (i / n != 2) CHECK(rows[i] == good[i]);
      if (i % n != 5) CHECK(columns[i] == good[i]);
    }
  }
}
