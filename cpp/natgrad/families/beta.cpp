#include "natgrad/families/beta_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Beta: y = x, h = 1 / x (1 - x).
struct Beta : BetaKind {
  static constexpr const char* name = "Beta";

  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require((x[0] > S(0)) & (x[0] < S(1)), x[0], "x must be in (0, 1)");
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics[0] = log(x[0]);
    statistics[1] = log1p(-x[0]);
  }
  template <class R>
  R log_base_measure(const R* x) const {
    return -(log(x[0]) + log1p(-x[0]));
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    return dirichlet::expected_log_base_measure(2, theta);
  }
};

}  // namespace

FamilyEntry family_beta() { return family_entry<Beta>(); }

}  // namespace natgrad
