#include "natgrad/families/categorical_kind.hpp"
#include "natgrad/families/count_entropy.hpp"
#include "natgrad/families/count_vectors.hpp"
#include "natgrad/families/factorial_excess.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Multinomial over K counts that sum to N: T(x) = the first K-1 counts, theta_k = log p_k / p_K, A = N log(1 + sum
/// e^theta_k), h = N! / prod x_k!.
struct Multinomial : CategoricalKind<Several> {
  static constexpr const char* name = "Multinomial";
  static constexpr std::array parameters{Parameter{"trials", true, 1}, Parameter{"categories", true, 2}};

  CountEntropy count_entropy;
  BinomialFactorialExcess excess;

  static Multinomial from(std::span<const double> values) {
    const double trials = values[0];
    return {{static_cast<Index>(values[1]) - 1, {trials}}, CountEntropy(trials), BinomialFactorialExcess(trials)};
  }
  Shape event_shape() const { return {n + 1}; }

  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    using S = scalar_of<R>;
    for (Index j = 0; j < n; ++j) require(mu[j] > S(0), mu[j], "mean must be > 0");
    require(rest(mu) > S(0), sum(mu), "sum of means must be < trials = %d", static_cast<Index>(number.number));
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    counts::support(n + 1, x, require);
    const R size = total<R>(n + 1, [&](auto j) { return at(x, j); });
    require(size == trials<R>(), size, "x must sum to trials = %d", static_cast<Index>(number.number));
  }

  template <class R>
  R entropy(const R* theta) const {
    // That of a Binomial, whether the most probable category occurs, and what the others add.
    using S = scalar_of<R>;
    const Softmax<R> all = logits(theta);
    const R lead = S(1) / (S(1) + all.rest);
    const R rest = all.rest * lead;
    const R rarer = min(rest, lead);
    const R whether = count_entropy(trials<R>() * rarer, trials<R>() * rest * lead, trials<R>() * log1p(-rarer));
    const R zero = broadcast<R>(0);
    const R others = total<R>(n, [&](auto j) {
      const auto p = exp(at(theta, j) - all.lead.value) * lead;
      const auto held = select(all.lead.is(j), detail::widen<std::remove_const_t<decltype(p)>>(S(0)), p);
      return excess(held, log1p(-held));
    });
    const R last = select(all.lead.where == S(n), zero, exp(-all.lead.value) * lead);
    return whether + (others + excess(last, log1p(-last)) - excess(rest, -log1p(all.rest)));
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    return -dual_at(theta) - entropy(theta);
  }
  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    each<R>(n, [&](auto j) { put(statistics, j, at(x, j)); });
  }
  template <class R>
  R log_base_measure(const R* x) const {
    return counts::log_coefficient(n + 1, x);
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    using S = scalar_of<R>;
    const Softmax<R> all = logits(theta);
    const R most = trials<R>() / (S(1) + all.rest);
    const auto term = [&](auto y, auto count) {
      const auto expected = exp(y - all.lead.value) * most;
      return counts::loss(count, expected, expected - count);
    };
    const R losses = total<R>(n, [&](auto j) { return term(at(theta, j), at(x, j)); });
    const R mass = counts::log_mode(broadcast<R>(trials<R>())) - (losses + term(broadcast<R>(0), x[n]));
    // All in one category: log p_k N times, which may be far below rounding of the terms above.
    const R log_share = log1p(all.rest);
    const auto alone = [&](auto y, auto count) {
      const auto whole = (y - all.lead.value) - log_share;
      return select(count == trials<R>(), trials<R>() * whole,
                    detail::widen<std::remove_const_t<decltype(whole)>>(S(0)));
    };
    const R most_counts = max(largest<R>(n, [&](auto j) { return at(x, j); }), x[n]);
    const mask_of<R> together = most_counts == trials<R>();
    if (!any(together)) return mass;
    const R sole = total<R>(n, [&](auto j) { return alone(at(theta, j), at(x, j)); }) + alone(broadcast<R>(0), x[n]);
    return select(together, sole, mass);
  }
};

}  // namespace

FamilyEntry family_multinomial() { return family_entry<Multinomial>(); }

}  // namespace natgrad
