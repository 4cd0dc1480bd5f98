#include "natgrad/base/buffer.hpp"
#include "natgrad/base/dominant.hpp"
#include "natgrad/base/pair.hpp"
#include "natgrad/families/closed_forms.hpp"
#include "natgrad/families/count_vectors.hpp"
#include "natgrad/families/factorial_excess.hpp"
#include "natgrad/families/negative_binomial_entropy.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// NegativeMultinomial: counts of K kinds of failure before the r-th success, r > 0 real. T(x) = x, theta_k = log p_k,
/// sum p < 1, A = -r log(1 - sum p), mu_k = r m_k with the odds m_k = p_k / (1 - sum p), h = Gamma(r + sum x) /
/// (Gamma(r) prod x_k!). F = diag(mu) + mu mu^T / r.
struct NegativeMultinomial {
  static constexpr const char* name = "NegativeMultinomial";
  static constexpr Structure structure = Structure::blocks;
  static constexpr std::array parameters{Parameter{"successes", false, 0}, Parameter{"categories", true, 1}};

  Index n;
  double successes;
  NegativeBinomialEntropy total_entropy;
  NegativeBinomialFactorialExcess excess;

  static NegativeMultinomial from(std::span<const double> values) {
    const double r = values[0];
    return {static_cast<Index>(values[1]), r, NegativeBinomialEntropy(r), NegativeBinomialFactorialExcess(r)};
  }
  Index size() const { return n; }
  std::string coordinate(Index j) const { return "log_probability[" + std::to_string(j) + "]"; }
  Shape event_shape() const { return {n}; }
  std::vector<Field> standard() const { return {{"probabilities", {n}}}; }

