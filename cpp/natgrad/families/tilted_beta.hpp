#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "natgrad/base/elementary.hpp"

namespace natgrad {

/// The square T of one coordinate of a unit vector in R^d, tilted by e^(theta T): of density t^(-1/2) (1 - t)^(b-1)
/// e^(theta t) / (B(1/2, b) M(1/2, d/2, theta)), b = (d - 1) / 2, with Kummer's M.
///
/// Of x = |theta| and the variable that the tilt makes small, s = 1 - T for theta > 0 and T otherwise, E e^(-x s) and
/// the moments are sums of positive terms: t = tanh^2 v makes an even analytic function of v of the integrand, which
/// the trapezoidal rule sums to an error e^-tail (Trefethen & Weideman 2014, theorem 5.1). For large x from the
/// expansion E e^(-x s) ~ G x^-k sum (k)_n (1 - k')_n / n! x^-n, {k, k'} = {1/2, b}, G = Gamma(d/2) / Gamma(k') (DLMF
/// 13.7.2 and 13.2.39), whose derivatives are taken term by term.
class TiltedBeta {
 public:
  /// `log_factor` is a constant to be added to log E e^(-x s), in which it may cancel almost all: it is inside the
  /// logarithm, as far as the range allows.
  TiltedBeta(double d, long double log_factor) : b_(0.5 * (d - 1)), far_(40 + 4 * d) {
    const long double inside = std::max(log_factor, -30.0L);
    beside_ = static_cast<double>(log_factor - inside);
    // |Gamma(b + iy) / Gamma(b)|, the integrand's transform for large theta, is below e^-tail from y on.
    double y = 1;
    while (0.5 * (b_ - 0.5) * std::log1p((y / b_) * (y / b_)) - y * std::atan(y / b_) > -tail) y += 0.25;
    double step = 0;
    // For theta < 0 the integrand grows like e^(x tan^2) cos^-2b along the imaginary axis.
    for (double across = 0.01; across <= 1.5; across += 0.01) {
      const double slope = std::tan(across);
      const double growth = far_ * slope * slope - 2 * b_ * std::log(std::cos(across));
      step = std::max(step, 2 * pi * across / (tail + growth));
    }
    step = std::min(step, pi / y);
    const double end = 0.5 * (std::log(4 * far_ / b_ + 4) + tail / b_ + std::sqrt(2 * tail / b_));
    const auto count = static_cast<std::size_t>(std::ceil(end / step)) + 1;
    long double whole = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const double v = step * static_cast<double>(i), half = std::sinh(0.5 * v), ratio = std::tanh(v);
      const double log_cosh = v < 1 ? std::log1p(2 * half * half) : v + std::log1p(std::exp(-2 * v)) - std::log(2.0);
      away_.push_back(std::exp(-2 * log_cosh));
      along_.push_back(ratio * ratio);
      log_weight_.push_back(-2 * b_ * log_cosh - (i == 0 ? std::log(2.0) : 0.0));
      whole += std::exp(static_cast<long double>(log_weight_.back()));
    }
    factor_ = static_cast<double>(std::exp(inside) / whole);
    const double orders[] = {0.5, b_};
    for (std::size_t sign = 0; sign < 2; ++sign) {
      const double k = orders[sign], other = orders[1 - sign];
      double term = 1;
      for (std::size_t n = 0; n < terms; ++n) {
        expansion_[sign][n] = term;
        const auto m = static_cast<double>(n);
        term *= (k + m) * (1 - other + m) / ((m + 1) * far_);
      }
      const long double log_gammas =
          std::lgamma(static_cast<long double>(0.5 * d)) - std::lgamma(static_cast<long double>(other));
      unit_[sign] = static_cast<double>(std::exp((log_gammas + inside) / static_cast<long double>(k)));
    }
  }

  double b() const { return b_; }
  /// The greatest |theta| of the sum.
  double far() const { return far_; }

  /// Of s, about a centre: E (s - centre) and E (s - centre)^2 under theta; log E e^(-x s) under theta = 0 plus
  /// log_factor, and 1 - E s.
  template <class R>
  struct Moments {
    R first, second, log_sum, rest;
  };
  template <class R>
  NATGRAD_CALLED Moments<R> about(R centre, R theta) const {
    using S = scalar_of<R>;
    const R x = abs(theta);
    const mask_of<R> positive = theta > S(0);
    const mask_of<R> far = x > S(far_);
    Moments<R> answer{x, x, x, x};
    if (!all(far)) answer = summed(centre, positive, select(far, broadcast<R>(0), x));
    if (!any(far)) return answer;
    const Moments<R> expanded = expand(centre, positive, max(x, S(far_)));
    return {select(far, expanded.first, answer.first), select(far, expanded.second, answer.second),
            select(far, expanded.log_sum, answer.log_sum), select(far, expanded.rest, answer.rest)};
  }

