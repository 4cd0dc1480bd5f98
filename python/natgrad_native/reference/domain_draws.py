"""Draws over whole domains, for `domain_points`."""

from __future__ import annotations

import numpy as np

from .arrays import Rows


def log_uniform(rng: np.random.Generator, shape: int | tuple[int, ...], decades: float) -> Rows:
    """Positive numbers, log-uniform over 10^-decades ... 10^decades."""
    return np.asarray(10.0 ** rng.uniform(-decades, decades, shape))


def signs(rng: np.random.Generator, shape: int | tuple[int, ...]) -> Rows:
    """1 or -1."""
    return rng.choice([-1.0, 1.0], shape)


def log_odds(rng: np.random.Generator, shape: int | tuple[int, ...], decades: float) -> Rows:
    """Log-odds of both signs: half as a probability whose distance from 0 or 1 is log-uniform, half near 0.

    The distance is at least 10^-decades, and the log-odds near 0 are log-uniform down to the same.
    """
    distance = 10.0 ** rng.uniform(-decades, np.log10(0.5), shape)
    far = np.log1p(-distance) - np.log(distance)
    near = 10.0 ** rng.uniform(-decades, 0.0, shape)
    return np.asarray(signs(rng, shape) * np.where(rng.random(shape) < 0.5, far, near))
