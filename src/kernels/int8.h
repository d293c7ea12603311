// Vectors of whole numbers for the int8 product, and its tile: four rows by one or two quads of columns. Of the right operand four
// rows of a column stand in 32 bits, so a step of the tile takes four rows of it.
#pragma once

#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace bp::kernels {

using Shorts = int16_t __attribute__((vector_size(16)));
using Bytes = int8_t __attribute__((vector_size(16)));
using Longs = int64_t __attribute__((vector_size(16)));

// Left: kInt8Rows rows in a group, a step of it kInt8Step columns of each. Right: panels of two quads of columns.
inline constexpr size_t kInt8Rows = 4, kInt8Step = 4, kQuad = 4;

// sum[i] = a[2 i] b[2 i] + a[2 i + 1] b[2 i + 1]
inline Ints dotPairs(Shorts a, Shorts b) {
#ifdef __wasm_simd128__
  return __builtin_wasm_dot_s_i32x4_i16x8(a, b);
#else
  Ints sum;
  for (size_t i = 0; i < kLanes; ++i) sum[i] = a[2 * i] * b[2 * i] + a[2 * i + 1] * b[2 * i + 1];
  return sum;
#endif
}

// Four bytes, or eight, over and over.
inline Bytes splatFour(const int8_t* p) {
  int32_t four;
  __builtin_memcpy(&four, p, sizeof four);
  const Ints pieces = {four, four, four, four};
  Bytes v;
  __builtin_memcpy(&v, &pieces, sizeof v);
  return v;
}
inline Shorts splatFour(const int16_t* p) {
  int64_t four;
  __builtin_memcpy(&four, p, sizeof four);
  const Longs pieces = {four, four};
  Shorts v;
  __builtin_memcpy(&v, &pieces, sizeof v);
  return v;
}

#if defined(__wasm_relaxed_simd__) || defined(BP_WIDE_TILE)

// The relaxed dots multiply signed bytes by bytes of seven bits; a b of eight may count as signed or not, as the machine likes.
inline constexpr size_t kTileQuads = 2;
using Level = int8_t;
inline constexpr int kMostLevel = 127, kMostWeight = 63, kWeightZero = 64;  // what is added to a weight's level when it is stored

inline void storeLevels(Level* to, Ints levels) {
  Bytes bytes;
  __builtin_memcpy(&bytes, &levels, sizeof bytes);
  const Bytes low = __builtin_shufflevector(bytes, bytes, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12);
  __builtin_memcpy(to, &low, kInt8Step * sizeof(Level));
}

// sum[i] = a[2 i] b[2 i] + a[2 i + 1] b[2 i + 1]
inline Shorts dotSevenBits(Bytes a, Bytes b) {
#ifdef __wasm_relaxed_simd__
  return __builtin_wasm_relaxed_dot_i8x16_i7x16_s_i16x8(a, b);
#else
  Shorts sum;
  for (size_t i = 0; i < 8; ++i) sum[i] = static_cast<int16_t>(a[2 * i] * b[2 * i] + a[2 * i + 1] * b[2 * i + 1]);
  return sum;
#endif
}

inline Shorts ones() {
  // Made before a loop, and known to nobody: engines make a constant anew at every use.
  int32_t one = 0x00010001;
#ifdef __wasm__
  asm("" : "+r"(one));
#endif
  const Ints pairs = {one, one, one, one};
  Shorts v;
  __builtin_memcpy(&v, &pairs, sizeof v);
  return v;
}

// sums[i] += a[4 i] b[4 i] + … + a[4 i + 3] b[4 i + 3], by the instruction for it, or by two for sums of pairs and of those.
template <bool kInOne>
inline Ints dotFours(Bytes a, Bytes b, Shorts of_ones, Ints sums) {
#ifdef __wasm_relaxed_simd__
  if (kInOne) return __builtin_wasm_relaxed_dot_i8x16_i7x16_add_s_i32x4(a, b, sums);
#endif
  return sums + dotPairs(dotSevenBits(a, b), of_ones);
}

