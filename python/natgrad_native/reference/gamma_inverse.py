"""Inverse mean map of the Gamma family: log a - psi(a) = c."""

from __future__ import annotations

import numpy as np

from .arrays import Rows
from .special import log_minus_digamma, trigamma_minus_reciprocal
from .statements import Inverse

LIMIT = 30
STEP_TOLERANCE = 1e-9


def shape_from_log_gap(gap: Rows, mean: Rows) -> Inverse:
    """Return theta = (a, -a/mean) with log a - psi(a) = gap = log E x - E log x > 0.

    Start: a = (3 - c + sqrt((c - 3)^2 + 24 c)) / (12 c) (Minka 2002, Estimating a Gamma distribution). Newton on
    log(log a - psi(a)) - log c in log a, a function that is almost linear (slope -1 at both ends): four to six steps.
    """
    a = _start(gap)
    iterations = np.zeros(gap.shape, dtype=np.int64)
    converged = np.zeros(gap.shape, dtype=bool)
    active = np.arange(gap.size)
    for _ in range(LIMIT):
        if not active.size:
            break
        here, target = a[active], gap[active]
        value = log_minus_digamma(here)
        # d/d log a of log(log a - psi(a)) is -a (psi'(a) - 1/a) / (log a - psi(a)).
        step = np.log1p((value - target) / target) * value / (here * trigamma_minus_reciprocal(here))
        a[active] = here * np.exp(np.clip(step, -5.0, 5.0))
        iterations[active] += 1
        # The error left after a step is of the order of its square.
        done = np.abs(step) <= STEP_TOLERANCE
        converged[active] = done
        active = active[~done]
    return Inverse(np.stack([a, -a / mean], axis=-1), iterations, converged)


def _start(c: Rows) -> Rows:
    """Minka's start; for c > 3 multiplied through by the conjugate root, where the difference would cancel."""
    root = np.sqrt((c - 3.0) ** 2 + 24.0 * c)
    return np.where(c <= 3.0, (3.0 - c + root) / (12.0 * c), 2.0 / (root + (c - 3.0)))
