"""Special functions in forms that do not cancel.

Every function is accurate to a few eps in the stated sense for all arguments inside its domain. Below `SHIFT` the
argument is moved up by a recurrence whose terms are positive (DLMF 5.5.2, 5.15.5); from there on the asymptotic
series of DLMF 5.11.1, 5.11.2 and 5.15.8 is used, of which eight terms reach 1e-19 at 16.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .arrays import Rows

SHIFT = 16
HALF_LOG_TWO_PI = 0.91893853320467274178
# B_2, B_4, ..., B_16 (DLMF table 24.2.3).
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def _raised(x: Rows, term: Callable[[Rows], Rows]) -> tuple[Rows, Rows]:
    """(x + SHIFT, sum of term(x + i), i < SHIFT) where x < SHIFT, (x, 0) elsewhere."""
    low = x < SHIFT
    total = np.zeros_like(x)
    small = x[low]
    total[low] = sum((term(small + i) for i in range(SHIFT - 1, -1, -1)), np.zeros_like(small))
    return np.where(low, x + SHIFT, x), total


def _series(t: Rows, coefficients: tuple[float, ...]) -> Rows:
    """Sum of coefficients[k] t^k by Horner's rule."""
    total = np.zeros_like(t)
    for c in reversed(coefficients):
        total = total * t + c
    return total


def log1p_remainder(u: Rows) -> Rows:
    """Return u - log(1 + u) >= 0 for u > -1, with small relative error.

    With z = u/(2 + u), log(1 + u) = 2 atanh z, so the remainder is u z - 2 (z^3/3 + z^5/5 + ...) (DLMF 4.6.5, 4.38.5).
    """
    u = np.asarray(u, dtype=np.float64)
    near = (u > -0.5) & (u < 1.0)
    v = np.where(near, u, 0.0)
    z = v / (2.0 + v)
    tail = _series(z * z, tuple(1.0 / (2 * k + 3) for k in range(18)))
    return np.where(near, v * z - 2.0 * z * z * z * tail, u - np.log1p(u))


def ratio_remainder(ratio: Rows, excess: Rows) -> Rows:
    """Return r - 1 - log r >= 0 for a ratio r > 0, with small relative error.

    `excess` = r - 1, formed by the caller without cancellation, serves near r = 1; away from 1 the log of r itself is
    taken, for 1 + (r - 1) has lost the digits of a small r.
    """
    near = (ratio > 0.5) & (ratio < 2.0)
    return np.where(near, log1p_remainder(np.where(near, excess, 0.0)), excess - np.log(ratio))


def expm1_remainder(d: Rows) -> Rows:
    """exp(d) - 1 - d >= 0, with small relative error (DLMF 4.2.19)."""
    d = np.asarray(d, dtype=np.float64)
    near = np.abs(d) < 1.0
    v = np.where(near, d, 0.0)
    series = _series(v, tuple(1.0 / special.factorial(k + 2, exact=True) for k in range(19)))
    return np.where(near, v * v * series, np.expm1(d) - d)


def log_minus_digamma(x: Rows) -> Rows:
    """Return log x - psi(x) > 0 for x > 0, with small relative error (DLMF 5.11.2)."""
    y, total = _raised(x, lambda s: log1p_remainder(1.0 / s))
    t = 1.0 / (y * y)
    return total + 0.5 / y + t * _series(t, tuple(b / (2 * k + 2) for k, b in enumerate(BERNOULLI)))


def log_minus_digamma_drop(x: Rows, r: Rows) -> Rows:
    """L(x) - L(x + r) >= 0 for L = `log_minus_digamma`, x > 0, r >= 0, with small relative error.

    -L' = `trigamma_minus_reciprocal`, whose integral over r <= x/2 eight Gauss-Legendre points give to rounding.
    """
    near = r <= 0.5 * x
    step = np.where(near, r, 0.0)
    nodes, weights = np.polynomial.legendre.leggauss(8)
    pairs = zip(0.5 * (1.0 + nodes), 0.5 * weights, strict=True)
    integral = step * sum(w * trigamma_minus_reciprocal(x + t * step) for t, w in pairs)
    return np.where(near, integral, log_minus_digamma(x) - log_minus_digamma(x + r))


def trigamma_minus_reciprocal(x: Rows) -> Rows:
    """psi'(x) - 1/x > 0 for x > 0, with small relative error.

    The recurrence telescopes: 1/s^2 - (1/s - 1/(s+1)) = 1/(s^2 (s+1)) (DLMF 5.15.5, 5.15.8).
    """
    y, total = _raised(x, lambda s: 1.0 / (s * s * (s + 1.0)))
    t = 1.0 / (y * y)
    return total + t * (0.5 + _series(t, BERNOULLI) / y)


def scaled_trigamma_remainder(x: Rows) -> Rows:
    """x^2 (psi'(x) - 1/x), from 1 at 0 to 1/2 at infinity, where the other factor would overflow."""
    held = np.maximum(x, 1e-150)
    return np.asarray(held * (held * trigamma_minus_reciprocal(held)))


def log_trigamma(x: Rows) -> Rows:
    """Return log psi'(x) for x > 0, also where psi' overflows."""
    return np.asarray(np.log1p(scaled_trigamma_remainder(x) / x) - np.log(x))


def trigamma(x: Rows) -> Rows:
    """psi'(x) for x > 0, with small relative error."""
    return 1.0 / x + trigamma_minus_reciprocal(x)


