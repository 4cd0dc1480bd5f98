// The ratio R(k) = I_(n+1)(k) / I_n(k) of modified Bessel functions of any order n >= 0, and what goes with it, on
// packs and scalars: the mean map of directions in 2 n + 2 dimensions. (In the plane bessel_ratio.hpp is faster.)
//
// Where q = sqrt(n^2 + k^2) is large, from the uniform expansion of Debye (DLMF 10.41.3) in logarithmic form, log I_n =
// q + n log(k / (n + q)) - log(2 pi q) / 2 + sum_j D_j(v) q^-j, v = (n / q)^2, whose derivatives are taken term by term
// so that nothing is left to cancel. Below, the same at a higher order, and down from there by Perron's continued
// fraction, R_(m-1) / k = 1 / (2 m + k R_m) (DLMF 10.33.1), with forms for 1 - R and R' that do not cancel either.
#pragma once
#include <array>
#include <cmath>

#include "natgrad/base/bessel_ratio.hpp"
#include "natgrad/base/debye_coefficients.hpp"
#include "natgrad/base/elementary.hpp"

namespace natgrad {

namespace detail {
/// The expansion serves from q = far on, and from order `shift` on for every smaller k.
template <class S>
inline constexpr S debye_far = sizeof(S) == 8 ? S(32) : S(16);
template <class S>
inline constexpr int debye_shift = sizeof(S) == 8 ? 12 : 6;

template <class R>
struct DebyePoint {
  R length, t, n, x;  // q, and 1, the order and k over q

  NATGRAD_INLINE DebyePoint(R order, R k) {
    using S = scalar_of<R>;
    const R larger = max(max(order, k), std::numeric_limits<S>::min());
    const R share = min(order, k) / larger;
    length = larger * sqrt(S(1) + share * share);
    t = S(1) / length;
    n = order / length;
    x = k / length;
  }
};

/// Sums over j of t^j P_j(v), the rows of each table; far out the first few, whatever the other rows of a pack need.
template <class R, class... Table>
NATGRAD_CALLED std::array<R, sizeof...(Table)> debye_series(R t, R v) {
  using S = scalar_of<R>;
  using Terms = DebyeTerms<S>;
  constexpr std::size_t count = sizeof...(Table);
  constexpr std::array<const S*, count> tables{Table::p...};
  const mask_of<R> far = t <= S(1) / S(128);
  const int terms = all(far) ? Terms::few : Terms::all;
  int at = terms * (terms + 3) / 2;
  std::array<R, count> total{};
  for (int j = terms; j > 0; --j) {
    std::array<R, count> value{};
#pragma GCC unroll 1
    for (int i = 0; i <= j; ++i) {
      --at;
      for (std::size_t k = 0; k < count; ++k) value[k] = value[k] * v + tables[k][at];
    }
    for (std::size_t k = 0; k < count; ++k) {
      total[k] = (total[k] + value[k]) * t;
      if (j == Terms::few + 1) total[k] = select(far, broadcast<R>(0), total[k]);
    }
  }
  return total;
}

template <class R>
NATGRAD_INLINE mask_of<R> debye_is_near(scalar_of<R> order, R k) {
  using S = scalar_of<R>;
  constexpr S far = debye_far<S>;
  const S least = order < far ? sqrt((far - order) * (far + order)) : S(-1);
  return k < least;
}
}  // namespace detail

template <class R>
struct BesselRatioOfOrder {
  using S = scalar_of<R>;
  R over, complement;  // R / k and 1 - R
  R relative, defect;  // k R' / R and 1 - k R' / R

