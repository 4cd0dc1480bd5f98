# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Multinomial family."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .. import count_entropy, count_vectors, factorial_excess, half_line, simplex
from ..arrays import Rows
from ..categorical_kind import CategoricalKind
from ..conditions import Condition
from ..family import require_integer
from ..statements import positive_coordinates

# Beyond it not every count is a float64.
MOST_TRIALS = 2**53


@dataclass(frozen=True)
class Multinomial(CategoricalKind):
    """Multinomial distribution of K >= 2 counts that sum to n: theta_k = log p_k/p_K, k < K, h(x) = n!/prod x_k!.

    T(x) = counts of the first K-1 categories, A = n log(1 + sum exp(theta_k)), mu = n p, F = diag(mu) - mu mu^T/n,
    F^-1 = diag(1/mu) + 11^T/(n p_K). Standard parameter: `probabilities` (..., K). The entropy is that of a Binomial,
    whether the most probable category occurs, and what the others add (factorial_excess.py).
    """

    trials: int
    categories: int

    def __post_init__(self) -> None:
        require_integer(self, "trials", 1)
        require_integer(self, "categories", 2)
        if self.trials > MOST_TRIALS:
            raise ValueError(f"Multinomial: trials must be at most 2^53, got {self.trials}")
        super().__post_init__()

    @property
    def _number(self) -> int:
        return self.trials

    @property
    def event_shape(self) -> tuple[int, ...]:
        return (self.categories,)

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        yield from positive_coordinates(mu, "mean must be > 0")
        rule = f"sum of means must be < trials = {self.trials}"
        yield Condition(self._rest(mu) > 0, rule, mu.sum(axis=-1))

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield from count_vectors.counts(x)
        total = x.sum(axis=-1)
        yield Condition(total == self.trials, f"x must sum to trials = {self.trials}", total)

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return x[:, :-1]

    def _log_base_measure(self, x: Rows) -> Rows:
        return count_vectors.log_coefficient(x)

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        n = float(self.trials)
        log_p = simplex.log_probabilities(simplex.with_reference(theta))
        mass = count_vectors.log_mass(np.full(len(x), n), x, np.exp(log_p))
        # All in one category: log p_k n times, which may be far below rounding of the terms above.
        rows, most = np.arange(len(x)), x.argmax(axis=-1)
        return np.where(x[rows, most] == n, n * log_p[rows, most], mass)

    def _entropy(self, theta: Rows) -> Rows:
        n = self.trials
        log_p = simplex.log_probabilities(simplex.with_reference(theta))
        p = np.exp(log_p)
        rows, lead = np.arange(len(p)), p.argmax(axis=-1)
        others = p.copy()
        others[rows, lead] = 0.0
        rest = others.sum(axis=-1)  # of all but the most probable
        rarer = np.minimum(rest, p[rows, lead])
        variance = np.where(rarer > 0, n * rest * p[rows, lead], 1.0)
        answer = count_entropy.entropy(1.0 / n, n * rarer, variance, n * np.log1p(-rarer))
        for k in range(self.categories):
            answer += factorial_excess.binomial(n, others[:, k], np.log1p(-others[:, k]))
        return np.asarray(answer - factorial_excess.binomial(n, rest, log_p[rows, lead]))

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        return -self._dual_of_natural(theta) - self._entropy(theta)

    @property
    def _log_base_measure_slope(self) -> Rows | None:
        return np.zeros(self.size) if self.trials == 1 else None

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.int64]:
        p = simplex.probabilities(simplex.with_reference(theta.reshape(-1, self.size)))
        p = p.reshape(*theta.shape[:-1], self.categories)
        return np.asarray(rng.multinomial(self.trials, p, size=shape), dtype=np.int64)

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.multinomial(self.trials, simplex.probabilities(simplex.with_reference(theta[None]))[0])

    @classmethod
    def examples(cls) -> tuple[Multinomial, ...]:
        return (cls(7, 3), cls(1000, 5))

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        return list(x)[:-1]

    def mp_log_base_measure(self, x: Any) -> Any:
        import mpmath

        return mpmath.loggamma(self.trials + 1) - sum(mpmath.loggamma(part + 1) for part in x)

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        """E log h = integral of (sum of 1 - E z^x_k, less 1 - z^n) z/((1 - z) t) dt, z = exp(-t) (DLMF 5.9.19)."""
        import mpmath

        n = self.trials
        if n == 1:
            return mpmath.mpf(0)
        inner = mpmath.mp.dps
        spread = max(max(theta), 0) - min(min(theta), 0)
        extra = int(mpmath.log10(n) + 2 * spread / mpmath.log(10)) + 10
        with mpmath.workdps(3 * inner + extra):
            powers = [mpmath.exp(t) for t in theta] + [mpmath.mpf(1)]
            whole = sum(powers)
            p = [power / whole for power in powers]

        def integrand(t: Any) -> Any:
            with mpmath.workdps(3 * inner + extra):
                z = mpmath.exp(-t)
                seen = sum(1 - (1 - part + part * z) ** n for part in p)
                return (seen - (1 - z**n)) * z / ((1 - z) * t)

        return half_line.mp_integral(integrand, mpmath.mpf(1) / n, 1)
