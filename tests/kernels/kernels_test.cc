// The fast kernels against their definition (reference.h), over sizes that fit no tile.
#include "kernels/kernels.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "kernels/reference.h"

using namespace bp::kernels;

namespace {

constexpr float kUntouched = 12345.0f;

std::vector<float> randomValues(size_t count, uint32_t seed, float spread = 1.0f) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0f, spread);
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

std::vector<float> packed(const std::vector<float>& w, size_t k, size_t n) {
  std::vector<float> panels(packedSize(k, n), 0.0f);
  for (size_t row = 0; row < k; ++row) {
    for (size_t col = 0; col < n; ++col) panels[packedIndex(k, row, col)] = w[row * n + col];
  }
  return panels;
}

float largestDifference(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  float largest = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const float difference = std::abs(a[i] - b[i]);
    if (!(difference <= largest)) largest = difference;  // keeps a NaN
  }
  return largest;
}

// Rounding of a sum of k products of normal values: sqrt(k) steps of the size of the sum, which is about sqrt(k).
float sumTolerance(size_t k) { return 1e-6f + 2e-7f * static_cast<float>(k); }

void comparePacked(size_t m, size_t k, size_t n, bool with_bias) {
  CAPTURE(m);
  CAPTURE(k);
  CAPTURE(n);
  const size_t lda = k + 3, ldc = n + 5;
  const std::vector<float> a = randomValues(m * lda, 1), w = packed(randomValues(k * n, 2), k, n), bias = randomValues(n, 3);
  std::vector<float> fast(m * ldc, kUntouched), slow = fast;
  matmulPacked(a.data(), lda, w.data(), with_bias ? bias.data() : nullptr, fast.data(), ldc, m, k, n);
  reference::matmulPacked(a.data(), lda, w.data(), with_bias ? bias.data() : nullptr, slow.data(), ldc, m, k, n);
  REQUIRE(largestDifference(fast, slow) <= sumTolerance(k));
}

}  // namespace

TEST_CASE("a packed operand has whole panels and zeros behind the last column") {
  CHECK(packedSize(3, 8) == 24);
  CHECK(packedSize(3, 9) == 48);
  CHECK(packedIndex(3, 0, 8) == 24);
  CHECK(packedIndex(3, 2, 9) == 41);
}

TEST_CASE("the reference product is the sum of products") {
  const std::vector<float> a = {1, 2, 3, 4, 5, 6}, w = packed({1, 10, 100, 1000, 10000, 100000}, 3, 2), bias = {0.5f, -0.5f};
  std::vector<float> c(4);
  reference::matmulPacked(a.data(), 3, w.data(), bias.data(), c.data(), 2, 2, 3, 2);
  CHECK(c == std::vector<float>{30201.5f, 302009.5f, 60504.5f, 605039.5f});
}

TEST_CASE("packed product equals its definition at every small size") {
  for (size_t m = 1; m <= 9; ++m) {
    for (size_t k = 1; k <= 70; k += k < 10 ? 1 : 7) {
      for (size_t n = 1; n <= 40; n += n < 18 ? 1 : 5) comparePacked(m, k, n, (m + k + n) % 2 == 0);
    }
  }
}

TEST_CASE("packed product equals its definition at the sizes of models") {
  comparePacked(8, 768, 768, true);
  comparePacked(13, 3072, 37, true);
  comparePacked(5, 1537, 24, false);
  comparePacked(31, 312, 1200, true);
}

TEST_CASE("an empty product is the bias") {
  const std::vector<float> bias = {1, 2, 3};
  std::vector<float> c(6, kUntouched);
  matmulPacked(nullptr, 0, nullptr, bias.data(), c.data(), 3, 2, 0, 3);
  CHECK(c == std::vector<float>{1, 2, 3, 1, 2, 3});
}

