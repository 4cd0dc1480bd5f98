# ruff: noqa: D102  (the statements are documented in statements.py)
"""The HalfNormal family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from ..arrays import Rows
from ..gamma_statistic import NormalLength


@dataclass(frozen=True)
class HalfNormal(NormalLength):
    """Half-normal distribution on x >= 0, of |N(0, scale^2)|: theta = -1/(2 scale^2), T(x) = x^2, h(x) = 1.

    A = log(pi/(-4 theta))/2, mu = scale^2, F = 2 scale^4. Standard parameter: `scale`.
    """

    COUNT = 1

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.halfnorm(scale=np.sqrt(-0.5 / theta[0]))
