#include "natgrad/families/gamma_statistic_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Exponential: T(x) = x, theta = -rate < 0, A = -log(rate), h = 1 on x >= 0.
struct Exponential : GammaStatisticKind {
  static constexpr const char* name = "Exponential";

  Exponential()
      : GammaStatisticKind({"negative_rate", "rate must be > 0", "mean must be > 0", "rate", "rate must be > 0"}, 1,
                           0) {}

  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require((x[0] >= S(0)) & (x[0] < infinity<S>), x[0], "x must be >= 0 and finite");
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics[0] = x[0];
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    theta[0] = -fields[0][0];
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    fields[0][0] = -theta[0];
  }
};

}  // namespace

FamilyEntry family_exponential() { return family_entry<Exponential>(); }

}  // namespace natgrad
