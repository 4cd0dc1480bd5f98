#pragma once

#include "natgrad/base/gamma_functions.hpp"
#include "natgrad/base/newton.hpp"
#include "natgrad/families/definite.hpp"
#include "natgrad/families/family.hpp"
#include "natgrad/families/gamma_divergence.hpp"
#include "natgrad/families/statements.hpp"

namespace natgrad {

/// What the families share in which Y = X or Y = X^-1 has a Wishart distribution of 2 a degrees of freedom and scale
/// V = N^-1: T = (log det X, packed Y), theta = (sign a, packed -N / 2 with off-diagonals doubled),
/// A = log Gamma_d(a) - a log det(N / 2), h = det X^(-(d + 1) / 2), mu = (sign (sum psi(a_j) - log det(N / 2)), 2 a V),
/// a_j = a - j / 2, j < d (Muirhead 1982, Aspects of Multivariate Statistical Theory, section 3.2). Centred mean
/// coordinates: [-sign G(a), packed 2 a V], G(a) = sum of log a - psi(a_j) = log det E Y - E log det Y > 0.
struct WishartKind {
  using kind = WishartKind;
  static constexpr bool states_all = true;
  static constexpr Structure structure = Structure::matrix_free;
  static constexpr std::array parameters{Parameter{"dimension", true, 1}};
  static constexpr Index longest_row_across = 1 + symmetric::packed_size(32);

  /// Conditions on the means of Y and of log det Y.
  struct Words {
    const char* mean;
    const char* gap;
  };

  Index d;
  double sign;
  Words words;

  Index size() const { return 1 + packed(); }
  Index packed() const { return symmetric::packed_size(d); }
  std::string coordinate(Index j) const {
    if (j == 0) return sign > 0 ? "half_degrees_of_freedom" : "negative_half_degrees_of_freedom";
    const Index row = definite::row_of(j - 1);
    const Index column = j - 1 - symmetric::at(row, 0);
    const std::string matrix = sign > 0 ? "inverse_scale[" : "scale[";
    return (row == column ? "negative_half_" : "negative_") + matrix + std::to_string(row) + "," +
           std::to_string(column) + "]";
  }
  Shape event_shape() const { return {d, d}; }
  std::vector<Field> standard() const { return {{"degrees_of_freedom", {}}, {"scale", {d, d}}}; }

  template <class R>
  R half_degrees(const R* theta) const {
    return scalar_of<R>(sign) * theta[0];
  }
  template <class R>
  R excess(R a) const {
    return a - least<R>();
  }

