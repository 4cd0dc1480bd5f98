#include "natgrad/base/gamma_functions.hpp"
#include "natgrad/families/gamma_divergence.hpp"
#include "natgrad/families/scalar.hpp"
#include "natgrad/families/table.hpp"

namespace natgrad {
namespace {

/// Gamma: T(x) = (log x, x), theta = (shape, -rate), A = lgamma(shape) - shape log(rate), h = 1 / x.
struct Gamma : ScalarEvent {
  static constexpr const char* name = "Gamma";
  static constexpr Structure structure = Structure::dense;

  Index size() const { return 2; }
  std::string coordinate(Index j) const { return j == 0 ? "shape" : "negative_rate"; }
  std::vector<Field> standard() const { return {{"shape", {}}, {"rate", {}}}; }

  template <class R, class Require>
  void natural_domain(const R* theta, Require& require) const {
    using S = scalar_of<R>;
    require(theta[0] > S(0), theta[0], "shape must be > 0");
    require(theta[1] < S(0), -theta[1], "rate must be > 0");
  }
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    using S = scalar_of<R>;
    require(mu[1] > S(0), mu[1], "E x must be > 0");
    const R gap = log(mu[1]) - mu[0];
    require(gap > S(0), gap, "log E x - E log x must be > 0");
  }
  template <class R, class Require>
  void centred_domain(const R* c, Require& require) const {
    using S = scalar_of<R>;
    require(c[1] > S(0), c[1], "E x must be > 0");
    require(c[0] < S(0), -c[0], "log E x - E log x must be > 0");
  }
  template <class R, class Require>
  void standard_domain(const R* const* fields, Require& require) const {
    using S = scalar_of<R>;
    require(fields[0][0] > S(0), fields[0][0], "shape must be > 0");
    require(fields[1][0] > S(0), fields[1][0], "rate must be > 0");
  }
  template <class R, class Require>
  void support(const R* x, Require& require) const {
    using S = scalar_of<R>;
    require((x[0] > S(0)) & (x[0] < infinity<S>), x[0], "x must be > 0 and finite");
  }

  template <class R>
  R log_partition(const R* theta) const {
    return lgamma(theta[0]) - theta[0] * log(-theta[1]);
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    mu[0] = mean_of_log(theta);
    mu[1] = -theta[0] / theta[1];
  }
  template <class R>
  void to_centred(const R* theta, R* c) const {
    c[0] = -log_minus_digamma(theta[0]);
    c[1] = -theta[0] / theta[1];
  }
  template <class R>
  Iterations<R> from_centred(const R* c, R* theta) const {
    const Inverse<R> shape = solve_log_minus_digamma(-c[0]);
    theta[0] = shape.x;
    theta[1] = -shape.x / c[1];
    return {shape.iterations, is_finite(shape.x)};
  }
  template <class R>
  Iterations<R> to_natural(const R* mu, R* theta) const {
    const R c[2] = {mu[0] - log(mu[1]), mu[1]};
    return from_centred(c, theta);
  }
  template <class R>
  R dual_at(const R* theta) const {
    return lgamma_dual(theta[0]);
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    // That of the shapes at one mean, plus shape_q (r - 1 - log r) with r = mean_p / mean_q: two terms >= 0.
    using S = scalar_of<R>;
    const R shape_step = theta_q[0] - theta_p[0];
    const R rate_step = theta_q[1] - theta_p[1];
    const R ratio = (theta_p[0] / theta_q[0]) * (theta_q[1] / theta_p[1]);
    const mask_of<R> close = (abs(shape_step) < S(0.5) * theta_q[0]) & (abs(rate_step) < S(-0.5) * theta_p[1]);
    const R less = less_multiple(shape_step, rate_step, theta_p[0], theta_p[1]);
    const R excess = select(close, -less / theta_q[0], ratio - S(1));
    return shape_divergence(theta_p[0], theta_q[0]) + theta_q[0] * ratio_remainder(ratio, excess);
  }
  template <class R>
  R log_density(const R* theta, const R* x) const {
    using S = scalar_of<R>;
    // With t = rate x / shape: -shape (t - 1 - log t) + (shape log shape - shape - lgamma(shape)) - log x, which keeps
    // its digits at large shapes.
    const R shape = theta[0], scaled = -theta[1] * x[0], log_x = log(x[0]);
    R exponent = shape * ratio_divergence(shape, scaled);
    const mask_of<R> underflown = scaled < std::numeric_limits<S>::min();
    if (any(underflown)) {  // rate x is nothing beside shape, but its logarithm is not
      const R log_ratio = log_x + (log(-theta[1]) - log(shape));
      exponent = select(underflown, -shape * (S(1) + log_ratio), exponent);
    }
    return (lgamma_dual(shape) + shape * log_minus_digamma(shape)) - exponent - log_x;
  }
  template <class R>
  void fisher(const R* theta, R* lower, R* pivots) const {
    using S = scalar_of<R>;
    // psi'(shape) = (1 + excess) / shape.
    const R scale = S(-1) / theta[1];
    const R excess = trigamma_excess(theta[0]);
    const R inverse_curvature = theta[0] / (S(1) + excess);
    lower[0] = scale * inverse_curvature;
    pivots[0] = (S(1) + excess) / theta[0];
    pivots[1] = (scale * scale) * (excess * inverse_curvature);
  }

