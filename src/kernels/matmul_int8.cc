#include "kernels/int8.h"
#include "kernels/matmul_tile.h"

namespace bp::kernels {
namespace {

constexpr size_t upTo(size_t multiple, size_t x) { return (x + multiple - 1) / multiple * multiple; }

// A value is mid + scale * level. Left operand: of each row the mid, the scale and the sum of its levels, then levels in groups of rows.
struct Rows {
  float *mids, *scales;
  int32_t* sums;
  Level* levels;
};
Rows rowsIn(void* quantized, size_t m) {
  const size_t rows = upTo(kInt8Rows, m);
  auto* mids = static_cast<float*>(quantized);
  auto* sums = reinterpret_cast<int32_t*>(mids + 2 * rows);
  return {mids, mids + rows, sums, reinterpret_cast<Level*>(sums + rows)};
}

// Right operand: of each column the mid, the scale and the sum of its values, then levels plus kWeightZero in panels.
struct Packed {
  float *mids, *scales, *sums;
  uint8_t* levels;
};
Packed columnsIn(void* quantized, size_t n) {
  const size_t columns = upTo(kInt8Panel, n);
  auto* mids = static_cast<float*>(quantized);
  return {mids, mids + columns, mids + 2 * columns, reinterpret_cast<uint8_t*>(mids + 3 * columns)};
}

// What there is of values, each lane by itself.
struct Range {
  Floats low = splat(__builtin_inff()), high = splat(-__builtin_inff()), none = {};

  void add(Floats v) {
    low = smaller(low, v);
    high = larger(high, v);
    none += v * splat(0.0f);  // 0 unless one is no number
  }
};

// How values become levels of -most to most. A range next to nothing beside its values has one level, 0: more could not be told apart.
struct Levels {
  Floats mid, scale, by;
  Ints finite;

  Levels(const Range& range, int most) {
    const Floats width = range.high - range.low, size = larger(absolute(range.high), absolute(range.low));
    const Ints apart = width > larger(size * splat(1e-4f), splat(1e-30f));
    finite = range.none == splat(0.0f);
    const Floats steps = splat(static_cast<float>(2 * most));
    mid = range.none + select(range.low <= range.high, range.low * splat(0.5f) + range.high * splat(0.5f), splat(0.0f));
    scale = select(apart, width / steps, splat(0.0f));
    by = select(apart, steps / width, splat(0.0f));
  }
  // Rounded to the nearest whole number, which adding 1.5 * 2^23 leaves in the low bits.
  Ints of(Floats v) const {
    return (asInts((v - mid) * by + splat(12582912.0f)) - Ints{0x4b400000, 0x4b400000, 0x4b400000, 0x4b400000}) & finite;
  }
};

// All lanes as one.
Range joined(const Range& range) { return {splat(smallestLane(range.low)), splat(largestLane(range.high)), splat(sumLanes(range.none))}; }

void quantizeRow(const float* x, size_t k, Level* levels, float& mid, float& scale, int32_t& sum) {
  Range range;
  size_t col = 0;
  for (; col + kLanes <= k; col += kLanes) range.add(load(x + col));
  for (; col < k; ++col) range.add(splat(x[col]));
  const Levels to(joined(range), kMostLevel);
  Ints sums = {};
  for (col = 0; col + kLanes <= k; col += kInt8Step, levels += kInt8Rows * kInt8Step) {
    const Ints here = to.of(load(x + col));
    sums += here;
    storeLevels(levels, here);
  }
  if (col < k) {
    Ints here = to.of(loadSome(x + col, k - col));
    for (size_t i = k - col; i < kLanes; ++i) here[i] = 0;
    sums += here;
    storeLevels(levels, here);
  }
  mid = to.mid[0];
  scale = to.scale[0];
  sum = sumLanes(sums);
}

struct Weights {
  const float* w;
  bool transposed;
  size_t k, n;

