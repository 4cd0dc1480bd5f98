"""Entropy of the Poisson family and the expectation of log x!, for theta = log rate."""

from __future__ import annotations

import numpy as np
from scipy import special

from .arrays import Rows
from .special import HALF_LOG_TWO_PI, log1p_remainder, stirling_remainder

# From here on the asymptotic series with the coefficients below is good to 2e-17; below it, 160 terms of the sum
# leave 1e-20.
LARGE_RATE = 64.0
TERMS = 160
# H = log(2 pi e rate)/2 + sum c_j rate^-j. From d/d rate E f(x) = E f(x + 1) - f(x), dH/d rate = E log((x + 1)/rate),
# the log expanded about x + 1 = rate in central moments (Evans and Boersma 1988, The entropy of a Poisson
# distribution, give the first of them).
COEFFICIENTS = (
    -1 / 12,
    -1 / 24,
    -19 / 360,
    -9 / 80,
    -863 / 2520,
    -1375 / 1008,
    -33953 / 5040,
    -57281 / 1440,
    -3250433 / 11880,
    -378351 / 176,
    -13695779093 / 720720,
)


def surprise(x: Rows, theta: Rows, rate: Rows) -> Rows:
    """-log p(x) for counts x, as deviance + log(2 pi x)/2 + Stirling remainder.

    Loader (2000), Fast and accurate computation of binomial probabilities. The deviance x log(x/rate) - x + rate is x
    (u - log(1 + u)), u = (rate - x)/x; -log p(0) = rate.
    """
    k = np.maximum(x, 1.0)
    ratio = rate / k
    near = (ratio > 0.5) & (ratio < 2.0)
    u = np.where(near, (rate - k) / k, 0.0)
    deviance = np.where(near, k * log1p_remainder(u), k * (np.log(k) - theta) - (k - rate))
    return np.where(x == 0, rate, deviance + 0.5 * np.log(k) + HALF_LOG_TWO_PI + stirling_remainder(k))


def entropy(theta: Rows) -> Rows:
    """H in nats."""
    rate = np.exp(theta)
    answer = np.empty_like(theta)
    large = rate >= LARGE_RATE
    answer[large] = 0.5 * theta[large] + HALF_LOG_TWO_PI + 0.5 + _series(rate[large])
    small = ~large
    total = np.zeros(int(small.sum()))
    for k in range(TERMS):
        log_loss = surprise(np.full_like(total, float(k)), theta[small], rate[small])
        total += np.where(np.isfinite(log_loss), log_loss * np.exp(-log_loss), 0.0)
    answer[small] = total
    return answer


def expected_log_factorial(theta: Rows) -> Rows:
    """E log x!: a sum of positive terms; for a large rate H + rate (log rate - 1), where the second term leads."""
    rate = np.exp(theta)
    answer = np.empty_like(theta)
    large = rate >= LARGE_RATE
    answer[large] = entropy(theta[large]) + rate[large] * (theta[large] - 1.0)
    small = ~large
    total = np.zeros(int(small.sum()))
    for k in range(2, TERMS):
        weight = np.exp(-surprise(np.full_like(total, float(k)), theta[small], rate[small]))
        total += weight * special.gammaln(k + 1.0)
    answer[small] = total
    return answer


def _series(rate: Rows) -> Rows:
    t = 1.0 / rate
    total = np.zeros_like(rate)
    for c in reversed(COEFFICIENTS):
        total = (total + c) * t
    return total
