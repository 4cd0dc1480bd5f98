#include <cmath>
#include <stdexcept>
#include <vector>

#include "natgrad/base/pair.hpp"
#include "natgrad/families/bregman_integral.hpp"
#include "natgrad/families/closed_forms.hpp"
#include "natgrad/families/table.hpp"
#include "natgrad/families/tilted_beta.hpp"

namespace natgrad {
namespace {

/// Watson on unit vectors in R^d, density with respect to the surface, the axis a known: T(x) = (a^T x)^2, theta its
/// concentration (a girdle where it is negative), A = log M(1/2, d/2, theta) + log of the sphere's area, with Kummer's
/// M, h = 1.
struct Watson {
  static constexpr const char* name = "Watson";
  static constexpr Structure structure = Structure::diagonal;
  static constexpr std::array parameters{Parameter{"axis", false, 0, 1}};

  std::vector<double> axis;
  TiltedBeta square;

  static Watson from(std::span<const Argument> values) {
    const std::vector<double>& axis = values[0].values;
    if (axis.size() < 2) throw std::invalid_argument("Watson: axis must have at least two entries");
    double length = 0;
    for (const double entry : axis) length = std::hypot(length, entry);
    if (!(std::abs(length - 1) <= 1e-6)) throw std::invalid_argument("Watson: axis must be a unit vector");
    const auto d = static_cast<long double>(axis.size());
    const long double log_area = std::log(2.0L) + 0.5L * d * std::log(3.14159265358979323846L) - std::lgamma(0.5L * d);
    return {axis, TiltedBeta(static_cast<double>(axis.size()), log_area)};
  }
  Index dimension() const { return static_cast<Index>(axis.size()); }
  Index size() const { return 1; }
  std::string coordinate(Index) const { return "concentration"; }
  Shape event_shape() const { return {dimension()}; }
  std::vector<Field> standard() const { return {{"concentration", {}}}; }

  template <class R, class Require>
  void natural_domain(const R*, Require&) const {}
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    using S = scalar_of<R>;
    require((mu[0] > S(0)) & (mu[0] < S(1)), mu[0], "mean must be in (0, 1)");
  }
  template <class R, class Require>
  void standard_domain(const R* const*, Require&) const {}
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    for (Index j = 0; j < dimension(); ++j) require(is_finite(x[j]), x[j], "x must be finite");
    const R norm = sqrt(dot<R>(dimension(), x, x));
    require(abs(norm - S(1)) <= S(1e-6), norm, "length of x must be 1");
  }

