#pragma once

#include "natgrad/base/gamma_functions.hpp"
#include "natgrad/families/gamma_divergence.hpp"
#include "natgrad/families/scalar.hpp"
#include "natgrad/families/statements.hpp"

namespace natgrad {

/// What the families share in which y = x or y = 1 / x has a Gamma distribution of shape a: T = (log x, y),
/// theta = (sign a, -rate), A = lgamma(a) - a log(rate), h = 1 / x, where `sign` is 1 or -1: log y = sign log x.
struct GammaKind : ScalarEvent {
  using kind = GammaKind;
  static constexpr Structure structure = Structure::dense;

  /// The conditions in the words of the family.
  struct Words {
    const char* first;
    const char* second;
    const char* rate;
    const char* mean;
    const char* gap;
  };

  Words words;
  double sign;

  GammaKind(const Words& in_words, double in_sign) : words(in_words), sign(in_sign) {}

  Index size() const { return 2; }
  std::string coordinate(Index j) const { return j == 0 ? words.first : words.second; }

  template <class R>
  R shape(const R* theta) const {
    return scalar_of<R>(sign) * theta[0];
  }
  template <class R, class Require>
  void natural_domain(const R* theta, Require& require) const {
    using S = scalar_of<R>;
    require(shape(theta) > S(0), shape(theta), "shape must be > 0");
    require(theta[1] < S(0), -theta[1], words.rate);
  }
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    using S = scalar_of<R>;
    require(mu[1] > S(0), mu[1], words.mean);
    const R gap = log(mu[1]) - S(sign) * mu[0];
    require(gap > S(0), gap, words.gap);
  }
  template <class R, class Require>
  void centred_domain(const R* c, Require& require) const {
    using S = scalar_of<R>;
    require(c[1] > S(0), c[1], words.mean);
    require(S(sign) * c[0] < S(0), S(-sign) * c[0], words.gap);
  }
  template <class R>
  R log_partition(const R* theta) const {
    const R a = shape(theta);
    return lgamma(a) - a * log(-theta[1]);
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    mu[0] = scalar_of<R>(sign) * mean_of_log(theta);
    mu[1] = -shape(theta) / theta[1];
  }
  template <class R>
  void to_centred(const R* theta, R* c) const {
    c[0] = scalar_of<R>(-sign) * log_minus_digamma(shape(theta));
    c[1] = -shape(theta) / theta[1];
  }
  template <class R>
  Iterations<R> from_centred(const R* c, R* theta) const {
    using S = scalar_of<R>;
    const Inverse<R> found = solve_log_minus_digamma(S(-sign) * c[0]);
    theta[0] = S(sign) * found.x;
    theta[1] = -found.x / c[1];
    return {found.iterations, is_finite(found.x)};
  }
  template <class R>
  Iterations<R> to_natural(const R* mu, R* theta) const {
    const R c[2] = {mu[0] - scalar_of<R>(sign) * log(mu[1]), mu[1]};
    return from_centred(c, theta);
  }
  template <class R>
  R dual_at(const R* theta) const {
    return lgamma_dual(shape(theta));
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    return gamma_divergence(shape(theta_p), shape(theta_q), -theta_p[1], -theta_q[1], theta_p[1] - theta_q[1]);
  }
  template <class R>
  void fisher(const R* theta, R* lower, R* pivots) const {
    using S = scalar_of<R>;
    // psi'(a) = (1 + excess) / a.
    const R a = shape(theta);
    const R scale = S(-1) / theta[1];
    const R excess = trigamma_excess(a);
    const R inverse_curvature = a / (S(1) + excess);
    lower[0] = S(sign) * (scale * inverse_curvature);
    pivots[0] = (S(1) + excess) / a;
    pivots[1] = (scale * scale) * (excess * inverse_curvature);
  }

  template <class R>
  R fisher_log_determinant(const R* theta) const {
    using S = scalar_of<R>;
    return log(trigamma_excess(shape(theta))) - S(2) * log(-theta[1]);
  }

  template <class R>
  R step_to_boundary(const R* theta, const R* direction) const {
    return min(step_to_zero(shape(theta), shape(direction)), step_to_zero(-theta[1], -direction[1]));
  }
  template <class R>
  R mean_step_to_boundary(const R* signed_mu, const R* signed_direction) const {
    // Newton from outside, where the function is convex along the ray and so the steps are monotone: on
    // E log x - log E x where E x grows, on e^(E log x) - E x where it falls (the logarithm ends at E x = 0).
    using S = scalar_of<R>;
    const R mu[2] = {S(sign) * signed_mu[0], signed_mu[1]};
    const R direction[2] = {S(sign) * signed_direction[0], signed_direction[1]};
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

  /// E log y = psi(a) - log(rate), in which a large shape and a large rate have cancelled beforehand.
  template <class R>
  R mean_of_log(const R* theta) const {
    const auto parts = digamma_parts(shape(theta));
    return log_quotient(parts.y, -theta[1]) - parts.gap;
  }
  /// The log density of y with respect to d log y, (a log a - a - lgamma(a)) - a (t - 1 - log t) with t = rate y / a.
  template <class R>
  R log_density_of(const R* theta, R y, R log_y) const {
    const R a = shape(theta);
    const auto log_ratio = [&] { return log_y + (log(-theta[1]) - log(a)); };
    return (lgamma_dual(a) + a * log_minus_digamma(a)) - gamma_exponent(a, -theta[1] * y, log_ratio);
  }
};

}  // namespace natgrad
