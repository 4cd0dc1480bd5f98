#pragma once

#include "natgrad/base/buffer.hpp"
#include "natgrad/families/bregman_integral.hpp"
#include "natgrad/families/statements.hpp"
#include "natgrad/fisher/structure.hpp"

namespace natgrad::derived {

// Everything that follows from what a family states. theta, mu: one point, in R's way of holding it.

/// A*(mu(theta)) = <theta, mu> - A(theta).
template <class F, class R>
R dual_at(const F& f, const R* theta) {
  if constexpr (StatesDualAtNatural<F, R>) {
    return f.dual_at(theta);
  } else {
    Buffer<R> mu(f.size());
    f.to_mean(theta, mu.data());
    return dot<R>(f.size(), theta, mu.data()) - f.log_partition(theta);
  }
}

template <class F, class R>
R dual_log_partition(const F& f, const R* mu) {
  if constexpr (StatesDual<F, R>) {
    return f.dual_log_partition(mu);
  } else {
    Buffer<R> theta(f.size());
    f.to_natural(mu, theta.data());
    return dual_at<F, R>(f, theta.data());
  }
}

/// H = -A*(mu) - E log h.
template <class F, class R>
R entropy(const F& f, const R* theta) {
  if constexpr (StatesEntropy<F, R>) {
    return f.entropy(theta);
  } else {
    return -dual_at<F, R>(f, theta) - f.expected_log_base_measure(theta);
  }
}

/// KL(p || q) as the integral of (1 - t) D^T F(theta_p + t D) D over [0, 1], D = theta_q - theta_p: every term is
/// positive, so nothing cancels however close the points are. `fallback` where D^T F D changes too much on the way.
template <class F, class R>
R kl_by_quadrature(const F& f, const R* theta_p, const R* theta_q, R fallback) {
  using S = scalar_of<R>;
  const Index n = f.size();
  Buffer<R> step(n);
  Buffer<R> point(n);
  Buffer<R> product(n);
  each<R>(n, [&](auto j) { put(step.data(), j, at(theta_q, j) - at(theta_p, j)); });
  R least = broadcast<R>(infinity<S>);
  R most = broadcast<R>(0);
  const R sum = bregman_integral<R>([&](S t) {
    each<R>(n, [&](auto j) { put(point.data(), j, at(theta_p, j) + t * at(step.data(), j)); });
    fisher::multiply<F, R>(f, point.data(), step.data(), product.data());
    const R square = dot<R>(n, step.data(), product.data());
    least = min(square, least);
    most = max(square, most);
    return square;
  });
  return select(most <= close_ratio<S> * close_ratio<S> * least, sum, fallback);
}

/// KL(p || q) = A(theta_q) - A(theta_p) - <theta_q - theta_p, mu_p>, the Bregman divergence of A, or its integral form
/// where the three terms cancel.
template <class F, class R>
NATGRAD_CALLED R kl_divergence(const F& f, const R* theta_p, const R* theta_q) {
  using S = scalar_of<R>;
  if constexpr (StatesKullbackLeibler<F, R>) {
    return f.kl_divergence(theta_p, theta_q);
  } else {
    const Index n = f.size();
    Buffer<R> mu(n);
    f.to_mean(theta_p, mu.data());
    const R a_p = f.log_partition(theta_p);
    const R a_q = f.log_partition(theta_q);
    const R inner = total<R>(n, [&](auto j) { return (at(theta_q, j) - at(theta_p, j)) * at(mu.data(), j); });
    const R size = abs(a_p) + abs(a_q) + total<R>(n, [&](auto j) {
                     return abs(at(mu.data(), j)) * (abs(at(theta_q, j)) + abs(at(theta_p, j)));
                   });
    R result = (a_q - a_p) - inner;
    // Below this share of its terms the difference has lost more digits than the tolerance allows.
    constexpr S share = sizeof(S) == 8 ? S(1e-4) : S(3e-2);
    const mask_of<R> cancels = result < share * size;
    if (any(cancels)) result = select(cancels, kl_by_quadrature<F, R>(f, theta_p, theta_q, result), result);
    return max(result, broadcast<R>(0));
  }
}

/// -E_p log q = H(p) + KL(p || q): no terms that are larger than the answer.
template <class F, class R>
R cross_entropy(const F& f, const R* theta_p, const R* theta_q) {
  return entropy<F, R>(f, theta_p) + kl_divergence<F, R>(f, theta_p, theta_q);
}

/// log p(x) = <theta, T(x)> - A(theta) + log h(x); -inf outside the support.
template <class F, class R>
R log_density(const F& f, const R* theta, const R* x) {
  Inside<R> support;
  f.support(x, support);
  R inside;
  if constexpr (StatesLogDensity<F, R>) {
    inside = f.log_density(theta, x);
  } else {
    Buffer<R> statistics(f.size());
    f.sufficient_statistics(x, statistics.data());
    inside = dot<R>(f.size(), theta, statistics.data()) - f.log_partition(theta) + f.log_base_measure(x);
  }
  return select(support.ok, inside, broadcast<R>(-infinity<scalar_of<R>>));
}

template <class F, class R>
R log_base_measure(const F& f, const R* x) {
  Inside<R> support;
  f.support(x, support);
  return select(support.ok, f.log_base_measure(x), broadcast<R>(-infinity<scalar_of<R>>));
}

template <class F, class R>
R step_to_boundary(const F& f, const R* theta, const R* direction) {
  if constexpr (StatesStep<F, R>) {
    return f.step_to_boundary(theta, direction);
  } else {
    return broadcast<R>(infinity<scalar_of<R>>);  // the natural domain is the whole space
  }
}

template <class F, class R>
R mean_step_to_boundary(const F& f, const R* mu, const R* direction) {
  if constexpr (StatesMeanStep<F, R>) {
    return f.mean_step_to_boundary(mu, direction);
  } else {
    return broadcast<R>(infinity<scalar_of<R>>);
  }
}

}  // namespace natgrad::derived
