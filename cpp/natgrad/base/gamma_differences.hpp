// Differences of the digamma functions between x and x + r that do not cancel, however small r is beside x > 0.
//
// psi(x + r) - psi(x) = log1p(r/x) + gap(x) - gap(x + r) with gap(x) = log x - psi(x), and psi'(x) - psi'(x + r) = r/(x
// (x + r)) + h(x) - h(x + r) with h(x) = psi'(x) - 1/x, lose four bits at most where r is above x/16 or 1/16. Below
// both, the difference is r times the mean of the derivative over [x, x + r] by five Gauss-Legendre points (error 9e-17
// for a function as steep as x^-3), every term positive.
#pragma once
#include "natgrad/base/polygamma.hpp"

namespace natgrad {

namespace detail {
template <class R>
NATGRAD_INLINE mask_of<R> is_close(R x, R r) {
  using S = scalar_of<R>;
  return r < S(0.0625) * min(x, S(1));
}

// The mean of f over [x, x + r].
template <class R, class F>
NATGRAD_INLINE R mean_beyond(R x, R r, const F& f) {
  using S = scalar_of<R>;
  constexpr S nodes[] = {S(0.046910077030668003601), S(0.23076534494715845448), S(0.5), S(0.76923465505284154552),
                         S(0.9530899229693319964)};
  constexpr S weights[] = {S(0.1184634425280945438), S(0.23931433524968323402), S(0.28444444444444444444),
                           S(0.23931433524968323402), S(0.1184634425280945438)};
  R mean = broadcast<R>(S(0));
#pragma GCC unroll 1
  for (int i = 0; i < 5; ++i) mean += weights[i] * f(x + nodes[i] * r);
  return mean;
}

// -(psi''(x) + 1/x^2) = 1/x^3 + ... > 0, relative accuracy.
template <class R>
NATGRAD_INLINE R tetragamma_excess(R x) {
  using S = scalar_of<R>;
  const auto [small, y] = shift_by_two(x);
  const R inner = min(y, asymptotic_start<S>);
  const auto [p, q] = tail<TetragammaTail>(inner * inner);
  const R inverse = S(1) / y;
  const R beyond = inverse * inverse * (inverse + p / q);
  if (all(x >= S(2))) return beyond;
  // 2/x^3 + 2/(x+1)^3 + 1/y^2 - 1/x^2, where 2/x^3 - 1/x^2 = (2 - x)/x^3
  const R pole = S(1) / select(small, x, S(1)), next = S(1) / (x + S(1));
  return select(small, beyond + (inverse * inverse + ((S(2) - x) * (pole * pole * pole) + S(2) * (next * next * next))),
                beyond);
}

template <class R>
NATGRAD_CALLED R digamma_difference_close(R x, R r) {
  // psi'(t) = (1 + excess) / t overflows below 1e-154, long before the difference does.
  return r / x * mean_beyond(x, r, [&](R t) { return (scalar_of<R>(1) + trigamma_excess(t)) * (x / t); });
}
template <class R>
NATGRAD_CALLED R trigamma_remainder_difference_close(R x, R r) {
  // h = 1/x^2 - 1/x to O(1) where its derivative would overflow.
  using S = scalar_of<R>;
  const mask_of<R> tiny = x < (sizeof(S) == 8 ? S(1e-6) : S(1e-3));
  const R value = r * mean_beyond(x, r, [](R t) { return tetragamma_excess(t); });
  const R ratio = r / x;
  const R pole = ratio / (x + r) * (((S(2) + ratio) / (x + r)) - S(1));
  return select(tiny, pole, value);
}
}  // namespace detail

// psi(x) = log y - gap with gap > 0 and y = x + shift >= 2.
template <class R>
struct DigammaParts {
  R y, shift, gap;
};
template <class R>
NATGRAD_INLINE DigammaParts<R> digamma_parts(R x) {
  using S = scalar_of<R>;
  const auto at = detail::shift_by_two(x);
  const auto [num, den] = detail::log_minus_shifted_digamma(x, at);
  return {at.y, select(at.small, broadcast<R>(S(2)), S(0)), num / den};
}

// psi(x + r) - psi(x) >= 0, given the parts of x + r, in R or its scalar.
template <class R, class W>
NATGRAD_INLINE R digamma_difference(R x, R r, const DigammaParts<W>& whole) {
  using S = scalar_of<R>;
  const auto here = digamma_parts(x);
  const R value = log1p((r + (whole.shift - here.shift)) / here.y) + (here.gap - whole.gap);
  const auto close = detail::is_close(x, r);
  if (!any(close)) return value;
  return select(close, detail::digamma_difference_close(x, select(close, r, S(0))), value);
}

// lgamma(x + r) - lgamma(x), x > 0 and r >= 0, with errors of the size of r log(x + r) and of 1: by the logarithm of
// 1 + r/x and Binet's remainders (DLMF 5.11.1), below 5/2 after three steps of the recurrence.
template <class R>
NATGRAD_INLINE R lgamma_rise(R x, R r) {
  using S = scalar_of<R>;
  const auto remainder = [](R y) {
    const R inner = min(y, detail::asymptotic_start<S>);
    const auto [p, q] = detail::tail<detail::BinetTail>(inner * inner);
    return inner * p / q;
  };
  const mask_of<R> small = x < S(2.5);
  const R y = select(small, x + S(3), x), z = y + r;
  const R value = (y - S(0.5)) * log1p(r / y) + r * (log(z) - S(1)) + (remainder(z) - remainder(y));
  if (!any(small)) return value;
  const R s = x + r;
  return select(small, value - log((s / x) * ((s + S(1)) / (x + S(1))) * ((s + S(2)) / (x + S(2)))), value);
}

// psi'(x) = 1/x + h, h > 0, its inverse, the width, and the gap x - width, between 0 and 1/2.
template <class R>
struct TrigammaParts {
  R h, value, width, gap;
};
template <class R>
NATGRAD_INLINE TrigammaParts<R> trigamma_parts(R x) {
  const R excess = trigamma_excess(x), reciprocal = scalar_of<R>(1) / x;
  const R h = excess * reciprocal, value = reciprocal + h;
  const R width = x / (scalar_of<R>(1) + excess);
  return {h, value, width, excess * width};
}

// h(x) - h(x + r) >= 0, given both, h(x + r) in R or its scalar.
template <class R, class W>
NATGRAD_INLINE R trigamma_remainder_difference(R x, R r, R here, W there) {
  using S = scalar_of<R>;
  const R value = here - there;
  const auto close = detail::is_close(x, r);
  if (!any(close)) return value;
  return select(close, detail::trigamma_remainder_difference_close(x, select(close, r, S(0))), value);
}

// psi'(x) - psi'(x + r) >= 0, given h(x) and h(x + r).
template <class R, class W>
NATGRAD_INLINE R trigamma_difference(R x, R r, R here, W there) {
  return r / x / (x + r) + trigamma_remainder_difference(x, r, here, there);
}

}  // namespace natgrad
