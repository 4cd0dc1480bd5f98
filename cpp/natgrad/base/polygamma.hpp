// digamma, trigamma, tetragamma and their combinations that do not cancel, for x > 0, on packs and scalars.
// Every function is +-infinity or NaN at 0 as its limit says, and NaN below 0.
#pragma once
#include "natgrad/base/gamma_tails.hpp"

namespace natgrad {

// psi(x) = d/dx log Gamma(x) (DLMF 5.2.2).
template <class R>
NATGRAD_INLINE R digamma(R x) {
  const auto at = detail::shift_by_two(x);
  const auto [num, den] = detail::log_minus_shifted_digamma(x, at);
  return log(at.y) - num / den;
}

// log x - psi(x) > 0: about 1/x at 0 and 1/(2x) at infinity, to relative accuracy throughout.
template <class R>
NATGRAD_INLINE R log_minus_digamma(R x) {
  using S = scalar_of<R>;
  const auto at = detail::shift_by_two(x);
  const auto [num, den] = detail::log_minus_shifted_digamma(x, at);
  const R value = num / den;
  if (all(x >= S(2))) return value;
  // The shift has put log(x + 2) where log x belongs. (At subnormal x, 2/x must not become infinity: value is.)
  const R ratio = min(std::numeric_limits<S>::max(), S(2) / select(at.small, x, S(1)));
  return select(at.small, value - log1p(ratio), select(x >= S(2), value, not_a_number<S>));
}

// psi'(x) (DLMF 5.15).
template <class R>
NATGRAD_INLINE R trigamma(R x) {
  using S = scalar_of<R>;
  const auto [small, y] = detail::shift_by_two(x);
  const auto [p, q] = detail::tail<detail::TrigammaTail>(y * y);
  const R twice = y + y;
  const auto huge = y > detail::asymptotic_start<S>;
  const R num = select(huge, S(1), q + twice * (p + q));
  const R den = select(huge, y - S(0.5), (twice * y) * q);  // 1/y + 1/(2 y^2) + 1/(6 y^3) = 1/(y - 1/2) to O(y^-3)
  const R value = num / den;
  if (all(x >= S(2))) return value;
  // 1/x^2 + 1/(x+1)^2 = (2 q + 1)/q^2, q = x (x + 1)
  const R product = x * (x + S(1)), inverse = S(1) / product;
  const R poles = (product + product + S(1)) * inverse * inverse;
  return select(small, value + poles, select(x >= S(2), value, not_a_number<S>));
}

// x psi'(x) - 1 > 0: about 1/x at 0 and 1/(2x) at infinity, to relative accuracy throughout.
template <class R>
NATGRAD_INLINE R trigamma_excess(R x) {
  using S = scalar_of<R>;
  const auto [small, y] = detail::shift_by_two(x);
  const auto [num, den] = detail::trigamma_excess_beyond_two(y);
  const R beyond = num / den;
  if (all(x >= S(2))) return beyond;
  // x (1 + beyond)/y + 1/x + x/(x+1)^2 - 1, with 1/x - 1 + x/(x+1)^2 = (1 + x - x^3)/(x (x+1)^2); negative only past x
  // = 1.32
  const R next = x + S(1);
  const R poles = (next - x * x * x) / (x * next * next);
  const R value = x * (S(1) + beyond) / y + poles;
  return select(small, value, select(x >= S(2), beyond, not_a_number<S>));
}

// psi''(x) < 0 (DLMF 5.15).
template <class R>
NATGRAD_INLINE R tetragamma(R x) {
  using S = scalar_of<R>;
  const auto [small, y] = detail::shift_by_two(x);
  const R inner = min(y, detail::asymptotic_start<S>);  // past it the tail is below rounding
  const auto [p, q] = detail::tail<detail::TetragammaTail>(inner * inner);
  const R inverse = S(1) / y;
  const R value = inverse * inverse * (S(1) + (inverse + p / q));
  if (all(x >= S(2))) return -value;
  // 1/x^3 + 1/(x+1)^3
  const R pole = S(1) / x, next = S(1) / (x + S(1));
  const R poles = S(2) * (pole * pole * pole + next * next * next);
  return -select(small, value + poles, select(x >= S(2), value, not_a_number<S>));
}

}  // namespace natgrad
