# ruff: noqa: D102  (the statements are documented in statements.py)
"""The LogNormal family."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .. import representable
from ..arrays import Rows
from ..conditions import Condition
from ..normal_kind import NormalKind, moments


@dataclass(frozen=True)
class LogNormal(NormalKind):
    """Log-normal distribution: log x is Normal with mean m and variance v; theta = (m/v, -1/2v).

    T(x) = (log x, log^2 x), h(x) = 1/x, A = m^2/2v + log(2 pi v)/2, mu = (m, v + m^2), det F = 2 v^3. Standard
    parameters: `mean`, `variance`, of log x. Centred mean coordinates: [m, v].
    """

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition((x > 0) & (x < np.inf), "x must be > 0 and finite", x)

    def _variate(self, x: Rows) -> Rows:
        return np.log(x)

    def _from_variate(self, y: Rows) -> Rows:
        return np.exp(y)

    def _mp_variate(self, x: Any) -> Any:
        import mpmath

        return mpmath.log(x)

    def _log_base_measure(self, x: Rows) -> Rows:
        return -np.log(x)

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        return -moments(theta)[0]

    @property
    def _log_base_measure_slope(self) -> Rows | None:
        return np.array([-1.0, 0.0])

    def _inside_support(self, draws: NDArray[Any]) -> NDArray[Any]:
        return representable.positive(draws)

    def mp_log_base_measure(self, x: Any) -> Any:
        import mpmath

        return -mpmath.log(x)

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        return -mean[0]

    def scipy_twin(self, theta: Rows) -> Any:
        mean, variance = moments(theta)
        return stats.lognorm(np.sqrt(variance), scale=np.exp(mean))
