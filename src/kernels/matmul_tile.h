// Register tiles of the matrix products. The rows of the left operand stand in the lanes of two vectors, the columns of
// the right one are splat one by one. Eight rows by four columns keep 14 of the 16 vector registers busy that WebAssembly
// engines have on x86; with an instruction for a * b + c no register holds a product, and six columns fit.
// The loops stay rolled: a compiler that sees two steps mixes them, and registers spill.
#pragma once

#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace bp::kernels {

// Columns of a tile, in runs that follow each other in memory.
#if defined(__wasm_relaxed_simd__) || defined(BP_WIDE_TILE)
inline constexpr size_t kTileColumns = 6, kTileRun = 2;
#else
inline constexpr size_t kTileColumns = 4, kTileRun = 4;
#endif
// With this many rows or fewer a product waits for its weights; they come fastest as one run after another, four columns at a time.
inline constexpr size_t kShort = 64;
// Columns that all groups of rows pass over before the next ones are, a multiple of all tiles: their weights come from memory in one
// go, and one group's part of the left operand stays near for several tiles.
inline constexpr size_t kBurst = 24;
// Of a tile with four rows or fewer: half the vectors, so more columns hide the latency of a sum.
inline constexpr size_t kLowTileColumns = 8;
// Rows of a right operand: column `col` begins at first + (col / width) * panel + col % width, its next row is `step` on.
// What follows the last column is read up to the end of its four, and not used.
struct Columns {
  const float* first;
  size_t width, panel, step;
};

struct Product {
  const float* a;  // [m, k] in lanes
  size_t m, k;
  const float* bias;  // null: none
  float* c;           // [m, n] in lanes
  size_t n;
};

struct Block {  // some rows of the right operand, and which of its columns a tile takes
  Columns w;
  size_t row, depth, column, columns;
};

// sums[column][vector] += a[k, V vectors]^T w[k, C columns]
template <size_t V, size_t C, size_t Run>
inline void multiplyTile(Floats (&sums)[C][V], const float* a, const Columns& w, size_t column, size_t k) {
  const float* runs[C / Run];
  for (size_t i = 0; i < C / Run; ++i) {
    const size_t col = column + i * Run;
    runs[i] = w.first + (col / w.width) * w.panel + col % w.width;
  }
  const size_t step = w.step;
  for (; k > 0; --k) {
    Floats rows[V];
    for (size_t j = 0; j < V; ++j) rows[j] = load(a + j * kLanes);
    for (size_t c = 0; c < C; ++c) {
      const Floats x = splat(runs[c / Run][c % Run]);
      for (size_t j = 0; j < V; ++j) sums[c][j] = mulAdd(x, rows[j], sums[c][j]);
    }
    a += V * kLanes;
    for (const float*& run : runs) run += step;
  }
}

// The group of 4 V rows that begins at row `group`.
template <size_t V, size_t C, size_t Run>
inline void multiplyGroup(const Product& p, const Block& block, size_t group) {
  constexpr size_t kHeight = V * kLanes;
  float* c = p.c + group * p.n + block.column * kHeight;
  const float* bias = p.bias == nullptr ? nullptr : p.bias + block.column;
  Floats sums[C][V];
  for (size_t i = 0; i < C; ++i) {
    const bool there = i < block.columns;
    for (size_t j = 0; j < V; ++j) {
      sums[i][j] = splat(0.0f);
      if (there && block.row > 0) sums[i][j] = load(c + i * kHeight + j * kLanes);
      if (there && block.row == 0 && bias != nullptr) sums[i][j] = splat(bias[i]);
    }
  }
  if (block.depth > 0) multiplyTile<V, C, Run>(sums, p.a + group * p.k + block.row * kHeight, block.w, block.column, block.depth);
  for (size_t i = 0; i < C; ++i) {
    for (size_t j = 0; j < V; ++j) {
      if (i < block.columns) store(c + i * kHeight + j * kLanes, sums[i][j]);
    }
  }
}

// How many of the `left` columns the next tile takes.
inline size_t tileColumns(size_t m, size_t left) {
  const size_t most = m <= kLanes ? kLowTileColumns : m <= kShort ? 4 : kTileColumns;
  return left < most ? left : most;
}

// Where one function holds the loops of two tiles, an engine's sums leave the registers: all but SIMD128's main tile stand apart.
template <size_t V, size_t C, size_t Run>
[[gnu::noinline]] void multiplyGroupApart(const Product& p, const Block& block, size_t group) {
  multiplyGroup<V, C, Run>(p, block, group);
}

// The group of 4 V rows that begins at row `group` against the columns of one tile.
template <size_t V>
inline void multiplyColumns(const Product& p, const Block& block, size_t group) {
  constexpr bool kWide = kTileColumns > 4;
  if (V == 1 && p.m <= kLanes && block.columns > 4) return multiplyGroupApart<1, kLowTileColumns, 4>(p, block, group);
  if (kWide && p.m > kShort && block.columns > 4) return multiplyGroupApart<V, kTileColumns, kTileRun>(p, block, group);
  if (kWide || p.m <= kLanes) return multiplyGroupApart<V, 4, 4>(p, block, group);
  multiplyGroup<V, 4, 4>(p, block, group);
}

// All rows of the left operand against all columns.
inline void multiplyRows(const Product& p, const Columns& w, size_t row, size_t depth) {
  for (size_t first = 0; first < p.n; first += kBurst) {
    const size_t end = p.n - first < kBurst ? p.n : first + kBurst;
    for (size_t group = 0; group < p.m; group += kGroup) {
      for (size_t column = first; column < end;) {
        const Block block{w, row, depth, column, tileColumns(p.m, end - column)};
        if (group + kLanes < p.m) multiplyColumns<2>(p, block, group);
        else multiplyColumns<1>(p, block, group);
        column += block.columns;
      }
    }
  }
}

// rows <-> columns of four vectors
inline void transpose(Floats (&v)[4]) {
  const Floats a = __builtin_shufflevector(v[0], v[1], 0, 4, 1, 5), b = __builtin_shufflevector(v[2], v[3], 0, 4, 1, 5);
  const Floats c = __builtin_shufflevector(v[0], v[1], 2, 6, 3, 7), d = __builtin_shufflevector(v[2], v[3], 2, 6, 3, 7);
  v[0] = __builtin_shufflevector(a, b, 0, 1, 4, 5);
  v[1] = __builtin_shufflevector(a, b, 2, 3, 6, 7);
  v[2] = __builtin_shufflevector(c, d, 0, 1, 4, 5);
  v[3] = __builtin_shufflevector(c, d, 2, 3, 6, 7);
}

// Columns of the other product's right operand that are passed over by all rows before the next ones are.
inline constexpr size_t kDotRows = 4, kDotColumns = 8;

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
