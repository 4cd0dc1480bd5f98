"""Symmetric matrices packed as lower triangles, row by row: (0,0), (1,0), (1,1), (2,0), ..."""

from __future__ import annotations

import numpy as np

from . import pair
from .arrays import Mask, Rows


def packed_size(dimension: int) -> int:
    """Number of entries of a packed lower triangle, d(d+1)/2."""
    return dimension * (dimension + 1) // 2


def pack(matrix: Rows) -> Rows:
    """Lower triangle (..., d(d+1)/2) of matrices (..., d, d)."""
    i, j = np.tril_indices(matrix.shape[-1])
    return matrix[..., i, j]


def unpack(packed: Rows, dimension: int) -> Rows:
    """Symmetric matrices (..., d, d) from packed lower triangles."""
    i, j = np.tril_indices(dimension)
    matrix = np.empty((*packed.shape[:-1], dimension, dimension))
    matrix[..., i, j] = packed
    matrix[..., j, i] = packed
    return matrix


def natural_scale(dimension: int) -> Rows:
    """The factor of a natural coordinate over -matrix entry: 1/2 on the diagonal, 1 (= 2 * 1/2) off it."""
    i, j = np.tril_indices(dimension)
    return np.where(i == j, 0.5, 1.0)


def transpose(matrix: Rows) -> Rows:
    """Swap the last two axes."""
    return np.swapaxes(matrix, -1, -2)


def symmetrised(matrix: Rows) -> Rows:
    """(M + M^T)/2."""
    return np.asarray(0.5 * (matrix + transpose(matrix)))


def cholesky(matrix: Rows) -> tuple[Rows, Mask, Rows]:
    """Lower factors L (rows, d, d) of M = L L^T, the mask of positive definite rows, the smallest pivot seen (rows,).

    A row that is not positive definite gets the identity; elimination ends there at the first pivot <= 0.
    """
    rows, dimension, _ = matrix.shape
    if dimension == 2:
        return _cholesky_of_two(matrix)
    pivots = np.full(rows, np.inf)
    try:
        factor = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        factor = np.full_like(matrix, np.nan)
    good = np.ones(rows, dtype=bool)
    if not np.isfinite(factor).all():  # a row failed, or its factor overflowed
        factor, good = _cholesky_by_columns(matrix, pivots)
    if dimension:
        diagonal = np.diagonal(factor, axis1=-2, axis2=-1) ** 2
        pivots = np.where(good, diagonal.min(axis=-1), pivots)
    return np.asarray(factor, dtype=np.float64), good, pivots


def _cholesky_of_two(matrix: Rows) -> tuple[Rows, Mask, Rows]:
    """The same with the second pivot as if every operation but the last were exact.

    The rounding of the share b/a, and that of its product with b, are taken off.
    """
    a, b, c = matrix[:, 0, 0], matrix[:, 1, 0], matrix[:, 1, 1]
    with np.errstate(all="ignore"):
        share = b / a
        taken, removed = pair.exact_product(share, a), pair.exact_product(share, b)
        errors = [np.where(np.isfinite(error), error, 0.0) for _, error in (taken, removed)]
        pivot = ((c - removed[0]) - errors[1]) - ((b - taken[0]) - errors[0]) * share
        good = (a > 0) & (pivot > 0) & np.isfinite(a) & np.isfinite(pivot)
        root = np.sqrt(np.where(good, a, 1.0))
        last = np.sqrt(np.where(good, pivot, 1.0))
    factor = np.stack([root, np.zeros_like(root), np.where(good, b, 0.0) / root, last])
    pivots = np.where(a > 0, np.minimum(a, pivot), a)
    return factor.T.reshape(-1, 2, 2), good, pivots


def _cholesky_by_columns(matrix: Rows, pivots: Rows) -> tuple[Rows, Mask]:
    rows, dimension, _ = matrix.shape
    factor = np.zeros_like(matrix)
    good = np.ones(rows, dtype=bool)
    for j in range(dimension):
        column = matrix[:, j:, j] - np.einsum("nik,nk->ni", factor[:, j:, :j], factor[:, j, :j])
        pivot = column[:, 0]
        np.minimum(pivots, pivot, out=pivots, where=good)
        good = good & (pivot > 0) & np.isfinite(pivot)
        factor[:, j:, j] = column / np.sqrt(np.where(good, pivot, 1.0))[:, None]
    factor[~good] = np.eye(dimension)
    return factor, good


def solve_lower(factor: Rows, right: Rows) -> Rows:
    """L^-1 B for lower triangular L (rows, d, d) and B (rows, d, k), by forward substitution."""
    answer = np.empty_like(right)
    for i in range(factor.shape[-1]):
        partial = right[:, i, :] - np.einsum("nk,nkj->nj", factor[:, i, :i], answer[:, :i, :])
        answer[:, i, :] = partial / factor[:, i, i, None]
    return answer


def solve_upper(factor: Rows, right: Rows) -> Rows:
    """L^-T B for lower triangular L (rows, d, d) and B (rows, d, k), by back substitution."""
    answer = np.empty_like(right)
    for i in range(factor.shape[-1] - 1, -1, -1):
        partial = right[:, i, :] - np.einsum("nk,nkj->nj", factor[:, i + 1 :, i], answer[:, i + 1 :, :])
        answer[:, i, :] = partial / factor[:, i, i, None]
    return answer


def inverse_from_cholesky(factor: Rows) -> Rows:
    """M^-1 from the Cholesky factor of M."""
    eye = np.broadcast_to(np.eye(factor.shape[-1]), factor.shape)
    root = solve_lower(factor, eye)
    return transpose(root) @ root


def vector_solve(factor: Rows, vector: Rows) -> Rows:
    """M^-1 v for M = L L^T, v (rows, d)."""
    return solve_upper(factor, solve_lower(factor, vector[..., None]))[..., 0]


def outer(a: Rows, b: Rows) -> Rows:
    """Return a b^T for each row."""
    return a[..., :, None] * b[..., None, :]


def apply(matrix: Rows, vector: Rows) -> Rows:
    """M v for each row."""
    return (matrix @ vector[..., None])[..., 0]
