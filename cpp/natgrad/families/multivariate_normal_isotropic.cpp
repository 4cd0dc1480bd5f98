#include <cmath>
#include <type_traits>

#include "natgrad/families/closed_forms.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// MultivariateNormal with covariance v I in d dimensions: T(x) = (x, |x|^2), theta = (m / v, -1 / 2v),
/// A = |m|^2 / 2v + d log(2 pi v) / 2, mu = (m, |m|^2 + d v), h = 1. Centred mean coordinates: [m, d v].
struct MultivariateNormalIsotropic {
  static constexpr const char* name = "MultivariateNormalIsotropic";
  static constexpr Structure structure = Structure::blocks;
  static constexpr std::array parameters{Parameter{"dimension", true, 1}};
  static constexpr Index longest_row_across = 64;

  Index d;

  static MultivariateNormalIsotropic from(std::span<const double> values) { return {static_cast<Index>(values[0])}; }
  Index size() const { return d + 1; }
  std::string coordinate(Index j) const {
    return j < d ? "precision_times_mean[" + std::to_string(j) + "]" : "negative_half_precision";
  }
  Shape event_shape() const { return {d}; }
  std::vector<Field> standard() const { return {{"mean", {d}}, {"variance", {}}}; }

  template <class R, class Require>
  void natural_domain(const R* theta, Require& require) const {
    using S = scalar_of<R>;
    require(theta[d] < S(0), S(-2) * theta[d], "precision must be > 0");
  }
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    const R spread = mu[d] - square(mu);
    require(spread > scalar_of<R>(0), spread, "variance must be > 0");
  }
  template <class R, class Require>
  void centred_domain(const R* c, Require& require) const {
    require(c[d] > scalar_of<R>(0), c[d], "variance must be > 0");
  }
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    require(fields[1][0] > scalar_of<R>(0), fields[1][0], "variance must be > 0");
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    for (Index j = 0; j < d; ++j) require(is_finite(x[j]), x[j], "x must be finite");
  }

  template <class R>
  R log_partition(const R* theta) const {
    using S = scalar_of<R>;
    const R squares = total<R>(d, [&](auto j) { return at(theta, j) * (at(theta, j) / theta[d]); });
    return S(-0.25) * squares - log_peak(theta);
  }
  template <class R>
  void to_centred(const R* theta, R* c) const {
    using S = scalar_of<R>;
    const R v = S(-0.5) / theta[d];
    each<R>(d, [&](auto j) { put(c, j, at(theta, j) * v); });
    c[d] = S(d) * v;
  }
  template <class R>
  void from_centred(const R* c, R* theta) const {
    using S = scalar_of<R>;
    const R precision = S(d) / c[d];
    each<R>(d, [&](auto j) { put(theta, j, at(c, j) * precision); });
    theta[d] = S(-0.5) * precision;
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    to_centred(theta, mu);
    mu[d] = square(mu) + mu[d];
  }
  template <class R>
  void to_natural(const R* mu, R* theta) const {
    using S = scalar_of<R>;
    const R precision = S(d) / (mu[d] - square(mu));
    each<R>(d, [&](auto j) { put(theta, j, at(mu, j) * precision); });
    theta[d] = S(-0.5) * precision;
  }
  template <class R>
  R dual_at(const R* theta) const {
    using S = scalar_of<R>;
    return log_peak(theta) - S(0.5) * S(d);
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    using S = scalar_of<R>;
    const R v_p = S(-0.5) / theta_p[d];
    const R v_q = S(-0.5) / theta_q[d];
    const R second = theta_q[d] - theta_p[d];
    const R precision = S(-2) * theta_q[d];
    // Precision times (m_q - m_p), as in Normal: from the points or from the means, whichever have the smaller terms.
    const R pull = total<R>(d, [&](auto j) {
      using V = std::remove_cvref_t<decltype(at(theta_p, j))>;
      const V m_p = at(theta_p, j) * v_p;
      const V m_q = at(theta_q, j) * v_q;
      const V first = at(theta_q, j) - at(theta_p, j);
      const auto by_points = abs(first) + abs(S(2) * second * m_p) < precision * (abs(m_p) + abs(m_q));
      const V points = less_multiple(first, detail::widen<V>(second), at(theta_p, j), detail::widen<V>(theta_p[d]));
      const V shift = select(by_points, points, precision * (m_q - m_p));
      return shift * (shift * v_q);
    });
    return S(0.5) * (S(d) * ratio_divergence(theta_p[d], theta_q[d]) + pull);
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    const R v = scalar_of<R>(-0.5) / theta[d];
    const R distance = total<R>(d, [&](auto j) {
      const auto step = at(x, j) - at(theta, j) * v;
      return step * step;
    });
    return theta[d] * distance + log_peak(theta);
  }

  // F = [[v I, 2 v m], [2 v m^T, 2 d v^2 + 4 v |m|^2]].
  template <class R>
  void fisher_multiply(const R* theta, const R* v, R* out) const {
    using S = scalar_of<R>;
    const R variance = S(-0.5) / theta[d];
    const auto mean = [&](auto j) { return at(theta, j) * variance; };
    each<R>(d, [&](auto j) { put(out, j, variance * (at(v, j) + S(2) * (mean(j) * v[d]))); });
    const R turned = total<R>(d, [&](auto j) { return mean(j) * at(out, j); });
    out[d] = S(2) * (turned + S(d) * (variance * (variance * v[d])));
  }
  /// Eliminating the mean leaves 2 d v^2 + c + 4 v |m|^2 c / (v + c) under damping c: a sum of positive terms.
  template <class R>
  mask_of<R> fisher_solve(const R* theta, const R* v, R damping, R* out) const {
    using S = scalar_of<R>;
    const R variance = S(-0.5) / theta[d];
    const auto mean = [&](auto j) { return at(theta, j) * variance; };
    const R share = variance / (variance + damping);
    const R squares = total<R>(d, [&](auto j) { return mean(j) * mean(j); });
    const R pivot = S(2) * S(d) * (variance * variance) + damping * (S(1) + S(4) * squares * share);
    const R projected = total<R>(d, [&](auto j) { return mean(j) * at(v, j); });
    const R last = (v[d] - S(2) * share * projected) / pivot;
    each<R>(d, [&](auto j) { put(out, j, (at(v, j) - S(2) * variance * (mean(j) * last)) / (variance + damping)); });
    out[d] = last;
    return damping == damping;
  }
  template <class R>
  void fisher_dense(const R* theta, R* out) const {
    using S = scalar_of<R>;
    const Index n = d + 1;
    const R variance = S(-0.5) / theta[d];
    for (Index k = 0; k < n * n; ++k) out[k] = broadcast<R>(0);
    R squares = broadcast<R>(0);
    for (Index j = 0; j < d; ++j) {
      const R mean = theta[j] * variance;
      out[j * n + j] = variance;
      out[j * n + d] = out[d * n + j] = S(2) * variance * mean;
      squares += mean * mean;
    }
    out[d * n + d] = S(2) * S(d) * (variance * variance) + S(4) * variance * squares;
  }
  template <class R>
  R fisher_log_determinant(const R* theta) const {
    using S = scalar_of<R>;
    return S(std::log(2.0 * static_cast<double>(d))) - S(d + 2) * log(S(-2) * theta[d]);
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    each<R>(d, [&](auto j) { put(statistics, j, at(x, j)); });
    statistics[d] = square(x);
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
    const R precision = scalar_of<R>(1) / fields[1][0];
    each<R>(d, [&](auto j) { put(theta, j, at(fields[0], j) * precision); });
    theta[d] = scalar_of<R>(-0.5) * precision;
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    const R v = scalar_of<R>(-0.5) / theta[d];
    each<R>(d, [&](auto j) { put(fields[0], j, at(theta, j) * v); });
    fields[1][0] = v;
  }
  template <class R>
  R step_to_boundary(const R* theta, const R* direction) const {
    return step_to_zero(-theta[d], -direction[d]);
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    const R across = total<R>(d, [&](auto j) { return at(mu, j) * at(direction, j); });
    return step_to_variance_zero(mu[d] - square(mu), direction[d] - scalar_of<R>(2) * across, square(direction));
  }

 private:
  /// |the first d|^2.
  template <class R>
  R square(const R* vector) const {
    return dot<R>(d, vector, vector);
  }
  /// d log(precision / 2 pi) / 2.
  template <class R>
  R log_peak(const R* theta) const {
    using S = scalar_of<R>;
    return S(d) * (S(0.5) * log(S(-2) * theta[d]) - half_log_two_pi<S>);
  }
};

}  // namespace

FamilyEntry family_multivariate_normal_isotropic() { return family_entry<MultivariateNormalIsotropic>(); }

}  // namespace natgrad
