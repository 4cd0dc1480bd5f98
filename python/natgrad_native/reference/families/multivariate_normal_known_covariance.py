# ruff: noqa: D102  (the statements are documented in statements.py)
"""The MultivariateNormalKnownCovariance family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from ..arrays import Rows
from ..family import require_covariance
from ..known_covariance import KnownCovariance


@dataclass(frozen=True)
class MultivariateNormalKnownCovariance(KnownCovariance):
    """Normal distribution on R^d of known covariance S: theta = S^-1 mean, T(x) = x, h(x) = exp(-x^T S^-1 x / 2).

    A = theta^T S theta/2 + log det(2 pi S)/2, mu = mean, F = S. Standard parameter: `mean` (..., d).
    """

    covariance: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        require_covariance(self, "covariance")
        super().__post_init__()

    @classmethod
    def examples(cls) -> tuple[MultivariateNormalKnownCovariance, ...]:
        return (cls(((2.0, 0.5, -0.25), (0.5, 1.0, 0.125), (-0.25, 0.125, 0.5))),)

    @property
    def size(self) -> int:
        return len(self._u)

    @property
    def event_shape(self) -> tuple[int, ...]:
        return (len(self.covariance),)

    @property
    def _u(self) -> Rows:
        return np.array(self.covariance)

    @property
    def _v(self) -> Rows:
        return np.ones((1, 1))

    def _of_rows(self, u: Rows) -> MultivariateNormalKnownCovariance:
        return MultivariateNormalKnownCovariance(tuple(map(tuple, u.tolist())))

    def scipy_twin(self, theta: Rows) -> Any:
        mean = self._standard_from_natural(theta[None])["mean"][0]
        return stats.multivariate_normal(mean, self._u)