  template <class R>
  R log_partition(const R* theta) const {
    using S = scalar_of<R>;
    return max(theta[0], S(0)) + small(theta[0]).log_sum;
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    const Small<R> at = small(theta[0]);
    mu[0] = select(theta[0] > scalar_of<R>(0), at.rest, at.mean);
  }
  /// Newton for the logarithm of the mean that the tilt makes small, from the bound B of Sra & Karp (2013, The
  /// multivariate Watson distribution), which is sharp at both ends.
  template <class R>
  Iterations<R> to_natural(const R* mu, R* theta) const {
    using S = scalar_of<R>;
    const S half_d = S(0.5) * S(dimension());
    const R rest = S(1) - mu[0];
    const R excess = fma(mu[0], broadcast<R>(half_d), broadcast<R>(S(-0.5)));
    const mask_of<R> positive = excess > S(0);
    const R target = select(positive, rest, mu[0]);
    const R spread = mu[0] * rest;
    const R root = sqrt(S(1) + S(4) * (half_d + S(1)) * spread / S(0.5 * square.b()));
    const R start = abs(excess) * ((S(1) + root) / (S(2) * target) / select(positive, mu[0], rest));
    R x = start;
    R count = broadcast<R>(0);
    mask_of<R> active = is_finite(start) & (start > S(0));
    for (int i = 0; i < newton_steps && any(active); ++i) {
      const auto at = square.about(target, select(positive, x, -x));
      const R variance = at.second - at.first * at.first;
      const R ratio = max(at.first / target, S(-0.5));
      const R step = log1p(ratio) * ((target + at.first) / variance);
      const R next = max(x + step, S(0.25) * x);
      count += select(active, broadcast<R>(1), broadcast<R>(0));
      x = select(active, next, x);
      active = active & (abs(step) > settled<S> * (S(1) + x));
    }
    theta[0] = select(positive, x, -x);
    return {count, mask_of<R>(is_finite(x) & !active)};
  }
  template <class R>
  R dual_at(const R* theta) const {
    const Small<R> at = small(theta[0]);
    return -(abs(theta[0]) * at.mean + at.log_sum);
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    using S = scalar_of<R>;
    const R p = theta_p[0], q = theta_q[0];
    const R step = q - p;
    const R x_p = abs(p), x_q = abs(q);
    const mask_of<R> one_sign = (p > S(0)) == (q > S(0));
    const mask_of<R> near = (max(x_p, x_q) <= S(square.far())) & (abs(step) <= TiltedBeta::longest_step<S>);
    const mask_of<R> close = (!near) & one_sign & (max(x_p, x_q) <= close_ratio<S> * min(x_p, x_q));
    const R none = broadcast<R>(0);
    R value = none;
    if (!all(near | close)) {
      const Small<R> from = small(p);
      const R rise = small(q).log_sum - from.log_sum;
      value = rise + select(one_sign, (x_q - x_p) * from.mean, x_q * from.rest - x_p * from.mean);
    }
    if (any(near)) {
      value = select(near, square.log_mean_exponential(select(near, p, none), select(near, step, none)), value);
    }
    if (any(close)) {
      const R held = select(close, step, none);
      const R from = select(close, p, broadcast<R>(S(2 * square.far())));
      const auto f = [&](S t) -> R { return held * (held * variance(fma(held, broadcast<R>(t), from))); };
      value = select(close, bregman_integral<R>(f), value);
    }
    return max(value, S(0));
  }
  template <class R>
  void fisher(const R* theta, R* diagonal) const {
    diagonal[0] = variance(theta[0]);
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    using S = scalar_of<R>;
    // With twice the digits: x may be almost across the axis.
    Sum<R> sum{broadcast<R>(0), broadcast<R>(0)};
    for (Index j = 0; j < dimension(); ++j) {
      const double entry = axis[static_cast<std::size_t>(j)];
      const S high = static_cast<S>(entry);
      const Sum<R> direction{broadcast<R>(high), broadcast<R>(static_cast<S>(entry - static_cast<double>(high)))};
      sum = pair_sum(sum, pair_product(direction, Sum<R>{x[j], broadcast<R>(0)}));
    }
    statistics[0] = sum.value * sum.value;
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
    theta[0] = fields[0][0];
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    fields[0][0] = theta[0];
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    return min(step_to_zero(mu[0], direction[0]), step_to_zero(scalar_of<R>(1) - mu[0], -direction[0]));
  }

 private:
  static constexpr int newton_steps = 16;
  /// A step after which Newton's error, its square, is below rounding.
  template <class S>
  static constexpr S settled = sizeof(S) == 8 ? S(1e-9) : S(1e-4);

  /// Of what the tilt makes small, 1 - T for theta > 0 and T otherwise; `log_sum` is A less the larger of theta and 0.
  template <class R>
  struct Small {
    R mean, rest, log_sum;
  };
  template <class R>
  Small<R> small(R theta) const {
    const auto at = square.about(broadcast<R>(0), theta);
    return {at.first, at.rest, at.log_sum};
  }
  template <class R>
  R variance(R theta) const {
    return square.about(square.about(broadcast<R>(0), theta).first, theta).second;
  }
};

}  // namespace

FamilyEntry family_watson() { return family_entry<Watson>(); }

}  // namespace natgrad
