# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Binomial family."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from .. import binomial_coefficient, count_entropy, half_line
from ..arrays import Rows
from ..bernoulli_kind import BernoulliKind
from ..conditions import Condition
from ..family import require_integer

# Beyond it not every count is a float64.
MOST_TRIALS = 2**53


@dataclass(frozen=True)
class Binomial(BernoulliKind):
    """Binomial distribution of the successes in n trials: theta = log p/(1 - p), T(x) = x, h(x) = n!/(x! (n - x)!).

    A = n log(1 + exp(theta)), mu = n p, F = n p (1 - p). Standard parameter: `probability`. The entropy is a sum up to
    the variance 48, an asymptotic series above.
    """

    trials: int

    def __post_init__(self) -> None:
        require_integer(self, "trials", 1)
        if self.trials > MOST_TRIALS:
            raise ValueError(f"Binomial: trials must be at most 2^53, got {self.trials}")
        super().__post_init__()

    @property
    def _number(self) -> int:
        return self.trials

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        m = mu[:, 0]
        yield Condition(m > 0, "mean must be > 0", m)
        yield Condition(m < self.trials, f"mean must be < trials = {self.trials}", m)

    def _support(self, x: Rows) -> Iterator[Condition]:
        met = (x >= 0) & (x <= self.trials) & (x == np.floor(x))
        yield Condition(met, f"x must be an integer in 0..{self.trials}", x)

    def _log_base_measure(self, x: Rows) -> Rows:
        return binomial_coefficient.log_coefficient(x, self.trials - x)

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        t = theta[:, 0]
        n, y = float(self.trials), self.trials - x
        p, q = special.expit(t), special.expit(-t)
        inside = (x > 0) & (y > 0)
        a, b = np.where(inside, x, 1.0), np.where(inside, y, 1.0)
        # n p - x, formed from the rarer outcome
        excess = np.where(t < 0, n * p - a, b - n * q)
        deviance = binomial_coefficient.deviance(a, n * p, excess)
        deviance += binomial_coefficient.deviance(b, n * q, -excess)
        edge = -n * np.logaddexp(0.0, np.where(x == 0, t, -t))
        return np.where(inside, binomial_coefficient.log_peak(a, b) - deviance, edge)

    def _entropy(self, theta: Rows) -> Rows:
        t = -np.abs(theta[:, 0])
        mu = self.trials * special.expit(t)
        return count_entropy.entropy(1.0 / self.trials, mu, mu * special.expit(-t), -self.trials * np.log1p(np.exp(t)))

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        return -self._dual_of_natural(theta) - self._entropy(theta)

    @property
    def _log_base_measure_slope(self) -> Rows | None:
        return np.zeros(1) if self.trials == 1 else None

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.int64]:
        return np.asarray(rng.binomial(self.trials, special.expit(theta[..., 0]), size=shape), dtype=np.int64)

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.binom(self.trials, special.expit(theta[0]))

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return rng.uniform(-4.0, 4.0, (rows, 1))

    def hard_points(self) -> Rows:
        return np.array([[-300.0], [-40.0], [-11.0], [-1e-12], [0.0], [1e-12], [11.0], [30.0]])

    @classmethod
    def examples(cls) -> tuple[Binomial, ...]:
        return (cls(7), cls(300))

    def mp_log_base_measure(self, x: Any) -> Any:
        import mpmath

        n = self.trials
        return mpmath.loggamma(n + 1) - mpmath.loggamma(x + 1) - mpmath.loggamma(n - x + 1)

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        """E log h = integral of E(1 - z^x)(1 - z^(n-x)) z/((1 - z) t) dt, z = exp(-t) (DLMF 5.9.19)."""
        import mpmath

        n, p = self.trials, 1 / (1 + mpmath.exp(abs(theta[0])))  # of the rarer outcome
        extra = int(mpmath.log10(n) - 2 * mpmath.log10(p)) + 10
        inner = mpmath.mp.dps

        def integrand(t: Any) -> Any:
            with mpmath.workdps(3 * inner + extra):
                z = mpmath.exp(-t)
                return (1 + z**n - (1 - p + p * z) ** n - (p + (1 - p) * z) ** n) * z / ((1 - z) * t)

        return half_line.mp_integral(integrand, mpmath.mpf(1) / n, 1) if n > 1 else mpmath.mpf(0)
