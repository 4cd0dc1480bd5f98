"""The ratio R(k) = I_(n+1)(k)/I_n(k) of modified Bessel functions of any order n >= 0, and what goes with it.

Where q = sqrt(n^2 + k^2) is at least 32, from the uniform expansion of Debye (DLMF 10.41.3), in logarithmic form:
log I_n = q + n log(k/(n + q)) - log(2 pi q)/2 + sum_j D_j(v) q^-j, v = (n/q)^2. Its derivatives are taken term by term,
so that nothing is left to cancel. Below, the same at the order n + 12, and from there down by Perron's continued
fraction, R_(m-1)/k = 1/(2 m + k R_m) (DLMF 10.33.1), with forms for 1 - R and R' whose terms do not cancel either.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import NamedTuple

import numpy as np
from scipy import special

from .arrays import Counts, Mask, Rows

FAR = 32.0
SHIFT = 12
TERMS = 18
LIMIT = 10
STEP_TOLERANCE = 1e-8
LOG_TWO_PI = float(np.log(2.0 * np.pi))


class Ratio(NamedTuple):
    """R/k, 1 - R, k R'/R and 1 - k R'/R, (rows,) each."""

    over: Rows
    complement: Rows
    relative: Rows
    defect: Rows


def ratio(order: float, k: Rows) -> Ratio:
    """All four with small relative error for k >= 0, (rows,)."""
    near = np.hypot(order, k) < FAR
    at = _expansion(np.where(near, order + SHIFT, order), k)
    if not near.any():
        return at
    k = np.where(near, k, 0.0)
    over, slope = at.over, at.over * at.relative
    # k (1 - R) and k^2 R' tend to m + 1/2; what is missing is carried down, for its errors stay small.
    short_of = (order + SHIFT + 0.5) - k * at.complement
    left = (order + SHIFT + 0.5) - k * k * slope
    for m in np.arange(order + SHIFT - 1.0, order - 1.0, -1.0):
        above = over + slope
        over = 1.0 / (2.0 * (m + 1.0) + k * k * over)
        value = k * over
        lost = over * ((m + 0.5) + short_of)
        short_of = (m + 0.5) * lost - value * short_of
        slope = over * over * ((m + 0.5) + left)
        left = (m + 0.5) * lost * (1.0 + value) - value * value * left
    found = Ratio(over, lost, slope / over, k * k * over * above)
    return Ratio(*(np.where(near, a, b) for a, b in zip(found, at, strict=True)))


def log_scaled_bessel(order: float, k: Rows) -> Rows:
    """Return log((2 pi)^(n+1) I_n(k) k^-n e^-k): the logarithm of the integral of e^(k (cos - 1)) over the sphere."""
    if order == 0.0:
        return np.asarray(LOG_TWO_PI + np.log(special.i0e(k)))
    if order == 0.5:  # 2 pi (1 - e^(-2k)) / k
        share = np.where(k > 0, -np.expm1(-2.0 * k) / np.where(k > 0, 2.0 * k, 1.0), 1.0)
        return np.asarray(np.log(4.0 * np.pi) + np.log(share))
    near = np.hypot(order, k) < FAR
    answer = np.zeros(k.shape)
    if not near.all():
        x = k[~near]
        q = np.hypot(order, x)
        answer[~near] = order * (order / (q + x)) + order * (LOG_TWO_PI - np.log(order + q))
        answer[~near] += 0.5 * (LOG_TWO_PI - np.log(q)) + _series("value", 1.0 / q, (order / q) ** 2)
    if near.any():
        answer[near] = log_area(order) + _log_limit(order, k[near]) - k[near]
    return answer


@cache
def log_area(order: float) -> float:
    """Logarithm of the area of the unit sphere in 2 n + 2 dimensions (DLMF 5.19.4)."""
    area, m = np.longdouble(np.pi) * np.longdouble(2.0 if order % 1.0 == 0.0 else 4.0), order % 1.0
    area *= 1 + np.longdouble("1.2246467991473531772e-16") / np.longdouble(np.pi)  # what a double of pi lacks
    turn = area if order % 1.0 == 0.0 else area / 2
    while m < order:
        m += 1.0
        area *= turn / np.longdouble(2.0 * m)
    return float(np.log(area))


def _log_limit(order: float, k: Rows) -> Rows:
    """Return log F_n, F_n = Gamma(n+1) (2/k)^n I_n(k), for q < FAR: F_(m-1) = F_m + k^2/(4 m (m+1)) F_(m+1)."""
    high = order + SHIFT
    quarter = 0.25 * k * k
    q = np.hypot(high, k)
    rise = k * k / (q + high)
    log_high = rise - high * np.log1p(rise / (2.0 * high)) - 0.5 * np.log1p(rise / high)
    log_high += _series("value", 1.0 / q, (high / q) ** 2) - _series("value", np.array([1.0 / high]), np.array([1.0]))
    here = np.zeros(k.shape)
    above = 2.0 * (high + 1.0) * _expansion(np.full(k.shape, high), k).over - 1.0
    for m in np.arange(high, order, -1.0):
        here, above = here + quarter / (m * (m + 1.0)) * (1.0 + above), here
    return np.asarray(log_high + np.log1p(here))


def inverse(order: float, value: Rows, complement: Rows) -> tuple[Rows, Counts, Mask]:
    """Return k with R(k) = value, iterations and convergence; complement = 1 - value keeps the digits of a large k.

    Start: r (d - r^2)/(1 - r^2), d = 2 n + 2 (Banerjee, Dhillon, Ghosh and Sra 2005, Clustering on the unit hypersphere
    using von Mises-Fisher distributions, eq. 4.4). Newton on 1/(1 - R), which is linear in k at both ends, kept within
    a factor of 2 of the start.
    """
    start = value * (2.0 * order + 2.0 - value**2) / (complement * (1.0 + value))
    k = start.copy()
    iterations = np.zeros(k.shape, dtype=np.int64)
    converged = np.zeros(k.shape, dtype=bool)
    active = np.flatnonzero(np.isfinite(k) & (k > 0))
    for _ in range(LIMIT):
        if not active.size:
            break
        here = k[active]
        at = ratio(order, here)
        residual = np.where(value[active] < 0.5, at.over * here - value[active], complement[active] - at.complement)
        change = residual * at.complement / (complement[active] * at.over * at.relative)
        k[active] = np.clip(here - change, 0.5 * start[active], 2.0 * start[active])
        iterations[active] += 1
        done = np.abs(change) <= STEP_TOLERANCE * k[active]
        converged[active] = done
        active = active[~done]
    return k, iterations, converged


def _expansion(order: Rows, k: Rows) -> Ratio:
    """From the derivatives of Debye's expansion with respect to k, each term of which is a power of 1/q."""
    q = np.hypot(order, k)
    q = np.where(q > 0.0, q, 1.0)
    t, n, x = 1.0 / q, order / q, k / q
    first, second = _series("first", t, n * n), _series("second", t, n * n)
    over = 1.0 / (1.0 + n) - t * (0.5 + first)
    lost = (n + n * n / (1.0 + x)) / (1.0 + n) + x * t * (0.5 + first)
    slope = n / (1.0 + n) + t * (0.5 * (x - n) * (x + n) + x * x * second - first)
    gap = x * x * (1.0 / (1.0 + n) ** 2 - t * (1.0 + second))
    return Ratio(t * over, lost, slope / over, gap / over)


