"""E log x! of a Binomial or NegativeBinomial count x, less what its sum over the counts of one vector leaves alone.

A NegativeBinomial of r successes and odds m is a Poisson whose rate is a Gamma variable of shape r and scale m, and a
Binomial of n trials is, term by term, the case r = -n, m = -p. The excess is

    g = E log x! - mu (log mu - 1) for the Binomial, mu = n p,
    g = E log x! - mu (log m + psi(r + 1) - 1) for the NegativeBinomial, mu = r m: the mean entropy of that Poisson.

g > 0, and what is taken off differs from mu log mu by a multiple of mu. So the counts x_k of a Multinomial of random
size N have E log(prod x_k!/N!) - sum mu_k log p_k = sum g_k - g_N, without terms of size mu log mu.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .arrays import Rows
from .poisson_entropy import COEFFICIENTS
from .special import HALF_LOG_TWO_PI, expm1_remainder, log1p_remainder, log_minus_digamma

ORDERS: NDArray[np.float64] = np.arange(1.0, len(COEFFICIENTS) + 1.0)
# Sums up to this mean and odds of at most 1, series from those below on.
LARGEST_SUMMED = 4.0
LARGE_BINOMIAL = 64.0
LARGE_NEGATIVE_BINOMIAL = 160.0
MANY_SUCCESSES = 64.0
TERMS = 160
# The trapezoidal rule in log t: an error exp(-pi^2/STEP) as in half_line.py, of terms that fall like mu t for t -> 0
# and like 1/t for t -> inf, with a plateau between them.
STEP = 0.24
LOWEST, HIGHEST = -345, 165


@cache
def rule() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes t, ascending, and STEP t."""
    t = np.exp(STEP * np.arange(LOWEST, HIGHEST + 1.0))
    return t, STEP * t


def binomial(trials: int, p: Rows, log_rest: Rows) -> Rows:
    """G for probabilities p (rows,) and log(1 - p)."""
    n = float(trials)
    mu = n * p
    large = mu >= LARGE_BINOMIAL
    small = mu <= LARGEST_SUMMED
    middle = ~(large | small)
    answer = np.empty_like(mu)
    steps = np.cumprod(1.0 / (1.0 + ORDERS / n), dtype=np.float64)
    tilt = -n * float(log_minus_digamma(np.array([n]))[0])
    lift = 0.5 * (float(special.digamma(n + 1.0)) - np.log(n))
    answer[large] = p[large] * tilt + _expansion(mu[large], lift, steps)
    k = np.arange(1.0, min(trials, TERMS) + 1.0)
    log_rate = np.log(np.where(mu > 0, mu, 1.0))[small]
    answer[small] = _sum(log_rate, (p * np.exp(-log_rest))[small], n * log_rest[small], (n - k + 1.0) / k)
    t, weight = rule()
    s, late, kernel = _kernels(t)
    a, b = p[middle, None], mu[middle, None]
    log_power = n * np.log1p(-a * s)
    gap = b * late - n * log1p_remainder(-a * s)
    terms = np.exp(log_power) * -np.expm1(-gap) / (t * t) - np.expm1(log_power) * kernel
    answer[middle] = terms @ weight
    return answer


def negative_binomial(successes: float, m: Rows) -> Rows:
    """G for odds m (rows,)."""
    r = successes
    mu = r * m
    large = (mu >= LARGE_NEGATIVE_BINOMIAL) & (r >= MANY_SUCCESSES)
    small = (mu <= LARGEST_SUMMED) & (m <= 1.0)
    middle = ~(large | small)
    answer = np.empty_like(mu)
    if large.any():
        steps = np.cumprod(1.0 / (1.0 - ORDERS / r), dtype=np.float64)
        lift = -0.5 * float(log_minus_digamma(np.array([r]))[0])
        answer[large] = _expansion(mu[large], lift, steps)
    k = np.arange(1.0, TERMS + 1.0)
    log_rate = np.log(m[small]) + special.digamma(r + 1.0)
    answer[small] = _sum(log_rate, m[small] / (1.0 + m[small]), -r * np.log1p(m[small]), (r + (k - 1.0)) / k)
    t, weight = rule()
    s, late, kernel = _kernels(t)
    a = m[middle, None]
    log_power = -r * np.log1p(a * s)
    gap = r * np.log1p(a * late / (1.0 + a * s))
    terms = np.exp(log_power) * -np.expm1(-gap) / (t * t) - np.expm1(log_power) * kernel
    answer[middle] = terms @ weight
    return answer


def _kernels(t: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Return s = 1 - z, t - s and 1/t^2 - z/(s t), where z = exp(-t).

    With E z^x = e(s), DLMF 5.9.19 and the same for log of a number give g = integral of (1 - e_(t))/t^2 - (1 - e(s))
    z/(s t) dt where e_(t) is that expectation of exp(-rate t): the sum of (e(s) - e_(t))/t^2 and (1 - e(s)) times the
    last of these, both positive.
    """
    s = -np.expm1(-t)
    late = expm1_remainder(-t)
    # s - t z = t s - (t - s): the subtrahend is at most half of it.
    return s, late, (t * s - late) / (s * t * t)


def _expansion(mu: Rows, lift: float, steps: NDArray[np.float64]) -> Rows:
    """The mean of the series of a Poisson's entropy, whose powers of the rate have closed means."""
    series = np.polynomial.polynomial.polyval(1.0 / mu, np.concatenate([[0.0], np.array(COEFFICIENTS) * steps]))
    return np.asarray(0.5 * np.log(mu) + lift + HALF_LOG_TWO_PI + 0.5 + series)


def _sum(log_rate: Rows, ratio: Rows, log_zero: Rows, factors: NDArray[np.float64]) -> Rows:
    """Sum of p(k) (log k! - k (log_rate - 1)), p(k) = p(k - 1) ratio factor(k)."""
    probability = np.exp(log_zero)
    total = np.zeros_like(probability)
    for k, factor in enumerate(factors, 1):
        probability = probability * (ratio * factor)
        total += probability * (special.gammaln(k + 1.0) - k * (log_rate - 1.0))
    return total
