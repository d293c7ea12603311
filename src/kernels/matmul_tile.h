// Register tiles of the matrix products. Four rows by two vectors use 11 of the 16 vector registers that WebAssembly
// engines have on x86; wider tiles spill.
#pragma once

#include "kernels/simd.h"

namespace bp::kernels {

inline constexpr size_t kTileRows = 4;

// What a tile's sums start from.
struct TileStart {
  const float* bias = nullptr;  // of the tile's columns; null: 0
  bool add = false;             // from what stands in c instead
};

// c[R, columns] = a[R, k] w[k, columns] with columns = 4 (C - 1) + tail, tail 1 to 4.
template <size_t R, size_t C>
inline void multiplyTile(const float* a, size_t lda, const float* w, size_t ldw, size_t k, float* c, size_t ldc, size_t tail, TileStart start) {
  Floats sums[R][C];
  for (size_t j = 0; j < C; ++j) {
    const size_t lanes = j + 1 < C ? kLanes : tail;
    const Floats bias = start.bias != nullptr ? loadSome(start.bias + j * kLanes, lanes) : splat(0.0f);
    for (size_t r = 0; r < R; ++r) sums[r][j] = start.add ? loadSome(c + r * ldc + j * kLanes, lanes) : bias;
  }
  const auto step = [&](const float* row, size_t l, size_t last_lanes) {
    Floats columns[C];
    for (size_t j = 0; j + 1 < C; ++j) columns[j] = load(row + j * kLanes);
    columns[C - 1] = loadSome(row + (C - 1) * kLanes, last_lanes);
    for (size_t r = 0; r < R; ++r) {
      const Floats x = splat(a[r * lda + l]);
      for (size_t j = 0; j < C; ++j) sums[r][j] = mulAdd(x, columns[j], sums[r][j]);
    }
  };
  if (tail == kLanes) {
    for (size_t l = 0; l < k; ++l) step(w + l * ldw, l, kLanes);
  } else {
    for (size_t l = 0; l < k; ++l) step(w + l * ldw, l, tail);
  }
  for (size_t r = 0; r < R; ++r) {
    for (size_t j = 0; j + 1 < C; ++j) store(c + r * ldc + j * kLanes, sums[r][j]);
    storeSome(c + r * ldc + (C - 1) * kLanes, sums[r][C - 1], tail);
  }
}

// All rows against one panel of 1 to 8 columns.
template <size_t C>
inline void multiplyRows(const float* a, size_t lda, const float* w, size_t ldw, size_t m, size_t k, float* c, size_t ldc, size_t tail,
                         TileStart start) {
  for (; m >= kTileRows; m -= kTileRows, a += kTileRows * lda, c += kTileRows * ldc) {
    multiplyTile<kTileRows, C>(a, lda, w, ldw, k, c, ldc, tail, start);
  }
  switch (m) {
    case 3: return multiplyTile<3, C>(a, lda, w, ldw, k, c, ldc, tail, start);
    case 2: return multiplyTile<2, C>(a, lda, w, ldw, k, c, ldc, tail, start);
    case 1: return multiplyTile<1, C>(a, lda, w, ldw, k, c, ldc, tail, start);
    default: return;
  }
}

inline void multiplyPanel(const float* a, size_t lda, const float* w, size_t ldw, size_t m, size_t k, float* c, size_t ldc, size_t columns,
                          TileStart start) {
  if (columns > kLanes) {
    multiplyRows<2>(a, lda, w, ldw, m, k, c, ldc, columns - kLanes, start);
  } else {
    multiplyRows<1>(a, lda, w, ldw, m, k, c, ldc, columns, start);
  }
}

// c[R, C] = a[R, k] b[C, k]^T
template <size_t R, size_t C>
inline void dotTile(const float* a, size_t lda, const float* b, size_t ldb, size_t k, float* c, size_t ldc) {
  Floats sums[R][C] = {};
  const auto step = [&](size_t l, size_t lanes) {
    Floats columns[C];
    for (size_t j = 0; j < C; ++j) columns[j] = loadSome(b + j * ldb + l, lanes);
    for (size_t r = 0; r < R; ++r) {
      const Floats x = loadSome(a + r * lda + l, lanes);
      for (size_t j = 0; j < C; ++j) sums[r][j] = mulAdd(x, columns[j], sums[r][j]);
    }
  };
  size_t l = 0;
  for (; l + kLanes <= k; l += kLanes) step(l, kLanes);
  if (l < k) step(l, k - l);
  for (size_t r = 0; r < R; ++r) {
    for (size_t j = 0; j < C; ++j) c[r * ldc + j] = sumLanes(sums[r][j]);
  }
}

// c[R, n] = a[R, k] b[n, k]^T
template <size_t R>
inline void dotRows(const float* a, size_t lda, const float* b, size_t ldb, size_t k, size_t n, float* c, size_t ldc) {
  for (; n >= 2; n -= 2, b += 2 * ldb, c += 2) dotTile<R, 2>(a, lda, b, ldb, k, c, ldc);
  if (n == 1) dotTile<R, 1>(a, lda, b, ldb, k, c, ldc);
}

}  // namespace bp::kernels
