# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Bernoulli family."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from ..arrays import Rows
from ..bernoulli_kind import BernoulliKind
from ..conditions import Condition


@dataclass(frozen=True)
class Bernoulli(BernoulliKind):
    """Bernoulli distribution on {0, 1}: theta = log p/(1 - p), T(x) = x, h(x) = 1.

    A = log(1 + exp(theta)), mu = p, F = p (1 - p). Standard parameter: `probability`.
    """

    @property
    def _number(self) -> int:
        return 1

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        p = mu[:, 0]
        yield Condition((p > 0) & (p < 1), "probability must be in (0, 1)", p)

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition((x == 0) | (x == 1), "x must be 0 or 1", x)

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        return -np.logaddexp(0.0, np.where(x == 1, -theta[:, 0], theta[:, 0]))

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.int64]:
        return np.asarray((rng.random(shape) < special.expit(theta[..., 0])).astype(np.int64))

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.bernoulli(special.expit(theta[0]))

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return rng.uniform(-5.0, 5.0, (rows, 1))

    def hard_points(self) -> Rows:
        return np.array([[-700.0], [-40.0], [-1e-12], [0.0], [1e-12], [36.0]])
