"""Integrals over (0, inf) of functions that are analytic in log t: expectations through a generating function.

log Gamma(z) = integral of (z - (1 - exp(-(z - 1) t))/(1 - exp(-t))) exp(-t)/t dt (DLMF 5.9.19) makes E log Gamma(x + a)
an integral of E exp(-x t), which is known in closed form.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

# With v = u + u^2/(2 REACH), u = log t, the trapezoidal rule in v has steps that widen towards small t just as fast as
# an integrand f with t f(t) = O(t) there allows: its terms below exp(-REACH) do not count. A strip of half-width pi/2
# around the real axis of u, which ends at the poles +-2 pi i of 1/(1 - exp(-t)), gives an error exp(-pi^2/STEP).
REACH = 42.0
STEP = 0.24
LARGEST = 45.0


@cache
def rule() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes t, ascending, and weights w with sum w f(t) = integral of f, for f bounded and O(t exp(-t)) at infinity."""
    end = np.log(LARGEST)
    v = STEP * np.arange(np.ceil((0.01 - 0.5 * REACH) / STEP), np.floor((end + end**2 / (2 * REACH)) / STEP) + 1)
    root = np.sqrt(REACH * (REACH + 2.0 * v))
    t = np.exp(root - REACH)
    return t, STEP * t * REACH / root


def mp_integral(function: Callable[[Any], Any], smallest: Any, largest: Any) -> Any:
    """The integral in mpmath by the trapezoidal rule in log t, to the caller's precision.

    t f(t) falls like t below `smallest` and at least like exp(-t/largest) beyond `largest`.
    """
    import mpmath

    digits = mpmath.mp.dps + 5
    with mpmath.workdps(digits + 10):
        step = mpmath.pi**2 / (digits * mpmath.log(10))
        low = mpmath.log(smallest) - digits * mpmath.log(10)
        high = mpmath.log(largest) + mpmath.log(digits * mpmath.log(10)) + 1
        nodes = (mpmath.exp(step * k) for k in range(int(low / step) - 1, int(high / step) + 2))
        return step * mpmath.fsum(t * function(t) for t in nodes)
