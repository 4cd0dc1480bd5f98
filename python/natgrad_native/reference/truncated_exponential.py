"""The exponential law of rate y >= 0 on [0, 1], density y e^(-y x) / (1 - e^-y).

Up to y = 4 from the series of sinh (DLMF 4.33.1) in w = x^2, x = y/2: sinh(x)/x = 1 + w q/6 and the Langevin function
L(x) = coth x - 1/x = x r/(3 sinh(x)/x), q and r with positive terms; above from e^-y, where nothing cancels.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .arrays import Counts, Mask, Rows

NEAR = 4.0
TERMS = 13
Q = tuple(6.0 / math.factorial(2 * k + 3) for k in range(TERMS))
LIMIT = 8
STEP_TOLERANCE = 1e-8


class Law(NamedTuple):
    """Rate y, mean, 1/2 - mean, variance, log((1 - e^-y)/y), entropy and the log of the variance, (rows,) each."""

    rate: Rows
    mean: Rows
    gap: Rows
    variance: Rows
    log_partition: Rows
    entropy: Rows
    log_variance: Rows


def law(y: Rows) -> Law:
    """All that follows from the rates y >= 0, (rows,)."""
    near = y <= NEAR
    x = 0.5 * np.minimum(y, NEAR)
    w = x * x
    q, r = np.zeros_like(w), np.zeros_like(w)
    for k in range(TERMS - 1, -1, -1):
        q, r = q * w + Q[k], r * w + (k + 1) * Q[k]
    excess = w * q / 6.0
    gap = x * r / (6.0 * (1.0 + excess))
    variance = q * (2.0 + excess) / (24.0 * (1.0 + excess) ** 2)
    far = np.maximum(y, NEAR)
    small = np.exp(-far)
    ratio = far / -np.expm1(-far)
    scaled_mean = 1.0 - np.where(small > 0, ratio * small, 0.0)
    scaled_variance = 1.0 - np.where(small > 0, ratio * ratio * small, 0.0)
    log_far = np.log(far)
    log_partition = np.where(near, np.log1p(excess) - 0.5 * y, np.log1p(-small) - log_far)
    return Law(
        y,
        np.where(near, 0.5 - gap, scaled_mean / far),
        np.where(near, gap, 0.5 - scaled_mean / far),
        np.where(near, variance, scaled_variance / far / far),
        log_partition,
        np.where(near, np.log1p(excess) - y * gap, np.log1p(-small) - log_far + scaled_mean),
        np.where(near, np.log(variance), np.log(scaled_variance) - 2.0 * log_far),
    )


def average(y: Rows) -> Rows:
    """(1 - e^-y)/y, 1 at y = 0."""
    held = np.maximum(y, np.finfo(np.float64).tiny)
    return -np.expm1(-held) / held


def rate_from_mean(mean: Rows, gap: Rows) -> tuple[Rows, Counts, Mask]:
    """Rates of which `mean` in (0, 1/2] is the mean, iterations and convergence; gap = 1/2 - mean without rounding.

    Start: the inverse Langevin function of Kroeger (2015, Simple, admissible, and accurate approximants of the inverse
    Langevin and Brillouin functions), relative error 0.28%. Newton on 1/mean, nearly linear in the rate.
    """
    u = 2.0 * gap
    y = u / (1.0 - mean) * ((3.0 - 0.2 * u**2 * (6.0 + u**2 - 2.0 * u**4)) / (2.0 * mean))
    iterations = np.zeros(y.shape, dtype=np.int64)
    converged = np.zeros(y.shape, dtype=bool)
    active = np.flatnonzero(np.isfinite(y))
    for _ in range(LIMIT):
        if not active.size:
            break
        at = law(y[active])
        wanted, here = mean[active], y[active]
        # Newton's change in units of y and 1/y, in which neither over- nor underflows; near 0 by the gaps.
        scaled_mean, scaled_variance = at.mean * here, at.variance * here * here
        above = (wanted * here - scaled_mean) * scaled_mean / (wanted * np.where(here > 1e100, 1.0, scaled_variance))
        below = (at.gap - gap[active]) * at.mean / (wanted * at.variance)
        change = np.where(here <= NEAR, below, above)
        y[active] = here - change
        iterations[active] += 1
        done = np.abs(change) <= STEP_TOLERANCE * y[active]
        converged[active] = done
        active = active[~done]
    return y, iterations, converged
