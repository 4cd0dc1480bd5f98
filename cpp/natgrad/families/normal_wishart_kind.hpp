#pragma once

#include "natgrad/base/two_by_two.hpp"
#include "natgrad/families/wishart_kind.hpp"

namespace natgrad {

/// Joint priors of a multivariate Normal's mean z and spread X (DeGroot 1970, Optimal Statistical Decisions, section
/// 9.10). The precision Y = X or X^-1 has a Wishart distribution of 2 a degrees of freedom and inverse scale N, and z
/// given Y is Normal(m, (k Y)^-1): T = (log det X, packed Y, Y z, z^T Y z), theta = (sign a, packed -(N + k m m^T) / 2
/// with off-diagonals doubled, k m, -k / 2), A = log Gamma_d(a) - a log det(N / 2) - d log(k / 2 pi) / 2,
/// h = det X^((sign - d - 1) / 2), centred mean [that of the Wishart's, m, d / k]. An event is z over the rows of X.
struct NormalWishartKind {
  using kind = NormalWishartKind;
  static constexpr bool states_all = true;
  static constexpr Structure structure = Structure::matrix_free;
  static constexpr std::array parameters{Parameter{"dimension", true, 1}};
  static constexpr Index longest_row_across = 34 + symmetric::packed_size(32);

  /// The distribution of X alone, a point of which is (sign a, -N / 2).
  WishartKind marginal;
  Index d = marginal.d;

  Index packed() const { return marginal.packed(); }
  Index vector() const { return 1 + packed(); }  // where k m stands
  Index last() const { return 1 + packed() + d; }
  Index size() const { return last() + 1; }
  std::string coordinate(Index j) const {
    if (j == last()) return "negative_half_precision_scale";
    if (j >= vector()) return "precision_scale_times_location[" + std::to_string(j - vector()) + "]";
    std::string name = marginal.coordinate(j);
    if (j > 0) name.insert(name.find('['), "_about_zero");
    return name;
  }
  Shape event_shape() const { return {d + 1, d}; }
  std::vector<Field> standard() const {
    return {{"location", {d}}, {"precision_scale", {}}, {"degrees_of_freedom", {}}, {"scale", {d, d}}};
  }

