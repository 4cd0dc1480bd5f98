"""Functions of theta = log q < 0 that keep their digits at both ends of (0, 1).

For the Geometric, the NegativeBinomial and the Logarithmic family. The odds m = q/(1 - q) carry all of them: 1 + m =
1/(1 - q), L = -log(1 - q) = log(1 + m).
"""

from __future__ import annotations

import numpy as np

from . import half_line
from .arrays import Rows
from .special import expm1_remainder


def odds(theta: Rows) -> Rows:
    """Return q/(1 - q)."""
    return np.asarray(np.exp(theta) / -np.expm1(theta))


def remainder_share(x: Rows) -> Rows:
    """Return (exp(x) - 1 - x)/x for finite exp(x), about x/2 at 0."""
    tiny = np.abs(x) < np.finfo(np.float64).eps
    y = np.where(tiny, 1.0, x)
    return np.where(tiny, 0.5 * x, expm1_remainder(y) / y)


def negative_binomial_excess(successes: float, odds: Rows) -> Rows:
    """J(r, m), the rest of E log h of a NegativeBinomial over digamma's part, for r < 64.

    log h(x) = integral of (1 - z^x)(z - z^r)/((1 - z) t) dt with z = exp(-t) (DLMF 5.9.19), and E z^x = (1 + m (1 -
    z))^-r. The integrand's slow fall from t = 1 to 1/m belongs to psi(x + r), whose mean is known: E psi(x + r) =
    psi(r) + L, the derivative of A in r. Without it, with y = (r - 1) t,

        r >= 1: E log h = (r - 1) L + J, J = integral of E(1 - z^x) z^r (e^y - 1 - y)/((1 - z) t) dt
        r < 1:  E log h = P(x > 0) log r - (1 - r)(e^(-rL) - 1 + rL)/r + J,
                J = integral of E(1 - z^(x-1); x > 0) z^(1+r) (e^y - 1 - y)/((1 - z) t) dt

    the second from log h(x) - log r = log Gamma(x + r) - log Gamma(1 + r) - log x! where x > 0.
    """
    r = successes
    t, weight = half_line.rule()
    z, s = np.exp(-t), -np.expm1(-t)
    m = odds[:, None]
    seen = -np.expm1(-r * np.log1p(m * s))
    if r >= 1:
        # e^y would overflow: z^r (e^y - 1 - y) = z (1 - (1 + y) e^-y)
        y = (r - 1.0) * t
        share = np.where(y < 1.0, expm1_remainder(np.minimum(y, 1.0)) * np.exp(-y), 1.0 - (1.0 + y) * np.exp(-y))
        return np.asarray(seen @ (weight * z * share / (s * t)))
    kernel = weight * np.exp(-(1.0 + r) * t) * expm1_remainder((r - 1.0) * t) / (s * t)
    positive = -np.expm1(-r * np.log1p(m))
    beyond = positive - (1.0 - positive) * np.expm1(-r * np.log1p(-m / (1.0 + m) * z)) / z
    shifted = np.where(s < 0.5, (seen - s * positive) / z, beyond)
    return np.asarray(shifted @ kernel)


def expected_log(theta: Rows) -> Rows:
    """E log x of a Logarithmic distribution: a power series up to p = 1/2, else L/2 less E(psi(x) + Euler - log x).

    psi(x) + Euler has the mean L/2 (the limit r -> 0 of a NegativeBinomial that is not 0), and the difference is the
    integral of E(1 - z^(x-1)) (z/(1 - z) - z/t) dt (DLMF 5.9.16, and Frullani's integral for the logarithm).
    """
    p = np.exp(theta)
    m = odds(theta)
    total = np.log1p(m)
    k = np.arange(2.0, 64.0)
    small = p <= 0.5
    answer = np.empty_like(p)
    share = (np.where(small, p, 0.0)[:, None] ** (k - 1.0)) @ (np.log(k) / k)
    answer[small] = (share * np.where(p > 0, p / np.where(p > 0, total, 1.0), 1.0))[small]
    t, weight = half_line.rule()
    z, s = np.exp(-t), -np.expm1(-t)
    large = ~small
    m, p, total = m[large, None], p[large, None], total[large, None]
    shifted = np.where(s < 0.5, np.log1p(m * s) - s * total, z * total + np.log1p(-p * z))
    kernel = weight * expm1_remainder(-t) / (s * t)
    answer[large] = 0.5 * total[:, 0] - (shifted @ kernel) / total[:, 0]
    return answer
