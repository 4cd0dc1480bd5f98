#pragma once

#include <algorithm>
#include <array>
#include <cmath>

#include "natgrad/base/elementary.hpp"
#include "natgrad/families/count_entropy_coefficients.hpp"

namespace natgrad {

/// Entropy of a Binomial of n trials and of a NegativeBinomial of r successes, which is the case n = -r: for 64 or more
/// of these, and for fewer up to a failure probability of 1/2.
///
/// With iota = 1/n a count of mean mu has the variance V = mu (1 - iota mu), and its probabilities have the ratios
/// p(k)/p(k - 1) = mu / (1 - iota mu) (1 - (k - 1) iota)/k. A sum up to a variance of 48 (128 where n < 0, because all
/// terms of the series have one sign there), the series log(2 pi e V)/2 + sum c V^-k iota^i
/// above, which is good to 1e-16 there.
class CountEntropy {
 public:
  explicit CountEntropy(double n)
      : large_(n > 0 ? 48 : 128), last_(n > 0 ? static_cast<int>(std::min(n, terms - 1.0)) : terms - 1) {
    long double loss = 0;  // some hundreds, whose rounding would count against an H of a few nats
    for (int k = 1; k <= last_; ++k) {
      loss += std::log(static_cast<long double>(k)) - std::log1p(-static_cast<long double>(k - 1) / n);
      factor_[static_cast<std::size_t>(k)] = (n - (k - 1)) / n / k;
      loss_[static_cast<std::size_t>(k)] = loss;
    }
    for (int k = 0; k <= detail::count_entropy_orders; ++k) {
      double sum = 0;
      for (int i = detail::count_entropy_orders - k; i >= 0; --i) {
        sum = sum / n + detail::count_entropy_coefficients[k][i];
      }
      series_[static_cast<std::size_t>(k)] = sum;
    }
  }

  /// H in nats, given mu (at most half of the trials), V, and n log(1 - iota mu) = log p(0).
  template <class R>
  NATGRAD_CALLED R operator()(R mu, R variance, R log_zero) const {
    using S = scalar_of<R>;
    const mask_of<R> large = variance >= S(large_);
    const R expanded = expansion(max(variance, S(large_)));
    if (all(large)) return expanded;
    const R none = broadcast<R>(0);
    const R one = broadcast<R>(1);
    const R held = select(large, none, mu);
    const R summed = sum(held, select(large, one, variance), select(large, none, log_zero));
    return select(large, expanded, summed);
  }

 private:
  static constexpr int terms = 304;  // as far as `sum` reaches

  template <class R>
  R expansion(R variance) const {
    using S = scalar_of<R>;
    const R y = S(1) / variance;
    R series = broadcast<R>(S(series_[detail::count_entropy_orders]));
    for (int k = detail::count_entropy_orders - 1; k >= 0; --k) {
      series = series * y + S(series_[static_cast<std::size_t>(k)]);
    }
    return S(0.5) * log(variance) + (S(1.4189385332046727418) + series);
  }

  /// With w(k) = p(k) / p(0) = ratio^k / e^loss(k) and any shift: H = (log sum w - shift) + E(shift - log w), which
  /// rounding of the ratio moves no more than it moves H. The shift -log p(0) leaves terms of the size of H; where p(0)
  /// is most of 1 there is none, and sum w = 1 + rest.
  template <class R>
  NATGRAD_CALLED R sum(R mu, R variance, R log_zero) const {
    using S = scalar_of<R>;
    const mask_of<R> some = mu > S(0);
    // Twelve standard deviations; at a failure probability of 1/2 what is beyond falls by half a term.
    const R spread = select(some, variance, broadcast<R>(0)) / select(some, mu, broadcast<R>(1)) - S(1);
    const R reach = mu + S(12) * sqrt(variance) + S(53) * max(spread, broadcast<R>(0));
    S top = 0;
    for (int i = 0; i < width<R>; ++i) top = lane(reach, i) > top ? lane(reach, i) : top;
    const int last = static_cast<int>(std::min(top + S(24), S(last_)));
    const R ratio = mu * (mu / variance);
    const R log_ratio = log(select(some, ratio, broadcast<R>(1)));
    const mask_of<R> rare = log_zero > S(-0.5);
    const R shift = select(rare, broadcast<R>(0), -log_zero);
    const R start = exp(-shift);
    R weight = start;  // w(k) / e^shift
    R rest = broadcast<R>(0);
    R weighted = start * shift;
    for (int k = 1; k <= last; ++k) {
      const auto i = static_cast<std::size_t>(k);
      const S loss = static_cast<S>(loss_[i]);
      const auto power = exact_product(broadcast<R>(S(k)), log_ratio);
      const auto less = exact_sum(broadcast<R>(loss), -power.value);
      const auto shifted = exact_sum(less.value, shift);
      const S loss_error = static_cast<S>(loss_[i] - static_cast<long double>(loss));
      const R log_less = shifted.value + ((shifted.error + less.error) + (loss_error - power.error));
      // Now and then from the logarithm: a long product drifts, and log sum w with it.
      weight = k % 8 == 0 ? exp(-log_less) : weight * (ratio * S(factor_[i]));
      rest += weight;
      weighted += weight * log_less;
    }
    const R total = start + rest;
    const R log_sum = select(rare, log1p(select(rare, rest, broadcast<R>(0))), log(total));
    return select(some, log_sum + weighted / total, broadcast<R>(0));
  }

  double large_;
  int last_;
  std::array<double, terms> factor_{};
  std::array<long double, terms> loss_{};
  std::array<double, detail::count_entropy_orders + 1> series_{};
};

}  // namespace natgrad
