// E log(1 + e^y) of a Normal y, on packs and scalars.
//
// The softplus is a ramp max(y + n, 0) smoothed by a Normal n of deviation 7/4, whose expectation is known, and an even
// rest that is analytic in |Im y| < pi and decays as e^-|y|: the trapezoidal rule in y is exact to rounding (Trefethen
// & Weideman 2014, The exponentially convergent trapezoidal rule). Below deviation 1, where the density is the narrower
// of the two, the same rule in (y - mean) / deviation.
#pragma once
#include <iterator>

#include "natgrad/base/elementary.hpp"
#include "natgrad/base/softplus_coefficients.hpp"

namespace natgrad {

namespace detail {
template <class R>
NATGRAD_CALLED R expected_softplus_narrow(R mean, R deviation) {
  using S = scalar_of<R>;
  using Rule = NormalWeight<S>;
  R sum = broadcast<R>(0);
  for (int k = static_cast<int>(std::size(Rule::value)) - 1; k >= 0; --k) {
    const R move = deviation * (Rule::step * S(k));
    sum += Rule::value[k] * (softplus(mean + move) + softplus(mean - move));
  }
  return sum;
}

// sqrt(v + (7/4)^2) phi(a) (1 - a Phi(-a) / phi(a)) + max(mean, 0), a = |mean| / sqrt(v + (7/4)^2), and the rest.
template <class R>
NATGRAD_CALLED R expected_softplus_wide(R mean, R deviation) {
  using S = scalar_of<R>;
  using Rule = SoftplusGap<S>;
  constexpr S density = S(0.39894228040143267794);  // phi(0)
  const R width = sqrt(deviation * deviation + S(3.0625));
  const R a = min(abs(mean) / width, S(100));
  const R above = width * exp(S(-0.5) * a * a) * polynomial(NormalRamp<S>::p, (a - S(3)) / (a + S(3)));
  R sum = broadcast<R>(0);
  if (any(abs(mean) < S(40) * (deviation + S(1)))) {
    for (int k = static_cast<int>(std::size(Rule::value)) - 1; k >= 0; --k) {
      const R right = (Rule::step * S(k) - mean) / deviation;
      const R left = (Rule::step * S(k) + mean) / deviation;
      sum += Rule::value[k] * (exp(S(-0.5) * right * right) + exp(S(-0.5) * left * left));
    }
  }
  return max(mean, S(0)) + density * (above + sum / deviation);
}
}  // namespace detail

template <class R>
R expected_softplus(R mean, R deviation) {
  using S = scalar_of<R>;
  const mask_of<R> narrow = deviation < S(1);
  if (all(narrow)) return detail::expected_softplus_narrow(mean, deviation);
  const R wide = detail::expected_softplus_wide(mean, max(deviation, S(1)));
  if (!any(narrow)) return wide;
  return select(narrow, detail::expected_softplus_narrow(mean, min(deviation, S(1))), wide);
}

}  // namespace natgrad