  template <class R, class Require>
  void natural_domain(const R* theta, Require& require) const {
    using S = scalar_of<R>;
    const R a = half_degrees(theta);
    require(excess(a) > S(0), S(2) * a, "degrees_of_freedom must be > dimension - 1");
    const R pivot = smallest_pivot(theta);
    require(pivot > S(0), pivot, sign > 0 ? "inverse scale must be positive definite" : scale_text);
  }
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    Buffer<R, 64> l(packed());
    copy(packed(), mu + 1, l.data());
    require_definite(l.data(), words.mean, require);
    const R gap = symmetric::log_determinant<R>(d, l.data()) - scalar_of<R>(sign) * mu[0];
    require(gap > scalar_of<R>(0), gap, words.gap);
  }
  template <class R, class Require>
  void centred_domain(const R* c, Require& require) const {
    using S = scalar_of<R>;
    Buffer<R, 64> l(packed());
    copy(packed(), c + 1, l.data());
    require_definite(l.data(), words.mean, require);
    require(S(sign) * c[0] < S(0), S(-sign) * c[0], words.gap);
  }
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    using S = scalar_of<R>;
    require(fields[0][0] > S(d - 1), fields[0][0], "degrees_of_freedom must be > dimension - 1");
    Buffer<R, 64> scale(packed());
    definite::symmetrised(d, fields[1], scale.data(), "scale must be symmetric", require);
    require_definite(scale.data(), scale_text, require);
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    Buffer<R, 64> matrix(packed());
    definite::symmetrised(d, x, matrix.data(), "x must be symmetric", require);
    require_definite(matrix.data(), "x must be positive definite", require);
  }

  template <class R>
  NATGRAD_CALLED R log_partition(const R* theta) const {
    // lgamma(x) = x psi(x) - x - lgamma_dual(x): a_j meets psi(a_j) and the logarithms of N in one small factor.
    using S = scalar_of<R>;
    const R a = half_degrees(theta);
    Buffer<R, 64> l(packed());
    factor(theta, l.data());
    R sum = broadcast<R>(S(quarter_pairs() * log_pi));
    for (Index j = 0; j < d; ++j) {
      const R r = l[symmetric::at(j, j)];
      const R a_j = part(a, j);
      sum += (a_j * (mean_of_log(a_j, r) - S(1)) - lgamma_dual(a_j)) + half<R>(j) * log(S(2) * r * r);
    }
    return sum;
  }
  template <class R>
  NATGRAD_CALLED void to_mean(const R* theta, R* mu) const {
    Buffer<R, 64> l(packed());
    factor(theta, l.data());
    mu[0] = mean_of_log_determinant(theta, l.data());
    mean_matrix(half_degrees(theta), l.data(), mu + 1);
  }
  template <class R>
  NATGRAD_CALLED void to_centred(const R* theta, R* c) const {
    Buffer<R, 64> l(packed());
    factor(theta, l.data());
    const R a = half_degrees(theta);
    c[0] = scalar_of<R>(-sign) * gap(a);
    mean_matrix(a, l.data(), c + 1);
  }
  template <class R>
  Iterations<R> from_centred(const R* c, R* theta) const {
    Buffer<R, 64> l(packed());
    copy(packed(), c + 1, l.data());
    symmetric::cholesky<R>(d, l.data());
    return from_gap(scalar_of<R>(-sign) * c[0], l.data(), theta);
  }
  template <class R>
  Iterations<R> to_natural(const R* mu, R* theta) const {
    Buffer<R, 64> l(packed());
    copy(packed(), mu + 1, l.data());
    symmetric::cholesky<R>(d, l.data());
    return from_gap(symmetric::log_determinant<R>(d, l.data()) - scalar_of<R>(sign) * mu[0], l.data(), theta);
  }
  template <class R>
  NATGRAD_CALLED R dual_at(const R* theta) const {
    // sum of a_j psi(a_j) - a_j - lgamma(a_j) + (psi(a_j) - 1) j / 2.
    using S = scalar_of<R>;
    const R a = half_degrees(theta);
    R sum = broadcast<R>(S(-quarter_pairs() * log_pi));
    for (Index j = 0; j < d; ++j) sum += lgamma_dual(part(a, j)) + half<R>(j) * (digamma(part(a, j)) - S(1));
    return sum;
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    Buffer<R, 64> p(packed());
    Buffer<R, 64> q(packed());
    definite::from_natural_block(d, theta_p + 1, p.data());
    definite::from_natural_block(d, theta_q + 1, q.data());
    return divergence(half_degrees(theta_p), half_degrees(theta_q), p.data(), q.data(), static_cast<const R*>(nullptr));
  }
  /// KL from half degrees a and matrix p to c and q, which become their Cholesky factors; `error`, unless null, is what
  /// the difference q - p has lost.
  template <class R>
  R divergence(R a, R c, R* p, R* q, const R* error) const {
    // The ratio's is that of the means; the Bregman divergence from a to c of sum lgamma(x_j) - d x log x is that of
    // the degrees of freedom at one mean.
    const R ratios = ratio_spread(d, a, c, p, q, error);
    return degrees_divergence(a, c) + c * ratios;
  }
  /// tr E - log det(I + E) with I + E the ratio (p / a)^-1 (q / c), whitened; p, q and `error` as of `divergence`.
  template <class R>
  NATGRAD_CALLED static R ratio_spread(Index d, R a, R c, R* p, R* q, const R* error) {
    using S = scalar_of<R>;
    const Index size = symmetric::packed_size(d);
    Buffer<R, 64> e(size);
    const mask_of<R> close = abs(c - a) <= S(0.5) * a;
    for (Index k = 0; k < size; ++k) {
      const R step = error == nullptr ? q[k] - p[k] : (q[k] - p[k]) + error[k];
      e[k] = (a / c) * less_multiple(select(close, step, q[k]), select(close, c - a, c), p[k], a);
    }
    symmetric::cholesky<R>(d, p);
    symmetric::cholesky<R>(d, q);
    Buffer<R, 64> whitened(size);
    symmetric::whiten<R>(d, p, e.data(), whitened.data());
    const auto [spread, smallest] = definite::trace_less_log_determinant<R>(d, whitened.data());
    const mask_of<R> near = smallest > S(0.1);
    if (all(near)) return spread;
    const R trace = (a / c) * definite::trace_of_ratio<R>(d, p, q);
    const R log_determinant =
        S(d) * log(a / c) + (symmetric::log_determinant<R>(d, q) - symmetric::log_determinant<R>(d, p));
    return select(near, spread, (trace - S(d)) - log_determinant);
  }

  // With B = -dN: d log det V = tr(V B), dV = V B V, so dmu = (sign (sum psi'(a_j) da + tr(V B)), 2 da V + 2 a V B V).
  template <class R>
  NATGRAD_CALLED void fisher_multiply(const R* theta, const R* v, R* out) const {
    using S = scalar_of<R>;
    const R a = half_degrees(theta);
    Buffer<R, 64> scale(packed());
    inverse_of(theta, scale.data());
    Buffer<R, 64> b(packed());
    definite::from_natural_block(d, v + 1, b.data());
    for (Index k = 0; k < packed(); ++k) b[k] = -b[k];
    symmetric::sandwich<R>(d, scale.data(), b.data(), out + 1);
    const R da = S(sign) * v[0];
    R trace = broadcast<R>(0);
    for (Index k = 0; k < packed(); ++k) {
      trace += scale[k] * v[1 + k];
      out[1 + k] = S(2) * (a * out[1 + k] + da * scale[k]);
    }
    out[0] = S(sign) * (trigammas(a) * da + S(2) * trace);
  }
  template <class R>
  NATGRAD_CALLED void fisher_dense(const R* theta, R* out) const {
    using S = scalar_of<R>;
    const Index n = size();
    const R a = half_degrees(theta);
    Buffer<R, 64> scale(packed());
    inverse_of(theta, scale.data());
    const auto s = [&](Index i, Index j) { return scale[symmetric::either(i, j)]; };
    out[0] = trigammas(a);
    for (Index k = 0; k < packed(); ++k) out[1 + k] = out[(1 + k) * n] = S(2 * sign) * scale[k];
    for (Index i = 0; i < d; ++i) {
      for (Index j = 0; j <= i; ++j) {
        for (Index k = 0; k < d; ++k) {
          for (Index l = 0; l <= k; ++l) {
            out[(1 + symmetric::at(i, j)) * n + 1 + symmetric::at(k, l)] =
                S(2) * a * (s(i, k) * s(j, l) + s(i, l) * s(j, k));
          }
        }
      }
    }
  }
  template <class R>
  NATGRAD_CALLED void fisher_solve(const R* theta, const R* v, R* out) const {
    // 2 a B = N (W - 2 da V) N; into the first line, where sum psi'(a_j) - d / a is left of da.
    using S = scalar_of<R>;
    const R a = half_degrees(theta);
    Buffer<R, 64> n(packed());
    definite::from_natural_block(d, theta + 1, n.data());
    R trace = broadcast<R>(0);
    for (Index i = 0; i < d; ++i) {
      for (Index j = 0; j < i; ++j) trace += S(2) * (n[symmetric::at(i, j)] * v[1 + symmetric::at(i, j)]);
      trace += n[symmetric::at(i, i)] * v[1 + symmetric::at(i, i)];
    }
    const R da = (S(sign) * v[0] - trace / (S(2) * a)) / curvature(a);
    symmetric::sandwich<R>(d, n.data(), v + 1, out + 1);
    for (Index k = 0; k < packed(); ++k) out[1 + k] = -(S(0.5) * out[1 + k] - da * n[k]) / a;
    definite::to_natural_block(d, out + 1);
    out[0] = S(sign) * da;
  }
  template <class R>
  NATGRAD_CALLED R fisher_log_determinant(const R* theta) const {
    // As for MultivariateNormal |d(V)/d(theta_2)| = |V|^(d+1) 2^d; E Y = 2 a V.
    using S = scalar_of<R>;
    const R a = half_degrees(theta);
    Buffer<R, 64> l(packed());
    factor(theta, l.data());
    return log(curvature(a)) + S(packed()) * log(S(2) * a) + S(d) * S(log_two) -
           S(d + 1) * symmetric::log_determinant<R>(d, l.data());
  }

  template <class R>
  NATGRAD_CALLED void sufficient_statistics(const R* x, R* statistics) const {
    if (d == 1) {  // a logarithm that keeps its digits near 0
      statistics[0] = log(x[0]);
      statistics[1] = sign > 0 ? x[0] : scalar_of<R>(1) / x[0];
      return;
    }
    Buffer<R, 64> l(packed());
    symmetric_part(x, l.data());
    if (sign > 0) copy(packed(), l.data(), statistics + 1);
    symmetric::cholesky<R>(d, l.data());
    statistics[0] = symmetric::log_determinant<R>(d, l.data());
    if (sign < 0) symmetric::inverse<R>(d, l.data(), statistics + 1);
  }
  template <class R>
  R log_base_measure(const R* x) const {
    Buffer<R, 64> l(packed());
    symmetric_part(x, l.data());
    symmetric::cholesky<R>(d, l.data());
    return scalar_of<R>(-0.5) * scalar_of<R>(d + 1) * symmetric::log_determinant<R>(d, l.data());
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    return scalar_of<R>(-0.5) * scalar_of<R>(d + 1) * expected_log_determinant(theta);
  }
  /// E log det X.
  template <class R>
  NATGRAD_CALLED R expected_log_determinant(const R* theta) const {
    Buffer<R, 64> l(packed());
    factor(theta, l.data());
    return mean_of_log_determinant(theta, l.data());
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    theta[0] = scalar_of<R>(0.5 * sign) * fields[0][0];
    if (sign > 0) {
      Buffer<R, 64> l(packed());
      symmetric_part(fields[1], l.data());
      symmetric::cholesky<R>(d, l.data());
      symmetric::inverse<R>(d, l.data(), theta + 1);
    } else {
      symmetric_part(fields[1], theta + 1);
    }
    definite::to_natural_block(d, theta + 1);
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    Buffer<R, 64> scale(packed());
    fields[0][0] = scalar_of<R>(2 * sign) * theta[0];
    if (sign > 0) {
      inverse_of(theta, scale.data());
    } else {
      definite::from_natural_block(d, theta + 1, scale.data());
    }
    for (Index i = 0; i < d; ++i) {
      for (Index j = 0; j < d; ++j) fields[1][i * d + j] = scale[symmetric::either(i, j)];
    }
  }
  template <class R>
  R step_to_boundary(const R* theta, const R* direction) const {
    Buffer<R, 64> l(packed());
    factor(theta, l.data());
    Buffer<R, 64> step(packed());
    definite::from_natural_block(d, direction + 1, step.data());
    const R cone = definite::step_in_cone<R>(d, l.data(), step.data());
    return min(step_to_zero(excess(half_degrees(theta)), scalar_of<R>(sign) * direction[0]), cone);
  }
  template <class R>
  NATGRAD_CALLED R mean_step_to_boundary(const R* mu, const R* direction) const {
    // The root of the concave gap(beta) = log det(I + beta E) + gap - beta d_1 inside the cone I + beta E > 0.
    using S = scalar_of<R>;
    Buffer<R, 64> l(packed());
    copy(packed(), mu + 1, l.data());
    symmetric::cholesky<R>(d, l.data());
    const R room = symmetric::log_determinant<R>(d, l.data()) - S(sign) * mu[0];
    Buffer<R, 64> e(packed());
    symmetric::whiten<R>(d, l.data(), direction + 1, e.data());
    const R cone = definite::step_in_cone<R>(d, l.data(), direction + 1);
    const R rise = S(sign) * direction[0];
    Buffer<R, 64> there(packed());
    Buffer<R, 64> inverse(packed());
    struct Point {
      R value, slope;
    };
    const auto gap_at = [&](R beta) {
      for (Index i = 0; i < d; ++i) {
        for (Index j = 0; j <= i; ++j) there[symmetric::at(i, j)] = beta * e[symmetric::at(i, j)] + S(i == j ? 1 : 0);
      }
      const R pivot = symmetric::cholesky<R>(d, there.data());
      symmetric::inverse<R>(d, there.data(), inverse.data());
      R slope = -rise;
      for (Index i = 0; i < d; ++i) {
        for (Index j = 0; j < i; ++j) slope += S(2) * (inverse[symmetric::at(i, j)] * e[symmetric::at(i, j)]);
        slope += inverse[symmetric::at(i, i)] * e[symmetric::at(i, i)];
      }
      const R value = (symmetric::log_determinant<R>(d, there.data()) + room) - beta * rise;
      // Past the cone, where there is no logarithm: so far below 0 that the bracket is halved.
      const mask_of<R> inside = (pivot > S(0)) & is_finite(value) & is_finite(slope);
      constexpr S far = std::numeric_limits<S>::max();
      // Where it still rises the root is beyond, and so steep a step makes the bracket be halved.
      const R down = select(inside & (value > S(0)), min(slope, broadcast<R>(-std::numeric_limits<S>::min())), slope);
      return Point{select(inside, value, -far), select(inside, down, broadcast<R>(-1))};
    };
    const mask_of<R> ends = is_finite(cone);
    const mask_of<R> leaves = ends | (rise > S(0));
    R high = select(ends, cone, select(rise > S(0), room / rise, broadcast<R>(1)));
    for (int doubling = 0; doubling < 2200; ++doubling) {
      const mask_of<R> inside = leaves & (!ends) & (gap_at(high).value > S(0)) & is_finite(high);
      if (!any(inside)) break;
      high = select(inside, S(2) * high, high);
    }
    // Not from the cone's edge, where Newton's first steps are as short as the distance to it.
    const R start = select(leaves, select(ends, S(0.5) * high, high), broadcast<R>(0));
    const auto root = find_root<R>(gap_at, broadcast<R>(0), select(leaves, high, start), start, S(4) * epsilon<S>);
    return select(leaves, root.x, broadcast<R>(infinity<S>));
  }

  template <class R>
  static void copy(Index n, const R* from, R* to) {
    for (Index i = 0; i < n; ++i) to[i] = from[i];
  }

  /// (M + M^T) / 2, packed.
  template <class R>
  void symmetric_part(const R* full, R* matrix) const {
    for (Index i = 0; i < d; ++i) {
      for (Index j = 0; j <= i; ++j) {
        matrix[symmetric::at(i, j)] = scalar_of<R>(0.5) * (full[i * d + j] + full[j * d + i]);
      }
    }
  }
  /// scale <- V.
  template <class R>
  NATGRAD_CALLED void inverse_of(const R* theta, R* scale) const {
    Buffer<R, 64> l(packed());
    factor(theta, l.data());
    symmetric::inverse<R>(d, l.data(), scale);
  }

  static constexpr const char* scale_text = "scale must be positive definite";
  static constexpr double log_pi = 1.1447298858494001741434273513531;

  template <class R, class Require>
  void require_definite(R* matrix, const char* text, Require& require) const {
    const R pivot = symmetric::cholesky<R>(d, matrix);
    require(pivot > scalar_of<R>(0), pivot, text);
  }
  double quarter_pairs() const { return 0.25 * static_cast<double>(d) * static_cast<double>(d - 1); }
  template <class R>
  static R half(Index j) {
    return broadcast<R>(scalar_of<R>(0.5) * scalar_of<R>(j));
  }
  template <class R>
  R least() const {
    return half<R>(d - 1);
  }
  /// a_j.
  template <class R>
  static R part(R a, Index j) {
    return a - half<R>(j);
  }

  template <class R>
  NATGRAD_CALLED R smallest_pivot(const R* theta) const {
    Buffer<R, 64> l(packed());
    definite::from_natural_block(d, theta + 1, l.data());
    return symmetric::cholesky<R>(d, l.data());
  }
  /// l <- the Cholesky factor of N.
  template <class R>
  NATGRAD_CALLED void factor(const R* theta, R* l) const {
    definite::from_natural_block(d, theta + 1, l);
    symmetric::cholesky<R>(d, l);
  }
  template <class R>
  NATGRAD_CALLED void mean_matrix(R a, const R* l, R* matrix) const {
    symmetric::inverse<R>(d, l, matrix);
    for (Index k = 0; k < packed(); ++k) matrix[k] = scalar_of<R>(2) * a * matrix[k];
  }
  /// psi(a_j) + log 2 r^2, in which large degrees of freedom and a large N have cancelled beforehand.
  template <class R>
  NATGRAD_CALLED static R mean_of_log(R a_j, R r) {
    const auto parts = digamma_parts(a_j);
    return log((scalar_of<R>(2) * parts.y) * r * r) - parts.gap;
  }
  /// E log det X.
  template <class R>
  NATGRAD_CALLED R mean_of_log_determinant(const R* theta, const R* l) const {
    const R a = half_degrees(theta);
    R sum = broadcast<R>(0);
    for (Index j = 0; j < d; ++j) sum += mean_of_log(part(a, j), l[symmetric::at(j, j)]);
    return scalar_of<R>(sign) * sum;
  }
  /// G(a), every term positive.
  template <class R>
  NATGRAD_CALLED R gap(R a) const {
    R sum = broadcast<R>(0);
    for (Index j = 0; j < d; ++j) sum += log_minus_digamma(part(a, j)) + log1p(half<R>(j) / part(a, j));
    return sum;
  }
  /// -G'(a) = sum of psi'(a_j) - 1 / a, every term positive.
  template <class R>
  NATGRAD_CALLED R curvature(R a) const {
    R sum = broadcast<R>(0);
    for (Index j = 0; j < d; ++j) {
      const R a_j = part(a, j);
      sum += (trigamma_excess(a_j) + half<R>(j) / a) / a_j;
    }
    return sum;
  }
  template <class R>
  NATGRAD_CALLED R trigammas(R a) const {
    R sum = broadcast<R>(0);
    for (Index j = 0; j < d; ++j) sum += trigamma(part(a, j));
    return sum;
  }

  /// theta <- from G(a) and the Cholesky factor of E Y. Newton on G as a function of u = 1 / (a - (d - 1) / 2), which
  /// is nearly linear at both ends: G is above 1 / 2 of u (its last term) and below d (d + 3) / 4 of it.
  template <class R>
  NATGRAD_CALLED Iterations<R> from_gap(R target, const R* l, R* theta) const {
    using S = scalar_of<R>;
    constexpr S tolerance = std::is_same_v<S, double> ? S(1.5e-8) : S(4e-4);  // Newton squares it
    struct Point {
      R value, slope;
    };
    const auto beyond = [&](R u) {
      const R e = S(1) / u;
      const R a = e + least<R>();
      R value = -target;
      R slope = broadcast<R>(0);
      for (Index j = 0; j < d; ++j) {
        const R a_j = e + half<R>(d - 1 - j);
        value += log_minus_digamma(a_j) + log1p(half<R>(j) / a_j);
        slope += (trigamma_excess(a_j) + half<R>(j) / a) / a_j;
      }
      return Point{value, e * (e * slope)};
    };
    const S most = S(0.25) * S(d) * S(d + 3);
    const R few = (S(4) / (S(d) * S(d + 1))) * target;  // where G is small
    const R start = (few + target * target) / (S(1) + target);
    const auto root = find_root<R>(beyond, target / most, S(2) * target, start, tolerance);
    const R e = S(1) / root.x;
    const R a = e + least<R>();
    theta[0] = S(sign) * a;
    symmetric::inverse<R>(d, l, theta + 1);
    for (Index k = 0; k < packed(); ++k) theta[1 + k] = S(2) * a * theta[1 + k];
    definite::to_natural_block(d, theta + 1);
    const mask_of<R> found = root.converged & (excess(a) > S(0));
    return {root.iterations, found};
  }

  /// The Bregman divergence from a to c of sum lgamma(x_j) - d x log x: those of lgamma(x_j) - x_j log x_j, and those
  /// of x_j log x_j - x log x, whose curvature is (j / 2) / (x x_j).
  template <class R>
  NATGRAD_CALLED R degrees_divergence(R a, R c) const {
    using S = scalar_of<R>;
    const R step = c - a;
    const mask_of<R> close = are_close(excess(a), excess(c));
    R sum = broadcast<R>(0);
    for (Index j = 0; j < d; ++j) sum += shape_divergence(part(a, j), part(c, j));
    for (Index j = 1; j < d; ++j) {
      const R h = half<R>(j);
      const R apart = part(c, j) * log1p(h * (step / (part(a, j) * c))) - h * log_quotient(c, a);
      const R near = step * step * h * bregman_integral<R>([&](auto t) {
                       const R x = a + t * step;
                       return S(1) / (x * part(x, j));
                     });
      sum += select(close, near, apart);
    }
    return sum;
  }
};

