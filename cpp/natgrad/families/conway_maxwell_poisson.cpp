#include <limits>
#include <stdexcept>

#include "natgrad/base/conway_maxwell.hpp"
#include "natgrad/base/newton.hpp"
#include "natgrad/families/closed_forms.hpp"
#include "natgrad/families/scalar.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Conway-Maxwell-Poisson of known dispersion nu: T(x) = x, theta = log(rate), h = (x!)^-nu,
/// A = log sum_x rate^x / (x!)^nu.
struct ConwayMaxwellPoisson {
  static constexpr const char* name = "ConwayMaxwellPoisson";
  static constexpr Structure structure = Structure::diagonal;
  static constexpr std::array parameters{Parameter{"dispersion", false, 0}};
  static constexpr double smallest = 0.01, largest = 1000;

  ConwayMaxwell law;

  static ConwayMaxwellPoisson from(std::span<const double> values) {
    // The sum over what has weight is too long below.
    if (!(values[0] >= smallest && values[0] <= largest)) {
      throw std::invalid_argument("ConwayMaxwellPoisson: dispersion must be in [0.01, 1000]");
    }
    return {conway_maxwell(values[0])};
  }
  Index size() const { return 1; }
  std::string coordinate(Index) const { return "log_rate"; }
  Shape event_shape() const { return {}; }
  std::vector<Field> standard() const { return {{"rate", {}}}; }

