#pragma once

#include "natgrad/families/closed_forms.hpp"
#include "natgrad/families/scalar.hpp"
#include "natgrad/families/statements.hpp"

namespace natgrad {

/// What the families share in which y, a function of x, is Normal with mean m and variance v: T = (y, y^2),
/// theta = (m / v, -1 / 2v), A = m^2 / 2v + log(2 pi v) / 2, h = dy / dx.
struct NormalKind : ScalarEvent {
  using kind = NormalKind;
  static constexpr Structure structure = Structure::dense;

  Index size() const { return 2; }
  std::string coordinate(Index j) const { return j == 0 ? "precision_times_mean" : "negative_half_precision"; }
  std::vector<Field> standard() const { return {{"mean", {}}, {"variance", {}}}; }

  template <class R, class Require>
  void natural_domain(const R* theta, Require& require) const {
    using S = scalar_of<R>;
    require(theta[1] < S(0), S(-2) * theta[1], "precision must be > 0");
  }
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    using S = scalar_of<R>;
    const R variance = mu[1] - mu[0] * mu[0];
    require(variance > S(0), variance, "variance must be > 0");
  }
  template <class R, class Require>
  void centred_domain(const R* c, Require& require) const {
    using S = scalar_of<R>;
    require(c[1] > S(0), c[1], "variance must be > 0");
  }
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    using S = scalar_of<R>;
    require(fields[1][0] > S(0), fields[1][0], "variance must be > 0");
  }
  template <class R>
  R log_partition(const R* theta) const {
    using S = scalar_of<R>;
    return S(-0.25) * theta[0] * (theta[0] / theta[1]) - S(0.5) * log(S(-2) * theta[1]) + half_log_two_pi<S>;
  }
  template <class R>
  void to_centred(const R* theta, R* c) const {
    using S = scalar_of<R>;
    c[1] = S(-0.5) / theta[1];
    c[0] = theta[0] * c[1];
  }
  template <class R>
  void from_centred(const R* c, R* theta) const {
    using S = scalar_of<R>;
    const R precision = S(1) / c[1];
    theta[0] = c[0] * precision;
    theta[1] = S(-0.5) * precision;
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    to_centred(theta, mu);
    mu[1] = mu[0] * mu[0] + mu[1];
  }
  template <class R>
  void to_natural(const R* mu, R* theta) const {
    const R c[2] = {mu[0], mu[1] - mu[0] * mu[0]};
    from_centred(c, theta);
  }
  template <class R>
  R dual_at(const R* theta) const {
    using S = scalar_of<R>;
    return S(0.5) * (log(S(-2) * theta[1]) - S(1)) - half_log_two_pi<S>;
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    using S = scalar_of<R>;
    R p[2];
    R q[2];
    to_centred(theta_p, p);
    to_centred(theta_q, q);
    // (m_q - m_p) / v_q, from the differences of the points or from the means, whichever has the smaller terms.
    const R first = theta_q[0] - theta_p[0];
    const R second = theta_q[1] - theta_p[1];
    const R turn = S(2) * second * p[0];
    const R precision = S(-2) * theta_q[1];
    const mask_of<R> by_points = abs(first) + abs(turn) < precision * (abs(p[0]) + abs(q[0]));
    const R shift = select(by_points, less_multiple(first, second, theta_p[0], theta_p[1]), precision * (q[0] - p[0]));
    return S(0.5) * (ratio_divergence(theta_p[1], theta_q[1]) + shift * (shift * q[1]));
  }
  template <class R>
  void fisher(const R* theta, R* lower, R* pivots) const {
    using S = scalar_of<R>;
    R c[2];
    to_centred(theta, c);
    lower[0] = S(2) * c[0];
    pivots[0] = c[1];
    pivots[1] = S(2) * c[1] * c[1];
  }

  template <class R>
  R fisher_log_determinant(const R* theta) const {
    using S = scalar_of<R>;
    return S(log_two) - S(3) * log(S(-2) * theta[1]);
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    const R c[2] = {fields[0][0], fields[1][0]};
    from_centred(c, theta);
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    R c[2];
    to_centred(theta, c);
    fields[0][0] = c[0];
    fields[1][0] = c[1];
  }
  template <class R>
  R step_to_boundary(const R* theta, const R* direction) const {
    return step_to_zero(-theta[1], -direction[1]);
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    using S = scalar_of<R>;
    return step_to_variance_zero(mu[1] - mu[0] * mu[0], direction[1] - S(2) * mu[0] * direction[0],
                                 direction[0] * direction[0]);
  }

  template <class R>
  void statistics_of(R y, R* statistics) const {
    statistics[0] = y;
    statistics[1] = y * y;
  }
  /// log N(y; m, v).
  template <class R>
  R log_density_of(const R* theta, R y) const {
    using S = scalar_of<R>;
    R c[2];
    to_centred(theta, c);
    const R distance = y - c[0];
    return theta[1] * distance * distance + S(0.5) * log(S(-2) * theta[1]) - half_log_two_pi<S>;
  }
};

}  // namespace natgrad
