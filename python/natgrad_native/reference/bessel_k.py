"""Moments of the law that all of K_p is made of, each a sum of positive terms.

With x = m e^s, m the mode of x^p exp(-(psi x + chi/x)/2), DLMF 10.32.9 becomes

    2 K_p(omega) = e^(p t - w) I,   I = int exp(-E(s)) ds,   E(s) = delta (cosh s - 1) + p (e^s - 1 - s),

for p >= 0, where w = sqrt(p^2 + omega^2), sinh t = p / omega and delta = w - p = omega^2 / (w + p). E is convex, has
its minimum 0 at s = 0, and its terms do not cancel. The trapezoidal rule converges at the rate of the decay of the
integrand's Fourier transform (Trefethen and Weideman 2014, The exponentially convergent trapezoidal rule, section 5).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .arrays import Rows
from .special import expm1_remainder

# exp(-REACH) and its product with what is averaged are below rounding.
REACH = 50.0
# Where cosh s would overflow: omega below 1e-150 for an order below 2.
FARTHEST = 700.0


class Moments(NamedTuple):
    """Of the law proportional to exp(-E(s)), rows each."""

    log_integral: Rows  # log I
    cosh: Rows  # E[cosh s - 1]
    variance: Rows  # Var[cosh s]
    rise: Rows  # E[e^s - 1 - s]
    shift: Rows  # E s


class Nodes(NamedTuple):
    """Functions of the nodes -r and r that E is made of."""

    cosh: Rows  # cosh r - 1
    rise: Rows  # e^r - 1
    right: Rows  # e^r - 1 - r
    left: Rows  # e^-r - 1 + r


def nodes(r: Rows) -> Nodes:
    """Everything from e^r - 1 - r, r >= 0."""
    right = expm1_remainder(r)
    rise = r + right
    return Nodes(rise * (rise / (2.0 * (1.0 + rise))), rise, right, (r * r + (r - 1.0) * right) / (1.0 + rise))


def step(order: float, delta: Rows) -> Rows:
    """Of the trapezoidal rule, for a relative error below rounding in the second moments."""
    return np.asarray(1.0 / np.sqrt(25.0 + 3.0 * (order + delta)))


def reach(order: float, delta: Rows) -> tuple[Rows, Rows]:
    """Where E(-r) and E(r), less 2 r for the moments' sake, have passed `REACH`; NaN where that is too far."""

    def arccosh_of_one_plus(y: Rows) -> Rows:
        return np.asarray(np.log1p(y + np.sqrt(y) * np.sqrt(y + 2.0)))

    right = arccosh_of_one_plus(REACH / (order + delta))
    left = arccosh_of_one_plus(REACH / delta)
    if order > 2.0:  # e^-r - 1 + r >= r^2 / (r + 2)
        b = REACH + 4.0
        left = np.minimum(left, (b + np.sqrt(b * b + 8.0 * REACH * (order - 2.0))) / (2.0 * (order - 2.0)))
    left = np.maximum(left, right)
    return np.where(left < FARTHEST, left, np.nan), right


def moments(order: float, delta: Rows) -> Moments:
    """For an order p >= 0 and delta > 0 (rows,)."""
    h = step(order, delta)
    left, _right = reach(order, delta)
    known = np.isfinite(left) & (h > 0)
    count = np.where(known, np.ceil(left / np.where(known, h, 1.0)), 0.0)
    sums = np.zeros((5, delta.size))
    sums[0] = 1.0
    for i in range(1, int(count.max(initial=0.0)) + 1):
        rows = np.flatnonzero(count >= i)
        node = nodes(i * h[rows])
        at_right = np.exp(-delta[rows] * node.cosh - order * node.right)
        at_left = np.exp(-delta[rows] * node.cosh - order * node.left)
        both = at_left + at_right
        rise = at_left * node.left + at_right * node.right
        terms = (both, both * node.cosh, both * node.cosh * node.cosh, rise, i * h[rows] * (at_right - at_left))
        for total, term in zip(sums, terms, strict=True):
            total[rows] += term
    mean = sums[1:] / sums[0]
    # E s = E(e^s - 1) - rise, E(e^s - 1) = (delta / w) E(cosh s - 1), keeps the digits of a narrow law.
    w = order + delta
    shift = np.where(w > 1.0, delta / w * mean[0] - mean[2], mean[3])
    found = np.stack([np.log(h * sums[0]), mean[0], mean[1] - mean[0] * mean[0], mean[2], shift])
    return Moments(*np.where(known, found, np.nan))


def mp_log_bessel_k(order: Any, omega: Any) -> Any:
    """Log K_order(omega) by the same rule at the caller's precision; mpmath.besselk where its series are short."""
    import mpmath

    order, omega = abs(mpmath.mpf(order)), mpmath.mpf(omega)
    if omega < 3 and order != mpmath.floor(order):
        return mpmath.log(mpmath.besselk(order, omega))
    precision = mpmath.mp.prec
    with mpmath.workprec(precision + 40):
        w = mpmath.sqrt(order * order + omega * omega)
        delta = omega * omega / (w + order)
        digits = precision * mpmath.log(2) + 20
        h = 1 / mpmath.sqrt(1.2 * digits**2 / mpmath.pi**4 + 0.6 * digits * w / mpmath.pi**2)
        factor, grown, total, i = mpmath.exp(h), mpmath.mpf(1), mpmath.mpf(1), 0
        while True:
            i += 1
            grown *= factor
            even = delta * ((grown + 1 / grown) / 2 - 1)
            right, left = even + order * (grown - 1 - i * h), even + order * (1 / grown - 1 + i * h)
            if min(left, right) > digits:
                break
            total += sum(mpmath.exp(-value) for value in (left, right) if value <= digits)
        return order * mpmath.asinh(order / omega) - w + mpmath.log(h * total / 2)
