// The ratio R(k) = I1(k) / I0(k) of modified Bessel functions, its complement and derivative, log I0, and the inverse
// of R, on packs and scalars: the mean map of directions in the plane. Order 0 (two dimensions) only.
//
// Up to k = 2 polynomials in k^2, above in 1/k. With K = I2 / (k I1) the continued fraction of DLMF 10.33.1 gives
// R / k = 1 / (2 + k^2 K); above, 1 - R = (1 + e) / 2k with k e = E(1/k), from which by R' = 1 - R / k - R^2 (DLMF
// 10.29.2) k^2 R' = E + (1 - e^2) / 4, a sum of positive terms.
#pragma once
#include "natgrad/base/bessel_ratio_coefficients.hpp"
#include "natgrad/base/elementary.hpp"

namespace natgrad {

namespace detail {
template <class S>
inline constexpr S bessel_near = S(2);  // as in make_chebyshev_coefficients.py
template <class R>
struct Reciprocal {
  R s, v;  // 1 / max(k, 2), and the variable of the polynomials
  mask_of<R> far;
};
template <class R>
NATGRAD_INLINE Reciprocal<R> bessel_reciprocal(R k) {
  using S = scalar_of<R>;
  const R s = S(1) / max(k, bessel_near<S>);
  const mask_of<R> far = s < S(0.125);
  return {s, select(far, S(16) * s - S(1), (S(16) * s - S(5)) / S(3)), far};
}
}  // namespace detail

template <class R>
struct BesselRatio {
  using S = scalar_of<R>;
  mask_of<R> near;
  R value, complement;  // R and 1 - R
  R over;               // R / k
  R slope;              // R'; k^2 R' where not near
  R relative, defect;   // k R' / R and 1 - k R' / R
  R excess;             // e where not near

  NATGRAD_CALLED explicit BesselRatio(R k) : near(k <= detail::bessel_near<S>) {
    value = complement = over = slope = relative = defect = excess = broadcast<R>(0);
    if (any(near)) {
      const R held = min(k, detail::bessel_near<S>);
      const R t = held * held;
      const R v = S(0.5) * t - S(1);
      const R second = polynomial(detail::BesselSecondRatio<S>::p, v);
      const R below = S(2) + t * second;
      over = S(1) / below;
      value = held * over;
      complement = S(1) - value;
      slope = polynomial(detail::BesselRatioSlope<S>::p, v);
      relative = slope * below;
      defect = t * over * (S(1) - second * (S(2) + t * second));
    }
    if (!all(near)) {
      const auto [s, v, far] = detail::bessel_reciprocal(k);
      const R tail = polynomial_of_two(far, detail::BesselComplementFar<S>::p, detail::BesselComplementMiddle<S>::p, v);
      const R e = tail * s;
      const R lost = S(0.5) * s * (S(1) + e);
      const R square = tail + S(0.25) * (S(1) - e) * (S(1) + e);
      const R share = square * s / (S(1) - lost);
      excess = e;
      complement = select(near, complement, lost);
      value = select(near, value, S(1) - lost);
      over = select(near, over, (S(1) - lost) * s);
      slope = select(near, slope, square);
      relative = select(near, relative, share);
      defect = select(near, defect, S(1) - share);
    }
  }
};

// log(I0(k) e^-k) = rest - log(argument) / 2; argument is 1 up to k = 2 and 2 pi k above.
template <class R>
struct LogBessel {
  R argument, rest;
};
template <class R>
NATGRAD_CALLED LogBessel<R> log_scaled_bessel(R k) {
  using S = scalar_of<R>;
  const mask_of<R> near = k <= detail::bessel_near<S>;
  R argument = broadcast<R>(1), rest = broadcast<R>(0);
  if (any(near)) {
    const R held = min(k, detail::bessel_near<S>);
    const R t = held * held;
    rest = t * polynomial(detail::LogBesselNear<S>::p, S(0.5) * t - S(1)) - held;
  }
  if (!all(near)) {
    const auto [s, v, far] = detail::bessel_reciprocal(k);
    const R tail = polynomial_of_two(far, detail::LogScaledBesselFar<S>::p, detail::LogScaledBesselMiddle<S>::p, v);
    argument = select(near, argument, S(6.28318530717958647693) * k);
    rest = select(near, rest, s * tail);
  }
  return {argument, rest};
}

template <class R>
struct InverseBesselRatio {
  R k;
  R iterations;  // Newton steps this lane took
  mask_of<R> converged;
};

// k >= 0 with R(k) = value, given also complement = 1 - value > 0, which keeps the digits of a large k.
//
// Start: r (2 - r^2) / (1 - r^2), Banerjee, Dhillon, Ghosh & Sra (2005, JMLR 6, eq. 4.4), right at both ends and within
// 7% between. Newton on 1 / (1 - R), which is linear in k at the far end: one to four steps, at most 10.
template <class R>
NATGRAD_CALLED InverseBesselRatio<R> inverse_bessel_ratio(R value, R complement) {
  using S = scalar_of<R>;
  constexpr S tolerance = std::is_same_v<S, double> ? S(1e-8) : S(1e-4);  // its square is below rounding
  R k = value * (S(2) - value * value) / (complement * (S(1) + value));
  mask_of<R> active = (complement > S(0)) & (value >= S(0)) & is_finite(k);
  mask_of<R> converged = k < S(0);
  R iterations = broadcast<R>(0);
  for (int step = 0; step < 10 && any(active); ++step) {
    const R held = select(active, k, broadcast<R>(1));
    const BesselRatio<R> at(held);
    const R below = (at.value - value) * at.complement / (complement * at.slope);
    const R half = S(0.5) * (S(1) + at.excess);
    const R above = (complement * held - half) * half / (complement * at.slope);
    const R change = select(at.near, below, above);
    iterations = iterations + select(active, broadcast<R>(1), S(0));
    k = select(active, held - change, k);
    const mask_of<R> done = abs(change) <= tolerance * k;
    converged = converged | (active & done);
    active = active & (!done);
  }
  return {k, iterations, converged};
}

}  // namespace natgrad
