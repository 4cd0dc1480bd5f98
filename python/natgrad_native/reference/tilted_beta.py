"""The square T of one coordinate of a unit vector in R^d, tilted by exp(theta T).

T has the density t^(-1/2) (1 - t)^(b-1) exp(theta t)/(B(1/2, b) M(1/2, d/2, theta)), b = (d - 1)/2, with Kummer's M.
Of x = |theta| and the variable that the tilt makes small, s = 1 - T for theta > 0 and T otherwise, E exp(-x s) and the
moments are sums of positive terms: t = tanh(v)^2 makes an even analytic function of v of the integrand, which the
trapezoidal rule sums to an error exp(-TAIL) (Trefethen and Weideman 2014, theorem 5.1). For large x from the expansion
E exp(-x s) ~ G x^-k sum (k)_n (1 - k')_n/n! x^-n, {k, k'} = {1/2, b}, G = Gamma(d/2)/Gamma(k') (DLMF 13.7.2 and
13.2.39), whose derivatives are taken term by term.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .arrays import Rows

TAIL = 45.0
TERMS = 28


class Moments(NamedTuple):
    """Of s: log E exp(-x s) under theta = 0, and mean, 1 - mean and variance under theta."""

    log_sum: Rows
    mean: Rows
    rest: Rows
    variance: Rows


class Rule(NamedTuple):
    """Nodes 1 - T and T, logarithms of normalised weights, where the expansion starts, and its terms of both signs."""

    away: NDArray[np.float64]
    along: NDArray[np.float64]
    log_weight: NDArray[np.float64]
    far: float
    terms: tuple[NDArray[np.float64], NDArray[np.float64]]


@cache
def rule(dimension: int) -> Rule:
    """The quadrature and the expansion for unit vectors in R^d."""
    b, c = 0.5 * (dimension - 1), 0.5 * dimension
    far = 40.0 + 8.0 * c
    # |Gamma(b + iy)/Gamma(b)|, the integrand's transform for large theta, is below exp(-TAIL) from y on.
    y = 1.0
    while 0.5 * (b - 0.5) * np.log1p((y / b) ** 2) - y * np.arctan(y / b) > -TAIL:
        y += 0.25
    # For theta < 0 the integrand grows like exp(x tan^2) cos^(-2b) along the imaginary axis.
    across = np.linspace(0.01, 1.5, 150)
    growth = far * np.tan(across) ** 2 - 2.0 * b * np.log(np.cos(across))
    step = min(np.pi / y, (2.0 * np.pi * across / (TAIL + growth)).max())
    end = 0.5 * (np.log(4.0 * far / b + 4.0) + TAIL / b + np.sqrt(2.0 * TAIL / b))
    v = step * np.arange(np.ceil(end / step) + 1.0)
    log_cosh = np.where(v < 1.0, np.log1p(2.0 * np.sinh(0.5 * v) ** 2), v + np.log1p(np.exp(-2.0 * v)) - np.log(2.0))
    log_weight = -2.0 * b * log_cosh - np.where(v > 0, 0.0, np.log(2.0))
    log_weight -= np.log(np.exp(log_weight).sum())
    n = np.arange(TERMS, dtype=np.float64)
    terms = []
    for small, other in ((0.5, b), (b, 0.5)):
        ratios = (small + n[:-1]) * (1.0 - other + n[:-1]) / ((n[:-1] + 1.0) * far)
        terms.append(np.concatenate([[1.0], np.cumprod(ratios)]))
    return Rule(np.exp(-2.0 * log_cosh), np.tanh(v) ** 2, log_weight, far, (terms[0], terms[1]))


def moments(dimension: int, theta: Rows) -> Moments:
    """The moments at theta (rows,)."""
    r = rule(dimension)
    b = 0.5 * (dimension - 1)
    x, positive = np.abs(theta), theta > 0
    answer = Moments(*(np.empty_like(x) for _ in range(4)))
    for sign in (False, True):
        near = np.flatnonzero((x <= r.far) & (positive == sign))
        nodes, others = (r.away, r.along) if sign else (r.along, r.away)
        at = x[near, None]
        exponent = r.log_weight - at * nodes
        top = exponent.max(axis=-1, keepdims=True)
        weight = np.exp(exponent - top)
        total = weight.sum(axis=-1)
        mean = weight @ nodes / total
        answer.log_sum[near] = top[:, 0] + np.log(total)
        answer.mean[near] = mean
        answer.rest[near] = weight @ others / total
        answer.variance[near] = (weight * (nodes - mean[:, None]) ** 2).sum(axis=-1) / total
        far = np.flatnonzero((x > r.far) & (positive == sign))
        k = b if sign else 0.5
        terms = r.terms[int(sign)] * (r.far / x[far, None]) ** np.arange(TERMS)
        n = np.arange(TERMS, dtype=np.float64)
        whole = terms.sum(axis=-1)
        first = terms @ n / whole
        second = terms @ (n * (n + 1.0)) / whole
        # Gamma(d/2)/Gamma(k').
        constant = special.gammaln(b + 0.5) - special.gammaln(0.5) if sign else np.log(special.poch(b, 0.5))
        answer.log_sum[far] = constant - k * np.log(x[far]) + np.log(whole)
        answer.mean[far] = (k + first) / x[far]
        answer.rest[far] = 1.0 - (k + first) / x[far]
        answer.variance[far] = (k + second - first * first) / x[far] / x[far]
    return answer
