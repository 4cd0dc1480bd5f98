#pragma once

#include "natgrad/base/status.hpp"

namespace natgrad::dense {

// One large symmetric matrix at a time, in packed lower triangles as symmetric.hpp has them (reciprocal diagonals in
// Cholesky factors). For S = double and float.

template <class S>
S cholesky(Index n, S* a);
template <class S>
void inverse(Index n, const S* l, S* out);
template <class S>
void sandwich(Index n, const S* a, const S* b, S* out);
template <class S>
void whiten(Index n, const S* l, const S* b, S* out);
template <class S>
S smallest_eigenvalue(Index n, const S* a);
/// Eigenvalues, ascending, and in the rows of n x n `vectors` their orthonormal eigenvectors; false where it fails.
bool spectrum(Index n, const double* a, double* values, double* vectors);

}  // namespace natgrad::dense
