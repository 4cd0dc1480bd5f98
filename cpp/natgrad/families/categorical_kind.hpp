#pragma once

#include "natgrad/base/pair.hpp"
#include "natgrad/families/closed_forms.hpp"
#include "natgrad/families/multiple.hpp"
#include "natgrad/families/softmax.hpp"
#include "natgrad/families/statements.hpp"

namespace natgrad {

/// What the counts of K categories in N independent trials state for every N: theta_k = log p_k / p_K, A = N log(1 +
/// sum e^theta_k).
template <class Multiple>
struct CategoricalKind {
  static constexpr Structure structure = Structure::diagonal_minus_rank_one;
  static constexpr Index longest_row_across = 64;

  Index n;  // K - 1
  Multiple number;

  Index size() const { return n; }
  std::string coordinate(Index j) const { return "log_odds[" + std::to_string(j) + "]"; }
  std::vector<Field> standard() const { return {{"probabilities", {n + 1}}}; }

  template <class R, class Require>
  void natural_domain(const R*, Require&) const {}
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    using S = scalar_of<R>;
    const R* p = fields[0];
    for (Index j = 0; j <= n; ++j) require((p[j] > S(0)) & (p[j] < S(1)), p[j], "probability must be in (0, 1)");
    const R sum = total<R>(n + 1, [&](auto j) { return at(p, j); });
    // Room for probabilities that were rounded to float32.
    require(abs(sum - S(1)) <= S(1e-6), sum, "probabilities must sum to 1");
  }

  template <class R>
  R log_partition(const R* theta) const {
    return trials<R>() * logits(theta).log_sum();
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    const Softmax<R> all = logits(theta);
    const R share = trials<R>() / (scalar_of<R>(1) + all.rest);
    each<R>(n, [&](auto j) { put(mu, j, exp(at(theta, j) - all.lead.value) * share); });
  }
  template <class R>
  void to_natural(const R* mu, R* theta) const {
    const R log_last = log_last_share(mu);
    each<R>(n, [&](auto j) { put(theta, j, log(at(mu, j) / trials<R>()) - log_last); });
  }
  template <class R>
  R dual_at(const R* theta) const {
    using S = scalar_of<R>;
    const Softmax<R> all = logits(theta);
    const R log_share = log1p(all.rest);
    // p log p, which ends at 0; log p of the most probable category is -log(1 + rest).
    const auto term = [&](auto y) {
      const auto log_p = max((y - all.lead.value) - log_share, std::numeric_limits<S>::lowest());
      return exp(log_p) * log_p;
    };
    return trials<R>() * (total<R>(n, [&](auto j) { return term(at(theta, j)); }) + term(broadcast<R>(0)));
  }
  template <class R>
  R dual_log_partition(const R* mu) const {
    const R inner = sum(mu) / trials<R>();
    const R seen = total<R>(n, [&](auto j) {
      const auto p = at(mu, j) / trials<R>();
      return p * log(p);
    });
    return trials<R>() * (seen + (scalar_of<R>(1) - inner) * log_last_share(mu));
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    using S = scalar_of<R>;
    const Softmax<R> all_p = logits(theta_p);
    const Softmax<R> all_q = logits(theta_q);
    const R log_share_p = log1p(all_p.rest);
    const R log_share_q = log1p(all_q.rest);
    const auto log_p = [&](auto y) { return (y - all_p.lead.value) - log_share_p; };
    const auto log_q = [&](auto y) { return (y - all_q.lead.value) - log_share_q; };
    const R farthest = largest<R>(n, [&](auto j) { return abs(at(theta_q, j) - at(theta_p, j)); });
    const mask_of<R> near = farthest < S(1);
    // A(q) - A(p) = log E_p e^step, which keeps its digits where the points almost coincide.
    const R expected =
        total<R>(n, [&](auto j) { return exp(log_p(at(theta_p, j))) * expm1(at(theta_q, j) - at(theta_p, j)); });
    const R rise = log1p(select(near, expected, broadcast<R>(0)));
    const auto term = [&](auto p, auto q) {
      const auto log_ratio = select(near, (q - p) - rise, log_q(q) - log_p(p));
      return poisson_divergence(exp(log_p(p)), exp(log_q(q)), log_ratio);
    };
    const R zero = broadcast<R>(0);
    const R others = total<R>(n, [&](auto j) { return term(at(theta_p, j), at(theta_q, j)); });
    return trials<R>() * (others + term(zero, zero));
  }
  template <class R>
  RankOne<R> fisher(const R* theta, R* diagonal, R* u, R* own) const {
    using S = scalar_of<R>;
    const Softmax<R> all = logits(theta);
    const R share = S(1) / (S(1) + all.rest);
    const S root = sqrt(trials<R>());  // u u^T is then as symmetric as F
    each<R>(n, [&](auto j) {
      const auto p = exp(at(theta, j) - all.lead.value) * share;
      const auto mean = trials<R>() * p;
      put(diagonal, j, mean);
      put(u, j, root * p);
      if (own != nullptr) put(own, j, mean * select(all.lead.is(j), all.rest * share, S(1) - p));
    });
    return {broadcast<R>(1), exp(-all.lead.value) * share};
  }
  template <class R>
  R fisher_log_determinant(const R* theta) const {
    // det F is N^(K-1) times the product of all probabilities.
    const R a = logits(theta).log_sum();
    const R logs = total<R>(n, [&](auto j) { return at(theta, j) - a; }) - a;
    return logs + scalar_of<R>(n) * number.template logarithm<scalar_of<R>>();
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    const R log_last = log(fields[0][n]);
    each<R>(n, [&](auto j) { put(theta, j, log(at(fields[0], j)) - log_last); });
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    using S = scalar_of<R>;
    const Softmax<R> all = logits(theta);
    const R share = S(1) / (S(1) + all.rest);
    each<R>(n, [&](auto j) { put(fields[0], j, exp(at(theta, j) - all.lead.value) * share); });
    fields[0][n] = exp(-all.lead.value) * share;
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    R step = step_to_zero(trials<R>() - sum(mu), -total<R>(n, [&](auto j) { return at(direction, j); }));
    for (Index j = 0; j < n; ++j) step = min(step, step_to_zero(mu[j], direction[j]));
    return step;
  }

