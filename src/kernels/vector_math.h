// exp, tanh and erf for four floats. Polynomials are minimax fits in relative error made for this file (iteratively
// reweighted least squares on Chebyshev nodes, in double).
#pragma once

#include "kernels/simd.h"

namespace bp::kernels {

// Evaluates c[0] + c[1] x + ... by Horner's rule.
template <size_t N>
inline Floats polynomial(Floats x, const float (&c)[N]) {
  Floats y = splat(c[N - 1]);
  for (size_t i = N - 1; i-- > 0;) y = mulAdd(y, x, splat(c[i]));
  return y;
}

// Within 2e-7 of e^x, relative; x is taken as at least -87.3 and at most 88, so the result is always a normal number.
inline Floats exponential(Floats x) {
  x = larger(smaller(x, splat(88.0f)), splat(-87.3f));
  // Adding 1.5 * 2^23 rounds to a whole number and leaves it in the low bits.
  const Floats shifted = mulAdd(x, splat(1.44269504f), splat(12582912.0f));
  const Floats n = shifted - splat(12582912.0f);
  // ln 2 in two pieces, the first short enough for n times it to be exact.
  const Floats r = mulAdd(n, splat(2.12194440e-4f), mulAdd(n, splat(-0.693359375f), x));
  constexpr float kTail[] = {0.49999993448f, 0.16666520629f, 0.04166838809f, 0.00836871709f, 0.00138145964f};  // (e^r - 1 - r) / r^2
  const Floats y = mulAdd(r * r, polynomial(r, kTail), r) + splat(1.0f);
  const Ints exponent = (asInts(shifted) << 23) + Ints{0x3f800000, 0x3f800000, 0x3f800000, 0x3f800000};
  return y * asFloats(exponent);
}

inline Floats sigmoid(Floats x) { return splat(1.0f) / (splat(1.0f) + exponential(-x)); }

inline Floats hyperbolicTangent(Floats x) {
  const Floats size = absolute(x);
  constexpr float kTail[] = {-0.3333328194f, 0.1333144220f, -0.0537397152f, 0.0206390871f, -0.0057049874f};  // (tanh x - x) / x^3 in x^2
  const Floats square = x * x;
  const Floats near = mulAdd(square * x, polynomial(square, kTail), x);
  const Floats far = splat(1.0f) - splat(2.0f) / (exponential(size + size) + splat(1.0f));
  const Floats signed_far = select(x < splat(0.0f), -far, far);
  return select(size < splat(0.625f), near, signed_far);
}

// erfc(h) for h >= 0, within 3e-7 relative up to 9.
inline Floats complementaryError(Floats h) {
  const Floats t = splat(1.0f) / mulAdd(h, splat(0.328125f), splat(1.0f));
  constexpr float kTail[] = {0.18535506f, 0.18103713f, 0.20596367f, 0.02673111f, 0.44984391f, -0.40075911f, 0.49266957f, -0.14084127f};
  return t * polynomial(t, kTail) * exponential(-(h * h));
}

}  // namespace bp::kernels
