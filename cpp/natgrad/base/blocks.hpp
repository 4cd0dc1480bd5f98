#pragma once

#include "natgrad/base/buffer.hpp"
#include "natgrad/base/elementary.hpp"
#include "natgrad/base/pack.hpp"
#include "natgrad/base/symmetric.hpp"

namespace natgrad::blocks {

// The d x d blocks of a banded matrix, d small: full ones stand row by row, symmetric and triangular ones also packed
// as in symmetric.hpp, Cholesky factors with reciprocal diagonals. Plain loops, for packs and scalars alike: a block is
// too small for the BLAS, and the blocks of a chain wait for each other.

/// So many blocks of scratch, in one piece.
template <class R>
class Scratch {
 public:
  Scratch(Index count, Index d) : square_(d * d), data_(count * d * d) {}
  R* operator[](Index k) { return data_.data() + k * square_; }

 private:
  Index square_;
  Buffer<R> data_;
};

/// A, packed, <- its Cholesky factor. `smallest` <- the smallest pivot met so far; it stays at the first that fails.
template <class R>
NATGRAD_CALLED void cholesky(Index d, R* a, R& smallest) {
  using S = scalar_of<R>;
  for (Index j = 0; j < d; ++j) {
    R* row = a + symmetric::at(j, 0);
    R pivot = row[j];
    for (Index k = 0; k < j; ++k) pivot -= row[k] * row[k];
    smallest = select((smallest > S(0)) & !(pivot >= smallest), pivot, smallest);
    const R reciprocal = S(1) / sqrt(pivot);
    row[j] = reciprocal;
    for (Index i = j + 1; i < d; ++i) {
      R* below = a + symmetric::at(i, 0);
      R sum = below[j];
      for (Index k = 0; k < j; ++k) sum -= below[k] * row[k];
      below[j] = sum * reciprocal;
    }
  }
}

/// M <- L^-1 M, d x columns.
template <class R>
NATGRAD_CALLED void lower_solve(Index d, Index columns, const R* l, R* m) {
  for (Index i = 0; i < d; ++i) {
    for (Index k = 0; k < i; ++k) {
      const R factor = l[symmetric::at(i, k)];
      for (Index j = 0; j < columns; ++j) m[i * columns + j] -= factor * m[k * columns + j];
    }
    for (Index j = 0; j < columns; ++j) m[i * columns + j] *= l[symmetric::at(i, i)];
  }
}

/// M <- L^-T M, d x columns.
template <class R>
NATGRAD_CALLED void upper_solve(Index d, Index columns, const R* l, R* m) {
  for (Index i = d; i-- > 0;) {
    for (Index k = i + 1; k < d; ++k) {
      const R factor = l[symmetric::at(k, i)];
      for (Index j = 0; j < columns; ++j) m[i * columns + j] -= factor * m[k * columns + j];
    }
    for (Index j = 0; j < columns; ++j) m[i * columns + j] *= l[symmetric::at(i, i)];
  }
}

/// M <- A^-1 M with A = L L^T.
template <class R>
NATGRAD_CALLED void solve(Index d, Index columns, const R* l, R* m) {
  lower_solve(d, columns, l, m);
  upper_solve(d, columns, l, m);
}

/// How a factor of a product is read.
enum class Side { plain, transposed };

/// out += sign op(A) op(B); B and out have `columns` columns, and B is square where it is transposed.
template <Side left, Side right, class R>
NATGRAD_CALLED void add_product(Index d, Index columns, int sign, const R* a, const R* b, R* out) {
  for (Index i = 0; i < d; ++i) {
    for (Index k = 0; k < d; ++k) {
      const R factor = scalar_of<R>(sign) * (left == Side::plain ? a[i * d + k] : a[k * d + i]);
      for (Index j = 0; j < columns; ++j) {
        out[i * columns + j] += factor * (right == Side::plain ? b[k * columns + j] : b[j * d + k]);
      }
    }
  }
}

template <class R>
NATGRAD_CALLED void zero(Index count, R* out) {
  for (Index k = 0; k < count; ++k) out[k] = broadcast<R>(0);
}
template <class R>
NATGRAD_CALLED void copy(Index count, const R* from, R* to) {
  for (Index k = 0; k < count; ++k) to[k] = from[k];
}
template <class R>
NATGRAD_CALLED void identity(Index d, R* out) {
  zero(d * d, out);
  for (Index i = 0; i < d; ++i) out[i * (d + 1)] = broadcast<R>(1);
}
template <class R>
NATGRAD_CALLED void transpose(Index d, const R* m, R* out) {
  for (Index i = 0; i < d; ++i) {
    for (Index j = 0; j < d; ++j) out[j * d + i] = m[i * d + j];
  }
}
/// out <- -M^T.
template <class R>
NATGRAD_CALLED void minus_transpose(Index d, const R* m, R* out) {
  for (Index i = 0; i < d; ++i) {
    for (Index j = 0; j < d; ++j) out[j * d + i] = -m[i * d + j];
  }
}
/// packed <- the mean of M and its transpose, as M then is too.
template <class R>
NATGRAD_CALLED void pack(Index d, R* full, R* packed) {
  using S = scalar_of<R>;
  for (Index i = 0; i < d; ++i) {
    for (Index j = 0; j <= i; ++j) {
      const R mean = S(0.5) * (full[i * d + j] + full[j * d + i]);
      packed[symmetric::at(i, j)] = full[i * d + j] = full[j * d + i] = mean;
    }
  }
}

/// out <- sign op(A) op(B), all square.
template <Side left, Side right, class R>
void product(Index d, int sign, const R* a, const R* b, R* out) {
  zero(d * d, out);
  add_product<left, right>(d, d, sign, a, b, out);
}

/// A <- L^-T A L^-1, A full and symmetric; `half` is scratch.
template <class R>
void unwhiten(Index d, const R* l, R* a, R* half) {
  upper_solve(d, d, l, a);
  transpose(d, a, half);
  upper_solve(d, d, l, half);
  transpose(d, half, a);
}

/// A^-1, full, with A = L L^T.
template <class R>
NATGRAD_CALLED void inverse(Index d, const R* l, R* out) {
  identity(d, out);
  solve(d, d, l, out);
}

/// log det A with A = L L^T.
template <class R>
NATGRAD_CALLED R log_determinant(Index d, const R* l) {
  R sum = broadcast<R>(0);
  for (Index i = 0; i < d; ++i) sum -= log(l[symmetric::at(i, i)]);
  return scalar_of<R>(2) * sum;
}

}  // namespace natgrad::blocks
