"""Maps of the Dirichlet family in theta = alpha (Beta is K = 2), in forms that do not cancel.

A = sum log Gamma(alpha_k) - log Gamma(alpha_0), mu_k = psi(alpha_k) - psi(alpha_0), F = diag(psi'(alpha)) -
psi'(alpha_0) 11^T, alpha_0 = sum alpha_k. One component may be almost the whole of alpha_0; then psi(alpha_k) -
psi(alpha_0) and the like lose all digits unless they are formed from the sum of the *other* components, r = alpha_0 -
alpha_k.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from . import boundary, linear
from .arrays import Counts, Rows
from .special import (
    HALF_LOG_TWO_PI,
    digamma_difference,
    gamma_dual,
    log_trigamma,
    stirling_remainder,
    trigamma,
    trigamma_difference,
    trigamma_minus_reciprocal,
)


class Parts(NamedTuple):
    """The sum alpha_0 (rows,), index and value of the largest component (rows,), and `others` r (rows, K).

    r_k is the sum of all components but k.
    """

    total: Rows
    largest: np.ndarray[tuple[int, ...], np.dtype[np.intp]]
    major: Rows
    others: Rows

    @property
    def minor(self) -> Rows:
        """Sum of all components but the largest."""
        return np.take_along_axis(self.others, self.largest[:, None], axis=-1)[:, 0]


def split(alpha: Rows) -> Parts:
    """alpha_0 and what is left of it beside each component."""
    largest = alpha.argmax(axis=-1)
    major = np.take_along_axis(alpha, largest[:, None], axis=-1)[:, 0]
    rest = alpha.copy()
    np.put_along_axis(rest, largest[:, None], 0.0, axis=-1)
    minor = rest.sum(axis=-1)
    total = major + minor
    others = total[:, None] - alpha
    np.put_along_axis(others, largest[:, None], minor[:, None], axis=-1)
    return Parts(total, largest, major, others)


def log_partition(alpha: Rows) -> Rows:
    """A(alpha) = log of the multivariate beta function.

    With Stirling's form log Gamma(x) = (x - 1/2) log x - x + log(2 pi)/2 + s(x) (DLMF 5.11.1) the terms x log x
    combine to alpha_k log(alpha_k / alpha_0), and the log of the largest ratio is log1p(-r/alpha_0).
    """
    parts = split(alpha)
    total = parts.total[:, None]
    ratio = np.where(alpha > 0.5 * total, np.log1p(-parts.others / total), np.log(alpha / total))
    log_total = np.log(total)
    large = (alpha - 0.5) * ratio - 0.5 * log_total + HALF_LOG_TWO_PI + stirling_remainder(alpha)
    small = special.gammaln(alpha) + alpha - alpha * log_total
    whole = -0.5 * log_total[:, 0] + HALF_LOG_TWO_PI + stirling_remainder(parts.total)
    # The two big terms -log(total)/2 + log(2 pi)/2 of the largest component and of the whole are left out together.
    constant = -0.5 * log_total + HALF_LOG_TWO_PI
    terms = np.where(alpha < 1.0, small, large)
    rank = np.arange(alpha.shape[-1]) == parts.largest[:, None]
    terms = np.where(rank & (alpha >= 1.0), large - constant, terms).sum(axis=-1)
    led = parts.major >= 1.0
    raised = terms - stirling_remainder(parts.total)
    plain = special.gammaln(alpha).sum(axis=-1) - special.gammaln(parts.total)
    return np.asarray(np.where(led, raised, np.where(parts.total < 1.0, plain, terms - whole)))


def to_mean(alpha: Rows) -> Rows:
    """mu_k = psi(alpha_k) - psi(alpha_0) < 0."""
    return -digamma_difference(alpha, split(alpha).others)


def dual_of_natural(alpha: Rows) -> Rows:
    """A*(mu(alpha)) = sum g(alpha_k) - g(alpha_0), g(x) = x psi(x) - x - log Gamma(x); the terms -x cancel."""
    return np.asarray(gamma_dual(alpha).sum(axis=-1) - gamma_dual(split(alpha).total))


def one_minus_sum_exp(y: Rows) -> Rows:
    """1 - sum_k exp(y_k) for y (rows, K): -expm1 of the largest less the other exponentials."""
    largest = y.argmax(axis=-1)
    rest = np.exp(y)
    np.put_along_axis(rest, largest[:, None], 0.0, axis=-1)
    return np.asarray(-np.expm1(y.max(axis=-1)) - rest.sum(axis=-1))


def fisher(alpha: Rows) -> Rows:
    """diag(psi'(alpha)) - psi'(alpha_0) 11^T (rows, K, K); the diagonal is psi'(alpha_k) - psi'(alpha_k + r_k)."""
    parts = split(alpha)
    size = alpha.shape[-1]
    matrix = np.broadcast_to(-trigamma(parts.total)[:, None, None], (*alpha.shape, size)).copy()
    index = np.arange(size)
    matrix[:, index, index] = trigamma_difference(alpha, parts.others)
    return matrix


def fisher_multiply(alpha: Rows, v: Rows) -> Rows:
    """F v = psi'(alpha) v - psi'(alpha_0) sum v, with the diagonal of F formed without cancellation."""
    parts = split(alpha)
    largest = v.copy()
    elsewhere = v.sum(axis=-1, keepdims=True) - v
    # The sum of the other entries, exactly where one entry is almost the whole sum.
    order = np.abs(v).argmax(axis=-1)[:, None]
    np.put_along_axis(largest, order, 0.0, axis=-1)
    np.put_along_axis(elsewhere, order, largest.sum(axis=-1, keepdims=True), axis=-1)
    return np.asarray(trigamma_difference(alpha, parts.others) * v - trigamma(parts.total)[:, None] * elsewhere)


def complement(alpha: Rows) -> Rows:
    """1 - psi'(alpha_0) sum_k 1/psi'(alpha_k) > 0 (rows,), the denominator of the Sherman-Morrison solve.

    With w = 1/psi' it is g / w(alpha_0), g = w(alpha_0) - sum w(alpha_k). Let M be the largest component, r the sum
    of the others and e(x) = x - w(x), which lies in (0, 1/2). For r >= 1, g = sum_{k != M} e(alpha_k) - (e(alpha_0) -
    e(M)); for r < 1, g = (psi'(M) - psi'(alpha_0)) w(M) w(alpha_0) - sum_{k != M} w(alpha_k). Neither cancels in its
    range.
    """
    parts = split(alpha)
    width = 1.0 / trigamma(alpha)
    others = np.where(np.arange(alpha.shape[-1]) == parts.largest[:, None], 0.0, 1.0)
    width_total = 1.0 / trigamma(parts.total)
    width_major = 1.0 / trigamma(parts.major)
    rise = trigamma_difference(parts.major, parts.minor) * width_major * width_total
    by_width = rise - (width * others).sum(axis=-1)
    by_excess = (_excess(alpha) * others).sum(axis=-1) - (_excess(parts.total) - _excess(parts.major))
    return np.asarray(np.where(parts.minor < 1.0, by_width, by_excess) / width_total)


def _excess(x: Rows) -> Rows:
    """Return x - 1/psi'(x) = (x psi'(x) - 1) / psi'(x), in (0, 1/2)."""
    remainder = trigamma_minus_reciprocal(x)
    return np.asarray(x * remainder / (1.0 / x + remainder))


