#include "natgrad/families/multivariate_normal_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Multivariate log-normal: y = log x, h = prod 1 / x_j on x > 0.
struct MultivariateLogNormal : MultivariateNormalKind {
  static constexpr const char* name = "MultivariateLogNormal";

  static MultivariateLogNormal from(std::span<const double> values) { return {{static_cast<Index>(values[0])}}; }

  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    for (Index j = 0; j < d; ++j) require((x[j] > S(0)) & (x[j] < infinity<S>), x[j], "x must be > 0 and finite");
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    Buffer<R> y(d);
    logarithms(x, y.data());
    statistics_of(static_cast<const R*>(y.data()), statistics);
  }
  template <class R>
  R log_base_measure(const R* x) const {
    Buffer<R> y(d);
    return -logarithms(x, y.data());
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    Buffer<R> m(d);
    Factor<R>(*this, theta).mean(theta, m.data());
    R sum = broadcast<R>(0);
    for (Index j = 0; j < d; ++j) sum += m[j];
    return -sum;
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    Buffer<R> y(d);
    const R sum = logarithms(x, y.data());
    return log_density_of(theta, static_cast<const R*>(y.data())) - sum;
  }

 private:
  /// y = log x into `y`; the sum of it.
  template <class R>
  R logarithms(const R* x, R* y) const {
    R sum = broadcast<R>(0);
    for (Index j = 0; j < d; ++j) {
      y[j] = log(x[j]);
      sum += y[j];
    }
    return sum;
  }
};

}  // namespace

FamilyEntry family_multivariate_log_normal() { return family_entry<MultivariateLogNormal>(); }

}  // namespace natgrad
