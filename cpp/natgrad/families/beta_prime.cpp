#include "natgrad/families/beta_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Beta prime (inverted beta): y = x / (1 + x), so that T(x) = (log x / (1 + x), -log(1 + x)), h = 1 / x.
struct BetaPrime : BetaKind {
  static constexpr const char* name = "BetaPrime";

  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require((x[0] > S(0)) & (x[0] < infinity<S>), x[0], "x must be > 0 and finite");
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    using S = scalar_of<R>;
    // log y = -log(1 + 1 / x), which is log x where 1 / x is large.
    const R rest = S(1) / x[0];
    statistics[0] = select(rest < infinity<S>, -log1p(rest), log(x[0]));
    statistics[1] = -log1p(x[0]);
  }
  template <class R>
  R log_base_measure(const R* x) const {
    return -log(x[0]);
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    R mu[2];
    to_mean(theta, mu);
    return mu[1] - mu[0];
  }
};

}  // namespace

FamilyEntry family_beta_prime() { return family_entry<BetaPrime>(); }

}  // namespace natgrad