template <bool kInOne>
__attribute__((noinline)) void multiplyBytes(Ints (&result)[kInt8Rows][kTileQuads], const Level* a, const uint8_t* w, size_t steps) {
  const Shorts of_ones = ones();
  Ints sums[kInt8Rows][kTileQuads] = {};
  for (; steps > 0; --steps) {
    Bytes columns[kTileQuads];
    __builtin_memcpy(columns, w, sizeof columns);
    for (size_t r = 0; r < kInt8Rows; ++r) {
      const Bytes row = splatFour(a + r * kInt8Step);
      for (size_t q = 0; q < kTileQuads; ++q) sums[r][q] = dotFours<kInOne>(row, columns[q], of_ones, sums[r][q]);
    }
    a += kInt8Rows * kInt8Step;
    w += kTileQuads * kQuad * kInt8Step;
  }
  __builtin_memcpy(result, sums, sizeof sums);
}

inline void multiplyInt8(Ints (&sums)[kInt8Rows][kTileQuads], const Level* a, const uint8_t* w, size_t steps, bool in_one) {
  if (in_one) return multiplyBytes<true>(sums, a, w, steps);
  multiplyBytes<false>(sums, a, w, steps);
}

// Whether a tile is better done by the one instruction for four products. ARM has it, and gives itself away by taking a b of eight bits
// as signed; x86 makes it of several, more than the two dots take. Baseline compilers have had it wrong (Node 20), so that the first
// tile is done both ways.
inline bool dotsFoursInOne(const Level* a, const uint8_t* w, size_t steps) {
#ifdef __wasm_relaxed_simd__
  int32_t most = 0x7f7f7f7f, minus_ones = -1;
  asm("" : "+r"(most), "+r"(minus_ones));
  const Ints b = {minus_ones, minus_ones, minus_ones, minus_ones}, as = {most, most, most, most};
  if (__builtin_wasm_relaxed_dot_i8x16_i7x16_add_s_i32x4(as, b, Ints{})[0] != -4 * 127) return false;
#endif
  Ints one[kInt8Rows][kTileQuads], two[kInt8Rows][kTileQuads], differ = {};
  multiplyBytes<true>(one, a, w, steps);
  multiplyBytes<false>(two, a, w, steps);
  for (size_t r = 0; r < kInt8Rows; ++r) {
    for (size_t q = 0; q < kTileQuads; ++q) differ |= one[r][q] ^ two[r][q];
  }
  return (differ[0] | differ[1] | differ[2] | differ[3]) == 0;
}

#else

inline constexpr size_t kTileQuads = 1;
using Level = int16_t;
// Rows are in 16 bits anyway, so they have levels to the limit of the sums.
inline constexpr int kMostLevel = 1023, kMostWeight = 127, kWeightZero = 0;

inline void storeLevels(Level* to, Ints levels) {
  Shorts shorts;
  __builtin_memcpy(&shorts, &levels, sizeof shorts);
  const Shorts low = __builtin_shufflevector(shorts, shorts, 0, 2, 4, 6, 0, 2, 4, 6);
  __builtin_memcpy(to, &low, kInt8Step * sizeof(Level));
}

inline Shorts widened(const uint8_t* p) {
  using Half = int8_t __attribute__((vector_size(8)));
  Half half;
  __builtin_memcpy(&half, p, sizeof half);
  return __builtin_convertvector(half, Shorts);
}

inline bool dotsFoursInOne(const Level*, const uint8_t*, size_t) { return false; }

inline void multiplyInt8(Ints (&sums)[kInt8Rows][kTileQuads], const Level* a, const uint8_t* w, size_t steps, bool) {
  Ints halves[kInt8Rows][2] = {};  // two columns each, a column's sum in two lanes
  for (; steps > 0; --steps) {
    const Shorts left = widened(w), right = widened(w + 8);
    for (size_t r = 0; r < kInt8Rows; ++r) {
      const Shorts row = splatFour(a + r * kInt8Step);
      halves[r][0] += dotPairs(row, left);
      halves[r][1] += dotPairs(row, right);
    }
    a += kInt8Rows * kInt8Step;
    w += kInt8Panel * kInt8Step;
  }
  for (size_t r = 0; r < kInt8Rows; ++r) {
    sums[r][0] =
        __builtin_shufflevector(halves[r][0], halves[r][1], 0, 2, 4, 6) + __builtin_shufflevector(halves[r][0], halves[r][1], 1, 3, 5, 7);
  }
}

#endif

static_assert(kMostInt8Depth * kMostLevel * (kMostWeight + kWeightZero) <= INT32_MAX);

}  // namespace bp::kernels
