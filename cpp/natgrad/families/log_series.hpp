#pragma once

#include <array>
#include <cmath>

#include "natgrad/base/elementary.hpp"
#include "natgrad/base/half_line.hpp"

namespace natgrad {

// Functions of theta = log q < 0 that keep their digits at both ends of (0, 1), for the Geometric, the NegativeBinomial
// and the Logarithmic family. The odds m = q / (1 - q) carry all of them: 1 + m = 1 / (1 - q), L = -log(1 - q) =
// log(1 + m).

/// Below this theta 1 - q is 1, and e^theta may underflow where a multiple of it does not.
template <class S>
inline constexpr S log_series_far = sizeof(S) == 8 ? S(-700) : S(-80);

/// r q / (1 - q).
template <class R>
NATGRAD_INLINE R times_odds(scalar_of<R> r, R theta) {
  using S = scalar_of<R>;
  const R value = r / expm1(-theta);
  const mask_of<R> far = theta < log_series_far<S>;
  if (!any(far)) return value;
  const R half = exp(S(0.5) * theta);
  return select(far, (r * half) * half, value);
}

/// (e^x - 1 - x) / x for finite e^x, about x/2 at 0.
template <class R>
NATGRAD_INLINE R remainder_share(R x) {
  using S = scalar_of<R>;
  const mask_of<R> tiny = abs(x) < epsilon<S>;
  const R y = select(tiny, broadcast<R>(1), x);
  return select(tiny, S(0.5) * x, exp_minus_one_minus_x(y) / y);
}

/// J(r, m), the rest of E log h of a NegativeBinomial of r < 64 successes over digamma's part.
///
/// log h(x) is the integral of (1 - z^x) (z - z^r) / ((1 - z) t) dt with z = e^-t (DLMF 5.9.19), and E z^x = (1 + m (1
/// - z))^-r. The integrand's slow fall from t = 1 to 1/m belongs to psi(x + r), whose mean is known: E psi(x + r) =
/// psi(r) + L, the derivative of A in r. Without it, with y = (r - 1) t,
///
///   r >= 1: E log h = (r - 1) L + J, J = integral of E(1 - z^x) z^r (e^y - 1 - y) / ((1 - z) t) dt
///   r < 1:  E log h = P(x > 0) log r - (1 - r) (e^(-rL) - 1 + rL) / r + J,
///           J = integral of E(1 - z^(x-1); x > 0) z^(1+r) (e^y - 1 - y) / ((1 - z) t) dt
///
/// the second from log h(x) - log r = log Gamma(x + r) - log Gamma(1 + r) - log x! where x > 0.
class NegativeBinomialExcess {
 public:
  explicit NegativeBinomialExcess(double r) : r_(r) {
    const HalfLine& line = half_line();
    for (std::size_t i = 0; i < kernel_.size(); ++i) {
      const double t = line.t[i], y = (r - 1) * t;
      const double common = line.weight[i] / (line.one_minus_exp[i] * t);
      // For r >= 1, where e^y would overflow: z^r (e^y - 1 - y) = z (1 - (1 + y) e^-y).
      const double above = y < 1 ? exp_minus_one_minus_x(y) * std::exp(-y) : 1 - (1 + y) * std::exp(-y);
      kernel_[i] = common * (r < 1 ? std::exp(-(1 + r) * t) * exp_minus_one_minus_x(y) : line.exp_minus[i] * above);
    }
  }

  template <class R>
  NATGRAD_CALLED R operator()(R odds) const {
    using S = scalar_of<R>;
    if (r_ < 1) return of_positive(odds);
    return integrate_half_line(negligible(odds), [&](std::size_t i) { return S(kernel_[i]) * seen(odds, i); });
  }

