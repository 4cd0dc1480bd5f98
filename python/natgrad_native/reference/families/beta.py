# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Beta family."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .. import dirichlet_maps
from ..arrays import Rows
from ..conditions import Condition
from ..dirichlet_kind import DirichletKind
from ..statements import positive_coordinates


@dataclass(frozen=True)
class Beta(DirichletKind):
    """Beta distribution on (0, 1): theta = (alpha, beta), T(x) = (log x, log(1 - x)), h(x) = 1 / (x (1 - x)).

    A = log B(alpha, beta), mu = (psi(alpha), psi(beta)) - psi(alpha + beta): the Dirichlet family with K = 2, whose
    maps it shares. Standard parameters: `alpha`, `beta`.
    """

    @property
    def names(self) -> tuple[str, ...]:
        return ("alpha", "beta")

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"alpha": (), "beta": ()}

    def _natural_domain(self, theta: Rows) -> Iterator[Condition]:
        yield from positive_coordinates(theta[:, :1], "alpha must be > 0")
        yield from positive_coordinates(theta[:, 1:], "beta must be > 0")

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterable[Condition]:
        return self._natural_domain(self._natural_from_standard(standard))

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition((x > 0) & (x < 1), "x must be in (0, 1)", x)

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return np.stack([standard["alpha"], standard["beta"]], axis=-1)

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {"alpha": theta[:, 0], "beta": theta[:, 1]}

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return np.stack([np.log(x), np.log1p(-x)], axis=-1)

    def _log_base_measure(self, x: Rows) -> Rows:
        return -np.log(x) - np.log1p(-x)

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
        return np.exp(dirichlet_maps.sample_log(theta, shape, rng)[..., 0])

    def _inside_support(self, draws: NDArray[Any]) -> NDArray[Any]:
        one = draws.dtype.type(1)
        return np.asarray(np.clip(draws, np.finfo(draws.dtype).tiny, np.nextafter(one, 0 * one)))

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.beta(theta[0], theta[1])

    def hard_points(self) -> Rows:
        return np.array([[1e-3, 1e6], [1e6, 1e-3], [1e-8, 1e8], [1e-8, 1e-8], [1e8, 1e8], [1.0, 1.0], [1e-8, 3.0]])

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        import mpmath

        return [mpmath.log(x), mpmath.log1p(-x)]

    def mp_log_base_measure(self, x: Any) -> Any:
        return -sum(self.mp_sufficient_statistics(x))

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        return [standard["alpha"], standard["beta"]]
