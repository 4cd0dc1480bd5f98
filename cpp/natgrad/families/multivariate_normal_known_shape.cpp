#include <cmath>

#include "natgrad/families/known_covariance_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// MultivariateNormal with covariance g G, the d x d matrix G known: T(x) = (x, x^T G^-1 x), theta = (G^-1 m / g,
/// -1 / 2g), A = g theta_1^T G theta_1 / 2 + log det(2 pi g G) / 2, mu = (m, m^T G^-1 m + d g), h = 1. Centred mean
/// coordinates: [m, d g].
struct MultivariateNormalKnownShape {
  static constexpr const char* name = "MultivariateNormalKnownShape";
  static constexpr Structure structure = Structure::blocks;
  static constexpr std::array parameters{Parameter{"matrix", false, 0, 2}};

  KnownCovarianceKind unit;  // N(., G)
  Index d;

  static MultivariateNormalKnownShape from(std::span<const Argument> values) {
    KnownMatrix matrix(name, "matrix", values[0]);
    const Index d = matrix.n;
    return {{std::move(matrix), KnownMatrix(), false}, d};
  }
  Index size() const { return d + 1; }
  std::string coordinate(Index j) const { return j < d ? unit.coordinate(j) : "negative_half_precision"; }
  Shape event_shape() const { return {d}; }
  std::vector<Field> standard() const { return {{"mean", {d}}, {"variance_factor", {}}}; }

