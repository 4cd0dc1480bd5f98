# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Beta family."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .. import dirichlet_maps, representable
from ..arrays import Rows
from ..beta_kind import BetaKind
from ..conditions import Condition


@dataclass(frozen=True)
class Beta(BetaKind):
    """Beta distribution on (0, 1): theta = (alpha, beta), T(x) = (log x, log(1 - x)), h(x) = 1 / (x (1 - x)).

    A = log B(alpha, beta), mu = (psi(alpha), psi(beta)) - psi(alpha + beta): the Dirichlet family with K = 2, whose
    maps it shares. Standard parameters: `alpha`, `beta`.
    """

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition((x > 0) & (x < 1), "x must be in (0, 1)", x)

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return np.stack([np.log(x), np.log1p(-x)], axis=-1)

    def _log_base_measure(self, x: Rows) -> Rows:
        return -np.log(x) - np.log1p(-x)

    @property
    def _log_base_measure_slope(self) -> Rows | None:
        return np.array([-1.0, -1.0])

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
        return np.exp(dirichlet_maps.sample_log(theta, shape, rng)[..., 0])

    def _inside_support(self, draws: NDArray[Any]) -> NDArray[Any]:
        return representable.between(draws, 0.0, 1.0, open_at_most=True)

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.beta(theta[0], theta[1])

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        import mpmath

        return [mpmath.log(x), mpmath.log1p(-x)]

    def mp_log_base_measure(self, x: Any) -> Any:
        import mpmath

        return -mpmath.log(x) - mpmath.log1p(-x)
