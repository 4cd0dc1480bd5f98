#include "natgrad/families/gamma_statistic_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Half-normal, |N(0, scale^2)|: T(x) = x^2, theta = -1 / 2 scale^2 < 0, A = log(pi / -4 theta) / 2, h = 1 on x >= 0.
struct HalfNormal : GammaStatisticKind {
  static constexpr const char* name = "HalfNormal";

  HalfNormal()
      : GammaStatisticKind({"negative_half_precision", "half the precision must be > 0", "mean square must be > 0"},
                           0.5, -log_two) {}

  std::vector<Field> standard() const { return {{"scale", {}}}; }

  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    using S = scalar_of<R>;
    require(fields[0][0] > S(0), fields[0][0], "scale must be > 0");
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require((x[0] >= S(0)) & (x[0] < infinity<S>), x[0], "x must be >= 0 and finite");
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics[0] = x[0] * x[0];
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
    using S = scalar_of<R>;
    theta[0] = (S(-0.5) / fields[0][0]) / fields[0][0];
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    using S = scalar_of<R>;
    fields[0][0] = sqrt(S(-0.5) / theta[0]);
  }
};

}  // namespace

FamilyEntry family_half_normal() { return family_entry<HalfNormal>(); }

}  // namespace natgrad
