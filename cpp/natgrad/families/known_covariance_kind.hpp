#pragma once

#include <array>
#include <string>
#include <vector>

#include "natgrad/base/buffer.hpp"
#include "natgrad/families/closed_forms.hpp"
#include "natgrad/families/family.hpp"
#include "natgrad/families/statements.hpp"

namespace natgrad {

/// A known symmetric positive definite matrix: itself, its Cholesky factor and its spectrum.
class KnownMatrix {
 public:
  /// Throws std::invalid_argument, naming the hyperparameter, where the matrix is not symmetric positive definite.
  KnownMatrix(const char* family, const char* name, const Argument& matrix);
  /// [[1]].
  KnownMatrix() : n(1), full{1}, factor{1}, factor_transposed{1}, values{1}, vectors{1}, vectors_transposed{1} {}

  Index n;
  double log_determinant = 0;
  std::vector<double> full;                         // n x n, as all the others
  std::vector<double> factor, factor_transposed;    // L, lower: full = L L^T
  std::vector<double> values;                       // eigenvalues
  std::vector<double> vectors, vectors_transposed;  // an eigenvector a row, a column
};

/// What the families share that are Normal with a known covariance: an r x c matrix X of mean M whose rows have the
/// covariance U and whose columns V, vec X ~ N(vec M, U (x) V). T(x) = X, theta = U^-1 M V^-1, mu = M = U theta V,
/// A = <theta, U theta V> / 2 + log det(2 pi U (x) V) / 2, h = exp(-<X, U^-1 X V^-1> / 2), F v = U v V.
struct KnownCovarianceKind {
  using kind = KnownCovarianceKind;
  static constexpr Structure structure = Structure::blocks;
  static constexpr Index longest_row_across = 256;

  KnownMatrix u;
  KnownMatrix v;

  Index size() const { return u.n * v.n; }
  std::vector<Field> standard() const { return {{"mean", event_shape()}}; }
  Shape event_shape() const { return as_matrix ? Shape{u.n, v.n} : Shape{u.n}; }
  std::string coordinate(Index j) const {
    std::string name = "precision_times_mean[" + std::to_string(j / v.n);
    if (as_matrix) name.append(1, ',').append(std::to_string(j % v.n));
    return name.append(1, ']');
  }
  bool as_matrix = false;

  template <class R, class Require>
  void natural_domain(const R*, Require&) const {}
  template <class R, class Require>
  void mean_domain(const R*, Require&) const {}
  template <class R, class Require>
  void standard_domain(const R* const*, Require&) const {}
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    for (Index j = 0; j < size(); ++j) require(is_finite(x[j]), x[j], "x must be finite");
  }

  template <class R>
  R log_partition(const R* theta) const {
    using S = scalar_of<R>;
    return S(0.5) * quadratic(theta) + S(half_log());
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    multiply(theta, mu);
  }
  template <class R>
  void to_natural(const R* mu, R* theta) const {
    for (Index j = 0; j < size(); ++j) theta[j] = mu[j];
    solve(theta);
  }
  template <class R>
  R dual_at(const R* theta) const {
    using S = scalar_of<R>;
    return S(0.5) * quadratic(theta) - S(half_log());
  }
  template <class R>
  R entropy(const R*) const {
    using S = scalar_of<R>;
    return broadcast<R>(S(half_log() + 0.5 * static_cast<double>(size())));
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    Buffer<R> step(size());
    for (Index j = 0; j < size(); ++j) step[j] = theta_q[j] - theta_p[j];
    return scalar_of<R>(0.5) * quadratic(static_cast<const R*>(step.data()));
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    using S = scalar_of<R>;
    Buffer<R> distance(size());
    multiply(theta, distance.data());
    for (Index j = 0; j < size(); ++j) distance[j] = x[j] - distance[j];
    return S(-0.5) * squared_length(distance.data()) - S(half_log());
  }

  template <class R>
  void fisher_multiply(const R*, const R* direction, R* out) const {
    multiply(direction, out);
  }
  /// In the eigenvectors of U and V, F is diagonal; without damping by the Cholesky factors, which keep the digits of
  /// badly scaled coordinates.
  template <class R>
  mask_of<R> fisher_solve(const R*, const R* direction, R damping, R* out) const {
    using S = scalar_of<R>;
    to_natural(direction, out);
    const mask_of<R> damped = damping > S(0);
    if (any(damped)) {
      Buffer<R> turned(size());
      turn(direction, turned.data());
      for (Index j = 0; j < size(); ++j) turned[j] = turned[j] / (eigenvalue<S>(j) + damping);
      Buffer<R> back(size());
      turn_back(static_cast<const R*>(turned.data()), back.data());
      for (Index j = 0; j < size(); ++j) out[j] = select(damped, back[j], out[j]);
    }
    return damping == damping;
  }
  template <class R>
  void fisher_dense(const R*, R* out) const {
    const Index n = size();
    for (Index a = 0; a < n; ++a) {
      for (Index b = 0; b < n; ++b) {
        const double entry = u.full[place((a / v.n) * u.n + b / v.n)] * v.full[place((a % v.n) * v.n + b % v.n)];
        out[a * n + b] = broadcast<R>(scalar_of<R>(entry));
      }
    }
  }
  template <class R>
  R fisher_log_determinant(const R*) const {
    return broadcast<R>(scalar_of<R>(log_determinant()));
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    for (Index j = 0; j < size(); ++j) statistics[j] = x[j];
  }
  template <class R>
  R log_base_measure(const R* x) const {
    Buffer<R> copy(size());
    for (Index j = 0; j < size(); ++j) copy[j] = x[j];
    return scalar_of<R>(-0.5) * squared_length(copy.data());
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    using S = scalar_of<R>;
    return S(-0.5) * (quadratic(theta) + S(size()));
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    to_natural(fields[0], theta);
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    to_mean(theta, fields[0]);
  }

