"""Log binomial coefficients and densities of counts, without the cancellation of log-gammas.

Loader (2000), Fast and accurate computation of binomial probabilities: at its mode a density of counts is a square root
and Stirling remainders; elsewhere it is less by two deviances.
"""

from __future__ import annotations

import numpy as np

from .arrays import Rows
from .special import HALF_LOG_TWO_PI, ratio_remainder, stirling_remainder


def log_peak(x: Rows, y: Rows) -> Rows:
    """Return log of Gamma(n + 1)/(Gamma(x + 1) Gamma(y + 1)) (x/n)^x (y/n)^y, n = x + y, for x, y > 0."""
    stirling = stirling_remainder(x + y) - stirling_remainder(x) - stirling_remainder(y)
    # x y/(x + y) overflows nowhere in this form.
    return np.asarray(stirling - HALF_LOG_TWO_PI - 0.5 * np.log(x / (1.0 + x / y)))


def log_coefficient(x: Rows, y: Rows) -> Rows:
    """Return log of Gamma(x + y + 1)/(Gamma(x + 1) Gamma(y + 1)) for x, y >= 0."""
    inside = (x > 0) & (y > 0)
    a, b = np.where(inside, x, 1.0), np.where(inside, y, 1.0)
    return np.where(inside, log_peak(a, b) + (a * np.log1p(b / a) + b * np.log1p(a / b)), 0.0)


def deviance(x: Rows, expected: Rows, excess: Rows) -> Rows:
    """Return x log(x/expected) - x + expected >= 0 for x > 0, given excess = expected - x without cancellation."""
    return np.asarray(x * ratio_remainder(expected / x, excess / x))
