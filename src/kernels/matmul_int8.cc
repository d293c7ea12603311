#include "kernels/int8.h"
#include "kernels/matmul_tile.h"

namespace bp::kernels {
namespace {

constexpr size_t upTo(size_t multiple, size_t x) { return (x + multiple - 1) / multiple * multiple; }
constexpr float kNoLevels = 1e-30f;  // a largest value below it is 0: its reciprocal would not be finite

// Left operand: levels in groups of rows, then a scale for each row, then the sum of its levels.
struct Rows {
  Level* levels;
  float* scales;
  int32_t* sums;
};
Rows rowsIn(void* quantized, size_t m) {
  const size_t rows = upTo(kInt8Rows, m);
  auto* scales = static_cast<float*>(quantized);
  auto* sums = reinterpret_cast<int32_t*>(scales + rows);
  return {reinterpret_cast<Level*>(sums + rows), scales, sums};
}

// Right operand: a scale for each column, then levels plus kWeightZero in panels.
struct Packed {
  float* scales;
  uint8_t* levels;
};
Packed columnsIn(void* quantized, size_t n) {
  auto* scales = static_cast<float*>(quantized);
  return {scales, reinterpret_cast<uint8_t*>(scales + upTo(kInt8Panel, n))};
}

// The bits of a float without its sign grow with its size, a NaN's beyond those of infinity.
Ints sizeBits(Floats v) { return asInts(absolute(v)); }
Ints larger(Ints a, Ints b) {
  const Ints mask = a < b;
  return (b & mask) | (a & ~mask);
}
int32_t largestLane(Ints v) {
  const int32_t a = v[0] < v[2] ? v[2] : v[0], b = v[1] < v[3] ? v[3] : v[1];
  return a < b ? b : a;
}

// How values become levels, each lane by its largest size: 0 where that is no number.
struct Levels {
  Floats largest, by;
  Ints finite;

  Levels(Ints largest_bits, int most) : largest(asFloats(largest_bits)) {
    by = select(largest > splat(kNoLevels), splat(static_cast<float>(most)) / largest, splat(0.0f));
    finite = largest < splat(__builtin_inff());
  }
  // Rounded to the nearest whole number, which adding 1.5 * 2^23 leaves in the low bits.
  Ints of(Floats v) const { return (asInts(v * by + splat(12582912.0f)) - Ints{0x4b400000, 0x4b400000, 0x4b400000, 0x4b400000}) & finite; }
};

void quantizeRow(const float* x, size_t k, Level* levels, float& scale, int32_t& sum) {
  Ints bits = {};
  for (size_t col = 0; col < k; col += kInt8Step) bits = larger(bits, sizeBits(loadSome(x + col, k - col < kLanes ? k - col : kLanes)));
  const int32_t largest = largestLane(bits);
  const Levels to(Ints{largest, largest, largest, largest}, kMostLevel);
  Ints sums = {};
  for (size_t col = 0; col < k; col += kInt8Step) {
    const Ints here = to.of(loadSome(x + col, k - col < kLanes ? k - col : kLanes));
    sums += here;
    storeLevels(levels, here);
    levels += kInt8Rows * kInt8Step;
  }
  scale = to.largest[0] / static_cast<float>(kMostLevel);
  sum = sumLanes(sums);
}

struct Weights {
  const float* w;
  bool transposed;
  size_t k, n;

  // Four rows from `row` on of the four columns from `column` on, a column a lane; zeros past the end.
  void block(size_t row, size_t column, Floats (&v)[4]) const {
    const size_t rows = k - row < 4 ? k - row : 4, columns = n - column < 4 ? n - column : 4;
    const size_t lines = transposed ? columns : rows, places = transposed ? rows : columns;
    const size_t stride = transposed ? k : n;
    const float* from = transposed ? w + column * stride + row : w + row * stride + column;
    for (size_t i = 0; i < 4; ++i) v[i] = i < lines ? loadSome(from + i * stride, places) : splat(0.0f);
    if (transposed) transpose(v);
  }
};

// Four columns; `levels` are theirs in the panel.
void quantizeQuad(const Weights& weights, size_t column, float* scales, uint8_t* levels) {
  Floats v[4];
  Ints bits = {};
  for (size_t row = 0; row < weights.k; row += kInt8Step) {
    weights.block(row, column, v);
    for (const Floats& one : v) bits = larger(bits, sizeBits(one));
  }
  const Levels to(bits, kMostWeight);
  store(scales, to.largest / splat(static_cast<float>(kMostWeight)));
  constexpr Ints kZero = {kWeightZero, kWeightZero, kWeightZero, kWeightZero};
  for (size_t row = 0; row < weights.k; row += kInt8Step) {
    weights.block(row, column, v);
    Ints four = {};
    for (size_t i = 0; i < kInt8Step; ++i) four |= (to.of(v[i]) + kZero) << static_cast<int>(8 * i);
    __builtin_memcpy(levels, &four, sizeof four);
    levels += kInt8Panel * kInt8Step;
  }
}

}  // namespace

void quantizeRows(const float* x, size_t m, size_t k, void* quantized) {
  const Rows rows = rowsIn(quantized, m);
  const size_t group = kInt8Rows * upTo(kInt8Step, k);
  for (size_t row = 0; row < upTo(kInt8Rows, m); ++row) {
    Level* levels = rows.levels + row / kInt8Rows * group + row % kInt8Rows * kInt8Step;
    // A row past the end is the last one again: its results are not stored.
    quantizeRow(x + (row < m ? row : m - 1) * k, k, levels, rows.scales[row], rows.sums[row]);
  }
}

void quantizeColumns(const float* w, bool transposed, size_t k, size_t n, void* quantized) {
  const Packed columns = columnsIn(quantized, n);
  const size_t depth = upTo(kInt8Step, k);
  for (size_t column = 0; column < n; column += kQuad) {
    uint8_t* panel = columns.levels + column / kInt8Panel * kInt8Panel * depth;
    quantizeQuad({w, transposed, k, n}, column, columns.scales + column, panel + column % kInt8Panel * kInt8Step);
  }
}

void matmulInt8(const void* a, const void* w, const float* bias, float* c, size_t m, size_t k, size_t n) {
  const Rows rows = rowsIn(const_cast<void*>(a), m);
  const Packed columns = columnsIn(const_cast<void*>(w), n);
  const size_t depth = upTo(kInt8Step, k);
  Ints sums[kInt8Rows][kTileQuads];
  for (size_t column = 0; column < n; column += kTileQuads * kQuad) {
    const uint8_t* panel = columns.levels + column / kInt8Panel * kInt8Panel * depth + column % kInt8Panel * kInt8Step;
    for (size_t group = 0; group < m; group += kInt8Rows) {
      multiplyInt8(sums, rows.levels + group * depth, panel, depth / kInt8Step);
      for (size_t quad = 0; quad < kTileQuads; ++quad) {
        const size_t first = column + quad * kQuad;
        if (first >= n) break;
        const size_t here = n - first < kQuad ? n - first : kQuad;
        const Floats scales = load(columns.scales + first), added = bias == nullptr ? splat(0.0f) : loadSome(bias + first, here);
        for (size_t r = 0; r < kInt8Rows && group + r < m; ++r) {
          const int32_t zero = kWeightZero * rows.sums[group + r];
          const Floats sum = __builtin_convertvector(sums[r][quad] - Ints{zero, zero, zero, zero}, Floats);
          storeSome(c + (group + r) * n + first, sum * (scales * splat(rows.scales[group + r])) + added, here);
        }
      }
    }
  }
}

}  // namespace bp::kernels
