#pragma once

#include <array>

#include "natgrad/families/definite.hpp"
#include "natgrad/families/family.hpp"
#include "natgrad/families/statements.hpp"

namespace natgrad {

/// What the families share in which y, a function of x coordinate by coordinate, is multivariate Normal in d dimensions
/// with mean m, precision P and covariance S: T = (y, packed y y^T), theta = (P m, packed -P / 2 with off-diagonals
/// doubled), A = m^T P m / 2 - log det(P / 2 pi) / 2, h = |det dy / dx|.
struct MultivariateNormalKind {
  using kind = MultivariateNormalKind;
  static constexpr Structure structure = Structure::matrix_free;
  static constexpr std::array parameters{Parameter{"dimension", true, 1}};
  static constexpr Index longest_row_across = 32 + symmetric::packed_size(32);

  Index d;

  Index size() const { return d + packed(); }
  Index packed() const { return symmetric::packed_size(d); }
  std::string coordinate(Index j) const {
    if (j < d) return "precision_times_mean[" + std::to_string(j) + "]";
    const Index k = j - d;
    const Index i = definite::row_of(k);
    const Index column = k - symmetric::at(i, 0);
    return std::string(column == i ? "negative_half_precision[" : "negative_precision[") + std::to_string(i) + "," +
           std::to_string(column) + "]";
  }
  Shape event_shape() const { return {d}; }
  std::vector<Field> standard() const { return {{"mean", {d}}, {"covariance", {d, d}}}; }

