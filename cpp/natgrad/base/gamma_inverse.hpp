// Inverses of the digamma functions, on packs and scalars.
#pragma once
#include "natgrad/base/lgamma.hpp"
#include "natgrad/base/polygamma.hpp"

namespace natgrad {

// psi^-1 to a quarter of a percent, and the derivative of that: the two forms of Minka (2000, Estimating a Dirichlet
// distribution, appendix C), exp(y) + 1/2 and -1/w with w = y + Euler's constant, each with a fitted next term:
// exp(y) + 1/2 - 1/(24 exp(y) + 3.4072) and -1/(w + 1.9404/(w - 1.7963)).
template <class R>
struct InverseDigamma {
  R value, slope;
};
template <class R>
NATGRAD_INLINE InverseDigamma<R> inverse_digamma_start(R y) {
  using S = scalar_of<R>;
  const mask_of<R> large = y >= S(-1.4);
  const R grown = exp(select(large, y, broadcast<R>(0)));
  const R w = min(y, broadcast<R>(S(-1.4))) + S(0.57721566490153286061);
  const mask_of<R> far = w < S(-1e8);  // the next term is below rounding, and w^2 may overflow
  const R above = select(far, broadcast<R>(1), w - S(1.7963));
  const R below = select(far, w, w * above + S(1.9404));
  const R rise = select(far, broadcast<R>(1), above * (w + above) - below);
  const R inverse = S(1) / select(large, S(24) * grown + S(3.4072), below);
  return {select(large, (grown + S(0.5)) - inverse, -above * inverse),
          select(large, grown * (S(1) + S(24) * inverse * inverse), rise * inverse * inverse)};
}

template <class R>
struct Inverse {
  R x;
  R iterations;  // Newton steps this lane took, as a number of type S
};

// x > 0 with psi(x) = y: Newton's method from inverse_digamma_start, whose error of a quarter of a percent each step
// squares; at most 4 steps, 2 in float and 3 in double being the usual number. Infinity where x is beyond S.
template <class R>
NATGRAD_INLINE Inverse<R> solve_digamma(R y) {
  using S = scalar_of<R>;
  constexpr S tolerance = std::is_same_v<S, double> ? S(1.5e-8) : S(4e-4);  // its square is below epsilon
  R x = inverse_digamma_start(y).value;
  auto active = is_finite(x);
  R iterations = broadcast<R>(S(0));
  for (int step = 0; step < 4 && any(active); ++step) {
    const R point = select(active, x, S(1));
    const R change = (digamma(point) - y) / (point * trigamma(point));  // relative
    x = select(active, point - point * change, x);
    iterations = iterations + select(active, broadcast<R>(S(1)), S(0));
    active = active & (abs(change) > tolerance);
  }
  return {x, iterations};
}

// x > 0 with log x - psi(x) = gap, for gap > 0: the shape of a Gamma distribution from log E x - E log x.
//
// Start: Minka (2002, Estimating a Gamma distribution) eq. 1 after Choi and Wette (1969), x = 2/(c - 3 + sqrt((c - 3)^2
// + 24 c)), written for c < 3 without the cancellation, relative error below 1.5%; a polynomial leaves 3e-4 of it. Then
// Newton on gap as a function of u = 1/x (Minka's eq. 2 step), nearly linear at both ends: u <- u - (gap(x) - gap) / (x
// (x psi1(x) - 1)), whose relative error is below a tenth of the square of the last. At most 8 steps; 2 are the usual
// number. Infinity at gap = 0, NaN below.
template <class R>
NATGRAD_INLINE Inverse<R> solve_log_minus_digamma(R gap) {
  using S = scalar_of<R>;
  constexpr S tolerance = std::is_same_v<S, double> ? S(1.5e-8) : S(4e-4);  // a tenth of its square is below epsilon/4
  constexpr S far = std::is_same_v<S, double> ? S(1e100) : S(1e15);         // past it 1/gap is the root to the last bit
  const R held = min(far, gap), shifted = held - S(3);
  const R root = sqrt(shifted * shifted + S(24) * held);
  R x = select(shifted > S(0), S(2) / (shifted + root), (root - shifted) / (S(12) * held));
  const R z = sqrt(x);
  x = x + x * polynomial(detail::ShapeStart<S>::p, z / (S(1) + z));
  x = select(gap > far, S(1) / gap, x);
  auto active = (gap > S(0)) & (gap <= far);
  R iterations = broadcast<R>(S(0));
  for (int step = 0; step < 8 && any(active); ++step) {
    const R point = select(active, x, S(1));
    const R change = (log_minus_digamma(point) - gap) / trigamma_excess(point);  // relative change of u = 1/x
    x = select(active, point / (S(1) - change), x);
    iterations = iterations + select(active, broadcast<R>(S(1)), S(0));
    active =
        active & (abs(change) > tolerance);  // Newton squares the error: below this the next step would be rounding
  }
  x = select(gap == S(0), infinity<S>, x);
  return {select(gap >= S(0), x, not_a_number<S>), iterations};
}

}  // namespace natgrad
