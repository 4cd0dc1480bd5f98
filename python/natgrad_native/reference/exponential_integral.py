"""The exponential integral E1 in the form that a logarithm's expectation takes."""

from __future__ import annotations

import math

import numpy as np

from .arrays import Rows

FRACTION = 120
SERIES = 20


def scaled_exponential_integral(z: Rows) -> Rows:
    """e^z E1(z) for z >= 1, e^z E1(z) + log z for z < 1: bounded by 0.6 either way, with small absolute error.

    From 1 on the even part of the continued fraction of DLMF 6.9.1, 1/(z + 1 - 1/(z + 3 - 4/(z + 5 - ...))). Below 1
    E1(z) = Ein(z) - log z - Euler (DLMF 6.2.4) with the series of Ein (6.6.2), so that log z counts with e^z - 1 alone.
    """
    large = z >= 1.0
    v = np.where(large, z, 1.0)
    fraction = v + (2 * FRACTION + 1)
    for k in range(FRACTION, 0, -1):
        fraction = v + (2 * k - 1) - k * k / fraction
    w = np.where(large, 1.0, np.maximum(z, np.finfo(np.float64).tiny))
    entire = np.zeros_like(w)
    for k in range(SERIES, 0, -1):
        entire = w * (entire + (-1.0) ** (k + 1) / (k * math.factorial(k)))
    small = np.exp(w) * (entire - np.euler_gamma) - np.expm1(w) * np.log(w)
    return np.where(large, 1.0 / fraction, small)
