#pragma once

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

/// A <- its Cholesky factor L; the smallest pivot met, <= 0 or NaN where A is not positive definite.
template <class R>
R cholesky(Index n, R* a) {
  if constexpr (is_pack<R>) {
    R smallest = broadcast<R>(infinity<scalar_of<R>>);
    for (Index j = 0; j < n; ++j) {
      R pivot = a[at(j, j)];
      for (Index k = 0; k < j; ++k) pivot -= a[at(j, k)] * a[at(j, k)];
      smallest = select(pivot >= smallest, smallest, pivot);  // takes a NaN, which overflow on the way may make
      const R reciprocal = scalar_of<R>(1) / sqrt(pivot);
      a[at(j, j)] = reciprocal;
      for (Index i = j + 1; i < n; ++i) {
        R sum = a[at(i, j)];
        for (Index k = 0; k < j; ++k) sum -= a[at(i, k)] * a[at(j, k)];
        a[at(i, j)] = sum * reciprocal;
      }
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
    for (Index j = 0; j < n; ++j) {
      m[at(j, j)] = l[at(j, j)];
      for (Index i = j + 1; i < n; ++i) {
        R sum = l[at(i, j)] * m[at(j, j)];
        for (Index k = j + 1; k < i; ++k) sum += l[at(i, k)] * m[at(k, j)];
        m[at(i, j)] = -sum * l[at(i, i)];
      }
    }
    for (Index i = 0; i < n; ++i) {
      for (Index j = 0; j <= i; ++j) {
        R sum = m[at(i, i)] * m[at(i, j)];
        for (Index k = i + 1; k < n; ++k) sum += m[at(k, i)] * m[at(k, j)];
        out[at(i, j)] = sum;
      }
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
    Buffer<R, 64> ab(n * n);
    for (Index i = 0; i < n; ++i) {
      for (Index j = 0; j < n; ++j) {
        R sum = broadcast<R>(0);
        for (Index k = 0; k < n; ++k) sum += a[either(i, k)] * b[either(k, j)];
        ab[i * n + j] = sum;
      }
    }
    for (Index i = 0; i < n; ++i) {
      for (Index j = 0; j <= i; ++j) {
        R sum = broadcast<R>(0);
        for (Index k = 0; k < n; ++k) sum += ab[i * n + k] * a[either(k, j)];
        out[at(i, j)] = sum;
      }
    }
  } else {
    dense::sandwich(n, a, b, out);
  }
}

/// out <- L^-1 B L^-T, with B symmetric.
template <class R>
void whiten(Index n, const R* l, const R* b, R* out) {
  if constexpr (is_pack<R>) {
    Buffer<R, 64> half(n * n);  // columns of L^-1 B, one after another
    for (Index j = 0; j < n; ++j) {
      for (Index i = 0; i < n; ++i) half[j * n + i] = b[either(i, j)];
      lower_solve(n, l, &half[j * n]);
    }
    Buffer<R> row(n);
    for (Index i = 0; i < n; ++i) {
      for (Index j = 0; j < n; ++j) row[j] = half[j * n + i];
      lower_solve(n, l, row.data());
      for (Index j = 0; j <= i; ++j) out[at(i, j)] = row[j];
    }
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
