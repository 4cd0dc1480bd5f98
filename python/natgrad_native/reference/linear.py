"""Solves with the structures a Fisher matrix has: scalar, 2 x 2, diagonal minus rank one, dense, matrix-free."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .arrays import Rows

# Coordinates up to which a dense matrix is solved with.
DENSE_LIMIT = 2048


def solve_two_by_two(a: Rows, b: Rows, c: Rows, determinant: Rows, v: Rows, damping: Rows) -> Rows:
    """([[a, b], [b, c]] + damping I)^-1 v for v (rows, 2), from a determinant ac - b^2 > 0 known without cancellation.

    The damped determinant is determinant + damping (a + c) + damping^2, a sum of positive terms.
    """
    damped = determinant + damping * (a + c) + damping * damping
    first = ((c + damping) * v[:, 0] - b * v[:, 1]) / damped
    second = ((a + damping) * v[:, 1] - b * v[:, 0]) / damped
    return np.stack([first, second], axis=-1)


def solve_diagonal_minus_rank_one(
    diagonal: Rows, scale: Rows, vector: Rows, complement: Rows, v: Rows, damping: Rows
) -> Rows:
    """(diag(d) + damping I - s u u^T)^-1 v by Sherman and Morrison (1950).

    `complement` = 1 - s u^T diag(d)^-1 u > 0 must be given without cancellation; damping adds
    s u_k^2 damping / (d_k (d_k + damping)) >= 0 for each k, so it does not cancel either. Arrays (rows, size), (rows,).
    """
    damped = diagonal + damping[:, None]
    gain = vector * vector / diagonal * (damping[:, None] / damped)
    denominator = complement + scale * gain.sum(axis=-1)
    part = v / damped
    along = scale * (vector * part).sum(axis=-1) / denominator
    return np.asarray(part + vector / damped * along[:, None])


def damped_factor(lower: Rows, pivots: Rows, damping: Rows) -> tuple[Rows, Rows]:
    """Unit lower L (rows, n, n) and D (rows, n) of L D L^T + damping I, by one rank-one update a coordinate.

    Every pivot grows by a positive term (Gill, Golub, Murray & Saunders 1974, method C2), so that what was known of
    small pivots is kept.
    """
    lower, pivots = lower.copy(), pivots.copy()
    size = pivots.shape[-1]
    for k in range(size):
        w = np.zeros_like(pivots)
        w[:, k] = 1.0
        alpha = damping
        for j in range(k, size):
            old, p = pivots[:, j].copy(), w[:, j].copy()
            pivots[:, j] = old + alpha * p * p
            beta, kept = alpha * (p / pivots[:, j]), old / pivots[:, j]
            alpha = alpha * kept
            column = lower[:, j + 1 :, j].copy()
            lower[:, j + 1 :, j] = kept[:, None] * column + beta[:, None] * w[:, j + 1 :]
            w[:, j + 1 :] -= p[:, None] * column
    return lower, pivots


def solve_factored(lower: Rows, pivots: Rows, v: Rows) -> Rows:
    """(L D L^T)^-1 v for v (rows, n)."""
    x = v.copy()
    size = pivots.shape[-1]
    for i in range(size):
        x[:, i] -= (lower[:, i, :i] * x[:, :i]).sum(axis=-1)
    x /= pivots
    for i in reversed(range(size)):
        x[:, i] -= (lower[:, i + 1 :, i] * x[:, i + 1 :]).sum(axis=-1)
    return x


def solve_dense(matrix: Rows, v: Rows, damping: Rows) -> Rows:
    """(M + damping I)^-1 v for symmetric positive definite M (rows, n, n), v (rows, n).

    The matrix is scaled to unit diagonal first: a Fisher matrix is often badly scaled and well conditioned after that
    (van der Sluis 1969).
    """
    size = matrix.shape[-1]
    damped = matrix + damping[:, None, None] * np.eye(size)
    scale = 1.0 / np.sqrt(np.diagonal(damped, axis1=-2, axis2=-1))
    scaled = damped * scale[:, :, None] * scale[:, None, :]
    # Of a condition beyond 1/eps: a diagonal of 1 is no better known than this.
    singular = np.linalg.slogdet(scaled)[0] == 0
    scaled[singular] += size * np.finfo(np.float64).eps * np.eye(size)
    return solve_general(scaled, v * scale) * scale


def solve_general(matrix: Rows, v: Rows) -> Rows:
    """M^-1 v for invertible M (rows, n, n), v (rows, n)."""
    return np.asarray(np.linalg.solve(matrix, v[..., None])[..., 0], dtype=np.float64)


def conjugate_gradients(
    multiply: Callable[[Rows], Rows], v: Rows, damping: Rows, tolerance: float = 1e-14, max_iterations: int = 10_000
) -> Rows:
    """(F + damping I)^-1 v by conjugate gradients (Hestenes and Stiefel 1952), F given by its product with rows."""
    x = np.zeros_like(v)
    residual = v.copy()
    direction = v.copy()
    square = (residual * residual).sum(axis=-1)
    target = tolerance**2 * square
    for _ in range(max_iterations):
        active = square > target
        if not active.any():
            break
        image = multiply(direction) + damping[:, None] * direction
        curvature = (direction * image).sum(axis=-1)
        step = np.where(active, square / np.where(active, curvature, 1.0), 0.0)
        x += step[:, None] * direction
        residual -= step[:, None] * image
        previous, square = square, np.where(active, (residual * residual).sum(axis=-1), square)
        ratio = np.where(active, square / np.where(active, previous, 1.0), 0.0)
        direction = np.where(active[:, None], residual + ratio[:, None] * direction, direction)
    return x
