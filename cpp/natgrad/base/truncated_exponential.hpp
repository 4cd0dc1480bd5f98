// The exponential law of rate y >= 0 on [0, 1], density y e^(-y x) / (1 - e^-y), on packs and scalars: its normaliser,
// mean, variance and entropy, and the rate from the mean. The mean is (1 - L(y / 2)) / 2, L(x) = coth x - 1 / x the
// Langevin function.
//
// Up to y = 4 from the series of sinh (DLMF 4.33.1) in w = x^2, x = y / 2: sinh(x) / x = S = 1 + w q / 6 and
// L(x) = x r / (3 S), q and r with positive terms; above from e^-y, where nothing cancels any more.
#pragma once
#include "natgrad/base/elementary.hpp"

namespace natgrad {

namespace detail {
// q = sum 6 w^k / (2k + 3)! and r = sum (k + 1) 6 w^k / (2k + 3)!.
template <class S>
struct SinhSeries {
  static constexpr S q[] = {S(1),
                            S(1.0 / 20),
                            S(1.0 / 840),
                            S(1.0 / 60480),
                            S(1.0 / 6652800),
                            S(1.0 / 1037836800),
                            S(1.0 / 217945728000),
                            S(1.0 / 59281238016000),
                            S(1.0 / 20274183401472000),
                            S(1.0 / 8515157028618240000.0),
                            S(1.0 / 4308669456480829440000.0),
                            S(1.0 / 2585201673888497664000000.0),
                            S(1.0 / 1814811575069725360128000000.0)};
  static constexpr S r[] = {S(1),
                            S(2.0 / 20),
                            S(3.0 / 840),
                            S(4.0 / 60480),
                            S(5.0 / 6652800),
                            S(6.0 / 1037836800),
                            S(7.0 / 217945728000),
                            S(8.0 / 59281238016000),
                            S(9.0 / 20274183401472000),
                            S(10.0 / 8515157028618240000.0),
                            S(11.0 / 4308669456480829440000.0),
                            S(12.0 / 2585201673888497664000000.0),
                            S(13.0 / 1814811575069725360128000000.0)};
};
}  // namespace detail

template <class R>
struct TruncatedExponential {
  using S = scalar_of<R>;
  R rate;
  mask_of<R> near;
  R excess, half_langevin, slope;  // near: w q / 6, L / 2, variance
  R product, square;               // above: rate times mean, rate^2 times variance

  NATGRAD_CALLED explicit TruncatedExponential(R y) : rate(y), near(y <= S(4)) {
    excess = half_langevin = slope = product = square = broadcast<R>(1);
    if (any(near)) {
      const R x = S(0.5) * min(y, S(4));
      const R w = x * x;
      const R q = polynomial(detail::SinhSeries<S>::q, w);
      excess = w * q * S(1.0 / 6);
      const R shape = S(1) + excess;
      half_langevin = x * polynomial(detail::SinhSeries<S>::r, w) / (S(6) * shape);
      slope = q * (S(1) + shape) / (S(24) * shape * shape);
    }
    if (!all(near)) {
      const R held = min(max(y, S(4)), S(80));
      const R small = exp(-held);
      const R ratio = held / (S(1) - small);
      product = S(1) - ratio * small;
      square = S(1) - ratio * ratio * small;
    }
  }
  /// The mean, in (0, 1/2].
  NATGRAD_INLINE R mean() const { return select(near, S(0.5) - half_langevin, product / rate); }
  NATGRAD_INLINE R variance() const { return select(near, slope, square / rate / rate); }
  NATGRAD_INLINE R log_variance() const {
    return log(select(near, slope, square)) - select(near, broadcast<R>(0), S(2) * log(max(rate, S(1))));
  }
  /// log((1 - e^-y) / y), the log-partition.
  NATGRAD_INLINE R log_partition() const {
    const R value = log1p(select(near, excess, -exp(-rate)));
    return value - select(near, S(0.5) * rate, log(max(rate, S(1))));
  }
  /// y mean + log((1 - e^-y) / y) <= 0, whose parts of first order have cancelled beforehand.
  NATGRAD_INLINE R entropy() const {
    const R value = log1p(select(near, excess, -exp(-rate)));
    return value + select(near, -rate * half_langevin, product - log(max(rate, S(1))));
  }
};

template <class R>
struct TruncatedRate {
  R rate;
  R iterations;  // Newton steps this lane took
  mask_of<R> converged;
};

// The rate y >= 0 of which the mean is `mean` in (0, 1/2], given also gap = 1/2 - mean, which keeps the digits of a
// small rate.
//
// Start: the inverse Langevin function of Kroeger (2015, J. Non-Newtonian Fluid Mech. 223, 77-87), l (3 - l^2 (6 + l^2
// - 2 l^4) / 5) / (1 - l^2) with l = 2 gap, relative error 0.28%. Then Newton on 1 / mean, which is nearly linear in
// the rate (at both ends exactly): one to three steps, at most 8.
template <class R>
NATGRAD_INLINE TruncatedRate<R> truncated_rate(R mean, R gap) {
  using S = scalar_of<R>;
  constexpr S tolerance = std::is_same_v<S, double> ? S(1e-8) : S(1e-4);  // its square is below rounding
  const R l = S(2) * gap;
  const R l2 = l * l;
  R y = (l / (S(1) - mean)) * ((S(3) - l2 * (S(6) + l2 - S(2) * l2 * l2) * S(0.2)) / (S(2) * mean));
  mask_of<R> active = (mean > S(0)) & (mean <= S(0.5)) & is_finite(y);
  mask_of<R> converged = y < S(0);
  R iterations = broadcast<R>(0);
  for (int step = 0; step < 8 && any(active); ++step) {
    const TruncatedExponential<R> at(select(active, y, broadcast<R>(1)));
    const R below = (at.half_langevin - gap) * (S(0.5) - at.half_langevin) / (mean * at.slope);
    const R above = (mean * y - at.product) * at.product / (mean * at.square);
    const R change = select(at.near, below, above);
    iterations = iterations + select(active, broadcast<R>(1), S(0));
    y = select(active, y - change, y);
    const mask_of<R> done = abs(change) <= tolerance * y;
    converged = converged | (active & done);
    active = active & (!done);
  }
  return {y, iterations, converged};
}

}  // namespace natgrad
