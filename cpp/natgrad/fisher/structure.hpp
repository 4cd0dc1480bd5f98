#pragma once

#include "natgrad/base/buffer.hpp"
#include "natgrad/base/dominant.hpp"
#include "natgrad/base/elementary.hpp"
#include "natgrad/base/symmetric.hpp"
#include "natgrad/families/statements.hpp"
#include "natgrad/fisher/damped.hpp"

namespace natgrad::fisher {

// F v, (F + damping I)^-1 v, log det F and F itself, by the structure a family states. F = d2A/dtheta2.

/// out <- F v.
template <class F, class R>
void multiply(const F& f, const R* theta, const R* v, R* out) {
  const Index n = f.size();
  if constexpr (F::structure == Structure::diagonal) {
    f.fisher(theta, out);
    each<R>(n, [&](auto j) { put(out, j, at(out, j) * at(v, j)); });
  } else if constexpr (F::structure == Structure::diagonal_minus_rank_one) {
    // F_jj v_j - w u_j sum of the other u_k v_k: F_jj from the family, the sum without what would cancel.
    Buffer<R> diagonal(n);
    Buffer<R> u(n);
    const RankOne<R> rank_one = f.fisher(theta, diagonal.data(), u.data(), out);
    const auto term = [&](auto j) { return at(u.data(), j) * at(v, j); };
    const Dominant<R> projected = find_dominant<R>(n, term);
    each<R>(n, [&](auto j) {
      put(out, j, at(out, j) * at(v, j) - at(u.data(), j) * (rank_one.weight * projected.without(j, term(j))));
    });
  } else if constexpr (F::structure == Structure::dense) {
    Buffer<R> lower(n * (n - 1) / 2 + 1);
    Buffer<R> pivots(n);
    f.fisher(theta, lower.data(), pivots.data());
    for (Index j = 0; j < n; ++j) {  // out <- D L^T v
      R sum = v[j];
      for (Index i = j + 1; i < n; ++i) sum += lower[i * (i - 1) / 2 + j] * v[i];
      out[j] = pivots[j] * sum;
    }
    for (Index i = n; i-- > 0;) {  // out <- L out
      for (Index j = 0; j < i; ++j) out[i] += lower[i * (i - 1) / 2 + j] * out[j];
    }
  } else {
    f.fisher_multiply(theta, v, out);
  }
}

/// out <- F, n x n, row by row.
template <class F, class R>
void dense(const F& f, const R* theta, R* out) {
  const Index n = f.size();
  if constexpr (StatesDenseFisher<F, R>) {
    f.fisher_dense(theta, out);
  } else if constexpr (F::structure == Structure::diagonal) {
    Buffer<R> d(n);
    f.fisher(theta, d.data());
    for (Index i = 0; i < n * n; ++i) out[i] = broadcast<R>(0);
    for (Index i = 0; i < n; ++i) out[i * n + i] = d[i];
  } else if constexpr (F::structure == Structure::diagonal_minus_rank_one) {
    Buffer<R> d(n);
    Buffer<R> u(n);
    Buffer<R> own(n);
    const RankOne<R> rank_one = f.fisher(theta, d.data(), u.data(), own.data());
    for (Index i = 0; i < n; ++i) {
      for (Index j = 0; j < n; ++j) out[i * n + j] = -rank_one.weight * u[i] * u[j];
      out[i * n + i] = own[i];
    }
  } else {
    Buffer<R> unit(n);
    Buffer<R> column(n);
    for (Index j = 0; j < n; ++j) {
      for (Index i = 0; i < n; ++i) unit[i] = broadcast<R>(i == j ? 1 : 0);
      multiply<F, R>(f, theta, unit.data(), column.data());
      for (Index i = j; i < n; ++i) out[i * n + j] = out[j * n + i] = column[i];
    }
  }
}

/// out <- (F + damping I)^-1 v; the rows that were solved.
template <class F, class R>
mask_of<R> solve(const F& f, const R* theta, const R* v, R damping, R* out) {
  using S = scalar_of<R>;
  const Index n = f.size();
  const mask_of<R> everywhere = damping == damping;
  if constexpr (F::structure == Structure::diagonal) {
    f.fisher(theta, out);
    each<R>(n, [&](auto j) { put(out, j, at(v, j) / (at(out, j) + damping)); });
    return everywhere;
  } else if constexpr (F::structure == Structure::diagonal_minus_rank_one) {
    // Sherman-Morrison, with 1 - w sum u^2/(d + c) = slack + c w sum u^2 / (d (d + c)): a sum of positive terms.
    Buffer<R> u(n);
    const RankOne<R> rank_one = f.fisher(theta, out, u.data(), static_cast<R*>(nullptr));
    const auto damped = [&](auto j) { return at(out, j) + damping; };
    const R projected = rank_one.weight * total<R>(n, [&](auto j) { return at(u.data(), j) * at(v, j) / damped(j); });
    R slack = rank_one.slack;
    if (any(damping > S(0))) {
      slack += damping * rank_one.weight * total<R>(n, [&](auto j) {
                 const auto ratio = at(u.data(), j) / damped(j);
                 return ratio * (at(u.data(), j) / at(out, j));
               });
    }
    const R share = projected / slack;
    each<R>(n, [&](auto j) { put(out, j, (at(v, j) + at(u.data(), j) * share) / damped(j)); });
    return everywhere;
  } else if constexpr (F::structure == Structure::dense) {
    Buffer<R> lower(n * (n - 1) / 2 + 1);
    Buffer<R> pivots(n);
    f.fisher(theta, lower.data(), pivots.data());
    if (any(damping > S(0))) damp_factor<R>(n, damping, lower.data(), pivots.data());
    for (Index i = 0; i < n; ++i) {  // out <- L^-1 v
      R sum = v[i];
      for (Index j = 0; j < i; ++j) sum -= lower[i * (i - 1) / 2 + j] * out[j];
      out[i] = sum;
    }
    for (Index i = 0; i < n; ++i) out[i] = out[i] / pivots[i];
    for (Index i = n; i-- > 0;) {  // out <- L^-T out
      for (Index j = 0; j < i; ++j) out[j] -= lower[i * (i - 1) / 2 + j] * out[i];
    }
    return everywhere;
  } else if constexpr (F::structure == Structure::blocks) {
    return f.fisher_solve(theta, v, damping, out);
  } else {
    f.fisher_solve(theta, v, out);
    if (!any(damping > S(0))) return everywhere;
    Buffer<R> damped(n);
    const mask_of<R> solved = solve_damped<R>(
        n, damping, v, damped.data(), [&](R* matrix) { dense<F, R>(f, theta, matrix); },
        [&](const R* in, R* product) { multiply<F, R>(f, theta, in, product); });
    for (Index j = 0; j < n; ++j) out[j] = select(damping > S(0), damped[j], out[j]);
    return solved | !(damping > S(0));
  }
}

/// log det F.
template <class F, class R>
R log_determinant(const F& f, const R* theta) {
  const Index n = f.size();
  if constexpr (StatesLogDeterminant<F, R>) {
    return f.fisher_log_determinant(theta);
  } else if constexpr (F::structure == Structure::diagonal) {
    Buffer<R> d(n);
    f.fisher(theta, d.data());
    return total<R>(n, [&](auto j) { return log(at(d.data(), j)); });
  } else if constexpr (F::structure == Structure::diagonal_minus_rank_one) {
    Buffer<R> d(n);
    Buffer<R> u(n);
    const RankOne<R> rank_one = f.fisher(theta, d.data(), u.data(), static_cast<R*>(nullptr));
    return total<R>(n, [&](auto j) { return log(at(d.data(), j)); }) + log(rank_one.slack);
  } else {
    static_assert(F::structure == Structure::dense);
    Buffer<R> lower(n * (n - 1) / 2 + 1);
    Buffer<R> pivots(n);
    f.fisher(theta, lower.data(), pivots.data());
    R sum = broadcast<R>(0);
    for (Index j = 0; j < n; ++j) sum += log(pivots[j]);
    return sum;
  }
}

}  // namespace natgrad::fisher
