// Integrals over (0, infinity) of functions that are analytic in log t, such as expectations through a generating
// function: E e^(-x t) in DLMF 5.9.19.
//
// With v = u + u^2 / (2 reach), u = log t, the trapezoidal rule in v has steps that widen towards small t just as fast
// as an integrand f with t f(t) = O(t) there allows: its terms below e^-reach do not count. A strip of half-width pi/2
// around the real axis of u, which ends at the poles +-2 pi i of 1/(1 - e^-t), gives an error e^(-pi^2 / step).
#pragma once
#include <array>
#include <cmath>

namespace natgrad {

/// Nodes t, ascending, up to 45, with 1 - e^-t and e^-t, and weights for a bounded f that is O(t e^-t) at infinity.
struct HalfLine {
  static constexpr int first = -87, last = 16, count = last - first + 1;
  std::array<double, count> t, one_minus_exp, exp_minus, weight;
  HalfLine() {
    constexpr double reach = 42, step = 0.24;
    for (int k = first; k <= last; ++k) {
      const auto i = static_cast<std::size_t>(k - first);
      const double root = std::sqrt(reach * (reach + 2 * (step * k)));
      t[i] = std::exp(root - reach);
      weight[i] = step * t[i] * reach / root;
      one_minus_exp[i] = -std::expm1(-t[i]);
      exp_minus[i] = std::exp(-t[i]);
    }
  }
  /// Every node in double; in float every second one, for twice the weight, leaves an error of 1e-9.
  template <class S>
  static constexpr int stride = sizeof(S) == 8 ? 1 : 2;
};

inline const HalfLine& half_line() {
  static const HalfLine rule;
  return rule;
}

}  // namespace natgrad
