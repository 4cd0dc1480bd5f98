#include "natgrad/families/closed_forms.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Categorical over K labels 0 ... K-1: T(x) = indicators of the first K-1, theta_k = log p_k / p_K, h = 1,
/// A = log(1 + sum e^theta_k).
struct Categorical {
  static constexpr const char* name = "Categorical";
  static constexpr Structure structure = Structure::diagonal_minus_rank_one;
  static constexpr std::array parameters{Parameter{"categories", true, 2}};
  static constexpr Index longest_row_across = 64;

  Index n;  // K - 1

  static Categorical from(std::span<const double> values) { return {static_cast<Index>(values[0]) - 1}; }
  Index size() const { return n; }
  std::string coordinate(Index j) const { return "log_odds[" + std::to_string(j) + "]"; }
  Shape event_shape() const { return {}; }
  std::vector<Field> standard() const { return {{"probabilities", {n + 1}}}; }

  template <class R, class Require>
  void natural_domain(const R*, Require&) const {}
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    using S = scalar_of<R>;
    for (Index j = 0; j < n; ++j) {
      require((mu[j] > S(0)) & (mu[j] < S(1)), mu[j], "probability must be in (0, 1)");
    }
    const R sum = total<R>(n, [&](auto j) { return at(mu, j); });
    require(sum < S(1), sum, "sum of probabilities must be < 1");
  }
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    using S = scalar_of<R>;
    const R* p = fields[0];
    for (Index j = 0; j <= n; ++j) require((p[j] > S(0)) & (p[j] < S(1)), p[j], "probability must be in (0, 1)");
    const R sum = total<R>(n + 1, [&](auto j) { return at(p, j); });
    constexpr S tolerance = sizeof(S) == 8 ? S(1e-8) : S(1e-4);
    require(abs(sum - S(1)) <= tolerance, sum, "probabilities must sum to 1");
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require((x[0] >= S(0)) & (x[0] <= S(n)) & (round(x[0]) == x[0]), x[0],
            "observation must be a label 0, 1, ..., categories - 1");
  }

  template <class R>
  R log_partition(const R* theta) const {
    // With m = max(0, theta): m + log1p(sum e^(theta - m) + (e^-m - 1)), exact where every theta is very negative.
    const R m = max(largest<R>(n, [&](auto j) { return at(theta, j); }), broadcast<R>(0));
    return m + log1p(total<R>(n, [&](auto j) { return exp(at(theta, j) - m); }) + expm1(-m));
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    const R a = log_partition(theta);
    each<R>(n, [&](auto j) { put(mu, j, exp(at(theta, j) - a)); });
  }
  template <class R>
  void to_natural(const R* mu, R* theta) const {
    const R log_last = log(last(mu));
    each<R>(n, [&](auto j) { put(theta, j, log(at(mu, j)) - log_last); });
  }
  template <class R>
  R dual_at(const R* theta) const {
    const R a = log_partition(theta);
    return total<R>(n, [&](auto j) {
             const auto log_p = at(theta, j) - a;
             return exp(log_p) * log_p;
           }) -
           exp(-a) * a;
  }
  template <class R>
  R dual_log_partition(const R* mu) const {
    const R rest = last(mu);
    return total<R>(n, [&](auto j) { return at(mu, j) * log(at(mu, j)); }) + rest * log(rest);
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    using S = scalar_of<R>;
    const R a_p = log_partition(theta_p);
    const R a_q = log_partition(theta_q);
    const R farthest = largest<R>(n, [&](auto j) { return abs(at(theta_q, j) - at(theta_p, j)); });
    // A(q) - A(p) = log E_p e^step, which keeps its digits where the points almost coincide.
    const R expected = total<R>(
        n, [&](auto j) { return exp(at(theta_p, j) - a_p) * expm1(at(theta_q, j) - at(theta_p, j)); });
    const mask_of<R> near = farthest < S(1);
    const R rise = select(near, log1p(select(near, expected, broadcast<R>(0))), a_q - a_p);
    return total<R>(n, [&](auto j) {
             const auto p = at(theta_p, j);
             const auto q = at(theta_q, j);
             return poisson_divergence(exp(p - a_p), exp(q - a_q), (q - p) - rise);
           }) +
           poisson_divergence(exp(-a_p), exp(-a_q), -rise);
  }
  template <class R>
  RankOne<R> fisher(const R* theta, R* diagonal, R* u) const {
    const R a = log_partition(theta);
    each<R>(n, [&](auto j) {
      const auto p = exp(at(theta, j) - a);
      put(diagonal, j, p);
      put(u, j, p);
    });
    return {broadcast<R>(1), exp(-a)};
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

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    const R log_last = log(fields[0][n]);
    each<R>(n, [&](auto j) { put(theta, j, log(at(fields[0], j)) - log_last); });
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    to_mean(theta, fields[0]);
    fields[0][n] = exp(-log_partition(theta));
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    R step = step_to_zero(last(mu), -total<R>(n, [&](auto j) { return at(direction, j); }));
    for (Index j = 0; j < n; ++j) step = min(step, step_to_zero(mu[j], direction[j]));
    return step;
  }

 private:
  /// The last category's probability.
  template <class R>
  R last(const R* mu) const {
    using S = scalar_of<R>;
    return S(1) - total<R>(n, [&](auto j) { return at(mu, j); });
  }
};

}  // namespace

FamilyEntry family_categorical() { return family_entry<Categorical>(); }

}  // namespace natgrad
