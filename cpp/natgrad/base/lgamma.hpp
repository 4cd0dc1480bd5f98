// log Gamma and its Legendre companion for x > 0, on packs and scalars.
#pragma once
#include "natgrad/base/gamma_tails.hpp"

namespace natgrad {

namespace detail {
template <class S>
inline constexpr S half_log_two_pi = S(0.91893853320467274178);  // log(2 pi)/2, mpmath
template <class S>
inline constexpr S digamma_at_two = S(0.42278433509846713939);  // 1 - Euler's constant, mpmath
}  // namespace detail

// log Gamma(x) (DLMF 5.2.1), to relative accuracy also around its zeros x = 1 and x = 2; infinity at 0 and NaN below.
template <class R>
NATGRAD_INLINE R lgamma(R x) {
  using S = scalar_of<R>;
  const auto near = x < S(2.5);
  R num = broadcast<R>(S(1)), den = num, w = num;
  const bool any_near = any(near);
  if (!all(near)) {                                   // Stirling and Binet: DLMF 5.11.1
    const R y = min(x, detail::asymptotic_start<S>);  // past it the tail is below rounding
    const auto [p, q] = detail::tail<detail::BinetTail>(y * y);
    num = y * p;
    den = q;
  }
  if (any_near) {  // Gamma(2 + w) with exact w, and Gamma(x + 2) = x (x + 1) Gamma(x)
    w = x - select(x < S(0.5), broadcast<R>(S(0)), select(x < S(1.5), broadcast<R>(S(1)), S(2)));
    num = select(near, polynomial(detail::LgammaNearTwo<S>::p, w), num);
    den = select(near, polynomial(detail::LgammaNearTwo<S>::q, w), den);
  }
  const R ratio = num / den;
  const R product = select(x < S(0.5), x * (max(x, S(0)) + S(1)), x);
  const R log_product = log(product);
  // (x - 1/2) log x - x = (x - 1/2) (log x - 1) - 1/2, which is also right at infinity
  R value = (x - S(0.5)) * (log_product - S(1)) + ((detail::half_log_two_pi<S> - S(0.5)) + ratio);
  if (any_near) {  // the leading term apart, so that the fraction's rounding counts for little
    const R beside_two = w * detail::digamma_at_two<S> + (w * w) * ratio;
    value = select(near, beside_two - select(x < S(1.5), log_product, S(0)), value);
  }
  return value;
}

namespace detail {
// J(y) + y K(y), y >= 2.
template <class R>
NATGRAD_INLINE R dual_remainder(R y) {
  using S = scalar_of<R>;
  const auto [p, q] = tail<DualTail>(y * y);
  const auto huge = y > asymptotic_start<S>;
  return select(huge, S(1), y * p) / select(huge, S(6) * y, q);
}
// By the recurrences of psi and lgamma, lgamma_dual(x) = log(x (x+1) / y^(3/2)) + poles - (log(2 pi)/2 + 1/2) -
// remainder(y), y = x + 2.
template <class R>
NATGRAD_INLINE R dual_poles(R x, R y) {
  using S = scalar_of<R>;
  const auto [kp, kq] = tail<DigammaTail>(y * y);
  return S(1) / (x + S(1)) + (S(1) / y + S(2) * kp / kq);
}
// lgamma_dual(x) = log(grown) + rest - (log(2 pi)/2 + 1/2).
template <class R>
struct DualParts {
  R grown, rest;
};
template <class R>
NATGRAD_INLINE DualParts<R> dual_parts(R x) {
  using S = scalar_of<R>;
  const auto [small, y] = shift_by_two(x);
  const R remainder = dual_remainder(y), root = sqrt(y);
  if (all(x >= S(2))) return {root, -remainder};
  return {select(small, x * (x + S(1)) / (y * root), root), select(small, dual_poles(x, y) - remainder, -remainder)};
}
}  // namespace detail

// x psi(x) - x - lgamma(x); it grows as log(x)/2, its parts as x log x. Its derivative is x psi1(x) - 1.
template <class R>
NATGRAD_INLINE R lgamma_dual(R x) {
  using S = scalar_of<R>;
  const auto [small, y] = detail::shift_by_two(x);
  const R constant = broadcast<R>(detail::half_log_two_pi<S> + S(0.5)) + detail::dual_remainder(y);
  if (all(x >= S(2))) return S(0.5) * log(x) - constant;
  const R logarithm = log(select(small, x * (x + S(1)) / (y * sqrt(y)), x));
  return select(small, logarithm + detail::dual_poles(x, y), S(0.5) * logarithm) - constant;
}

// lgamma_dual(y) - lgamma_dual(x), without the logarithm of their size.
template <class R>
NATGRAD_INLINE R lgamma_dual_difference(R x, R y) {
  const auto from = detail::dual_parts(x), to = detail::dual_parts(y);
  return log(to.grown / from.grown) + (to.rest - from.rest);
}

}  // namespace natgrad
