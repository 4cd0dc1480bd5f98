#pragma once

#include <cmath>

#include "natgrad/base/bits.hpp"
#include "natgrad/base/coordinates.hpp"
#include "natgrad/base/symmetric.hpp"
#include "natgrad/families/closed_forms.hpp"

namespace natgrad::definite {

// What the families with a positive definite matrix of packed natural coordinates share.

/// The row of packed entry k.
inline Index row_of(Index k) {
  Index i = static_cast<Index>(0.5 * (std::sqrt(8.0 * static_cast<double>(k) + 1.0) - 1.0));
  while (symmetric::at(i, 0) > k) --i;  // the root may have been rounded to the next integer
  return i;
}

/// A packed symmetric matrix <- the natural coordinates of -1/2 of it, whose off-diagonal entries are doubled.
template <class R>
void from_natural_block(Index d, const R* natural, R* matrix) {
  using S = scalar_of<R>;
  for (Index i = 0, k = 0; i < d; ++i) {
    for (Index j = 0; j < i; ++j, ++k) matrix[k] = -natural[k];
    matrix[k] = S(-2) * natural[k];
    ++k;
  }
}
/// The reverse, in place.
template <class R>
void to_natural_block(Index d, R* block) {
  using S = scalar_of<R>;
  for (Index i = 0, k = 0; i < d; ++i) {
    for (Index j = 0; j < i; ++j, ++k) block[k] = -block[k];
    block[k] = S(-0.5) * block[k];
    ++k;
  }
}

/// A <- its Cholesky factor; the smallest pivot. That of two dimensions has its second pivot as if every operation but
/// the last were exact: the rounding of the share a10 / a00, and that of its product with a10, are taken off.
template <class R>
R cholesky(Index d, R* a) {
  if (d != 2) return symmetric::cholesky<R>(d, a);
  const R reciprocal = scalar_of<R>(1) / sqrt(a[0]);
  const R share = (a[1] * reciprocal) * reciprocal;
  const Sum<R> taken = exact_product(share, a[0]);
  const Sum<R> removed = exact_product(share, a[1]);
  const R left = (a[1] - taken.value) - taken.error;
  const R pivot = ((a[2] - removed.value) - removed.error) - left * share;
  const mask_of<R> settled = (a[0] <= scalar_of<R>(0)) | (pivot >= a[0]);
  const R smallest = select(settled, a[0], pivot);  // takes a NaN, which overflow on the way may make
  a[0] = reciprocal;
  a[1] = a[1] * reciprocal;
  a[2] = scalar_of<R>(1) / sqrt(pivot);
  return smallest;
}

/// packed <- the mean of a full matrix and its transpose, required to be symmetric: products such as X^T X are up to
/// rounding, and what is not is a mistake.
template <class R, class Require>
void symmetrised(Index d, const R* full, R* packed, const char* text, Require& require) {
  using S = scalar_of<R>;
  constexpr S tolerance = S(1e-6);
  R skew = broadcast<R>(0);
  mask_of<R> symmetric = skew == skew;
  for (Index i = 0; i < d; ++i) {
    for (Index j = 0; j <= i; ++j) {
      const R gap = abs(full[i * d + j] - full[j * d + i]);
      const R scale = sqrt(abs(full[i * d + i])) * sqrt(abs(full[j * d + j]));
      symmetric = symmetric & (gap <= tolerance * scale);
      skew = max(gap, skew);
      packed[symmetric::at(i, j)] = S(0.5) * (full[i * d + j] + full[j * d + i]);
    }
  }
  require(symmetric, skew, text);
}

/// The largest beta with I + beta B positive definite, given the smallest eigenvalue of B.
template <class R>
R step_from_eigenvalue(R smallest) {
  using S = scalar_of<R>;
  const R none = select(smallest >= S(0), broadcast<R>(infinity<S>), smallest);  // a NaN is no answer
  return select(smallest < S(0), S(-1) / smallest, none);
}

/// The largest beta with L L^T + beta B positive definite: -1 / the smallest eigenvalue of L^-1 B L^-T.
template <class R>
R step_in_cone(Index n, const R* l, const R* b) {
  Buffer<R, 64> whitened(symmetric::packed_size(n));
  symmetric::whiten<R>(n, l, b, whitened.data());
  return step_from_eigenvalue(symmetric::smallest_eigenvalue<R>(n, whitened.data()));
}

/// step(point), a step in a cone, and once more from seven eighths of the way: the eigenvalue of a graded
/// matrix has an error in norm, the one that is left on the way by then has a small error of its own.
template <class R, class Step>
R step_in_two(Index n, const R* point, const R* direction, const Step& step) {
  using S = scalar_of<R>;
  const R first = step(point);
  const mask_of<R> ends = is_finite(first);
  const R part = select(ends, S(0.875) * first, broadcast<R>(0));
  Buffer<R, 64> there(n);
  for (Index j = 0; j < n; ++j) there[j] = point[j] + part * direction[j];
  const R second = part + step(static_cast<const R*>(there.data()));
  return select(ends & (second > part), second, first);
}

/// f(point, direction) for every lane by itself, in double: for float, where a graded matrix has no digits to spare.
template <class R, class Function>
R by_lanes_in_double(Index n, const R* point, const R* direction, const Function& f) {
  Buffer<double, 64> from(n);
  Buffer<double, 64> along(n);
  R result = broadcast<R>(0);
  for (int l = 0; l < width<R>; ++l) {
    for (Index j = 0; j < n; ++j) {
      from[j] = static_cast<double>(lane(point[j], l));
      along[j] = static_cast<double>(lane(direction[j], l));
    }
    const double value = f(static_cast<const double*>(from.data()), static_cast<const double*>(along.data()));
    set_lane(result, l, static_cast<scalar_of<R>>(value));
  }
  return result;
}

/// f(point, direction), of float in double.
template <class R, class Function>
R in_double(Index n, const R* point, const R* direction, const Function& f) {
  if constexpr (sizeof(scalar_of<R>) == sizeof(double)) {
    return f(point, direction);
  } else {
    return by_lanes_in_double(n, point, direction, f);
  }
}

/// tr E - log det(I + E), and the smallest pivot 1 + e_j: eliminating I + E leaves pivots 1 + e_j, and tr E - sum e_j
/// is the sum of the squares removed on the way, so every term is >= 0 and none is a difference of large ones. A small
/// pivot has lost its digits. E, packed, is overwritten.
template <class R>
struct Spread {
  R value, smallest;
};
template <class R>
Spread<R> trace_less_log_determinant(Index d, R* e) {
  using S = scalar_of<R>;
  Buffer<R> share(d);
  R sum = broadcast<R>(0);
  R smallest = broadcast<R>(infinity<S>);
  for (Index j = 0; j < d; ++j) {
    const R* row = e + symmetric::at(j, 0);
    for (Index k = 0; k < j; ++k) share[k] = row[k] / (S(1) + e[symmetric::at(k, k)]);
    const R removed = dot<R>(j, row, share.data());
    const R excess = row[j] - removed;
    e[symmetric::at(j, j)] = excess;
    smallest = min(excess + S(1), smallest);
    sum += removed + x_minus_log1p(max(excess, broadcast<R>(-1)));
    for (Index i = j + 1; i < d; ++i) e[symmetric::at(i, j)] -= dot<R>(j, e + symmetric::at(i, 0), share.data());
  }
  return {sum, smallest};
}

/// tr(P^-1 Q) from the Cholesky factors of both, as |L_p^-1 L_q|^2.
template <class R>
R trace_of_ratio(Index d, const R* p, const R* q) {
  using S = scalar_of<R>;
  R sum = broadcast<R>(0);
  Buffer<R> column(d);
  for (Index j = 0; j < d; ++j) {
    for (Index i = 0; i < j; ++i) column[i] = broadcast<R>(0);
    column[j] = S(1) / q[symmetric::at(j, j)];  // the factor holds reciprocals
    for (Index i = j + 1; i < d; ++i) column[i] = q[symmetric::at(i, j)];
    symmetric::lower_solve<R>(d, p, column.data());
    for (Index i = j; i < d; ++i) sum += column[i] * column[i];
  }
  return sum;
}

}  // namespace natgrad::definite
