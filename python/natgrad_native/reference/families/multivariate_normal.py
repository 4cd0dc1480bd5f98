# ruff: noqa: D102  (the statements are documented in statements.py)
"""The MultivariateNormal family."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from .. import gaussian
from ..arrays import Rows
from ..conditions import Condition
from ..multivariate_normal_kind import MultivariateNormalKind


@dataclass(frozen=True)
class MultivariateNormal(MultivariateNormalKind):
    """Normal distribution on R^d with mean m, covariance S, precision P = S^-1: T(x) = (x, packed x x^T), h(x) = 1.

    theta = (P m, -P/2 packed with off-diagonal entries doubled), mu = (m, packed S + m m^T), packed = lower triangle
    row by row. A = m^T P m/2 - log det P/2 + d log(2 pi)/2. Standard parameters: `mean` (..., d), `covariance` (...,
    d, d). Centred mean coordinates: [m, packed S].
    """

    dimension: int

    def _support(self, x: Rows) -> Iterator[Condition]:
        for k in range(self.dimension):
            yield Condition(np.isfinite(x[:, k]), "x must be finite", x[:, k])

    def _variate(self, x: Rows) -> Rows:
        return x

    def _from_variate(self, y: Rows) -> Rows:
        return y

    def _mp_variate(self, x: Any) -> Any:
        return x

    def scipy_twin(self, theta: Rows) -> Any:
        point = gaussian.moments(theta[None], self.dimension)
        return stats.multivariate_normal(point.mean[0], point.covariance[0])

    @classmethod
    def examples(cls) -> tuple[MultivariateNormal, ...]:
        return (cls(1), cls(3))
