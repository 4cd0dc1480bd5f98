// The law that all of the modified Bessel function K_p is made of, on packs and scalars.
//
// For p >= 0 DLMF 10.32.9, its variable measured from the mode of the integrand, reads
//
//   2 K_p(omega) = e^(p t - w) I,  I = integral of exp(-E(s)),  E(s) = delta (cosh s - 1) + p (e^s - 1 - s),
//
// with w = sqrt(p^2 + omega^2), sinh t = p / omega, delta = w - p = omega^2 / (w + p): E >= 0, and its terms do not
// cancel. I and the averages below are sums of positive terms by the trapezoidal rule, whose error falls as the Fourier
// transform of the integrand (Trefethen and Weideman 2014, The exponentially convergent trapezoidal rule, section 5).
#pragma once
#include "natgrad/base/elementary.hpp"

namespace natgrad {

// Of s under exp(-E(s)) / I.
template <class R>
struct BesselMoments {
  R log_integral;  // log I
  R cosh;          // E[cosh s - 1]
  R variance;      // Var[cosh s]
  R rise;          // E[e^s - 1 - s]
  R shift;         // E s
};

// What E is made of at the nodes -r and r, r >= 0.
template <class R>
struct BesselNode {
  R cosh;   // cosh r - 1
  R rise;   // e^r - 1
  R right;  // e^r - 1 - r
  R left;   // e^-r - 1 + r
};
template <class R>
NATGRAD_INLINE BesselNode<R> bessel_node(R r) {
  using S = scalar_of<R>;
  const R right = exp_minus_one_minus_x(r);
  const R rise = r + right, grown = S(1) + rise;
  return {rise * (rise / (S(2) * grown)), rise, right, (r * r + (r - S(1)) * right) / grown};
}

namespace detail {
template <class S>
inline constexpr bool is_double = sizeof(S) == 8;
// exp(-reach) is below rounding, also times what is averaged; past `farthest` e^r would overflow.
template <class S>
inline constexpr S bessel_reach = is_double<S> ? S(50) : S(26);
template <class S>
inline constexpr S bessel_farthest = is_double<S> ? S(700) : S(86);

template <class R>
NATGRAD_INLINE R arccosh_of_one_plus(R y) {
  using S = scalar_of<R>;
  return log1p(y + sqrt(y) * sqrt(y + S(2)));
}
}  // namespace detail

// The trapezoidal rule for one p and delta: its step, and where E(-r) and E(r), less 2 r for the moments' sake, have
// passed the reach.
template <class R>
struct BesselRule {
  R step, left, right;
};
template <class R>
NATGRAD_INLINE BesselRule<R> bessel_rule(R p, R delta) {
  using S = scalar_of<R>;
  constexpr S reach = detail::bessel_reach<S>;
  const R w = p + delta;
  const R step = S(1) / sqrt(detail::is_double<S> ? S(25) + S(3) * w : S(10) + S(1.3) * w);
  const R right = detail::arccosh_of_one_plus(reach / w);
  R left = detail::arccosh_of_one_plus(reach / delta);
  const mask_of<R> steep = p > S(2);  // e^-r - 1 + r >= r^2 / (r + 2)
  const R excess = select(steep, p - S(2), S(1));
  const R b = broadcast<R>(reach + S(4));
  left = select(steep, min((b + sqrt(b * b + S(8) * reach * excess)) / (S(2) * excess), left), left);
  return {step, max(left, right), right};
}

// For p >= 0 and delta > 0; NaN where the law is too wide for the number type (p <= 2 and omega below 1e-150, 1e-16 in
// float32).
template <class R>
NATGRAD_CALLED BesselMoments<R> bessel_moments(R p, R delta) {
  using S = scalar_of<R>;
  const BesselRule<R> rule = bessel_rule(p, delta);
  const mask_of<R> known = (rule.left < detail::bessel_farthest<S>)&(rule.step > S(0));
  const R count = select(known, rule.left / rule.step + S(1), broadcast<R>(0));
  R mass = broadcast<R>(1);
  R first = broadcast<R>(0);
  R second = first;
  R rise = first;
  R shift = first;
  for (R i = broadcast<R>(1); any(i <= count); i = i + S(1)) {
    const mask_of<R> here = i <= count;
    const BesselNode<R> node = bessel_node(select(here, i * rule.step, broadcast<R>(1)));
    const R even = delta * node.cosh;
    const R at_right = select(here, exp(-(even + p * node.right)), S(0));
    const R at_left = select(here, exp(-(even + p * node.left)), S(0));
    const R both = at_left + at_right;
    const R weighed = both * node.cosh;
    mass = mass + both;
    first = first + weighed;
    second = second + weighed * node.cosh;
    rise = rise + (at_left * node.left + at_right * node.right);
    shift = shift + i * (at_right - at_left);
  }
  const R share = S(1) / mass;
  const R mean = first * share, w = p + delta;
  // E s = E(e^s - 1) - rise, E(e^s - 1) = (delta / w) E(cosh s - 1), keeps the digits of a narrow law.
  const auto checked = [&](R value) { return select(known, value, broadcast<R>(not_a_number<S>)); };
  return {checked(log(rule.step * mass)), checked(mean), checked(second * share - mean * mean), checked(rise * share),
          checked(select(w > S(1), delta / w * mean - rise * share, rule.step * shift * share))};
}

}  // namespace natgrad
