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
    for (size_t col = 0; col < n; ++col) panels[packedIndex(k, n, row, col)] = w[row * n + col];
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
float sumTolerance(size_t k) { return 2e-6f + 3e-7f * static_cast<float>(k); }

std::vector<float> inLanes(const std::vector<float>& x, size_t m, size_t k) {
  std::vector<float> lanes(lanesSize(m, k), kUntouched);
  packRows(x.data(), k, lanes.data(), m, k);
  return lanes;
}

std::vector<float> inRows(const std::vector<float>& lanes, size_t m, size_t k) {
  std::vector<float> x(m * k, kUntouched);
  unpackRows(lanes.data(), x.data(), k, m, k);
  return x;
}

void compareProduct(size_t m, size_t k, size_t n, bool with_bias) {
  CAPTURE(m);
  CAPTURE(k);
  CAPTURE(n);
  const std::vector<float> a = randomValues(m * k, 1), w = randomValues(k * n, 2), bias = randomValues(n, 3);
  // One value more, to see that no more is written.
  std::vector<float> fast(lanesSize(m, n) + 1, kUntouched), slow(m * n);
  matmul(inLanes(a, m, k).data(), packed(w, k, n).data(), with_bias ? bias.data() : nullptr, fast.data(), m, k, n);
  reference::matmul(a.data(), w.data(), with_bias ? bias.data() : nullptr, slow.data(), m, k, n);
  CHECK(fast.back() == kUntouched);
  REQUIRE(largestDifference(inRows(fast, m, n), slow) <= sumTolerance(k));
}

}  // namespace

TEST_CASE("a packed operand has whole panels and zeros behind the last column") {
  CHECK(packedSize(3, 4) == 12);
  CHECK(packedSize(3, 5) == 24);
  CHECK(packedIndex(3, 8, 0, 4) == 12);
  CHECK(packedIndex(3, 8, 2, 5) == 21);
  CHECK(packedIndex(kDepth + 2, 5, kDepth, 0) == kDepth * 8);
  CHECK(packedIndex(kDepth + 2, 5, kDepth + 1, 4) == kDepth * 8 + 8 + 4);
}

TEST_CASE("rows come back from their lanes, whatever their number and width") {
  for (size_t m = 1; m <= 25; ++m) {
    for (size_t k = 1; k <= 13; ++k) {
      CAPTURE(m);
      CAPTURE(k);
      const size_t ldx = k + 3;
      const std::vector<float> x = randomValues(m * ldx, 20);
      std::vector<float> lanes(lanesSize(m, k) + 1, kUntouched), back(m * ldx, kUntouched);
      packRows(x.data(), ldx, lanes.data(), m, k);
      unpackRows(lanes.data(), back.data(), ldx, m, k);
      CHECK(lanes.back() == kUntouched);
      bool same = true;
      for (size_t i = 0; i < x.size(); ++i) same &= back[i] == (i % ldx < k ? x[i] : kUntouched);
      CHECK(same);
    }
  }
  std::vector<float> x(9 * 2);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i);
  const std::vector<float> lanes = inLanes(x, 9, 2);
  CHECK(lanes[0] == 0.0f);
  CHECK(lanes[7] == 14.0f);  // row 7, column 0
  CHECK(lanes[8] == 1.0f);   // row 0, column 1
  CHECK(lanes[16] == 16.0f);
  CHECK(lanes[20] == 17.0f);  // row 8 of a group of four, column 1
  CHECK(lanes[17] == 0.0f);
}

TEST_CASE("the reference product is the sum of products") {
  const std::vector<float> a = {1, 2, 3, 4, 5, 6}, w = {1, 10, 100, 1000, 10000, 100000}, bias = {0.5f, -0.5f};
  std::vector<float> c(4);
  reference::matmul(a.data(), w.data(), bias.data(), c.data(), 2, 3, 2);
  CHECK(c == std::vector<float>{30201.5f, 302009.5f, 60504.5f, 605039.5f});
}

TEST_CASE("the product equals its definition at every small size") {
  for (size_t m = 1; m <= 21; ++m) {
    for (size_t k = 1; k <= 70; k += k < 10 ? 1 : 7) {
      for (size_t n = 1; n <= 40; n += n < 18 ? 1 : 5) compareProduct(m, k, n, (m + k + n) % 2 == 0);
    }
  }
}

TEST_CASE("the product equals its definition at the sizes of models") {
  compareProduct(8, 768, 768, true);
  compareProduct(13, 3072, 37, true);
  compareProduct(5, 1537, 24, false);
  compareProduct(31, 312, 1200, true);
  compareProduct(4, 769, 41, true);
  compareProduct(173, 769, 41, true);  // too large to stay near
}

