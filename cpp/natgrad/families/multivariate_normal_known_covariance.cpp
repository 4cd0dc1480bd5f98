#include "natgrad/families/known_covariance_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// MultivariateNormal of known covariance: T(x) = x, theta = covariance^-1 mean.
struct MultivariateNormalKnownCovariance : KnownCovarianceKind {
  static constexpr const char* name = "MultivariateNormalKnownCovariance";
  static constexpr std::array parameters{Parameter{"covariance", false, 0, 2}};

  static MultivariateNormalKnownCovariance from(std::span<const Argument> values) {
    return {{KnownMatrix(name, "covariance", values[0]), KnownMatrix(), false}};
  }
};

}  // namespace

FamilyEntry family_multivariate_normal_known_covariance() { return family_entry<MultivariateNormalKnownCovariance>(); }

}  // namespace natgrad
