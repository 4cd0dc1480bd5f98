"""Entropy of a NegativeBinomial of r > 0 successes: an integral below 64 successes, count_entropy.py from there on."""

from __future__ import annotations

import numpy as np

from . import count_entropy, log_series
from .arrays import Rows


def entropy(successes: float, theta: Rows, m: Rows, mu: Rows, log_partition: Rows) -> Rows:
    """H in nats, given theta = log of the probability of a failure, its odds m, the mean r m and r log(1 + m)."""
    r = successes
    if r >= count_entropy.MANY_SUCCESSES:
        return count_entropy.entropy(-1.0 / r, mu, mu * (1.0 + m), -log_partition)
    total = np.log1p(m)
    # -A* - E log h, in which terms of both have been put together.
    rest = -theta * mu - log_series.negative_binomial_excess(r, m)
    if r >= 1:
        return np.asarray(total + rest)
    a = r * total
    return np.asarray(a + np.expm1(-a) * np.log(r) + (1.0 - r) * total * -log_series.remainder_share(-a) + rest)
