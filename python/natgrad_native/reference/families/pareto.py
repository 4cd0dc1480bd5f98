# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Pareto family."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .. import representable
from ..arrays import Rows
from ..conditions import Condition
from ..family import require_real
from ..gamma_statistic import LogStatistic


@dataclass(frozen=True)
class Pareto(LogStatistic):
    """Pareto distribution from a known minimum: theta = -shape, T(x) = log(x/minimum), h(x) = 1/x on x >= minimum.

    A = -log(shape), mu = 1/shape, F = 1/shape^2. Standard parameter: `shape`.
    """

    COORDINATE = "negative_shape"
    MEAN_CONDITION = "E log(x / minimum) must be > 0"

    minimum: float

    def __post_init__(self) -> None:
        require_real(self, "minimum", 0.0)
        super().__post_init__()

    @classmethod
    def examples(cls) -> tuple[Pareto, ...]:
        return (cls(1.5),)

    @property
    def _bound(self) -> float:
        return self.minimum

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition((x >= self.minimum) & (x < np.inf), "x must be >= minimum and finite", x)

    def _inside_support(self, draws: NDArray[Any]) -> NDArray[Any]:
        return representable.between(draws, self.minimum, np.inf)

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.pareto(-theta[0], scale=self.minimum)
