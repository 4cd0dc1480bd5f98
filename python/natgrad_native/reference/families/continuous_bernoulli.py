# ruff: noqa: D102  (the statements are documented in statements.py)
"""The ContinuousBernoulli family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .. import boundary, bregman
from ..arrays import Rows
from ..charts import Chart
from ..conditions import Condition
from ..domain_draws import log_uniform, signs
from ..family import Family, Inverse
from ..metrics import Metric, Natural
from ..truncated_exponential import average, law, rate_from_mean


@dataclass(frozen=True)
class ContinuousBernoulli(Family):
    """Continuous Bernoulli distribution on [0, 1]: theta = log p/(1 - p), T(x) = x, h(x) = 1.

    A = log((exp(theta) - 1)/theta), mu = 1/(1 - exp(-theta)) - 1/theta (Loaiza-Ganem and Cunningham 2019, The
    continuous Bernoulli: fixing a pervasive error in variational autoencoders). Standard parameter: `probability`.
    For theta = -y it is the exponential law of rate y cut off at 1, for theta = y that of 1 - x.
    """

    @property
    def names(self) -> tuple[str, ...]:
        return ("log_odds",)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"probability": ()}

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        yield Condition((mu[:, 0] > 0) & (mu[:, 0] < 1), "mean must be in (0, 1)", mu[:, 0])

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        p = standard["probability"]
        yield Condition((p > 0) & (p < 1), "probability must be in (0, 1)", p)

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition((x >= 0) & (x <= 1), "x must be in [0, 1]", x)

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        p = standard["probability"]
        return np.asarray(np.log(p) - np.log1p(-p))[:, None]

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {"probability": special.expit(theta[:, 0])}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        p, q = special.expit(theta), special.expit(-theta)
        return natural.along(1.0 / (p * q))

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {}

    def _log_partition(self, theta: Rows) -> Rows:
        return law(np.abs(theta[:, 0])).log_partition + np.maximum(theta[:, 0], 0.0)

    def _to_mean(self, theta: Rows) -> Rows:
        mean = law(np.abs(theta[:, 0])).mean
        return np.where(theta > 0, 1.0 - mean[:, None], mean[:, None])

    inverse_method = (
        "Newton on 1/mean, almost linear in the rate, from the inverse Langevin function within 0.3% (Kroeger 2015, "
        "Simple, admissible, and accurate approximants of the inverse Langevin and Brillouin functions)"
    )
    most_inverse_iterations = 4

    def _to_natural(self, mu: Rows) -> Inverse:
        m = mu[:, 0]
        rate, iterations, converged = rate_from_mean(np.minimum(m, 1.0 - m), np.abs(m - 0.5))
        return Inverse(np.where(m > 0.5, rate, -rate)[:, None], iterations, converged)

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return x[:, None]

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        y = np.abs(theta[:, 0])
        return np.asarray(-y * np.where(theta[:, 0] > 0, 1.0 - x, x) - law(y).log_partition)

    def _dual_of_natural(self, theta: Rows) -> Rows:
        return -law(np.abs(theta[:, 0])).entropy

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        """The Bregman divergence of A, reflected so that p = -a <= 0, where no two large terms cancel.

        A(q) - A(p) is max(q, 0) and the log of a ratio; by quadrature where F changes little from p to q.
        """
        a, q0 = np.abs(p[:, 0]), np.where(p[:, 0] > 0, -q[:, 0], q[:, 0])
        b, step = np.abs(q0), q0 + a
        value = np.maximum(q0, 0.0) + np.log(average(b) / average(a)) - step * law(a).mean
        low, high = np.minimum(a, b), np.maximum(a, b)
        close = (high <= 2.0) | ((q0 < 0) & (high <= 1.5 * low))
        start, move = -a[close, None], step[close, None]
        value[close] = bregman.curvature_integral(lambda x, d: self._fisher(x)[:, 0, 0] * d[:, 0] ** 2, start, move)
        return np.maximum(value, 0.0)

    def _fisher(self, theta: Rows) -> Rows:
        return law(np.abs(theta[:, 0])).variance[:, None, None]

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        return law(np.abs(theta[:, 0])).log_variance

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        sides = np.concatenate([mu, 1.0 - mu], axis=-1)
        return boundary.positive(sides, np.concatenate([direction, -direction], axis=-1))

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
        """By the inverse of the distribution function."""
        y = np.maximum(np.abs(theta[..., 0]), np.finfo(np.float64).tiny)
        x = -np.log1p(rng.random(shape) * np.expm1(-y)) / y
        return np.asarray(np.where(theta[..., 0] > 0, 1.0 - x, x))

    def _inside_support(self, draws: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(np.clip(draws, 0.0, 1.0), dtype=draws.dtype)

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return rng.uniform(-8.0, 8.0, (rows, 1))

    def hard_points(self) -> Rows:
        return np.array([[-1e12], [-700.0], [-4.0], [-1e-12], [1e-6], [4.001], [36.0], [1e9]])

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        return signs(rng, (rows, 1)) * log_uniform(rng, (rows, 1), decades)

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        t = theta[0]
        return mpmath.log(mpmath.expm1(t) / t) if t else mpmath.mpf(0)

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        return [x]

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        import mpmath

        p = standard["probability"]
        return [mpmath.log(p) - mpmath.log1p(-p) if p < 1 else mpmath.inf]