  NATGRAD_CALLED BesselRatioOfOrder(S order, R k) {
    if (order == S(0)) {
      const BesselRatio<R> plane(k);
      over = plane.over;
      complement = plane.complement;
      relative = plane.relative;
      defect = plane.defect;
      return;
    }
    constexpr int shift = detail::debye_shift<S>;
    const mask_of<R> near = detail::debye_is_near(order, k);
    expand(order + select(near, broadcast<R>(S(shift)), broadcast<R>(0)), k);
    if (!any(near)) return;
    const R held = select(near, k, broadcast<R>(0));
    const R square = held * held;
    // k (1 - R) and k^2 R' tend to m + 1/2; what is missing is carried down, for its errors stay small.
    const S half_high = order + S(shift) + S(0.5);
    R ratio = over, lost = complement, slope = over * relative, above = ratio;
    R short_of = half_high - held * lost;
    R left = half_high - square * slope;
#pragma GCC unroll 1
    for (int i = shift - 1; i >= 0; --i) {
      const S m = order + S(i);
      above = ratio + slope;
      ratio = S(1) / (S(2) * (m + S(1)) + square * ratio);
      const R value = held * ratio;
      const S half = m + S(0.5);
      lost = ratio * (half + short_of);
      short_of = half * lost - value * short_of;
      slope = ratio * ratio * (half + left);
      left = half * lost * (S(1) + value) - value * value * left;
    }
    over = select(near, ratio, over);
    complement = select(near, lost, complement);
    relative = select(near, slope / ratio, relative);
    defect = select(near, square * ratio * above, defect);
  }

 private:
  NATGRAD_INLINE void expand(R order, R k) {
    const detail::DebyePoint<R> at(order, k);
    const R v = at.n * at.n;
    const auto [first, second] = detail::debye_series<R, detail::DebyeFirst<S>, detail::DebyeSecond<S>>(at.t, v);
    const R beside = S(1) / (S(1) + at.n);
    const R shortened = at.t * (S(0.5) + first);
    const R ratio = beside - shortened;
    const R slope = at.n * beside + at.t * (S(0.5) * (at.x - at.n) * (at.x + at.n) + at.x * at.x * second - first);
    over = at.t * ratio;
    complement = (at.n + v / (S(1) + at.x)) * beside + at.x * shortened;
    relative = slope / ratio;
    defect = at.x * at.x * (beside * beside - at.t * (S(1) + second)) / ratio;
  }
};

/// log((2 pi)^(n+1) I_n(k) k^-n e^-k) = rest + n log(2 pi / sum) + log(2 pi / root) / 2: the logarithm of the integral
/// of e^(k (cos - 1)) over the unit sphere.
template <class R>
struct LogBesselOfOrder {
  R sum, root, rest;

