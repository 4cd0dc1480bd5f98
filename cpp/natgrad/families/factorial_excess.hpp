#pragma once

#include <algorithm>
#include <array>
#include <cmath>

#include "natgrad/base/elementary.hpp"
#include "natgrad/base/polygamma.hpp"
#include "natgrad/families/closed_forms.hpp"
#include "natgrad/families/log_factorial.hpp"

namespace natgrad {

// E log x! of a Binomial or NegativeBinomial count x, less what its sum over the counts of one vector leaves alone.
//
// A NegativeBinomial of r successes and odds m is a Poisson whose rate is a Gamma variable of shape r and scale m, and
// a Binomial of n trials is, term by term, the case r = -n, m = -p. The excess is
//
//   g = E log x! - mu (log mu - 1) for the Binomial, mu = n p,
//   g = E log x! - mu (log m + psi(r + 1) - 1) for the NegativeBinomial, mu = r m: the mean entropy of that Poisson.
//
// g > 0, and what is taken off differs from mu log mu by a multiple of mu. So the counts x_k of a Multinomial of random
// size N have E log(prod x_k! / N!) - sum mu_k log p_k = sum g_k - g_N, without terms of size mu log mu.
//
// A sum for a small mean; for a large one the mean of the series of a Poisson's entropy, whose powers of the rate have
// closed means: E rate^-j = m^-j Gamma(r - j) / Gamma(r); between them an integral.

namespace detail {

/// g = integral of (e(s) - e'(t)) / t^2 + (1 - e(s)) (1/t^2 - z / (s t)) dt, z = e^-t, s = 1 - z, e(s) = E z^x and
/// e'(t) the mean of e^(-rate t): DLMF 5.9.19, and the same of a rate log rate - rate. Both terms are positive.
///
/// By the trapezoidal rule in log t, with an error e^(-pi^2 / step) as in half_line.hpp, of terms that fall like mu t
/// for t -> 0 and like 1/t for t -> infinity, with a plateau between them.
struct ExcessRule {
  static constexpr double step = 0.24;
  static constexpr int first = -345, last = 165, count = last - first + 1;
  static constexpr int spent = 16;  // from which on z and a Binomial's e'(t) are 0
  std::array<double, count> t, one_minus_exp, late, rising, seen;
  ExcessRule() {
    for (int k = first; k <= last; ++k) {
      const auto i = static_cast<std::size_t>(k - first);
      t[i] = std::exp(step * k);
      one_minus_exp[i] = -std::expm1(-t[i]);
      late[i] = exp_minus_one_minus_x(-t[i]);  // t - s
      rising[i] = step / t[i];
      // s - t z = t s - (t - s), of which the subtrahend is at most half.
      seen[i] = step * ((t[i] * one_minus_exp[i] - late[i]) / (one_minus_exp[i] * t[i]));
    }
  }
};

inline const ExcessRule& excess_rule() {
  static const ExcessRule rule;
  return rule;
}

/// The integral up to a node, given power(s) = log e(s) and gap(s, late) = log e(s) - log e'(t), for terms below reach
/// t as t -> 0.
template <class R, class Power, class Gap>
NATGRAD_INLINE R integrate_excess(int last, R reach, const Power& power, const Gap& gap) {
  using S = scalar_of<R>;
  constexpr int stride = sizeof(S) == 8 ? 1 : 2;
  constexpr double negligible = sizeof(S) == 8 ? 1e-18 : 1e-10;
  const ExcessRule& rule = excess_rule();
  S most = 0;
  for (int l = 0; l < width<R>; ++l) most = lane(reach, l) > most ? lane(reach, l) : most;
  R sum = broadcast<R>(0);
#pragma GCC unroll 1
  for (int k = last - ExcessRule::first; k >= 0; k -= stride) {
    const auto i = static_cast<std::size_t>(k);
    if (rule.t[i] * static_cast<double>(most) < negligible) break;
    const S s = S(rule.one_minus_exp[i]);
    const R log_power = power(s);
    sum += S(rule.rising[i]) * (exp(log_power) * -expm1(-gap(s, S(rule.late[i])))) - S(rule.seen[i]) * expm1(log_power);
  }
  return S(stride) * sum;
}

inline constexpr int excess_terms = 128;

/// Sum of p(k) (log k! - k (log_rate - 1)) up to `reach`, p(k) = p(k - 1) ratio factor[k].
template <class R>
NATGRAD_CALLED R sum_excess(R reach, R log_rate, R ratio, R zero, const std::array<double, excess_terms>& factor) {
  using S = scalar_of<R>;
  static const std::array<double, excess_terms> log_factorial = [] {
    std::array<double, excess_terms> table{};
    for (int k = 0; k < excess_terms; ++k) table[static_cast<std::size_t>(k)] = std::lgamma(k + 1.0);
    return table;
  }();
  S top = 0;
  for (int l = 0; l < width<R>; ++l) top = lane(reach, l) > top ? lane(reach, l) : top;
  const int last = static_cast<int>(std::min(top + S(24), S(excess_terms - 1)));
  R probability = zero;
  R sum = broadcast<R>(0);
  for (int k = 1; k <= last; ++k) {
    const auto i = static_cast<std::size_t>(k);
    probability = probability * (ratio * S(factor[i]));
    sum += probability * (S(log_factorial[i]) - S(k) * (log_rate - S(1)));
  }
  return sum;
}

/// log(2 pi e mu) / 2 + lift + sum of c_j steps_j mu^-j.
struct ExcessSeries {
  double lift = 0;
  std::array<double, entropy_orders> coefficient{};

