#pragma once

#include "natgrad/families/closed_forms.hpp"
#include "natgrad/families/log_series.hpp"
#include "natgrad/families/multiple.hpp"
#include "natgrad/families/scalar.hpp"
#include "natgrad/families/statements.hpp"

namespace natgrad {

/// What the number of failures before the r-th success states for every r: theta = log(1 - p) < 0, A = -r log(1 -
/// e^theta).
template <class Multiple>
struct NegativeBinomialKind : OneCoordinate {
  static constexpr Structure structure = Structure::diagonal;

  Multiple number;

  std::string coordinate(Index) const { return "log_failure_probability"; }
  std::vector<Field> standard() const { return {{"probability", {}}}; }

  template <class R, class Require>
  void natural_domain(const R* theta, Require& require) const {
    using S = scalar_of<R>;
    require(theta[0] < S(0), theta[0], "log failure probability must be < 0");
  }
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    using S = scalar_of<R>;
    require(mu[0] > S(0), mu[0], "mean must be > 0");
  }
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    using S = scalar_of<R>;
    require((fields[0][0] > S(0)) & (fields[0][0] < S(1)), fields[0][0], "probability must be in (0, 1)");
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require((x[0] >= S(0)) & (x[0] < infinity<S>)&(round(x[0]) == x[0]), x[0], "x must be a non-negative integer");
  }

  template <class R>
  R log_partition(const R* theta) const {
    using S = scalar_of<R>;
    const R value = r<R>() * log1p(times_odds(S(1), theta[0]));
    const mask_of<R> far = theta[0] < log_series_far<S>;
    if (!any(far)) return value;
    return select(far, times_odds(r<R>(), theta[0]), value);
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    mu[0] = times_odds(r<R>(), theta[0]);
  }
  template <class R>
  void to_natural(const R* mu, R* theta) const {
    const R ratio = r<R>() / mu[0];
    theta[0] = -log1p(ratio);
    const mask_of<R> finite = is_finite(ratio);
    if (!all(finite)) theta[0] = select(finite, theta[0], log(mu[0]) - log(broadcast<R>(r<R>())));
  }
  template <class R>
  R dual_at(const R* theta) const {
    return theta[0] * times_odds(r<R>(), theta[0]) - log_partition(theta);
  }
  template <class R>
  R dual_log_partition(const R* mu) const {
    R theta;
    to_natural(mu, &theta);
    return mu[0] * theta - r<R>() * log1p(mu[0] / r<R>());
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    // r times a Poisson's divergence of rate m = p's odds, and that of the ratio (1 - e^theta_q) / (1 - e^theta_p).
    using S = scalar_of<R>;
    const R step = theta_q[0] - theta_p[0];
    const R rest = expm1(theta_p[0]);
    const R m = times_odds(S(1), theta_p[0]);
    const R moved = -exp(theta_q[0]) / rest;
    const mask_of<R> near = step < S(1);
    const R excess = select(near, -m * expm1(select(near, step, broadcast<R>(0))), m - moved);
    return r<R>() * (poisson_divergence(m, moved, step) + ratio_remainder(expm1(theta_q[0]) / rest, excess));
  }
  template <class R>
  void fisher(const R* theta, R* diagonal) const {
    diagonal[0] = -times_odds(r<R>(), theta[0]) / expm1(theta[0]);
  }
  template <class R>
  R fisher_log_determinant(const R* theta) const {
    using S = scalar_of<R>;
    return number.template logarithm<S>() + (theta[0] + S(2) * log1p(times_odds(S(1), theta[0])));
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics[0] = x[0];
  }
  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    theta[0] = log1p(-fields[0][0]);
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    fields[0][0] = -expm1(theta[0]);
  }
  template <class R>
  R step_to_boundary(const R* theta, const R* direction) const {
    return step_to_zero(-theta[0], -direction[0]);
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    return step_to_zero(mu[0], direction[0]);
  }

 protected:
  /// The number, for formulas in R.
  template <class R>
  scalar_of<R> r() const {
    return number.template value<scalar_of<R>>();
  }
};

}  // namespace natgrad
