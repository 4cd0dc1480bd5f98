# ruff: noqa: D102  (the statements are documented in statements.py)
"""What the Categorical and the Multinomial family state alike: counts of K categories in n trials."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from . import boundary, linear, pair, simplex
from .arrays import Rows
from .charts import Chart
from .conditions import Condition
from .conjugate import Conjugate, proportions
from .domain_draws import log_odds
from .families.dirichlet import Dirichlet
from .family import Family, Inverse
from .fisher_rao import of_logits
from .metrics import DiagonalPlusConstant, Metric, Natural

# Probabilities that were rounded to float32 sum to 1 within this.
SUM_TOLERANCE = 1e-6


class CategoricalKind(Family):
    """theta_k = log p_k/p_K, k < K, A = n log(1 + sum exp(theta_k)), mu = n p."""

    categories: int

    @property
    @abstractmethod
    def _number(self) -> int:
        """Return n."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"log_odds[{k}]" for k in range(self.categories - 1))

    @property
    def size(self) -> int:
        return self.categories - 1

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"probabilities": (self.categories,)}

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        yield from probabilities(standard["probabilities"])
        total = standard["probabilities"].sum(axis=-1)
        yield Condition(np.abs(total - 1.0) <= SUM_TOLERANCE, "probabilities must sum to 1", total)

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        p = standard["probabilities"]
        return np.asarray(np.log(p[:, :-1] / p[:, -1:]))

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {"probabilities": simplex.probabilities(simplex.with_reference(theta))}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        """N (diag(1/p_k) + 1 1^T/p_K) for k < K."""
        p = simplex.probabilities(simplex.with_reference(theta))
        return DiagonalPlusConstant(self._number / p[:, :-1], self._number / p[:, -1])

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {}

    def _log_partition(self, theta: Rows) -> Rows:
        return self._number * simplex.log_sum_exp(simplex.with_reference(theta))

    def _to_mean(self, theta: Rows) -> Rows:
        return self._number * simplex.probabilities(simplex.with_reference(theta))[:, :-1]

    def _to_natural(self, mu: Rows) -> Inverse:
        p = mu / self._number
        return Inverse.closed_form(np.log(p / (self._rest(mu)[:, None] / self._number)))

    def _rest(self, mu: Rows) -> Rows:
        """What the means leave of n, to the last digit where that is next to nothing."""
        rest = self._number - mu.sum(axis=-1)
        lost = np.abs(rest) <= 4.0 * self.categories * np.finfo(np.float64).eps * self._number
        high, low = pair.one_less(np.concatenate([mu[lost], np.full((lost.sum(), 1), 1.0 - self._number)], axis=-1))
        rest[lost] = high + low
        return np.asarray(rest)

    def _dual_of_natural(self, theta: Rows) -> Rows:
        """N sum p_k log p_k, all terms of one sign."""
        log_p = simplex.log_probabilities(simplex.with_reference(theta))
        return np.asarray(self._number * (np.exp(log_p) * np.maximum(log_p, -1e300)).sum(axis=-1))

    def _dual_log_partition(self, mu: Rows) -> Rows:
        p = mu / self._number
        last = self._rest(mu) / self._number
        log_last = np.where(last < 0.5, np.log(last), np.log1p(-p.sum(axis=-1)))
        return np.asarray(self._number * ((p * np.log(p)).sum(axis=-1) + last * log_last))

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        return self._number * simplex.kl_divergence(simplex.with_reference(p), simplex.with_reference(q))

    def _fisher(self, theta: Rows) -> Rows:
        p = simplex.probabilities(simplex.with_reference(theta))
        share = p[:, :-1]
        matrix = -share[:, :, None] * share[:, None, :]
        index = np.arange(self.size)
        matrix[:, index, index] = share * simplex.complements(p)[:, :-1]
        return self._number * matrix

    def _fisher_multiply(self, theta: Rows, v: Rows) -> Rows:
        """F v = mu_k (v_k - E v)."""
        p = simplex.probabilities(simplex.with_reference(theta))
        return np.asarray(self._number * p * simplex.centred(p, simplex.with_reference(v)))[:, :-1]

    def _fisher_solve(self, theta: Rows, v: Rows, damping: Rows) -> Rows:
        p = simplex.probabilities(simplex.with_reference(theta))
        share, last = p[:, :-1], p[:, -1]
        scale = np.full_like(last, float(self._number))
        return linear.solve_diagonal_minus_rank_one(self._number * share, scale, share, last, v, damping)

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        """Return det F = n^(K-1) times the product of all K probabilities."""
        logs = simplex.log_probabilities(simplex.with_reference(theta)).sum(axis=-1)
        return np.asarray(logs + self.size * np.log(self._number))

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        sides = np.concatenate([mu, self._number - mu.sum(axis=-1, keepdims=True)], axis=-1)
        return boundary.positive(sides, np.concatenate([direction, -direction.sum(axis=-1, keepdims=True)], axis=-1))

    def _conjugate(self) -> Conjugate:
        """A Dirichlet prior of the probabilities."""
        prior = Dirichlet(self.size + 1)
        return proportions(prior, self._number, "probabilities", self._sufficient_statistics)

    def _fisher_rao_distance(self, a: Rows, b: Rows) -> Rows:
        """Return 2 sqrt(n) acos sum sqrt(p_k q_k)."""
        return np.asarray(np.sqrt(self._number) * of_logits(simplex.with_reference(a), simplex.with_reference(b)))

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return rng.uniform(-3.0, 3.0, (rows, self.size))

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        return log_odds(rng, (rows, self.size), decades)

    def hard_points(self) -> Rows:
        ramp = np.linspace(0.0, 1.0, self.size)
        return np.array([low + (high - low) * ramp for low, high in LOGIT_RANGES])

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        return self._number * mpmath.log1p(sum(mpmath.exp(t) for t in theta))

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        import mpmath

        p = standard["probabilities"]
        return [mpmath.log(part / p[-1]) for part in p[:-1]]


# First and last logit; the others lie between.
LOGIT_RANGES = ((-300.0, -300.0), (30.0, -300.0), (-30.0, 36.0), (0.0, 0.0), (1e-12, -1e-12), (200.0, -5.0))


def probabilities(p: Rows) -> Iterator[Condition]:
    """The condition that a coordinate is a probability, for each coordinate that some row breaks it in."""
    met = (p > 0) & (p < 1)
    for k in np.flatnonzero(~met.all(axis=0)):
        yield Condition(met[:, k], "probability must be in (0, 1)", p[:, k])
