#pragma once

#include "natgrad/families/binomial_coefficient.hpp"
#include "natgrad/families/statements.hpp"

namespace natgrad::counts {

// Vectors of counts.

template <class R, class Require>
void support(Index n, const R* x, Require& require) {
  using S = scalar_of<R>;
  for (Index k = 0; k < n; ++k) {
    const mask_of<R> met = (x[k] >= S(0)) & (x[k] < infinity<S>)&(round(x[k]) == x[k]);
    require(met, x[k], "x must be non-negative integers");
  }
}

/// log of (sum x)! / prod x_k!, as a product of binomial coefficients.
template <class R>
R log_coefficient(Index n, const R* x) {
  R answer = broadcast<R>(0);
  R sum = answer;
  for (Index k = 0; k < n; ++k) {
    answer += log_binomial_coefficient(x[k], sum);
    sum += x[k];
  }
  return answer;
}

/// log of x! e^-x x^-x and of sqrt(2 pi x) more, for x > 0: Stirling's remainder and half a logarithm.
template <class R>
NATGRAD_INLINE R log_mode(R x) {
  using S = scalar_of<R>;
  return stirling_remainder(x) + (S(0.5) * log(x) + half_log_two_pi<S>);
}

/// What a count x of the given expectation takes off the log density of a vector of counts (Loader 2000, as in
/// binomial_coefficient.hpp), which starts from log_mode of their sum.
template <class R>
NATGRAD_CALLED R loss(R x, R expected, R excess) {
  using S = scalar_of<R>;
  const mask_of<R> some = x > S(0);
  const R a = select(some, x, broadcast<R>(1));
  return select(some, log_mode(a) + deviance(a, expected, excess), expected);
}

}  // namespace natgrad::counts
