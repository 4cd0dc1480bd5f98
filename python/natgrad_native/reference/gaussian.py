"""Maps of the multivariate Normal family between packed theta, packed mu and matrices.

Points are rows (rows, d + d(d+1)/2); P is the precision, S = P^-1 the covariance, m the mean. A change (d eta, dP) of
theta = (eta, P) moves the moments by dS = -S dP S and dm = S (d eta - dP m); F, F v and F^-1 v are read off that
(Malago and Pistone 2015, Information geometry of the Gaussian distribution).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from . import boundary
from . import symmetric as sym
from .arrays import Rows
from .special import log1p_remainder


class Moments(NamedTuple):
    """Mean (rows, d) and covariance (rows, d, d)."""

    mean: Rows
    covariance: Rows


def precision(theta: Rows, dimension: int) -> Rows:
    """P (rows, d, d); linear in theta, so it also turns a direction of theta into one of P."""
    return sym.unpack(-theta[..., dimension:] / sym.natural_scale(dimension), dimension)


def natural(mean: Rows, covariance: Rows) -> Rows:
    """Return theta from moments, by the Cholesky factor of the covariance."""
    factor, _, _ = sym.cholesky(covariance)
    inverse = sym.inverse_from_cholesky(factor)
    second = -sym.pack(inverse) * sym.natural_scale(mean.shape[-1])
    return np.concatenate([sym.vector_solve(factor, mean), second], axis=-1)


def inverse_factor(precision: Rows) -> Rows:
    """Lower triangular M with P = M^T M, so that S = M^-1 M^-T is Cholesky's form: P factored from its last row up."""
    factor, _, _ = sym.cholesky(precision[:, ::-1, ::-1])
    return sym.transpose(factor[:, ::-1, ::-1])


def moments(theta: Rows, dimension: int) -> Moments:
    """Moments from theta, by the Cholesky factor of the precision."""
    factor, _, _ = sym.cholesky(precision(theta, dimension))
    return Moments(sym.vector_solve(factor, theta[:, :dimension]), sym.inverse_from_cholesky(factor))


def centre(mu: Rows, dimension: int) -> Rows:
    """[m, packed E x x^T - m m^T]."""
    mean = mu[:, :dimension]
    return np.concatenate([mean, mu[:, dimension:] - sym.pack(sym.outer(mean, mean))], axis=-1)


def half_log_determinant(factor: Rows) -> Rows:
    """Return log det L = log det(L L^T)/2."""
    return np.asarray(np.log(np.diagonal(factor, axis1=-2, axis2=-1)).sum(axis=-1))


def fisher(point: Moments) -> Rows:
    """Cov T by Isserlis' theorem: S_ij, m_j S_ik + m_k S_ij, and for x_i x_j with x_k x_l a sum of six.

    S_ik S_jl + S_il S_jk + m_i m_k S_jl + m_i m_l S_jk + m_j m_k S_il + m_j m_l S_ik.
    """
    m, s = point
    i, j = np.tril_indices(m.shape[-1])
    mixed = m[:, None, i] * s[:, :, j] + m[:, None, j] * s[:, :, i]
    si, sj = s[:, i, :], s[:, j, :]
    ik, il, jk, jl = si[:, :, i], si[:, :, j], sj[:, :, i], sj[:, :, j]
    mi, mj = m[:, i], m[:, j]
    fourth = ik * jl + il * jk
    fourth += mi[:, :, None] * (mi[:, None, :] * jl + mj[:, None, :] * jk)
    fourth += mj[:, :, None] * (mi[:, None, :] * il + mj[:, None, :] * ik)
    top = np.concatenate([s, mixed], axis=-1)
    bottom = np.concatenate([sym.transpose(mixed), fourth], axis=-1)
    return sym.symmetrised(np.concatenate([top, bottom], axis=-2))


def fisher_multiply(point: Moments, v: Rows) -> Rows:
    """The change of mu for the change v of theta; O(d^3)."""
    m, s = point
    d = m.shape[-1]
    change = precision(v, d)
    dm = sym.apply(s, v[:, :d] - sym.apply(change, m))
    second = sym.outer(dm, m)
    second = second + sym.transpose(second) - s @ change @ s
    return np.concatenate([dm, sym.pack(sym.symmetrised(second))], axis=-1)


def fisher_solve(point: Moments, inverse: Rows, v: Rows) -> Rows:
    """The change of theta for the change v of mu; `inverse` is P; O(d^3)."""
    m, _ = point
    d = m.shape[-1]
    dm = v[:, :d]
    cross = sym.outer(dm, m)
    ds = sym.unpack(v[:, d:], d) - cross - sym.transpose(cross)
    change = -sym.symmetrised(inverse @ ds @ inverse)
    first = sym.apply(change, m) + sym.apply(inverse, dm)
    return np.concatenate([first, -sym.pack(change) * sym.natural_scale(d)], axis=-1)


