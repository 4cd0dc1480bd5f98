#pragma once

#include "natgrad/families/dirichlet_divergence.hpp"
#include "natgrad/families/scalar.hpp"

namespace natgrad {

/// What the families share in which y, a function of x, has a Beta distribution: T = (log y, log(1 - y)),
/// theta = (alpha, beta), A = log B(alpha, beta), h = (dy / dx) / y (1 - y): the Dirichlet of two proportions.
struct BetaKind : ScalarEvent {
  using kind = BetaKind;
  static constexpr Structure structure = Structure::diagonal_minus_rank_one;

  Index size() const { return 2; }
  std::string coordinate(Index j) const { return j == 0 ? "alpha" : "beta"; }
  std::vector<Field> standard() const { return {{"alpha", {}}, {"beta", {}}}; }

  template <class R, class Require>
  void natural_domain(const R* theta, Require& require) const {
    using S = scalar_of<R>;
    require(theta[0] > S(0), theta[0], "alpha must be > 0");
    require(theta[1] > S(0), theta[1], "beta must be > 0");
  }
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    dirichlet::mean_domain(2, mu, require);
  }
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    const R theta[2] = {fields[0][0], fields[1][0]};
    natural_domain(theta, require);
  }
  template <class R>
  R log_partition(const R* theta) const {
    return dirichlet::log_partition(2, theta);
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    dirichlet::to_mean(2, theta, mu);
  }
  template <class R>
  Iterations<R> to_natural(const R* mu, R* theta) const {
    return dirichlet::to_natural(2, mu, theta);
  }
  template <class R>
  R dual_at(const R* theta) const {
    return dirichlet::dual_at(2, theta);
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    return dirichlet::kl_divergence(2, theta_p, theta_q);
  }
  template <class R>
  RankOne<R> fisher(const R* theta, R* diagonal, R* u, R* own) const {
    return dirichlet::fisher(2, theta, diagonal, u, own);
  }

  template <class R>
  R fisher_log_determinant(const R* theta) const {
    return dirichlet::fisher_log_determinant(2, theta);
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    theta[0] = fields[0][0];
    theta[1] = fields[1][0];
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    fields[0][0] = theta[0];
    fields[1][0] = theta[1];
  }
  template <class R>
  R step_to_boundary(const R* theta, const R* direction) const {
    return min(step_to_zero(theta[0], direction[0]), step_to_zero(theta[1], direction[1]));
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    return dirichlet::mean_step_to_boundary(2, mu, direction);
  }
};

}  // namespace natgrad
