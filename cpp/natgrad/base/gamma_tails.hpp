// What the gamma functions share: the recurrence that moves x >= 0 to y >= 2, and the remainders of their asymptotic
// series.
//
// By Binet's second formula (DLMF 5.9.13, 5.9.15) the remainder of log y - psi(y) after 1/(2y) is an integral of
// dm(t)/(t^2 + y^2) with m >= 0: a Stieltjes function of w = y^2. A low-degree rational in w, with positive
// coefficients, then serves ALL y >= 2 to full precision, where the asymptotic series (DLMF 5.11.2) would first need a
// shift to y >= 8; and nothing in it cancels.
#pragma once
#include "natgrad/base/elementary.hpp"
#include "natgrad/base/gamma_coefficients.hpp"

namespace natgrad::detail {

template <class R>
struct Fraction {
  R num, den;
};
template <template <class> class Table, class R>
NATGRAD_INLINE Fraction<R> tail(R w) {
  using T = Table<scalar_of<R>>;
  return {reversed_polynomial(T::p, w), reversed_polynomial(T::q, w)};
}

// Past this y two terms of each series are exact to the last bit, and the polynomials have not yet overflowed.
template <class S>
inline constexpr S asymptotic_start = S(std::int64_t(1) << (std::numeric_limits<S>::digits / 2 + 2));

template <class R>
struct Shifted {
  mask_of<R> small;  // 0 <= x < 2
  R y;               // x + 2 there, x elsewhere
};
template <class R>
NATGRAD_INLINE Shifted<R> shift_by_two(R x) {
  using S = scalar_of<R>;
  const mask_of<R> small = (x >= S(0)) & (x < S(2));
  return {small, select(small, x + S(2), x)};
}

// log y - psi(x) for x >= 0 as ONE fraction: 1/(2y) + K(y) and, where x < 2, + 1/x + 1/(x+1) (DLMF 5.5.2).
template <class R>
NATGRAD_INLINE Fraction<R> log_minus_shifted_digamma(R x, const Shifted<R>& at) {
  using S = scalar_of<R>;
  const R y = at.y, twice = y + y;
  const auto [p, q] = tail<DigammaTail>(y * y);
  const auto huge = y > asymptotic_start<S>;
  R num = select(huge, S(1), q + twice * p);
  R den = select(huge, twice - S(1) / S(3), twice * q);  // 1/(2y) + 1/(12 y^2) = 1/(2y - 1/3) to O(y^-3)
  const R product = x * (x + S(1));
  num = select(at.small, num * product + den * (x + x + S(1)), num);
  den = select(at.small, den * product, den);
  return {num, den};
}

// 1/(2y) + H(y) = y psi1(y) - 1 for y >= 2, as one fraction.
template <class R>
NATGRAD_INLINE Fraction<R> trigamma_excess_beyond_two(R y) {
  using S = scalar_of<R>;
  const R twice = y + y;
  const auto [p, q] = tail<TrigammaTail>(y * y);
  const auto huge = y > asymptotic_start<S>;
  return {select(huge, S(1), q + twice * p),
          select(huge, twice - S(2) / S(3), twice * q)};  // 1/(2y) + 1/(6 y^2) = 1/(2y - 2/3)
}

}  // namespace natgrad::detail
