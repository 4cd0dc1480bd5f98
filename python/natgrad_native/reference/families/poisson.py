# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Poisson family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from .. import boundary, count_draws, poisson_entropy
from ..arrays import Rows
from ..charts import Chart
from ..conditions import Condition
from ..conjugate import Conjugate, poisson_rate
from ..domain_draws import log_uniform
from ..family import Family, Inverse
from ..fisher_rao import of_log_rates
from ..metrics import Metric, Natural
from ..special import expm1_remainder
from .gamma import Gamma


@dataclass(frozen=True)
class Poisson(Family):
    """Poisson distribution on {0, 1, ...}: theta = log rate, T(x) = x, h(x) = 1/x!.

    A = exp(theta), mu = rate, F = rate. Standard parameter: `rate`. The entropy is a sum of positive terms up to rate
    64, an asymptotic series above.
    """

    @property
    def names(self) -> tuple[str, ...]:
        return ("log_rate",)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"rate": ()}

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        yield Condition(mu[:, 0] > 0, "mean must be > 0", mu[:, 0])

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        yield Condition(standard["rate"] > 0, "rate must be > 0", standard["rate"])

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition((x >= 0) & (x == np.floor(x)) & (x < np.inf), "x must be a non-negative integer", x)

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return np.log(standard["rate"])[:, None]

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {"rate": np.exp(theta[:, 0])}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        return natural.along(np.exp(-theta))

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {}

    def _log_partition(self, theta: Rows) -> Rows:
        return np.exp(theta[:, 0])

    def _to_mean(self, theta: Rows) -> Rows:
        return np.exp(theta)

    def _to_natural(self, mu: Rows) -> Inverse:
        return Inverse.closed_form(np.log(mu))

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return x[:, None]

    def _log_base_measure(self, x: Rows) -> Rows:
        return np.asarray(-special.gammaln(x + 1.0))

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        return -poisson_entropy.expected_log_factorial(theta[:, 0])

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        return -poisson_entropy.surprise(x, theta[:, 0], np.exp(theta[:, 0]))

    def _dual_of_natural(self, theta: Rows) -> Rows:
        return np.exp(theta[:, 0]) * (theta[:, 0] - 1.0)

    def _dual_log_partition(self, mu: Rows) -> Rows:
        return mu[:, 0] * (np.log(mu[:, 0]) - 1.0)

    def _entropy(self, theta: Rows) -> Rows:
        return poisson_entropy.entropy(theta[:, 0])

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        """rate_p (exp(d) - 1 - d), d = theta_q - theta_p."""
        d = q[:, 0] - p[:, 0]
        rate = np.exp(p[:, 0])
        rate_q = np.exp(q[:, 0])
        far = np.where(np.isinf(rate_q), np.inf, rate_q - rate * (1.0 + d))
        return np.where(d < 1.0, rate * expm1_remainder(np.minimum(d, 1.0)), far)

    def _fisher(self, theta: Rows) -> Rows:
        return np.exp(theta)[:, :, None]

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        return theta[:, 0].copy()

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        return boundary.positive(mu, direction)

    def _conjugate(self) -> Conjugate:
        """A Gamma prior of the rate."""
        return poisson_rate(Gamma())

    def _fisher_rao_distance(self, a: Rows, b: Rows) -> Rows:
        """Return 2 |sqrt rate_b - sqrt rate_a|."""
        return of_log_rates(a[:, 0], b[:, 0])

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[Any]:
        return count_draws.poisson(rng, np.broadcast_to(np.exp(theta[..., 0]), shape))

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.poisson(np.exp(theta[0]))

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return rng.uniform(-3.0, 5.0, (rows, 1))

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        return np.log(log_uniform(rng, (rows, 1), decades))

    def hard_points(self) -> Rows:
        return np.asarray(np.log(np.array([[1e-12], [1e-3], [63.9], [64.1], [1e15]])))

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        return mpmath.exp(theta[0])

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        return [x]

    def mp_log_base_measure(self, x: Any) -> Any:
        import mpmath

        return -mpmath.loggamma(x + 1)

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        import mpmath

        return [mpmath.log(standard["rate"])]

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        """-E log x! = integral over s in (0, 1) of (1 - rate s - exp(-rate s)) / (-s log(1 - s)) ds.

        DLMF 5.9.19 for log Gamma with s = 1 - exp(-t) and E (1 - s)^x = exp(-rate s).
        """
        import mpmath

        rate = mean[0]

        def integrand(s: Any) -> Any:
            return (mpmath.expm1(-rate * s) + rate * s) / (s * mpmath.log1p(-s))

        decades = range(-3, max(-2, int(mpmath.ceil(mpmath.log10(rate)))))
        inner = [point for point in (mpmath.mpf(10) ** k / rate for k in decades) if point < 0.5]
        return mpmath.quad(integrand, [0, *inner, 0.5, 1])