def stirling_remainder(x: Rows) -> Rows:
    """s(x) = log Gamma(x) - (x - 1/2) log x + x - log(2 pi)/2 (DLMF 5.11.1), with small absolute error.

    s(x) - s(x + 1) = (x + 1/2) log(1 + 1/x) - 1 = z^2/3 + z^4/5 + ..., z = 1/(2x + 1).
    """
    tiny = x < 1.0
    y, total = _raised(np.where(tiny, 1.0, x), _stirling_drop)
    t = 1.0 / (y * y)
    series = _series(t, tuple(b / ((2 * k + 2) * (2 * k + 1)) for k, b in enumerate(BERNOULLI))) / y
    v = np.where(tiny, x, 1.0)
    direct = special.gammaln(v) - (v - 0.5) * np.log(v) + v - HALF_LOG_TWO_PI
    return np.where(tiny, direct, total + series)


def _stirling_drop(x: Rows) -> Rows:
    t = 1.0 / (2.0 * x + 1.0) ** 2
    return t * _series(t, tuple(1.0 / (2 * k + 3) for k in range(17)))


def gamma_dual(x: Rows) -> Rows:
    """Return x psi(x) - x - log Gamma(x) with small absolute error.

    It is the dual log-partition of a Gamma distribution with shape x; in the form
    (log x - log 2 pi)/2 - x (log x - psi(x)) - s(x) the terms of size x log x are gone.
    """
    tiny = x < 1.0
    v = np.where(tiny, x, 1.0)
    direct = v * special.digamma(v) - v - special.gammaln(v)
    y = np.where(tiny, 1.0, x)
    return np.where(tiny, direct, 0.5 * np.log(y) - HALF_LOG_TWO_PI - y * log_minus_digamma(y) - stirling_remainder(y))


def _power_drops(x: Rows, y: Rows, r: Rows, count: int) -> list[Rows]:
    """x^-n - y^-n for n = 1..count, y = x + r: differences that are products, never subtractions."""
    p, q = 1.0 / x, 1.0 / y
    first = r * p * q
    drops = [first]
    power = q
    for _ in range(count - 1):
        drops.append(p * drops[-1] + power * first)
        power = power * q
    return drops


def digamma_difference(x: Rows, r: Rows) -> Rows:
    """psi(x + r) - psi(x) >= 0 for x > 0, r >= 0, with small relative error."""
    x, r = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(r, dtype=np.float64))
    below = x < SHIFT
    total = np.zeros(x.shape)
    u, d = x[below], r[below]
    total[below] = sum((d / (u + d + i) / (u + i) for i in range(SHIFT - 1, -1, -1)), np.zeros_like(u))
    low = np.where(below, x + SHIFT, x)
    drops = _power_drops(low, low + r, r, 2 * len(BERNOULLI))
    series = sum((BERNOULLI[k] / (2 * k + 2) * drops[2 * k + 1] for k in reversed(range(len(BERNOULLI)))), 0.0 * low)
    return np.asarray(total + series + 0.5 * drops[0] + np.log1p(r / low))


def trigamma_difference(x: Rows, r: Rows) -> Rows:
    """psi'(x) - psi'(x + r) >= 0 for x > 0, r >= 0, with small relative error."""
    return np.asarray(r / (x + r) / x + remainder_difference(x, r))


def remainder_difference(x: Rows, r: Rows) -> Rows:
    """h(x) - h(x + r) >= 0 for h = `trigamma_minus_reciprocal`, x > 0, r >= 0, with small relative error."""
    x, r = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(r, dtype=np.float64))
    below = x < SHIFT
    total = np.zeros(x.shape)
    u, d = x[below], r[below]
    parts = (_reciprocal_cube_drop(u + i, u + d + i, d) for i in range(SHIFT - 1, -1, -1))
    total[below] = sum(parts, np.zeros_like(u))
    low = np.where(below, x + SHIFT, x)
    drops = _power_drops(low, low + r, r, 2 * len(BERNOULLI) + 1)
    series = sum((BERNOULLI[k] * drops[2 * k + 2] for k in reversed(range(len(BERNOULLI)))), 0.0 * low)
    return np.asarray(total + series + 0.5 * drops[1])


def _reciprocal_cube_drop(x: Rows, y: Rows, r: Rows) -> Rows:
    """1/(x^2 (x+1)) - 1/(y^2 (y+1)) for y = x + r."""
    numerator = (x / y + 1.0 + y / x) + (1.0 / x + 1.0 / y)
    return np.asarray((r / y / x) * (numerator / ((x + 1.0) * (y + 1.0))))


def inverse_digamma(y: Rows) -> Rows:
    """Return x > 0 with psi(x) = y, by Newton from the start of Minka (2000).

    Estimating a Dirichlet distribution, appendix C: a start with two digits, which five steps make all. y is cut off at
    700, where x would overflow.
    """
    y = np.minimum(y, 700.0)
    x = np.where(y >= -2.22, np.exp(y) + 0.5, -1.0 / (y - special.digamma(1.0)))
    for _ in range(6):
        with np.errstate(all="ignore"):
            step = (special.digamma(x) - y) / trigamma(x)
        x = np.where(np.isfinite(step), np.maximum(x - step, 0.25 * x), x)
    return x


@cache
def jacobi_rule(nodes: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes t and weights w with sum w f(t) = integral of (1 - t) f(t) over [0, 1], exact to degree 2 nodes - 1."""
    x, w = special.roots_jacobi(nodes, 1.0, 0.0)
    return 0.5 * (1.0 + x), 0.25 * w
