# ruff: noqa: D102  (the statements are documented in statements.py)
"""The InverseGamma family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scipy import stats

from ..arrays import Rows
from ..gamma_kind import GammaKind


@dataclass(frozen=True)
class InverseGamma(GammaKind):
    """Inverse gamma distribution on x > 0: theta = (-shape a, -scale b), T(x) = (log x, 1/x), h(x) = 1/x.

    A = log Gamma(a) - a log b, mu = (log b - psi(a), a/b). Standard parameters: `shape`, `scale`. Centred mean
    coordinates: [E log x + log E 1/x, E 1/x] = [log a - psi(a), a/b], from which the shape keeps its digits however
    large it is. The inverse solves log a - psi(a) = log E 1/x + E log x.
    """

    SIGN = -1.0
    RATE = "scale"
    MEAN_CONDITION = "E 1/x must be > 0"
    GAP_CONDITION = "log E 1/x + E log x must be > 0"

    def _variate(self, x: Any) -> Any:
        return 1.0 / x

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.invgamma(-theta[0], scale=-theta[1])
