#include "natgrad/families/bregman_integral.hpp"
#include "natgrad/families/closed_forms.hpp"
#include "natgrad/families/log_series.hpp"
#include "natgrad/families/scalar.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Logarithmic series on {1, 2, ...}: T(x) = x, theta = log p < 0, A = log L with L = -log(1 - e^theta), h = 1 / x.
struct Logarithmic : OneCoordinate {
  static constexpr const char* name = "Logarithmic";
  static constexpr Structure structure = Structure::diagonal;

  std::string coordinate(Index) const { return "log_probability"; }
  std::vector<Field> standard() const { return {{"probability", {}}}; }

  template <class R, class Require>
  void natural_domain(const R* theta, Require& require) const {
    using S = scalar_of<R>;
    require(theta[0] < S(0), theta[0], "log probability must be < 0");
  }
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    using S = scalar_of<R>;
    require(mu[0] > S(1), mu[0], "mean must be > 1");
  }
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    using S = scalar_of<R>;
    require((fields[0][0] > S(0)) & (fields[0][0] < S(1)), fields[0][0], "probability must be in (0, 1)");
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require((x[0] >= S(1)) & (x[0] < infinity<S>)&(round(x[0]) == x[0]), x[0], "x must be a positive integer");
  }

  template <class R>
  R log_partition(const R* theta) const {
    return theta[0] + log_ratio(Parts<R>(theta[0]));
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    mu[0] = scalar_of<R>(1) + mean_excess(Parts<R>(theta[0]));
  }
  template <class R>
  NATGRAD_CALLED Iterations<R> to_natural(const R* mu, R* theta) const {
    // Newton for log((e^L - 1) / L) = log mu, which is convex and increasing, from L = 2 log mu, right of the root; its
    // slope is between 1/2, at L = 0, and 1. Then p / (1 - p) = mu L.
    using S = scalar_of<R>;
    constexpr int most = 12;
    const R target = log1p(mu[0] - S(1));
    R x = S(2) * target;
    R count = broadcast<R>(0);
    mask_of<R> active = (x > S(0)) & is_finite(x);
    const mask_of<R> valid = active;
    x = select(active, x, broadcast<R>(1));
    for (int i = 0; i < most && any(active); ++i) {
      const mask_of<R> near = x < S(1);
      const R low = min(x, S(1));
      const R p = -expm1(-x);
      const R value = select(near, log1p(remainder_share(low)), x + log(p / x)) - target;
      const R slope = select(near, -remainder_share(-low) / p, S(1) / p - S(1) / x);
      const R step = value / slope;
      x = select(active, x - step, x);
      count += select(active, broadcast<R>(1), broadcast<R>(0));
      active = active & (abs(step) > S(2) * epsilon<S> * x);
    }
    theta[0] = -log1p(S(1) / (mu[0] * x));
    return {count, mask_of<R>(valid & (x > S(0)))};
  }
  template <class R>
  R dual_at(const R* theta) const {
    const Parts<R> at(theta[0]);
    return theta[0] * mean_excess(at) - log_ratio(at);
  }
  template <class R>
  NATGRAD_CALLED R entropy(const R* theta) const {
    const Parts<R> at(theta[0]);
    return (log_ratio(at) - theta[0] * mean_excess(at)) + expected_log(at.p, at.odds, at.total);
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    // log(L_q / L_p) - step mu_p; theta is taken out of both where it is their larger part, the integral where the
    // points are close. L_q - L_p = -log1p(-v) with v = odds_p (e^step - 1).
    using S = scalar_of<R>;
    const R step = theta_q[0] - theta_p[0];
    const Parts<R> p(theta_p[0]);
    const Parts<R> q(theta_q[0]);
    const R v = p.odds * expm1(min(step, S(1)));
    const mask_of<R> little = abs(v) < S(0.5);
    const R rise = select(little, -log1p(-select(little, v, broadcast<R>(0))), q.total - p.total);
    const R inner = log1p(rise / p.total) - step * (p.odds / p.total);
    const R outer = (log_ratio(q) - log_ratio(p)) - step * mean_excess(p);
    const R apart = max(select(min(theta_p[0], theta_q[0]) > S(-1), inner, outer), broadcast<R>(0));
    const R low = min(-theta_p[0], -theta_q[0]);
    const R high = max(-theta_p[0], -theta_q[0]);
    const mask_of<R> close = (abs(step) < S(0.33)) & (high < S(1.4) * low);
    if (!any(close)) return apart;
    const R move = select(close, step, broadcast<R>(0));
    return select(close, divergence_of_close(theta_p[0], move), apart);
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    return theta[0] * (x[0] - scalar_of<R>(1)) - log_ratio(Parts<R>(theta[0])) - log(x[0]);
  }
  template <class R>
  void fisher(const R* theta, R* diagonal) const {
    diagonal[0] = variance(theta[0]);
  }
  template <class R>
  R fisher_log_determinant(const R* theta) const {
    const Parts<R> at(theta[0]);
    return theta[0] + (at.total + log(at.odds / at.total * at.gap()));
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics[0] = x[0];
  }
  template <class R>
  R log_base_measure(const R* x) const {
    return -log(x[0]);
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    const Parts<R> at(theta[0]);
    return -expected_log(at.p, at.odds, at.total);
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    theta[0] = log(fields[0][0]);
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    fields[0][0] = exp(theta[0]);
  }
  template <class R>
  R step_to_boundary(const R* theta, const R* direction) const {
    return step_to_zero(-theta[0], -direction[0]);
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    return step_to_zero(mu[0] - scalar_of<R>(1), direction[0]);
  }

 private:
  /// p, and p, p / (1 - p) and L held above underflow, so that their ratios have the limits they should.
  template <class R>
  struct Parts {
    R p, held, odds, total;
    NATGRAD_CALLED explicit Parts(R theta) {
      using S = scalar_of<R>;
      p = exp(theta);
      held = max(p, std::numeric_limits<S>::min());
      odds = max(times_odds(S(1), theta), std::numeric_limits<S>::min());
      total = log1p(odds);
    }
    /// (L - p) / (p L), from L - p = e^-L - 1 + L; 1/2 at 0.
    NATGRAD_INLINE R gap() const { return -remainder_share(-total) / held; }
  };
  /// log(L / p) >= 0.
  template <class R>
  NATGRAD_INLINE static R log_ratio(const Parts<R>& at) {
    return log1p(at.p * (at.gap() * (at.total / at.held)));
  }
  /// mu - 1 = (e^L - 1 - L) / L, e^L - 1 being the odds.
  template <class R>
  NATGRAD_INLINE static R mean_excess(const Parts<R>& at) {
    using S = scalar_of<R>;
    const mask_of<R> near = at.total < S(1);
    return select(near, at.p * (remainder_share(min(at.total, S(1))) / at.held), at.odds / at.total - S(1));
  }
  /// mu (1 + odds) (L - p) / L.
  template <class R>
  NATGRAD_INLINE static R variance(R theta) {
    const Parts<R> at(theta);
    return at.p * ((at.odds / at.total * at.gap()) * (scalar_of<R>(1) + at.odds));
  }
  template <class R>
  NATGRAD_CALLED static R divergence_of_close(R theta, R step) {
    // Near 0 the variance is theta^-2 over a logarithm: as a multiple of that, which does not overflow.
    using S = scalar_of<R>;
    const R relative = step / theta;
    return relative * relative * bregman_integral<R>([&](auto t) {
             const R at = theta + t * step;
             const R ratio = theta / at;
             const Parts<R> there(at);
             const R scaled = (-at * there.odds) * (-at * (S(1) + there.odds));
             return ratio * ratio * (there.p * (scaled / there.total * there.gap()));
           });
  }
};

}  // namespace

FamilyEntry family_logarithmic() { return family_entry<Logarithmic>(); }

}  // namespace natgrad