  template <class R, class Require>
  void natural_domain(const R* theta, Require& require) const {
    using S = scalar_of<R>;
    require(theta[d] < S(0), S(-2) * theta[d], "precision must be > 0");
  }
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    const R spread = mu[d] - length(mu);
    require(spread > scalar_of<R>(0), spread, "variance must be > 0");
  }
  template <class R, class Require>
  void centred_domain(const R* c, Require& require) const {
    require(c[d] > scalar_of<R>(0), c[d], "variance must be > 0");
  }
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    require(fields[1][0] > scalar_of<R>(0), fields[1][0], "variance_factor must be > 0");
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    unit.support(x, require);
  }

  template <class R>
  R log_partition(const R* theta) const {
    using S = scalar_of<R>;
    return S(0.5) * quadratic(theta, sqrt(factor(theta))) - log_peak(theta);
  }
  template <class R>
  void to_centred(const R* theta, R* c) const {
    using S = scalar_of<R>;
    const R g = factor(theta);
    unit.multiply(theta, c);
    for (Index j = 0; j < d; ++j) c[j] = c[j] * g;
    c[d] = S(d) * g;
  }
  template <class R>
  void from_centred(const R* c, R* theta) const {
    from_factor(c, c[d] / scalar_of<R>(d), theta);
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    const R g = factor(theta);
    to_centred(theta, mu);
    mu[d] = quadratic(theta, g) + mu[d];
  }
  template <class R>
  void to_natural(const R* mu, R* theta) const {
    from_factor(mu, (mu[d] - length(mu)) / scalar_of<R>(d), theta);
  }
  template <class R>
  R dual_at(const R* theta) const {
    using S = scalar_of<R>;
    return log_peak(theta) - S(0.5) * S(d);
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    using S = scalar_of<R>;
    const R g_p = factor(theta_p);
    const R g_q = factor(theta_q);
    const R second = theta_q[d] - theta_p[d];
    const R precision = S(-2) * theta_q[d];
    // G^-1 (m_q - m_p) / g_q, as in Normal: from the points or from the means, whichever have the smaller terms.
    Buffer<R> shift(d);
    for (Index j = 0; j < d; ++j) {
      const R m_p = theta_p[j] * g_p;
      const R m_q = theta_q[j] * g_q;
      const R first = theta_q[j] - theta_p[j];
      const mask_of<R> by_points = abs(first) + abs(S(2) * second * m_p) < precision * (abs(m_p) + abs(m_q));
      const R points = less_multiple(first, second, theta_p[j], theta_p[d]);
      shift[j] = select(by_points, points, precision * (m_q - m_p));
    }
    const R pull = quadratic(static_cast<const R*>(shift.data()), sqrt(g_q));
    return S(0.5) * (S(d) * ratio_divergence(theta_p[d], theta_q[d]) + pull);
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    Buffer<R> distance(d + 1);
    to_centred(theta, distance.data());
    for (Index j = 0; j < d; ++j) distance[j] = x[j] - distance[j];
    return theta[d] * unit.squared_length(distance.data()) + log_peak(theta);
  }

  // F = [[g G, 2 g m], [2 g m^T, 2 d g^2 + 4 g m^T G^-1 m]].
  template <class R>
  void fisher_multiply(const R* theta, const R* v, R* out) const {
    using S = scalar_of<R>;
    const R g = factor(theta);
    // F v = (g G u, 2 (g^2 theta_1^T G u + d g^2 v_d)) with u = v_1 + 2 g theta_1 v_d.
    Buffer<R> u(d);
    for (Index j = 0; j < d; ++j) u[j] = v[j] + S(2) * (g * theta[j]) * v[d];
    unit.multiply(static_cast<const R*>(u.data()), out);
    R turned = broadcast<R>(0);
    for (Index j = 0; j < d; ++j) {
      out[j] = out[j] * g;
      turned += g * theta[j] * out[j];
    }
    out[d] = S(2) * (turned + S(d) * (g * (g * v[d])));
  }
  /// Eliminating the mean leaves, under damping c and in the eigenvectors of G with eigenvalues l, a sum of positive
  /// terms: 2 d g^2 + c + sum 4 c g^3 l theta_j^2 / (g l + c).
  template <class R>
  mask_of<R> fisher_solve(const R* theta, const R* v, R damping, R* out) const {
    using S = scalar_of<R>;
    const R g = factor(theta);
    Buffer<R> along(d), turned(d), rest(d);
    unit.turn(theta, along.data());
    unit.turn(v, turned.data());
    R squares = broadcast<R>(0), projected = squares;
    for (Index j = 0; j < d; ++j) {
      const R variance = g * unit.template eigenvalue<S>(j);
      const R share = variance / (variance + damping);
      const R m = g * along[j];
      squares += (m * m) * share;
      projected += (m * turned[j]) * share;
    }
    const R pivot = S(2) * S(d) * (g * g) + damping * (S(1) + S(4) * squares);
    out[d] = (v[d] - S(2) * projected) / pivot;
    // (g G + c)^-1 (v_1 - 2 g m x_d) = (g G + c)^-1 g G (G^-1 v_1 / g - 2 g theta_1 x_d).
    for (Index j = 0; j < d; ++j) rest[j] = v[j];
    unit.solve(rest.data());
    for (Index j = 0; j < d; ++j) rest[j] = rest[j] / g - S(2) * (g * theta[j]) * out[d];
    for (Index j = 0; j < d; ++j) out[j] = rest[j];
    const mask_of<R> damped = damping > S(0);
    if (any(damped)) {
      for (Index j = 0; j < d; ++j) {
        const R variance = g * unit.template eigenvalue<S>(j);
        turned[j] = (turned[j] - S(2) * variance * ((g * along[j]) * out[d])) / (variance + damping);
      }
      unit.turn_back(static_cast<const R*>(turned.data()), rest.data());
      for (Index j = 0; j < d; ++j) out[j] = select(damped, rest[j], out[j]);
    }
    return damping == damping;
  }
  template <class R>
  void fisher_dense(const R* theta, R* out) const {
    using S = scalar_of<R>;
    const Index n = d + 1;
    const R g = factor(theta);
    Buffer<R> centred(n);
    to_centred(theta, centred.data());
    for (Index i = 0; i < d; ++i) {
      for (Index j = 0; j < d; ++j) out[i * n + j] = g * S(unit.u.full[static_cast<std::size_t>(i * d + j)]);
      out[i * n + d] = out[d * n + i] = S(2) * g * centred[i];
    }
    out[d * n + d] = S(2) * g * (S(d) * g + S(2) * quadratic(theta, g));
  }
  template <class R>
  R fisher_log_determinant(const R* theta) const {
    using S = scalar_of<R>;
    const double constant = std::log(2.0 * static_cast<double>(d)) + unit.u.log_determinant;
    return S(constant) - S(d + 2) * log(S(-2) * theta[d]);
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    for (Index j = 0; j < d; ++j) statistics[j] = x[j];
    statistics[d] = length(x);
  }
  template <class R>
  R log_base_measure(const R*) const {
    return broadcast<R>(0);
  }
  template <class R>
  R expected_log_base_measure(const R*) const {
    return broadcast<R>(0);
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    from_factor(fields[0], fields[1][0], theta);
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    Buffer<R> centred(d + 1);
    to_centred(theta, centred.data());
    for (Index j = 0; j < d; ++j) fields[0][j] = centred[j];
    fields[1][0] = factor(theta);
  }
  template <class R>
  R step_to_boundary(const R* theta, const R* direction) const {
    return step_to_zero(-theta[d], -direction[d]);
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    Buffer<R> m(d), v(d);
    whiten(mu, m.data());
    whiten(direction, v.data());
    const R across = dot<R>(d, m.data(), v.data());
    const R left = mu[d] - dot<R>(d, m.data(), m.data());
    return step_to_variance_zero(left, direction[d] - scalar_of<R>(2) * across, dot<R>(d, v.data(), v.data()));
  }

 private:
  /// g.
  template <class R>
  R factor(const R* theta) const {
    return scalar_of<R>(-0.5) / theta[d];
  }
  template <class R>
  void from_factor(const R* mean, R g, R* theta) const {
    using S = scalar_of<R>;
    for (Index j = 0; j < d; ++j) theta[j] = mean[j];
    unit.solve(theta);
    const R precision = S(1) / g;
    for (Index j = 0; j < d; ++j) theta[j] = theta[j] * precision;
    theta[d] = S(-0.5) * precision;
  }
  template <class R>
  void whiten(const R* x, R* white) const {
    for (Index j = 0; j < d; ++j) white[j] = x[j];
    unit.whiten(white);
  }
  /// s^2 theta_1^T G theta_1, in which nothing overflows that the result does not.
  template <class R>
  R quadratic(const R* theta, R s) const {
    Buffer<R> scaled(d);
    for (Index j = 0; j < d; ++j) scaled[j] = s * theta[j];
    return unit.quadratic(static_cast<const R*>(scaled.data()));
  }
  /// x^T G^-1 x.
  template <class R>
  R length(const R* x) const {
    Buffer<R> white(d);
    whiten(x, white.data());
    return dot<R>(d, white.data(), white.data());
  }
  /// -log det(2 pi g G) / 2.
  template <class R>
  R log_peak(const R* theta) const {
    using S = scalar_of<R>;
    const double constant = static_cast<double>(d) * half_log_two_pi<double> + 0.5 * unit.u.log_determinant;
    return S(0.5) * S(d) * log(S(-2) * theta[d]) - S(constant);
  }
};

}  // namespace

FamilyEntry family_multivariate_normal_known_shape() { return family_entry<MultivariateNormalKnownShape>(); }

}  // namespace natgrad
