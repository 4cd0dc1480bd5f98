#pragma once

#include "natgrad/base/two_by_two.hpp"
#include "natgrad/families/gamma_kind.hpp"

namespace natgrad {

/// Joint priors of a Normal's mean z and spread x_2 (DeGroot 1970, Optimal Statistical Decisions, section 9.6). The
/// precision y = x_2 or 1 / x_2 has a Gamma distribution of shape a and rate b, and z given y is Normal(m, 1 / (k y)):
/// T = (log x_2, y, y z, y z^2), theta = (sign a, -(b + k m^2 / 2), k m, -k / 2),
/// A = lgamma(a) - a log b - log(k) / 2 + log(2 pi) / 2, centred mean [that of the Gamma's, E y, m, 1 / k].
struct NormalGammaKind {
  using kind = NormalGammaKind;
  static constexpr Structure structure = Structure::dense;
  static constexpr std::array<Parameter, 0> parameters{};

  /// The distribution of x_2 alone, a point of which is (sign a, -b).
  GammaKind marginal;
  const char* support_condition;

  NormalGammaKind(const GammaKind::Words& words, double sign, const char* in_support_condition)
      : marginal(words, sign), support_condition(in_support_condition) {}

  Index size() const { return 4; }
  std::string coordinate(Index j) const {
    if (j < 2) return j == 0 ? marginal.words.first : marginal.words.second;
    return j == 2 ? "precision_scale_times_location" : "negative_half_precision_scale";
  }
  Shape event_shape() const { return {2}; }

  /// b, in twice the precision: far from the origin almost all of theta_2 is k m^2 / 2.
  template <class R>
  Sum<R> rate(const R* theta) const {
    using S = scalar_of<R>;
    return schur_complement(-theta[1], S(0.5) * theta[2], -theta[3]);
  }
  template <class R>
  Sum<R> spread(const R* mu) const {
    return schur_complement(mu[3], mu[2], mu[1]);
  }
  template <class R>
  R location(const R* theta) const {
    return scalar_of<R>(-0.5) * (theta[2] / theta[3]);
  }

  template <class R, class Require>
  void natural_domain(const R* theta, Require& require) const {
    using S = scalar_of<R>;
    require(theta[3] < S(0), S(-2) * theta[3], "precision_scale must be > 0");
    const R gamma[2] = {theta[0], -rate(theta).value};
    marginal.natural_domain(gamma, require);
  }
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    marginal.mean_domain(mu, require);
    const R left = spread(mu).value;
    require(left > scalar_of<R>(0), left, "1 / precision_scale must be > 0");
  }
  template <class R, class Require>
  void centred_domain(const R* c, Require& require) const {
    marginal.centred_domain(c, require);
    require(c[3] > scalar_of<R>(0), c[3], "1 / precision_scale must be > 0");
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require(is_finite(x[0]), x[0], "x must have a finite mean");
    require((x[1] > S(0)) & (x[1] < infinity<S>), x[1], support_condition);
  }

