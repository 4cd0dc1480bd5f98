#pragma once

#include <array>
#include <cmath>

#include "natgrad/base/elementary.hpp"
#include "natgrad/families/poisson_entropy_coefficients.hpp"

namespace natgrad {

// The entropy H of a Poisson distribution and E log x! = H + rate (log rate - 1): E log x! is a sum over x up to rate
// 12, from which H has its digits; H is a polynomial up to 36 and an asymptotic expansion above.
//
// The expansion is E f(x) = sum_m f^(m)(rate) c_m(rate) / m! with f the Stirling series (DLMF 5.11.1) and c_m the
// central moments; its coefficients were collected exactly with SymPy. Twelve terms leave 3e-16 at rate 36.

namespace detail {

inline constexpr int largest_summed_rate = least_interpolated_rate;

/// The series' coefficients of 1/rate, 1/rate^2, ...
inline constexpr double entropy_series[] = {-1.0 / 12,
                                            -1.0 / 24,
                                            -19.0 / 360,
                                            -9.0 / 80,
                                            -863.0 / 2520,
                                            -1375.0 / 1008,
                                            -33953.0 / 5040,
                                            -57281.0 / 1440,
                                            -3250433.0 / 11880,
                                            -378351.0 / 176,
                                            -13695779093.0 / 720720,
                                            -24466579093.0 / 131040};
inline constexpr int entropy_orders = 12;

/// H above `largest_summed_rate`: log(2 pi e rate) / 2 + series.
template <class R>
R entropy_of_large_rate(R rate, R log_rate) {
  using S = scalar_of<R>;
  const R y = S(1) / max(rate, broadcast<R>(largest_summed_rate));
  R series = broadcast<R>(S(entropy_series[entropy_orders - 1]));
  for (int k = entropy_orders - 2; k >= 0; --k) series = series * y + S(entropy_series[k]);
  const mask_of<R> interpolated = rate < S(greatest_interpolated_rate);
  if (any(interpolated)) {
    using Table = PoissonEntropy<S>;
    series = select(interpolated, polynomial(Table::p, (y - Table::middle) * (1 / Table::half)), series);
  }
  return S(0.5) * log_rate + S(1.4189385332046727418) + y * series;
}

/// E log x! up to `largest_summed_rate`.
template <class R>
NATGRAD_CALLED R summed_log_factorial(R rate) {
  using S = scalar_of<R>;
  constexpr int terms = 100;  // P(x >= 100) < 1e-55 at rate 12
  static const std::array<S, terms> log_factorial = [] {
    std::array<S, terms> table{};
    for (int k = 0; k < terms; ++k) table[static_cast<std::size_t>(k)] = static_cast<S>(std::lgamma(k + 1.0));
    return table;
  }();
  S top = 0;
  for (int i = 0; i < width<R>; ++i) top = lane(rate, i) > top ? lane(rate, i) : top;
  const int last = std::min(terms - 1, static_cast<int>(top + 12 * std::sqrt(top) + 24));
  R probability = rate * exp(-rate);
  R sum = broadcast<R>(0);
  for (int k = 2; k <= last; ++k) {
    probability = probability * (rate * S(1.0 / k));
    sum += probability * log_factorial[static_cast<std::size_t>(k)];
  }
  return sum;
}

}  // namespace detail

template <class R>
R expected_log_factorial(R log_rate) {
  using S = scalar_of<R>;
  const R rate = exp(log_rate);
  const mask_of<R> large = rate > S(detail::largest_summed_rate);
  const R expanded = rate * (log_rate - S(1)) + detail::entropy_of_large_rate(rate, log_rate);
  if (all(large)) return expanded;
  return select(large, expanded, detail::summed_log_factorial(select(large, broadcast<R>(0), rate)));
}

template <class R>
R poisson_entropy(R log_rate) {
  using S = scalar_of<R>;
  const R rate = exp(log_rate);
  const mask_of<R> large = rate > S(detail::largest_summed_rate);
  const R expanded = detail::entropy_of_large_rate(rate, log_rate);
  if (all(large)) return expanded;
  const R summed = rate * (S(1) - log_rate) + detail::summed_log_factorial(select(large, broadcast<R>(0), rate));
  return select(large, expanded, summed);
}

}  // namespace natgrad
