"""Mirror step: theta' = theta + beta grad_mu L, the gradient taken in mean coordinates.

It maximises <mu, grad_mu L> - KL(q_mu || q_mu_t) / beta over the mean domain; since grad_mu L = F(theta)^-1
grad_theta L it is the natural-gradient step without a Fisher solve (Raskutti and Mukherjee 2015, The information
geometry of mirror descent; Khan and Rue 2023, The Bayesian learning rule).
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..family import Family

Array = NDArray[Any]

gradient_in: Literal["natural", "mean"] = "mean"
unit_step = True
straight_in: Literal["natural", "mean"] = "natural"


def step(family: Family, theta: Array, gradient: Array, step_size: Array) -> Array:
    """Return theta + beta gradient; theta, gradient (..., size), step_size (...)."""
    return np.asarray(theta + step_size[..., None] * gradient)


def proximal_objective(family: Family, theta_t: Array, gradient: Array, step_size: Array, theta: Array) -> Array:
    """<mu(theta), gradient> - KL(theta || theta_t) / beta, (...)."""
    mu = family.mean_from_natural(theta)
    return np.asarray((mu * gradient).sum(axis=-1) - family.kl_divergence(theta, theta_t) / step_size)
