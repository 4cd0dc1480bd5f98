// The Conway-Maxwell-Poisson law, proportional to exp(theta x) / (x!)^nu on x = 0, 1, ...: its normaliser and averages,
// on packs and scalars.
//
// The terms x and x - 1 are equal at x = alpha = exp(theta / nu). For moderate alpha everything is a sum outwards from
// the mode floor(alpha). For large alpha, with y = nu alpha,
//
//   A ~ y - (nu - 1)/(2 nu) theta - (nu - 1)/2 log 2 pi - (log nu)/2 + sum_k d_k(nu) y^-k
//
// (Gaunt, Iyengar, Olde Daalhuis and Simsek 2019, An asymptotic expansion for the normalizing constant of the
// Conway-Maxwell-Poisson distribution, theorem 1.1, its series under a logarithm), differentiated term by term.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>

#include "natgrad/base/conway_coefficients.hpp"
#include "natgrad/base/elementary.hpp"
#include "natgrad/base/lgamma.hpp"

namespace natgrad {

// What depends on nu alone.
struct ConwayMaxwell {
  double nu;
  double least;                                    // the expansion serves alpha from here on: y >= 44, variance >= 2.5
  std::array<double, detail::conway_terms> d;      // d_k (nu least)^-k, the coefficient of (least / alpha)^k
  std::array<double, detail::conway_terms> slope;  // nu d_k' likewise
  double log_two_pi_over_nu;
};

inline ConwayMaxwell conway_maxwell(double nu) {
  ConwayMaxwell law{nu, std::max(44 / nu, 2.5 * nu), {}, {}, std::log(6.283185307179586477 / nu)};
  double scale = 1;
  for (int k = 0; k < detail::conway_terms; ++k) {
    scale /= nu * law.least;
    double power = scale;
    for (int j = 0; j <= detail::conway_terms / 2; ++j) {
      const double term = detail::conway_coefficients[k][j] * power;
      law.d[static_cast<std::size_t>(k)] += term;
      law.slope[static_cast<std::size_t>(k)] += 2 * j * term;
      power *= nu * nu;
    }
  }
  return law;
}

template <class R>
struct ConwayMaxwellMoments {
  R log_partition, mean, variance, entropy;
  R log_factorial;  // E log x!
  R shift;          // the mean less the mode; of the sum alone
};

namespace detail {
template <class R>
struct CompensatedSum {
  R value = broadcast<R>(0), error = broadcast<R>(0);
  NATGRAD_INLINE void add(R term) {
    const Sum<R> sum = exact_sum(value, term);
    value = sum.value;
    error = error + sum.error;
  }
  NATGRAD_INLINE R total() const { return value + error; }
};

// visit(here, x, j, log, factorial) for x = mode + j outwards from the mode, in the lanes `here`, until the term, also
// times exp(tilt j), is below exp(-reach) of that at the mode: the logarithm of the term over that at the mode, and
// log x! / mode!, which is j log(base) + sum of log(x / base), base = max(mode, 1). Only for the lanes `wanted`.
template <class R, class Visit>
NATGRAD_INLINE void conway_visit(scalar_of<R> nu, R theta, R tilt, mask_of<R> wanted, const Visit& visit) {
  using S = scalar_of<R>;
  constexpr S reach = sizeof(S) == 8 ? S(45) : S(24);
  const R mode = round(exp(theta / nu) - S(0.5));  // floor, but for whole numbers, where both are modes
  const R base = max(mode, broadcast<R>(1));
  const R log_base = log(base), drift = theta - nu * log_base;
#pragma GCC unroll 1
  for (int side = 0; side < 2; ++side) {
    const S sign = side == 0 ? S(1) : S(-1);
    // Downwards as far as 0.
    const R last = side == 0 ? broadcast<R>(-infinity<S>) : -mode;
    mask_of<R> here = wanted & (last < S(0));
    CompensatedSum<R> grown;
    R j = broadcast<R>(0);
    while (any(here)) {
      const R x = mode + (j + (side == 0 ? S(1) : S(0)));  // the factor that is gained, or lost
      j = j + sign;
      grown.add(sign * log1p((select(here, x, base) - base) / base));
      const R steps = grown.total();
      const R log = select(here, j * drift - nu * steps, S(-1));
      visit(here, mode + j, j, log, j * log_base + steps);
      here = here & (max(log, log + j * tilt) > -reach) & (j > last);
    }
  }
}
}  // namespace detail

// By the sum; theta moderate, or not `wanted`.
template <class R>
NATGRAD_CALLED ConwayMaxwellMoments<R> conway_maxwell_sum(scalar_of<R> nu, R theta, mask_of<R> wanted) {
  using S = scalar_of<R>;
  theta = select(wanted, theta, S(0));
  const R zero = broadcast<R>(0);
  const R mode = round(exp(theta / nu) - S(0.5));
  detail::CompensatedSum<R> rest, first, second, mean, loss, factorial;
  detail::conway_visit(nu, theta, zero, wanted, [&](mask_of<R> here, R x, R j, R log, R log_factorial) {
    const R weight = select(here, exp(log), S(0));
    rest.add(weight);
    first.add(weight * j);
    second.add(weight * j * j);
    mean.add(weight * x);
    loss.add(-weight * log);
    factorial.add(weight * log_factorial);
  });
  const R mass = S(1) + rest.total(), log_mass = log1p(rest.total());
  const R shift = first.total() / mass, at_mode = lgamma(mode + S(1));
  return {log_mass + (mode * theta - nu * at_mode), (mode + mean.total()) / mass,
          second.total() / mass - shift * shift,    log_mass + loss.total() / mass,
          at_mode + factorial.total() / mass,       shift};
}

template <class R>
NATGRAD_CALLED ConwayMaxwellMoments<R> conway_maxwell_moments(const ConwayMaxwell& law, R theta) {
  using S = scalar_of<R>;
  const S nu = static_cast<S>(law.nu), least = static_cast<S>(law.least);
  const R log_alpha = theta / nu, alpha = exp(log_alpha);
  const mask_of<R> large = alpha >= least;
  // The series and its derivatives by log(1/y), and, for the entropy, by nu at fixed y; in powers of least / alpha.
  const R z = select(large, least / alpha, broadcast<R>(0));
  R series = broadcast<R>(0);
  R first = series;
  R second = series;
  R by_nu = series;
#pragma GCC unroll 1
  for (int k = detail::conway_terms; k >= 1; --k) {
    const S d = static_cast<S>(law.d[static_cast<std::size_t>(k - 1)]);
    series = (series + d) * z;
    first = (first + S(k) * d) * z;
    second = (second + S(k) * S(k) * d) * z;
    by_nu = (by_nu + static_cast<S>(law.slope[static_cast<std::size_t>(k - 1)])) * z;
  }
  const S lead = static_cast<S>((law.nu - 1) / (2 * law.nu)), log_two_pi = S(1.837877066409345484);
  const S half_log_ratio = static_cast<S>(0.5 * law.log_two_pi_over_nu);
  // Entropy = A - theta mu + nu E log x!: the terms in y cancel.
  const ConwayMaxwellMoments<R> expanded{
      nu * alpha - lead * theta + ((half_log_ratio - S(0.5) * nu * log_two_pi) + series),
      alpha - (lead + first / nu),
      (alpha + second / nu) / nu,
      S(0.5) * log_alpha + (half_log_ratio + S(0.5)) + (series + first - by_nu),
      alpha * (log_alpha - S(1)) + S(0.5) * (log_alpha + S(1)) / nu + S(0.5) * log_two_pi - by_nu / nu +
          (S(1) - log_alpha) * first / nu,
      broadcast<R>(0)};
  if (all(large)) return expanded;
  const ConwayMaxwellMoments<R> summed = conway_maxwell_sum(nu, theta, !large);
  const auto chosen = [&](R one, R other) { return select(large, one, other); };
  return {chosen(expanded.log_partition, summed.log_partition), chosen(expanded.mean, summed.mean),
          chosen(expanded.variance, summed.variance),           chosen(expanded.entropy, summed.entropy),
          chosen(expanded.log_factorial, summed.log_factorial), summed.shift};
}

}  // namespace natgrad
