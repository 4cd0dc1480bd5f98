# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Gamma family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scipy import stats

from ..arrays import Rows
from ..gamma_kind import GammaKind


@dataclass(frozen=True)
class Gamma(GammaKind):
    """Gamma distribution on x > 0: theta = (shape a, -rate b), T(x) = (log x, x), h(x) = 1/x.

    A = log Gamma(a) - a log b, mu = (psi(a) - log b, a/b). Standard parameters: `shape`, `rate`. Centred mean
    coordinates: [E log x - log E x, E x] = [psi(a) - log a, a/b], from which the shape keeps its digits however large
    it is. The inverse solves log a - psi(a) = log E x - E log x.
    """

    SIGN = 1.0
    RATE = "rate"
    MEAN_CONDITION = "E x must be > 0"
    GAP_CONDITION = "log E x - E log x must be > 0"

    def _variate(self, x: Any) -> Any:
        return x

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.gamma(theta[0], scale=-1.0 / theta[1])
