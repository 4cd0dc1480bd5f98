#pragma once

#include "natgrad/base/elementary.hpp"
#include "natgrad/base/pack.hpp"

namespace natgrad {

// Pieces of closed forms that several families share; each is written so that nothing cancels.

/// log(2 pi) / 2.
template <class S>
inline constexpr S half_log_two_pi = S(0.91893853320467274178032973640562);

/// q - p - p log(q / p) >= 0, given p, q and r = log(q / p): one outcome's share of a KL divergence.
template <class R>
NATGRAD_INLINE R poisson_divergence(R p, R q, R r) {
  using S = scalar_of<R>;
  return select(r > S(1), q - p - p * r, p * exp_minus_one_minus_x(min(r, broadcast<R>(1))));
}

/// q / p - 1 - log(q / p) >= 0, for p and q of one sign.
template <class R>
NATGRAD_INLINE R ratio_divergence(R p, R q) {
  using S = scalar_of<R>;
  const R u = (q - p) / p;
  const mask_of<R> near = abs(u) < S(0.5);
  const R ratio = q / p;
  return select(near, x_minus_log1p(select(near, u, broadcast<R>(0))), ratio - S(1) - log(ratio));
}

/// The largest beta with slack + beta * direction > 0, slack > 0.
template <class R>
NATGRAD_INLINE R step_to_zero(R slack, R direction) {
  using S = scalar_of<R>;
  return select(direction < S(0), -slack / direction, broadcast<R>(infinity<S>));
}

}  // namespace natgrad
