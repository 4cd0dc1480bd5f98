# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Bernoulli family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from .. import boundary, simplex
from ..arrays import Rows
from ..conditions import Condition
from ..domain_draws import log_odds
from ..family import Family, Inverse


@dataclass(frozen=True)
class Bernoulli(Family):
    """Bernoulli distribution on {0, 1}: theta = log p/(1 - p), T(x) = x, h(x) = 1.

    A = log(1 + exp(theta)), mu = p, F = p (1 - p). Standard parameter: `probability`.
    """

    @property
    def names(self) -> tuple[str, ...]:
        return ("log_odds",)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"probability": ()}

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        p = mu[:, 0]
        yield Condition((p > 0) & (p < 1), "probability must be in (0, 1)", p)

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        return self._mean_domain(standard["probability"][:, None])

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition((x == 0) | (x == 1), "x must be 0 or 1", x)

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return np.asarray(special.logit(standard["probability"]))[:, None]

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {"probability": special.expit(theta[:, 0])}

    def _log_partition(self, theta: Rows) -> Rows:
        return np.logaddexp(0.0, theta[:, 0])

    def _to_mean(self, theta: Rows) -> Rows:
        return np.asarray(special.expit(theta))

    def _to_natural(self, mu: Rows) -> Inverse:
        return Inverse.closed_form(special.logit(mu))

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return x[:, None]

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        return -np.logaddexp(0.0, np.where(x == 1, -theta[:, 0], theta[:, 0]))

    def _dual_of_natural(self, theta: Rows) -> Rows:
        """Return p log p + (1 - p) log(1 - p), both terms of one sign."""
        t = theta[:, 0]
        return np.asarray(-(special.expit(t) * np.logaddexp(0.0, -t) + special.expit(-t) * np.logaddexp(0.0, t)))

    def _dual_log_partition(self, mu: Rows) -> Rows:
        p = mu[:, 0]
        return np.asarray(special.xlogy(p, p) + special.xlog1py(1.0 - p, -p))

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        return simplex.kl_divergence(simplex.with_reference(p), simplex.with_reference(q))

    def _fisher(self, theta: Rows) -> Rows:
        return np.asarray(special.expit(theta) * special.expit(-theta))[:, :, None]

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        return -np.logaddexp(0.0, theta[:, 0]) - np.logaddexp(0.0, -theta[:, 0])

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        sides = np.concatenate([mu, 1.0 - mu], axis=-1)
        return boundary.positive(sides, np.concatenate([direction, -direction], axis=-1))

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.int64]:
        return np.asarray((rng.random(shape) < special.expit(theta[..., 0])).astype(np.int64))

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.bernoulli(special.expit(theta[0]))

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return rng.uniform(-5.0, 5.0, (rows, 1))

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        return log_odds(rng, (rows, 1), decades)

    def hard_points(self) -> Rows:
        return np.array([[-700.0], [-40.0], [-1e-12], [0.0], [1e-12], [36.0]])

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        return mpmath.log1p(mpmath.exp(theta[0]))

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        return [x]

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        import mpmath

        p = standard["probability"]
        return [mpmath.log(p / (1 - p))]
