#include "natgrad/families/negative_binomial_kind.hpp"

#include "natgrad/families/binomial_coefficient.hpp"
#include "natgrad/families/negative_binomial_entropy.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// NegativeBinomial (failures before the r-th success, r > 0 real): T(x) = x, theta = log(1 - p) < 0, A = -r log(1 -
/// e^theta), h = Gamma(x + r) / (Gamma(r) x!).
struct NegativeBinomial : NegativeBinomialKind<Several> {
  static constexpr const char* name = "NegativeBinomial";
  static constexpr std::array parameters{Parameter{"successes", false, 0}};

  NegativeBinomialEntropy count_entropy;

  static NegativeBinomial from(std::span<const double> values) {
    return {{{}, {values[0]}}, NegativeBinomialEntropy(values[0])};
  }

  template <class R>
  R entropy(const R* theta) const {
    const R m = times_odds(scalar_of<R>(1), theta[0]);
    return count_entropy(theta[0], m, times_odds(r<R>(), theta[0]), log_partition(theta));
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    return -dual_at(theta) - entropy(theta);
  }
  template <class R>
  R log_base_measure(const R* x) const {
    return log_binomial_coefficient(x[0], broadcast<R>(r<R>())) - log1p(x[0] / r<R>());
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    using S = scalar_of<R>;
    const mask_of<R> some = x[0] > S(0);
    const R a = select(some, x[0], broadcast<R>(1));
    const R b = broadcast<R>(r<R>());
    const R p = -expm1(theta[0]);
    // With n = x + r: n q - x = p (mu - x).
    const R over = p * (times_odds(r<R>(), theta[0]) - a);
    const R off = deviance(a, (a + b) * exp(theta[0]), over) + deviance(b, (a + b) * p, -over);
    return select(some, log_peak(a, b) - log1p(a / b) - off, -log_partition(theta));
  }
};

}  // namespace

FamilyEntry family_negative_binomial() { return family_entry<NegativeBinomial>(); }

}  // namespace natgrad