  template <class R>
  R log_partition(const R* theta) const {
    using S = scalar_of<R>;
    const R gamma[2] = {theta[0], -rate(theta).value};
    return marginal.log_partition(gamma) - (S(0.5) * log(S(-2) * theta[3]) - half_log_two_pi<S>);
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    const R gamma[2] = {theta[0], -rate(theta).value};
    marginal.to_mean(gamma, mu);
    const R m = location(theta);
    const R inverse = scalar_of<R>(-0.5) / theta[3];
    mu[2] = m * mu[1];
    mu[3] = inverse + m * mu[2];
  }
  template <class R>
  void to_centred(const R* theta, R* c) const {
    const R gamma[2] = {theta[0], -rate(theta).value};
    marginal.to_centred(gamma, c);
    c[2] = location(theta);
    c[3] = scalar_of<R>(-0.5) / theta[3];
  }
  template <class R>
  Iterations<R> from_centred(const R* c, R* theta) const {
    using S = scalar_of<R>;
    const Iterations<R> ended = marginal.from_centred(c, theta);
    const R m = c[2];
    const R k = S(1) / c[3];
    theta[2] = k * m;
    theta[3] = S(-0.5) * k;
    theta[1] = theta[1] - S(0.5) * m * theta[2];
    return ended;
  }
  template <class R>
  Iterations<R> to_natural(const R* mu, R* theta) const {
    const R c[4] = {mu[0] - scalar_of<R>(marginal.sign) * log(mu[1]), mu[1], mu[2] / mu[1], spread(mu).value};
    return from_centred(c, theta);
  }
  template <class R>
  R dual_at(const R* theta) const {
    using S = scalar_of<R>;
    return marginal.dual_at(theta) + (S(0.5) * (log(S(-2) * theta[3]) - S(1)) - half_log_two_pi<S>);
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    // That of the Gammas, and of the Normals given y at E y = a / b: (r - 1 - log r) / 2 with r = k_q / k_p, and
    // k_q (m_q - m_p)^2 E y / 2; k_q (m_q - m_p) as in NormalKind.
    using S = scalar_of<R>;
    const Sum<R> p = rate(theta_p);
    const Sum<R> q = rate(theta_q);
    const R rate_step = (q.value - p.value) + (q.error - p.error);
    const R a_p = marginal.shape(theta_p);
    const R gammas = gamma_divergence(a_p, marginal.shape(theta_q), p.value, q.value, rate_step);
    const R m_p = location(theta_p);
    const R m_q = location(theta_q);
    const R first = theta_q[2] - theta_p[2];
    const R second = theta_q[3] - theta_p[3];
    const R turn = S(2) * second * m_p;
    const R k = S(-2) * theta_q[3];
    const mask_of<R> by_points = abs(first) + abs(turn) < k * (abs(m_p) + abs(m_q));
    const R pull = select(by_points, less_multiple(first, second, theta_p[2], theta_p[3]), k * (m_q - m_p));
    const R given = ratio_divergence(theta_p[3], theta_q[3]) + pull * (pull / k) * (a_p / p.value);
    return gammas + S(0.5) * given;
  }
  template <class R>
  void fisher(const R* theta, R* lower, R* pivots) const {
    // Of log x_2 and y as in the Gamma; then y z = m y + y (z - m), where the last has variance E y / k given nothing
    // else, and y z^2 = m^2 y + 2 m y (z - m) + y (z - m)^2, of which the last has variance 2 / k^2.
    using S = scalar_of<R>;
    const R b = rate(theta).value;
    const R gamma[2] = {theta[0], -b};
    marginal.fisher(gamma, lower, pivots);
    const R m = location(theta);
    const R inverse = S(-0.5) / theta[3];
    lower[1] = m * lower[0];
    lower[2] = m;
    lower[3] = m * lower[1];
    lower[4] = m * m;
    lower[5] = S(2) * m;
    pivots[2] = (marginal.shape(theta) / b) * inverse;
    pivots[3] = S(2) * inverse * inverse;
  }
  template <class R>
  R fisher_log_determinant(const R* theta) const {
    using S = scalar_of<R>;
    const R a = marginal.shape(theta);
    return log(S(2) * (a * trigamma_excess(a))) - S(3) * (log(rate(theta).value) + log(S(-2) * theta[3]));
  }

  /// log of the density of (z, log y).
  template <class R>
  R log_density_of(const R* theta, R z, R y, R log_y) const {
    using S = scalar_of<R>;
    const R gamma[2] = {theta[0], -rate(theta).value};
    const R distance = z - location(theta);
    const R normal = theta[3] * distance * (distance * y) + S(0.5) * (log(S(-2) * theta[3]) + log_y);
    return marginal.log_density_of(gamma, y, log_y) + (normal - half_log_two_pi<S>);
  }
  template <class R>
  void statistics_of(R z, R y, R log_x, R* statistics) const {
    statistics[0] = log_x;
    statistics[1] = y;
    statistics[2] = y * z;
    statistics[3] = y * z * z;
  }
  /// E log y.
  template <class R>
  R mean_of_log(const R* theta) const {
    const R gamma[2] = {theta[0], -rate(theta).value};
    return marginal.mean_of_log(gamma);
  }

  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    using S = scalar_of<R>;
    require(fields[1][0] > S(0), fields[1][0], "precision_scale must be > 0");
    require(fields[2][0] > S(0), fields[2][0], "shape must be > 0");
    require(fields[3][0] > S(0), fields[3][0], marginal.words.rate);
  }
  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    using S = scalar_of<R>;
    theta[0] = S(marginal.sign) * fields[2][0];
    theta[2] = fields[1][0] * fields[0][0];
    theta[3] = S(-0.5) * fields[1][0];
    theta[1] = -fields[3][0] - S(0.5) * fields[0][0] * theta[2];
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    fields[0][0] = location(theta);
    fields[1][0] = scalar_of<R>(-2) * theta[3];
    fields[2][0] = marginal.shape(theta);
    fields[3][0] = rate(theta).value;
  }
  template <class R>
  R step_to_boundary(const R* theta, const R* direction) const {
    using S = scalar_of<R>;
    const R cone = step_in_cone_of_two(S(0.5) * theta[2], -theta[3], rate(theta).value, -direction[1],
                                       S(0.5) * direction[2], -direction[3]);
    return min(step_to_zero(marginal.shape(theta), marginal.shape(direction)), cone);
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    const R cone = step_in_cone_of_two(mu[2], mu[1], spread(mu).value, direction[3], direction[2], direction[1]);
    return min(marginal.mean_step_to_boundary(mu, direction), cone);
  }
};

}  // namespace natgrad
