#pragma once

#include "natgrad/base/buffer.hpp"
#include "natgrad/base/gamma_differences.hpp"
#include "natgrad/base/gamma_functions.hpp"
#include "natgrad/families/closed_forms.hpp"
#include "natgrad/families/softmax.hpp"
#include "natgrad/families/statements.hpp"

namespace natgrad::dirichlet {

// What Beta (n = 2) and Dirichlet share: alpha holds the n shapes, s is their sum, r_k = s - alpha_k.
// A = sum lgamma(alpha_k) - lgamma(s), mu_k = psi(alpha_k) - psi(s), F = diag(psi_1(alpha)) - psi_1(s) 1 1^T.
// One shape may be almost the whole of s, so s is kept as that shape and the sum of the others (dominant.hpp), and
// differences between alpha_k and s are formed from r_k (gamma_differences.hpp).

template <class R>
NATGRAD_INLINE Dominant<R> split(Index n, const R* alpha) {
  return find_dominant<R>(n, [&](auto j) { return at(alpha, j); });
}

/// f(j, psi(s) - psi(alpha_j)) for every j.
template <class R, class F>
NATGRAD_INLINE auto with_mean(const R* alpha, const Dominant<R>& parts, const F& f) {
  return [alpha, parts, f, whole = digamma_parts(parts.sum())](auto j) {
    const auto a = at(alpha, j);
    return f(j, digamma_difference(a, parts.without(j, a), whole));
  };
}

template <class R>
void to_mean(Index n, const R* alpha, R* mu) {
  each<R>(n, with_mean<R>(alpha, split(n, alpha), [mu](auto j, auto drop) { put(mu, j, -drop); }));
}

template <class R, class Require>
void support(Index n, const R* x, Require& require) {
  using S = scalar_of<R>;
  for (Index j = 0; j < n; ++j) require((x[j] > S(0)) & (x[j] < infinity<S>), x[j], "x must be > 0 and finite");
  // Room for proportions that were rounded to float32.
  const R sum = total<R>(n, [&](auto j) { return at(x, j); });
  require(abs(sum - S(1)) <= S(1e-6), sum, "x must sum to 1");
}

/// A* at the mean of alpha: the terms of size alpha log alpha cancel inside lgamma_dual.
template <class R>
R dual_at(Index n, const R* alpha) {
  return total<R>(n, [&](auto j) { return lgamma_dual(at(alpha, j)); }) - lgamma_dual(split(n, alpha).sum());
}

/// A of large shapes as <alpha, mu> - A*: none of it is as large as the log Gammas.
template <class R>
NATGRAD_CALLED R log_partition_large(Index n, const R* alpha, const Dominant<R>& parts) {
  return lgamma_dual(parts.sum()) - total<R>(n, with_mean<R>(alpha, parts, [alpha](auto j, auto drop) {
                                               return at(alpha, j) * drop + lgamma_dual(at(alpha, j));
                                             }));
}

/// A, by the log Gammas themselves as long as their size, s log s, is a few times that of |A| + <alpha, |mu|>: at least
/// r (1 + log(s/r)), r the sum of the others beside the largest shape.
template <class R>
R log_partition(Index n, const R* alpha) {
  using S = scalar_of<R>;
  const Dominant<R> parts = split(n, alpha);
  const mask_of<R> large = parts.sum() > S(8192);
  const R others = n == 2 ? lgamma(parts.rest) : total<R>(n, [&](auto j) {
    const auto value = lgamma(at(alpha, j));
    return select(parts.lead.is(j), broadcast<decltype(at(alpha, j))>(0), value);
  });
  const R plain = others - lgamma_rise(parts.lead.value, parts.rest);
  if (!any(large)) return plain;
  return select(large, log_partition_large(n, alpha, parts), plain);
}

/// E log h = -sum E log x_k.
template <class R>
R expected_log_base_measure(Index n, const R* alpha) {
  return total<R>(n, with_mean<R>(alpha, split(n, alpha), [](auto, auto drop) { return drop; }));
}

/// The diagonal psi_1(alpha): its inverse into `widths`, and each(j, parts, own) with the parts of psi_1(alpha_j) and
/// own() = psi_1(alpha_j) - psi_1(s).
///
/// slack = 1 - psi_1(s) sum 1 / psi_1(alpha_k) > 0. With w = 1 / psi_1 and gap(x) = x - w(x) it is
/// psi_1(s) (sum gap(alpha_k) - gap(s)) where the shapes beside the largest, M, sum to 1 or more, and
/// w(M) (psi_1(M) - psi_1(s)) - psi_1(s) sum w(the others) where they do not: neither cancels in its range.
template <class R, class Each>
RankOne<R> curvatures(Index n, const R* alpha, const Dominant<R>& parts, R* widths, const Each& each_one) {
  using S = scalar_of<R>;
  const TrigammaParts<R> whole = trigamma_parts(parts.sum());
  const R gaps = total<R>(n, [&](auto j) {
    const auto a = at(alpha, j);
    const auto here = trigamma_parts(a);
    put(widths, j, here.width);
    each_one(j, here, [&] { return trigamma_difference(a, parts.without(j, a), here.h, whole.h); });
    return here.gap;
  });
  R slack = whole.value * (gaps - whole.gap);
  const mask_of<R> spread = parts.rest >= S(1);
  if (!all(spread)) {
    const R others = total<R>(n, [&](auto j) {
      using V = decltype(at(alpha, j));
      return select(parts.lead.is(j), broadcast<V>(0), at(widths, j));
    });
    const R lead = parts.lead.value;
    const TrigammaParts<R> here = trigamma_parts(lead);
    const R rise = trigamma_difference(lead, parts.rest, here.h, whole.h);
    slack = select(spread, slack, rise * here.width - whole.value * others);
  }
  return {whole.value, slack};
}

template <class R>
RankOne<R> fisher(Index n, const R* alpha, R* diagonal, R* u, R* own) {
  const auto keep = [&](auto j, const auto& here, const auto& difference) {
    put(diagonal, j, here.value);
    if (own != nullptr) put(own, j, difference());
  };
  const RankOne<R> result = curvatures(n, alpha, split(n, alpha), u, keep);
  each<R>(n, [&](auto j) { put(u, j, broadcast<decltype(at(alpha, j))>(1)); });
  return result;
}

/// 1 - sum e^mu, without cancellation where one e^mu is almost 1.
template <class R>
R one_minus_sum_exp(Index n, const R* mu) {
  const Largest<R> lead = find_largest<R>(n, [&](auto j) { return at(mu, j); });
  return -expm1(lead.value) - total<R>(n, [&](auto j) {
    using V = decltype(at(mu, j));
    return select(lead.is(j), broadcast<V>(0), exp(at(mu, j)));
  });
}

/// sum log psi_1(alpha_k) + log(slack). Where every shape is so small that psi_1 is x^-2 the slack depends on their
/// ratios only: there it is that of multiples whose psi_1 is in range.
template <class R>
R fisher_log_determinant(Index n, const R* alpha) {
  using S = scalar_of<R>;
  constexpr S tiny = static_cast<S>(sizeof(S) == 8 ? 0x1p-400 : 0x1p-50);
  constexpr S lift = static_cast<S>(sizeof(S) == 8 ? 0x1p370 : 0x1p36);
  const R most = largest<R>(n, [&](auto j) { return at(alpha, j); });
  const R once = select(most < tiny, broadcast<R>(lift), broadcast<R>(1));
  const R scale = select(most < tiny / lift, broadcast<R>(lift * lift), once);
  Buffer<R> scaled(n);
  each<R>(n, [&](auto j) { put(scaled.data(), j, at(alpha, j) * scale); });
  Buffer<R> widths(n);
  const Dominant<R> parts = split<R>(n, scaled.data());
  const R slack = curvatures<R>(n, scaled.data(), parts, widths.data(), [](auto, const auto&, const auto&) {}).slack;
  // psi_1 = (1 + excess) / x.
  const R logs = total<R>(n, [&](auto j) { return log1p(trigamma_excess(at(alpha, j))) - log(at(alpha, j)); });
  return logs + log(slack);
}

inline constexpr int most_iterations = 100;

/// alpha <- the shapes with mean parameters mu.
///
/// Start: alpha_k = psi^-1(mu_k + psi(s)) by an approximate inverse, with s from two Newton steps in log s on
/// sum alpha_k(s) = s, begun at the limit of large shapes (n - 1) / (2 (1 - sum e^mu)). Then Newton's method with
/// Sherman-Morrison (Minka 2000, section 1), each step d applied as alpha + d or alpha^2 / (alpha - d), the exact forms
/// of psi ~ log alpha and psi ~ -1 / alpha, so that no step leaves the domain. A row ends when d is below 1e-8 alpha
/// (the step itself then leaves an error of its square) or every equation holds to rounding: 2 to 5 iterations, 30 at
/// the hardest. F is nearly singular along alpha at large shapes: what rounding alone makes of the equations moves
/// alpha far along that direction, though it is bent; a sum that rounding explains is therefore not followed.
template <class R>
Iterations<R> to_natural(Index n, const R* mu, R* alpha) {
  using S = scalar_of<R>;
  constexpr S eps = epsilon<S>;
  R s = S(n - 1) / (S(2) * max(one_minus_sum_exp(n, mu), broadcast<R>(std::numeric_limits<S>::min())));
  for (int step = 0; step < 2; ++step) {
    const R psi = digamma(s);
    const R value = total<R>(n, [&](auto j) {
      const auto start = inverse_digamma_start(at(mu, j) + psi);
      put(alpha, j, start.slope);
      return start.value;
    });
    const R slope = total<R>(n, [&](auto j) { return at(alpha, j); });
    const R derivative = slope * trigamma(s) * s / value - S(1);
    const R move = -log(value / s) / select(abs(derivative) > S(1e-6), derivative, broadcast<R>(S(-1e-6)));
    s = s * exp(max(min(move, broadcast<R>(3)), broadcast<R>(-3)));
  }
  const R psi = digamma(s);
  each<R>(n, [&](auto j) { put(alpha, j, inverse_digamma_start(at(mu, j) + psi).value); });

  Buffer<R> gap(n);
  Buffer<R> widths(n);
  R count = broadcast<R>(0);
  mask_of<R> working = s == s;
  constexpr S small = sizeof(S) == 8 ? S(1e-8) : S(2e-4);
  for (int step = 0; step < most_iterations && any(working); ++step) {
    const Dominant<R> parts = split(n, alpha);
    const RankOne<R> fisher = curvatures(n, alpha, parts, widths.data(), [](auto, const auto&, const auto&) {});
    each<R>(n, with_mean<R>(alpha, parts, [&](auto j, auto drop) { put(gap.data(), j, -drop - at(mu, j)); }));
    const R weighted = total<R>(n, [&](auto j) { return at(gap.data(), j) * at(widths.data(), j); });
    const R rounding = S(2) * eps * total<R>(n, [&](auto j) { return abs(at(mu, j)) * at(widths.data(), j); });
    const R lift = select(abs(weighted) > rounding,
                          weighted * fisher.weight / max(fisher.slack, broadcast<R>(std::numeric_limits<S>::min())),
                          broadcast<R>(0));
    const R unsettled = largest<R>(n, [&](auto j) {
      const auto a = at(alpha, j);
      using V = decltype(at(alpha, j));
      const auto g = at(gap.data(), j);
      auto d = -(g + lift) * at(widths.data(), j);
      const auto settled = (abs(d) < small * a) | (abs(g) <= S(8) * eps * abs(at(mu, j)));
      d = max(min(d, S(8) * a), S(-8) * a);
      const auto moved = select(d < S(0), a * (a / (a - d)), a + d);
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
    const auto along = [&](auto j) { return at(mu, j) + beta * at(direction, j); };
    const Softmax<R> sum = softmax<R>(n, along);
    const R slope = total<R>(n, [&](auto j) { return at(direction, j) * exp(along(j) - sum.lead.value); });
    const R move = sum.log_sum() * (S(1) + sum.rest) / slope;  // log-sum-exp is convex along the ray
    const mask_of<R> improves = leaves & (move > beta * epsilon<S>)&(slope > S(0));
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
  const R room = one_minus_sum_exp(n, mu);
  require(room > S(0), S(1) - room, "sum of exp(E log x) must be < 1");
}

}  // namespace natgrad::dirichlet
