#include "kernels/kernels.h"
#include "kernels/matmul_tile.h"

namespace bp::kernels {

// Block by block, so that a group's part of `a` (12 KB) and the columns of a tile (6 to 9 KB) stay in the nearest cache together.
void matmul(const float* a, const float* w, const float* bias, float* c, size_t m, size_t k, size_t n) {
  const Product product{a, m, k, bias, c, n};
  for (size_t row = 0; row < k || row == 0; row += kDepth) {
    const size_t depth = k - row < kDepth ? k - row : kDepth;
    multiplyRows(product, {w, kPanel, kPanel * depth, kPanel}, row, depth);
    w += packedSize(depth, n);
  }
}

void packRows(const float* x, size_t ldx, float* packed, size_t m, size_t k) {
  for (size_t group = 0; group < m; group += kGroup) {
    const size_t rows = m - group;
    const size_t lanes = rows > kLanes ? kGroup : kLanes;
    for (size_t half = 0; half < lanes; half += kLanes) {
      const float* from = x + (group + half) * ldx;
      const size_t here = rows - half < kLanes ? rows - half : kLanes;
      for (size_t col = 0; col < k; col += kLanes) {
        const size_t columns = k - col < kLanes ? k - col : kLanes;
        Floats v[4];
        for (size_t r = 0; r < 4; ++r) v[r] = r < here ? loadSome(from + r * ldx + col, columns) : splat(0.0f);
        transpose(v);
        for (size_t c = 0; c < 4; ++c) {
          if (c < columns) store(packed + group * k + (col + c) * lanes + half, v[c]);
        }
      }
    }
  }
}

void unpackRows(const float* packed, float* x, size_t ldx, size_t m, size_t k) {
  for (size_t group = 0; group < m; group += kGroup) {
    const size_t rows = m - group;
    const size_t lanes = rows > kLanes ? kGroup : kLanes;
    for (size_t half = 0; half < lanes; half += kLanes) {
      float* to = x + (group + half) * ldx;
      const size_t here = rows - half < kLanes ? rows - half : kLanes;
      for (size_t col = 0; col < k; col += kLanes) {
        const size_t columns = k - col < kLanes ? k - col : kLanes;
        Floats v[4];
        for (size_t c = 0; c < 4; ++c) v[c] = c < columns ? load(packed + group * k + (col + c) * lanes + half) : splat(0.0f);
        transpose(v);
        for (size_t r = 0; r < 4; ++r) {
          if (r < here) storeSome(to + r * ldx + col, v[r], columns);
        }
      }
    }
  }
}

void matmulTransposed(const float* a, size_t lda, const float* b, size_t ldb, float* c, size_t ldc, size_t m, size_t k, size_t n) {
  for (size_t column = 0; column < n; column += kDotColumns) {
    const size_t columns = n - column < kDotColumns ? n - column : kDotColumns;
    size_t row = 0;
    for (; row + kDotRows <= m; row += kDotRows) dotRows<kDotRows>(a + row * lda, lda, b + column * ldb, ldb, k, columns, c + row * ldc + column, ldc);
    for (; row < m; ++row) dotRows<1>(a + row * lda, lda, b + column * ldb, ldb, k, columns, c + row * ldc + column, ldc);
  }
}

}  // namespace bp::kernels
