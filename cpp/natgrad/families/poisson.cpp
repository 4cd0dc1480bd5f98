#include "natgrad/base/gamma_functions.hpp"
#include "natgrad/families/binomial_coefficient.hpp"
#include "natgrad/families/log_factorial.hpp"
#include "natgrad/families/scalar.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Poisson: T(x) = x, theta = log(rate), A = e^theta, h = 1 / x!.
struct Poisson : OneCoordinate {
  static constexpr const char* name = "Poisson";
  static constexpr Structure structure = Structure::diagonal;

  std::string coordinate(Index) const { return "log_rate"; }
  std::vector<Field> standard() const { return {{"rate", {}}}; }

  template <class R, class Require>
  void natural_domain(const R*, Require&) const {}
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    using S = scalar_of<R>;
    require(mu[0] > S(0), mu[0], "mean must be > 0");
  }
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    using S = scalar_of<R>;
    require(fields[0][0] > S(0), fields[0][0], "rate must be > 0");
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require((x[0] >= S(0)) & (x[0] < infinity<S>)&(round(x[0]) == x[0]), x[0], "x must be a non-negative integer");
  }

  template <class R>
  R log_partition(const R* theta) const {
    return exp(theta[0]);
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    mu[0] = exp(theta[0]);
  }
  template <class R>
  void to_natural(const R* mu, R* theta) const {
    theta[0] = log(mu[0]);
  }
  template <class R>
  R dual_at(const R* theta) const {
    using S = scalar_of<R>;
    return exp(theta[0]) * (theta[0] - S(1));
  }
  template <class R>
  R dual_log_partition(const R* mu) const {
    using S = scalar_of<R>;
    return mu[0] * (log(mu[0]) - S(1));
  }
  template <class R>
  R entropy(const R* theta) const {
    return poisson_entropy(theta[0]);
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    return poisson_divergence(exp(theta_p[0]), exp(theta_q[0]), theta_q[0] - theta_p[0]);
  }
  template <class R>
  void fisher(const R* theta, R* diagonal) const {
    diagonal[0] = exp(theta[0]);
  }
  template <class R>
  R fisher_log_determinant(const R* theta) const {
    return theta[0];
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics[0] = x[0];
  }
  template <class R>
  R log_base_measure(const R* x) const {
    using S = scalar_of<R>;
    return -lgamma(select(x[0] >= S(0), x[0], broadcast<R>(0)) + S(1));
  }
  /// Less a deviance than at its mode (Loader 2000, Fast and accurate computation of binomial probabilities).
  template <class R>
  R log_density(const R* theta, const R* x) const {
    using S = scalar_of<R>;
    const mask_of<R> some = x[0] > S(0);
    const R a = select(some, x[0], broadcast<R>(1));
    const R rate = exp(theta[0]);
    const mask_of<R> near = abs(rate - a) < S(0.5) * a;
    const R close = select(near, rate, a);
    const R off = select(near, deviance(a, close, close - a), a * (log(a) - theta[0]) - (a - rate));
    const R at_mode = S(0.5) * log(a) + half_log_two_pi<S> + stirling_remainder(a);
    return -select(some, off + at_mode, rate);
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    return -expected_log_factorial(theta[0]);
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
    return step_to_zero(mu[0], direction[0]);
  }
};

}  // namespace

FamilyEntry family_poisson() { return family_entry<Poisson>(); }

}  // namespace natgrad
