#pragma once

#include "natgrad/families/closed_forms.hpp"
#include "natgrad/families/gamma_divergence.hpp"
#include "natgrad/families/scalar.hpp"
#include "natgrad/families/statements.hpp"

namespace natgrad {

/// What the families share whose one statistic has a Gamma distribution of known shape k: T(x) ~ Gamma(k, rate), with
/// theta = -rate < 0 (or -T(x) ~ Gamma(k, rate), theta = rate > 0: `sign` = -1) and
///
///   A = log Gamma(k) + constant - k log(rate),  |mu| = k / rate,  F = k / rate^2.
///
/// Held in L = log(rate / unit), unit = k where k is large: A = (peak - k) - k L and A* = k L - peak, in which neither
/// log Gamma(k) nor k log(rate) has to cancel the other.
struct GammaStatisticKind : OneCoordinate {
  using kind = GammaStatisticKind;
  static constexpr Structure structure = Structure::diagonal;

  /// The names of the natural coordinate and of the standard parameter, and the conditions of the three domains, in the
  /// words of the family.
  struct Words {
    const char* coordinate;
    const char* natural;
    const char* mean;
    const char* standard;
    const char* standard_domain;
  };

  /// `constant` is the log of the integral of h(x) over Gamma(k) t^(k-1) dt, t = |T(x)|.
  GammaStatisticKind(const Words& in_words, double shape, double constant, double sign = 1);

  std::string coordinate(Index) const { return words.coordinate; }
  std::vector<Field> standard() const { return {{words.standard, {}}}; }

  template <class R>
  R rate(const R* theta) const {
    return scalar_of<R>(-sign) * theta[0];
  }
  template <class R, class Require>
  void natural_domain(const R* theta, Require& require) const {
    using S = scalar_of<R>;
    require(rate(theta) > S(0), rate(theta), words.natural);
  }
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    using S = scalar_of<R>;
    require(S(sign) * mu[0] > S(0), mu[0], words.mean);
  }
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    require(fields[0][0] > scalar_of<R>(0), fields[0][0], words.standard_domain);
  }

  template <class R>
  R log_partition(const R* theta) const {
    using S = scalar_of<R>;
    return S(peak - shape) - S(shape) * log_rate(theta);
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    using S = scalar_of<R>;
    mu[0] = S(-shape) / theta[0];
  }
  template <class R>
  void to_natural(const R* mu, R* theta) const {
    using S = scalar_of<R>;
    theta[0] = S(-shape) / mu[0];
  }
  template <class R>
  R dual_at(const R* theta) const {
    using S = scalar_of<R>;
    return S(shape) * log_rate(theta) - S(peak);
  }
  template <class R>
  R dual_log_partition(const R* mu) const {
    using S = scalar_of<R>;
    const R theta = S(-shape) / mu[0];
    return dual_at(&theta);
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    return scalar_of<R>(shape) * ratio_divergence(theta_p[0], theta_q[0]);
  }
  template <class R>
  void fisher(const R* theta, R* diagonal) const {
    using S = scalar_of<R>;
    const R scale = S(1) / theta[0];
    diagonal[0] = (S(shape) * scale) * scale;
  }
  template <class R>
  R fisher_log_determinant(const R* theta) const {
    using S = scalar_of<R>;
    return S(log_shape) - S(2) * log(rate(theta));
  }
  template <class R>
  R step_to_boundary(const R* theta, const R* direction) const {
    return step_to_zero(rate(theta), rate(direction));
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    using S = scalar_of<R>;
    return step_to_zero(S(sign) * mu[0], S(sign) * direction[0]);
  }

  // h = 1, unless a family says otherwise.
  template <class R>
  R log_base_measure(const R*) const {
    return broadcast<R>(0);
  }
  template <class R>
  R expected_log_base_measure(const R*) const {
    return broadcast<R>(0);
  }

 protected:
  /// E log |T| = psi(k) - log(rate).
  template <class R>
  R expected_log_statistic(const R* theta) const {
    return scalar_of<R>(mean_of_log) - log_rate(theta);
  }
  /// The entropy where log h = power log |T|: the two multiples of L are added before they round.
  template <class R>
  R entropy_of_power(const R* theta, double power) const {
    using S = scalar_of<R>;
    return S(peak - power * mean_of_log) - S(shape - power) * log_rate(theta);
  }
  /// The log density where log h = power log t, t = T(x) > 0: -k (u - 1 - log u) + ... with u = rate t / k, which keeps
  /// its digits at a large k.
  template <class R>
  R density_of_power(const R* theta, R t, R log_t, double power) const {
    using S = scalar_of<R>;
    const auto log_ratio = [&] { return log_t + (log(rate(theta)) - S(log_shape)); };
    const R exponent = gamma_exponent(broadcast<R>(S(shape)), rate(theta) * t, log_ratio);
    return -exponent - S(shape - power) * log_t + S(shape * log_shape_over_unit - peak);
  }

 private:
  Words words;
  double shape;
  double sign;
  double unit;
  double peak;         // A + k + k L = -A* + k L
  double mean_of_log;  // psi(k) - log(unit)
  double log_shape;
  double log_shape_over_unit;

  /// L.
  template <class R>
  R log_rate(const R* theta) const {
    using S = scalar_of<R>;
    return log_quotient(rate(theta), broadcast<R>(S(unit)));
  }
};

}  // namespace natgrad
