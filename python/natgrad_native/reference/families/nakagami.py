# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Nakagami family."""

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
from ..gamma_statistic import GammaStatistic


@dataclass(frozen=True)
class Nakagami(GammaStatistic):
    """Nakagami distribution of known shape m on x > 0: theta = -m/spread, T(x) = x^2, h(x) = x^(2m-1).

    A = log(Gamma(m)/2) - m log(-theta), mu = E x^2 = spread, F = spread^2/m. Standard parameter: `spread`.
    """

    COORDINATE = "negative_rate"
    NATURAL_CONDITION = "shape / spread must be > 0"
    MEAN_CONDITION = "mean square must be > 0"
    STANDARD = "spread"

    shape: float

    def __post_init__(self) -> None:
        require_real(self, "shape", 0.0)
        super().__post_init__()

    @classmethod
    def examples(cls) -> tuple[Nakagami, ...]:
        return (cls(1.75),)

    @property
    def _gamma_shape(self) -> float:
        return self.shape

    @property
    def _divisor(self) -> float:
        return 2.0

    @property
    def _degree(self) -> float:
        return 2.0

    @property
    def _exponent(self) -> float:
        return 2.0 * self.shape - 1.0

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition((x > 0) & (x < np.inf), "x must be > 0 and finite", x)

    def _from_statistic(self, t: Rows, rng: np.random.Generator) -> Rows:
        return np.sqrt(t)

    def _rate_from_standard(self, value: Any) -> Any:
        return self.shape / value

    def _standard_from_rate(self, rate: Rows) -> Rows:
        return self.shape / rate

    @property
    def _standard_degree(self) -> float:
        return -1.0

    @property
    def _prior_of(self) -> tuple[str, float | None]:
        return "spread", self.shape

    def _inside_support(self, draws: NDArray[Any]) -> NDArray[Any]:
        return representable.positive(draws)

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.nakagami(self.shape, scale=np.sqrt(-self.shape / theta[0]))
