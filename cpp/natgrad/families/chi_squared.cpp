#include "natgrad/families/log_gamma_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Chi-squared: theta = degrees of freedom / 2, T(x) = log x, h = exp(-x / 2) / x.
struct ChiSquared : LogGammaKind {
  static constexpr const char* name = "ChiSquared";

  ChiSquared() : LogGammaKind(1, "half_degrees_of_freedom", "degrees of freedom must be > 0") {}

  std::vector<Field> standard() const { return {{"degrees_of_freedom", {}}}; }

  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    using S = scalar_of<R>;
    require(fields[0][0] > S(0), fields[0][0], condition);
  }
  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    theta[0] = scalar_of<R>(0.5) * fields[0][0];
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    fields[0][0] = scalar_of<R>(2) * theta[0];
  }
};

}  // namespace

FamilyEntry family_chi_squared() { return family_entry<ChiSquared>(); }

}  // namespace natgrad