  template <class R>
  R operator()(R mu) const {
    using S = scalar_of<R>;
    const R y = S(1) / mu;
    R series = broadcast<R>(S(coefficient[entropy_orders - 1]));
    for (int j = entropy_orders - 2; j >= 0; --j) series = series * y + S(coefficient[static_cast<std::size_t>(j)]);
    return S(0.5) * log(mu) + (S(1.4189385332046727418 + lift) + y * series);
  }
};

}  // namespace detail

/// g of a Binomial of n trials, given p and log(1 - p).
class BinomialFactorialExcess {
 public:
  explicit BinomialFactorialExcess(double n) : n_(n), tilt_(-n * log_minus_digamma(n)) {
    series_.lift = 0.5 * (1 / n - log_minus_digamma(n));  // (psi(n + 1) - log n) / 2
    double steps = 1;
    for (int j = 1; j <= detail::entropy_orders; ++j) {
      steps *= n / (n + j);
      series_.coefficient[static_cast<std::size_t>(j - 1)] = steps * detail::entropy_series[j - 1];
    }
    for (int k = 1; k < detail::excess_terms; ++k) {
      factor_[static_cast<std::size_t>(k)] = std::max(n - (k - 1), 0.0) / k;
    }
  }

  template <class R>
  NATGRAD_CALLED R operator()(R p, R log_rest) const {
    using S = scalar_of<R>;
    const R mu = S(n_) * p;
    const mask_of<R> large = mu >= S(64);
    const mask_of<R> small = mu <= S(8);
    R value = S(tilt_) * p + series_(max(mu, S(64)));
    if (all(large)) return value;
    const R none = broadcast<R>(0);
    if (any(small)) {
      const R held = select(small, mu, none);
      const R log_rate = log(select(held > S(0), held, broadcast<R>(1)));
      const R log_held = select(small, log_rest, none);
      const R ratio = select(small, p, none) * exp(-log_held);
      const R reach = held + S(12) * sqrt(held);
      value = select(small, detail::sum_excess(reach, log_rate, ratio, exp(S(n_) * log_held), factor_), value);
    }
    const mask_of<R> between = !(large | small);
    if (any(between)) value = select(between, integral(select(between, p, none)), value);
    return value;
  }

 private:
  template <class R>
  NATGRAD_CALLED R integral(R p) const {
    using S = scalar_of<R>;
    const auto power = [&](S s) -> R { return S(n_) * log1p(-p * s); };
    const auto gap = [&](S s, S late) -> R { return S(n_) * (p * late - x_minus_log1p(-p * s)); };
    const R sum = detail::integrate_excess<R>(detail::ExcessRule::spent, S(n_) * p, power, gap);
    // Beyond that node the integrand is 1/t^2.
    constexpr double step = detail::ExcessRule::step;
    const int stride = sizeof(S) == 8 ? 1 : 2;
    return sum + S(stride * step / std::expm1(step * stride) * std::exp(-step * detail::ExcessRule::spent));
  }

  double n_, tilt_;
  detail::ExcessSeries series_;
  std::array<double, detail::excess_terms> factor_{};
};

/// g of a NegativeBinomial of r successes, given the odds m of a failure.
class NegativeBinomialFactorialExcess {
 public:
  explicit NegativeBinomialFactorialExcess(double r) : r_(r), shift_(digamma(r + 1)) {
    if (r >= many) {
      series_.lift = -0.5 * log_minus_digamma(r);
      double steps = 1;
      for (int j = 1; j <= detail::entropy_orders; ++j) {
        steps *= r / (r - j);
        series_.coefficient[static_cast<std::size_t>(j - 1)] = steps * detail::entropy_series[j - 1];
      }
    }
    for (int k = 1; k < detail::excess_terms; ++k) factor_[static_cast<std::size_t>(k)] = (r + (k - 1)) / k;
  }

  template <class R>
  NATGRAD_CALLED R operator()(R m) const {
    using S = scalar_of<R>;
    const R mu = S(r_) * m;
    const R none = broadcast<R>(0);
    R value = none;
    mask_of<R> large = none > none;
    if (r_ >= many) {
      large = mu >= S(160);
      value = series_(max(mu, S(160)));
      if (all(large)) return value;
    }
    const mask_of<R> small = (mu <= S(4)) & (m <= S(1));
    if (any(small)) {
      const R held = select(small, m, none);
      const R some = select(held > S(0), held, broadcast<R>(1));
      const R mean = S(r_) * held;
      const R zero = exp(-S(r_) * log1p(held));
      const R reach = mean + S(12) * sqrt(mean * (S(1) + held)) + S(53) * held;
      const R ratio = held / (S(1) + held);
      value = select(small, detail::sum_excess(reach, log(some) + S(shift_), ratio, zero, factor_), value);
    }
    const mask_of<R> between = !(large | small);
    if (any(between)) value = select(between, integral(select(between, m, none)), value);
    return value;
  }

 private:
  static constexpr double many = 64;

  template <class R>
  NATGRAD_CALLED R integral(R m) const {
    using S = scalar_of<R>;
    const auto power = [&](S s) -> R { return -S(r_) * log1p(m * s); };
    const auto gap = [&](S s, S late) -> R { return S(r_) * log1p(m * late / (S(1) + m * s)); };
    return detail::integrate_excess<R>(detail::ExcessRule::last, S(std::max(r_, 1.0)) * m, power, gap);
  }

  double r_, shift_;
  detail::ExcessSeries series_;
  std::array<double, detail::excess_terms> factor_{};
};

}  // namespace natgrad
