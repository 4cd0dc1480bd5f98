#include "natgrad/families/beta_kind.hpp"
#include "natgrad/families/independent_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Generalized Dirichlet over K proportions (Connor & Mosimann 1969): the shares z_k = x_k / (x_k + ... + x_K), k < K,
/// of a broken stick are independent Betas. T(x) = (log z, log(1 - z)), theta = (alpha, beta), h = prod 1 / x_k.
struct GeneralizedDirichlet : IndependentKind<BetaKind> {
  static constexpr const char* name = "GeneralizedDirichlet";
  static constexpr std::array parameters{Parameter{"categories", true, 2}};

  static GeneralizedDirichlet from(std::span<const double> values) {
    return {{static_cast<Index>(values[0]) - 1, BetaKind()}};
  }
  Shape event_shape() const { return {n + 1}; }
  std::vector<Field> standard() const { return {{"alpha", {n}}, {"beta", {n}}}; }

  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    using S = scalar_of<R>;
    for (Index j = 0; j < n; ++j) require(fields[0][j] > S(0), fields[0][j], "alpha must be > 0");
    for (Index j = 0; j < n; ++j) require(fields[1][j] > S(0), fields[1][j], "beta must be > 0");
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    dirichlet::support(n + 1, x, require);
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    using S = scalar_of<R>;
    R rest = x[n];  // x_(k+1) + ... + x_K
    for (Index k = n; k-- > 0;) {
      const R whole = x[k] + rest;
      const R share = x[k] / whole;
      // Of share and 1 - share the logarithm of the larger by log1p of the smaller.
      const mask_of<R> minor = share < S(0.5);
      const R other = rest / whole;
      const R near = log1p(-select(minor, share, other));
      const R far = log(select(minor, share, other));
      statistics[k] = select(minor, far, near);
      statistics[n + k] = select(minor, near, far);
      rest = whole;
    }
  }
  template <class R>
  R log_base_measure(const R* x) const {
    return -total<R>(n + 1, [&](auto j) { return log(at(x, j)); });
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    // -sum E log x_k, log x_k = log z_k + sum over i < k of log(1 - z_i).
    Buffer<R> mu(2 * n);
    to_mean(theta, mu.data());
    R sum = broadcast<R>(0);
    for (Index k = 0; k < n; ++k) sum += mu[k] + scalar_of<R>(n - k) * mu[n + k];
    return -sum;
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    for (Index j = 0; j < n; ++j) {
      theta[j] = fields[0][j];
      theta[n + j] = fields[1][j];
    }
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    for (Index j = 0; j < n; ++j) {
      fields[0][j] = theta[j];
      fields[1][j] = theta[n + j];
    }
  }
};

}  // namespace

FamilyEntry family_generalized_dirichlet() { return family_entry<GeneralizedDirichlet>(); }

}  // namespace natgrad
