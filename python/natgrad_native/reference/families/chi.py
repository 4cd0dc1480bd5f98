# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Chi family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scipy import stats

from ..arrays import Rows
from ..log_gamma_kind import LogGammaKind


@dataclass(frozen=True)
class Chi(LogGammaKind):
    """Chi distribution on x > 0, the root of a chi-squared variate: theta = degrees of freedom, T(x) = log x.

    h(x) = exp(-x^2/2)/x, A = log Gamma(theta/2) + (theta/2) log 2 - log 2, mu = (psi(theta/2) + log 2)/2,
    F = psi'(theta/2)/4. Standard parameter: `degrees_of_freedom`. The inverse solves psi(theta/2) = 2 mu - log 2 by
    Newton's method.
    """

    DEGREE = 2
    COORDINATE = "degrees_of_freedom"

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.chi(theta[0])
