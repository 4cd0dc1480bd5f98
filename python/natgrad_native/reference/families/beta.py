# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Beta family."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .. import boundary, dirichlet_divergence, dirichlet_inverse, dirichlet_maps
from ..arrays import Rows
from ..conditions import Condition
from ..family import Family, Inverse
from ..statements import positive_coordinates


@dataclass(frozen=True)
class Beta(Family):
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

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        room = dirichlet_maps.one_minus_sum_exp(mu)
        yield Condition(room > 0, "sum of exp(E log x) must be < 1", np.exp(mu).sum(axis=-1))

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterable[Condition]:
        return self._natural_domain(self._natural_from_standard(standard))

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition((x > 0) & (x < 1), "x must be in (0, 1)", x)

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return np.stack([standard["alpha"], standard["beta"]], axis=-1)

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {"alpha": theta[:, 0], "beta": theta[:, 1]}

    def _log_partition(self, theta: Rows) -> Rows:
        return dirichlet_maps.log_partition(theta)

    def _to_mean(self, theta: Rows) -> Rows:
        return dirichlet_maps.to_mean(theta)

    def _to_natural(self, mu: Rows) -> Inverse:
        return dirichlet_inverse.to_natural(mu)

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return np.stack([np.log(x), np.log1p(-x)], axis=-1)

    def _log_base_measure(self, x: Rows) -> Rows:
        return -np.log(x) - np.log1p(-x)

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        return np.asarray(-self._to_mean(theta).sum(axis=-1))

    def _dual_of_natural(self, theta: Rows) -> Rows:
        return dirichlet_maps.dual_of_natural(theta)

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        return dirichlet_divergence.kl_divergence(p, q)

    def _fisher(self, theta: Rows) -> Rows:
        return dirichlet_maps.fisher(theta)

    def _fisher_multiply(self, theta: Rows, v: Rows) -> Rows:
        return dirichlet_maps.fisher_multiply(theta, v)

    def _fisher_solve(self, theta: Rows, v: Rows, damping: Rows) -> Rows:
        return dirichlet_maps.fisher_solve(theta, v, damping)

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        return dirichlet_maps.fisher_log_determinant(theta)

    def _step_to_boundary(self, theta: Rows, direction: Rows) -> Rows:
        return boundary.positive(theta, direction)

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        return dirichlet_maps.mean_step_to_boundary(mu, direction)

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
        return np.exp(dirichlet_maps.sample_log(theta, shape, rng)[..., 0])

    def _inside_support(self, draws: NDArray[Any]) -> NDArray[Any]:
        one = draws.dtype.type(1)
        return np.asarray(np.clip(draws, np.finfo(draws.dtype).tiny, np.nextafter(one, 0 * one)))

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.beta(theta[0], theta[1])

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return np.exp(rng.uniform(-2.0, 4.0, (rows, 2)))

    def hard_points(self) -> Rows:
        return np.array([[1e-3, 1e6], [1e6, 1e-3], [1e-8, 1e8], [1e-8, 1e-8], [1e8, 1e8], [1.0, 1.0], [1e-8, 3.0]])

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        return mpmath.loggamma(theta[0]) + mpmath.loggamma(theta[1]) - mpmath.loggamma(theta[0] + theta[1])

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        return -sum(mean)
