# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Geometric family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .. import count_draws
from ..arrays import Rows
from ..negative_binomial_kind import NegativeBinomialKind


@dataclass(frozen=True)
class Geometric(NegativeBinomialKind):
    """Geometric distribution of the failures before the first success: theta = log(1 - p) < 0, T(x) = x, h(x) = 1.

    A = -log(1 - exp(theta)), mu = (1 - p)/p, F = (1 - p)/p^2. Standard parameter: `probability` of a success.
    """

    @property
    def _number(self) -> float:
        return 1.0

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[Any]:
        """The whole part of an Exponential of rate -theta, which is k or more with probability (1 - p)^k."""
        return count_draws.integers(np.floor(rng.standard_exponential(shape) / -theta[..., 0]))

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.geom(-np.expm1(theta[0]), loc=-1)

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return -np.exp(rng.uniform(-4.0, 1.0, (rows, 1)))

    def hard_points(self) -> Rows:
        return -np.array([[1e-14], [1e-8], [1e-3], [1.0], [30.0], [690.0]])
