#pragma once

#include "natgrad/base/gamma_differences.hpp"
#include "natgrad/base/gamma_functions.hpp"
#include "natgrad/families/bregman_integral.hpp"
#include "natgrad/families/closed_forms.hpp"

namespace natgrad {

/// a (t - 1 - log t) >= 0, t = scaled / a, given also log t for where `scaled` has underflowed or t overflows: the
/// exponent of a gamma density of shape a, which keeps its digits at large shapes.
template <class R, class LogRatio>
NATGRAD_INLINE R gamma_exponent(R a, R scaled, const LogRatio& log_ratio) {
  using S = scalar_of<R>;
  const R exponent = a * ratio_divergence(a, scaled);
  const mask_of<R> beyond = (scaled < std::numeric_limits<S>::min()) | !(exponent < infinity<S>);
  if (!any(beyond)) return exponent;
  return select(beyond, scaled - a * (S(1) + log_ratio()), exponent);
}

/// x^2 (psi'(x) - 1/x) = x (x psi'(x) - 1), which goes from 1 at 0 to 1/2 at infinity where the other factor would
/// overflow.
template <class R>
NATGRAD_INLINE R scaled_trigamma_excess(R x) {
  const R held = max(x, scalar_of<R>(4) * std::numeric_limits<scalar_of<R>>::min());
  return held * trigamma_excess(held);
}

template <class R>
NATGRAD_INLINE mask_of<R> are_close(R p, R q) {
  using S = scalar_of<R>;
  return max(p, q) <= close_ratio<S> * min(p, q);
}

template <class R>
NATGRAD_CALLED R shape_divergence_close(R p, R q) {
  const R step = q - p;
  const R relative = step / p;
  return relative * relative * bregman_integral<R>([&](auto t) {
           const R x = p + t * step;
           const R ratio = p / x;
           return ratio * ratio * scaled_trigamma_excess(x);
         });
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

/// A divergence as a difference of terms, and the magnitude of them and of what their factors' rounding makes of them.
template <class R>
struct Plain {
  R divergence, magnitude;
};

/// The Bregman divergence of log Gamma from p to q.
template <class R>
NATGRAD_INLINE Plain<R> plain_of(R p, R q) {
  const R step = q - p, rise = step * digamma(p), from = lgamma(p), to = lgamma(q);
  return {(to - from) - rise, abs(to) + abs(from) + abs(rise) + abs(step)};
}

/// KL of Gamma(p, rate_p) from Gamma(q, rate_q) given rate_q - rate_p: that of the shapes at one mean, plus
/// q (r - 1 - log r) with r = mean_p / mean_q: two terms >= 0.
template <class R>
NATGRAD_CALLED R gamma_divergence_careful(R p, R q, R rate_p, R rate_q, R rate_step) {
  using S = scalar_of<R>;
  const R shape_step = q - p;
  const R ratio = (p / q) * (rate_q / rate_p);
  const mask_of<R> close = (abs(shape_step) < S(0.5) * q) & (abs(rate_step) < S(0.5) * rate_p);
  const R less = less_multiple(shape_step, rate_step, p, rate_p);
  const R excess = select(close, -less / q, ratio - S(1));
  return shape_divergence(p, q) + q * ratio_remainder(ratio, excess);
}

/// The same, as it is defined where that keeps its digits.
template <class R>
R gamma_divergence(R p, R q, R rate_p, R rate_q, R rate_step) {
  if constexpr (!tries_definition<R>) return gamma_divergence_careful(p, q, rate_p, rate_q, rate_step);
  const Plain<R> shapes = plain_of(p, q);
  const R turned = q * log_quotient(rate_p, rate_q), moved = p * (rate_step / rate_p);
  const R plain = shapes.divergence + (turned + moved);
  const mask_of<R> kept = keeps_digits(plain, shapes.magnitude + (abs(turned) + abs(moved) + q));
  if (all(kept)) return plain;
  return select(kept, plain, gamma_divergence_careful(p, q, rate_p, rate_q, rate_step));
}

}  // namespace natgrad
