#pragma once

#include "natgrad/base/elementary.hpp"
#include "natgrad/base/pack.hpp"

namespace natgrad {

// Pieces of closed forms that several families share; each is written so that nothing cancels.

/// log(2 pi) / 2.
template <class S>
inline constexpr S half_log_two_pi = S(0.91893853320467274178032973640562);

inline constexpr double log_two = 0.69314718055994530941723212145818;

/// q - p - p log(q / p) >= 0, given p, q and r = log(q / p): one outcome's share of a KL divergence.
template <class R>
NATGRAD_INLINE R poisson_divergence(R p, R q, R r) {
  using S = scalar_of<R>;
  const R far = select(q < infinity<S>, q - p - p * r, broadcast<R>(infinity<S>));
  return select(r > S(1), far, p * exp_minus_one_minus_x(min(r, broadcast<R>(1))));
}

/// r - 1 - log r >= 0 for a ratio r > 0. `excess` is r - 1, formed by the caller without cancellation where r is near
/// 1; elsewhere the logarithm of r itself is taken, because 1 + (r - 1) has lost the digits of a small r.
template <class R>
NATGRAD_INLINE R ratio_remainder(R ratio, R excess) {
  using S = scalar_of<R>;
  const mask_of<R> near = abs(excess) < S(0.5);
  // An infinite ratio gives infinity, not infinity less its logarithm.
  const R far = excess - log(min(ratio, broadcast<R>(std::numeric_limits<S>::max())));
  return select(near, x_minus_log1p(select(near, excess, broadcast<R>(0))), far);
}

/// q / p - 1 - log(q / p) >= 0, for p and q of one sign.
template <class R>
NATGRAD_INLINE R ratio_divergence(R p, R q) {
  return ratio_remainder(q / p, (q - p) / p);
}

/// Whether it is worth trying a divergence as it is defined: in float32 hardly a pack has all its rows kept.
template <class R>
inline constexpr bool tries_definition = sizeof(scalar_of<R>) == 8;

/// Whether a divergence formed as a difference of terms, of that magnitude in all, keeps the digits that are asked of
/// one: a relative 1e-12 + 48 eps, where the terms are right to 4 eps.
template <class R>
NATGRAD_INLINE mask_of<R> keeps_digits(R divergence, R magnitude) {
  using S = scalar_of<R>;
  constexpr S least = S(4) * epsilon<S> / (S(1e-12) + S(48) * epsilon<S>);
  return (divergence >= least * magnitude) & (divergence < infinity<S>);
}

/// step - other_step * (p / other_p), as if each operation but the last were exact: for two natural parameters that
/// move almost in proportion, where the two terms cancel.
template <class R>
NATGRAD_INLINE R less_multiple(R step, R other_step, R p, R other_p) {
  const R ratio = p / other_p;
  const auto whole = exact_product(ratio, other_p);
  const R rest = ((p - whole.value) - whole.error) / other_p;
  const auto moved = exact_product(other_step, ratio);
  const R value = ((step - moved.value) - moved.error) - other_step * rest;
  return select(is_finite(value), value, step - moved.value);
}

/// x - c for a hyperparameter c, which need not be a number of x's type: its rounding is taken off as well.
template <class R>
NATGRAD_INLINE R less(R x, double c) {
  using S = scalar_of<R>;
  const S nearest = static_cast<S>(c);
  return (x - nearest) - static_cast<S>(c - static_cast<double>(nearest));
}

/// log(x / y) for x, y > 0; by two logarithms only where the quotient leaves the normal numbers, which have all digits.
template <class R>
NATGRAD_INLINE R log_quotient(R x, R y) {
  using S = scalar_of<R>;
  const R ratio = x / y;
  const mask_of<R> normal = (ratio >= std::numeric_limits<S>::min()) & (ratio < infinity<S>);
  if (all(normal)) return log(ratio);
  return select(normal, log(ratio), log(x) - log(y));
}

/// log(x / c) for a hyperparameter c > 0, to relative accuracy where x is near c.
template <class R>
NATGRAD_INLINE R log_ratio(R x, double c) {
  using S = scalar_of<R>;
  const S nearest = static_cast<S>(c);
  const R excess = less(x, c) / nearest;
  return select(abs(excess) < S(0.5), log1p(excess), log_quotient(x, broadcast<R>(nearest)));
}

/// The largest beta with slack + beta * direction > 0, slack > 0.
template <class R>
NATGRAD_INLINE R step_to_zero(R slack, R direction) {
  using S = scalar_of<R>;
  return select(direction < S(0), -slack / direction, broadcast<R>(infinity<S>));
}

/// The positive root of c + b beta - a beta^2, a variance along a ray of mean parameters, c > 0 and a >= 0: each form
/// where it does not cancel, infinity where there is none.
template <class R>
NATGRAD_INLINE R step_to_variance_zero(R c, R b, R a) {
  using S = scalar_of<R>;
  const R root = sqrt(b * b + S(4) * a * c);
  const R falling = S(2) * c / (root - b);
  const R rising = (b + root) / (S(2) * a);
  return select(b < S(0), falling, select(a > S(0), rising, broadcast<R>(infinity<S>)));
}

}  // namespace natgrad
