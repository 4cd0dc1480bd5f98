#include "natgrad/families/negative_binomial_kind.hpp"

#include "natgrad/families/binomial_coefficient.hpp"
#include "natgrad/families/count_entropy.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// NegativeBinomial (failures before the r-th success, r > 0 real): T(x) = x, theta = log(1 - p) < 0, A = -r log(1 -
/// e^theta), h = Gamma(x + r) / (Gamma(r) x!).
struct NegativeBinomial : NegativeBinomialKind<Several> {
  static constexpr const char* name = "NegativeBinomial";
  static constexpr std::array parameters{Parameter{"successes", false, 0}};

  CountEntropy count_entropy;
  NegativeBinomialExcess excess;

  static NegativeBinomial from(std::span<const double> values) {
    return {{{}, {values[0]}}, CountEntropy(-values[0]), NegativeBinomialExcess(values[0])};
  }

  template <class R>
  NATGRAD_CALLED R entropy(const R* theta) const {
    using S = scalar_of<R>;
    const R m = times_odds(S(1), theta[0]);
    const R mu = times_odds(r<R>(), theta[0]);
    if (number.number >= 64) return count_entropy(mu, mu * (S(1) + m), -log_partition(theta));
    // Below 1e-6 the table of the sum would leave the range of a float.
    const mask_of<R> summed = (m <= S(1)) & (broadcast<R>(r<R>()) > S(1e-6));
    const R none = broadcast<R>(0);
    R value = none;
    if (any(summed)) {
      const R variance = select(summed, mu * (S(1) + m), broadcast<R>(1));
      value = count_entropy(select(summed, mu, none), variance, select(summed, -log_partition(theta), none));
    }
    if (all(summed)) return value;
    return select(summed, value, integrated_entropy(theta[0], m, mu));
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

 private:
  /// -A* - E log h, in which terms of both have been put together.
  template <class R>
  R integrated_entropy(R theta, R m, R mu) const {
    using S = scalar_of<R>;
    const R total = log1p(m);
    const R rest = -theta * mu - excess(m);
    if (number.number >= 1) return total + rest;
    const R a = r<R>() * total;
    const R seen = expm1(-a) * number.template logarithm<S>();  // -P(x > 0) log r
    return a + seen + (((S(1) - r<R>()) * total) * -remainder_share(-a) + rest);
  }
};

}  // namespace

FamilyEntry family_negative_binomial() { return family_entry<NegativeBinomial>(); }

}  // namespace natgrad