  template <class R, class Require>
  void natural_domain(const R* theta, Require& require) const {
    using S = scalar_of<R>;
    for (Index j = 0; j < n; ++j) require(theta[j] < S(0), theta[j], "log probability must be < 0");
    const R success = one_less_sum(theta);
    require(success > S(0), S(1) - success, "sum of probabilities must be < 1");
  }
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    using S = scalar_of<R>;
    for (Index j = 0; j < n; ++j) require(mu[j] > S(0), mu[j], "mean must be > 0");
  }
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    using S = scalar_of<R>;
    const R* p = fields[0];
    for (Index j = 0; j < n; ++j) require((p[j] > S(0)) & (p[j] < S(1)), p[j], "probability must be in (0, 1)");
    const R rest = one_less(n, p).value;
    require(rest > S(0), S(1) - rest, "sum of probabilities must be < 1");
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    counts::support(n, x, require);
  }

  template <class R>
  R log_partition(const R* theta) const {
    return r<R>() * log1p(odds(theta).sum);
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    const R scale = r<R>() / one_less_sum(theta);
    each<R>(n, [&](auto j) { put(mu, j, exp(at(theta, j)) * scale); });
  }
  template <class R>
  void to_natural(const R* mu, R* theta) const {
    using S = scalar_of<R>;
    const Dominant<R> means = find_dominant<R>(n, [&](auto j) { return at(mu, j); });
    const R others = r<R>() + means.rest;
    const R whole = others + means.lead.value;
    const R lead = log1p(-others / whole);
    each<R>(n, [&](auto j) {
      const auto share = at(mu, j) / whole;
      put(theta, j, select(means.lead.is(j) & (share > S(0.5)), lead, log(share)));
    });
  }
  template <class R>
  R dual_log_partition(const R* mu) const {
    // Both terms of one sign.
    Buffer<R> theta(n);
    to_natural(mu, theta.data());
    const R sum = total<R>(n, [&](auto j) { return at(mu, j); });
    return dot<R>(n, mu, theta.data()) - r<R>() * log1p(sum / r<R>());
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    // r times Poisson divergences of rates m_k = p's odds, and that of the ratio of q's success probability to p's.
    const Sum<R> success_p = one_less_exponentials(n, theta_p);
    const Sum<R> success_q = one_less_exponentials(n, theta_q);
    const R from = success_p.value;
    const R gain = (success_q.value - from) + (success_q.error - success_p.error);
    const R moves = total<R>(n, [&](auto j) {
      const auto step = at(theta_q, j) - at(theta_p, j);
      return poisson_divergence(exp(at(theta_p, j)) / from, exp(at(theta_q, j)) / from, step);
    });
    return r<R>() * (moves + ratio_remainder(success_q.value / from, gain / from));
  }

  template <class R>
  void fisher_multiply(const R* theta, const R* v, R* out) const {
    const Odds<R> m = odds(theta);
    const R sum = total<R>(n, [&](auto j) { return exp(at(theta, j)) * at(v, j); }) / m.success;
    const R scale = r<R>() / m.success;
    each<R>(n, [&](auto j) { put(out, j, exp(at(theta, j)) * scale * (at(v, j) + sum)); });
  }
  /// Sherman-Morrison: all terms of its denominator are positive.
  template <class R>
  mask_of<R> fisher_solve(const R* theta, const R* v, R damping, R* out) const {
    using S = scalar_of<R>;
    Buffer<R> mu(n);
    to_mean(theta, mu.data());
    const auto damped = [&](auto j) { return at(mu.data(), j) + damping; };
    const auto weight = [&](auto j) { return at(mu.data(), j) / damped(j); };
    const auto seen = [&](auto j) { return weight(j) * at(v, j); };
    const auto held = [&](auto j) { return weight(j) * at(mu.data(), j); };
    const Dominant<R> along = find_dominant<R>(n, seen);
    const Dominant<R> whole = find_dominant<R>(n, held);
    const R denominator = r<R>() + whole.sum();
    // Of the inverse's diagonal 1/d - mu w / (d denominator) the part that does not cancel.
    each<R>(n, [&](auto j) {
      const auto own = (r<R>() + whole.without(j, held(j))) / denominator;
      put(out, j, (at(v, j) / damped(j)) * own - (weight(j) / denominator) * along.without(j, seen(j)));
    });
    return damping >= S(0);
  }
  template <class R>
  void fisher_dense(const R* theta, R* out) const {
    Buffer<R> mu(n);
    to_mean(theta, mu.data());
    const R root = sqrt(broadcast<R>(r<R>()));
    for (Index i = 0; i < n; ++i) {
      for (Index j = 0; j < n; ++j) out[i * n + j] = (mu[i] / root) * (mu[j] / root);
      out[i * n + i] += mu[i];
    }
  }
  template <class R>
  R fisher_log_determinant(const R* theta) const {
    // det F = (1 + sum m) prod mu.
    using S = scalar_of<R>;
    const R log_odds = log1p(odds(theta).sum);
    const R logs = total<R>(n, [&](auto j) { return at(theta, j); });
    return logs + S(n + 1) * log_odds + S(n) * S(std::log(successes));
  }

  template <class R>
  R entropy(const R* theta) const {
    // That of the sum, which is a NegativeBinomial, and what the kinds add.
    using S = scalar_of<R>;
    const Odds<R> m = odds(theta);
    const mask_of<R> rare = m.sum < S(1);
    const R safe = select(m.sum > S(0), m.sum, broadcast<R>(1));
    const R log_failure = select(rare, log(safe) - log1p(safe), -log1p(S(1) / safe));
    const R others = total<R>(n, [&](auto j) { return excess(exp(at(theta, j)) / m.success); });
    const R sum = total_entropy(log_failure, m.sum, r<R>() * m.sum, r<R>() * log1p(m.sum));
    return sum + (others - excess(m.sum));
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    return -derived::dual_at<NegativeMultinomial, R>(*this, theta) - entropy(theta);
  }
  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    each<R>(n, [&](auto j) { put(statistics, j, at(x, j)); });
  }
  template <class R>
  R log_base_measure(const R* x) const {
    const R sum = total<R>(n, [&](auto j) { return at(x, j); });
    const R number = broadcast<R>(r<R>());
    return counts::log_coefficient(n, x) + (log_binomial_coefficient(sum, number) - log1p(sum / number));
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    const Odds<R> m = odds(theta);
    const R sum = total<R>(n, [&](auto j) { return at(x, j); });
    const R number = broadcast<R>(r<R>());
    const R size = sum + number;
    const R losses = total<R>(n, [&](auto j) {
      const auto expected = size * exp(at(theta, j));
      return counts::loss(at(x, j), expected, expected - at(x, j));
    });
    const R off = m.success * (sum - number * m.sum);  // size p_0 - r
    const R successes_loss = counts::loss(number, size * m.success, off);
    const R mass = counts::log_mode(size) - log1p(sum / number) - (losses + successes_loss);
    return select(sum > scalar_of<R>(0), mass, -number * log1p(m.sum));
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    each<R>(n, [&](auto j) { put(theta, j, log(at(fields[0], j))); });
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    each<R>(n, [&](auto j) { put(fields[0], j, exp(at(theta, j))); });
  }
  /// The zero of 1 - sum e^(theta + beta direction), concave in beta, by Newton from where one term alone is 1: from
  /// the right every step stays there, and while the others are large each takes off one in their exponent.
  template <class R>
  R step_to_boundary(const R* theta, const R* direction) const {
    using S = scalar_of<R>;
    const R far = broadcast<R>(infinity<S>);
    R beta = far;
    for (Index j = 0; j < n; ++j) beta = min(beta, step_to_zero(-theta[j], -direction[j]));
    const mask_of<R> leaves = beta < infinity<S>;
    beta = select(leaves, beta, broadcast<R>(0));
    Buffer<R> moved(n);
    for (int step = 0; step < 64; ++step) {
      each<R>(n, [&](auto j) { put(moved.data(), j, at(theta, j) + beta * at(direction, j)); });
      const R slack = one_less_sum(moved.data());
      const R slope = total<R>(n, [&](auto j) { return at(direction, j) * exp(at(moved.data(), j)); });
      const mask_of<R> working = leaves & (slack < S(0)) & (slope > S(0));
      const R next = select(working, beta + slack / select(working, slope, broadcast<R>(1)), beta);
      const mask_of<R> moves = next < beta;
      beta = select(moves & (next > S(0)), next, beta);
      if (!any(moves & (next > S(0)))) break;
    }
    return select(leaves, beta, far);
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    R step = broadcast<R>(infinity<scalar_of<R>>);
    for (Index j = 0; j < n; ++j) step = min(step, step_to_zero(mu[j], direction[j]));
    return step;
  }

 private:
  template <class R>
  scalar_of<R> r() const {
    return static_cast<scalar_of<R>>(successes);
  }
  /// The probability of a success, 1 - sum p, and the odds of a failure, sum p / (1 - sum p).
  template <class R>
  struct Odds {
    R success;
    R sum;
  };
  template <class R>
  Odds<R> odds(const R* theta) const {
    const R success = one_less_sum(theta);
    return {success, total<R>(n, [&](auto j) { return exp(at(theta, j)); }) / success};
  }
  template <class R>
  R one_less_sum(const R* theta) const {
    return one_less_exponentials(n, theta).value;
  }
};

}  // namespace

FamilyEntry family_negative_multinomial() { return family_entry<NegativeMultinomial>(); }

}  // namespace natgrad