  // Four rows from `row` on of the four columns from `column` on, a column a lane; zeros past the end.
  __attribute__((noinline)) void block(size_t row, size_t column, Floats (&v)[4]) const {
    const size_t rows = k - row < 4 ? k - row : 4, columns = n - column < 4 ? n - column : 4;
    const size_t lines = transposed ? columns : rows, places = transposed ? rows : columns;
    const size_t stride = transposed ? k : n;
    const float* from = transposed ? w + column * stride + row : w + row * stride + column;
    for (size_t i = 0; i < 4; ++i) v[i] = i < lines ? loadSome(from + i * stride, places) : splat(0.0f);
    if (transposed) transpose(v);
  }
};

// The four columns from `column` on.
void quantizeQuad(const Weights& weights, size_t column, const Packed& to_columns) {
  Floats v[4];
  Range range;
  for (size_t row = 0; row < weights.k; row += kInt8Step) {
    weights.block(row, column, v);
    for (size_t i = 0; i < kInt8Step && row + i < weights.k; ++i) range.add(v[i]);
  }
  const Levels to(range, kMostWeight);
  store(to_columns.mids + column, to.mid);
  store(to_columns.scales + column, to.scale);
  Ints sums = {};
  constexpr Ints kZero = {kWeightZero, kWeightZero, kWeightZero, kWeightZero};
  uint8_t* levels = to_columns.levels + column / kInt8Panel * kInt8Panel * upTo(kInt8Step, weights.k) + column % kInt8Panel * kInt8Step;
  for (size_t row = 0; row < weights.k; row += kInt8Step) {
    weights.block(row, column, v);
    Ints four = {};
    for (size_t i = 0; i < kInt8Step; ++i) {
      const Ints level = to.of(v[i]);
      four |= ((level + kZero) & Ints{255, 255, 255, 255}) << static_cast<int>(8 * i);
      if (row + i < weights.k) sums += level;
    }
    __builtin_memcpy(levels, &four, sizeof four);
    levels += kInt8Panel * kInt8Step;
  }
  // Of the values as they are kept: those before would bring the rounding of all weights into a row far from 0.
  store(to_columns.sums + column, mulAdd(__builtin_convertvector(sums, Floats), to.scale, splat(static_cast<float>(weights.k)) * to.mid));
}

}  // namespace

int32_t mostLevel(bool of_columns) { return of_columns ? kMostWeight : kMostLevel; }

void quantizeRows(const float* x, size_t m, size_t k, void* quantized) {
  const Rows rows = rowsIn(quantized, m);
  const size_t group = kInt8Rows * upTo(kInt8Step, k);
  for (size_t row = 0; row < upTo(kInt8Rows, m); ++row) {
    Level* levels = rows.levels + row / kInt8Rows * group + row % kInt8Rows * kInt8Step;
    // A row past the end is the last one again: its results are not stored.
    quantizeRow(x + (row < m ? row : m - 1) * k, k, levels, rows.mids[row], rows.scales[row], rows.sums[row]);
  }
}

void quantizeColumns(const float* w, bool transposed, size_t k, size_t n, void* quantized) {
  const Packed columns = columnsIn(quantized, n);
  for (size_t column = 0; column < n; column += kQuad) quantizeQuad({w, transposed, k, n}, column, columns);
}

void matmulInt8(const void* a, const void* w, const float* bias, float* c, size_t m, size_t k, size_t n) {
  const Rows rows = rowsIn(const_cast<void*>(a), m);
  const Packed columns = columnsIn(const_cast<void*>(w), n);
  const size_t depth = upTo(kInt8Step, k);
  const bool in_one = n > 0 && dotsFoursInOne(rows.levels, columns.levels, depth / kInt8Step);
  Ints sums[kInt8Rows][kTileQuads];
  for (size_t column = 0; column < n; column += kTileQuads * kQuad) {
    const uint8_t* panel = columns.levels + column / kInt8Panel * kInt8Panel * depth + column % kInt8Panel * kInt8Step;
    for (size_t group = 0; group < m; group += kInt8Rows) {
      multiplyInt8(sums, rows.levels + group * depth, panel, depth / kInt8Step, in_one);
      for (size_t quad = 0; quad < kTileQuads; ++quad) {
        const size_t first = column + quad * kQuad;
        if (first >= n) break;
        const size_t here = n - first < kQuad ? n - first : kQuad;
        const Floats scales = load(columns.scales + first), mids = load(columns.mids + first), totals = load(columns.sums + first);
        const Floats added = bias == nullptr ? splat(0.0f) : loadSome(bias + first, here);
        for (size_t r = 0; r < kInt8Rows && group + r < m; ++r) {
          const size_t row = group + r;
          const int32_t levels = rows.sums[row], zero = kWeightZero * levels;
          const Floats sum = __builtin_convertvector(sums[r][quad] - Ints{zero, zero, zero, zero}, Floats);
          const Floats of_levels = mulAdd(sum, scales, splat(static_cast<float>(levels)) * mids);
          storeSome(c + row * n + first, mulAdd(of_levels, splat(rows.scales[row]), mulAdd(totals, splat(rows.mids[row]), added)), here);
        }
      }
    }
  }
}

}  // namespace bp::kernels