  template <class R, class Require>
  void natural_domain(const R*, Require&) const {}
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    using S = scalar_of<R>;
    require(mu[0] > S(0), mu[0], "mean must be > 0");
  }
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    using S = scalar_of<R>;
    require(fields[0][0] > S(0), fields[0][0], "rate must be > 0");
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require((x[0] >= S(0)) & (x[0] < infinity<S>)&(round(x[0]) == x[0]), x[0], "x must be a non-negative integer");
  }

  template <class R>
  R log_partition(const R* theta) const {
    return conway_maxwell_moments(law, theta[0]).log_partition;
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    mu[0] = conway_maxwell_moments(law, theta[0]).mean;
  }
  /// Newton on log mu between bounds of theta. By p(x) x^nu = rate p(x - 1), rate = E x^nu and 1/rate >= E (1 + x)^-nu,
  /// so by Jensen's inequality nu log mu <= theta <= nu log(1 + mu) for nu >= 1, theta <= nu log mu for nu <= 1; x^nu
  /// is above x for nu > 1, below for nu < 1; and for nu <= 1 rate = mu E x^(nu - 1) >= mu (1 + 2 mu)^(nu - 1) by
  /// Jensen under the law weighed by x, whose mean 1 + E x(x - 1) / mu is at most 1 + 2 mu: p(i + k) / p(i) =
  /// rate^k / ((i + 1) ... (i + k))^nu falls with i, so the hazard p(i) / P(x >= i) rises, the mean residual life
  /// E(x - i | x >= i) falls (Barlow and Proschan 1975, Statistical Theory of Reliability and Life Testing, section
  /// 4.2) from mu at i = 0, and x(x - 1)/2 = sum_(i >= 1) (x - i)^+ has mean sum_(i >= 1) P(x >= i) E(x - i | x >= i)
  /// <= mu^2. The start is exact at nu = 0 and 1 and at both ends of mu between.
  template <class R>
  NATGRAD_CALLED Iterations<R> to_natural(const R* mu, R* theta) const {
    using S = scalar_of<R>;
    constexpr bool wide = sizeof(S) == 8;
    const S nu = static_cast<S>(law.nu), margin = S(1e-3);
    const R target = mu[0], log_mu = log(target);
    R low, high, start;
    if (law.nu <= 1) {
      low = log_mu - (S(1) - nu) * log1p(S(2) * target);
      high = min(log_mu, nu * log_mu);
      start = log_mu - (S(1) - nu) * log1p(target);
    } else {
      low = max(log_mu, nu * log_mu);
      high = nu * log1p(target);
      start = select(target < S(1), log_mu, nu * log(max(target, broadcast<R>(1)) + S(0.5) * (nu - S(1)) / nu));
    }
    low = low - (margin + S(8) * epsilon<S> * abs(low));
    high = high + (margin + S(8) * epsilon<S> * abs(high));
    // In units in which a step relative to the unknown is never one relative to a theta near 0.
    const R origin = S(1) - low;
    const auto gap = [&](R shifted) {
      const auto m = conway_maxwell_moments(law, shifted - origin);
      // Between two whole numbers the variance may underflow; a slope of 0 would not tell the side of the root.
      return std::array<R, 2>{log(m.mean / target),
                              max(m.variance / m.mean, broadcast<R>(std::numeric_limits<S>::min()))};
    };
    const Root<R> root = find_root<R>(gap, broadcast<R>(1), high + origin, start + origin, wide ? S(1e-9) : S(1e-5));
    // The last step, for which the sum theta + origin has no room.
    const R found = root.x - origin;
    const auto m = conway_maxwell_moments(law, found);
    const R value = log(m.mean / target), step = value * (m.mean / m.variance);
    theta[0] = found - select(abs(step) < (wide ? S(1e-4) : S(1e-2)), step, S(0));
    // An end of the bracket is no root.
    return {root.iterations, mask_of<R>(root.converged & (abs(value) < (wide ? S(1e-6) : S(1e-2))))};
  }
  template <class R>
  R entropy(const R* theta) const {
    return conway_maxwell_moments(law, theta[0]).entropy;
  }
  template <class R>
  NATGRAD_CALLED R kl_divergence(const R* theta_p, const R* theta_q) const {
    // y (e^t - 1 - t) + sum_k d_k y^-k (e^-kt - 1 + kt), t = (theta_q - theta_p) / nu, where both are expanded; a
    // difference of log-partitions far from there, log E_p e^u, E_p u = 0, near.
    using S = scalar_of<R>;
    const S nu = static_cast<S>(law.nu), least = static_cast<S>(law.least);
    const R step = theta_q[0] - theta_p[0], t = step / nu;
    const R alpha_p = exp(theta_p[0] / nu), alpha_q = exp(theta_q[0] / nu);
    const mask_of<R> expanded = (alpha_p >= least) & (alpha_q >= least) & (abs(t) < S(1));
    const R held = select(expanded, t, broadcast<R>(0));
    const R z = least / max(alpha_p, broadcast<R>(least));
    R power = broadcast<R>(1);
    R answer = nu * alpha_p * exp_minus_one_minus_x(held);
#pragma GCC unroll 1
    for (int k = 1; k <= detail::conway_terms; ++k) {
      power = power * z;
      answer = answer +
               static_cast<S>(law.d[static_cast<std::size_t>(k - 1)]) * (power * exp_minus_one_minus_x(S(-k) * held));
    }
    if (all(expanded)) return answer;
    const auto p = conway_maxwell_moments(law, theta_p[0]);
    const R far = conway_maxwell_moments(law, theta_q[0]).log_partition - p.log_partition - step * p.mean;
    const mask_of<R> close = (!expanded) & (far < S(10)) & (alpha_p < S(8) * least);
    answer = select(expanded, answer, far);
    if (any(close)) answer = select(close, kl_close(theta_p[0], step, close), answer);
    return max(answer, broadcast<R>(0));
  }
  template <class R>
  void fisher(const R* theta, R* diagonal) const {
    diagonal[0] = conway_maxwell_moments(law, theta[0]).variance;
  }
  template <class R>
  R fisher_log_determinant(const R* theta) const {
    // Where both neighbours of the mode are rare the variance is the sum of their probabilities, which may underflow.
    using S = scalar_of<R>;
    const S nu = static_cast<S>(law.nu);
    const R mode = round(exp(theta[0] / nu) - S(0.5));
    const R above = theta[0] - nu * log(mode + S(1));
    const R below = select(mode > S(0), nu * log(mode) - theta[0], broadcast<R>(-infinity<S>));
    const R largest = max(above, below);
    return select(largest < S(sizeof(S) == 8 ? -38 : -18), largest + log1p(exp(min(above, below) - largest)),
                  log(conway_maxwell_moments(law, theta[0]).variance));
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics[0] = x[0];
  }
  template <class R>
  R log_base_measure(const R* x) const {
    using S = scalar_of<R>;
    return -static_cast<S>(law.nu) * lgamma(select(x[0] >= S(0), x[0], broadcast<R>(0)) + S(1));
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    return -static_cast<scalar_of<R>>(law.nu) * conway_maxwell_moments(law, theta[0]).log_factorial;
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
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    return step_to_zero(mu[0], direction[0]);
  }

 private:
  /// log E_p e^u = log(1 + E_p (e^u - 1 - u)), u = (theta_q - theta_p) (x - mu_p): a sum of positive terms.
  template <class R>
  NATGRAD_CALLED R kl_close(R theta, R step, mask_of<R> wanted) const {
    using S = scalar_of<R>;
    const S nu = static_cast<S>(law.nu);
    theta = select(wanted, theta, S(0));
    step = select(wanted, step, S(0));
    const R shift = conway_maxwell_sum(nu, theta, wanted).shift;
    const auto term = [&](R log, R j) {
      const R u = step * (j - shift), weight = exp(log);
      return select(u < S(1), weight * exp_minus_one_minus_x(min(u, S(1))), exp(log + u) - weight * (S(1) + u));
    };
    const R zero = broadcast<R>(0);
    detail::CompensatedSum<R> mass, total;
    mass.add(broadcast<R>(1));
    total.add(term(zero, zero));
    detail::conway_visit(nu, theta, step, wanted, [&](mask_of<R> here, R, R j, R log, R) {
      mass.add(select(here, exp(log), S(0)));
      total.add(select(here, term(log, j), S(0)));
    });
    return log1p(total.total() / mass.total());
  }
};

}  // namespace

FamilyEntry family_conway_maxwell_poisson() { return family_entry<ConwayMaxwellPoisson>(); }

}  // namespace natgrad
