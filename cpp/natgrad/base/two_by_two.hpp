// Symmetric 2 x 2 matrices [[c, b], [b, a]], c > 0: their Schur complement, and how far a ray stays positive definite.
#pragma once
#include "natgrad/base/bits.hpp"
#include "natgrad/base/elementary.hpp"

namespace natgrad {

// a - b e / c in twice the precision (the division's and the products' errors are carried along), because a is almost
// b e / c far from the origin and what is left decides everything.
template <class R>
NATGRAD_INLINE Sum<R> schur_complement(R a, R b, R e, R c) {
  const R ratio = b / c;
  const auto whole = exact_product(ratio, c);
  const R rest = ((b - whole.value) - whole.error) / c;
  const auto product = exact_product(e, ratio);
  const auto sum = exact_sum(a, -product.value);
  const R low = sum.error - (product.error + e * rest);
  const R value = sum.value + low;
  return {value, (sum.value - value) + low};
}
template <class R>
NATGRAD_INLINE Sum<R> schur_complement(R a, R b, R c) {
  return schur_complement(a, b, b, c);
}

// The largest beta with [[c, b], [b, a]] + beta [[dc, db], [db, da]] positive definite, given a - b^2 / c: -1 / the
// smallest eigenvalue of the direction in the basis that makes the matrix the identity, infinity if none is negative.
template <class R>
NATGRAD_INLINE R step_in_cone_of_two(R b, R c, R complement, R da, R db, R dc) {
  using S = scalar_of<R>;
  const R ratio = b / c;
  const R across = db - ratio * dc;
  const R u = dc / c;
  const R t = (da - ratio * (db + across)) / complement;
  const R square = (across / c) * (across / complement);
  const R half = S(0.5) * (u + t);
  const R apart = S(0.5) * (u - t);
  const R root = sqrt(apart * apart + square);
  // u t - square is the determinant of the direction over that of the matrix.
  const R product = ((da * dc - db * db) / c) / complement;
  const R smallest = select(half > S(0), product / (half + root), half - root);
  const R none = select(smallest >= S(0), broadcast<R>(infinity<S>), smallest);  // a NaN is no answer
  return select(smallest < S(0), S(-1) / smallest, none);
}

}  // namespace natgrad
