"""Gaussian Markov chains: block tridiagonal precisions, worked block by block in time linear in the length.

States x_0 ... x_{n-1} in R^d; D_t = P_tt and C_t = P_{t+1,t} are the blocks of the precision P, S_t and X_t =
Cov(x_{t+1}, x_t) those of the covariance that a chain needs. P = L L^T has the diagonal blocks L_t and below them B_t =
C_t L_t^-T; the pivot P_t = L_t L_t^T is the precision of x_t given x_{t+1}, whose mean is m_t - E_t (x_{t+1} - m_{t+1})
with E_t = P_t^-1 C_t^T. Inverse blocks come backwards (Takahashi, Fagan & Chin 1973; Rauch, Tung & Striebel 1965), and
P from its covariances by the Markov factorisation p(x) = p(x_0) prod p(x_{t+1} | x_t) (Lauritzen 1996, Graphical
Models, section 5.1).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from . import symmetric as sym
from .arrays import Mask, Rows
from .gaussian import SMALL_PIVOT, half_log_determinant, trace_less_log_determinant


class Blocks(NamedTuple):
    """A vector (rows, n, d), the diagonal blocks (rows, n, d, d) and those below them (rows, n - 1, d, d)."""

    vector: Rows
    diagonal: Rows
    lower: Rows


class Factor(NamedTuple):
    """L_t (rows, n, d, d), B_t^T (rows, n - 1, d, d), which rows are positive definite, the smallest pivot met."""

    diagonal: Rows
    links: Rows
    good: Mask
    pivot: Rows


# --- layout ---


def split(point: Rows, length: int, dimension: int) -> Blocks:
    """Blocks of (centred) mean parameters."""
    size = sym.packed_size(dimension)
    first, second = length * dimension, length * size
    lead = point.shape[:-1]
    packed = point[..., first : first + second].reshape(*lead, length, size)
    lower = point[..., first + second :].reshape(*lead, length - 1, dimension, dimension)
    return Blocks(point[..., :first].reshape(*lead, length, dimension), sym.unpack(packed, dimension), lower)


def join(blocks: Blocks) -> Rows:
    """The reverse of `split`."""
    vector, diagonal, lower = blocks
    lead = vector.shape[:-2]
    parts = (vector, sym.pack(diagonal), lower)
    return np.concatenate([part.reshape(*lead, int(np.prod(part.shape[len(lead) :]))) for part in parts], axis=-1)


def natural_scale(length: int, dimension: int) -> Rows:
    """A coordinate of theta over -(entry of the blocks of P), (size,); -1 for those of P m."""
    cross = (length - 1) * dimension * dimension
    return np.concatenate(
        [np.full(length * dimension, -1.0), np.tile(sym.natural_scale(dimension), length), np.ones(cross)]
    )


def precision(theta: Rows, length: int, dimension: int) -> Blocks:
    """P m, D_t and C_t; linear in theta, so it also turns a direction of theta into one of these."""
    return split(-theta / natural_scale(length, dimension), length, dimension)


def natural(blocks: Blocks) -> Rows:
    """Theta from P m, D_t and C_t."""
    return -join(blocks) * natural_scale(*blocks.vector.shape[-2:])


def dense(blocks: Blocks) -> Rows:
    """The matrix (rows, nd, nd) with these blocks."""
    rows, n, d, _ = blocks.diagonal.shape
    matrix = np.zeros((rows, n, d, n, d))
    for t in range(n):
        matrix[:, t, :, t, :] = blocks.diagonal[:, t]
    for t in range(n - 1):
        matrix[:, t + 1, :, t, :] = blocks.lower[:, t]
        matrix[:, t, :, t + 1, :] = sym.transpose(blocks.lower[:, t])
    return matrix.reshape(rows, n * d, n * d)


# --- from P to the moments ---


def factor(blocks: Blocks) -> Factor:
    """The block Cholesky factor of P, forwards."""
    _, diagonal, lower = blocks
    factors, links = np.empty_like(diagonal), np.empty_like(lower)
    good, pivot = np.ones(len(diagonal), dtype=bool), np.full(len(diagonal), np.inf)
    for t in range(diagonal.shape[1]):
        block = diagonal[:, t]
        if t:
            block = block - sym.transpose(links[:, t - 1]) @ links[:, t - 1]
        factors[:, t], own, smallest = sym.cholesky(block)
        pivot = np.where(good, np.fmin(pivot, smallest), pivot)
        good = good & own
        if t < lower.shape[1]:
            links[:, t] = sym.solve_lower(factors[:, t], sym.transpose(lower[:, t]))
    return Factor(factors, links, good, pivot)


def gains(f: Factor) -> Rows:
    """E_t (rows, n - 1, d, d)."""
    answer = np.empty_like(f.links)
    for t in range(f.links.shape[1]):
        answer[:, t] = sym.solve_upper(f.diagonal[:, t], f.links[:, t])
    return answer


def forward(f: Factor, vector: Rows) -> Rows:
    """L^-1 v, (rows, n, d)."""
    answer = np.empty_like(vector)
    for t in range(vector.shape[1]):
        rest = vector[:, t]
        if t:
            rest = rest - sym.apply(sym.transpose(f.links[:, t - 1]), answer[:, t - 1])
        answer[:, t] = sym.solve_lower(f.diagonal[:, t], rest[..., None])[..., 0]
    return answer


def backward(f: Factor, vector: Rows) -> Rows:
    """L^-T v, (rows, n, d)."""
    answer = np.empty_like(vector)
    for t in reversed(range(vector.shape[1])):
        rest = vector[:, t]
        if t < vector.shape[1] - 1:
            rest = rest - sym.apply(f.links[:, t], answer[:, t + 1])
        answer[:, t] = sym.solve_upper(f.diagonal[:, t], rest[..., None])[..., 0]
    return answer


def turned(f: Factor, vector: Rows) -> Rows:
    """L^T v, (rows, n, d)."""
    answer = np.empty_like(vector)
    for t in range(vector.shape[1]):
        answer[:, t] = sym.apply(sym.transpose(f.diagonal[:, t]), vector[:, t])
        if t < vector.shape[1] - 1:
            answer[:, t] += sym.apply(f.links[:, t], vector[:, t + 1])
    return answer


def from_turned(f: Factor, vector: Rows) -> Rows:
    """L v, (rows, n, d)."""
    answer = np.empty_like(vector)
    for t in range(vector.shape[1]):
        answer[:, t] = sym.apply(f.diagonal[:, t], vector[:, t])
        if t:
            answer[:, t] += sym.apply(sym.transpose(f.links[:, t - 1]), vector[:, t - 1])
    return answer


def moments(f: Factor, first: Rows) -> Blocks:
    """m_t, S_t and X_t: S_t = L_t^-T (I + B_t^T S_{t+1} B_t) L_t^-1, X_t = -S_{t+1} E_t^T, backwards."""
    covariance, cross = np.empty_like(f.diagonal), np.empty_like(f.links)
    eye = np.broadcast_to(np.eye(first.shape[-1]), covariance[:, 0].shape)
    last = first.shape[1] - 1
    covariance[:, last] = sym.inverse_from_cholesky(f.diagonal[:, last])
    for t in reversed(range(last)):
        own, link = f.diagonal[:, t], f.links[:, t]
        spread = link @ covariance[:, t + 1]
        cross[:, t] = -sym.transpose(sym.solve_upper(own, spread))
        half = sym.solve_upper(own, eye + spread @ sym.transpose(link))
        covariance[:, t] = sym.symmetrised(sym.solve_upper(own, sym.transpose(half)))
    return Blocks(backward(f, forward(f, first)), covariance, cross)


def log_determinant(f: Factor) -> Rows:
    """Return log det P."""
    return np.asarray(2.0 * half_log_determinant(f.diagonal).sum(axis=-1))


# --- from the moments to P ---


class Transitions(NamedTuple):
    """p(x_0), p(x_{t+1} | x_t): factors of S_t, and of the covariances S_0 and Q_t = S_{t+1} - A_t S_t A_t^T."""

    states: Rows
    noises: Rows
    matrices: Rows
    good: Mask
    pivot: Rows


def transitions(blocks: Blocks) -> Transitions:
    """The Markov factorisation of centred moments, with A_t = X_t S_t^-1."""
    _, covariance, cross = blocks
    states, noises, matrices = np.empty_like(covariance), np.empty_like(covariance), np.empty_like(cross)
    states[:, 0], good, pivot = sym.cholesky(covariance[:, 0])
    noises[:, 0] = states[:, 0]
    for t in range(cross.shape[1]):
        half = sym.solve_lower(states[:, t], sym.transpose(cross[:, t]))
        matrices[:, t] = sym.transpose(sym.solve_upper(states[:, t], half))
        noises[:, t + 1], own, smallest = sym.cholesky(covariance[:, t + 1] - sym.transpose(half) @ half)
        states[:, t + 1], _, _ = sym.cholesky(covariance[:, t + 1])
        pivot = np.where(good, np.fmin(pivot, smallest), pivot)
        good = good & own
    return Transitions(states, noises, matrices, good, pivot)


def natural_from_centred(blocks: Blocks) -> Rows:
    """Theta of centred moments: D_t = Q_{t-1}^-1 + A_t^T Q_t^-1 A_t, C_t = -Q_t^-1 A_t, sums of positive terms."""
    mean = blocks.vector
    law = transitions(blocks)
    first, diagonal, lower = np.empty_like(mean), np.empty_like(law.noises), np.empty_like(law.matrices)
    for t in range(mean.shape[1]):
        noise = law.noises[:, t]
        diagonal[:, t] = sym.inverse_from_cholesky(noise)
        own = sym.solve_lower(noise, mean[:, t][..., None])
        if t:
            whitened = sym.solve_lower(noise, law.matrices[:, t - 1])
            diagonal[:, t - 1] += sym.transpose(whitened) @ whitened
            lower[:, t - 1] = -sym.solve_upper(noise, whitened)
            own = own - whitened @ mean[:, t - 1][..., None]
            first[:, t - 1] -= (sym.transpose(whitened) @ own)[..., 0]
        first[:, t] = sym.solve_upper(noise, own)[..., 0]
    return natural(Blocks(first, diagonal, lower))


def centre(mu: Blocks) -> Blocks:
    """(m, S_t, X_t) from (m, E x_t x_t^T, E x_{t+1} x_t^T)."""
    mean, second, cross = mu
    return Blocks(mean, second - sym.outer(mean, mean), cross - sym.outer(mean[:, 1:], mean[:, :-1]))


def uncentre(centred: Blocks) -> Blocks:
    """The reverse of `centre`."""
    mean, second, cross = centred
    return Blocks(mean, second + sym.outer(mean, mean), cross + sym.outer(mean[:, 1:], mean[:, :-1]))


# --- Fisher information: the changes of the maps above ---


def multiply(blocks: Blocks, vector: Rows) -> Rows:
    """The matrix with these blocks times a vector (rows, n, d)."""
    answer = sym.apply(blocks.diagonal, vector)
    answer[:, 1:] += sym.apply(blocks.lower, vector[:, :-1])
    answer[:, :-1] += sym.apply(sym.transpose(blocks.lower), vector[:, 1:])
    return answer


def mean_change(f: Factor, mean: Rows, change: Blocks) -> Rows:
    """Return dm = P^-1 (d(P m) - dP m)."""
    return backward(f, forward(f, change.vector - multiply(change, mean)))


def pivot_changes(gain: Rows, change: Blocks, other: Factor | None = None) -> tuple[Rows, Rows]:
    """Changes of the pivots P_t, and Y_t = dC_t^T - dP_t E_t: first-order ones, where Y_t = P_t dE_t.

    With the factor of the changed matrix the whole ones, where Y_t is the changed pivot times the change of E_t.
    """
    _, diagonal, lower = change
    pivots, pulls = diagonal.copy(), np.empty_like(gain)
    for t in range(gain.shape[1]):
        e = gain[:, t]
        pulls[:, t] = sym.transpose(lower[:, t]) - pivots[:, t] @ e
        pivots[:, t + 1] -= sym.symmetrised(2.0 * (lower[:, t] @ e) - sym.transpose(e) @ pivots[:, t] @ e)
        if other is not None:
            bent = sym.solve_lower(other.diagonal[:, t], pulls[:, t])
            pivots[:, t + 1] -= sym.transpose(bent) @ bent
    return pivots, pulls


def moments_change(f: Factor, point: Blocks, change: Blocks) -> Blocks:
    """The change of the centred moments of `point` for a change of (P m, D_t, C_t)."""
    gain = gains(f)
    pivots, pulls = pivot_changes(gain, change)
    covariance, cross = np.empty_like(pivots), np.empty_like(gain)
    last = pivots.shape[1] - 1
    for t in reversed(range(last + 1)):
        own = sym.inverse_from_cholesky(f.diagonal[:, t])
        covariance[:, t] = -own @ pivots[:, t] @ own
        if t < last:
            e, step = gain[:, t], own @ pulls[:, t]
            cross[:, t] = -sym.transpose(step @ point.diagonal[:, t + 1] + e @ covariance[:, t + 1])
            covariance[:, t] -= sym.transpose(e @ cross[:, t] + step @ point.lower[:, t])
        covariance[:, t] = sym.symmetrised(covariance[:, t])
    return Blocks(mean_change(f, point.vector, change), covariance, cross)


def natural_change(f: Factor, blocks: Blocks, point: Blocks, change: Blocks) -> Blocks:
    """The change of (P m, D_t, C_t) for a change of the centred moments: the inverse of `moments_change`.

    By the factorisation p(x_{n-1}) prod p(x_t | x_{t+1}): of S_t = P_t^-1 + E_t S_{t+1} E_t^T and X_t^T = -E_t S_{t+1}
    follow dE_t and dP_t, of C_t^T = P_t E_t and D_{t+1} = P_{t+1} + E_t^T P_t E_t the blocks.
    """
    gain = gains(f)
    diagonal, lower = np.empty_like(blocks.diagonal), np.empty_like(gain)
    last = diagonal.shape[1] - 1
    for t in reversed(range(last + 1)):
        pivot = f.diagonal[:, t] @ sym.transpose(f.diagonal[:, t])
        noise = change.diagonal[:, t]
        if t < last:
            e, step = gain[:, t], sym.transpose(change.lower[:, t])
            step = step + e @ change.diagonal[:, t + 1]
            noise = noise + step @ sym.transpose(e) + e @ change.lower[:, t]
            root, _, _ = sym.cholesky(point.diagonal[:, t + 1])
            turn = -sym.transpose(sym.solve_upper(root, sym.solve_lower(root, sym.transpose(step))))
        diagonal[:, t] = -sym.symmetrised(pivot @ noise @ pivot)
        if t < last:
            pull = diagonal[:, t] @ e + pivot @ turn
            lower[:, t] = sym.transpose(pull)
            both = pull + pivot @ turn  # E^T (dP E + 2 P dE), symmetrised
            diagonal[:, t + 1] += sym.symmetrised(sym.transpose(e) @ both)
    moved = Blocks(point.vector, diagonal, lower)
    first = multiply(moved, point.vector) + multiply(blocks, change.vector)
    return Blocks(first, diagonal, lower)


def fisher_log_determinant(f: Factor, point: Blocks) -> Rows:
    """Return nd log 2 - (2 d + 2) log det P + d sum_{0 < t < n-1} log det S_t; for one state as of one Normal vector.

    The coordinates (S_{n-1}, E_t, P_t^-1) have the determinants prod det S_{t+1}^d towards (S_t, X_t), those with P_t
    for their inverses prod det P_t^d towards (D_t, C_t), t < n - 1, and an inverse has det P_t^-(d+1).
    """
    _, n, d = point.vector.shape
    whole = log_determinant(f)
    if n == 1:
        return np.asarray(d * np.log(2.0) - (d + 2) * whole)
    inner = np.zeros_like(whole)
    for t in range(1, n - 1):
        inner += half_log_determinant(sym.cholesky(point.diagonal[:, t])[0])
    return np.asarray(n * d * np.log(2.0) - 2 * (d + 1) * whole + 2 * d * inner)


# --- divergence ---


def kl_divergence(p: Blocks, q: Blocks) -> Rows:
    """KL of two chains, p and q as (P m, D_t, C_t): a sum of positive terms over x_t given x_{t+1}.

    With pivots P_t and the changes dP_t, Y_t from p to q (`pivot_changes`), the precisions give (tr E - log det(I +
    E))/2, E = L_pt^-1 dP_t L_pt^-T, and |L_qt^-1 Y_t (S_{t+1})^1/2|^2/2 for the differences of E_t; the means give
    |L_q^-1 (d(P m) - dP m_p)|^2/2. Where pivots of I + E have lost their digits the two determinants take their place,
    and a difference of Y_t or of means is that of the smaller terms, as in `gaussian.kl_divergence`.
    """
    change = Blocks(*(b - a for a, b in zip(p, q, strict=True)))
    f, g = factor(p), factor(q)
    point = moments(f, p.vector)
    gain_p, gain_q = gains(f), gains(g)
    pivots, pulls = pivot_changes(gain_p, change, g)
    total = np.zeros(len(p.vector))
    for t in range(pivots.shape[1]):
        own, other = f.diagonal[:, t], g.diagonal[:, t]
        relative = sym.solve_lower(own, sym.transpose(sym.solve_lower(own, pivots[:, t])))
        near, smallest = trace_less_log_determinant(sym.symmetrised(relative))
        ratio = sym.solve_lower(own, other)
        far = (ratio * ratio).sum(axis=(-1, -2)) - own.shape[-1]
        far += 2.0 * (half_log_determinant(own) - half_log_determinant(other))
        total += np.where(smallest > SMALL_PIVOT, near, far)
        if t < pulls.shape[1]:
            terms = _norm(change.lower[:, t]) + _norm(pivots[:, t]) * _norm(gain_p[:, t])
            by_gains = sym.transpose(other) @ (gain_q[:, t] - gain_p[:, t])
            by_points = terms < _norm(other) ** 2 * (_norm(gain_p[:, t]) + _norm(gain_q[:, t]))
            pull = np.where(by_points[:, None, None], sym.solve_lower(other, pulls[:, t]), by_gains)
            total += ((pull @ point.diagonal[:, t + 1]) * pull).sum(axis=(-1, -2))
    return np.asarray(0.5 * (total + _squared_pull(p, q, f, g, point.vector, change)))


def _squared_pull(p: Blocks, q: Blocks, f: Factor, g: Factor, mean_p: Rows, change: Blocks) -> Rows:
    """|L_q^T (m_q - m_p)|^2, from the differences of the points or of the means."""
    mean_q = backward(g, forward(g, q.vector))
    turn = multiply(change, mean_p)
    size = np.abs(q.diagonal).max(axis=(1, 2, 3))
    by_points = _norm(change.vector) + _norm(turn) < size * (_norm(mean_p) + _norm(mean_q))
    pull = np.where(by_points[:, None, None], forward(g, change.vector - turn), turned(g, mean_q - mean_p))
    return np.asarray((pull * pull).sum(axis=(-1, -2)))


def _norm(values: Rows) -> Rows:
    """Largest magnitude in each row."""
    return np.asarray(np.abs(values).max(axis=tuple(range(1, values.ndim)), initial=0.0))


# --- boundary ---


def longest_step(inside: Callable[[Rows], Mask], direction: Rows) -> Rows:
    """The largest beta (rows,) with `inside(beta)`, to the last bit: bisection of the floats between 0 and all.

    The domain is convex and holds beta = 0. As exact as the test is, whose backward error is that of the floats passed
    in; 63 tests, each linear in the length. inf where no float is outside.
    """
    largest = np.abs(direction).max(axis=-1, initial=0.0)
    with np.errstate(all="ignore"):
        limit = np.minimum(np.finfo(np.float64).max, np.finfo(np.float64).max / (8.0 * largest))
        high = limit.view(np.int64).copy()
        low = np.zeros_like(high)
        endless = inside(limit)
        while (high - low > 1).any():
            middle = low + (high - low) // 2
            good = inside(middle.view(np.float64))
            low, high = np.where(good, middle, low), np.where(good, high, middle)
    return np.where(endless, np.inf, low.view(np.float64))