  template <class R>
  R fisher_log_determinant(const R* theta) const {
    using S = scalar_of<R>;
    return log(trigamma_excess(theta[0])) - S(2) * log(-theta[1]);
  }

  template <class R>
  void sufficient_statistics(const R* x, R* statistics) const {
    statistics[0] = log(x[0]);
    statistics[1] = x[0];
  }
  template <class R>
  R log_base_measure(const R* x) const {
    return -log(x[0]);
  }
  template <class R>
  R expected_log_base_measure(const R* theta) const {
    return -mean_of_log(theta);
  }

  template <class R>
  void natural_from_standard(const R* const* fields, R* theta) const {
    theta[0] = fields[0][0];
    theta[1] = -fields[1][0];
  }
  template <class R>
  void standard_from_natural(const R* theta, R* const* fields) const {
    fields[0][0] = theta[0];
    fields[1][0] = -theta[1];
  }
  template <class R>
  R step_to_boundary(const R* theta, const R* direction) const {
    return min(step_to_zero(theta[0], direction[0]), step_to_zero(-theta[1], -direction[1]));
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    // Newton from outside, where the function is convex along the ray and so the steps are monotone: on
    // E log x - log E x where E x grows, on e^(E log x) - E x where it falls (the logarithm ends at E x = 0).
    using S = scalar_of<R>;
    const mask_of<R> falls = direction[1] < S(0);
    const mask_of<R> leaves = (direction[0] > S(0)) | falls;
    const R gap = log(mu[1]) - mu[0];
    const R along_first = select(direction[0] > S(0), gap / direction[0], broadcast<R>(infinity<S>));
    R beta = select(leaves, min(along_first, step_to_zero(mu[1], direction[1])), broadcast<R>(1));
    const auto excess = [&](R step) { return mu[0] + step * direction[0] - log(mu[1] + step * direction[1]); };
    // Where E x grows, log E x grows ever more slowly than E log x: doubling finds a point outside.
    for (int doubling = 0; doubling < 2200; ++doubling) {
      const mask_of<R> inside = leaves & (!falls) & (excess(beta) < S(0)) & is_finite(beta);
      if (!any(inside)) break;
      beta = select(inside, S(2) * beta, beta);
    }
    for (int step = 0; step < 100; ++step) {
      const R mean = mu[1] + beta * direction[1];
      const R grown = exp(mu[0] + beta * direction[0]);
      const R value = select(falls, grown - mean, excess(beta));
      const R slope = select(falls, grown * direction[0] - direction[1], direction[0] - direction[1] / mean);
      const R move = value / slope;
      const mask_of<R> improves = leaves & (slope > S(0)) & (move > beta * epsilon<S>);
      if (!any(improves)) break;
      beta = select(improves, beta - move, beta);
    }
    return select(leaves, beta, broadcast<R>(infinity<S>));
  }

 private:
  /// psi(shape) - log(rate), in which a large shape and a large rate have cancelled beforehand.
  template <class R>
  static R mean_of_log(const R* theta) {
    using S = scalar_of<R>;
    const auto parts = digamma_parts(theta[0]);
    const R ratio = -parts.y / theta[1];
    const mask_of<R> normal = (ratio >= std::numeric_limits<S>::min()) & (ratio < infinity<S>);
    if (all(normal)) return log(ratio) - parts.gap;
    return select(normal, log(ratio), log(parts.y) - log(-theta[1])) - parts.gap;
  }
};

}  // namespace

FamilyEntry family_gamma() { return family_entry<Gamma>(); }

}  // namespace natgrad
