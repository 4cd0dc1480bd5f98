"""The ratio R(k) = I1(k)/I0(k) of modified Bessel functions and what the von Mises family needs of it.

Up to k = 30 as moments of the von Mises distribution itself, by the trapezoidal rule on the circle, which is exact to
rounding (DLMF 10.32.1, 3.5(i)) and whose terms are positive; above by the series of R in 1/k, all of whose
coefficients but the first are negative.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .arrays import Counts, Mask, Rows

FAR = 30.0
NODES = 72
TERMS = 24
LIMIT = 10
STEP_TOLERANCE = 1e-8


class Ratio(NamedTuple):
    """R/k, 1 - R, R' and R/k - R', (rows,) each."""

    over: Rows
    complement: Rows
    slope: Rows
    gap: Rows


def ratio(k: Rows) -> Ratio:
    """All four with small relative error for k >= 0, (rows,)."""
    near = k <= FAR
    quarter, sine = _circle()
    held = np.where(near, k, 0.0)
    weight = np.exp(-held[:, None] * quarter)
    weight[:, [0, -1]] *= 0.5
    weight /= weight.sum(axis=1, keepdims=True)
    # R/k = E sin^2 x and I2/I0 = k^2/3 E sin^4 x (DLMF 10.32.2), from which R/k - R' = R^2 - I2/I0 at a small k.
    over = weight @ sine**2
    complement = weight @ quarter
    slope = (weight * (quarter - complement[:, None]) ** 2).sum(axis=1)
    gap = np.where(held < 2.0, held * held * (over * over - weight @ sine**4 / 3.0), over - slope)

    s = 1.0 / np.where(near, FAR, k)
    lost, steep = np.zeros_like(s), np.zeros_like(s)
    for n in range(TERMS, 0, -1):
        lost = (lost + _coefficients()[n]) * s
        steep = (steep + n * _coefficients()[n]) * s
    steep = steep * s
    far = Ratio((1.0 - lost) * s, lost, steep, (1.0 - lost) * s - steep)
    return Ratio(*(np.where(near, a, b) for a, b in zip((over, complement, slope, gap), far, strict=True)))


def log_scaled_bessel(k: Rows) -> Rows:
    """Return log(I0(k) e^-k)."""
    return np.asarray(np.log(special.i0e(k)))


def inverse(value: Rows, complement: Rows) -> tuple[Rows, Counts, Mask]:
    """Return k with R(k) = value, iterations and convergence; complement = 1 - value keeps the digits of a large k.

    Start: r (2 - r^2)/(1 - r^2) (Banerjee, Dhillon, Ghosh and Sra 2005, Clustering on the unit hypersphere using von
    Mises-Fisher distributions, eq. 4.4). Newton on 1/(1 - R), which is linear in k at the far end.
    """
    k = value * (2.0 - value**2) / (complement * (1.0 + value))
    iterations = np.zeros(k.shape, dtype=np.int64)
    converged = np.zeros(k.shape, dtype=bool)
    active = np.flatnonzero(np.isfinite(k))
    for _ in range(LIMIT):
        if not active.size:
            break
        here = k[active]
        at = ratio(here)
        residual = np.where(here < 1.0, at.over * here - value[active], complement[active] - at.complement)
        change = residual * at.complement / (complement[active] * at.slope)
        k[active] = here - change
        iterations[active] += 1
        done = np.abs(change) <= STEP_TOLERANCE * k[active]
        converged[active] = done
        active = active[~done]
    return k, iterations, converged


@cache
def _circle() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """1 - cos x and sin x at the nodes of half a circle."""
    x = np.linspace(0.0, np.pi, NODES + 1)
    return 2.0 * np.sin(0.5 * x) ** 2, np.sin(x)


@cache
def _coefficients() -> tuple[float, ...]:
    """The c_n of 1 - R = sum c_n k^-n, from R' = 1 - R/k - R^2 (DLMF 10.29.2)."""
    r = [1.0]
    for n in range(1, TERMS + 1):
        r.append(0.5 * ((n - 2) * r[n - 1] - sum(r[i] * r[n - i] for i in range(1, n))))
    return tuple(-c for c in r)
