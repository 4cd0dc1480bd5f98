# ruff: noqa: D102  (the statements are documented in statements.py)
"""The PowerFunction family."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray
from scipy import stats

from .. import representable
from ..arrays import Rows
from ..conditions import Condition
from ..family import require_real
from ..gamma_statistic import LogStatistic


@dataclass(frozen=True)
class PowerFunction(LogStatistic):
    """Power function distribution up to a known maximum: theta = shape, T(x) = log(x/maximum), h(x) = 1/x.

    On 0 < x <= maximum: A = -log(shape), mu = -1/shape, F = 1/shape^2. Standard parameter: `shape`.
    """

    SIGN = -1.0
    COORDINATE = "shape"
    MEAN_CONDITION = "E log(x / maximum) must be < 0"

    maximum: float

    def __post_init__(self) -> None:
        require_real(self, "maximum", 0.0)
        super().__post_init__()

    @classmethod
    def examples(cls) -> tuple[PowerFunction, ...]:
        return (cls(2.0),)

    @property
    def _bound(self) -> float:
        return self.maximum

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition((x > 0) & (x <= self.maximum), "x must be > 0 and <= maximum", x)

    def _inside_support(self, draws: NDArray[Any]) -> NDArray[Any]:
        return representable.positive(draws, self.maximum)

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.powerlaw(theta[0], scale=self.maximum)
