#pragma once

#include <type_traits>

#include "natgrad/base/buffer.hpp"
#include "natgrad/base/dense.hpp"
#include "natgrad/base/elementary.hpp"
#include "natgrad/base/pack.hpp"
#include "natgrad/base/rotations.hpp"

namespace natgrad::symmetric {

// Symmetric matrices as packed lower triangles, row by row: (i, j) with j <= i stands at i (i + 1) / 2 + j. On packs
// each lane is a matrix of its own; on scalars one matrix is handed to LAPACK and BLAS (dense.hpp). A Cholesky factor
// holds the reciprocals of its diagonal, because every use divides by it.

constexpr Index packed_size(Index n) { return n * (n + 1) / 2; }
constexpr Index at(Index i, Index j) { return i * (i + 1) / 2 + j; }
constexpr Index either(Index i, Index j) { return i >= j ? at(i, j) : at(j, i); }

namespace detail {
/// So many sums are formed side by side: a multiplication takes four cycles, and none waits for another's.
inline constexpr Index beside = 4;

/// body(start, count) for columns [from, to) by fours, with a constant count, and one by one at the end.
template <class Body>
NATGRAD_INLINE void by_fours(Index from, Index to, const Body& body) {
  for (; from + beside <= to; from += beside) body(from, std::integral_constant<Index, beside>());
  for (; from < to; ++from) body(from, std::integral_constant<Index, 1>());
}

/// sums[c] += the sum of factor(k) term(k, c) over k in [from, to).
template <class R, Index count, class Factor, class Term>
NATGRAD_INLINE void add_products(R (&sums)[count], Index from, Index to, const Factor& factor, const Term& term) {
  for (Index k = from; k < to; ++k) {
    const R f = factor(k);
    for (Index c = 0; c < count; ++c) sums[c] += f * term(k, c);
  }
}
}  // namespace detail

/// The full matrix, row by row.
template <class R>
NATGRAD_CALLED void unpack(Index n, const R* a, R* full) {
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j <= i; ++j) full[i * n + j] = full[j * n + i] = a[at(i, j)];
  }
}

/// A <- its Cholesky factor L; the smallest pivot met, <= 0 or NaN where A is not positive definite.
template <class R>
R cholesky(Index n, R* a) {
  if constexpr (is_pack<R>) {
    R smallest = broadcast<R>(infinity<scalar_of<R>>);
    for (Index j = 0; j < n; ++j) {
      const R* const row = a + at(j, 0);
      R pivot = row[j];
      for (Index k = 0; k < j; ++k) pivot -= row[k] * row[k];
      smallest = select(pivot >= smallest, smallest, pivot);  // takes a NaN, which overflow on the way may make
      const R reciprocal = scalar_of<R>(1) / sqrt(pivot);
      a[at(j, j)] = reciprocal;
      detail::by_fours(j + 1, n, [&](Index i, auto count) {
        R sums[count]{};
        detail::add_products(
            sums, 0, j, [&](Index k) { return row[k]; }, [&](Index k, Index c) { return a[at(i + c, k)]; });
        for (Index c = 0; c < count; ++c) a[at(i + c, j)] = (a[at(i + c, j)] - sums[c]) * reciprocal;
      });
    }
    return smallest;
  } else {
    return dense::cholesky(n, a);
  }
}

/// b <- L^-1 b.
template <class R>
void lower_solve(Index n, const R* l, R* b) {
  for (Index i = 0; i < n; ++i) {
    R sum = b[i];
    for (Index k = 0; k < i; ++k) sum -= l[at(i, k)] * b[k];
    b[i] = sum * l[at(i, i)];
  }
}

/// b <- L^-T b.
template <class R>
void upper_solve(Index n, const R* l, R* b) {
  for (Index i = n; i-- > 0;) {
    b[i] = b[i] * l[at(i, i)];
    for (Index k = 0; k < i; ++k) b[k] -= l[at(i, k)] * b[i];
  }
}

/// b <- A^-1 b with A = L L^T.
template <class R>
void solve(Index n, const R* l, R* b) {
  lower_solve(n, l, b);
  upper_solve(n, l, b);
}

/// log det A with A = L L^T.
template <class R>
R log_determinant(Index n, const R* l) {
  R sum = broadcast<R>(0);
  for (Index i = 0; i < n; ++i) sum -= log(l[at(i, i)]);
  return scalar_of<R>(2) * sum;
}

