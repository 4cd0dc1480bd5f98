#include "natgrad/families/independent_kind.hpp"
#include "natgrad/families/normal_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// MultivariateNormal with a diagonal covariance, d independent Normals: T(x) = (x, x^2 coordinate by coordinate),
/// theta = (m / v, -1 / 2v), A = sum m^2 / 2v + log(2 pi v) / 2, h = 1.
struct MultivariateNormalDiagonal : IndependentKind<NormalKind> {
  static constexpr const char* name = "MultivariateNormalDiagonal";
  static constexpr std::array parameters{Parameter{"dimension", true, 1}};

  static MultivariateNormalDiagonal from(std::span<const double> values) {
    return {{static_cast<Index>(values[0]), NormalKind()}};
  }
  Shape event_shape() const { return {n}; }
  std::vector<Field> standard() const { return {{"mean", {n}}, {"variance", {n}}}; }

  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    using S = scalar_of<R>;
    for (Index j = 0; j < n; ++j) require(fields[1][j] > S(0), fields[1][j], "variance must be > 0");
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    for (Index j = 0; j < n; ++j) require(is_finite(x[j]), x[j], "x must be finite");
  }

  template <class R>
  R log_density(const R* theta, const R* x) const {
    return sum_over(theta, [&](auto j, const auto* t) { return base.log_density_of(t, at(x, j)); });
  }
  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    each<R>(n, [&](auto j) {
      put(statistics, j, at(x, j));
      put(statistics + n, j, at(x, j) * at(x, j));
    });
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
    each<R>(n, [&](auto j) {
      const auto precision = scalar_of<R>(1) / at(fields[1], j);
      put(theta, j, at(fields[0], j) * precision);
      put(theta + n, j, scalar_of<R>(-0.5) * precision);
    });
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    each<R>(n, [&](auto j) {
      const auto variance = scalar_of<R>(-0.5) / at(theta + n, j);
      put(fields[0], j, at(theta, j) * variance);
      put(fields[1], j, variance);
    });
  }
};

}  // namespace

FamilyEntry family_multivariate_normal_diagonal() { return family_entry<MultivariateNormalDiagonal>(); }

}  // namespace natgrad
