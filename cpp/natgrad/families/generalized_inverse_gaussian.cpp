#include <cmath>
#include <stdexcept>

#include "natgrad/base/bessel_k.hpp"
#include "natgrad/base/newton.hpp"
#include "natgrad/base/pair.hpp"
#include "natgrad/families/closed_forms.hpp"
#include "natgrad/families/scalar.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// A point as the law of s in bessel_k.hpp: x, or 1/x for an order below 0, is mode e^s; p = |order|.
template <class R>
struct Law {
  R mode, delta, w, alpha, beta;  // delta = w - p, alpha = delta / w, beta = (w + p) / w
  BesselMoments<R> moments;

  /// E x E 1/x - 1.
  R excess() const { return moments.cosh * (scalar_of<R>(2) + alpha * beta * moments.cosh); }
};

/// The smallest beta > 0 with slack + slope beta + bend beta^2 = 0, slack > 0, without cancellation for either sign of
/// the slope.
template <class R>
NATGRAD_INLINE R first_root(R slack, R slope, R bend) {
  using S = scalar_of<R>;
  const R square = slope * slope - S(4) * bend * slack;
  const R root = sqrt(max(square, broadcast<R>(0)));
  const mask_of<R> rises = slope > S(0);
  const R above = select(rises, slope + root, S(2) * slack), below = select(rises, S(-2) * bend, root - slope);
  return select((square >= S(0)) & (below > S(0)), above / below, broadcast<R>(infinity<S>));
}

/// Generalised inverse Gaussian of known order p: T(x) = (x, 1/x), theta = (-psi/2, -chi/2), h = x^(p - 1),
/// A = log 2 K_p(omega) + (p/2) log(chi/psi), omega = sqrt(chi psi).
///
/// With c = E[cosh s - 1] and v = Var[cosh s] of bessel_k.hpp, integration by parts gives all else as sums of positive
/// terms: E e^s = 1 + alpha c, E e^-s = 1 + beta c, w Var e^s = 1 + alpha^2 c + alpha delta v.
struct GeneralizedInverseGaussian {
  static constexpr const char* name = "GeneralizedInverseGaussian";
  static constexpr Structure structure = Structure::dense;
  static constexpr std::array parameters{Parameter{"order", false, -infinity<double>}};
  static constexpr double largest_order = 1e6;

  double order;

  static GeneralizedInverseGaussian from(std::span<const double> values) {
    if (!(std::abs(values[0]) <= largest_order)) {
      throw std::invalid_argument("GeneralizedInverseGaussian: order must be in [-1e6, 1e6]");
    }
    return {values[0]};
  }
  Index size() const { return 2; }
  std::string coordinate(Index j) const { return j == 0 ? "negative_half_psi" : "negative_half_chi"; }
  Shape event_shape() const { return {}; }
  std::vector<Field> standard() const { return {{"psi", {}}, {"chi", {}}}; }

