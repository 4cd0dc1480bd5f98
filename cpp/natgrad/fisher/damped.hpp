#pragma once

#include "natgrad/base/buffer.hpp"
#include "natgrad/base/symmetric.hpp"

namespace natgrad::fisher {

/// Up to this size a damped system without closed form is solved by Cholesky, above it by conjugate gradients.
inline constexpr Index largest_cholesky = 2048;

/// L diag(pivots) L^T <- L diag(pivots) L^T + damping I, as one rank-one update a coordinate (Gill, Golub, Murray &
/// Saunders 1974, method C2): every pivot grows by a positive term, so what the family knew of its small pivots is
/// kept, and no difference of large numbers is taken where damping dwarfs a pivot.
template <class R>
void damp_factor(Index n, R damping, R* lower, R* pivots) {
  Buffer<R> w(n);
  for (Index k = 0; k < n; ++k) {
    // A + damping e_k e_k^T touches the coordinates from k on.
    for (Index i = k; i < n; ++i) w[i] = broadcast<R>(i == k ? 1 : 0);
    R alpha = damping;
    for (Index j = k; j < n; ++j) {
      const R old = pivots[j];
      const R p = w[j];
      pivots[j] = old + alpha * p * p;
      const R beta = alpha * (p / pivots[j]);
      alpha = alpha * (old / pivots[j]);
      for (Index i = j + 1; i < n; ++i) {
        R& l = lower[i * (i - 1) / 2 + j];
        const R grown = (old / pivots[j]) * l + beta * w[i];
        w[i] = w[i] - p * l;
        l = grown;
      }
    }
  }
}

/// Conjugate gradients on F + damping I (Hestenes & Stiefel 1952) to the accuracy of the number type.
template <class R, class Multiply>
mask_of<R> conjugate_gradients(Index n, R damping, const R* v, R* out, const Multiply& multiply) {
  using S = scalar_of<R>;
  Buffer<R> residual(n);
  Buffer<R> direction(n);
  Buffer<R> product(n);
  R square = broadcast<R>(0);
  for (Index j = 0; j < n; ++j) {
    out[j] = broadcast<R>(0);
    residual[j] = direction[j] = v[j];
    square += v[j] * v[j];
  }
  const R goal = square * (S(16) * epsilon<S> * epsilon<S>);
  for (Index step = 0; step < 20 * n && any(square > goal); ++step) {
    multiply(direction.data(), product.data());
    R curvature = broadcast<R>(0);
    for (Index j = 0; j < n; ++j) {
      product[j] += damping * direction[j];
      curvature += direction[j] * product[j];
    }
    const mask_of<R> working = square > goal;
    const R length = select(working, square / curvature, broadcast<R>(0));
    R next = broadcast<R>(0);
    for (Index j = 0; j < n; ++j) {
      out[j] += length * direction[j];
      residual[j] -= length * product[j];
      next += residual[j] * residual[j];
    }
    const R ratio = select(working, next / square, broadcast<R>(0));
    for (Index j = 0; j < n; ++j) direction[j] = residual[j] + ratio * direction[j];
    square = select(working, next, square);
  }
  return square <= goal;
}

/// out <- (F + damping I)^-1 v for an F without a closed form; the rows that were solved.
template <class R, class Dense, class Multiply>
mask_of<R> solve_damped(Index n, R damping, const R* v, R* out, const Dense& dense, const Multiply& multiply) {
  using S = scalar_of<R>;
  if (n > largest_cholesky) return conjugate_gradients<R>(n, damping, v, out, multiply);
  Buffer<R> matrix(n * n);
  Buffer<R> factor(symmetric::packed_size(n));
  dense(matrix.data());
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j <= i; ++j) factor[symmetric::at(i, j)] = matrix[i * n + j];
    factor[symmetric::at(i, i)] += damping;
    out[i] = v[i];
  }
  const R smallest = symmetric::cholesky<R>(n, factor.data());
  symmetric::solve<R>(n, factor.data(), out);
  return smallest > S(0);
}

}  // namespace natgrad::fisher