def _series(name: str, t: Rows, v: Rows) -> Rows:
    """Sum over j of t^j P_j(v)."""
    total = np.zeros(t.shape)
    for row in reversed(debye_polynomials()[name]):
        value = np.zeros(t.shape)
        for c in reversed(row):
            value = value * v + float(c)
        total = (total + value) * t
    return total


@cache
def debye_polynomials(terms: int = TERMS) -> dict[str, list[list[Fraction]]]:
    """Coefficients in v, lowest first, of D_1, D_2, ... ("value") and of the two derivatives' polynomials.

    With t = 1/q: d(t^j D_j)/dk = -k t^(j+2) C_j, C_j = j D_j + 2 v D_j' ("first"), and d(t^(j+2) C_j)/dk =
    -k t^(j+4) B_j, B_j = (j+2) C_j + 2 v C_j' ("second").
    """
    # U_j(p) = p^j sum_i u_ji p^2i (DLMF 10.41.9).
    u = [[Fraction(1)]]
    for j in range(terms):
        following = [Fraction(0)] * (j + 2)
        for i, c in enumerate(u[j]):
            e = j + 2 * i
            following[i] += c * (Fraction(e, 2) + Fraction(1, 8 * (e + 1)))
            following[i + 1] -= c * (Fraction(e, 2) + Fraction(5, 8 * (e + 3)))
        u.append(following)
    # The logarithm of a power series: j U_j = sum_i i D_i U_(j-i).
    value: list[list[Fraction]] = [[]]
    for j in range(1, terms + 1):
        row = [j * c for c in u[j]]
        for i in range(1, j):
            for a, x in enumerate(value[i]):
                for b, y in enumerate(u[j - i]):
                    row[a + b] -= i * x * y
        value.append([c / j for c in row])
    first = [[(j + 2 * i) * c for i, c in enumerate(value[j])] for j in range(1, terms + 1)]
    second = [[(j + 3 + 2 * i) * c for i, c in enumerate(row)] for j, row in enumerate(first)]
    return {"value": value[1:], "first": first, "second": second}
