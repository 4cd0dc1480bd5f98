# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Categorical family."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import simplex
from ..arrays import Rows
from ..categorical_kind import CategoricalKind, probabilities
from ..conditions import Condition
from ..family import require_integer


@dataclass(frozen=True)
class Categorical(CategoricalKind):
    """Categorical distribution on K >= 2 labels 0, ..., K-1: theta_k = log p_k/p_K, k < K, h(x) = 1.

    T(x) = indicators of the first K-1 labels.

    A = log(1 + sum exp(theta_k)), mu_k = p_k, F = diag(mu) - mu mu^T, F^-1 = diag(1/mu) + 11^T/p_K. Standard
    parameter: `probabilities` (..., K).
    """

    categories: int

    def __post_init__(self) -> None:
        require_integer(self, "categories", 2)
        super().__post_init__()

    @property
    def _number(self) -> int:
        return 1

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        yield from probabilities(mu)
        yield Condition(self._rest(mu) > 0, "sum of probabilities must be < 1", mu.sum(axis=-1))

    def _support(self, x: Rows) -> Iterator[Condition]:
        met = (x >= 0) & (x < self.categories) & (x == np.floor(x))
        yield Condition(met, f"x must be an integer label in 0..{self.categories - 1}", x)

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return np.asarray((x[:, None] == np.arange(self.size)).astype(np.float64))

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        log_p = simplex.log_probabilities(simplex.with_reference(theta))
        return np.take_along_axis(log_p, x.astype(np.int64)[:, None], axis=-1)[:, 0]

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.int64]:
        """Labels by inversion of the cumulative probabilities."""
        flat = simplex.probabilities(simplex.with_reference(theta.reshape(-1, self.size)))
        cumulative = flat.cumsum(axis=-1)[:, :-1].reshape(theta.shape)
        return np.asarray((rng.random(shape)[..., None] >= cumulative).sum(axis=-1, dtype=np.int64))

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        import mpmath

        return [mpmath.mpf(int(x == k)) for k in range(self.size)]

    @classmethod
    def examples(cls) -> tuple[Categorical, ...]:
        return (cls(2), cls(4))
