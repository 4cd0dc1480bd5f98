#pragma once

#include "natgrad/base/buffer.hpp"
#include "natgrad/base/gamma_functions.hpp"
#include "natgrad/families/closed_forms.hpp"
#include "natgrad/families/statements.hpp"

namespace natgrad::dirichlet {

// What Beta (n = 2) and Dirichlet share: alpha holds the n shapes, s is their sum.
// A = sum lgamma(alpha_k) - lgamma(s), mu_k = psi(alpha_k) - psi(s), F = diag(psi_1(alpha)) - psi_1(s) 1 1^T.

template <class R>
R sum(Index n, const R* alpha) {
  return total<R>(n, [&](auto j) { return at(alpha, j); });
}

template <class R>
R log_partition(Index n, const R* alpha) {
  return total<R>(n, [&](auto j) { return lgamma(at(alpha, j)); }) - lgamma(sum(n, alpha));
}

template <class R>
void to_mean(Index n, const R* alpha, R* mu) {
  const R psi = digamma(sum(n, alpha));
  each<R>(n, [&](auto j) { put(mu, j, digamma(at(alpha, j)) - psi); });
}

/// A* at the mean of alpha: the terms of size alpha log alpha cancel inside lgamma_dual.
template <class R>
R dual_at(Index n, const R* alpha) {
  return total<R>(n, [&](auto j) { return lgamma_dual(at(alpha, j)); }) - lgamma_dual(sum(n, alpha));
}

/// sum E log x_k = -E log h.
template <class R>
R expected_log_base_measure(Index n, const R* alpha) {
  const R psi = digamma(sum(n, alpha));
  return -total<R>(n, [&](auto j) { return digamma(at(alpha, j)) - psi; });
}

/// x - 1 / psi_1(x), between 0 and 1/2: what F's slack is made of.
template <class R>
NATGRAD_INLINE R reciprocal_gap(R x, R curvature) {
  return trigamma_excess(x) / curvature;
}

/// slack = 1 - psi_1(s) sum 1 / psi_1(alpha_k) = psi_1(s) (sum gap(alpha_k) - gap(s)), the latter where s is large.
template <class R>
NATGRAD_INLINE R slack(R s, R curvature, R sum_of_gaps, R sum_of_reciprocals) {
  using S = scalar_of<R>;
  return select(s > S(1), curvature * (sum_of_gaps - reciprocal_gap(s, curvature)),
                S(1) - curvature * sum_of_reciprocals);
}

template <class R>
RankOne<R> fisher(Index n, const R* alpha, R* diagonal, R* u) {
  using S = scalar_of<R>;
  const R s = sum(n, alpha);
  const R curvature = trigamma(s);
  each<R>(n, [&](auto j) {
    using V = decltype(at(alpha, j));
    put(diagonal, j, trigamma(at(alpha, j)));
    put(u, j, broadcast<V>(1));
  });
  const R gaps = total<R>(n, [&](auto j) { return reciprocal_gap(at(alpha, j), at(diagonal, j)); });
  const R reciprocals = total<R>(n, [&](auto j) { return S(1) / at(diagonal, j); });
  return {curvature, slack(s, curvature, gaps, reciprocals)};
}

/// psi^-1 to a few percent, and its derivative (Minka 2000, appendix C).
template <class R>
struct InverseDigamma {
  R value;
  R slope;
};
template <class R>
NATGRAD_INLINE InverseDigamma<R> inverse_digamma(R y) {
  using S = scalar_of<R>;
  const mask_of<R> large = y >= S(-2.22);
  const R grown = exp(select(large, y, broadcast<R>(0)));
  const R reciprocal = S(-1) / (min(y, broadcast<R>(S(-2.22))) + S(0.57721566490153286061));
  return {select(large, grown + S(0.5), reciprocal), select(large, grown, reciprocal * reciprocal)};
}

inline constexpr int most_iterations = 100;

/// alpha <- the shapes with mean parameters mu.
///
/// Start: alpha_k = psi^-1(mu_k + psi(s)) by Minka's approximate inverse, with s from two Newton steps in log s on
/// sum alpha_k(s) = s, begun at the limit of large shapes (n - 1) / (2 (1 - sum e^mu)). Then Newton's method with
/// Sherman-Morrison (Minka 2000, section 1), each step d applied as alpha (1 + r) or alpha / (1 - r), r = d / alpha, the
/// exact forms of psi ~ log alpha and psi ~ -1 / alpha, so that no step leaves the domain. A row ends when r < 1e-8 (the
/// step itself then leaves an error of r^2) or every equation holds to rounding: 4 to 6 iterations, 30 at the hardest.
template <class R>
Iterations<R> to_natural(Index n, const R* mu, R* alpha) {
  using S = scalar_of<R>;
  constexpr S eps = epsilon<S>;
  const R room = max(S(1) - total<R>(n, [&](auto j) { return exp(at(mu, j)); }), broadcast<R>(S(0.25) * eps));
  R s = S(n - 1) / (S(2) * room);
  for (int step = 0; step < 2; ++step) {
    const R psi = digamma(s);
    const R value = total<R>(n, [&](auto j) { return inverse_digamma(at(mu, j) + psi).value; });
    const R slope = total<R>(n, [&](auto j) { return inverse_digamma(at(mu, j) + psi).slope; });
    const R derivative = slope * trigamma(s) * s / value - S(1);
    const R move = -log(value / s) / select(abs(derivative) > S(1e-6), derivative, broadcast<R>(S(-1e-6)));
    s = s * exp(max(min(move, broadcast<R>(3)), broadcast<R>(-3)));
  }
  const R psi = digamma(s);
  each<R>(n, [&](auto j) { put(alpha, j, inverse_digamma(at(mu, j) + psi).value); });

  Buffer<R> gap(n);
  Buffer<R> reciprocal(n);
  R count = broadcast<R>(0);
  mask_of<R> working = s == s;
  constexpr S small = sizeof(S) == 8 ? S(1e-8) : S(2e-4);
  for (int step = 0; step < most_iterations && any(working); ++step) {
    s = sum(n, alpha);
    const R psi_s = digamma(s);
    const R curvature = trigamma(s);
    R gaps = broadcast<R>(0);
    R weighted = broadcast<R>(0);
    gaps = total<R>(n, [&](auto j) {
      const auto a = at(alpha, j);
      const auto d = trigamma(a);
      put(reciprocal.data(), j, S(1) / d);
      put(gap.data(), j, (digamma(a) - psi_s) - at(mu, j));
      return reciprocal_gap(a, d);
    });
    weighted = total<R>(n, [&](auto j) { return at(gap.data(), j) * at(reciprocal.data(), j); });
    const R reciprocals = total<R>(n, [&](auto j) { return at(reciprocal.data(), j); });
    const R lift = weighted * curvature / max(slack(s, curvature, gaps, reciprocals), broadcast<R>(S(0.5) * eps));
    const R unsettled = largest<R>(n, [&](auto j) {
      const auto a = at(alpha, j);
      using V = decltype(at(alpha, j));
      const auto g = at(gap.data(), j);
      auto r = -(g + lift) * at(reciprocal.data(), j) / a;
      const auto rounding = S(4) * eps * (abs(g + at(mu, j)) + S(2) * abs(psi_s) + abs(at(mu, j)));
      const auto settled = (abs(r) < small) | (abs(g) <= rounding);
      r = max(min(r, broadcast<V>(8)), broadcast<V>(-8));
      const auto moved = select(r < S(0), a / (S(1) - r), a + a * r);
      if constexpr (is_pack<R>) {
        put(alpha, j, select(working, moved, a));
      } else {
        put(alpha, j, moved);
      }
      return select(settled, broadcast<V>(0), broadcast<V>(1));
    });
    count = select(working, count + S(1), count);
    working = working & (unsettled > S(0));
  }
  return {count, !working};
}

/// The largest beta with sum e^(mu + beta direction) < 1: the root of a convex function, Newton from outside.
template <class R>
R mean_step_to_boundary(Index n, const R* mu, const R* direction) {
  using S = scalar_of<R>;
  // Each coordinate must stay negative by itself: an upper end, where the sum is at least 1.
  R beta = broadcast<R>(infinity<S>);
  for (Index j = 0; j < n; ++j) beta = min(beta, step_to_zero(-mu[j], -direction[j]));
  const mask_of<R> leaves = beta < infinity<S>;
  beta = select(leaves, beta, broadcast<R>(1));
  for (int step = 0; step < 100; ++step) {
    const R peak = largest<R>(n, [&](auto j) { return at(mu, j) + beta * at(direction, j); });
    const R value = total<R>(n, [&](auto j) { return exp(at(mu, j) + beta * at(direction, j) - peak); });
    const R slope = total<R>(
        n, [&](auto j) { return at(direction, j) * exp(at(mu, j) + beta * at(direction, j) - peak); });
    const R excess = peak + log(value);  // log-sum-exp, convex along the ray
    const R move = excess * value / slope;
    const mask_of<R> improves = leaves & (move > beta * epsilon<S>) & (slope > S(0));
    if (!any(improves)) break;
    beta = select(improves, beta - move, beta);
  }
  return select(leaves, beta, broadcast<R>(infinity<S>));
}

template <class R, class Require>
void natural_domain(Index n, const R* alpha, const char* text, Require& require) {
  using S = scalar_of<R>;
  for (Index j = 0; j < n; ++j) require(alpha[j] > S(0), alpha[j], text);
}
template <class R, class Require>
void mean_domain(Index n, const R* mu, Require& require) {
  using S = scalar_of<R>;
  const R sum = total<R>(n, [&](auto j) { return exp(at(mu, j)); });
  require(sum < S(1), sum, "sum of exp(E log x) must be < 1");
}

}  // namespace natgrad::dirichlet
