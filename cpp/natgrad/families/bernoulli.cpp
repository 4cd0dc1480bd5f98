#include "natgrad/families/closed_forms.hpp"
#include "natgrad/families/scalar.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Bernoulli: T(x) = x, theta = log p / (1 - p), A = log(1 + e^theta), h = 1.
struct Bernoulli : OneCoordinate {
  static constexpr const char* name = "Bernoulli";
  static constexpr Structure structure = Structure::diagonal;

  std::string coordinate(Index) const { return "log_odds"; }
  std::vector<Field> standard() const { return {{"probability", {}}}; }

  template <class R, class Require>
  void natural_domain(const R*, Require&) const {}
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    using S = scalar_of<R>;
    require((mu[0] > S(0)) & (mu[0] < S(1)), mu[0], "probability must be in (0, 1)");
  }
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    mean_domain(fields[0], require);
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require((x[0] == S(0)) | (x[0] == S(1)), x[0], "x must be 0 or 1");
  }

  template <class R>
  R log_partition(const R* theta) const {
    return softplus(theta[0]);
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    mu[0] = sigmoid(theta[0]);
  }
  template <class R>
  void to_natural(const R* mu, R* theta) const {
    theta[0] = log(mu[0]) - log1p(-mu[0]);
  }
  template <class R>
  R dual_at(const R* theta) const {
    return -(sigmoid(theta[0]) * softplus(-theta[0]) + sigmoid(-theta[0]) * softplus(theta[0]));
  }
  template <class R>
  R dual_log_partition(const R* mu) const {
    using S = scalar_of<R>;
    return mu[0] * log(mu[0]) + (S(1) - mu[0]) * log1p(-mu[0]);
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    const R p = sigmoid(theta_p[0]);
    const R step = theta_q[0] - theta_p[0];
    const mask_of<R> near = abs(step) < scalar_of<R>(1);
    const R rise = log1p(p * expm1(select(near, step, broadcast<R>(0))));
    const R log_ratio_1 = select(near, step - rise, softplus(-theta_p[0]) - softplus(-theta_q[0]));
    const R log_ratio_0 = select(near, -rise, softplus(theta_p[0]) - softplus(theta_q[0]));
    return poisson_divergence(p, sigmoid(theta_q[0]), log_ratio_1) +
           poisson_divergence(sigmoid(-theta_p[0]), sigmoid(-theta_q[0]), log_ratio_0);
  }
  template <class R>
  void fisher(const R* theta, R* diagonal) const {
    diagonal[0] = sigmoid(theta[0]) * sigmoid(-theta[0]);
  }
  template <class R>
  R fisher_log_determinant(const R* theta) const {
    return -(softplus(theta[0]) + softplus(-theta[0]));
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics[0] = x[0];
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
    to_natural(fields[0], theta);
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    to_mean(theta, fields[0]);
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    using S = scalar_of<R>;
    return min(step_to_zero(mu[0], direction[0]), step_to_zero(S(1) - mu[0], -direction[0]));
  }
};

}  // namespace

FamilyEntry family_bernoulli() { return family_entry<Bernoulli>(); }

}  // namespace natgrad
