// Elementary functions on packs and scalars: exp, expm1, exp_minus_one_minus_x, log, log1p, x_minus_log1p, sigmoid,
// softplus.
#pragma once
#include "natgrad/base/exponential.hpp"
#include "natgrad/base/logarithm.hpp"

namespace natgrad {

// 1 / (1 + e^-x), to relative accuracy in both tails.
template <class R>
NATGRAD_INLINE R sigmoid(R x) {
  using S = scalar_of<R>;
  const R e = exp(-abs(x));
  return select(x < S(0), e, S(1)) / (S(1) + e);
}

// log(1 + e^x) = max(x, 0) + log(1 + e^-|x|), to relative accuracy in both tails.
template <class R>
NATGRAD_INLINE R softplus(R x) {
  using S = scalar_of<R>;
  return max(S(0), x) + log1p(exp(-abs(x)));
}

}  // namespace natgrad
