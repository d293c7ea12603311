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

// Levels of both signs up to `most`, the largest of them in every line of `width`.
std::vector<int> levels(size_t lines, size_t width, int most, uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> level(-most, most);
  std::vector<int> values(lines * width);
  for (int& value : values) value = level(random);
  for (size_t line = 0; line < lines; ++line) values[line * width + random() % width] = random() % 2 == 0 ? most : -most;
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

// Values that are levels times a power of two come through exactly: the result is a whole number times one.
void compareExact(size_t m, size_t k, size_t n) {
  CAPTURE(m);
  CAPTURE(k);
  CAPTURE(n);
  const std::vector<int> a = levels(m, k, 127, 1), w = levels(n, k, 63, 2);  // w by columns
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

float largest(const float* x, size_t count, size_t stride = 1) {
  float most = 0;
  for (size_t i = 0; i < count; ++i) most = std::max(most, std::abs(x[i * stride]));
  return most;
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
    for (const size_t k : {size_t{1}, size_t{4}, size_t{4096}, kMostInt8Depth}) {
      CAPTURE(k);
      const std::vector<float> a(k, sign * 127.0f), w(2 * k, 63.0f);
      const float expected = sign * static_cast<float>(int64_t{127} * 63 * static_cast<int64_t>(k));
      CHECK(product(a, w, true, nullptr, 1, k, 2) == std::vector<float>{expected, expected});
      const std::vector<float> negative(2 * k, -63.0f);
      CHECK(product(a, negative, true, nullptr, 1, k, 2) == std::vector<float>{-expected, -expected});
    }
  }
}

TEST_CASE("rows and columns of zeros, and of values too small for a level, give the bias") {
  const std::vector<float> bias = {1, 2, 3};
  const std::vector<float> a = {0, 0, 0, 0, 1, 2, 1e-38f, -1e-38f};  // rows of zeros, of values, of next to nothing
  const std::vector<float> w = {0, 1, 1e-39f, 0, 1, 0};              // columns likewise
  const std::vector<float> c = product(a, w, false, bias.data(), 4, 2, 3);
  for (const size_t at : {0, 1, 2, 3, 4, 5, 6, 9}) CHECK(c[at] == bias[at % 3]);
  CHECK(c[7] == doctest::Approx(5.0).epsilon(0.01));
  for (const size_t at : {8, 10, 11}) CHECK(c[at] == doctest::Approx(bias[at % 3]));
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
        const float level = largest(&a[row * k], k) / 127, weight = largest(&w[col], k, n) / 63;
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