  NATGRAD_INLINE R value(scalar_of<R> order) const {
    using S = scalar_of<R>;
    constexpr S two_pi = S(6.28318530717958647693);
    return (order * log(two_pi / sum) + S(0.5) * log(two_pi / root)) + rest;
  }
};
/// `log_area` is that of the unit sphere (log_sphere_area).
template <class R>
NATGRAD_CALLED LogBesselOfOrder<R> log_scaled_bessel(scalar_of<R> order, scalar_of<R> log_area, R k) {
  using S = scalar_of<R>;
  constexpr S two_pi = S(6.28318530717958647693);
  if (order == S(0)) {
    const LogBessel<R> plane = log_scaled_bessel(k);
    return {broadcast<R>(two_pi), plane.argument / two_pi, plane.rest};
  }
  constexpr int shift = detail::debye_shift<S>;
  const mask_of<R> near = detail::debye_is_near(order, k);
  const detail::DebyePoint<R> at(order + select(near, broadcast<R>(S(shift)), broadcast<R>(0)), k);
  const R series = detail::debye_series<R, detail::DebyeValue<S>>(at.t, at.n * at.n)[0];
  const R far_rest = order * (order / (at.length + k)) + series;
  if (!any(near)) return {order + at.length, at.length, far_rest};

  if (order == S(0.5)) {  // 2 pi (1 - e^(-2k)) / k
    const R twice = select(near, S(2) * k, broadcast<R>(0));
    const R share = select(twice > S(0), -expm1(-twice) / twice, broadcast<R>(1));
    return {select(near, broadcast<R>(two_pi), order + at.length),
            select(near, S(1) / (S(4) * two_pi * (share * share)), at.length), select(near, broadcast<R>(0), far_rest)};
  }

  // F_m = Gamma(m+1) (2/k)^m I_m(k) is 1 at 0, and F_(m-1) = F_m + k^2 / (4 m (m+1)) F_(m+1).
  const S high = order + S(shift);
  const R held = select(near, k, broadcast<R>(0));
  const R quarter = S(0.25) * held * held;
  const R rise = held * (held / (at.length + high));
  const S limit = detail::debye_series<S, detail::DebyeValue<S>>(S(1) / high, S(1))[0];
  const R half = rise / (S(2) * high);
  const R start = S(0.5) * rise + high * x_minus_log1p(half) - S(0.5) * log1p(rise / high) + (series - limit);
  const BesselRatioOfOrder<R> above_high(high, held);
  R here = broadcast<R>(0);
  R above = S(2) * (high + S(1)) * above_high.over - S(1);
#pragma GCC unroll 1
  for (int i = shift; i > 0; --i) {
    const S m = order + S(i);
    const R next = here + quarter / (m * (m + S(1))) * (S(1) + above);
    above = here;
    here = next;
  }
  const R rest = (log_area + (log1p(here) + start)) - held;
  return {select(near, broadcast<R>(two_pi), order + at.length), select(near, broadcast<R>(two_pi), at.length),
          select(near, rest, far_rest)};
}

/// Logarithm of the area of the unit sphere in 2 n + 2 dimensions (DLMF 5.19.4), where log_scaled_bessel asks for it:
/// up to the order from which the expansion serves for every k. Long doubles, because the logarithm is near 0 for some
/// n.
inline double log_sphere_area(double order) {
  constexpr long double pi = 3.14159265358979323846264338327950288L;
  if (order >= detail::debye_far<double>) return 0.0;
  const bool even = order == static_cast<double>(static_cast<int>(order));
  long double area = even ? 2 * pi : 4 * pi;
  for (double m = even ? 1.0 : 1.5; m <= order; m += 1.0) area *= pi / static_cast<long double>(m);
  return static_cast<double>(std::log(area));
}

/// k >= 0 with R(k) = value, given also complement = 1 - value > 0, which keeps the digits of a large k.
///
/// Start: r (d - r^2) / (1 - r^2), d = 2 n + 2 (Banerjee, Dhillon, Ghosh & Sra 2005, JMLR 6, eq. 4.4). Newton on
/// 1 / (1 - R), which is linear in k at both ends, within a factor of 2 of the start: two to four steps, at most 10.
template <class R>
NATGRAD_CALLED InverseBesselRatio<R> inverse_bessel_ratio(scalar_of<R> order, R value, R complement) {
  using S = scalar_of<R>;
  constexpr S tolerance = std::is_same_v<S, double> ? S(1e-8) : S(1e-4);  // its square is below rounding
  const R start = value * (S(2) * (order + S(1)) - value * value) / (complement * (S(1) + value));
  R k = start;
  mask_of<R> active = (complement > S(0)) & (value >= S(0)) & is_finite(k);
  mask_of<R> converged = k < S(0);
  R iterations = broadcast<R>(0);
  for (int step = 0; step < 10 && any(active); ++step) {
    const R held = select(active, k, broadcast<R>(1));
    const BesselRatioOfOrder<R> at(order, held);
    const R error = select(value < S(0.5), at.over * held - value, complement - at.complement);
    const R change = (error / (at.over * at.relative)) * (at.complement / complement);
    iterations = iterations + select(active, broadcast<R>(1), S(0));
    k = select(active, min(max(held - change, S(0.5) * start), S(2) * start), k);
    const mask_of<R> done = abs(change) <= tolerance * k;
    converged = converged | (active & done);
    active = active & (!done);
  }
  return {k, iterations, converged};
}

}  // namespace natgrad