  template <class R, class Require>
  void natural_domain(const R* theta, Require& require) const {
    using S = scalar_of<R>;
    require(theta[0] < S(0), S(-2) * theta[0], "psi must be > 0");
    require(theta[1] < S(0), S(-2) * theta[1], "chi must be > 0");
  }
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    using S = scalar_of<R>;
    require(mu[0] > S(0), mu[0], "E x must be > 0");
    require(mu[1] > S(0), mu[1], "E 1/x must be > 0");
    excess_domain(product_minus_one(mu[0], mu[1]), require, [&] {
      const Sum<R> product = exact_product(mu[0], mu[1]);  // at least 1 where it matters, so that this is exact as well
      return Sum<R>{product.value - S(1), product.error};
    });
  }
  template <class R, class Require>
  void centred_domain(const R* c, Require& require) const {
    using S = scalar_of<R>;
    require(c[0] > S(0), c[0], "E x must be > 0");
    excess_domain(c[0] * c[1], require, [&] { return exact_product(c[0], c[1]); });
  }
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    using S = scalar_of<R>;
    require(fields[0][0] > S(0), fields[0][0], "psi must be > 0");
    require(fields[1][0] > S(0), fields[1][0], "chi must be > 0");
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require((x[0] > S(0)) & (x[0] < infinity<S>), x[0], "x must be > 0 and finite");
  }

  template <class R>
  R log_partition(const R* theta) const {
    const Law<R> law = law_of(theta);
    return magnitude<R>() * log(law.mode) - law.w + law.moments.log_integral;
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    mean_of(law_of(theta), mu);
  }
  template <class R>
  void to_centred(const R* theta, R* c) const {
    const Law<R> law = law_of(theta);
    mean_of(law, c);
    c[1] = law.excess() / c[0];
  }
  template <class R>
  Iterations<R> to_natural(const R* mu, R* theta) const {
    return solve(mu[0], product_minus_one(mu[0], mu[1]), theta);
  }
  template <class R>
  Iterations<R> from_centred(const R* c, R* theta) const {
    return solve(c[0], c[0] * c[1], theta);
  }
  template <class R>
  R dual_at(const R* theta) const {
    // <theta, mu> = -w - (omega^2 / w) c: the w is also in A.
    const Law<R> law = law_of(theta);
    return -law.alpha * (law.w * law.beta) * law.moments.cosh - magnitude<R>() * log(law.mode) -
           law.moments.log_integral;
  }
  template <class R>
  R entropy(const R* theta) const {
    const Law<R> law = law_of(theta);
    const R energy = law.delta * law.moments.cosh + magnitude<R>() * law.moments.rise;
    return law.moments.log_integral + energy + mean_of_log(law);
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    const Law<R> law = law_of(theta);
    const bool plain = order >= 0;
    const R ratio = plain ? x[0] / law.mode : scalar_of<R>(1) / (x[0] * law.mode);
    const R excess = plain ? (x[0] - law.mode) / law.mode : (scalar_of<R>(1) / law.mode - x[0]) / x[0];
    return -energy(law, ratio, excess) - law.moments.log_integral - log(x[0]);
  }
  template <class R>
  NATGRAD_CALLED R kl_divergence(const R* theta_p, const R* theta_q) const {
    // E_q at the log of the ratio of the modes, and what the changes of theta and of w do: terms that may cancel only
    // where the divergence is small.
    using S = scalar_of<R>;
    const Law<R> one = law_of(theta_p), two = law_of(theta_q);
    const Index i = order >= 0 ? 0 : 1;
    const R step = theta_q[i] - theta_p[i], other = theta_q[1 - i] - theta_p[1 - i];
    const R move[2] = {step * one.mode, other / one.mode};
    // mode_p / mode_q - 1 from the differences of the points.
    const R square = S(-4) * (step * theta_p[1 - i] + other * theta_q[i]);
    const R rise = square / (one.w + two.w) / (two.w + magnitude<R>()), relative = step / theta_p[i];
    const R difference = rise + relative + rise * relative;
    const R ratio = one.mode / two.mode;
    const mask_of<R> near = max(abs(rise), abs(relative)) < S(0.25);
    const R excess = select(near, difference, ratio - S(1));
    const R shift = -(move[0] * one.alpha + move[1] * one.beta) * one.moments.cosh;
    const R far = energy(two, ratio, excess) + shift + (two.moments.log_integral - one.moments.log_integral);
    const mask_of<R> close = !(far >= S(0.25));
    if (!any(close)) return far;
    return max(select(close, kl_close(one, two.delta, -log(ratio), move, close), far), broadcast<R>(0));
  }
  template <class R>
  void fisher(const R* theta, R* lower, R* pivots) const {
    using S = scalar_of<R>;
    const Law<R> law = law_of(theta);
    const auto& m = law.moments;
    if (order >= 0) {
      pivots[0] = law.mode * law.mode * ((S(1) + law.alpha * (law.alpha * m.cosh + law.delta * m.variance)) / law.w);
    } else {
      const R sigma = law.w * law.beta;
      pivots[0] = (S(1) + law.beta * (law.beta * m.cosh + sigma * m.variance)) / law.w / law.mode / law.mode;
    }
    lower[0] = -law.excess() / pivots[0];
    pivots[1] = S(4) * bracket(law) / law.w / pivots[0];
  }
  template <class R>
  R fisher_log_determinant(const R* theta) const {
    const Law<R> law = law_of(theta);
    return log(scalar_of<R>(4) * bracket(law) / law.w);
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics[0] = x[0];
    statistics[1] = scalar_of<R>(1) / x[0];
  }
  template <class R>
  R log_base_measure(const R* x) const {
    return scalar_of<R>(order - 1) * log(x[0]);
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    return scalar_of<R>(order - 1) * mean_of_log(law_of(theta));
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    for (Index j = 0; j < 2; ++j) theta[j] = scalar_of<R>(-0.5) * fields[j][0];
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    for (Index j = 0; j < 2; ++j) fields[j][0] = scalar_of<R>(-2) * theta[j];
  }
  template <class R>
  R step_to_boundary(const R* theta, const R* direction) const {
    return min(step_to_zero(-theta[0], -direction[0]), step_to_zero(-theta[1], -direction[1]));
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    // E x E 1/x is a parabola along the ray.
    using S = scalar_of<R>;
    const R slope = mu[0] * direction[1] + mu[1] * direction[0], bend = direction[0] * direction[1];
    const R excess = product_minus_one(mu[0], mu[1]);
    const R found = first_root(excess, slope, bend);
    if (!(std::abs(order) > 1)) return found;
    return min(found, first_root(S(1) / (magnitude<R>() - S(1)) - excess, -slope, -bend));
  }

 private:
  template <class R>
  R magnitude() const {
    return broadcast<R>(static_cast<scalar_of<R>>(std::abs(order)));
  }
  /// Given E x E 1/x - 1, and in two parts where it is near its upper end.
  template <class R, class Require, class Exact>
  void excess_domain(R excess, Require& require, const Exact& exact) const {
    using S = scalar_of<R>;
    require(excess > S(0), S(1) + excess, "E x E 1/x must be > 1");
    const double floor = std::abs(order) - 1;  // exact above 0
    const S high = static_cast<S>(floor);
    R filled = S(high) * excess - S(1);
    const mask_of<R> lost = abs(filled) <= S(8) * epsilon<S>;
    if (any(lost)) {
      const Sum<R> slope{broadcast<R>(high), broadcast<R>(static_cast<S>(floor - static_cast<double>(high)))};
      const Sum<R> product = pair_product(exact(), slope);
      filled = select(lost, (product.value - S(1)) + product.error, filled);
    }
    require(filled < S(0), S(1) + excess, "E x E 1/x must be < |order| / (|order| - 1)");
  }
  template <class R>
  NATGRAD_CALLED Law<R> law_of(const R* theta) const {
    using S = scalar_of<R>;
    const R p = magnitude<R>();
    const R psi = S(-2) * theta[order >= 0 ? 0 : 1], chi = S(-2) * theta[order >= 0 ? 1 : 0];
    const R omega = sqrt(psi) * sqrt(chi);
    const R large = max(omega, p), ratio = min(omega, p) / large;
    const R w = large * sqrt(S(1) + ratio * ratio);
    return law_at(w, omega * (omega / (w + p)), psi);
  }
  template <class R>
  Law<R> law_at(R w, R delta, R psi) const {
    const R p = magnitude<R>();
    return {(w + p) / psi, delta, w, delta / w, (w + p) / w, bessel_moments(p, delta)};
  }
  template <class R>
  void mean_of(const Law<R>& law, R* mu) const {
    using S = scalar_of<R>;
    mu[order >= 0 ? 0 : 1] = law.mode * (S(1) + law.alpha * law.moments.cosh);
    mu[order >= 0 ? 1 : 0] = (S(1) + law.beta * law.moments.cosh) / law.mode;
  }
  template <class R>
  R mean_of_log(const Law<R>& law) const {
    const R found = log(law.mode) + law.moments.shift;
    return order >= 0 ? found : -found;
  }
  /// (w/4) det F: the second term is the smaller for every p and omega.
  template <class R>
  R bracket(const Law<R>& law) const {
    const R c = law.moments.cosh, share = magnitude<R>() / law.w;
    return law.moments.variance * (scalar_of<R>(1) + law.alpha * law.beta * c) - share * share * (c * c / law.w);
  }
  /// E(log ratio), given ratio - 1 without cancellation near 1.
  template <class R>
  R energy(const Law<R>& law, R ratio, R excess) const {
    using S = scalar_of<R>;
    const R even =
        select(abs(excess) < S(0.5), excess * excess / (S(2) * ratio), S(0.5) * (ratio + S(1) / ratio) - S(1));
    return law.delta * even + magnitude<R>() * ratio_remainder(ratio, excess);
  }

  /// log E_p e^y = log(1 + E_p (e^y - 1 - y)), y = <theta_q - theta_p, T - mu_p>, over what both laws reach: a sum of
  /// positive terms.
  template <class R>
  NATGRAD_CALLED R kl_close(const Law<R>& one, R delta_q, R shift, const R* move, mask_of<R> wanted) const {
    using S = scalar_of<R>;
    const R p = magnitude<R>();
    const BesselRule<R> rule = bessel_rule(p, one.delta), other = bessel_rule(p, delta_q);
    const R step = min(rule.step, other.step);
    const R reach = max(max(rule.left, other.left - shift), max(rule.right, other.right + shift));
    const mask_of<R> known = wanted & (reach < detail::bessel_farthest<S>)&(step > S(0));
    const R count = select(known, reach / step + S(1), broadcast<R>(0));
    const R tilt = move[0] - move[1], c = one.moments.cosh, mean = one.alpha * c;
    const auto term = [&](R at, R rise, R cosh) {
      const R y = tilt * (rise - mean) + S(2) * move[1] * (cosh - c), weight = exp(-at);
      return select(y < S(1), weight * exp_minus_one_minus_x(min(y, S(1))), exp(y - at) - weight * (S(1) + y));
    };
    const R zero = broadcast<R>(0);
    R total = term(zero, zero, zero);
    R mass = broadcast<R>(1);
    for (R i = broadcast<R>(1); any(i <= count); i = i + S(1)) {
      const mask_of<R> here = i <= count;
      const BesselNode<R> node = bessel_node(select(here, i * step, broadcast<R>(1)));
      const R even = one.delta * node.cosh;
      const R at_right = even + p * node.right, at_left = even + p * node.left;
      mass = mass + select(here, exp(-at_right) + exp(-at_left), S(0));
      total =
          total +
          select(here, term(at_right, node.rise, node.cosh) + term(at_left, -node.rise / (S(1) + node.rise), node.cosh),
                 S(0));
    }
    return select(known, log1p(total / mass), broadcast<R>(not_a_number<S>));
  }

  /// Newton on log(1/excess - max(p - 1, 0)) as a function of u = log delta, from u the value sought: it is linear at
  /// both ends, with slope 1 at infinity; 1/excess is w there and falls to max(p - 1, 0). d excess / d delta = -2
  /// bracket.
  template <class R>
  NATGRAD_CALLED Iterations<R> solve(R mean, R excess, R* theta) const {
    using S = scalar_of<R>;
    constexpr bool wide = sizeof(S) == 8;
    constexpr S high = wide ? S(700) : S(86), origin = wide ? S(1000) : S(100);
    const R p = magnitude<R>();
    const S low = std::abs(order) > 2 ? -high : S(-0.5) * high;  // where (cosh s)^2 would overflow
    const R floor = max(p - S(1), broadcast<R>(0)), least = epsilon<S> * floor;
    const R target = max(S(1) / excess - floor, least);
    const auto law_of_log = [&](R u) {
      const R delta = exp(u);
      return law_at(p + delta, delta, broadcast<R>(1));
    };
    const auto gap = [&](R shifted) {
      const Law<R> law = law_of_log(shifted - origin);
      const R at = law.excess();
      const R value = max(S(1) / at - floor, least);
      return std::array<R, 2>{log(value / target), law.delta * S(2) * bracket(law) / (at * at) / value};
    };
    const R start = log(target) + origin;
    const Root<R> root =
        find_root<R>(gap, low + broadcast<R>(origin), broadcast<R>(high + origin), start, wide ? S(1e-10) : S(1e-5));
    // One more step, which the sum u + origin has no room for.
    const auto [value, slope] = gap(root.x);
    const R last = value / slope;
    const R u = (root.x - origin) - select(abs(last) < (wide ? S(1e-5) : S(1e-2)), last, S(0));
    const Law<R> law = law_of_log(u);
    const R mode =
        order >= 0 ? mean / (S(1) + law.alpha * law.moments.cosh) : (S(1) + law.beta * law.moments.cosh) / mean;
    theta[order >= 0 ? 0 : 1] = S(-0.5) * ((law.w + p) / mode);
    theta[order >= 0 ? 1 : 0] = S(-0.5) * (law.delta * mode);
    // An end of the bracket is no root.
    const mask_of<R> met = abs(law.excess() - excess) <= (wide ? S(1e-8) : S(1e-3)) * excess;
    return {root.iterations, mask_of<R>(root.converged & met)};
  }
};

}  // namespace

FamilyEntry family_generalized_inverse_gaussian() { return family_entry<GeneralizedInverseGaussian>(); }

}  // namespace natgrad