def mean_step_to_boundary(mu: Rows, direction: Rows, dimension: int) -> Rows:
    """The largest beta with mu + beta direction in the mean domain, a generalised eigenvalue.

    [[1, m^T], [m, E x x^T]] is linear in mu and positive definite exactly inside the mean domain.
    """
    rows, d = mu.shape[0], dimension
    covariance, _, _ = sym.cholesky(sym.unpack(centre(mu, d)[:, d:], d))
    factor = np.zeros((rows, d + 1, d + 1))
    factor[:, 0, 0] = 1.0
    factor[:, 1:, 0] = mu[:, :d]
    factor[:, 1:, 1:] = covariance
    change = np.zeros_like(factor)
    change[:, 0, 1:] = change[:, 1:, 0] = direction[:, :d]
    change[:, 1:, 1:] = sym.unpack(direction[:, d:], d)
    return boundary.positive_definite(factor, change)


def kl_divergence(p: Rows, q: Rows, dimension: int) -> Rows:
    """(tr E - log det(I + E))/2 + |L_q^-1 (d eta - dP m_p)|^2/2, E = L_p^-1 dP L_p^-T, dP = P_q - P_p = P(q - p).

    Gaussian elimination of I + E has pivots 1 + e_j and takes squares s off the diagonal, so that tr E - log det(I +
    E) = sum (e_j - log(1 + e_j)) + sum s, all terms positive. Where a pivot is so small that 1 + e_j has lost digits,
    log det comes from the factors of P_p and P_q, and tr(I + E) = |L_p^-1 L_q|^2. The mean term is |L_q^T (m_q -
    m_p)|^2/2 where that has the smaller terms.
    """
    d = dimension
    difference = q - p
    change = precision(difference, d)
    factor_p, _, _ = sym.cholesky(precision(p, d))
    factor_q, _, _ = sym.cholesky(precision(q, d))
    mean_p, mean_q = sym.vector_solve(factor_p, p[:, :d]), sym.vector_solve(factor_q, q[:, :d])
    half = sym.solve_lower(factor_p, change)
    relative = sym.symmetrised(sym.solve_lower(factor_p, sym.transpose(half)))
    near, smallest = trace_less_log_determinant(relative)
    cross = sym.solve_lower(factor_p, factor_q)
    log_ratio = 2.0 * (half_log_determinant(factor_q) - half_log_determinant(factor_p))
    far = (cross * cross).sum(axis=(-1, -2)) - d - log_ratio
    spread = np.where(smallest > SMALL_PIVOT, near, far)
    first, turn = difference[:, :d], sym.apply(change, mean_p)
    root = sym.transpose(factor_q)
    by_points = _norm(first) + _norm(turn) < _norm(factor_q @ root) * (_norm(mean_p) + _norm(mean_q))
    pull_of_points = sym.solve_lower(factor_q, (first - turn)[..., None])[..., 0]
    pull = np.where(by_points[:, None], pull_of_points, sym.apply(root, mean_q - mean_p))
    return np.asarray(0.5 * (spread + (pull * pull).sum(axis=-1)))


SMALL_PIVOT = 0.1


def _norm(values: Rows) -> Rows:
    """Largest magnitude in each row."""
    return np.asarray(np.abs(values).max(axis=tuple(range(1, values.ndim)), initial=0.0))


def trace_less_log_determinant(relative: Rows) -> tuple[Rows, Rows]:
    """Return tr E - log det(I + E) and the smallest pivot 1 + e_j seen."""
    work = relative.copy()
    total = np.zeros(work.shape[0])
    smallest = np.full(work.shape[0], np.inf)
    for j in range(work.shape[-1]):
        e = work[:, j, j].copy()
        pivot = 1.0 + e
        smallest = np.fmin(smallest, pivot)
        column = work[:, j + 1 :, j]
        removed = column / pivot[:, None]
        total += log1p_remainder(e) + (column * removed).sum(axis=-1)
        work[:, j + 1 :, j + 1 :] -= sym.outer(column, removed)
    return total, np.where(np.isfinite(total), smallest, -np.inf)


def ratio_spread(p: Rows, q: Rows, step: Rows) -> Rows:
    """Return tr E - log det(I + E), I + E the ratio P^-1 Q, whitened; step = Q - P."""
    factor_p, factor_q = sym.cholesky(p)[0], sym.cholesky(q)[0]
    half = sym.solve_lower(factor_p, step)
    near, smallest = trace_less_log_determinant(sym.symmetrised(sym.solve_lower(factor_p, sym.transpose(half))))
    cross = sym.solve_lower(factor_p, factor_q)
    logs = 2.0 * (half_log_determinant(factor_q) - half_log_determinant(factor_p))
    far = ((cross * cross).sum(axis=(-1, -2)) - p.shape[-1]) - logs
    return np.where(smallest > SMALL_PIVOT, near, far)
