# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Weibull family."""

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
class Weibull(GammaStatistic):
    """Weibull distribution of known shape k on x > 0: theta = -scale^-k, T(x) = x^k, h(x) = x^(k-1).

    A = -log(-k theta), mu = scale^k, F = scale^(2k). Standard parameter: `scale`.
    """

    COORDINATE = "negative_rate"
    NATURAL_CONDITION = "rate must be > 0"
    MEAN_CONDITION = "E x^shape must be > 0"
    STANDARD = "scale"

    shape: float

    def __post_init__(self) -> None:
        require_real(self, "shape", 0.0)
        super().__post_init__()

    @classmethod
    def examples(cls) -> tuple[Weibull, ...]:
        return (cls(1.7),)

    @property
    def _gamma_shape(self) -> float:
        return 1.0

    @property
    def _divisor(self) -> float:
        return self.shape

    @property
    def _degree(self) -> float:
        return self.shape

    @property
    def _exponent(self) -> float:
        return self.shape - 1.0

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition((x > 0) & (x < np.inf), "x must be > 0 and finite", x)

    def _from_statistic(self, t: Rows, rng: np.random.Generator) -> Rows:
        return t ** (1.0 / self.shape)

    def _rate_from_standard(self, value: Any) -> Any:
        return value**-self.shape

    def _standard_from_rate(self, rate: Rows) -> Rows:
        return rate ** (-1.0 / self.shape)

    @property
    def _standard_degree(self) -> float:
        return -self.shape

    @property
    def _prior_of(self) -> tuple[str, float | None]:
        return "scale^-shape", None

    def _inside_support(self, draws: NDArray[Any]) -> NDArray[Any]:
        return representable.positive(draws)

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.weibull_min(self.shape, scale=(-theta[0]) ** (-1.0 / self.shape))