TEST_CASE("product with a transposed operand equals its definition at every small size") {
  for (size_t m = 1; m <= 9; ++m) {
    for (size_t k = 1; k <= 70; k += k < 10 ? 1 : 7) {
      for (size_t n = 1; n <= 40; n += n < 18 ? 1 : 5) {
        CAPTURE(m);
        CAPTURE(k);
        CAPTURE(n);
        const size_t lda = k + 1, ldb = k + 2, ldc = n + 3;
        const std::vector<float> a = randomValues(m * lda, 4), b = randomValues(n * ldb, 5);
        std::vector<float> fast(m * ldc, kUntouched), slow = fast;
        matmulTransposed(a.data(), lda, b.data(), ldb, fast.data(), ldc, m, k, n);
        reference::matmulTransposed(a.data(), lda, b.data(), ldb, slow.data(), ldc, m, k, n);
        REQUIRE(largestDifference(fast, slow) <= sumTolerance(k));
      }
    }
  }
}

TEST_CASE("activations stay within the stated error") {
  std::vector<float> inputs = {0.0f, -0.0f, 1e-30f, -1e-30f, 1e30f, -1e30f, 3e38f, -3e38f};
  for (float x = -30; x <= 30; x += 0.00097f) inputs.push_back(x);
  for (float x = -0.7f; x <= 0.7f; x += 0.000013f) inputs.push_back(x);
  for (int i = 0; i <= static_cast<int>(Activation::kGelu10); ++i) {
    const auto activation = static_cast<Activation>(i);
    CAPTURE(i);
    std::vector<float> fast = inputs, slow = inputs;
    activate(activation, fast.data(), fast.size());
    reference::activate(activation, slow.data(), slow.size());
    float worst = 0, at = 0;
    for (size_t j = 0; j < inputs.size(); ++j) {
      const float error = std::abs(fast[j] - slow[j]) / std::max(1.0f, std::abs(inputs[j]));
      if (!(error <= worst)) worst = error, at = inputs[j];
    }
    CAPTURE(at);
    CHECK(worst <= kActivationError);
  }
}

TEST_CASE("activations have the published values") {
  const auto at = [](Activation activation, float x) {
    activate(activation, &x, 1);
    return x;
  };
  const float points[] = {-1, -0.5f, 0.5f, 1, 2, 3};
  const float erf[] = {-0.158655254f, -0.154268769f, 0.345731231f, 0.841344746f, 1.954499736f, 2.995950306f};
  const float tanh[] = {-0.158808009f, -0.154285990f, 0.345714010f, 0.841191991f, 1.954597694f, 2.996362608f};
  for (size_t i = 0; i < 6; ++i) {
    CHECK(at(Activation::kGeluErf, points[i]) == doctest::Approx(erf[i]).epsilon(5e-7));
    CHECK(at(Activation::kGeluTanh, points[i]) == doctest::Approx(tanh[i]).epsilon(5e-7));
  }
  CHECK(at(Activation::kGelu10, 12.0f) == 10.0f);
  CHECK(at(Activation::kRelu, -3.0f) == 0.0f);
  CHECK(at(Activation::kQuickGelu, 1.0f) == doctest::Approx(0.845795766));
  CHECK(at(Activation::kMish, 1.0f) == doctest::Approx(0.865098388));
}

TEST_CASE("what is not a number stays so through every activation") {
  for (int i = 0; i <= static_cast<int>(Activation::kGelu10); ++i) {
    CAPTURE(i);
    float x[5] = {1, 2, std::numeric_limits<float>::quiet_NaN(), 3, std::numeric_limits<float>::quiet_NaN()};
    activate(static_cast<Activation>(i), x, 5);
    CHECK(std::isnan(x[2]));
    CHECK(std::isnan(x[4]));
    CHECK(std::isfinite(x[3]));
  }
}

TEST_CASE("layer normalisation equals its definition at odd widths") {
  for (size_t width : {1, 2, 3, 4, 5, 7, 8, 31, 37, 64, 768}) {
    CAPTURE(width);
    const std::vector<float> gamma = randomValues(width, 6), beta = randomValues(width, 7);
    std::vector<float> fast = randomValues(3 * width, 8, 5.0f);
    for (float& x : fast) x += 100;
    std::vector<float> slow = fast;
    layerNorm(fast.data(), gamma.data(), beta.data(), 1e-12f, 3, width);
    reference::layerNorm(slow.data(), gamma.data(), beta.data(), 1e-12f, 3, width);
    // The mean of values near 100 is known to about 1e-5.
    if (width > 1) CHECK(largestDifference(fast, slow) <= 2e-5f);
  }
}

