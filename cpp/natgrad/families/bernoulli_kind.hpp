#pragma once

#include "natgrad/families/closed_forms.hpp"
#include "natgrad/families/multiple.hpp"
#include "natgrad/families/scalar.hpp"
#include "natgrad/families/statements.hpp"

namespace natgrad {

/// What the sum of n independent Bernoulli variables states for every n: theta = log p / (1 - p), A = n log(1 +
/// e^theta).
template <class Multiple>
struct BernoulliKind : OneCoordinate {
  static constexpr Structure structure = Structure::diagonal;

  Multiple number;

  std::string coordinate(Index) const { return "log_odds"; }
  std::vector<Field> standard() const { return {{"probability", {}}}; }

  template <class R, class Require>
  void natural_domain(const R*, Require&) const {}
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    using S = scalar_of<R>;
    require((fields[0][0] > S(0)) & (fields[0][0] < S(1)), fields[0][0], "probability must be in (0, 1)");
  }

  template <class R>
  R log_partition(const R* theta) const {
    return n<R>() * softplus(theta[0]);
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    mu[0] = n<R>() * sigmoid(theta[0]);
  }
  template <class R>
  void to_natural(const R* mu, R* theta) const {
    theta[0] = logit(mu[0] / n<R>());
  }
  template <class R>
  R dual_at(const R* theta) const {
    return -n<R>() * (sigmoid(theta[0]) * softplus(-theta[0]) + sigmoid(-theta[0]) * softplus(theta[0]));
  }
  template <class R>
  R dual_log_partition(const R* mu) const {
    using S = scalar_of<R>;
    const R p = mu[0] / n<R>();
    return n<R>() * (p * log(p) + (S(1) - p) * log1p(-p));
  }
  /// Between one variable of each, with the rarer outcome of p as the success.
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    if constexpr (!tries_definition<R>) return n<R>() * careful_divergence(theta_p, theta_q);
    const R rare = -abs(theta_p[0]);
    const R other = select(theta_p[0] < scalar_of<R>(0), theta_q[0], -theta_q[0]);
    const R odds = exp(rare);
    const R rise = log1p(odds), other_rise = softplus(other);
    const R gained = odds / (scalar_of<R>(1) + odds) * (rare - other);
    const R plain = gained + (other_rise - rise);
    const mask_of<R> kept = keeps_digits(plain, abs(gained) + (other_rise + rise));
    if (all(kept)) return n<R>() * plain;
    return n<R>() * select(kept, plain, careful_divergence(theta_p, theta_q));
  }
  template <class R>
  void fisher(const R* theta, R* diagonal) const {
    diagonal[0] = n<R>() * (sigmoid(theta[0]) * sigmoid(-theta[0]));
  }
  template <class R>
  R fisher_log_determinant(const R* theta) const {
    return number.template logarithm<scalar_of<R>>() - (softplus(theta[0]) + softplus(-theta[0]));
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics[0] = x[0];
  }
  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    theta[0] = logit(fields[0][0]);
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    fields[0][0] = sigmoid(theta[0]);
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    return min(step_to_zero(mu[0], direction[0]), step_to_zero(n<R>() - mu[0], -direction[0]));
  }

 protected:
  /// The number, for formulas in R.
  template <class R>
  scalar_of<R> n() const {
    return number.template value<scalar_of<R>>();
  }

 private:
  /// The same with a small relative error however close the points are.
  template <class R>
  static NATGRAD_CALLED R careful_divergence(const R* theta_p, const R* theta_q) {
    const R p = sigmoid(theta_p[0]);
    const R step = theta_q[0] - theta_p[0];
    const mask_of<R> near = abs(step) < scalar_of<R>(1);
    const R rise = log1p(p * expm1(select(near, step, broadcast<R>(0))));
    const R log_ratio_1 = select(near, step - rise, softplus(-theta_p[0]) - softplus(-theta_q[0]));
    const R log_ratio_0 = select(near, -rise, softplus(theta_p[0]) - softplus(theta_q[0]));
    return poisson_divergence(p, sigmoid(theta_q[0]), log_ratio_1) +
           poisson_divergence(sigmoid(-theta_p[0]), sigmoid(-theta_q[0]), log_ratio_0);
  }

  template <class R>
  static R logit(R p) {
    return log(p) - log1p(-p);
  }
};

}  // namespace natgrad