/// out <- A^-1 with A = L L^T; out may not be l.
template <class R>
void inverse(Index n, const R* l, R* out) {
  if constexpr (is_pack<R>) {
    Buffer<R, 64> m(packed_size(n));  // L^-1
    for (Index i = 0; i < n; ++i) {
      const R* const row = l + at(i, 0);
      m[at(i, i)] = row[i];
      detail::by_fours(0, i, [&](Index j, auto count) {
        R sums[count]{};
        // Column j + c of L^-1 starts in row j + c.
        for (Index c = 0; c < count; ++c) {
          for (Index k = j + c; k < j + count - 1; ++k) sums[c] += row[k] * m[at(k, j + c)];
        }
        detail::add_products(
            sums, j + count - 1, i, [&](Index k) { return row[k]; }, [&](Index k, Index c) { return m[at(k, j + c)]; });
        for (Index c = 0; c < count; ++c) m[at(i, j + c)] = -sums[c] * row[i];
      });
    }
    for (Index i = 0; i < n; ++i) {
      detail::by_fours(0, i + 1, [&](Index j, auto count) {
        R sums[count]{};
        detail::add_products(
            sums, i, n, [&](Index k) { return m[at(k, i)]; }, [&](Index k, Index c) { return m[at(k, j + c)]; });
        for (Index c = 0; c < count; ++c) out[at(i, j + c)] = sums[c];
      });
    }
  } else {
    dense::inverse(n, l, out);
  }
}

/// y <- A x.
template <class R>
void multiply(Index n, const R* a, const R* x, R* y) {
  for (Index i = 0; i < n; ++i) {
    R sum = broadcast<R>(0);
    for (Index j = 0; j < i; ++j) {
      sum += a[at(i, j)] * x[j];
      y[j] += a[at(i, j)] * x[i];
    }
    y[i] = sum + a[at(i, i)] * x[i];
  }
}

/// out <- A B A, both symmetric.
template <class R>
void sandwich(Index n, const R* a, const R* b, R* out) {
  if constexpr (is_pack<R>) {
    Buffer<R, 64> whole(2 * n * n);
    R* const full = whole.data();
    R* const ab = full + n * n;
    unpack(n, b, full);
    for (Index i = 0; i < n; ++i) {
      detail::by_fours(0, n, [&](Index j, auto count) {
        R sums[count]{};
        detail::add_products(
            sums, 0, n, [&](Index k) { return a[either(i, k)]; },
            [&](Index k, Index c) { return full[k * n + j + c]; });
        for (Index c = 0; c < count; ++c) ab[i * n + j + c] = sums[c];
      });
    }
    unpack(n, a, full);
    for (Index i = 0; i < n; ++i) {
      detail::by_fours(0, i + 1, [&](Index j, auto count) {
        R sums[count]{};
        detail::add_products(
            sums, 0, n, [&](Index k) { return ab[i * n + k]; }, [&](Index k, Index c) { return full[k * n + j + c]; });
        for (Index c = 0; c < count; ++c) out[at(i, j + c)] = sums[c];
      });
    }
  } else {
    dense::sandwich(n, a, b, out);
  }
}

/// out <- L^-1 B L^-T, with B symmetric.
template <class R>
void whiten(Index n, const R* l, const R* b, R* out) {
  if constexpr (is_pack<R>) {
    Buffer<R, 64> half(n * n);  // L^-1 B, row by row
    unpack(n, b, half.data());
    for (Index i = 0; i < n; ++i) {
      const R* const row = l + at(i, 0);
      detail::by_fours(0, n, [&](Index j, auto count) {
        R sums[count]{};
        detail::add_products(
            sums, 0, i, [&](Index k) { return row[k]; }, [&](Index k, Index c) { return half[k * n + j + c]; });
        for (Index c = 0; c < count; ++c) half[i * n + j + c] = (half[i * n + j + c] - sums[c]) * row[i];
      });
    }
    detail::by_fours(0, n, [&](Index i, auto count) {  // L^-1 (L^-1 B)^T, its columns up to the diagonal
      for (Index j = 0; j < i + count; ++j) {
        const R* const row = l + at(j, 0);
        R sums[count]{};
        detail::add_products(
            sums, 0, j, [&](Index k) { return row[k]; }, [&](Index k, Index c) { return half[(i + c) * n + k]; });
        for (Index c = 0; c < count; ++c) {
          R& entry = half[(i + c) * n + j];
          entry = (entry - sums[c]) * row[j];
          if (j <= i + c) out[at(i + c, j)] = entry;
        }
      }
    });
  } else {
    dense::whiten(n, l, b, out);
  }
}

/// The smallest eigenvalue.
template <class R>
R smallest_eigenvalue(Index n, const R* a) {
  if constexpr (is_pack<R>) {
    Buffer<R, 64> rotated(packed_size(n));
    for (Index k = 0; k < packed_size(n); ++k) rotated[k] = a[k];
    return smallest_by_rotations(n, rotated.data());
  } else {
    return dense::smallest_eigenvalue(n, a);
  }
}

}  // namespace natgrad::symmetric
