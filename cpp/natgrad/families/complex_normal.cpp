#include <cmath>
#include <string>
#include <type_traits>

#include "natgrad/base/hermitian.hpp"
#include "natgrad/families/closed_forms.hpp"
#include "natgrad/families/definite.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Circular complex Normal on C^d with mean 0 and Hermitian covariance G = E z z^H, P = G^-1:
/// p(z) = pi^-d det P exp(-z^H P z) (Goodman 1963, Annals of Mathematical Statistics 34, theorem 2.1). T = packed z z^H
/// as in hermitian.hpp, theta = -P packed with off-diagonals doubled, A = d log pi - log det P, mu = packed G, h = 1.
struct ComplexNormal {
  static constexpr const char* name = "ComplexNormal";
  static constexpr Structure structure = Structure::matrix_free;
  static constexpr std::array parameters{Parameter{"dimension", true, 1}};
  static constexpr Index longest_row_across = hermitian::packed_size(32);

  Index d;

  static ComplexNormal from(std::span<const double> values) { return {static_cast<Index>(values[0])}; }
  Index size() const { return hermitian::packed_size(d); }
  std::string coordinate(Index j) const {
    Index row = static_cast<Index>(std::sqrt(static_cast<double>(j)));
    while (row * row > j) --row;  // the root may have been rounded to the next integer
    const Index beyond = j - row * row;
    const Index column = beyond / 2;
    const char* part = column == row ? "" : beyond % 2 == 0 ? "twice_real_" : "twice_imaginary_";
    return std::string("negative_") + part + "precision[" + std::to_string(row) + "," + std::to_string(column) + "]";
  }
  Shape event_shape() const { return {d, 2}; }
  std::vector<Field> standard() const { return {{"covariance", {d, d, 2}}}; }

