#include "natgrad/families/multivariate_normal_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// MultivariateNormal: y = x, h = 1.
struct MultivariateNormal : MultivariateNormalKind {
  static constexpr const char* name = "MultivariateNormal";

  static MultivariateNormal from(std::span<const double> values) { return {{static_cast<Index>(values[0])}}; }

  template <class R, class Require>
  void support(const R* x, Require& require) const {
    for (Index j = 0; j < d; ++j) require(is_finite(x[j]), x[j], "x must be finite");
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics_of(x, statistics);
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
  R log_density(const R* theta, const R* x) const {
    return log_density_of(theta, x);
  }
};

}  // namespace

FamilyEntry family_multivariate_normal() { return family_entry<MultivariateNormal>(); }

}  // namespace natgrad