TEST_CASE("an empty product is the bias") {
  const std::vector<float> bias = {1, 2, 3};
  for (size_t m : {1, 6}) {
    std::vector<float> c(lanesSize(m, 3), kUntouched);
    matmul(nullptr, nullptr, bias.data(), c.data(), m, 0, 3);
    const std::vector<float> rows = inRows(c, m, 3);
    for (size_t i = 0; i < rows.size(); ++i) CHECK(rows[i] == bias[i % 3]);
  }
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

TEST_CASE("layer normalisation equals its definition at odd widths, with a sum and without") {
  for (size_t width : {1, 2, 3, 4, 5, 7, 8, 31, 37, 64, 768}) {
    for (const bool adds : {false, true}) {
      CAPTURE(width);
      CAPTURE(adds);
      const std::vector<float> gamma = randomValues(width, 6), beta = randomValues(width, 7), sum = randomValues(3 * width, 16), bias = randomValues(width, 17);
      std::vector<float> fast = randomValues(3 * width, 8, 5.0f);
      for (float& x : fast) x += 100;
      std::vector<float> slow = fast;
      const Norm norm = {gamma.data(), beta.data(), 1e-12f};
      layerNorm(fast.data(), adds ? sum.data() : nullptr, adds ? bias.data() : nullptr, norm, 3, width);
      reference::layerNorm(slow.data(), adds ? sum.data() : nullptr, adds ? bias.data() : nullptr, norm, 3, width);
      // The mean of values near 100 is known to about 1e-5.
      if (width > 1) CHECK(largestDifference(fast, slow) <= 2e-5f);
    }
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

namespace {

struct Attended {
  std::vector<float> context, probabilities;
};

// One of three heads; the others hold other values.
Attended attended(const std::vector<float>& q, const std::vector<float>& k, const std::vector<float>& v, const std::vector<float>& mask, size_t tokens,
                  size_t depth, size_t head) {
  const size_t width = 3 * depth;
  const auto among_heads = [&](const std::vector<float>& one, uint32_t seed) {
    std::vector<float> all = randomValues(tokens * width, seed);
    for (size_t row = 0; row < tokens; ++row) std::copy_n(one.begin() + static_cast<std::ptrdiff_t>(row * depth), depth, all.begin() + static_cast<std::ptrdiff_t>(row * width + head * depth));
    return all;
  };
  const std::vector<float> query = inLanes(among_heads(q, 31), tokens, width), key = inLanes(among_heads(k, 32), tokens, width);
  std::vector<float> value = among_heads(v, 33), context(lanesSize(tokens, width), kUntouched);
  value.resize(value.size() + kValueSlack, std::numeric_limits<float>::quiet_NaN());
  std::vector<float> scores(lanesSize(std::min(tokens, kGroup), tokens)), probabilities(tokens * tokens);
  const Heads heads = {query.data(), key.data(), value.data(), mask.data(), context.data(), tokens, width, depth, 1.0f / std::sqrt(static_cast<float>(depth))};
  attendHead(heads, head, scores.data(), probabilities.data());
  const std::vector<float> with = context;
  attendHead(heads, head, scores.data(), nullptr);
  CHECK(context == with);
  const std::vector<float> all = inRows(context, tokens, width);
  Attended result{{}, probabilities};
  bool others_untouched = true;
  for (size_t i = 0; i < all.size(); ++i) {
    if (i % width / depth == head) result.context.push_back(all[i]);
    else others_untouched &= all[i] == kUntouched;
  }
  CHECK(others_untouched);
  return result;
}

}  // namespace

TEST_CASE("an attention head equals its definition at odd sizes") {
  for (size_t tokens : {1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 16, 20, 33}) {
    for (size_t depth : {1, 2, 3, 5, 8, 12, 13, 26, 64}) {
      CAPTURE(tokens);
      CAPTURE(depth);
      const std::vector<float> q = randomValues(tokens * depth, 11), k = randomValues(tokens * depth, 12), v = randomValues(tokens * depth, 13);
      std::vector<float> mask(tokens, 0.0f), context(tokens * depth), probabilities(tokens * tokens);
      for (size_t i = 2; i < tokens; i += 3) mask[i] = -10000.0f;
      reference::attendHead(q.data(), k.data(), v.data(), mask.data(), context.data(), probabilities.data(), tokens, depth);
      const Attended fast = attended(q, k, v, mask, tokens, depth, (tokens + depth) % 3);
      REQUIRE(largestDifference(fast.probabilities, probabilities) <= 2e-6f);
      REQUIRE(largestDifference(fast.context, context) <= 5e-6f);
    }
  }
}

TEST_CASE("masked keys weigh exactly nothing and the weights of a row add up to one") {
  const size_t n = 9, depth = 5;
  const std::vector<float> x = randomValues(n * depth, 14, 3.0f);
  std::vector<float> mask(n, 0.0f);
  mask[3] = mask[8] = -10000.0f;
  const std::vector<float> p = attended(x, x, x, mask, n, depth, 1).probabilities;
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
