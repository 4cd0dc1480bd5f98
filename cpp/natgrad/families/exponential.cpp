#include "natgrad/families/closed_forms.hpp"
#include "natgrad/families/scalar.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Exponential: T(x) = x, theta = -rate < 0, A = -log(rate), h = 1 on x >= 0.
struct Exponential : OneCoordinate {
  static constexpr const char* name = "Exponential";
  static constexpr Structure structure = Structure::diagonal;

  std::string coordinate(Index) const { return "negative_rate"; }
  std::vector<Field> standard() const { return {{"rate", {}}}; }

  template <class R, class Require>
  void natural_domain(const R* theta, Require& require) const {
    using S = scalar_of<R>;
    require(theta[0] < S(0), -theta[0], "rate must be > 0");
  }
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
    require((x[0] >= S(0)) & (x[0] < infinity<S>), x[0], "x must be >= 0 and finite");
  }

  template <class R>
  R log_partition(const R* theta) const {
    return -log(-theta[0]);
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    using S = scalar_of<R>;
    mu[0] = S(-1) / theta[0];
  }
  template <class R>
  void to_natural(const R* mu, R* theta) const {
    using S = scalar_of<R>;
    theta[0] = S(-1) / mu[0];
  }
  template <class R>
  R dual_at(const R* theta) const {
    using S = scalar_of<R>;
    return log(-theta[0]) - S(1);
  }
  template <class R>
  R dual_log_partition(const R* mu) const {
    using S = scalar_of<R>;
    return S(-1) - log(mu[0]);
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    return ratio_divergence(theta_p[0], theta_q[0]);
  }
  template <class R>
  void fisher(const R* theta, R* diagonal) const {
    using S = scalar_of<R>;
    const R mean = S(1) / theta[0];
    diagonal[0] = mean * mean;
  }
  template <class R>
  R fisher_log_determinant(const R* theta) const {
    using S = scalar_of<R>;
    return S(-2) * log(-theta[0]);
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
    theta[0] = -fields[0][0];
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    fields[0][0] = -theta[0];
  }
  template <class R>
  R step_to_boundary(const R* theta, const R* direction) const {
    return step_to_zero(-theta[0], -direction[0]);
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    return step_to_zero(mu[0], direction[0]);
  }
};

}  // namespace

FamilyEntry family_exponential() { return family_entry<Exponential>(); }

}  // namespace natgrad
