# ruff: noqa: D102  (the statements are documented in statements.py)
"""What the Beta and the Dirichlet family state alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..errors import Status
from . import boundary, conditions, dirichlet_divergence, dirichlet_inverse, dirichlet_maps
from .arrays import Rows, extent_of_observations
from .conditions import Check, Condition
from .domain_draws import log_uniform
from .family import Family, Inverse


class DirichletKind(Family):
    """theta = the shapes, T = the logarithms of proportions, h = 1 / their product."""

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        room = dirichlet_maps.one_minus_sum_exp(mu)
        yield Condition(room > 0, "sum of exp(E log x) must be < 1", np.exp(mu).sum(axis=-1))

    def _log_partition(self, theta: Rows) -> Rows:
        return dirichlet_maps.log_partition(theta)

    def _to_mean(self, theta: Rows) -> Rows:
        return dirichlet_maps.to_mean(theta)

    inverse_method = (
        "Newton with the exact F (Minka 2000, Estimating a Dirichlet distribution, eq. 15-18) from alpha_k = "
        "psi^-1(mu_k + psi(s)), s after two Newton steps on sum alpha_k(s) = s from its limit for large concentrations "
        "(K - 1)/(2 (1 - sum exp mu)) (DLMF 5.11.2); the reference first solves one equation in the largest "
        "concentration, from that limit or half of psi^-1(max mu), whichever is larger"
    )
    most_inverse_iterations = 60

    def _to_natural(self, mu: Rows) -> Inverse:
        return dirichlet_inverse.to_natural(mu)

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

    def centred_mean_of_data(self, x: Rows, weights: Rows | None, axis: int) -> Rows:
        """E log x. Equal observations are refused here: rounding would put their average on either side of the edge."""
        smallest, largest = extent_of_observations(x, weights, axis)
        event_axes = tuple(range(smallest.ndim - len(self.event_shape), smallest.ndim))
        differ, seen = (smallest < largest).any(axis=event_axes), smallest.min(axis=event_axes)
        rule = Condition(differ.reshape(-1), "observations must not all be equal", seen.reshape(-1))
        operation = self._operation("maximum_likelihood")
        conditions.require(operation, differ.size, [Check(rule, Status.OUTSIDE_MEAN_DOMAIN)])
        return super().centred_mean_of_data(x, weights, axis)

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return np.exp(rng.uniform(-2.0, 4.0, (rows, self.size)))

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        return log_uniform(rng, (rows, self.size), decades)

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        return sum(mpmath.loggamma(a) for a in theta) - mpmath.loggamma(sum(theta))

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        return -sum(mean)


def proportions(x: Rows) -> Iterator[Condition]:
    """The conditions on proportions x (rows, K)."""
    for k in range(x.shape[-1]):
        yield Condition((x[:, k] > 0) & (x[:, k] < np.inf), "x must be > 0 and finite", x[:, k])
    total = x.sum(axis=-1)
    # Room for proportions that were rounded to float32.
    yield Condition(np.abs(total - 1.0) <= 1e-6, "x must sum to 1", total)
