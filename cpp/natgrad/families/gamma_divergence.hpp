#pragma once

#include "natgrad/base/gamma_differences.hpp"
#include "natgrad/base/gamma_functions.hpp"
#include "natgrad/families/closed_forms.hpp"

namespace natgrad {

// The integral of (1 - t) f(t) over [0, 1], by eight Gauss-Jacobi points: how a KL divergence of close points is formed
// from F along the segment between them, every term being positive. Relative error 2e-15 where the coordinates change
// by a factor of at most `close_ratio`.

template <class S>
inline constexpr S close_ratio = S(1.5);

template <class R, class F>
NATGRAD_INLINE R bregman_integral(const F& f) {
  using S = scalar_of<R>;
  constexpr S nodes[] = {S(0.01777991514736345181), S(0.09132360789979395600), S(0.2143084793956307584),
                         S(0.3719321645832723024),  S(0.5451866848034266490),  S(0.7131752428555694811),
                         S(0.8556337429578544285),  S(0.9553660447100301493)};
  constexpr S weights[] = {S(0.04455080436155593133), S(0.09111902363637362635), S(0.1125057994708873662),
                           S(0.1060473594359300107),  S(0.07919959949231916012), S(0.04543931950469889808),
                           S(0.01784290265598620839), S(0.003295191442248798855)};
  R sum = broadcast<R>(0);
#pragma GCC unroll 1
  for (int i = 0; i < 8; ++i) sum += weights[i] * f(nodes[i]);
  return sum;
}

template <class R>
NATGRAD_INLINE mask_of<R> are_close(R p, R q) {
  using S = scalar_of<R>;
  return max(p, q) <= close_ratio<S> * min(p, q);
}

template <class R>
NATGRAD_CALLED R shape_divergence_close(R p, R q) {
  const R step = q - p;
  return step * step * bregman_integral<R>([&](auto t) { return trigamma_parts(p + t * step).h; });
}

/// The Bregman divergence >= 0 of R(x) = lgamma(x) - x log x + x from p to q, which is the KL divergence between two
/// Gammas of one mean whose shapes are p and q. R(x) = -x (log x - psi(x)) - lgamma_dual(x), R'(x) = psi(x) - log x.
/// This form has a small absolute error.
template <class R>
NATGRAD_INLINE R shape_divergence_apart(R p, R q) {
  return q * (log_minus_digamma(p) - log_minus_digamma(q)) - lgamma_dual_difference(p, q);
}

/// The same, with a small relative error however close the shapes are.
template <class R>
R shape_divergence(R p, R q) {
  const R apart = shape_divergence_apart(p, q);
  const mask_of<R> close = are_close(p, q);
  if (!any(close)) return apart;
  return select(close, shape_divergence_close(p, select(close, q, p)), apart);
}

}  // namespace natgrad