 private:
  /// Below this square of t the integrands, r m (r - 1)^2 t / 2 at most, are below rounding of J, which is above
  /// min((r - 1)^2, 1) r / 16 from odds of 1 on.
  template <class R>
  R negligible(R odds) const {
    using S = scalar_of<R>;
    const double r = r_ < 1 ? 1 : r_;
    return S((sizeof(S) == 8 ? 1e-18 : 1e-10) / (r * r)) / max(odds, broadcast<R>(1));
  }
  /// E(1 - z^x) at node i.
  template <class R>
  R seen(R odds, std::size_t i) const {
    using S = scalar_of<R>;
    return -expm1(-S(r_) * log1p(odds * S(half_line().one_minus_exp[i])));
  }
  /// For r < 1. Beside z = 0 the expectation is formed from E(z^x; x > 0) = P(0) ((1 - q z)^-r - 1).
  template <class R>
  R of_positive(R odds) const {
    using S = scalar_of<R>;
    const HalfLine& line = half_line();
    const R q = odds / (S(1) + odds);
    const R positive = -expm1(-S(r_) * log1p(odds));
    return integrate_half_line(negligible(odds), [&](std::size_t i) -> R {
      const S z = S(line.exp_minus[i]), s = S(line.one_minus_exp[i]);
      if (line.t[i] < 0.7) return S(kernel_[i]) / z * (seen(odds, i) - s * positive);
      return S(kernel_[i]) * (positive - (S(1) - positive) / z * expm1(-S(r_) * log1p(-q * z)));
    });
  }

  double r_;
  std::array<double, HalfLine::count> kernel_{};
};

namespace detail {

/// E log x of a Logarithmic distribution for p > 1/2: L/2 less E(psi(x) + Euler - log x).
///
/// psi(x) + Euler has the mean L/2 (the limit r -> 0 of a NegativeBinomial that is not 0), and the difference is the
/// integral of E(1 - z^(x-1)) (z / (1 - z) - z / t) dt (DLMF 5.9.16, and Frullani's integral for the logarithm).
template <class R>
NATGRAD_CALLED R expected_log_by_digamma(R p, R odds, R total) {
  using S = scalar_of<R>;
  static const std::array<double, HalfLine::count> kernel = [] {
    const HalfLine& line = half_line();
    std::array<double, HalfLine::count> table{};
    for (std::size_t i = 0; i < table.size(); ++i) {
      table[i] = line.weight[i] * exp_minus_one_minus_x(-line.t[i]) / (line.one_minus_exp[i] * line.t[i]);
    }
    return table;
  }();
  const HalfLine& line = half_line();
  // Integrands of m t / 2 at most, beside an integral above 1/16.
  const R negligible = S(sizeof(S) == 8 ? 1e-18 : 1e-10) / max(odds, broadcast<R>(1));
  const R sum = integrate_half_line(negligible, [&](std::size_t i) -> R {
    const S z = S(line.exp_minus[i]), s = S(line.one_minus_exp[i]);
    return S(kernel[i]) * (line.t[i] < 0.7 ? log1p(odds * s) - s * total : z * total + log1p(-p * z));
  });
  return S(0.5) * total - sum / total;
}

/// E log x for p <= 1/2: sum p^k log(k) / (k L).
template <class R>
NATGRAD_CALLED R expected_log_by_series(R p, R total) {
  using S = scalar_of<R>;
  constexpr int terms = sizeof(S) == 8 ? 64 : 32;
  static const std::array<double, 64> coefficients = [] {
    std::array<double, 64> table{};
    for (int k = 2; k < 64; ++k) table[static_cast<std::size_t>(k)] = std::log(k) / k;
    return table;
  }();
  R sum = broadcast<R>(S(coefficients[terms - 1]));
  for (int k = terms - 2; k >= 2; --k) sum = sum * p + S(coefficients[static_cast<std::size_t>(k)]);
  const mask_of<R> some = p > S(0);
  return p * sum * select(some, p / select(some, total, broadcast<R>(1)), broadcast<R>(1));
}

}  // namespace detail

/// E log x of a Logarithmic distribution, given p, the odds p / (1 - p) and L.
template <class R>
NATGRAD_INLINE R expected_log(R p, R odds, R total) {
  using S = scalar_of<R>;
  const mask_of<R> small = p <= S(0.5);
  R value = p;
  if (any(small)) value = detail::expected_log_by_series(select(small, p, broadcast<R>(0.5)), total);
  if (!all(small)) value = select(small, value, detail::expected_log_by_digamma(p, odds, total));
  return value;
}

}  // namespace natgrad