  template <class R, class Require>
  void natural_domain(const R* theta, Require& require) const {
    const Factor<R> factor(*this, theta, require);
  }
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    Buffer<R, 64> covariance(packed());
    centre(mu, covariance.data());
    positive_definite(covariance.data(), require);
  }
  template <class R, class Require>
  void centred_domain(const R* c, Require& require) const {
    Buffer<R, 64> covariance(packed());
    copy(packed(), c + d, covariance.data());
    positive_definite(covariance.data(), require);
  }
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    Buffer<R, 64> covariance(packed());
    definite::symmetrised(d, fields[1], covariance.data(), "covariance must be symmetric", require);
    positive_definite(covariance.data(), require);
  }

  // Half of what these cost is the factor that tells whether the point is inside: they ask for themselves.

  template <class R, class Require = Unasked>
  R log_partition(const R* theta, Require&& require = Require()) const {
    using S = scalar_of<R>;
    const Factor<R> factor(*this, theta, require);
    Buffer<R> half(d);  // L^-1 theta_1 = L^T m
    copy(d, theta, half.data());
    symmetric::lower_solve<R>(d, factor.l(), half.data());
    R square = broadcast<R>(0);
    for (Index i = 0; i < d; ++i) square += half[i] * half[i];
    return S(0.5) * (square - symmetric::log_determinant<R>(d, factor.l())) + S(d) * half_log_two_pi<S>;
  }
  template <class R, class Require = Unasked>
  void to_centred(const R* theta, R* c, Require&& require = Require()) const {
    const Factor<R> factor(*this, theta, require);
    factor.mean(theta, c);
    symmetric::inverse<R>(d, factor.l(), c + d);
  }
  template <class R, class Require = Unasked>
  void to_mean(const R* theta, R* mu, Require&& require = Require()) const {
    to_centred(theta, mu, require);
    R* second = mu + d;
    for (Index i = 0; i < d; ++i) {
      for (Index j = 0; j <= i; ++j) second[symmetric::at(i, j)] += mu[i] * mu[j];
    }
  }
  template <class R, class Require = Unasked>
  void from_centred(const R* c, R* theta, Require&& require = Require()) const {
    Buffer<R, 64> l(packed());
    copy(packed(), c + d, l.data());
    positive_definite(l.data(), require);
    copy(d, c, theta);
    symmetric::solve<R>(d, l.data(), theta);
    symmetric::inverse<R>(d, l.data(), theta + d);
    definite::to_natural_block(d, theta + d);
  }
  template <class R, class Require = Unasked>
  void to_natural(const R* mu, R* theta, Require&& require = Require()) const {
    Buffer<R, 64> c(size());
    copy(d, mu, c.data());
    centre(mu, c.data() + d);
    from_centred<R>(c.data(), theta, require);
  }
  template <class R>
  R dual_at(const R* theta) const {
    using S = scalar_of<R>;
    const Factor<R> factor(*this, theta);
    return S(0.5) * (symmetric::log_determinant<R>(d, factor.l()) - S(d)) - S(d) * half_log_two_pi<S>;
  }
  template <class R>
  R dual_log_partition(const R* mu) const {
    using S = scalar_of<R>;
    Buffer<R, 64> l(packed());
    centre(mu, l.data());
    definite::cholesky<R>(d, l.data());
    return S(-0.5) * (symmetric::log_determinant<R>(d, l.data()) + S(d)) - S(d) * half_log_two_pi<S>;
  }
  template <class R, class Require = Unasked>
  R kl_divergence(const R* theta_p, const R* theta_q, Require&& require_p = Require(),
                  Require&& require_q = Require()) const {
    // (tr E - log det(I + E) + |L_q^-1 g|^2) / 2 with E = L_p^-1 (P_q - P_p) L_p^-T and g = P_q (m_q - m_p).
    using S = scalar_of<R>;
    const Factor<R> p(*this, theta_p, require_p);
    const Factor<R> q(*this, theta_q, require_q);
    Buffer<R, 64> step(packed());
    Buffer<R, 64> e(packed());
    for (Index k = 0; k < packed(); ++k) e[k] = theta_q[d + k] - theta_p[d + k];
    definite::from_natural_block(d, e.data(), step.data());
    symmetric::whiten<R>(d, p.l(), step.data(), e.data());
    const auto [spread, smallest] = definite::trace_less_log_determinant<R>(d, e.data());
    R sum = spread;
    // A small pivot has lost the digits of 1 + e_j (and a NaN all of them): then by the two determinants.
    const mask_of<R> near = smallest > S(0.1);
    if (!all(near)) sum = select(near, sum, trace_less_log_determinant(p, q));
    return S(0.5) * (sum + squared_pull(theta_p, theta_q, p, q, step.data()));
  }
  /// log N(y; m, S).
  template <class R>
  R log_density_of(const R* theta, const R* y) const {
    using S = scalar_of<R>;
    const Factor<R> factor(*this, theta);
    Buffer<R> m(d);
    factor.mean(theta, m.data());
    R square = broadcast<R>(0);
    for (Index i = 0; i < d; ++i) m[i] = y[i] - m[i];
    for (Index j = 0; j < d; ++j) {  // L^T (y - m)
      R sum = m[j] / factor.l()[symmetric::at(j, j)];
      for (Index i = j + 1; i < d; ++i) sum += factor.l()[symmetric::at(i, j)] * m[i];
      square += sum * sum;
    }
    return S(0.5) * (symmetric::log_determinant<R>(d, factor.l()) - square) - S(d) * half_log_two_pi<S>;
  }

  template <class R>
  void fisher_multiply(const R* theta, const R* v, R* out) const {
    // dS = S B S with B = -dP = 2 dTheta_2; dm = S (a + B m); d(m m^T + S) = dS + dm m^T + m dm^T.
    Buffer<R, 64> c(size());
    to_centred<R>(theta, c.data());
    const R* m = c.data();
    const R* covariance = c.data() + d;
    Buffer<R, 64> b(packed());
    definite::from_natural_block(d, v + d, b.data());
    for (Index k = 0; k < packed(); ++k) b[k] = -b[k];
    Buffer<R> g(d);
    symmetric::multiply<R>(d, b.data(), m, g.data());
    for (Index i = 0; i < d; ++i) g[i] += v[i];
    symmetric::multiply<R>(d, covariance, g.data(), out);
    symmetric::sandwich<R>(d, covariance, b.data(), out + d);
    for (Index i = 0; i < d; ++i) {
      for (Index j = 0; j <= i; ++j) out[d + symmetric::at(i, j)] += out[i] * m[j] + m[i] * out[j];
    }
  }
  template <class R>
  void fisher_dense(const R* theta, R* out) const {
    // Cov(x_i, x_k x_l) = S_ik m_l + S_il m_k, and Cov(x_i x_j, x_k x_l) = (S_ik + m_i m_k) S_jl + S_ik m_j m_l +
    // (S_il + m_i m_l) S_jk + S_il m_j m_k (Isserlis 1918).
    const Index n = size();
    Buffer<R, 64> c(n);
    to_centred<R>(theta, c.data());
    const R* m = c.data();
    const auto s = [&](Index i, Index j) { return c[d + symmetric::either(i, j)]; };
    for (Index i = 0; i < d; ++i) {
      for (Index j = 0; j < d; ++j) out[i * n + j] = s(i, j);
    }
    for (Index k = 0; k < d; ++k) {
      for (Index l = 0; l <= k; ++l) {
        const Index b = d + symmetric::at(k, l);
        for (Index i = 0; i < d; ++i) out[i * n + b] = out[b * n + i] = s(i, k) * m[l] + s(i, l) * m[k];
        for (Index i = 0; i <= k; ++i) {
          for (Index j = 0; j <= i; ++j) {
            const Index a = d + symmetric::at(i, j);
            out[a * n + b] = out[b * n + a] = ((s(i, k) + m[i] * m[k]) * s(j, l) + s(i, k) * (m[j] * m[l])) +
                                              ((s(i, l) + m[i] * m[l]) * s(j, k) + s(i, l) * (m[j] * m[k]));
          }
        }
      }
    }
  }
  template <class R>
  void fisher_solve(const R* theta, const R* v, R* out) const {
    // The inverse of fisher_multiply: dS = V - u m^T - m u^T, dP = -P dS P, d(P m) = dP m + P u.
    const Factor<R> factor(*this, theta);
    Buffer<R> m(d);
    factor.mean(theta, m.data());
    Buffer<R, 64> p(packed());
    precision(theta, p.data());
    Buffer<R, 64> covariance_step(packed());
    for (Index i = 0; i < d; ++i) {
      for (Index j = 0; j <= i; ++j) {
        covariance_step[symmetric::at(i, j)] = v[d + symmetric::at(i, j)] - v[i] * m[j] - m[i] * v[j];
      }
    }
    Buffer<R, 64> b(packed());  // -dP
    symmetric::sandwich<R>(d, p.data(), covariance_step.data(), b.data());
    Buffer<R> bm(d);
    symmetric::multiply<R>(d, b.data(), m.data(), bm.data());
    symmetric::multiply<R>(d, p.data(), v, out);
    for (Index i = 0; i < d; ++i) out[i] -= bm[i];
    for (Index k = 0; k < packed(); ++k) out[d + k] = -b[k];
    definite::to_natural_block(d, out + d);
  }
  template <class R>
  R fisher_log_determinant(const R* theta) const {
    // |d(S)/d(theta_2)| = |S|^(d+1) 2^d in packed coordinates, and |dm/d(theta_1)| = |S|.
    using S = scalar_of<R>;
    const Factor<R> factor(*this, theta);
    return S(d) * S(log_two) - S(d + 2) * symmetric::log_determinant<R>(d, factor.l());
  }

  template <class R>
  void statistics_of(const R* y, R* statistics) const {
    for (Index i = 0; i < d; ++i) {
      statistics[i] = y[i];
      for (Index j = 0; j <= i; ++j) statistics[d + symmetric::at(i, j)] = y[i] * y[j];
    }
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    using S = scalar_of<R>;
    Buffer<R, 64> c(size());
    copy(d, fields[0], c.data());
    for (Index i = 0; i < d; ++i) {
      for (Index j = 0; j <= i; ++j) {
        c[d + symmetric::at(i, j)] = S(0.5) * (fields[1][i * d + j] + fields[1][j * d + i]);
      }
    }
    from_centred<R>(c.data(), theta);
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    Buffer<R, 64> c(size());
    to_centred<R>(theta, c.data());
    copy(d, c.data(), fields[0]);
    for (Index i = 0; i < d; ++i) {
      for (Index j = 0; j < d; ++j) fields[1][i * d + j] = c[d + symmetric::either(i, j)];
    }
  }
  template <class R>
  R step_to_boundary(const R* theta, const R* direction) const {
    const Factor<R> factor(*this, theta);
    Buffer<R, 64> step(packed());
    definite::from_natural_block(d, direction + d, step.data());
    return definite::step_in_cone<R>(d, factor.l(), step.data());
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    // mu is inside exactly while the augmented [[1, m^T], [m, M]] is positive definite, which is linear in beta.
    const Index n = d + 1;
    Buffer<R, 64> l(symmetric::packed_size(n));
    Buffer<R, 64> step(symmetric::packed_size(n));
    augment(mu, 1, l.data());
    augment(direction, 0, step.data());
    symmetric::cholesky<R>(n, l.data());
    return definite::step_in_cone<R>(n, l.data(), step.data());
  }

  /// The Cholesky factor of the precision.
  template <class R>
  class Factor {
   public:
    template <class Require = Unasked>
    Factor(const MultivariateNormalKind& family, const R* theta, Require&& require = Require())
        : d_(family.d), l_(family.packed()) {
      family.precision(theta, l_.data());
      const R pivot = definite::cholesky<R>(d_, l_.data());
      require(pivot > scalar_of<R>(0), pivot, "precision must be positive definite");
    }
    const R* l() const { return l_.data(); }
    void mean(const R* theta, R* m) const {
      copy(d_, theta, m);
      symmetric::solve<R>(d_, l(), m);
    }

   private:
    Index d_;
    Buffer<R, 64> l_;
  };

  /// tr(P_p^-1 P_q) - d - log det(P_p^-1 P_q).
  template <class R>
  R trace_less_log_determinant(const Factor<R>& p, const Factor<R>& q) const {
    using S = scalar_of<R>;
    return symmetric::log_determinant<R>(d, p.l()) - symmetric::log_determinant<R>(d, q.l()) +
           (definite::trace_of_ratio<R>(d, p.l(), q.l()) - S(d));
  }

  /// |L_q^-1 P_q (m_q - m_p)|^2, P_q (m_q - m_p) = P_q m_q - P_p m_p - `step` m_p from the differences of the points or
  /// from those of the means, whichever have the smaller terms.
  template <class R>
  R squared_pull(const R* theta_p, const R* theta_q, const Factor<R>& p, const Factor<R>& q, const R* step) const {
    Buffer<R> means(2 * d);
    R* m_p = means.data();
    R* m_q = m_p + d;
    p.mean(theta_p, m_p);
    q.mean(theta_q, m_q);
    Buffer<R> pull(d);
    symmetric::multiply<R>(d, step, m_p, pull.data());
    const auto first = [&](auto j) { return at(theta_q, j) - at(theta_p, j); };
    const R points = largest<R>(d, [&](auto j) { return abs(first(j)); }) +
                     largest<R>(d, [&](auto j) { return abs(at(pull.data(), j)); });
    const R means_size =
        largest<R>(d, [&](auto j) { return abs(at(m_p, j)); }) + largest<R>(d, [&](auto j) { return abs(at(m_q, j)); });
    R precision_size = broadcast<R>(0);
    for (Index j = 0; j < d; ++j) {  // the largest entry of a positive definite matrix is on its diagonal
      precision_size = max(precision_size, scalar_of<R>(-2) * theta_q[d + symmetric::at(j, j)]);
    }
    const mask_of<R> by_points = points < precision_size * means_size;
    each<R>(d, [&](auto j) { put(pull.data(), j, first(j) - at(pull.data(), j)); });
    symmetric::lower_solve<R>(d, q.l(), pull.data());
    R sum = broadcast<R>(0);
    for (Index j = 0; j < d; ++j) {  // L_q^T (m_q - m_p)
      R turned = (m_q[j] - m_p[j]) / q.l()[symmetric::at(j, j)];
      for (Index i = j + 1; i < d; ++i) turned += q.l()[symmetric::at(i, j)] * (m_q[i] - m_p[i]);
      const R chosen = select(by_points, pull[j], turned);
      sum += chosen * chosen;
    }
    return sum;
  }

  template <class R>
  static void copy(Index n, const R* from, R* to) {
    for (Index i = 0; i < n; ++i) to[i] = from[i];
  }
  template <class R>
  void precision(const R* theta, R* matrix) const {
    definite::from_natural_block(d, theta + d, matrix);
  }
  template <class R>
  void centre(const R* mu, R* covariance) const {
    for (Index i = 0; i < d; ++i) {
      for (Index j = 0; j <= i; ++j) covariance[symmetric::at(i, j)] = mu[d + symmetric::at(i, j)] - mu[i] * mu[j];
    }
  }
  template <class R>
  void augment(const R* mu, int corner, R* matrix) const {
    matrix[0] = broadcast<R>(scalar_of<R>(corner));
    for (Index i = 0; i < d; ++i) {
      matrix[symmetric::at(i + 1, 0)] = mu[i];
      for (Index j = 0; j <= i; ++j) matrix[symmetric::at(i + 1, j + 1)] = mu[d + symmetric::at(i, j)];
    }
  }
  template <class R, class Require>
  void positive_definite(R* covariance, Require& require) const {
    using S = scalar_of<R>;
    const R pivot = definite::cholesky<R>(d, covariance);
    require(pivot > S(0), pivot, "covariance must be positive definite");
  }
};

}  // namespace natgrad