// Compiled once (wishart_kind.cpp), for joint priors take them too.
#define NATGRAD_WISHART(how, R)                                                    \
  how template R WishartKind::log_partition<R>(const R*) const;                    \
  how template void WishartKind::to_mean<R>(const R*, R*) const;                   \
  how template void WishartKind::to_centred<R>(const R*, R*) const;                \
  how template Iterations<R> WishartKind::from_gap<R>(R, const R*, R*) const;      \
  how template R WishartKind::dual_at<R>(const R*) const;                          \
  how template R WishartKind::ratio_spread<R>(Index, R, R, R*, R*, const R*);      \
  how template R WishartKind::degrees_divergence<R>(R, R) const;                   \
  how template void WishartKind::fisher_multiply<R>(const R*, const R*, R*) const; \
  how template void WishartKind::fisher_solve<R>(const R*, const R*, R*) const;    \
  how template R WishartKind::fisher_log_determinant<R>(const R*) const;           \
  how template R WishartKind::expected_log_determinant<R>(const R*) const;         \
  how template void WishartKind::sufficient_statistics<R>(const R*, R*) const;     \
  how template R WishartKind::mean_step_to_boundary<R>(const R*, const R*) const;
#if defined(NATGRAD_ONE_LANE)
#define NATGRAD_WISHARTS(how)  \
  NATGRAD_WISHART(how, double) \
  NATGRAD_WISHART(how, float)
#else
#define NATGRAD_WISHARTS(how)        \
  NATGRAD_WISHART(how, Pack<double>) \
  NATGRAD_WISHART(how, Pack<float>)  \
  NATGRAD_WISHART(how, double)       \
  NATGRAD_WISHART(how, float)
#endif
NATGRAD_WISHARTS(extern)

}  // namespace natgrad
