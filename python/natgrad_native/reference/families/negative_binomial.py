# ruff: noqa: D102  (the statements are documented in statements.py)
"""The NegativeBinomial family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .. import binomial_coefficient, count_draws, half_line, log_series, negative_binomial_entropy
from ..arrays import Rows
from ..family import require_real
from ..negative_binomial_kind import NegativeBinomialKind


@dataclass(frozen=True)
class NegativeBinomial(NegativeBinomialKind):
    """NegativeBinomial distribution of the failures before the r-th success, r > 0 real: theta = log(1 - p) < 0.

    T(x) = x, h(x) = Gamma(x + r)/(Gamma(r) x!), A = -r log(1 - exp(theta)), mu = r (1 - p)/p, F = r (1 - p)/p^2.
    Standard parameter: `probability` of a success. The entropy is an integral below 64 successes; above, a sum up to
    the variance 128 and an asymptotic series from there on.
    """

    successes: float

    def __post_init__(self) -> None:
        require_real(self, "successes", 0.0)
        super().__post_init__()

    @property
    def _number(self) -> float:
        return self.successes

    def _log_base_measure(self, x: Rows) -> Rows:
        r = np.full_like(x, self.successes)
        return np.asarray(binomial_coefficient.log_coefficient(x, r) - np.log1p(x / r))

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        t = theta[:, 0]
        r, a = np.full_like(x, self.successes), np.maximum(x, 1.0)
        # With n = x + r: n q - x = (1 - q)(mu - x).
        excess = -np.expm1(t) * (self._to_mean(theta)[:, 0] - a)
        deviance = binomial_coefficient.deviance(a, (a + r) * np.exp(t), excess)
        deviance += binomial_coefficient.deviance(r, (a + r) * -np.expm1(t), -excess)
        inside = binomial_coefficient.log_peak(a, r) - np.log1p(a / r) - deviance
        return np.where(x > 0, inside, -self._log_partition(theta))

    def _entropy(self, theta: Rows) -> Rows:
        t, mu = theta[:, 0], self._to_mean(theta)[:, 0]
        return negative_binomial_entropy.entropy(self.successes, t, log_series.odds(t), mu, self._log_partition(theta))

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        return -self._dual_of_natural(theta) - self._entropy(theta)

    @property
    def _log_base_measure_slope(self) -> Rows | None:
        return np.zeros(1) if self.successes == 1.0 else None

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[Any]:
        """Poisson counts of a Gamma rate, as NumPy's, which refuses the odds of a very small p."""
        return count_draws.poisson(rng, rng.standard_gamma(self.successes, shape) / np.expm1(-theta[..., 0]))

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.nbinom(self.successes, -np.expm1(theta[0]))

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        """Means of 0.2 to 9."""
        return -np.log1p(self.successes * np.exp(rng.uniform(-2.2, 1.6, (rows, 1))))

    def hard_points(self) -> Rows:
        return -np.array([[1e-14], [1e-8], [1e-3], [0.7], [1.0], [30.0], [690.0]])

    @classmethod
    def examples(cls) -> tuple[NegativeBinomial, ...]:
        return (cls(2.5), cls(0.3), cls(70.0))

    def mp_log_base_measure(self, x: Any) -> Any:
        import mpmath

        r = mpmath.mpf(self.successes)
        return mpmath.loggamma(x + r) - mpmath.loggamma(r) - mpmath.loggamma(x + 1)

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        """E log h = integral of E(1 - z^x) (z - z^r)/((1 - z) t) dt, z = exp(-t) (DLMF 5.9.19)."""
        import mpmath

        r = mpmath.mpf(self.successes)
        m = -mpmath.exp(theta[0]) / mpmath.expm1(theta[0])

        def integrand(t: Any) -> Any:
            s = -mpmath.expm1(-t)
            seen = -mpmath.expm1(-r * mpmath.log1p(m * s))
            return seen * mpmath.exp(-t) * -mpmath.expm1((1 - r) * t) / (s * t)

        return half_line.mp_integral(integrand, 1 / (1 + m + r + m * r), 1 + 1 / r)
