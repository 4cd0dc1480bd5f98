# ruff: noqa: D102  (the statements are documented in statements.py)
"""The ChiSquared family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scipy import stats

from ..arrays import Rows
from ..log_gamma_kind import LogGammaKind


@dataclass(frozen=True)
class ChiSquared(LogGammaKind):
    """Chi-squared distribution on x > 0: theta = degrees of freedom / 2, T(x) = log x, h(x) = exp(-x/2)/x.

    A = log Gamma(theta) + theta log 2, mu = psi(theta) + log 2, F = psi'(theta). Standard parameter:
    `degrees_of_freedom`. The inverse solves psi(theta) = mu - log 2 by Newton's method.
    """

    DEGREE = 1
    COORDINATE = "half_degrees_of_freedom"

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.chi2(2.0 * theta[0])
