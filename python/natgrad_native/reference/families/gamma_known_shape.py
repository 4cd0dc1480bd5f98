# ruff: noqa: D102  (the statements are documented in statements.py)
"""The GammaKnownShape family."""

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
class GammaKnownShape(GammaStatistic):
    """Gamma distribution of known shape a on x > 0 (Erlang for an integer a): theta = -rate, T(x) = x, h(x) = x^(a-1).

    A = log Gamma(a) - a log(rate), mu = a/rate, F = a/rate^2. Standard parameter: `rate`.
    """

    COORDINATE = "negative_rate"
    NATURAL_CONDITION = "rate must be > 0"
    MEAN_CONDITION = "mean must be > 0"
    STANDARD = "rate"

    shape: float

    def __post_init__(self) -> None:
        require_real(self, "shape", 0.0)
        super().__post_init__()

    @classmethod
    def examples(cls) -> tuple[GammaKnownShape, ...]:
        return (cls(2.5),)

    @property
    def _gamma_shape(self) -> float:
        return self.shape

    @property
    def _exponent(self) -> float:
        return self.shape - 1.0

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition((x > 0) & (x < np.inf), "x must be > 0 and finite", x)

    def _from_statistic(self, t: Rows, rng: np.random.Generator) -> Rows:
        return t

    def _rate_from_standard(self, value: Any) -> Any:
        return value

    def _standard_from_rate(self, rate: Rows) -> Rows:
        return rate

    @property
    def _standard_degree(self) -> float:
        return 1.0

    def _inside_support(self, draws: NDArray[Any]) -> NDArray[Any]:
        return representable.positive(draws)

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.gamma(self.shape, scale=-1.0 / theta[0])
