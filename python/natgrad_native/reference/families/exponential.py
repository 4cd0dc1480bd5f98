# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Exponential family."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from ..arrays import Rows
from ..conditions import Condition
from ..gamma_statistic import GammaStatistic


@dataclass(frozen=True)
class Exponential(GammaStatistic):
    """Exponential distribution on x >= 0: theta = -rate, T(x) = x, h(x) = 1.

    A = -log(-theta), mu = 1/rate, F = 1/rate^2. Standard parameter: `rate`.
    """

    COORDINATE = "negative_rate"
    NATURAL_CONDITION = "rate must be > 0"
    MEAN_CONDITION = "mean must be > 0"
    STANDARD = "rate"

    @property
    def _gamma_shape(self) -> float:
        return 1.0

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition((x >= 0) & (x < np.inf), "x must be >= 0 and finite", x)

    def _from_statistic(self, t: Rows, rng: np.random.Generator) -> Rows:
        return t

    def _rate_from_standard(self, value: Any) -> Any:
        return value

    def _standard_from_rate(self, rate: Rows) -> Rows:
        return rate

    @property
    def _standard_degree(self) -> float:
        return 1.0

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.expon(scale=-1.0 / theta[0])
