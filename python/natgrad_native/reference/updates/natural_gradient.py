"""Natural-gradient step: theta' = theta + beta F(theta)^-1 grad_theta L.

It maximises <theta, grad_theta L> - (theta - theta_t)^T F(theta_t) (theta - theta_t) / (2 beta), the second-order
form of KL proximity. To first order in beta it does not depend on the coordinates (Amari 1998, Natural gradient works
efficiently in learning). It is the same point as the mirror step.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..family import Family

Array = NDArray[Any]

gradient_in: Literal["natural", "mean"] = "natural"
unit_step = True
straight_in: Literal["natural", "mean"] = "natural"


def step(family: Family, theta: Array, gradient: Array, step_size: Array) -> Array:
    """Return theta + beta F(theta)^-1 gradient; theta, gradient (..., size), step_size (...)."""
    return np.asarray(theta + step_size[..., None] * family.fisher_solve(theta, gradient))


def proximal_objective(family: Family, theta_t: Array, gradient: Array, step_size: Array, theta: Array) -> Array:
    """<theta, gradient> - (theta - theta_t)^T F(theta_t) (theta - theta_t) / (2 beta), (...)."""
    change = theta - theta_t
    distance = (change * family.fisher_multiply(theta_t, change)).sum(axis=-1)
    return np.asarray((theta * gradient).sum(axis=-1) - distance / (2.0 * step_size))
