#include "natgrad/families/dirichlet_divergence.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Dirichlet over K proportions: T(x) = log x, theta = concentration, h = prod 1 / x_k.
struct Dirichlet {
  static constexpr const char* name = "Dirichlet";
  static constexpr Structure structure = Structure::diagonal_minus_rank_one;
  static constexpr std::array parameters{Parameter{"categories", true, 2}};
  static constexpr Index longest_row_across = 64;

  Index n;

  static Dirichlet from(std::span<const double> values) { return {static_cast<Index>(values[0])}; }
  Index size() const { return n; }
  std::string coordinate(Index j) const { return "concentration[" + std::to_string(j) + "]"; }
  Shape event_shape() const { return {n}; }
  std::vector<Field> standard() const { return {{"concentration", {n}}}; }

  template <class R, class Require>
  void natural_domain(const R* theta, Require& require) const {
    dirichlet::natural_domain(n, theta, "concentration must be > 0", require);
  }
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    dirichlet::mean_domain(n, mu, require);
  }
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    natural_domain(fields[0], require);
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    dirichlet::support(n, x, require);
  }

  template <class R>
  R log_partition(const R* theta) const {
    return dirichlet::log_partition(n, theta);
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    dirichlet::to_mean(n, theta, mu);
  }
  template <class R>
  Iterations<R> to_natural(const R* mu, R* theta) const {
    return dirichlet::to_natural(n, mu, theta);
  }
  template <class R>
  R dual_at(const R* theta) const {
    return dirichlet::dual_at(n, theta);
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    return dirichlet::kl_divergence(n, theta_p, theta_q);
  }
  template <class R>
  RankOne<R> fisher(const R* theta, R* diagonal, R* u, R* own) const {
    return dirichlet::fisher(n, theta, diagonal, u, own);
  }

  template <class R>
  R fisher_log_determinant(const R* theta) const {
    return dirichlet::fisher_log_determinant(n, theta);
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    each<R>(n, [&](auto j) { put(statistics, j, log(at(x, j))); });
  }
  template <class R>
  R log_base_measure(const R* x) const {
    return -total<R>(n, [&](auto j) { return log(at(x, j)); });
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    return dirichlet::expected_log_base_measure(n, theta);
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    for (Index j = 0; j < n; ++j) theta[j] = fields[0][j];
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    for (Index j = 0; j < n; ++j) fields[0][j] = theta[j];
  }
  template <class R>
  R step_to_boundary(const R* theta, const R* direction) const {
    R step = step_to_zero(theta[0], direction[0]);
    for (Index j = 1; j < n; ++j) step = min(step, step_to_zero(theta[j], direction[j]));
    return step;
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    return dirichlet::mean_step_to_boundary(n, mu, direction);
  }
};

}  // namespace

FamilyEntry family_dirichlet() { return family_entry<Dirichlet>(); }

}  // namespace natgrad
