#include "natgrad/families/bernoulli_kind.hpp"
#include "natgrad/families/binomial_coefficient.hpp"
#include "natgrad/families/count_entropy.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Binomial of n trials: T(x) = x, theta = log p / (1 - p), A = n log(1 + e^theta), h = n! / (x! (n - x)!).
struct Binomial : BernoulliKind<Several> {
  static constexpr const char* name = "Binomial";
  static constexpr std::array parameters{Parameter{"trials", true, 1}};

  CountEntropy count_entropy;

  static Binomial from(std::span<const double> values) { return {{{}, {values[0]}}, CountEntropy(values[0])}; }

  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    using S = scalar_of<R>;
    require(mu[0] > S(0), mu[0], "mean must be > 0");
    require(mu[0] < n<R>(), mu[0], "mean must be < trials = %d", trials());
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    const mask_of<R> met = (x[0] >= S(0)) & (x[0] <= n<R>()) & (round(x[0]) == x[0]);
    require(met, x[0], "x must be an integer in 0..%d", trials());
  }

  template <class R>
  R entropy(const R* theta) const {
    const R t = -abs(theta[0]);
    const R mu = n<R>() * sigmoid(t);
    return count_entropy(mu, mu * sigmoid(-t), -n<R>() * log1p(exp(t)));
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    return -dual_at(theta) - entropy(theta);
  }
  template <class R>
  R log_base_measure(const R* x) const {
    return log_binomial_coefficient(x[0], n<R>() - x[0]);
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    using S = scalar_of<R>;
    const R t = theta[0];
    const R y = n<R>() - x[0];
    const mask_of<R> inside = (x[0] > S(0)) & (y > S(0));
    const R a = select(inside, x[0], broadcast<R>(1));
    const R b = select(inside, y, broadcast<R>(1));
    const R np = n<R>() * sigmoid(t);
    const R nq = n<R>() * sigmoid(-t);
    const R excess = select(t < S(0), np - a, b - nq);  // n p - x, formed from the rarer outcome
    const R mass = log_peak(a, b) - (deviance(a, np, excess) + deviance(b, nq, -excess));
    return select(inside, mass, -n<R>() * softplus(select(x[0] == S(0), t, -t)));
  }

 private:
  Index trials() const { return static_cast<Index>(number.number); }
};

}  // namespace

FamilyEntry family_binomial() { return family_entry<Binomial>(); }

}  // namespace natgrad
