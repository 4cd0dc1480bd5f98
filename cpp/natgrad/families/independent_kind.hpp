#pragma once

#include <type_traits>

#include "natgrad/families/derived.hpp"

namespace natgrad {

/// What the families share that hold n independent copies of a family of two coordinates: theta is all first
/// coordinates, then all second ones, so that a long row is worked along its copies. A and A* are sums, F has one
/// 2 x 2 block a copy.
template <class Base>
struct IndependentKind {
  using kind = IndependentKind;
  static constexpr Structure structure = Structure::blocks;
  static constexpr Index longest_row_across = 64;

  Index n;
  Base base;

  Index size() const { return 2 * n; }
  std::string coordinate(Index j) const { return base.coordinate(j / n) + "[" + std::to_string(j % n) + "]"; }

  template <class R, class Require>
  void natural_domain(const R* theta, Require& require) const {
    for (Index j = 0; j < n; ++j) {
      const R copy[2] = {theta[j], theta[n + j]};
      base.natural_domain(copy, require);
    }
  }
  template <class R, class Require>
  void mean_domain(const R* mu, Require& require) const {
    for (Index j = 0; j < n; ++j) {
      const R copy[2] = {mu[j], mu[n + j]};
      base.mean_domain(copy, require);
    }
  }
  template <class R, class Require>
  void centred_domain(const R* c, Require& require) const {
    for (Index j = 0; j < n; ++j) {
      const R copy[2] = {c[j], c[n + j]};
      if constexpr (StatesCentred<Base, R>) {
        base.centred_domain(copy, require);
      } else {
        base.mean_domain(copy, require);
      }
    }
  }

  template <class R>
  R log_partition(const R* theta) const {
    return sum_over(theta, [&](auto, const auto* t) { return base.log_partition(t); });
  }
  template <class R>
  void to_mean(const R* theta, R* mu) const {
    map(theta, mu, [&](const auto* t, auto* m) { base.to_mean(t, m); });
  }
  template <class R>
  Iterations<R> to_natural(const R* mu, R* theta) const {
    return inverse(mu, theta, [&](const auto* m, auto* t) { return base.to_natural(m, t); });
  }
  template <class R>
  void to_centred(const R* theta, R* c) const {
    map(theta, c, [&](const auto* t, auto* m) {
      using V = std::remove_cvref_t<decltype(*m)>;
      if constexpr (StatesCentred<Base, V>) {
        base.to_centred(t, m);
      } else {
        base.to_mean(t, m);
      }
    });
  }
  template <class R>
  Iterations<R> from_centred(const R* c, R* theta) const {
    return inverse(c, theta, [&](const auto* m, auto* t) {
      using V = std::remove_cvref_t<decltype(*t)>;
      if constexpr (StatesCentred<Base, V>) {
        return base.from_centred(m, t);
      } else {
        return base.to_natural(m, t);
      }
    });
  }
  template <class R>
  R dual_at(const R* theta) const {
    return sum_over(theta, [&](auto, const auto* t) { return derived::dual_at(base, t); });
  }
  template <class R>
  R dual_log_partition(const R* mu) const {
    return sum_over(mu, [&](auto, const auto* m) { return derived::dual_log_partition(base, m); });
  }
  template <class R>
  R kl_divergence(const R* theta_p, const R* theta_q) const {
    return sum_over(theta_p, [&](auto j, const auto* p) {
      using V = std::remove_cvref_t<decltype(*p)>;
      const V q[2] = {at(theta_q, j), at(theta_q + n, j)};
      return derived::kl_divergence(base, p, static_cast<const V*>(q));
    });
  }

