#include "natgrad/base/angles.hpp"
#include "natgrad/base/bessel_ratio.hpp"
#include "natgrad/base/pair.hpp"
#include "natgrad/families/bregman_integral.hpp"
#include "natgrad/families/closed_forms.hpp"
#include "natgrad/families/scalar.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// VonMises on angles in [-pi, pi]: T(x) = (cos x, sin x), theta = k (cos m, sin m), A = log(2 pi I0(k)), h = 1.
/// mu = R(k) (cos m, sin m) with R = I1 / I0; F has R' along the direction and R / k across it.
struct VonMises : ScalarEvent {
  static constexpr const char* name = "VonMises";
  static constexpr Structure structure = Structure::dense;

  Index size() const { return 2; }
  std::string coordinate(Index j) const { return j == 0 ? "concentration_times_cosine" : "concentration_times_sine"; }
  std::vector<Field> standard() const { return {{"mean_direction", {}}, {"concentration", {}}}; }

  template <class R, class Require>
  void natural_domain(const R*, Require&) const {}
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    using S = scalar_of<R>;
    require(slack(mu) > S(0), polar(mu[0], mu[1]).length, "length of the mean must be < 1");
  }
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    using S = scalar_of<R>;
    require(fields[1][0] >= S(0), fields[1][0], "concentration must be >= 0");
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    // Up to the float32 next to pi, which is above it: an angle rounded to float32 is still one.
    using S = scalar_of<R>;
    require(abs(x[0]) <= S(3.1415927410125732421875), x[0], "x must be in [-pi, pi]");
  }

  template <class R>
  R log_partition(const R* theta) const {
    const R k = polar(theta[0], theta[1]).length;
    return k + scaled_log_partition(k);
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    const BesselRatio<R> ratio(polar(theta[0], theta[1]).length);
    mu[0] = ratio.over * theta[0];
    mu[1] = ratio.over * theta[1];
  }
  template <class R>
  Iterations<R> to_natural(const R* mu, R* theta) const {
    using S = scalar_of<R>;
    const R length = polar(mu[0], mu[1]).length;
    const InverseBesselRatio<R> found = inverse_bessel_ratio(length, slack(mu) / (S(1) + length));
    const R scale = select(length > S(0), found.k / length, broadcast<R>(2));
    theta[0] = scale * mu[0];
    theta[1] = scale * mu[1];
    return {found.iterations, mask_of<R>(found.converged | (length == S(0)))};
  }
  template <class R>
  R dual_at(const R* theta) const {
    // -log I0 + k R up to k = 2, above -log(I0 e^-k) - k (1 - R).
    using S = scalar_of<R>;
    const R k = polar(theta[0], theta[1]).length;
    const BesselRatio<R> ratio(k);
    const R lost = select(ratio.near, k * ratio.complement, S(0.5) * (S(1) + ratio.excess));
    return -(lost + scaled_log_partition(k));
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    // The Bregman divergence of log I0 between the concentrations, and k_q R(k_p) (1 - cos of the angle between the
    // directions): two terms >= 0.
    using S = scalar_of<R>;
    const Polar<R> p = polar(theta_p[0], theta_p[1]);
    const Polar<R> q = polar(theta_q[0], theta_q[1]);
    const R d[2] = {theta_q[0] - theta_p[0], theta_q[1] - theta_p[1]};
    const R larger = max(max(p.length, q.length), std::numeric_limits<S>::min());
    const R smaller = min(p.length, q.length);

    const BesselRatio<R> ratio(p.length);
    const mask_of<R> p_is_smaller = p.length <= q.length;
    const R sine = select(p_is_smaller, p.x, q.x) * (d[1] / larger) - select(p_is_smaller, p.y, q.y) * (d[0] / larger);
    const R cosine = p.x * q.x + p.y * q.y;
    const R turn = select(cosine > S(0), sine * sine / (S(1) + max(cosine, S(0))), S(1) - cosine);

    // k_q - k_p = <theta_q - theta_p, theta_q + theta_p> / (k_q + k_p).
    const R sum = max(S(0.5) * p.length + S(0.5) * q.length, std::numeric_limits<S>::min());
    const R rise =
        d[0] * (S(0.5) * (theta_p[0] + theta_q[0]) / sum) + d[1] * (S(0.5) * (theta_p[1] + theta_q[1]) / sum);
    const mask_of<R> close = (larger <= S(1)) | (larger <= close_ratio<S> * smaller);
    R radial = broadcast<R>(0);
    if (!all(close)) {
      const LogBessel<R> to = log_scaled_bessel(q.length);
      const LogBessel<R> from = log_scaled_bessel(p.length);
      radial = (rise * ratio.complement - S(0.5) * log(to.argument / from.argument)) + (to.rest - from.rest);
    }
    if (any(close)) {
      const R held = select(close, rise, broadcast<R>(0));
      radial = select(close, held * held * integral(p.length, held), radial);
    }
    return max(radial, S(0)) + q.length * (ratio.value * turn);
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    // k (1 - cos(x - m)) = k |T - direction|^2 / 2.
    using S = scalar_of<R>;
    const Polar<R> point = polar(theta[0], theta[1]);
    const auto [sine, cosine] = sine_cosine(x[0]);
    const R along = cosine - point.x;
    const R across = sine - point.y;
    return S(-0.5) * point.length * (along * along + across * across) - scaled_log_partition(point.length);
  }
  template <class R>
  void fisher(const R* theta, R* lower, R* pivots) const {
    const Polar<R> point = polar(theta[0], theta[1]);
    const BesselRatio<R> ratio(point.length);
    const R share = point.y * point.y + ratio.relative * (point.x * point.x);
    lower[0] = -(ratio.defect / share) * (point.x * point.y);
    pivots[0] = ratio.over * share;
    pivots[1] = ratio.over * (ratio.relative / share);
  }
  template <class R>
  R fisher_log_determinant(const R* theta) const {
    using S = scalar_of<R>;
    const R k = polar(theta[0], theta[1]).length;
    const BesselRatio<R> ratio(k);
    const R beside = log(select(ratio.near, ratio.over, ratio.value) * ratio.slope);
    return beside - select(ratio.near, broadcast<R>(0), S(3) * log(max(k, S(1))));
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    const auto [sine, cosine] = sine_cosine(x[0]);
    statistics[0] = cosine;
    statistics[1] = sine;
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
    const auto [sine, cosine] = sine_cosine(fields[0][0]);
    theta[0] = fields[1][0] * cosine;
    theta[1] = fields[1][0] * sine;
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    fields[0][0] = angle_of(theta[0], theta[1]);
    fields[1][0] = polar(theta[0], theta[1]).length;
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    // The positive root of |mu + beta d|^2 = 1 along the unit vector of d, in the form that does not cancel.
    using S = scalar_of<R>;
    const Polar<R> way = polar(direction[0], direction[1]);
    const R b = mu[0] * way.x + mu[1] * way.y;
    const R c = slack(mu);
    const R root = sqrt(b * b + c);
    const R distance = select(b > S(0), c / (b + root), root - b);
    return select(way.length > S(0), distance / way.length, broadcast<R>(infinity<S>));
  }

 private:
  /// 1 - |mu|^2, rounded as little as mu allows, and not at all where it is next to nothing.
  template <class R>
  static R slack(const R* mu) {
    using S = scalar_of<R>;
    const R large = max(abs(mu[0]), abs(mu[1]));
    const R small = min(abs(mu[0]), abs(mu[1]));
    const R plain = (S(1) - large) * (S(1) + large) - small * small;
    const mask_of<R> lost = abs(plain) <= S(8) * epsilon<S>;
    if (!any(lost)) return plain;
    const Sum<R> exact = one_less_squares(2, mu);
    return select(lost, exact.value + exact.error, plain);
  }
  /// A - k.
  template <class R>
  static R scaled_log_partition(R k) {
    using S = scalar_of<R>;
    const LogBessel<R> bessel = log_scaled_bessel(k);
    return (S(2) * half_log_two_pi<S> - S(0.5) * log(bessel.argument)) + bessel.rest;
  }
  /// The integral of (1 - t) R'(k + t rise) over [0, 1].
  template <class R>
  NATGRAD_CALLED static R integral(R k, R rise) {
    return bregman_integral<R>([&](auto t) {
      const R at = k + t * rise;
      const BesselRatio<R> ratio(max(at, scalar_of<R>(0)));
      return select(ratio.near, ratio.slope, ratio.slope / at / at);
    });
  }
};

}  // namespace

FamilyEntry family_von_mises() { return family_entry<VonMises>(); }

}  // namespace natgrad
