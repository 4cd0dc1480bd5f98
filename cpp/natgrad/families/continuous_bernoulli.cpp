#include "natgrad/base/truncated_exponential.hpp"
#include "natgrad/families/bregman_integral.hpp"
#include "natgrad/families/closed_forms.hpp"
#include "natgrad/families/scalar.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// ContinuousBernoulli on [0, 1]: T(x) = x, theta = log p / (1 - p), A = log((e^theta - 1) / theta), h = 1
/// (Loaiza-Ganem & Cunningham 2019). For theta = -y it is the exponential law of rate y cut off at 1, for theta = y
/// that of 1 - x.
struct ContinuousBernoulli : OneCoordinate {
  static constexpr const char* name = "ContinuousBernoulli";
  static constexpr Structure structure = Structure::diagonal;

  std::string coordinate(Index) const { return "log_odds"; }
  std::vector<Field> standard() const { return {{"probability", {}}}; }

  template <class R, class Require>
  void natural_domain(const R*, Require&) const {}
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    using S = scalar_of<R>;
    require((mu[0] > S(0)) & (mu[0] < S(1)), mu[0], "mean must be in (0, 1)");
  }
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    using S = scalar_of<R>;
    require((fields[0][0] > S(0)) & (fields[0][0] < S(1)), fields[0][0], "probability must be in (0, 1)");
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require((x[0] >= S(0)) & (x[0] <= S(1)), x[0], "x must be in [0, 1]");
  }

  template <class R>
  R log_partition(const R* theta) const {
    const TruncatedExponential<R> at(abs(theta[0]));
    return at.log_partition() + max(theta[0], scalar_of<R>(0));
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    using S = scalar_of<R>;
    const R lower = TruncatedExponential<R>(abs(theta[0])).mean();
    mu[0] = select(theta[0] > S(0), S(1) - lower, lower);
  }
  template <class R>
  Iterations<R> to_natural(const R* mu, R* theta) const {
    using S = scalar_of<R>;
    const TruncatedRate<R> found = truncated_rate(min(mu[0], S(1) - mu[0]), abs(mu[0] - S(0.5)));
    theta[0] = select(mu[0] > S(0.5), found.rate, -found.rate);
    return {found.iterations, found.converged};
  }
  template <class R>
  R dual_at(const R* theta) const {
    return -TruncatedExponential<R>(abs(theta[0])).entropy();
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    using S = scalar_of<R>;
    // Reflected so that p = -a <= 0.
    const R a = abs(theta_p[0]);
    const R q = select(theta_p[0] > S(0), -theta_q[0], theta_q[0]);
    const R b = abs(q);
    const R step = q + a;
    const mask_of<R> close = (max(a, b) <= S(2)) | ((q < S(0)) & (max(a, b) <= close_ratio<S> * min(a, b)));
    R value = broadcast<R>(0);
    if (!all(close)) {
      const R normaliser = log(average(b) / average(a));
      value = max(q, S(0)) + normaliser - step * TruncatedExponential<R>(a).mean();
    }
    if (any(close)) {
      const R held = select(close, step, broadcast<R>(0));
      value = select(close, held * held * integral(a, held), value);
    }
    return max(value, S(0));
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    using S = scalar_of<R>;
    const R y = abs(theta[0]);
    return -y * select(theta[0] > S(0), S(1) - x[0], x[0]) - TruncatedExponential<R>(y).log_partition();
  }
  template <class R>
  void fisher(const R* theta, R* diagonal) const {
    diagonal[0] = TruncatedExponential<R>(abs(theta[0])).variance();
  }
  template <class R>
  R fisher_log_determinant(const R* theta) const {
    return TruncatedExponential<R>(abs(theta[0])).log_variance();
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics[0] = x[0];
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
    theta[0] = log(fields[0][0]) - log1p(-fields[0][0]);
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    fields[0][0] = sigmoid(theta[0]);
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    using S = scalar_of<R>;
    return min(step_to_zero(mu[0], direction[0]), step_to_zero(S(1) - mu[0], -direction[0]));
  }

 private:
  /// (1 - e^-y) / y.
  template <class R>
  static R average(R y) {
    using S = scalar_of<R>;
    const R held = max(y, std::numeric_limits<S>::min());
    return -expm1(-held) / held;
  }
  /// The integral of (1 - t) F(-a + t step) over [0, 1].
  template <class R>
  NATGRAD_CALLED static R integral(R a, R step) {
    return bregman_integral<R>([&](auto t) { return TruncatedExponential<R>(abs(t * step - a)).variance(); });
  }
};

}  // namespace

FamilyEntry family_continuous_bernoulli() { return family_entry<ContinuousBernoulli>(); }

}  // namespace natgrad
