# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Categorical family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import boundary, linear, simplex
from ..arrays import Rows
from ..conditions import Condition
from ..domain_draws import log_odds
from ..family import Family, Inverse, require_integer

# Probabilities that were rounded to float32 sum to 1 within this.
SUM_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Categorical(Family):
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
    def names(self) -> tuple[str, ...]:
        return tuple(f"log_odds[{k}]" for k in range(self.categories - 1))

    @property
    def size(self) -> int:
        return self.categories - 1

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"probabilities": (self.categories,)}

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        yield from _probabilities(mu)
        total = mu.sum(axis=-1)
        yield Condition(total < 1, "sum of probabilities must be < 1", total)

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        yield from _probabilities(standard["probabilities"])
        total = standard["probabilities"].sum(axis=-1)
        yield Condition(np.abs(total - 1.0) <= SUM_TOLERANCE, "probabilities must sum to 1", total)

    def _support(self, x: Rows) -> Iterator[Condition]:
        met = (x >= 0) & (x < self.categories) & (x == np.floor(x))
        yield Condition(met, f"x must be an integer label in 0..{self.categories - 1}", x)

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        p = standard["probabilities"]
        return np.asarray(np.log(p[:, :-1] / p[:, -1:]))

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {"probabilities": simplex.probabilities(simplex.with_reference(theta))}

    def _log_partition(self, theta: Rows) -> Rows:
        return simplex.log_sum_exp(simplex.with_reference(theta))

    def _to_mean(self, theta: Rows) -> Rows:
        return simplex.probabilities(simplex.with_reference(theta))[:, :-1]

    def _to_natural(self, mu: Rows) -> Inverse:
        return Inverse.closed_form(np.log(mu / (1.0 - mu.sum(axis=-1, keepdims=True))))

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return np.asarray((x[:, None] == np.arange(self.size)).astype(np.float64))

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        log_p = simplex.log_probabilities(simplex.with_reference(theta))
        return np.take_along_axis(log_p, x.astype(np.int64)[:, None], axis=-1)[:, 0]

    def _dual_of_natural(self, theta: Rows) -> Rows:
        """Return sum p_k log p_k, all terms of one sign."""
        log_p = simplex.log_probabilities(simplex.with_reference(theta))
        return np.asarray((np.exp(log_p) * np.maximum(log_p, -1e300)).sum(axis=-1))

    def _dual_log_partition(self, mu: Rows) -> Rows:
        total = mu.sum(axis=-1)
        return np.asarray((mu * np.log(mu)).sum(axis=-1) + (1.0 - total) * np.log1p(-total))

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        return simplex.kl_divergence(simplex.with_reference(p), simplex.with_reference(q))

    def _fisher(self, theta: Rows) -> Rows:
        p = simplex.probabilities(simplex.with_reference(theta))
        mu = p[:, :-1]
        matrix = -mu[:, :, None] * mu[:, None, :]
        index = np.arange(self.size)
        matrix[:, index, index] = mu * simplex.complements(p)[:, :-1]
        return matrix

    def _fisher_multiply(self, theta: Rows, v: Rows) -> Rows:
        """F v = mu_k (v_k - E v)."""
        p = simplex.probabilities(simplex.with_reference(theta))
        return np.asarray(p * simplex.centred(p, simplex.with_reference(v)))[:, :-1]

    def _fisher_solve(self, theta: Rows, v: Rows, damping: Rows) -> Rows:
        p = simplex.probabilities(simplex.with_reference(theta))
        mu, last = p[:, :-1], p[:, -1]
        return linear.solve_diagonal_minus_rank_one(mu, np.ones_like(last), mu, last, v, damping)

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        """Return det F = prod of all K probabilities."""
        return np.asarray(simplex.log_probabilities(simplex.with_reference(theta)).sum(axis=-1))

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        sides = np.concatenate([mu, 1.0 - mu.sum(axis=-1, keepdims=True)], axis=-1)
        return boundary.positive(sides, np.concatenate([direction, -direction.sum(axis=-1, keepdims=True)], axis=-1))

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.int64]:
        """Labels by inversion of the cumulative probabilities."""
        flat = simplex.probabilities(simplex.with_reference(theta.reshape(-1, self.size)))
        cumulative = flat.cumsum(axis=-1)[:, :-1].reshape(theta.shape)
        return np.asarray((rng.random(shape)[..., None] >= cumulative).sum(axis=-1, dtype=np.int64))

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return rng.uniform(-3.0, 3.0, (rows, self.size))

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        return log_odds(rng, (rows, self.size), decades)

    def hard_points(self) -> Rows:
        ramp = np.linspace(0.0, 1.0, self.size)
        return np.array([low + (high - low) * ramp for low, high in LOGIT_RANGES])

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        return mpmath.log1p(sum(mpmath.exp(t) for t in theta))

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        import mpmath

        return [mpmath.mpf(int(x == k)) for k in range(self.size)]

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        import mpmath

        p = standard["probabilities"]
        return [mpmath.log(part / p[-1]) for part in p[:-1]]

    @classmethod
    def examples(cls) -> tuple[Categorical, ...]:
        return (cls(2), cls(4))


# First and last logit; the others lie between.
LOGIT_RANGES = ((-300.0, -300.0), (30.0, -300.0), (-30.0, 36.0), (0.0, 0.0), (1e-12, -1e-12), (200.0, -5.0))


def _probabilities(p: Rows) -> Iterator[Condition]:
    met = (p > 0) & (p < 1)
    for k in np.flatnonzero(~met.all(axis=0)):
        yield Condition(met[:, k], "probability must be in (0, 1)", p[:, k])
