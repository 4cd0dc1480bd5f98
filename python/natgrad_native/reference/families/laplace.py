# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Laplace family."""

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
class Laplace(GammaStatistic):
    """Laplace distribution around a known location: theta = -1/scale, T(x) = |x - location|, h(x) = 1.

    A = log(2/(-theta)), mu = scale, F = scale^2. Standard parameter: `scale`.
    """

    COORDINATE = "negative_rate"
    NATURAL_CONDITION = "rate must be > 0"
    MEAN_CONDITION = "mean absolute deviation must be > 0"
    STANDARD = "scale"

    location: float

    def __post_init__(self) -> None:
        require_real(self, "location")
        super().__post_init__()

    @classmethod
    def examples(cls) -> tuple[Laplace, ...]:
        return (cls(0.75),)

    @property
    def _gamma_shape(self) -> float:
        return 1.0

    @property
    def _divisor(self) -> float:
        return 0.5

    def _statistic(self, x: Any) -> Any:
        return abs(x - self.location)

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition(np.isfinite(x), "x must be finite", x)

    def _from_statistic(self, t: Rows, rng: np.random.Generator) -> Rows:
        return self.location + np.where(rng.random(t.shape) < 0.5, -t, t)

    def _rate_from_standard(self, value: Any) -> Any:
        return 1.0 / value

    def _standard_from_rate(self, rate: Rows) -> Rows:
        return 1.0 / rate

    @property
    def _standard_degree(self) -> float:
        return -1.0

    @property
    def _prior_of(self) -> tuple[str, float | None]:
        return "scale", 1.0

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.laplace(self.location, -1.0 / theta[0])