  // --- the matrices at work, for families of a related covariance too ---

  /// out <- U X V.
  template <class R>
  void multiply(const R* x, R* out) const {
    sides(u.full, v.full, x, out);
  }
  /// X <- L_U^-1 X L_V^-T.
  template <class R>
  void whiten(R* x) const {
    using S = scalar_of<R>;
    for (Index j = 0; j < v.n; ++j) {
      for (Index i = 0; i < u.n; ++i) {
        R sum = x[i * v.n + j];
        for (Index k = 0; k < i; ++k) sum -= S(u.factor[place(i * u.n + k)]) * x[k * v.n + j];
        x[i * v.n + j] = sum / S(u.factor[place(i * u.n + i)]);
      }
    }
    for (Index i = 0; i < u.n; ++i) {
      for (Index j = 0; j < v.n; ++j) {
        R sum = x[i * v.n + j];
        for (Index k = 0; k < j; ++k) sum -= S(v.factor[place(j * v.n + k)]) * x[i * v.n + k];
        x[i * v.n + j] = sum / S(v.factor[place(j * v.n + j)]);
      }
    }
  }
  /// X <- U^-1 X V^-1.
  template <class R>
  void solve(R* x) const {
    using S = scalar_of<R>;
    whiten(x);
    for (Index j = 0; j < v.n; ++j) {
      for (Index i = u.n; i-- > 0;) {
        R sum = x[i * v.n + j];
        for (Index k = i + 1; k < u.n; ++k) sum -= S(u.factor[place(k * u.n + i)]) * x[k * v.n + j];
        x[i * v.n + j] = sum / S(u.factor[place(i * u.n + i)]);
      }
    }
    for (Index i = 0; i < u.n; ++i) {
      for (Index j = v.n; j-- > 0;) {
        R sum = x[i * v.n + j];
        for (Index k = j + 1; k < v.n; ++k) sum -= S(v.factor[place(k * v.n + j)]) * x[i * v.n + k];
        x[i * v.n + j] = sum / S(v.factor[place(j * v.n + j)]);
      }
    }
  }
  /// <X, U^-1 X V^-1>, of what is then spoilt.
  template <class R>
  R squared_length(R* x) const {
    whiten(x);
    return dot<R>(size(), x, x);
  }
  /// <theta, U theta V> = |L_U^T theta L_V|^2: a sum of squares.
  template <class R>
  R quadratic(const R* theta) const {
    Buffer<R> turned(size());
    sides(u.factor_transposed, v.factor_transposed, theta, turned.data());
    return dot<R>(size(), turned.data(), turned.data());
  }
  /// out <- X in the eigenvectors of U and V, and back.
  template <class R>
  void turn(const R* x, R* out) const {
    sides(u.vectors, v.vectors, x, out);
  }
  template <class R>
  void turn_back(const R* x, R* out) const {
    sides(u.vectors_transposed, v.vectors_transposed, x, out);
  }
  /// Of F, which is diagonal in them.
  template <class S>
  S eigenvalue(Index j) const {
    return S(u.values[place(j / v.n)] * v.values[place(j % v.n)]);
  }

 private:
  static std::size_t place(Index i) { return static_cast<std::size_t>(i); }
  double log_determinant() const {
    return static_cast<double>(v.n) * u.log_determinant + static_cast<double>(u.n) * v.log_determinant;
  }
  double half_log() const { return static_cast<double>(size()) * half_log_two_pi<double> + 0.5 * log_determinant(); }

  /// out <- A X B^T for square A and B.
  template <class R>
  void sides(const std::vector<double>& a, const std::vector<double>& b, const R* x, R* out) const {
    using S = scalar_of<R>;
    Buffer<R> half(size());
    for (Index i = 0; i < u.n; ++i) {
      for (Index j = 0; j < v.n; ++j) {
        R sum = broadcast<R>(0);
        for (Index k = 0; k < v.n; ++k) sum += S(b[place(j * v.n + k)]) * x[i * v.n + k];
        half[i * v.n + j] = sum;
      }
    }
    for (Index i = 0; i < u.n; ++i) {
      for (Index j = 0; j < v.n; ++j) {
        R sum = broadcast<R>(0);
        for (Index k = 0; k < u.n; ++k) sum += S(a[place(i * u.n + k)]) * half[k * v.n + j];
        out[i * v.n + j] = sum;
      }
    }
  }
};

}  // namespace natgrad
