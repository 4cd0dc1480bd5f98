"""How far apart natural gradient and mirror descent are in floating point, along a whole run."""

from __future__ import annotations

from typing import Any

import numpy as np

from .results import Equivalence, Floats
from .rules import update_rule

__all__ = ["measure_equivalence", "scaled_condition"]

# A dense F and its eigenvalues: 0.1 s at 600 coordinates, some seconds and 32 MB at this many.
MAX_DENSE = 2048
_EPS = float(np.finfo(np.float64).eps)


def measure_equivalence(objective: Any, family: Any, start: Floats, step_sizes: Floats) -> Equivalence:
    """Walk the mirror-descent run again with its step sizes, and set the natural gradient beside it twice.

    Once from the mirror iterate itself (what one step differs by), once along a run of its own (what the
    differences grow to). The natural gradient gets grad_theta = F grad_mu and has to undo F by its own solve.
    """
    mirror_step, natural_step = update_rule("mirror_descent"), update_rule("natural_gradient")
    mirror = natural = start
    one_step = separate = 0.0
    worst, at = start, 0
    for t, beta in enumerate(step_sizes):
        gradient = objective(mirror)[1]
        scale = _EPS * (beta * np.linalg.norm(gradient) + np.linalg.norm(mirror))
        mirror_next = mirror_step(family, mirror, gradient, beta)
        twin = natural_step(family, mirror, family.fisher_multiply(mirror, gradient), beta)
        own = objective(natural)[1]
        natural = natural_step(family, natural, family.fisher_multiply(natural, own), beta)
        distance = float(np.linalg.norm(twin - mirror_next) / scale)
        if distance > one_step:
            one_step, worst, at = distance, mirror, t
        separate = max(separate, float(np.linalg.norm(natural - mirror_next) / scale))
        mirror = mirror_next
    condition = scaled_condition(family, worst) if family.size <= MAX_DENSE else None
    bound = None if condition is None else 64 * family.size * condition
    return Equivalence(len(step_sizes), one_step, at, separate, int(family.size), condition, bound)


def scaled_condition(family: Any, theta: Floats) -> float:
    """cond(D F(theta) D) with D = diag(F)^(-1/2), from the dense F."""
    fisher = np.asarray(family.fisher(theta))
    scale = 1 / np.sqrt(np.diagonal(fisher))
    eigenvalues = np.linalg.eigvalsh(fisher * scale[:, None] * scale)
    # Beyond 1/eps rounding may leave the smallest eigenvalue at or below zero; then all that is known is the limit.
    return float(eigenvalues[-1] / max(eigenvalues[0], _EPS * eigenvalues[-1]))
