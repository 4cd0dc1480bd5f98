# ruff: noqa: D102  (the statements are documented in statements.py)
"""The NormalKnownMean family."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from ..arrays import Rows
from ..conditions import Condition
from ..family import require_real
from ..gamma_statistic import GammaStatistic


@dataclass(frozen=True)
class NormalKnownMean(GammaStatistic):
    """Normal distribution of known mean: theta = -1/(2 variance), T(x) = (x - mean)^2, h(x) = 1.

    A = log(pi/(-theta))/2, mu = variance, F = 2 variance^2. Standard parameter: `variance`.
    """

    COORDINATE = "negative_half_precision"
    NATURAL_CONDITION = "half the precision must be > 0"
    MEAN_CONDITION = "mean square deviation must be > 0"
    STANDARD = "variance"

    mean: float

    def __post_init__(self) -> None:
        require_real(self, "mean")
        super().__post_init__()

    @classmethod
    def examples(cls) -> tuple[NormalKnownMean, ...]:
        return (cls(-1.25),)

    @property
    def _gamma_shape(self) -> float:
        return 0.5

    def _statistic(self, x: Any) -> Any:
        return (x - self.mean) ** 2

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition(np.isfinite(x), "x must be finite", x)

    def _from_statistic(self, t: Rows, rng: np.random.Generator) -> Rows:
        return self.mean + np.where(rng.random(t.shape) < 0.5, -1.0, 1.0) * np.sqrt(t)

    def _rate_from_standard(self, value: Any) -> Any:
        return 0.5 / value

    def _standard_from_rate(self, rate: Rows) -> Rows:
        return 0.5 / rate

    @property
    def _standard_degree(self) -> float:
        return -1.0

    @property
    def _prior_of(self) -> tuple[str, float | None]:
        return "variance", 0.5

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.norm(self.mean, np.sqrt(-0.5 / theta[0]))
