"""Inverse mean map of the Dirichlet family: psi(alpha_k) - psi(alpha_0) = mu_k.

First one dimension, then all. Let M be the component with the largest mu, so the largest alpha. For given alpha_M the
equation of M gives r = alpha_0 - alpha_M from psi(alpha_M + r) - psi(alpha_M) = -mu_M, the others give alpha_k from
psi(alpha_k) = mu_k - mu_M + psi(alpha_M), and their sum must be r. log(sum alpha_k) - log r goes from +inf to a
negative limit as alpha_M grows exactly when sum exp(mu_k) < 1, and it stays well conditioned where alpha_M is almost
all of alpha_0, where the usual equation in alpha_0 has lost every digit. Newton steps in log alpha with the exact
Fisher matrix (Minka 2000, Estimating a Dirichlet distribution, eq. 15-18) then remove what rounding left.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .arrays import Counts, Rows
from .dirichlet_maps import fisher_solve, one_minus_sum_exp, to_mean
from .special import digamma_difference, inverse_digamma, trigamma, trigamma_difference
from .statements import Inverse

SEARCH_LIMIT = 200
STEP_TOLERANCE = 1e-9
POLISH_LIMIT = 30
EPS = np.finfo(np.float64).eps


def to_natural(mu: Rows) -> Inverse:
    """Return alpha (rows, K) with mean parameters mu (rows, K)."""
    alpha, iterations = _search(mu)
    return _polish(alpha, mu, iterations)


def _search(mu: Rows) -> tuple[Rows, Counts]:
    rows, size = mu.shape
    lead = mu.argmax(axis=-1)
    gap = -np.take_along_axis(mu, lead[:, None], axis=-1)[:, 0]
    offsets = mu + gap[:, None]
    others = np.arange(size) != lead[:, None]
    log_major = _start(mu, lead)
    low, high = np.full(rows, -np.inf), np.full(rows, np.inf)
    stride = np.ones(rows)
    iterations = np.zeros(rows, dtype=np.int64)
    active = np.arange(rows)
    for _ in range(SEARCH_LIMIT):
        if not active.size:
            break
        value, slope = _mismatch(log_major[active], gap[active], offsets[active], others[active])
        here = log_major[active]
        low[active] = np.where(value > 0, here, low[active])
        high[active] = np.where(value > 0, high[active], here)
        left, right = low[active], high[active]
        newton = np.where(slope < 0, here - value / slope, np.nan)
        bracketed = np.isfinite(left) & np.isfinite(right)
        limited = np.clip(newton, here - stride[active], here + stride[active])
        outward = np.where(np.isfinite(newton), limited, here + np.sign(value) * stride[active])
        usable = np.isfinite(newton) & (newton > left) & (newton < right)
        inward = np.where(usable, newton, 0.5 * (left + right))
        following = np.where(bracketed, inward, outward)
        stride[active] = np.where(bracketed, stride[active], 2.0 * stride[active])
        log_major[active] = following
        iterations[active] += 1
        moved = np.abs(following - here)
        narrow = bracketed & (right - left <= STEP_TOLERANCE * np.maximum(1.0, np.abs(here)))
        found = (moved <= STEP_TOLERANCE) & (np.abs(value) <= 1e-3)
        active = active[~(found | narrow | (np.abs(following) > 600.0))]
    major = np.exp(log_major)
    alpha = np.where(others, _minor(major, offsets), major[:, None])
    return alpha, iterations


def _start(mu: Rows, lead: NDArray[np.intp]) -> Rows:
    """Log of the larger of two values of alpha_M.

    psi(alpha_M) - psi(alpha_0) = mu_M < 0 puts small concentrations below psi^-1(mu_M), which is halved; 1 - sum
    exp(mu) = (K - 1) / (2 alpha_0) holds for large ones.
    """
    top = np.take_along_axis(mu, lead[:, None], axis=-1)[:, 0]
    large = (mu.shape[-1] - 1) / (2.0 * one_minus_sum_exp(mu)) * np.exp(top)
    return np.asarray(np.log(np.maximum(0.5 * inverse_digamma(top), large)))


def _minor(major: Rows, offsets: Rows) -> Rows:
    return inverse_digamma(offsets + special.digamma(major)[:, None])


def _mismatch(log_major: Rows, gap: Rows, offsets: Rows, others: Rows) -> tuple[Rows, Rows]:
    """Return log sum of the other components less log r, and its derivative in log alpha_M."""
    major = np.exp(log_major)
    minor = np.where(others, _minor(major, offsets), 0.0)
    total = minor.sum(axis=-1)
    widths = np.where(others, 1.0 / trigamma(np.where(others, minor, 1.0)), 0.0).sum(axis=-1)
    excess = _excess(major, gap)
    curvature = trigamma(major)
    grows = trigamma_difference(major, excess) / trigamma(major + excess)
    value = np.log(total) - np.log(excess)
    slope = major * (widths * curvature / total - grows / excess)
    return value, slope


def _excess(major: Rows, gap: Rows) -> Rows:
    """Return r > 0 with psi(major + r) - psi(major) = gap, by Newton.

    The function is concave in r, so Newton closes in from the left.
    """
    below = gap / trigamma(major)
    r = np.maximum(below, inverse_digamma(gap + special.digamma(major)) - major)
    for _ in range(6):
        step = (digamma_difference(major, r) - gap) / trigamma(major + r)
        r = np.where(np.isfinite(step), np.maximum(r - step, 0.25 * r), r)
    return r


def _polish(alpha: Rows, mu: Rows, iterations: Counts) -> Inverse:
    """Newton in log alpha, kept only while it lowers max |mu(alpha) - mu| / |mu|, until it stops helping."""
    error = mu - to_mean(alpha)
    worst = _relative(error, mu)
    active = np.arange(alpha.shape[0])
    active = active[~(worst[active] == 0.0)]
    for _ in range(POLISH_LIMIT):
        if not active.size:
            break
        a = alpha[active]
        step = fisher_solve(a, error[active], np.zeros(active.size)) / a
        trial = a * np.exp(np.clip(step, -2.0, 2.0))
        trial_error = mu[active] - to_mean(trial)
        trial_worst = _relative(trial_error, mu[active])
        better = trial_worst < worst[active]
        moved = active[better]
        alpha[moved] = trial[better]
        error[moved] = trial_error[better]
        iterations[active] += 1
        halved = trial_worst < 0.5 * worst[active]
        worst[moved] = trial_worst[better]
        active = active[better & halved & (trial_worst > 0)]
    return Inverse(alpha, iterations, worst <= _allowed(alpha, mu))


def _relative(error: Rows, mu: Rows) -> Rows:
    answer = np.abs(error / mu).max(axis=-1)
    return np.where(np.isfinite(answer), answer, np.inf)


def _allowed(alpha: Rows, mu: Rows) -> Rows:
    """The residual that rounding alpha itself causes, |dmu_k/dlog alpha_k| eps / |mu_k|, with room."""
    sensitivity = (alpha * trigamma(alpha) / np.abs(mu)).max(axis=-1)
    return np.asarray(256.0 * EPS * (1.0 + sensitivity))