  template <class R, class Require>
  void natural_domain(const R* theta, Require& require) const {
    require_definite(precision(theta), "precision must be positive definite", require);
  }
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    require_definite(covariance(mu), "covariance must be positive definite", require);
  }
  template <class R, class Require>
  NATGRAD_CALLED void standard_domain(const R* const* fields, Require& require) const {
    using S = scalar_of<R>;
    constexpr S tolerance = S(1e-6);  // products such as Z^H Z are Hermitian up to rounding
    R skew = broadcast<R>(0);
    mask_of<R> hermitian = skew == skew;
    for (Index i = 0; i < d; ++i) {
      for (Index j = 0; j <= i; ++j) {
        const auto lower = full(fields[0], i, j);
        const auto upper = full(fields[0], j, i);
        const R gap = max(abs(lower.re - upper.re), abs(lower.im + upper.im));
        const R scale = sqrt(abs(full(fields[0], i, i).re)) * sqrt(abs(full(fields[0], j, j).re));
        hermitian = hermitian & (gap <= tolerance * scale);
        skew = max(gap, skew);
      }
    }
    require(hermitian, skew, "covariance must be Hermitian");
    const hermitian::Factor<R> factor(d, [&](R* a) { hermitian_part(fields[0], a); });
    require_definite(factor, "covariance must be positive definite", require);
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    for (Index j = 0; j < 2 * d; ++j) require(is_finite(x[j]), x[j], "x must be finite");
  }

  template <class R>
  R log_partition(const R* theta) const {
    using S = scalar_of<R>;
    return S(d) * S(log_pi) - precision(theta).log_determinant();
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    precision(theta).inverse(mu);
  }
  template <class R>
  NATGRAD_CALLED void to_natural(const R* mu, R* theta) const {
    covariance(mu).inverse(theta);
    to_natural_block(theta);
  }
  template <class R>
  R dual_at(const R* theta) const {
    using S = scalar_of<R>;
    return precision(theta).log_determinant() - S(d) * S(1 + log_pi);
  }
  template <class R>
  R dual_log_partition(const R* mu) const {
    using S = scalar_of<R>;
    return -covariance(mu).log_determinant() - S(d) * S(1 + log_pi);
  }
  template <class R>
  NATGRAD_CALLED R kl_divergence(const R* theta_p, const R* theta_q) const {
    // tr E - log det(I + E) with E = L_p^-1 (P_q - P_p) L_p^-H, half of that of the real forms.
    using S = scalar_of<R>;
    const hermitian::Factor<R> p = precision(theta_p);
    Buffer<R, 64> difference(size());
    Buffer<R, 64> step(size());
    for (Index k = 0; k < size(); ++k) difference[k] = theta_q[k] - theta_p[k];
    from_natural(static_cast<const R*>(difference.data()), step.data());
    hermitian::RealForm<R> e(d);
    p.whiten(step.data(), e);
    const auto [spread, smallest] = definite::trace_less_log_determinant<R>(2 * d, e.data());
    // A small pivot has lost the digits of 1 + e_j (and a NaN all of them): then by the two determinants.
    const mask_of<R> near = smallest > S(0.1);
    if (all(near)) return S(0.5) * spread;
    const hermitian::Factor<R> q = precision(theta_q);
    hermitian::RealForm<R> l_p(d), l_q(d);
    p.real_form(l_p);
    q.real_form(l_q);
    const R trace = S(0.5) * definite::trace_of_ratio<R>(2 * d, l_p.data(), l_q.data());
    return select(near, S(0.5) * spread, (p.log_determinant() - q.log_determinant()) + (trace - S(d)));
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    using S = scalar_of<R>;
    const hermitian::Factor<R> factor = precision(theta);
    return (factor.log_determinant() - factor.squared_length(x)) - S(d) * S(log_pi);
  }

  // dG = G B G with B = -dP.
  template <class R>
  NATGRAD_CALLED void fisher_multiply(const R* theta, const R* v, R* out) const {
    Buffer<R, 64> g(size());
    to_mean<R>(theta, g.data());
    Buffer<R, 64> minus_b(size());
    from_natural(v, minus_b.data());
    hermitian::sandwich<R>(d, g.data(), minus_b.data(), out);
    for (Index k = 0; k < size(); ++k) out[k] = -out[k];
  }
  template <class R>
  NATGRAD_CALLED void fisher_solve(const R* theta, const R* v, R* out) const {
    Buffer<R, 64> p(size());
    from_natural(theta, p.data());
    hermitian::sandwich<R>(d, p.data(), v, out);
    to_natural_block(out);
    for (Index k = 0; k < size(); ++k) out[k] = -out[k];
  }
  template <class R>
  NATGRAD_CALLED void fisher_dense(const R* theta, R* out) const {
    // A natural coordinate (k, l) moves B_kl by 1/2 and B_lk by 1/2, its imaginary one by i/2 and -i/2: G_ij moves by
    // (x + y) / 2 and i (x - y) / 2 with x = G_ik G_lj, y = G_il G_kj; one on the diagonal moves it by G_ik G_kj.
    using S = scalar_of<R>;
    using Complex = hermitian::Complex<R>;
    const Index n = size();
    Buffer<R, 64> packed(n);
    to_mean<R>(theta, packed.data());
    const Complex zero{broadcast<R>(0), broadcast<R>(0)};
    const auto g = [&](Index i, Index j) { return hermitian::entry<R>(packed.data(), i, j); };
    const auto set = [&](Index i, Index j, Index b, Complex moved) {
      const Index a = hermitian::at(i, j);
      out[a * n + b] = out[b * n + a] = moved.re;
      if (i != j) out[(a + 1) * n + b] = out[b * n + a + 1] = moved.im;
    };
    for (Index k = 0; k < d; ++k) {
      for (Index l = 0; l <= k; ++l) {
        const Index b = hermitian::at(k, l);
        for (Index i = 0; i <= k; ++i) {
          for (Index j = 0; j <= i; ++j) {
            const Complex x = hermitian::plus_product(zero, g(i, k), g(l, j));
            if (k == l) {
              set(i, j, b, x);
              continue;
            }
            const Complex y = hermitian::plus_product(zero, g(i, l), g(k, j));
            set(i, j, b, {S(0.5) * (x.re + y.re), S(0.5) * (x.im + y.im)});
            set(i, j, b + 1, {S(0.5) * (y.im - x.im), S(0.5) * (x.re - y.re)});
          }
        }
      }
    }
  }
  template <class R>
  R fisher_log_determinant(const R* theta) const {
    // B -> G B G has the determinant |G|^2d on the d^2 real dimensions of Hermitian matrices; theta halves d (d - 1).
    using S = scalar_of<R>;
    return S(-2 * d) * precision(theta).log_determinant() - S(d * (d - 1)) * S(log_two);
  }

  template <class R>
  NATGRAD_CALLED void sufficient_statistics(const R* x, R* statistics) const {
    for (Index i = 0; i < d; ++i) {
      const auto z = hermitian::at(x, i);
      for (Index j = 0; j < i; ++j) {
        const auto other = hermitian::at(x, j);
        const hermitian::Complex<R> product{hermitian::sum_of_products(z.re, other.re, z.im, other.im),
                                            hermitian::sum_of_products(z.im, other.re, -z.re, other.im)};
        hermitian::put(statistics + hermitian::at(i, 0), j, product);
      }
      statistics[hermitian::at(i, i)] = hermitian::square(z);
    }
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
    hermitian::Factor<R>(d, [&](R* a) { hermitian_part(fields[0], a); }).inverse(theta);
    to_natural_block(theta);
  }
  template <class R>
  NATGRAD_CALLED void standard_from_natural(const R* theta, R* const* fields) const {
    Buffer<R, 64> packed(size());
    to_mean<R>(theta, packed.data());
    for (Index i = 0; i < d; ++i) {
      for (Index j = 0; j < d; ++j) {
        hermitian::put(fields[0], i * d + j, hermitian::entry<R>(packed.data(), i, j));
      }
    }
  }
  template <class R>
  R step_to_boundary(const R* theta, const R* direction) const {
    return steps_in_cone(theta, direction, [this](const auto* point, auto* matrix) { from_natural(point, matrix); });
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    return steps_in_cone(mu, direction, [this](const auto* point, auto* matrix) {
      for (Index k = 0; k < size(); ++k) matrix[k] = point[k];
    });
  }

 private:
  static constexpr double log_pi = 1.1447298858494001741434273513531;

  /// The Cholesky factor of P; of G.
  template <class R>
  NATGRAD_CALLED hermitian::Factor<R> precision(const R* theta) const {
    return {d, [&](R* matrix) { from_natural(theta, matrix); }};
  }
  template <class R>
  NATGRAD_CALLED hermitian::Factor<R> covariance(const R* mu) const {
    return {d, [&](R* matrix) {
              for (Index k = 0; k < size(); ++k) matrix[k] = mu[k];
            }};
  }

  /// A matrix <- the natural coordinates of its negative.
  template <class R>
  void from_natural(const R* natural, R* matrix) const {
    scaled(natural, scalar_of<R>(-0.5), matrix);
  }
  /// The reverse, in place.
  template <class R>
  void to_natural_block(R* block) const {
    scaled(static_cast<const R*>(block), scalar_of<R>(-2), block);
  }
  template <class R>
  NATGRAD_CALLED void scaled(const R* from, scalar_of<R> beside, R* to) const {
    for (Index i = 0, k = 0; i < d; ++i) {
      for (const Index end = k + 2 * i; k < end; ++k) to[k] = beside * from[k];
      to[k] = -from[k];
      ++k;
    }
  }
  template <class R>
  hermitian::Complex<R> full(const R* matrix, Index i, Index j) const {
    return hermitian::at(matrix, i * d + j);
  }
  /// (M + M^H) / 2, packed.
  template <class R>
  NATGRAD_CALLED void hermitian_part(const R* matrix, R* packed) const {
    using S = scalar_of<R>;
    for (Index i = 0; i < d; ++i) {
      for (Index j = 0; j <= i; ++j) {
        const auto lower = full(matrix, i, j);
        const auto upper = full(matrix, j, i);
        packed[hermitian::at(i, j)] = S(0.5) * (lower.re + upper.re);
        if (j < i) packed[hermitian::at(i, j) + 1] = S(0.5) * (lower.im - upper.im);
      }
    }
  }
  template <class R, class Require>
  void require_definite(const hermitian::Factor<R>& factor, const char* text, Require& require) const {
    require(factor.smallest_pivot() > scalar_of<R>(0), factor.smallest_pivot(), text);
  }

  /// The largest beta with point + beta direction in the cone, both made matrices by `write`.
  template <class R, class Write>
  NATGRAD_CALLED R steps_in_cone(const R* point, const R* direction, const Write& write) const {
    return definite::in_double(size(), point, direction, [&](const auto* start, const auto* along) {
      using V = std::remove_cvref_t<decltype(*start)>;
      Buffer<V, 64> b(size());
      write(along, b.data());
      return definite::step_in_two(size(), start, along, [&](const V* from) {
        return step_in_cone<V>({d, [&](V* matrix) { write(from, matrix); }}, b.data());
      });
    });
  }
  /// The largest beta with L L^H + beta B positive definite: -1 / the smallest eigenvalue of L^-1 B L^-H.
  template <class R>
  NATGRAD_CALLED R step_in_cone(const hermitian::Factor<R>& factor, const R* b) const {
    hermitian::RealForm<R> whitened(d);
    factor.whiten(b, whitened);
    return definite::step_from_eigenvalue(symmetric::smallest_eigenvalue<R>(2 * d, whitened.data()));
  }
};

}  // namespace

FamilyEntry family_complex_normal() { return family_entry<ComplexNormal>(); }

}  // namespace natgrad