  template <class R>
  void fisher_multiply(const R* theta, const R* v, R* out) const {
    map(theta, v, out, [&](const auto* t, const auto* a, auto* b) { fisher::multiply(base, t, a, b); });
  }
  /// (F + damping I)^-1 v, block by block.
  template <class R>
  mask_of<R> fisher_solve(const R* theta, const R* v, R damping, R* out) const {
    map(theta, v, out, [&](const auto* t, const auto* a, auto* b) {
      using V = std::remove_cvref_t<decltype(*b)>;
      fisher::solve(base, t, a, detail::widen<V>(damping), b);
    });
    return damping == damping;
  }
  template <class R>
  void fisher_dense(const R* theta, R* out) const {
    const Index size = 2 * n;
    for (Index k = 0; k < size * size; ++k) out[k] = broadcast<R>(0);
    for (Index j = 0; j < n; ++j) {
      const R copy[2] = {theta[j], theta[n + j]};
      R block[4];
      fisher::dense<Base, R>(base, copy, block);
      out[j * size + j] = block[0];
      out[j * size + n + j] = block[1];
      out[(n + j) * size + j] = block[2];
      out[(n + j) * size + n + j] = block[3];
    }
  }
  template <class R>
  R fisher_log_determinant(const R* theta) const {
    return sum_over(theta, [&](auto, const auto* t) { return fisher::log_determinant(base, t); });
  }

  template <class R>
  R step_to_boundary(const R* theta, const R* direction) const {
    return shortest(theta, direction,
                    [&](const auto* t, const auto* d) { return derived::step_to_boundary(base, t, d); });
  }
  template <class R>
  R mean_step_to_boundary(const R* mu, const R* direction) const {
    return shortest(mu, direction,
                    [&](const auto* m, const auto* d) { return derived::mean_step_to_boundary(base, m, d); });
  }

 protected:
  /// The sum over the copies of f(j, their two coordinates).
  template <class R, class Function>
  R sum_over(const R* points, const Function& f) const {
    return total<R>(n, [&](auto j) {
      using V = std::remove_cvref_t<decltype(at(points, j))>;
      const V copy[2] = {at(points, j), at(points + n, j)};
      return f(j, static_cast<const V*>(copy));
    });
  }

 private:
  /// f(in, out) for every copy.
  template <class R, class Function>
  void map(const R* in, R* out, const Function& f) const {
    each<R>(n, [&](auto j) {
      using V = std::remove_cvref_t<decltype(at(in, j))>;
      const V from[2] = {at(in, j), at(in + n, j)};
      V to[2];
      f(static_cast<const V*>(from), static_cast<V*>(to));
      put(out, j, to[0]);
      put(out + n, j, to[1]);
    });
  }
  /// f(first, second, out) for every copy.
  template <class R, class Function>
  void map(const R* first, const R* second, R* out, const Function& f) const {
    each<R>(n, [&](auto j) {
      using V = std::remove_cvref_t<decltype(at(first, j))>;
      const V a[2] = {at(first, j), at(first + n, j)};
      const V b[2] = {at(second, j), at(second + n, j)};
      V to[2];
      f(static_cast<const V*>(a), static_cast<const V*>(b), static_cast<V*>(to));
      put(out, j, to[0]);
      put(out + n, j, to[1]);
    });
  }
  /// The inverse map of every copy, closed or iterative: the most iterations of any, and whether all converged.
  template <class R, class Function>
  Iterations<R> inverse(const R* in, R* out, const Function& f) const {
    R count = broadcast<R>(0);
    mask_of<R> converged = count == count;
    map(in, out, [&](const auto* from, auto* to) {
      using V = std::remove_cvref_t<decltype(*to)>;
      if constexpr (std::is_void_v<decltype(f(from, to))>) {
        f(from, to);
      } else {
        const Iterations<V> ended = f(from, to);
        if constexpr (std::is_same_v<V, R>) {
          count = max(count, ended.count);
          converged = converged & ended.converged;
        } else {
          for (int l = 0; l < lanes<R>; ++l) count = max(count, lane(ended.count, l));
          converged = converged && all(ended.converged);
        }
      }
    });
    return {count, converged};
  }
  /// The smallest f(point, direction) over the copies.
  template <class R, class Function>
  R shortest(const R* points, const R* directions, const Function& f) const {
    R step = broadcast<R>(infinity<scalar_of<R>>);
    for (Index j = 0; j < n; ++j) {
      const R point[2] = {points[j], points[n + j]};
      const R direction[2] = {directions[j], directions[n + j]};
      step = min(step, f(static_cast<const R*>(point), static_cast<const R*>(direction)));
    }
    return step;
  }
};

}  // namespace natgrad