 protected:
  /// The number, for formulas in R.
  template <class R>
  scalar_of<R> trials() const {
    return number.template value<scalar_of<R>>();
  }
  template <class R>
  R sum(const R* mu) const {
    return total<R>(n, [&](auto j) { return at(mu, j); });
  }
  /// What the means leave of N, to the last digit where that is next to nothing.
  template <class R>
  R rest(const R* mu) const {
    const R plain = trials<R>() - sum(mu);
    const mask_of<R> lost = has_lost(plain);
    if (!any(lost)) return plain;
    return select(lost, rest_in_pairs(mu), plain);
  }
  template <class R>
  R log_last_share(const R* mu) const {
    const R inner = sum(mu) / trials<R>();
    const R value = log1p(-inner);
    const mask_of<R> lost = has_lost(trials<R>() * (scalar_of<R>(1) - inner));
    if (!any(lost)) return value;
    return select(lost, log(rest_in_pairs(mu) / trials<R>()), value);
  }
  /// All K logits; the last, 0, is coordinate n.
  template <class R>
  NATGRAD_INLINE Softmax<R> logits(const R* theta) const {
    using S = scalar_of<R>;
    const auto y = [&](auto j) { return at(theta, j); };
    Largest<R> lead = find_largest<R>(n, y);
    const mask_of<R> last = lead.value < S(0);
    lead = {max(lead.value, broadcast<R>(0)), select(last, broadcast<R>(S(n)), lead.where)};
    const R others = total<R>(n, [&](auto j) {
      using V = decltype(y(j));
      return select(lead.is(j), broadcast<V>(0), exp(y(j) - lead.value));
    });
    return {lead, others + select(last, broadcast<R>(0), exp(-lead.value))};
  }

 private:
  /// Whether a difference from N may be no more than the rounding of the sum.
  template <class R>
  mask_of<R> has_lost(R difference) const {
    using S = scalar_of<R>;
    return abs(difference) <= S(4) * S(n + 1) * epsilon<S> * trials<R>();
  }
  template <class R>
  NATGRAD_CALLED R rest_in_pairs(const R* mu) const {
    using S = scalar_of<R>;
    const S high = trials<R>();
    const S low = static_cast<S>(number.template value<double>() - static_cast<double>(high));
    const Sum<R> left = less_sum(Sum<R>{broadcast<R>(high), broadcast<R>(low)}, n, mu);
    return left.value + left.error;
  }
};

}  // namespace natgrad
