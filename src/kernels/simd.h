// Four floats at a time: the only place that knows the instruction set. Compilers' vector types give the arithmetic;
// what they would translate badly is spelled out for WebAssembly.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace bp::kernels {

inline constexpr size_t kLanes = 4;
using Floats = float __attribute__((vector_size(16)));
using Ints = int32_t __attribute__((vector_size(16)));  // also a mask: all bits or none in a lane

inline Floats load(const float* p) {
  Floats v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
inline void store(float* p, Floats v) { __builtin_memcpy(p, &v, sizeof v); }
inline Floats splat(float x) { return Floats{x, x, x, x}; }

// The first `count` lanes, 1 to 4; the others are 0, or left alone in memory.
inline Floats loadSome(const float* p, size_t count) {
  switch (count) {
    case 1: return Floats{p[0], 0, 0, 0};
    case 2: return Floats{p[0], p[1], 0, 0};
    case 3: return Floats{p[0], p[1], p[2], 0};
    default: return load(p);
  }
}
inline void storeSome(float* p, Floats v, size_t count) {
  if (count == kLanes) return store(p, v);
  p[0] = v[0];
  if (count > 1) p[1] = v[1];
  if (count > 2) p[2] = v[2];
}

inline Floats asFloats(Ints v) {
  Floats w;
  __builtin_memcpy(&w, &v, sizeof w);
  return w;
}
inline Ints asInts(Floats v) {
  Ints w;
  __builtin_memcpy(&w, &v, sizeof w);
  return w;
}

// mask ? a : b
inline Floats select(Ints mask, Floats a, Floats b) { return asFloats((asInts(a) & mask) | (asInts(b) & ~mask)); }

// a if they compare as unordered, so that a NaN in `a` stays.
inline Floats smaller(Floats a, Floats b) {
#ifdef __wasm_simd128__
  return __builtin_wasm_pmin_f32x4(a, b);
#else
  return select(b < a, b, a);
#endif
}
inline Floats larger(Floats a, Floats b) {
#ifdef __wasm_simd128__
  return __builtin_wasm_pmax_f32x4(a, b);
#else
  return select(a < b, b, a);
#endif
}

inline Floats absolute(Floats a) { return asFloats(asInts(a) & Ints{INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX}); }

// a * b + c, rounded once where the machine has an instruction for it.
inline Floats mulAdd(Floats a, Floats b, Floats c) {
#ifdef __wasm_relaxed_simd__
  return __builtin_wasm_relaxed_madd_f32x4(a, b, c);
#else
  return a * b + c;
#endif
}

inline float sumLanes(Floats v) { return (v[0] + v[2]) + (v[1] + v[3]); }
inline int32_t sumLanes(Ints v) { return (v[0] + v[2]) + (v[1] + v[3]); }
inline float smallestLane(Floats v) {
  const float a = v[2] < v[0] ? v[2] : v[0], b = v[3] < v[1] ? v[3] : v[1];
  return b < a ? b : a;
}
inline float largestLane(Floats v) {
  const float a = v[0] < v[2] ? v[2] : v[0], b = v[1] < v[3] ? v[3] : v[1];
  return a < b ? b : a;
}

// x = f(x) for all values.
template <typename F>
inline void mapInPlace(float* x, size_t count, F f) {
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(x + i, f(load(x + i)));
  if (i < count) storeSome(x + i, f(loadSome(x + i, count - i)), count - i);
}

}  // namespace bp::kernels