  template <class R, class Require>
  void natural_domain(const R* theta, Require& require) const {
    using S = scalar_of<R>;
    require(theta[last()] < S(0), S(-2) * theta[last()], "precision_scale must be > 0");
    Buffer<R, 64> w(vector());
    marginal_point(theta, w.data());
    marginal.natural_domain(static_cast<const R*>(w.data()), require);
  }
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    marginal.mean_domain(mu, require);
    Buffer<R, 64> l(packed());
    const R left = spread(mu, l.data(), static_cast<R*>(nullptr));
    require(left > scalar_of<R>(0), left, scale_text);
  }
  template <class R, class Require>
  void centred_domain(const R* c, Require& require) const {
    marginal.centred_domain(c, require);
    require(c[last()] > scalar_of<R>(0), c[last()], scale_text);
  }
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    require(fields[1][0] > scalar_of<R>(0), fields[1][0], "precision_scale must be > 0");
    marginal.standard_domain(fields + 2, require);
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    for (Index j = 0; j < d; ++j) require(is_finite(x[j]), x[j], "x must have a finite mean");
    marginal.support(x + d, require);
  }

  template <class R>
  R log_partition(const R* theta) const {
    Buffer<R, 64> w(vector());
    marginal_point(theta, w.data());
    return marginal.log_partition(static_cast<const R*>(w.data())) - log_scale(theta);
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    using S = scalar_of<R>;
    Buffer<R, 64> w(vector());
    marginal_point(theta, w.data());
    marginal.to_mean(static_cast<const R*>(w.data()), mu);
    Buffer<R> m(d);
    location(theta, m.data());
    symmetric::multiply<R>(d, mu + 1, m.data(), mu + vector());
    mu[last()] = S(d) / scale(theta) + dot<R>(d, m.data(), mu + vector());
  }
  template <class R>
  void to_centred(const R* theta, R* c) const {
    Buffer<R, 64> w(vector());
    marginal_point(theta, w.data());
    marginal.to_centred(static_cast<const R*>(w.data()), c);
    location(theta, c + vector());
    c[last()] = scalar_of<R>(d) / scale(theta);
  }
  template <class R>
  Iterations<R> from_centred(const R* c, R* theta) const {
    const Iterations<R> ended = marginal.from_centred(c, theta);
    join(c + vector(), scalar_of<R>(d) / c[last()], theta);
    return ended;
  }
  template <class R>
  Iterations<R> to_natural(const R* mu, R* theta) const {
    Buffer<R, 64> l(packed());
    Buffer<R> m(d);
    const R left = spread(mu, l.data(), m.data());
    const Iterations<R> ended = marginal.to_natural(mu, theta);
    join(static_cast<const R*>(m.data()), scalar_of<R>(d) / left, theta);
    return ended;
  }
  template <class R>
  R dual_at(const R* theta) const {
    return marginal.dual_at(theta) + (log_scale(theta) - scalar_of<R>(0.5) * scalar_of<R>(d));
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    // That of the Wisharts, and of the Normals given Y at E Y = 2 a V: d (r - 1 - log r) / 2 with r = k_q / k_p, and
    // a k_q (m_q - m_p)^T V (m_q - m_p); k_q (m_q - m_p) as in NormalKind.
    using S = scalar_of<R>;
    Buffer<R, 64> p(packed());
    Buffer<R, 64> q(packed());
    Buffer<R, 64> error_p(packed());
    Buffer<R, 64> error_q(packed());
    inverse_scale(theta_p, p.data(), error_p.data());
    inverse_scale(theta_q, q.data(), error_q.data());
    for (Index k = 0; k < packed(); ++k) error_q[k] = error_q[k] - error_p[k];
    const R a = marginal.half_degrees(theta_p);
    const R wisharts = marginal.divergence(a, marginal.half_degrees(theta_q), p.data(), q.data(),
                                           static_cast<const R*>(error_q.data()));
    const R k = scale(theta_q);
    const R second = theta_q[last()] - theta_p[last()];
    Buffer<R> m_p(d);
    Buffer<R> m_q(d);
    Buffer<R> pull(d);
    location(theta_p, m_p.data());
    location(theta_q, m_q.data());
    for (Index j = 0; j < d; ++j) {
      const Index at = vector() + j;
      const R first = theta_q[at] - theta_p[at];
      const mask_of<R> by_points = abs(first) + abs(S(2) * second * m_p[j]) < k * (abs(m_p[j]) + abs(m_q[j]));
      pull[j] = select(by_points, less_multiple(first, second, theta_p[at], theta_p[last()]), k * (m_q[j] - m_p[j]));
    }
    symmetric::lower_solve<R>(d, p.data(), pull.data());  // by the factor that the divergence has left
    const R square = dot<R>(d, pull.data(), pull.data());
    return wisharts + (S(0.5) * S(d) * ratio_divergence(theta_p[last()], theta_q[last()]) + (a / k) * square);
  }

  // d(k m) = dk m + k dm and dN = dM - d(k m m^T), M = N + k m m^T; then d(E Y) as in the Wishart,
  // d(E Y m) = dE Y m + E Y dm and d(d / k + m^T E Y m).
  template <class R>
  NATGRAD_CALLED void fisher_multiply(const R* theta, const R* v, R* out) const {
    using S = scalar_of<R>;
    Buffer<R, 64> w(vector());
    Buffer<R, 64> dw(vector());
    Buffer<R> m(d);
    marginal_point(theta, w.data());
    location(theta, m.data());
    const R k = scale(theta);
    const R* dkm = v + vector();
    const R dk = S(-2) * v[last()];
    dw[0] = v[0];
    for (Index i = 0, n = 1; i < d; ++i) {  // -dN / 2, off-diagonals doubled
      for (Index j = 0; j <= i; ++j, ++n) {
        const R turn = (dkm[i] * m[j] + m[i] * dkm[j]) - dk * (m[i] * m[j]);
        dw[n] = v[n] + S(i == j ? 0.5 : 1) * turn;
      }
    }
    marginal.fisher_multiply(static_cast<const R*>(w.data()), static_cast<const R*>(dw.data()), out);
    // dE Y m = 2 (a V B + da) V m with B = -dN: V m may be far smaller than V.
    const R a = marginal.half_degrees(theta);
    const R da = marginal.half_degrees(v);
    Buffer<R, 64> l(packed());
    Buffer<R, 64> b(packed());
    marginal.factor(static_cast<const R*>(w.data()), l.data());
    definite::from_natural_block(d, dw.data() + 1, b.data());
    for (Index n = 0; n < packed(); ++n) b[n] = -b[n];
    Buffer<R> vm(d);
    Buffer<R> change(d);
    R last_part = broadcast<R>(0);
    WishartKind::copy(d, static_cast<const R*>(m.data()), vm.data());
    symmetric::solve<R>(d, l.data(), vm.data());
    symmetric::multiply<R>(d, b.data(), vm.data(), change.data());
    for (Index j = 0; j < d; ++j) {
      const R dm = (dkm[j] - dk * m[j]) / k;
      last_part += vm[j] * (change[j] + S(2) * dm);
      change[j] += dm;
    }
    symmetric::solve<R>(d, l.data(), change.data());
    for (Index j = 0; j < d; ++j) out[vector() + j] = S(2) * (a * change[j] + da * vm[j]);
    out[last()] = S(2) * (a * last_part + da * dot<R>(d, m.data(), vm.data())) - S(d) * (dk / k) / k;
  }
  template <class R>
  void fisher_dense(const R* theta, R* out) const {
    const Index n = size();
    Buffer<R, 64> unit(n);
    for (Index j = 0; j < n; ++j) unit[j] = broadcast<R>(0);
    Buffer<R, 64> column(n);
    for (Index j = 0; j < n; ++j) {
      unit[j] = broadcast<R>(1);
      fisher_multiply(theta, static_cast<const R*>(unit.data()), column.data());
      unit[j] = broadcast<R>(0);
      for (Index i = j; i < n; ++i) out[i * n + j] = out[j * n + i] = column[i];
    }
  }
  template <class R>
  NATGRAD_CALLED void fisher_solve(const R* theta, const R* v, R* out) const {
    // The inverse of fisher_multiply: dm = (E Y)^-1 (v_3 - dE Y m), dk from what is left of v_4.
    using S = scalar_of<R>;
    Buffer<R, 64> w(vector());
    Buffer<R> m(d);
    marginal_point(theta, w.data());
    location(theta, m.data());
    const R k = scale(theta);
    const R a = marginal.half_degrees(theta);
    marginal.fisher_solve(static_cast<const R*>(w.data()), v, out);
    Buffer<R> rest(d);
    symmetric::multiply<R>(d, v + 1, m.data(), rest.data());
    R left = v[last()] - dot<R>(d, m.data(), v + vector());
    for (Index j = 0; j < d; ++j) {
      rest[j] = v[vector() + j] - rest[j];
      left -= m[j] * rest[j];
    }
    const R dk = -(left * k) * (k / S(d));
    Buffer<R, 64> n(packed());
    definite::from_natural_block(d, w.data() + 1, n.data());
    Buffer<R> dm(d);
    symmetric::multiply<R>(d, n.data(), rest.data(), dm.data());
    for (Index j = 0; j < d; ++j) out[vector() + j] = dk * m[j] + k * (dm[j] / (S(2) * a));
    out[last()] = S(-0.5) * dk;
    const R* dkm = out + vector();
    for (Index i = 0, at = 1; i < d; ++i) {
      for (Index j = 0; j <= i; ++j, ++at) {
        const R turn = (dkm[i] * m[j] + m[i] * dkm[j]) - dk * (m[i] * m[j]);
        out[at] = out[at] - S(i == j ? 0.5 : 1) * turn;
      }
    }
  }
  template <class R>
  R fisher_log_determinant(const R* theta) const {
    // In (theta of the Wishart, k m, -k / 2), a shear away, F has two blocks; the second has the determinant
    // 2 d (2 a)^d / (det N k^(d + 2)).
    using S = scalar_of<R>;
    Buffer<R, 64> w(vector());
    marginal_point(theta, w.data());
    Buffer<R, 64> l(packed());
    definite::from_natural_block(d, w.data() + 1, l.data());
    symmetric::cholesky<R>(d, l.data());
    const R own = S(d) * log(S(2) * marginal.half_degrees(theta)) + log(broadcast<R>(S(2) * S(d)));
    return marginal.fisher_log_determinant(static_cast<const R*>(w.data())) +
           ((own - symmetric::log_determinant<R>(d, l.data())) - S(d + 2) * log(scale(theta)));
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    marginal.sufficient_statistics(x + d, statistics);
    symmetric::multiply<R>(d, statistics + 1, x, statistics + vector());
    statistics[last()] = dot<R>(d, x, static_cast<const R*>(statistics + vector()));
  }
  template <class R>
  R log_base_measure(const R* x) const {
    Buffer<R, 64> statistics(vector());
    marginal.sufficient_statistics(x + d, statistics.data());
    return scalar_of<R>(power()) * statistics[0];
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    Buffer<R, 64> w(vector());
    marginal_point(theta, w.data());
    return scalar_of<R>(power()) * marginal.expected_log_determinant(static_cast<const R*>(w.data()));
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    // The density of X, and of z given Y: nothing of theta or T that is large because z is far from the origin.
    using S = scalar_of<R>;
    Buffer<R, 64> w(vector());
    Buffer<R, 64> statistics(vector());
    marginal_point(theta, w.data());
    marginal.sufficient_statistics(x + d, statistics.data());
    Buffer<R> distance(d);
    Buffer<R> turned(d);
    location(theta, distance.data());
    for (Index j = 0; j < d; ++j) distance[j] = x[j] - distance[j];
    symmetric::multiply<R>(d, statistics.data() + 1, distance.data(), turned.data());
    const R square = dot<R>(d, distance.data(), turned.data());
    const R matrix = dot<R>(vector(), w.data(), statistics.data()) + S(power()) * statistics[0];
    return (matrix - marginal.log_partition(static_cast<const R*>(w.data()))) +
           (log_scale(theta) - S(0.5) * scale(theta) * square);
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    marginal.natural_from_standard(fields + 2, theta);
    join(fields[0], fields[1][0], theta);
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    Buffer<R, 64> w(vector());
    marginal_point(theta, w.data());
    marginal.standard_from_natural(static_cast<const R*>(w.data()), fields + 2);
    location(theta, fields[0]);
    fields[1][0] = scale(theta);
  }
  template <class R>
  R step_to_boundary(const R* theta, const R* direction) const {
    const auto step = [&](const auto* point, const auto* along) {
      return definite::step_in_two(size(), point, along, [&](const auto* from) { return step_in_cone(from, along); });
    };
    const R cone = in_double(theta, direction, step);
    return min(step_to_zero(marginal.excess(marginal.half_degrees(theta)), marginal.half_degrees(direction)), cone);
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    const auto step = [&](const auto* point, const auto* along) {
      return definite::step_in_two(size(), point, along,
                                   [&](const auto* from) { return step_in_mean_cone(from, along); });
    };
    const R cone = in_double(mu, direction, step);
    return min(marginal.mean_step_to_boundary(mu, direction), cone);
  }

  /// f(point, direction), of float in double.
  template <class R, class Function>
  R in_double(const R* point, const R* direction, const Function& f) const {
    if constexpr (sizeof(scalar_of<R>) == sizeof(double)) {
      return f(point, direction);
    } else {
      return definite::by_lanes_in_double(size(), point, direction, f);
    }
  }

  /// In the cone [[k, k m^T], [k m, M]] > 0, whose Schur complement is N.
  template <class R>
  NATGRAD_CALLED R step_in_cone(const R* theta, const R* direction) const {
    using S = scalar_of<R>;
    Buffer<R, 64> n(packed());
    inverse_scale(theta, n.data(), static_cast<R*>(nullptr));
    symmetric::cholesky<R>(d, n.data());
    Buffer<R, 64> l(symmetric::packed_size(d + 1));
    Buffer<R, 64> step(symmetric::packed_size(d + 1));
    Buffer<R, 64> change(packed());
    definite::from_natural_block(d, direction + 1, change.data());
    l[0] = S(1) / sqrt(scale(theta));
    step[0] = scale(direction);
    for (Index i = 0; i < d; ++i) {
      l[symmetric::at(i + 1, 0)] = theta[vector() + i] * l[0];
      step[symmetric::at(i + 1, 0)] = direction[vector() + i];
      for (Index j = 0; j <= i; ++j) {
        l[symmetric::at(i + 1, j + 1)] = n[symmetric::at(i, j)];
        step[symmetric::at(i + 1, j + 1)] = change[symmetric::at(i, j)];
      }
    }
    return definite::step_in_cone<R>(d + 1, l.data(), step.data());
  }

  /// In the cone [[E Y, E Y z], [., E z^T Y z]] > 0.
  template <class R>
  NATGRAD_CALLED R step_in_mean_cone(const R* mu, const R* direction) const {
    using S = scalar_of<R>;
    Buffer<R, 64> l(symmetric::packed_size(d + 1));
    Buffer<R, 64> step(symmetric::packed_size(d + 1));
    const R left = spread(mu, l.data(), static_cast<R*>(nullptr));
    for (Index k = 0; k < packed(); ++k) step[k] = direction[1 + k];
    R* row = l.data() + symmetric::at(d, 0);
    for (Index j = 0; j < d; ++j) {
      row[j] = mu[vector() + j];
      step[symmetric::at(d, j)] = direction[vector() + j];
    }
    symmetric::lower_solve<R>(d, l.data(), row);
    row[d] = S(1) / sqrt(left);
    step[symmetric::at(d, d)] = direction[last()];
    return definite::step_in_cone<R>(d + 1, l.data(), step.data());
  }

  static constexpr const char* scale_text = "d / precision_scale must be > 0";

  /// log h over log det X.
  double power() const { return 0.5 * (marginal.sign - static_cast<double>(d + 1)); }
  /// k.
  template <class R>
  R scale(const R* theta) const {
    return scalar_of<R>(-2) * theta[last()];
  }
  /// d log(k / 2 pi) / 2.
  template <class R>
  R log_scale(const R* theta) const {
    using S = scalar_of<R>;
    return S(d) * (S(0.5) * log(scale(theta)) - half_log_two_pi<S>);
  }
  template <class R>
  void location(const R* theta, R* m) const {
    for (Index j = 0; j < d; ++j) m[j] = scalar_of<R>(-0.5) * (theta[vector() + j] / theta[last()]);
  }
  /// n <- N = M - (k m)(k m)^T / k in twice the precision: far from the origin almost all of M is k m m^T.
  template <class R>
  NATGRAD_CALLED void inverse_scale(const R* theta, R* n, R* error) const {
    using S = scalar_of<R>;
    const R* km = theta + vector();
    for (Index i = 0, k = 0; i < d; ++i) {
      for (Index j = 0; j <= i; ++j, ++k) {
        const Sum<R> entry = schur_complement(S(i == j ? -2 : -1) * theta[1 + k], km[i], km[j], scale(theta));
        n[k] = entry.value;
        if (error != nullptr) error[k] = entry.error;
      }
    }
  }
  /// w <- theta of X alone.
  template <class R>
  void marginal_point(const R* theta, R* w) const {
    w[0] = theta[0];
    inverse_scale(theta, w + 1, static_cast<R*>(nullptr));
    definite::to_natural_block(d, w + 1);
  }
  /// theta <- that of X alone, which it holds, with location m and precision scale k.
  template <class R>
  void join(const R* m, R k, R* theta) const {
    for (Index i = 0, n = 1; i < d; ++i) {
      const R first = k * m[i];
      theta[vector() + i] = first;
      for (Index j = 0; j <= i; ++j, ++n) theta[n] = theta[n] - scalar_of<R>(i == j ? 0.5 : 1) * (first * m[j]);
    }
    theta[last()] = scalar_of<R>(-0.5) * k;
  }
  /// d / k = E z^T Y z - E Y z^T (E Y)^-1 E Y z; l <- the factor of E Y, and m, unless null.
  template <class R>
  NATGRAD_CALLED R spread(const R* mu, R* l, R* m) const {
    WishartKind::copy(packed(), mu + 1, l);
    symmetric::cholesky<R>(d, l);
    Buffer<R> half(d);
    WishartKind::copy(d, mu + vector(), half.data());
    symmetric::lower_solve<R>(d, l, half.data());
    const R left = mu[last()] - dot<R>(d, half.data(), half.data());
    if (m != nullptr) {
      symmetric::upper_solve<R>(d, l, half.data());
      WishartKind::copy(d, static_cast<const R*>(half.data()), m);
    }
    return left;
  }
};

}  // namespace natgrad
