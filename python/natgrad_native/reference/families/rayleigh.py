# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Rayleigh family."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ..arrays import Rows
from ..conditions import Condition
from ..gamma_statistic import GammaStatistic


@dataclass(frozen=True)
class Rayleigh(GammaStatistic):
    """Rayleigh distribution on x > 0, of the length of two N(0, scale^2): theta = -1/(2 scale^2), T(x) = x^2, h(x) = x.

    A = -log(-2 theta), mu = 2 scale^2, F = 4 scale^4. Standard parameter: `scale`.
    """

    COORDINATE = "negative_half_precision"
    NATURAL_CONDITION = "half the precision must be > 0"
    MEAN_CONDITION = "mean square must be > 0"
    STANDARD = "scale"

    @property
    def _gamma_shape(self) -> float:
        return 1.0

    @property
    def _divisor(self) -> float:
        return 2.0

    @property
    def _degree(self) -> float:
        return 2.0

    @property
    def _exponent(self) -> float:
        return 1.0

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition((x > 0) & (x < np.inf), "x must be > 0 and finite", x)

    def _from_statistic(self, t: Rows, rng: np.random.Generator) -> Rows:
        return np.sqrt(t)

    def _rate_from_standard(self, value: Any) -> Any:
        return (0.5 / value) / value

    def _standard_from_rate(self, rate: Rows) -> Rows:
        return np.sqrt(0.5 / rate)

    def _inside_support(self, draws: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(np.maximum(draws, np.finfo(draws.dtype).tiny))

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.rayleigh(scale=np.sqrt(-0.5 / theta[0]))
