#include "natgrad/families/bernoulli_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Bernoulli: T(x) = x, theta = log p / (1 - p), A = log(1 + e^theta), h = 1.
struct Bernoulli : BernoulliKind<One> {
  static constexpr const char* name = "Bernoulli";

  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    using S = scalar_of<R>;
    require((mu[0] > S(0)) & (mu[0] < S(1)), mu[0], "probability must be in (0, 1)");
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require((x[0] == S(0)) | (x[0] == S(1)), x[0], "x must be 0 or 1");
  }
  /// -log(1 + exp(theta)) for 0, -log(1 + exp(-theta)) for 1.
  template <class R>
  R log_density(const R* theta, const R* x) const {
    return -softplus(select(x[0] == scalar_of<R>(1), -theta[0], theta[0]));
  }
  template <class R>
  R log_base_measure(const R*) const {
    return broadcast<R>(0);
  }
  template <class R>
  R expected_log_base_measure(const R*) const {
    return broadcast<R>(0);
  }
};

}  // namespace

FamilyEntry family_bernoulli() { return family_entry<Bernoulli>(); }

}  // namespace natgrad
