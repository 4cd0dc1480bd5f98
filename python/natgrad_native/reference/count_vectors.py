"""Vectors of counts.

Loader (2000), Fast and accurate computation of binomial probabilities: at its mode a density of counts is square roots
and Stirling remainders; elsewhere it is less by a deviance for each count.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from . import binomial_coefficient
from .arrays import Rows
from .conditions import Condition
from .special import HALF_LOG_TWO_PI, stirling_remainder


def counts(x: Rows) -> Iterator[Condition]:
    """The condition that a coordinate is a count, for each coordinate that some row breaks it in."""
    met = (x >= 0) & (x < np.inf) & (x == np.floor(x))
    for k in np.flatnonzero(~met.all(axis=0)):
        yield Condition(met[:, k], "x must be non-negative integers", x[:, k])


def log_coefficient(x: Rows) -> Rows:
    """Log of (sum x)!/prod x_k!, as a product of binomial coefficients."""
    answer = np.zeros(len(x))
    total = np.zeros(len(x))
    for k in range(x.shape[-1]):
        answer += binomial_coefficient.log_coefficient(x[:, k], total)
        total += x[:, k]
    return answer


def log_mass(size: Rows, x: Rows, p: Rows) -> Rows:
    """Log of size!/prod x_k! prod p_k^x_k for size = sum x_k."""
    return np.asarray(stirling_remainder(size) + 0.5 * np.log(size) + HALF_LOG_TWO_PI - _losses(size, x, p))


def _losses(size: Rows, x: Rows, p: Rows) -> Rows:
    """Sum of s(x_k) + log(2 pi x_k)/2 + deviance from size p_k, which is size p_k where x_k = 0."""
    some = x > 0
    a = np.where(some, x, 1.0)
    expected = size[:, None] * p
    terms = stirling_remainder(a) + 0.5 * np.log(a) + HALF_LOG_TWO_PI
    with np.errstate(divide="ignore", invalid="ignore"):
        terms += binomial_coefficient.deviance(a, expected, expected - a)
    return np.asarray(np.where(some, terms, expected).sum(axis=-1))