def fisher_solve(alpha: Rows, v: Rows, damping: Rows) -> Rows:
    """(F + damping I)^-1 v by Sherman-Morrison; O(K)."""
    return linear.solve_diagonal_minus_rank_one(
        trigamma(alpha), trigamma(split(alpha).total), np.ones_like(alpha), complement(alpha), v, damping
    )


def fisher_log_determinant(alpha: Rows) -> Rows:
    """Return sum log psi'(alpha_k) + log(1 - psi'(alpha_0) sum 1/psi'(alpha_k))."""
    slack = complement(alpha * lift_of_tiny(alpha))
    return np.asarray(log_trigamma(alpha).sum(axis=-1) + np.log(slack))


def lift_of_tiny(alpha: Rows) -> Rows:
    """A power of two (rows, 1) that keeps psi' of a row of tiny shapes, x^-2, in range: 1 for any other row."""
    most = alpha.max(axis=-1, keepdims=True)
    return np.where(most < 2.0**-400, np.where(most < 2.0**-770, 2.0**740, 2.0**370), 1.0)


def mean_step_to_boundary(mu: Rows, direction: Rows) -> Rows:
    """The root of the concave 1 - sum exp(mu_k + beta d_k); the ray leaves the domain exactly when some d_k > 0."""

    def room(beta: Rows, rows: Counts) -> tuple[Rows, Rows]:
        y = mu[rows] + beta[:, None] * direction[rows]
        return one_minus_sum_exp(y), -(np.exp(y) * direction[rows]).sum(axis=-1)

    upper = boundary.positive(-mu, -direction)
    return boundary.concave_root(room, upper, np.isfinite(upper))


def sample_log(alpha: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
    """Return log of Dirichlet draws, shape + (K,).

    Gamma(alpha) variates are Gamma(alpha + 1) variates times U^(1/alpha), taken in logs: no underflow at small alpha.
    """
    full = (*shape, alpha.shape[-1])
    log_gamma = np.log(rng.standard_gamma(alpha + 1.0, size=full)) + np.log1p(-rng.random(full)) / alpha
    log_gamma -= log_gamma.max(axis=-1, keepdims=True)
    return np.asarray(log_gamma - np.log(np.exp(log_gamma).sum(axis=-1, keepdims=True)))
