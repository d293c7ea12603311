// exp, tanh and the normal distribution for four floats. Polynomials and their quotients are minimax fits made for this file
// (iteratively reweighted least squares on Chebyshev nodes, in double).
#pragma once

#include "kernels/simd.h"

namespace bp::kernels {

// A splat that stays in a register. Engines make a constant anew at every use, in three instructions.
inline Floats constant(float x) {
#ifdef __wasm__
  asm("" : "+r"(x));
#endif
  return splat(x);
}

// Evaluates c[0] + c[1] x + ... by Horner's rule.
template <size_t N>
inline Floats polynomial(Floats x, const float (&c)[N]) {
  Floats y = constant(c[N - 1]);
  for (size_t i = N - 1; i-- > 0;) y = mulAdd(y, x, constant(c[i]));
  return y;
}

// Within 2e-7 of e^x, relative; x is taken as at least -87.3 and at most 88, so the result is always a normal number.
inline Floats exponential(Floats x) {
  x = larger(smaller(x, constant(88.0f)), constant(-87.3f));
  // Adding 1.5 * 2^23 rounds to a whole number and leaves it in the low bits.
  const Floats shifted = mulAdd(x, constant(1.44269504f), constant(12582912.0f));
  const Floats n = shifted - constant(12582912.0f);
  // ln 2 in two pieces, the first short enough for n times it to be exact.
  const Floats r = mulAdd(n, constant(2.12194440e-4f), mulAdd(n, constant(-0.693359375f), x));
  constexpr float kTail[] = {0.49999993448f, 0.16666520629f, 0.04166838809f, 0.00836871709f, 0.00138145964f};  // (e^r - 1 - r) / r^2
  const Floats y = mulAdd(r * r, polynomial(r, kTail), r) + constant(1.0f);
  const Ints exponent = (asInts(shifted) << 23) + Ints{0x3f800000, 0x3f800000, 0x3f800000, 0x3f800000};
  return y * asFloats(exponent);
}

inline Floats sigmoid(Floats x) { return constant(1.0f) / (constant(1.0f) + exponential(-x)); }

inline Floats hyperbolicTangent(Floats x) {
  const Floats size = absolute(x);
  constexpr float kTail[] = {-0.3333328194f, 0.1333144220f, -0.0537397152f, 0.0206390871f, -0.0057049874f};  // (tanh x - x) / x^3 in x^2
  const Floats square = x * x;
  const Floats near = mulAdd(square * x, polynomial(square, kTail), x);
  const Floats far = constant(1.0f) - constant(2.0f) / (exponential(size + size) + constant(1.0f));
  const Floats signed_far = select(x < constant(0.0f), -far, far);
  return select(size < constant(0.625f), near, signed_far);
}

// The standard normal distribution function, within 2e-7; 0 below -5.6.
inline Floats normalCdf(Floats x) {
  const Floats z = larger(smaller(x, constant(5.6f)), constant(-5.6f));
  const Floats square = z * z;
  // (cdf(z) - 1/2) / z in z^2
  constexpr float kAbove[] = {0.398942222f, 0.0343760575f, 0.00470725461f, 0.0001738499f, 6.35649736e-06f, 2.21451914e-08f};
  constexpr float kBelow[] = {1.0f, 0.252833711f, 0.0289400546f, 0.00191297394f, 7.51014942e-05f, 1.18020576e-06f};
  const Floats cdf = mulAdd(z, polynomial(square, kAbove) / polynomial(square, kBelow), constant(0.5f));
  return select(x < constant(-5.6f), splat(0.0f), cdf);
}

}  // namespace bp::kernels
