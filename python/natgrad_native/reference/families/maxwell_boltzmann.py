# ruff: noqa: D102  (the statements are documented in statements.py)
"""The MaxwellBoltzmann family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from ..arrays import Rows
from ..gamma_statistic import NormalLength


@dataclass(frozen=True)
class MaxwellBoltzmann(NormalLength):
    """Maxwell-Boltzmann distribution on x > 0, the length of three N(0, scale^2): theta = -1/(2 scale^2), T(x) = x^2.

    h(x) = x^2, A = log(sqrt(pi)/4) - 3/2 log(-theta), mu = 3 scale^2, F = 6 scale^4. Standard parameter: `scale`.
    """

    COUNT = 3

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.maxwell(scale=np.sqrt(-0.5 / theta[0]))
