#pragma once

#include "natgrad/base/stirling.hpp"
#include "natgrad/families/closed_forms.hpp"

namespace natgrad {

// Log binomial coefficients and densities of counts, without the cancellation of log-gammas. Loader (2000), Fast and
// accurate computation of binomial probabilities: at its mode a density of counts is a square root and Stirling
// remainders; elsewhere it is less by two deviances.

/// log of Gamma(n + 1) / (Gamma(x + 1) Gamma(y + 1)) (x/n)^x (y/n)^y, n = x + y, for x, y > 0.
template <class R>
NATGRAD_CALLED R log_peak(R x, R y) {
  using S = scalar_of<R>;
  const R stirling = stirling_remainder(x + y) - stirling_remainder(x) - stirling_remainder(y);
  return stirling - half_log_two_pi<S> - S(0.5) * log(x / (S(1) + x / y));
}

/// log of Gamma(x + y + 1) / (Gamma(x + 1) Gamma(y + 1)) for x, y >= 0.
template <class R>
NATGRAD_INLINE R log_binomial_coefficient(R x, R y) {
  using S = scalar_of<R>;
  const mask_of<R> inside = (x > S(0)) & (y > S(0));
  const R a = select(inside, x, broadcast<R>(1));
  const R b = select(inside, y, broadcast<R>(1));
  return select(inside, log_peak(a, b) + (a * log1p(b / a) + b * log1p(a / b)), broadcast<R>(0));
}

/// x log(x / expected) - x + expected >= 0 for x > 0, given excess = expected - x without cancellation.
template <class R>
NATGRAD_INLINE R deviance(R x, R expected, R excess) {
  return x * ratio_remainder(expected / x, excess / x);
}

}  // namespace natgrad
