# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Exponential family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from .. import boundary
from ..arrays import Rows
from ..conditions import Condition
from ..domain_draws import log_uniform
from ..family import Family, Inverse
from ..special import ratio_remainder


@dataclass(frozen=True)
class Exponential(Family):
    """Exponential distribution on x >= 0: theta = -rate, T(x) = x, h(x) = 1.

    A = -log(-theta), mu = 1/rate, F = 1/rate^2. Standard parameter: `rate`.
    """

    @property
    def names(self) -> tuple[str, ...]:
        return ("negative_rate",)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"rate": ()}

    def _natural_domain(self, theta: Rows) -> Iterator[Condition]:
        yield Condition(theta[:, 0] < 0, "rate must be > 0", -theta[:, 0])

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        yield Condition(mu[:, 0] > 0, "mean must be > 0", mu[:, 0])

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        yield Condition(standard["rate"] > 0, "rate must be > 0", standard["rate"])

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition((x >= 0) & (x < np.inf), "x must be >= 0 and finite", x)

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return -standard["rate"][:, None]

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {"rate": -theta[:, 0]}

    def _log_partition(self, theta: Rows) -> Rows:
        return -np.log(-theta[:, 0])

    def _to_mean(self, theta: Rows) -> Rows:
        return -1.0 / theta

    def _to_natural(self, mu: Rows) -> Inverse:
        return Inverse.closed_form(-1.0 / mu)

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return x[:, None]

    def _dual_of_natural(self, theta: Rows) -> Rows:
        return np.log(-theta[:, 0]) - 1.0

    def _dual_log_partition(self, mu: Rows) -> Rows:
        return -np.log(mu[:, 0]) - 1.0

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        """Return u - log(1 + u) with 1 + u = rate_q / rate_p."""
        return ratio_remainder(q[:, 0] / p[:, 0], (q[:, 0] - p[:, 0]) / p[:, 0])

    def _fisher(self, theta: Rows) -> Rows:
        return np.asarray((1.0 / theta) ** 2)[:, :, None]

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        return -2.0 * np.log(-theta[:, 0])

    def _step_to_boundary(self, theta: Rows, direction: Rows) -> Rows:
        return boundary.positive(-theta, -direction)

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        return boundary.positive(mu, direction)

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
        return rng.standard_exponential(shape) / -theta[..., 0]

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.expon(scale=-1.0 / theta[0])

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return -np.exp(rng.uniform(-4.0, 4.0, (rows, 1)))

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        return -log_uniform(rng, (rows, 1), decades)

    def hard_points(self) -> Rows:
        return -np.array([[1e-12], [1e-3], [1.0], [1e12]])

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        return -mpmath.log(-theta[0])

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        return [x]

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        return [-standard["rate"]]
