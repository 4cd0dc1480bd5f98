# ruff: noqa: D102  (the statements are documented in statements.py)
"""The MultivariateLogNormal family."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import gaussian, representable
from ..arrays import Rows
from ..conditions import Condition
from ..multivariate_normal_kind import MultivariateNormalKind


@dataclass(frozen=True)
class MultivariateLogNormal(MultivariateNormalKind):
    """Log-normal distribution on x > 0 in d dimensions: log x is Normal with mean m and covariance S, P = S^-1.

    T(x) = (log x, packed log x log x^T), h(x) = prod 1/x_j, theta = (P m, -P/2 packed with off-diagonal entries
    doubled), mu = (m, packed S + m m^T). A = m^T P m/2 - log det P/2 + d log(2 pi)/2. Standard parameters: `mean`
    (..., d), `covariance` (..., d, d), of log x. Centred mean coordinates: [m, packed S].
    """

    dimension: int

    def _support(self, x: Rows) -> Iterator[Condition]:
        for k in range(self.dimension):
            yield Condition((x[:, k] > 0) & (x[:, k] < np.inf), "x must be > 0 and finite", x[:, k])

    def _variate(self, x: Rows) -> Rows:
        return np.log(x)

    def _from_variate(self, y: Rows) -> Rows:
        return np.exp(y)

    def _mp_variate(self, x: Any) -> Any:
        import mpmath

        return [mpmath.log(value) for value in x]

    def _log_base_measure(self, x: Rows) -> Rows:
        return np.asarray(-np.log(x).sum(axis=-1))

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        return np.asarray(-gaussian.moments(theta, self.dimension).mean.sum(axis=-1))

    @property
    def _log_base_measure_slope(self) -> Rows | None:
        return np.concatenate([np.full(self.dimension, -1.0), np.zeros(self.size - self.dimension)])

    def _inside_support(self, draws: NDArray[Any]) -> NDArray[Any]:
        return representable.positive(draws)

    def mp_log_base_measure(self, x: Any) -> Any:
        return -sum(self._mp_variate(x))

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        return -sum(mean[: self.dimension])

    @classmethod
    def examples(cls) -> tuple[MultivariateLogNormal, ...]:
        return (cls(2),)
