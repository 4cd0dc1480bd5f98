#pragma once

#include "natgrad/base/gamma_functions.hpp"
#include "natgrad/families/closed_forms.hpp"
#include "natgrad/families/gamma_divergence.hpp"
#include "natgrad/families/scalar.hpp"
#include "natgrad/families/statements.hpp"

namespace natgrad {

/// What the families share in which x^degree / 2 has a Gamma distribution of rate 1 and shape a = theta / degree:
/// T = log x, A = lgamma(a) + a log 2 - log(degree), h = exp(-x^degree / 2) / x. The inverse solves
/// psi(a) = degree mu - log 2 by Newton's method from Minka's start (gamma_inverse.hpp).
struct LogGammaKind : OneCoordinate {
  using kind = LogGammaKind;
  static constexpr Structure structure = Structure::diagonal;

  double degree;
  double log_degree;
  const char* first;
  const char* condition;

  LogGammaKind(double in_degree, const char* in_first, const char* in_condition)
      : degree(in_degree), log_degree(in_degree == 1 ? 0 : log_two), first(in_first), condition(in_condition) {}

  std::string coordinate(Index) const { return first; }

  template <class R>
  R shape(const R* theta) const {
    return scalar_of<R>(1 / degree) * theta[0];
  }
  template <class R, class Require>
  void natural_domain(const R* theta, Require& require) const {
    using S = scalar_of<R>;
    require(theta[0] > S(0), theta[0], condition);
  }
  template <class R, class Require>
  void mean_domain(const R*, Require&) const {}

  template <class R>
  R log_partition(const R* theta) const {
    using S = scalar_of<R>;
    const R a = shape(theta);
    return lgamma(a) + (degree == 1 ? a : a - S(1)) * S(log_two);
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    using S = scalar_of<R>;
    mu[0] = S(1 / degree) * (digamma(shape(theta)) + S(log_two));
  }
  template <class R>
  Iterations<R> to_natural(const R* mu, R* theta) const {
    using S = scalar_of<R>;
    const Inverse<R> found = solve_digamma(S(degree) * mu[0] - S(log_two));
    theta[0] = S(degree) * found.x;
    return {found.iterations, !is_nan(found.x)};
  }
  template <class R>
  R dual_at(const R* theta) const {
    using S = scalar_of<R>;
    const R a = shape(theta);
    return lgamma_dual(a) + a + S(log_degree);
  }
  template <class R>
  R dual_log_partition(const R* mu) const {
    // <theta, mu> - A, which does not feel the rounding of theta.
    R theta;
    to_natural(mu, &theta);
    return theta * mu[0] - log_partition(&theta);
  }
  template <class R>
  R entropy(const R* theta) const {
    using S = scalar_of<R>;
    R mean;
    to_mean(theta, &mean);
    return mean - lgamma_dual(shape(theta)) - S(log_degree);
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    // Two Gammas of one rate: the divergence of the shapes at one mean, and that of the means p and q.
    const R p = shape(theta_p);
    const R q = shape(theta_q);
    return shape_divergence(p, q) + q * ratio_remainder(p / q, (p - q) / q);
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    // With t = x^degree / 2a: -a (t - 1 - log t) + (a log a - a - lgamma(a)) - log x + log(degree), which keeps its
    // digits at large shapes.
    using S = scalar_of<R>;
    const R a = shape(theta);
    const R log_x = log(x[0]);
    const auto log_ratio = [&] { return S(degree) * log_x - (S(log_two) + log(a)); };
    const R exponent = gamma_exponent(a, half_power(x[0]), log_ratio);
    return (lgamma_dual(a) + a * log_minus_digamma(a)) - exponent - (log_x - S(log_degree));
  }
  template <class R>
  void fisher(const R* theta, R* diagonal) const {
    using S = scalar_of<R>;
    diagonal[0] = S(1 / (degree * degree)) * trigamma(shape(theta));
  }
  template <class R>
  R fisher_log_determinant(const R* theta) const {
    // psi'(a) = (1 + excess) / a is below the largest number only for a shape above its root.
    using S = scalar_of<R>;
    const R a = shape(theta);
    return log1p(trigamma_excess(a)) - log(a) - S(2) * S(log_degree);
  }
  template <class R>
  R step_to_boundary(const R* theta, const R* direction) const {
    return step_to_zero(theta[0], direction[0]);
  }

  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require((x[0] > S(0)) & (x[0] < infinity<S>), x[0], "x must be > 0 and finite");
  }
  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics[0] = log(x[0]);
  }
  template <class R>
  R log_base_measure(const R* x) const {
    return -half_power(x[0]) - log(x[0]);
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    R mean;
    to_mean(theta, &mean);
    return -shape(theta) - mean;
  }

 private:
  template <class R>
  R half_power(R x) const {
    using S = scalar_of<R>;
    return S(0.5) * (degree == 1 ? x : x * x);
  }
};

}  // namespace natgrad
