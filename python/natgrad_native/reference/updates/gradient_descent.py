"""Gradient step in natural coordinates: theta' = theta + beta grad_theta L.

It maximises <theta, grad_theta L> - |theta - theta_t|^2 / (2 beta), the Euclidean proximal form. It increases an
objective with L-Lipschitz gradient for beta < 2/L, but it depends on the coordinates and may leave the natural domain
(Nesterov 2004, Introductory lectures on convex optimization, 1.2.3).
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..family import Family

Array = NDArray[Any]

gradient_in: Literal["natural", "mean"] = "natural"
unit_step = False
straight_in: Literal["natural", "mean"] = "natural"


def step(family: Family, theta: Array, gradient: Array, step_size: Array) -> Array:
    """Return theta + beta gradient; theta, gradient (..., size), step_size (...)."""
    return np.asarray(theta + step_size[..., None] * gradient)


def proximal_objective(family: Family, theta_t: Array, gradient: Array, step_size: Array, theta: Array) -> Array:
    """<theta, gradient> - |theta - theta_t|^2 / (2 beta), (...)."""
    distance = ((theta - theta_t) ** 2).sum(axis=-1)
    return np.asarray((theta * gradient).sum(axis=-1) - distance / (2.0 * step_size))
