// Integrals over (0, infinity) of functions that are analytic in log t, such as expectations through a generating
// function: E e^(-x t) in DLMF 5.9.19.
//
// With v = u + u^2 / (2 reach), u = log t, the trapezoidal rule in v has steps that widen towards small t just as fast
// as an integrand f with t f(t) = O(t) there allows: its terms below e^-reach do not count. A strip of half-width pi/2
// around the real axis of u, which ends at the poles +-2 pi i of 1/(1 - e^-t), gives an error e^(-pi^2 / step).
#pragma once
#include <array>
#include <cmath>
#include <cstddef>

#include "natgrad/base/pack.hpp"

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
};

inline const HalfLine& half_line() {
  static const HalfLine rule;
  return rule;
}

/// The integral of what is below c t for t -> 0, given term(i) = f(t_i) times the i-th weight: nodes whose square is
/// below `least` count for nothing. Summed from the right, so that where it ends does not show in a row's bits. In
/// float every second node, for twice the weight, leaves an error of 1e-9.
template <class R, class Term>
NATGRAD_INLINE R integrate_half_line(R least, const Term& term) {
  using S = scalar_of<R>;
  constexpr int stride = sizeof(S) == 8 ? 1 : 2;
  const HalfLine& line = half_line();
  S end = infinity<S>;
  for (int l = 0; l < width<R>; ++l) end = lane(least, l) < end ? lane(least, l) : end;
  R sum = broadcast<R>(0);
  for (int k = HalfLine::count - 1; k >= 0; k -= stride) {
    const auto i = static_cast<std::size_t>(k);
    if (line.t[i] * line.t[i] < static_cast<double>(end)) break;
    sum += term(i);
  }
  return S(stride) * sum;
}

}  // namespace natgrad
