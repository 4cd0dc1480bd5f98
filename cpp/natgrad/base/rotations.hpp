#pragma once

#include "natgrad/base/elementary.hpp"
#include "natgrad/base/pack.hpp"
#include "natgrad/base/status.hpp"

namespace natgrad::symmetric {

/// The smallest eigenvalue of each lane's matrix, a packed lower triangle, by cyclic Jacobi rotations, which
/// diagonalise `a` in place: within n eps of the norm (Golub & Van Loan 2013, Matrix Computations 4th ed.,
/// section 8.5). A lane that is done is left alone, so that its answer does not depend on its neighbours; NaN where the
/// matrix is not finite.
template <class R>
R smallest_by_rotations(Index n, R* a) {
  using S = scalar_of<R>;
  constexpr int most_sweeps = 30;  // 5 to 7 are usual: convergence is quadratic
  const auto entry = [a](Index i, Index j) -> R& { return i >= j ? a[i * (i + 1) / 2 + j] : a[j * (j + 1) / 2 + i]; };
  for (int sweep = 0; sweep < most_sweeps; ++sweep) {
    R largest = broadcast<R>(0);
    R beside = broadcast<R>(0);
    for (Index i = 0; i < n; ++i) {
      for (Index j = 0; j < i; ++j) beside = max(abs(entry(i, j)), beside);
      largest = max(abs(entry(i, i)), largest);
    }
    const mask_of<R> active = beside > S(0.25) * epsilon<S> * largest;
    if (!any(active)) break;
    for (Index q = 1; q < n; ++q) {
      for (Index p = 0; p < q; ++p) {
        // t = tan of the angle that makes entry (q, p) vanish, the smaller of the two.
        const R mixed = entry(q, p);
        const R cotangent = (entry(q, q) - entry(p, p)) / (S(2) * mixed);  // of twice the angle
        const R t = copysign(S(1) / (abs(cotangent) + sqrt(cotangent * cotangent + S(1))), cotangent);
        const R tangent = select(active & (mixed != S(0)), t, broadcast<R>(0));
        const R cosine = S(1) / sqrt(tangent * tangent + S(1));
        const R sine = tangent * cosine;
        entry(p, p) -= tangent * mixed;
        entry(q, q) += tangent * mixed;
        entry(q, p) = select(active, broadcast<R>(0), mixed);
        for (Index r = 0; r < n; ++r) {
          if (r == p || r == q) continue;
          const R at_p = entry(r, p);
          const R at_q = entry(r, q);
          entry(r, p) = cosine * at_p - sine * at_q;
          entry(r, q) = sine * at_p + cosine * at_q;
        }
      }
    }
  }
  R smallest = entry(0, 0);
  for (Index i = 1; i < n; ++i) smallest = min(entry(i, i), smallest);
  return smallest;
}

}  // namespace natgrad::symmetric
