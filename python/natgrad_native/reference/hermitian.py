"""Hermitian matrices packed as lower triangles, row by row, and factored in complex arithmetic.

Of row i the packed entries are the real and imaginary parts of the entries 0 ... i - 1 in turn, and the real diagonal.
The real form of a matrix is of twice the order, a + ib as the block [[a, -b], [b, a]]: sums, products and inverses of
real forms are the real forms of the complex ones, with the determinant squared and each eigenvalue twice (Goodman 1963,
Annals of Mathematical Statistics 34, section 2).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import Counts, Mask, Rows
from .metrics import Blocks, Dense, Metric

Complex = NDArray[np.complex128]


def entries(dimension: int) -> list[tuple[int, int, bool]]:
    """Row, column and whether it is an imaginary part, of each packed entry."""
    return [(i, k // 2, k % 2 == 1) for i in range(dimension) for k in range(2 * i + 1)]


def _places(dimension: int) -> tuple[Counts, Counts, Counts]:
    row, column, part = np.array(entries(dimension), dtype=np.int64).T
    return row, column, part


def natural_scale(dimension: int) -> Rows:
    """The factor of a natural coordinate over -matrix entry: 1 on the diagonal, 2 off it."""
    row, column, _ = _places(dimension)
    return np.where(row == column, 1.0, 2.0)


def pack(matrix: Complex) -> Rows:
    """Packed entries (..., d^2) of Hermitian or lower triangular matrices (..., d, d)."""
    return pack_parts(np.stack([matrix.real, matrix.imag], axis=-1))


def pack_parts(matrix: Rows) -> Rows:
    """The same of real and imaginary parts (..., d, d, 2)."""
    return matrix[(..., *_places(matrix.shape[-2]))]


def unpack_lower(packed: Rows, dimension: int) -> Complex:
    """Lower triangular matrices (..., d, d) with a real diagonal."""
    parts = np.zeros((*packed.shape[:-1], dimension, dimension, 2))
    parts[(..., *_places(dimension))] = packed
    return np.asarray(parts[..., 0] + 1j * parts[..., 1])


def unpack(packed: Rows, dimension: int) -> Complex:
    """Hermitian matrices (..., d, d)."""
    lower = unpack_lower(packed, dimension)
    return np.where(np.tri(dimension, dtype=bool), lower, adjoint(lower))


def of_parts(matrix: Rows) -> Complex:
    """(M + M^H)/2 of real and imaginary parts (..., d, d, 2)."""
    return hermitian(matrix[..., 0] + 1j * matrix[..., 1])


def to_parts(matrix: Complex) -> Rows:
    """Real and imaginary parts (..., d, d, 2) of a Hermitian matrix."""
    whole = unpack(pack(matrix), matrix.shape[-1])
    return np.stack([whole.real, whole.imag], axis=-1)


def adjoint(matrix: Complex) -> Complex:
    """M^H."""
    return np.conj(np.swapaxes(matrix, -1, -2))


def hermitian(matrix: Complex) -> Complex:
    """(M + M^H)/2."""
    return np.asarray(0.5 * (matrix + adjoint(matrix)))


def real_form(matrix: Complex) -> Rows:
    """(..., 2d, 2d)."""
    d = matrix.shape[-1]
    form = np.empty((*matrix.shape[:-2], 2 * d, 2 * d))
    form[..., ::2, ::2] = form[..., 1::2, 1::2] = matrix.real
    form[..., 1::2, ::2] = matrix.imag
    form[..., ::2, 1::2] = -matrix.imag
    return form


def cholesky(matrix: Complex) -> tuple[Complex, Mask, Rows]:
    """Lower factors L of M = L L^H, the mask of positive definite rows, and the smallest pivot seen, as `symmetric`."""
    rows, dimension, _ = matrix.shape
    factor, pivots = np.zeros_like(matrix), np.full(rows, np.inf)
    good = np.asarray(np.isfinite(matrix).all(axis=(-1, -2)))
    matrix = np.where(good[:, None, None], matrix, 0.0)
    for j in range(dimension):
        removed = np.einsum("nik,nk->ni", factor[:, j:, :j], np.conj(factor[:, j, :j]))
        column = matrix[:, j:, j] - removed
        pivot = column[:, 0].real
        np.minimum(pivots, pivot, out=pivots, where=good)
        good = good & (pivot > 0) & np.isfinite(pivot)
        factor[:, j:, j] = column / np.sqrt(np.where(good, pivot, 1.0))[:, None]
        factor[:, j, j] = factor[:, j, j].real
    factor[~good] = np.eye(dimension)
    return factor, good, pivots


def solve_lower(factor: Complex, right: Complex) -> Complex:
    """L^-1 B for lower triangular L (rows, d, d) and B (rows, d, k), by forward substitution."""
    answer = np.empty_like(right)
    for i in range(factor.shape[-1]):
        partial = right[:, i, :] - np.einsum("nk,nkj->nj", factor[:, i, :i], answer[:, :i, :])
        answer[:, i, :] = partial / factor[:, i, i, None]
    return answer


def inverse_factor(factor: Complex) -> Complex:
    """L^-1."""
    return solve_lower(factor, np.broadcast_to(np.eye(factor.shape[-1], dtype=factor.dtype), factor.shape))


def inverse_from_cholesky(factor: Complex) -> Complex:
    """M^-1 from the Cholesky factor of M."""
    root = inverse_factor(factor)
    return np.asarray(adjoint(root) @ root)


def half_log_determinant(factor: Complex) -> Rows:
    """Return log det L = log det(L L^H)/2."""
    return np.asarray(np.log(np.diagonal(factor, axis1=-2, axis2=-1).real).sum(axis=-1))


def whiten(factor: Complex, matrix: Complex) -> Complex:
    """L^-1 M L^-H."""
    return hermitian(solve_lower(factor, adjoint(solve_lower(factor, matrix))))


def cholesky_metric(precision: Complex, root: Complex) -> Metric:
    """tr(P dG P dG) for a change of the packed factor L of G = L L^H = P^-1 with a logged diagonal; root = L^-1.

    It is 2 tr(X X + X X^H) with X = L^-1 dL, as for `metrics.cholesky_metric`: the columns j of L are orthogonal to
    each other, with the real form of 2 P_ik, i, k >= j, and once more 2/L_jj^2 for the real i = k = j.
    """
    row, column, part = _places(precision.shape[-1])
    form = 2.0 * real_form(precision)
    parts: list[tuple[Counts, Metric]] = []
    for j in range(precision.shape[-1]):
        places = np.flatnonzero(column == j)
        own: Any = 2 * row[places] + part[places]
        block = form[:, own[:, None], own]
        block[:, 0, :] /= root[:, j, j, None].real
        block[:, :, 0] /= root[:, j, j, None].real
        block[:, 0, 0] += 2.0
        parts.append((places, Dense(block)))
    return Blocks(*parts)
