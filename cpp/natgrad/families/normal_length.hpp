#pragma once

#include "natgrad/families/gamma_statistic_kind.hpp"

namespace natgrad {

/// The length of a vector of n variates N(0, scale^2): T(x) = x^2, theta = -1 / 2 scale^2 < 0, h = x^(n-1), and T has
/// the shape n / 2.
struct NormalLength : GammaStatisticKind {
  double power;  // n - 1

  explicit NormalLength(int n)
      : GammaStatisticKind({"negative_half_precision", "half the precision must be > 0", "mean square must be > 0",
                            "scale", "scale must be > 0"},
                           0.5 * n, -log_two),
        power(n - 1) {}

  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    if (power == 0) {
      require((x[0] >= S(0)) & (x[0] < infinity<S>), x[0], "x must be >= 0 and finite");
    } else {
      require((x[0] > S(0)) & (x[0] < infinity<S>), x[0], "x must be > 0 and finite");
    }
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics[0] = x[0] * x[0];
  }
  template <class R>
  R log_base_measure(const R* x) const {
    using S = scalar_of<R>;
    return power == 0 ? broadcast<R>(0) : S(power) * log(x[0]);
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    return scalar_of<R>(0.5 * power) * expected_log_statistic(theta);
  }
  template <class R>
  R entropy(const R* theta) const {
    return entropy_of_power(theta, 0.5 * power);
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    using S = scalar_of<R>;
    theta[0] = (S(-0.5) / fields[0][0]) / fields[0][0];
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    using S = scalar_of<R>;
    fields[0][0] = sqrt(S(-0.5) / theta[0]);
  }
};

}  // namespace natgrad
