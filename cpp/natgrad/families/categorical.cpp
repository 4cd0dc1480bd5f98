#include "natgrad/families/categorical_kind.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Categorical over K labels 0 ... K-1: T(x) = indicators of the first K-1, theta_k = log p_k / p_K, h = 1,
/// A = log(1 + sum e^theta_k).
struct Categorical : CategoricalKind<One> {
  static constexpr const char* name = "Categorical";
  static constexpr std::array parameters{Parameter{"categories", true, 2}};

  static Categorical from(std::span<const double> values) { return {{static_cast<Index>(values[0]) - 1, {}}}; }
  Shape event_shape() const { return {}; }

  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    using S = scalar_of<R>;
    for (Index j = 0; j < n; ++j) {
      require((mu[j] > S(0)) & (mu[j] < S(1)), mu[j], "probability must be in (0, 1)");
    }
    require(rest(mu) > S(0), sum(mu), "sum of probabilities must be < 1");
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require((x[0] >= S(0)) & (x[0] <= S(n)) & (round(x[0]) == x[0]), x[0], "x must be an integer label in 0..%d", n);
  }

  template <class R>
  R log_density(const R* theta, const R* x) const {
    const Softmax<R> all = logits(theta);
    R logit = broadcast<R>(0);
    for (Index j = 0; j < n; ++j) logit = select(x[0] == scalar_of<R>(j), theta[j], logit);
    return (logit - all.lead.value) - log1p(all.rest);
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    for (Index j = 0; j < n; ++j) {
      statistics[j] = select(x[0] == scalar_of<R>(j), broadcast<R>(1), broadcast<R>(0));
    }
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

FamilyEntry family_categorical() { return family_entry<Categorical>(); }

}  // namespace natgrad
