# ruff: noqa: D102  (the statements are documented in statements.py)
"""The SoftplusNormal family."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import representable
from ..arrays import Rows
from ..conditions import Condition
from ..expected_softplus import expected_softplus
from ..normal_kind import NormalKind, moments

# log 2 as the nearest number, which is subtracted exactly, and what that leaves.
LOG_TWO = (0.6931471805599453, 2.3190468138462996e-17)


@dataclass(frozen=True)
class SoftplusNormal(NormalKind):
    """Softplus-normal distribution on x > 0: y = log(e^x - 1) is Normal with mean m and variance v.

    theta = (m/v, -1/2v), T(x) = (y, y^2), h(x) = dy/dx = 1/(1 - e^-x), A = m^2/2v + log(2 pi v)/2, mu = (m, v + m^2),
    det F = 2 v^3. Standard parameters: `mean`, `variance`, of y. Centred mean coordinates: [m, v]. E log h is the
    expectation of log(1 + e^-y), which has no closed form: a trapezoidal rule that is exact to rounding.
    """

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition((x > 0) & (x < np.inf), "x must be > 0 and finite", x)

    def _variate(self, x: Rows) -> Rows:
        """log(e^x - 1); about its zero, x = log 2, from 2 (e^(x - log 2) - 1), above from x + log(1 - e^-x)."""
        near = np.log1p(2.0 * np.expm1(np.clip((x - LOG_TWO[0]) - LOG_TWO[1], -0.5, 0.7)))
        small, large = np.log(np.expm1(np.minimum(x, 1.0))), x + np.log(-np.expm1(-x))
        return np.where(x < 0.4, small, np.where(x < 1.3, near, large))

    def _from_variate(self, y: Rows) -> Rows:
        return np.logaddexp(0.0, y)

    def _mp_variate(self, x: Any) -> Any:
        import mpmath

        return mpmath.log(mpmath.expm1(x))

    def _log_base_measure(self, x: Rows) -> Rows:
        return -np.where(x > 0.5, np.log1p(-np.exp(-x)), np.log(-np.expm1(-x)))

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        mean, variance = moments(theta)
        return expected_softplus(-mean, np.sqrt(variance))

    def _inside_support(self, draws: NDArray[Any]) -> NDArray[Any]:
        return representable.positive(draws)

    def mp_log_base_measure(self, x: Any) -> Any:
        import mpmath

        return -mpmath.log1p(-mpmath.exp(-x)) if x > 1 else -mpmath.log(-mpmath.expm1(-x))

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        """E max(-y, 0) in closed form, and the integral of log(1 + e^-|y|) with its kink at an end."""
        import mpmath

        with mpmath.extradps(40):
            m, v = theta[0] / (-2 * theta[1]), -1 / (2 * theta[1])
            sd = mpmath.sqrt(v)
            a = abs(m) / sd
            ramp = max(-m, 0) + sd * (mpmath.npdf(a) - a * mpmath.erfc(a / mpmath.sqrt(2)) / 2)
            low, high = m - 16 * sd, m + 16 * sd
            ends = [low, high, *(m + k * sd for k in (-8, -4, -2, 0, 2, 4, 8))]
            ends += [y for k in (0, 1, 4, 12, 36, 100) for y in (-k, k)]
            ends = sorted({y for y in ends if low <= y <= high and abs(y) <= 100})
            if len(ends) < 2:
                return ramp
            rest = mpmath.quad(lambda y: mpmath.log1p(mpmath.exp(-abs(y))) * mpmath.npdf((y - m) / sd) / sd, ends)
            return ramp + rest