TEST_CASE("adding touches all values and no more") {
  for (size_t count = 0; count < 11; ++count) {
    std::vector<float> x = randomValues(count, 9), y = randomValues(count, 10), expected = x;
    reference::addTo(expected.data(), y.data(), count);
    addTo(x.data(), y.data(), count);
    CHECK(x == expected);
  }
}

TEST_CASE("an attention head equals its definition at odd sizes") {
  for (size_t rows : {1, 2, 3, 4, 5, 9, 33}) {
    for (size_t cols : {1, 2, 3, 4, 5, 7, 8, 33}) {
      for (size_t depth : {1, 2, 3, 5, 8, 12, 13, 26, 64}) {
        CAPTURE(rows);
        CAPTURE(cols);
        CAPTURE(depth);
        const size_t stride = depth + 7, out_stride = depth + 3;
        const std::vector<float> q = randomValues(rows * stride, 11), k = randomValues(cols * stride, 12), v = randomValues(cols * stride, 13);
        std::vector<float> mask(cols, 0.0f);
        for (size_t i = 2; i < cols; i += 3) mask[i] = -10000.0f;
        std::vector<float> fast(rows * out_stride, kUntouched), slow = fast, p(rows * cols), slow_p(rows * cols);
        attentionHead(q.data(), k.data(), v.data(), stride, mask.data(), p.data(), fast.data(), out_stride, rows, cols, depth);
        reference::attentionHead(q.data(), k.data(), v.data(), stride, mask.data(), slow_p.data(), slow.data(), out_stride, rows, cols, depth);
        REQUIRE(largestDifference(p, slow_p) <= 2e-6f);
        REQUIRE(largestDifference(fast, slow) <= 5e-6f);
      }
    }
  }
}

TEST_CASE("masked keys weigh exactly nothing and the weights of a row add up to one") {
  const size_t n = 9, depth = 5;
  const std::vector<float> x = randomValues(n * depth, 14, 3.0f);
  std::vector<float> mask(n, 0.0f), p(n * n), out(n * depth);
  mask[3] = mask[8] = -10000.0f;
  attentionHead(x.data(), x.data(), x.data(), depth, mask.data(), p.data(), out.data(), depth, n, n, depth);
  for (size_t row = 0; row < n; ++row) {
    CHECK(p[row * n + 3] == 0.0f);
    CHECK(p[row * n + 8] == 0.0f);
    float sum = 0;
    for (size_t col = 0; col < n; ++col) sum += p[row * n + col];
    CHECK(sum == doctest::Approx(1.0).epsilon(1e-6));
  }
}

TEST_CASE("a summary equals its definition, whatever the values") {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const float odd[] = {nan, inf, -inf, 3e38f, -3e38f, 1e-45f, 0.0f, -0.0f, 1.0f, -1.0f};
  for (size_t count : {0, 1, 2, 5, 255, 256, 257, 512, 1000, 4096}) {
    for (size_t planted = 0; planted <= std::min<size_t>(count, std::size(odd)); ++planted) {
      CAPTURE(count);
      CAPTURE(planted);
      std::vector<float> x = randomValues(count, 15, 0.5f);
      for (float& value : x) value += 2.0f;
      for (size_t i = 0; i < planted; ++i) x[(i * 389 + 3) % count] = odd[i];
      const Summary fast = summarize(x.data(), count, 1.75f), slow = reference::summarize(x.data(), count, 1.75f);
      CHECK(fast.nan == slow.nan);
      CHECK(fast.inf == slow.inf);
      CHECK(fast.zeros == slow.zeros);
      CHECK(fast.ones == slow.ones);
      CHECK(fast.smallest == slow.smallest);
      CHECK(fast.largest == slow.largest);
      CHECK(fast.sum == doctest::Approx(slow.sum).epsilon(1e-6));
      CHECK(fast.sum_squares == doctest::Approx(slow.sum_squares).epsilon(1e-6));
    }
  }
}