  /// Up to which e^step times the weights stays in range.
  template <class S>
  static constexpr S longest_step = sizeof(S) == 8 ? S(150) : S(60);
  /// log E e^(step (T - E T)) under theta, for |theta| and |theta + step| <= far and a step up to `longest_step`.
  template <class R>
  NATGRAD_CALLED R log_mean_exponential(R theta, R step) const {
    using S = scalar_of<R>;
    const mask_of<R> positive = theta > S(0);
    const R x = abs(theta);
    const R mean = summed(broadcast<R>(0), positive, x).first;
    const R slope = select(positive, -step, step);
    const R shift = height(positive, x, peak(positive, x));
    R total = broadcast<R>(0), excess = total;
    for (std::size_t i = 0; i < away_.size(); ++i) {
      const R s = select(positive, broadcast<R>(S(away_[i])), broadcast<R>(S(along_[i])));
      const R weight = exp((S(log_weight_[i]) - shift) - x * s);
      total += weight;
      excess += weight * exp_minus_one_minus_x(slope * (s - mean));
    }
    return log1p(excess / total);
  }

 private:
  static constexpr double tail = 45, pi = 3.14159265358979323846;
  static constexpr std::size_t terms = 28;

  /// Where the integrand is greatest, at s = b / x where that is below 1 and theta > 0; and its logarithm there.
  template <class R>
  R peak(mask_of<R> positive, R x) const {
    using S = scalar_of<R>;
    return select(positive & (x > S(b_)), S(b_) / x, select(positive, broadcast<R>(1), broadcast<R>(0)));
  }
  template <class R>
  R height(mask_of<R> positive, R x, R top) const {
    using S = scalar_of<R>;
    const R power = S(b_) * log(select(positive, top, broadcast<R>(1)));
    return power - x * top;
  }
  template <class R>
  NATGRAD_CALLED Moments<R> summed(R centre, mask_of<R> positive, R x) const {
    using S = scalar_of<R>;
    constexpr S negligible = sizeof(S) == 8 ? S(-42) : S(-22);
    const R top = peak(positive, x);
    const R shift = height(positive, x, top);
    // In runs, whose sums are then added up: the error of a sum grows with the number of its terms, and there are
    // hundreds.
    constexpr std::size_t run = 16;
    const R none = broadcast<R>(0);
    R total = none, first = none, second = none, rest = none;
    bool over = false;
    for (std::size_t start = 0; start < away_.size() && !over; start += run) {
      R here = none, here_first = none, here_second = none, here_rest = none;
      for (std::size_t i = start; i < std::min(start + run, away_.size()); ++i) {
        const S along = S(along_[i]), away = S(away_[i]);
        const R s = select(positive, broadcast<R>(away), broadcast<R>(along));
        const R power = (S(log_weight_[i]) - shift) - x * s;
        if (!any(power > negligible)) {
          over = !any(positive & (s > top));
          if (over) break;
          continue;
        }
        const R weight = select(power > negligible, exp(power), none);  // whatever the rows beside it need
        const R gap = s - centre;
        here += weight;
        here_first += weight * gap;
        here_second += weight * (gap * gap);
        here_rest += weight * select(positive, broadcast<R>(along), broadcast<R>(away));
      }
      total += here;
      first += here_first;
      second += here_second;
      rest += here_rest;
    }
    return {first / total, second / total, (shift + S(beside_)) + log(total * S(factor_)), rest / total};
  }
  template <class R>
  NATGRAD_CALLED Moments<R> expand(R centre, mask_of<R> positive, R x) const {
    using S = scalar_of<R>;
    const R z = S(far_) / x;
    R whole = broadcast<R>(0), first = whole, second = whole;
    for (std::size_t n = terms; n-- > 0;) {
      const R term = select(positive, broadcast<R>(S(expansion_[1][n])), broadcast<R>(S(expansion_[0][n])));
      whole = whole * z + term;
      first = first * z + S(n) * term;
      second = second * z + S(n * (n + 1)) * term;
    }
    const R k = select(positive, broadcast<R>(S(b_)), broadcast<R>(S(0.5)));
    const R more = first / whole;
    const R mean = (k + more) / x;
    const R variance = (k + second / whole - more * more) / x / x;
    const R gap = mean - centre;
    const R unit = select(positive, broadcast<R>(S(unit_[1])), broadcast<R>(S(unit_[0])));
    return {gap, variance + gap * gap, S(beside_) + (log(whole) - k * log(x / unit)), S(1) - mean};
  }

  double b_, far_, factor_ = 0, beside_ = 0;
  std::vector<double> away_, along_, log_weight_;
  std::array<std::array<double, terms>, 2> expansion_{};
  std::array<double, 2> unit_{};  // (G e^inside)^(1/k)
};

}  // namespace natgrad
