#include "kernels/kernels.h"
#include "kernels/matmul_tile.h"

namespace bp::kernels {
namespace {

// Rows of a panel taken at a time: 24 KB, which stays in the nearest cache while the rows of `a` pass over it.
constexpr size_t kDepth = 768;

}  // namespace

void matmulPacked(const float* a, size_t lda, const float* w, const float* bias, float* c, size_t ldc, size_t m, size_t k, size_t n) {
  for (size_t column = 0; column < n; column += kPanel) {
    const float* panel = w + packedIndex(k, 0, column);
    const size_t columns = n - column < kPanel ? n - column : kPanel;
    TileStart start{bias != nullptr ? bias + column : nullptr, false};
    for (size_t l = 0; l < k || l == 0; l += kDepth) {
      const size_t depth = k - l < kDepth ? k - l : kDepth;
      multiplyPanel(a + l, lda, panel + l * kPanel, kPanel, m, depth, c + column, ldc, columns, start);
      start.add = true;
    }
  }
}

void matmulTransposed(const float* a, size_t lda, const float* b, size_t ldb, float* c, size_t ldc, size_t m, size_t k, size_t n) {
  for (size_t column = 0; column < n; column += kPanel) {
    const size_t columns = n - column < kPanel ? n - column : kPanel;
    size_t row = 0;
    for (; row + kTileRows <= m; row += kTileRows) dotRows<kTileRows>(a + row * lda, lda, b + column * ldb, ldb, k, columns, c + row * ldc + column, ldc);
    for (; row < m; ++row) dotRows<1>(a + row * lda, lda, b + column * ldb, ldb, k, columns, c + row * ldc + column, ldc);
  }
}

}  // namespace bp::kernels
