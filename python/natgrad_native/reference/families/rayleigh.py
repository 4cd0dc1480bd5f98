# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Rayleigh family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from ..arrays import Rows
from ..gamma_statistic import NormalLength


@dataclass(frozen=True)
class Rayleigh(NormalLength):
    """Rayleigh distribution on x > 0, of the length of two N(0, scale^2): theta = -1/(2 scale^2), T(x) = x^2, h(x) = x.

    A = -log(-2 theta), mu = 2 scale^2, F = 4 scale^4. Standard parameter: `scale`.
    """

    COUNT = 2

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.rayleigh(scale=np.sqrt(-0.5 / theta[0]))
