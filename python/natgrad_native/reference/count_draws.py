"""Draws of counts, also where they are beyond the integers of 64 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import Rows

# Poisson rates from here on: NumPy's generator ends a little below 2^63.
LARGE = 2.0**62


def integers(draws: Rows) -> NDArray[Any]:
    """Whole numbers in float64 as int64, as they are where one of them is beyond it."""
    return draws.astype(np.int64) if (draws < 2.0 * LARGE).all() else draws


def poisson(rng: np.random.Generator, rate: Rows) -> NDArray[Any]:
    """Poisson counts of any rate; int64, or float64 where a rate is 2^62 or more.

    There a count is Normal to within the rounding of float64: the quantile of z is rate + sqrt(rate) z + (z^2 - 1)/6 +
    O(1/sqrt(rate)) (Cornish & Fisher 1937; Johnson, Kemp & Kotz 2005, Univariate Discrete Distributions, section 4.5),
    whose third term is less than 20 for every z of NumPy's, and float64 has every 1024th number only.
    """
    large = rate >= LARGE
    if not large.any():
        return rng.poisson(rate)
    held = np.minimum(rate, np.finfo(np.float64).max)
    ordinary = rng.poisson(np.where(large, 0.0, rate))
    return np.where(large, np.rint(held + np.sqrt(held) * rng.standard_normal(rate.shape)), ordinary)
