#include <cmath>

#include "natgrad/families/closed_forms.hpp"
#include "natgrad/families/scalar.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Normal of known variance v: T(x) = x, theta = mean / v, A = v theta^2 / 2 + log(2 pi v) / 2, h = exp(-x^2 / 2v).
struct NormalKnownVariance : OneCoordinate {
  static constexpr const char* name = "NormalKnownVariance";
  static constexpr Structure structure = Structure::diagonal;
  static constexpr std::array parameters{Parameter{"variance", false, 0}};

  double variance;
  double half_log;  // log(2 pi v) / 2

  explicit NormalKnownVariance(double in_variance)
      : variance(in_variance), half_log(half_log_two_pi<double> + 0.5 * std::log(in_variance)) {}
  static NormalKnownVariance from(std::span<const double> values) { return NormalKnownVariance(values[0]); }

  std::string coordinate(Index) const { return "precision_times_mean"; }
  std::vector<Field> standard() const { return {{"mean", {}}}; }

  template <class R, class Require>
  void natural_domain(const R*, Require&) const {}
  template <class R, class Require>
  void mean_domain(const R*, Require&) const {}
  template <class R, class Require>
  void standard_domain(const R* const*, Require&) const {}
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    require(is_finite(x[0]), x[0], "x must be finite");
  }

  template <class R>
  R log_partition(const R* theta) const {
    using S = scalar_of<R>;
    return S(0.5) * theta[0] * (S(variance) * theta[0]) + S(half_log);
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    mu[0] = scalar_of<R>(variance) * theta[0];
  }
  template <class R>
  void to_natural(const R* mu, R* theta) const {
    theta[0] = mu[0] / scalar_of<R>(variance);
  }
  template <class R>
  R dual_at(const R* theta) const {
    using S = scalar_of<R>;
    return S(0.5) * theta[0] * (S(variance) * theta[0]) - S(half_log);
  }
  template <class R>
  R entropy(const R*) const {
    return broadcast<R>(scalar_of<R>(half_log + 0.5));
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    using S = scalar_of<R>;
    const R step = theta_q[0] - theta_p[0];
    return S(0.5) * step * (S(variance) * step);
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    using S = scalar_of<R>;
    const R distance = x[0] - S(variance) * theta[0];
    return S(-0.5) * distance * (distance / S(variance)) - S(half_log);
  }
  template <class R>
  void fisher(const R*, R* diagonal) const {
    diagonal[0] = broadcast<R>(scalar_of<R>(variance));
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics[0] = x[0];
  }
  template <class R>
  R log_base_measure(const R* x) const {
    using S = scalar_of<R>;
    return S(-0.5) * x[0] * (x[0] / S(variance));
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    using S = scalar_of<R>;
    return S(-0.5) * (theta[0] * (S(variance) * theta[0]) + S(1));
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    to_natural(fields[0], theta);
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    to_mean(theta, fields[0]);
  }
};

}  // namespace

FamilyEntry family_normal_known_variance() { return family_entry<NormalKnownVariance>(); }

}  // namespace natgrad
