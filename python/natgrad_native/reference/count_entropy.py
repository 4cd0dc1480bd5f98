"""Entropy of the Binomial family and, for many successes, of the NegativeBinomial, which is the case n = -r.

With iota = 1/n (or -1/r) the variance of a count of mean mu is V = mu (1 - iota mu), and its probabilities have the
ratios p(k)/p(k - 1) = ratio (1 - (k - 1) iota)/k, ratio = mu/(1 - iota mu).
"""

from __future__ import annotations

import numpy as np

from .arrays import Rows
from .count_entropy_coefficients import COEFFICIENTS
from .special import HALF_LOG_TWO_PI

# From these variances on the series is good to 1e-16. For a NegativeBinomial all its terms have one sign, and it takes
# 64 successes besides.
LARGE_VARIANCE = 48.0
LARGE_VARIANCE_OF_NEGATIVE = 128.0
MANY_SUCCESSES = 64.0
# Terms of the sum: at smaller variances 12 standard deviations from the mean, and 24 more.
TERMS = 304


def entropy(iota: float, mu: Rows, variance: Rows, log_zero: Rows) -> Rows:
    """H in nats, given mu (at most half of the trials), V and log p(0)."""
    large = variance >= (LARGE_VARIANCE if iota > 0 else LARGE_VARIANCE_OF_NEGATIVE)
    answer = np.empty_like(mu)
    answer[large] = _expansion(iota, variance[large])
    small = ~large
    answer[small] = _sum(iota, mu[small], variance[small], log_zero[small])
    return answer


def _expansion(iota: float, variance: Rows) -> Rows:
    """log(2 pi e V)/2 + sum of c_ki V^-k iota^i."""
    rows = [float(np.polynomial.polynomial.polyval(iota, row)) for row in COEFFICIENTS]
    series = np.polynomial.polynomial.polyval(1.0 / variance, rows)
    return np.asarray(0.5 * np.log(variance) + HALF_LOG_TWO_PI + 0.5 + series)


def _sum(iota: float, mu: Rows, variance: Rows, log_zero: Rows) -> Rows:
    """With w(k) = p(k)/p(0) = ratio^k / exp(loss(k)) and any shift: H = (log sum w - shift) + E(shift - log w).

    The shift -log p(0) leaves terms of the size of H; where p(0) is most of 1 there is none, and sum w = 1 + rest. The
    logarithms are some hundreds, and held in more digits where the machine has them.
    """
    k = np.arange(1.0, TERMS)
    factors = np.maximum(1.0 - (k - 1.0) * iota, 0.0)
    if iota > 0:
        factors[np.round(1.0 / iota).astype(np.int64) :] = 0.0
    room = np.where(factors > 0, -(k - 1.0) * np.longdouble(iota), np.longdouble(0.0))
    losses = np.cumsum(np.log(k.astype(np.longdouble)) - np.log1p(room))
    log_ratio = np.log(np.where(mu > 0, mu * (mu / variance), 1.0)).astype(np.longdouble)
    rare = log_zero > -0.5
    shift = np.where(rare, 0.0, -log_zero)
    start = np.exp(-shift)
    rest, weighted = np.zeros_like(mu), start * shift
    for factor, loss, place in zip(factors, losses, k, strict=True):
        if factor == 0.0:
            break
        log_less = ((loss - place * log_ratio) + shift).astype(np.float64)
        weight = np.where(mu > 0, np.exp(-log_less), 0.0)
        rest += weight
        weighted += weight * log_less
    total = start + rest
    log_sum = np.where(rare, np.log1p(rest), np.log(total))
    return np.asarray(log_sum + weighted / total)
