"""What the natural gradient pays for F^-1, beside the mirror step that never sees F."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from .equivalence import MAX_DENSE
from .results import FisherCost, Floats
from .rules import update_rule

__all__ = ["fisher_cost"]


def fisher_cost(objective: Any, family: Any, theta: Floats, *, budget: float = 0.5) -> FisherCost:
    """Median seconds at one point; each of the three gets about `budget` seconds, at least 3 and at most 200 calls."""
    mirror_step = update_rule("mirror_descent")
    mean_gradient = objective(theta)[1]
    gradient = family.fisher_multiply(theta, mean_gradient)
    # Small enough to stay inside the domain, so that the step does all its work and never fails.
    beta = 1e-3 * min(1.0, float(family.step_to_boundary(theta, mean_gradient)))
    dense: float | None = None
    if family.size <= MAX_DENSE:
        dense = _median_seconds(lambda: np.linalg.solve(family.fisher(theta), gradient), budget)
    return FisherCost(
        size=int(family.size),
        mirror_step=_median_seconds(lambda: mirror_step(family, theta, mean_gradient, beta), budget),
        closed_form=_median_seconds(lambda: family.fisher_solve(theta, gradient), budget),
        dense=dense,
    )


def _median_seconds(call: Callable[[], object], budget: float) -> float:
    call()
    seconds: list[float] = []
    while len(seconds) < 3 or (sum(seconds) < budget and len(seconds) < 200):
        begin = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)
