#pragma once

#include "natgrad/base/bits.hpp"
#include "natgrad/base/symmetric.hpp"
#include "natgrad/base/two_by_two.hpp"

namespace natgrad {

/// value + error -= a b, in twice the precision.
template <class R>
NATGRAD_INLINE void subtract_product(R a, R b, R& value, R& error) {
  const auto product = exact_product(a, b);
  const auto next = exact_sum(value, -product.value);
  value = next.value;
  error += next.error - product.error;
}

}  // namespace natgrad

namespace natgrad::symmetric {

/// m (p x p, packed) <- m - H K^-1 H^T in twice the precision, because far from the origin m is almost H K^-1 H^T and
/// what is left decides everything; b (p x q) <- H K^-1. H is p x q, row by row, K packed and l its Cholesky factor.
/// m_error and b_error, unless null, take what m and b have lost.
///
/// As in iterative refinement (Higham 2002, Accuracy and Stability of Numerical Algorithms, section 12.1), with
/// B = H K^-1 as computed and its residual R = H - B K of twice the precision,
/// H K^-1 H^T = H B^T + (B + R K^-1) R^T: one product in twice the precision, and a small one.
template <class R>
NATGRAD_CALLED void schur_complement(Index p, Index q, const R* h, const R* k, const R* l, R* m, R* m_error, R* b,
                                     R* b_error) {
  if (q == 1) {  // without a root and the solves
    for (Index i = 0, n = 0; i < p; ++i) {
      for (Index j = 0; j <= i; ++j, ++n) {
        const auto left = natgrad::schur_complement(m[n], h[i], h[j], k[0]);
        m[n] = left.value;
        if (m_error != nullptr) m_error[n] = left.error;
      }
      b[i] = h[i] / k[0];
      if (b_error == nullptr) continue;
      const auto whole = exact_product(b[i], k[0]);
      b_error[i] = ((h[i] - whole.value) - whole.error) / k[0];
    }
    return;
  }
  Buffer<R> near(p * q);  // B
  Buffer<R> rest(p * q);  // R
  Buffer<R> low(q);
  for (Index i = 0; i < p; ++i) {
    const R* row = h + i * q;
    R* first = near.data() + i * q;
    R* left = rest.data() + i * q;
    for (Index j = 0; j < q; ++j) first[j] = row[j];
    solve<R>(q, l, first);
    for (Index j = 0; j < q; ++j) {
      R value = row[j];
      R error = broadcast<R>(0);
      for (Index s = 0; s < q; ++s) subtract_product(first[s], k[either(s, j)], value, error);
      left[j] = low[j] = value + error;
    }
    solve<R>(q, l, low.data());
    for (Index j = 0; j < q; ++j) {
      const auto whole = exact_sum(first[j], low[j]);
      b[i * q + j] = whole.value;
      if (b_error != nullptr) b_error[i * q + j] = whole.error;
    }
  }
  for (Index i = 0; i < p; ++i) {
    for (Index j = 0; j <= i; ++j) {
      R value = m[at(i, j)];
      R error = broadcast<R>(0);
      for (Index s = 0; s < q; ++s) subtract_product(h[i * q + s], near[j * q + s], value, error);
      for (Index s = 0; s < q; ++s) error -= b[i * q + s] * rest[j * q + s];
      m[at(i, j)] = value + error;
      if (m_error != nullptr) m_error[at(i, j)] = (value - m[at(i, j)]) + error;
    }
  }
}

}  // namespace natgrad::symmetric
