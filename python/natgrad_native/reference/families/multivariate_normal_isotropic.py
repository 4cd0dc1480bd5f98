# ruff: noqa: D102  (the statements are documented in statements.py)
"""The MultivariateNormalIsotropic family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from .. import boundary
from ..arrays import Rows, average, mean_of_observations
from ..charts import POSITIVE, REAL, Chart
from ..conditions import Condition
from ..conjugate import Conjugate, normal_mean_and_factor
from ..domain_draws import log_uniform, signs
from ..family import Family, Inverse, require_integer
from ..fisher_rao import of_normals
from ..gaussian_parts import Conditional, Marginal
from ..metrics import Diagonal, Metric, Natural
from ..special import HALF_LOG_TWO_PI, ratio_remainder
from .multivariate_normal_gamma import MultivariateNormalGamma


@dataclass(frozen=True)
class MultivariateNormalIsotropic(Family):
    """Normal distribution in d dimensions with covariance v I: theta = (m/v, -1/2v), T(x) = (x, |x|^2), h(x) = 1.

    A = |m|^2/2v + d log(2 pi v)/2, mu = (m, |m|^2 + d v), F = [[v I, 2 v m], [2 v m^T, 2 d v^2 + 4 v |m|^2]]. Standard
    parameters: `mean` (..., d), `variance`. Centred mean coordinates: [m, d v].
    """

    dimension: int

    def __post_init__(self) -> None:
        require_integer(self, "dimension", 1)
        super().__post_init__()

    @classmethod
    def examples(cls) -> tuple[MultivariateNormalIsotropic, ...]:
        return (cls(3),)

    @property
    def names(self) -> tuple[str, ...]:
        return (*(f"precision_times_mean[{j}]" for j in range(self.dimension)), "negative_half_precision")

    @property
    def size(self) -> int:
        return self.dimension + 1

    @property
    def event_shape(self) -> tuple[int, ...]:
        return (self.dimension,)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"mean": (self.dimension,), "variance": ()}

    def _natural_domain(self, theta: Rows) -> Iterator[Condition]:
        yield Condition(theta[:, -1] < 0, "precision must be > 0", -2.0 * theta[:, -1])

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        spread = mu[:, -1] - _square(mu[:, :-1])
        yield Condition(spread > 0, "variance must be > 0", spread)

    def _centred_domain(self, centred: Rows) -> Iterator[Condition]:
        yield Condition(centred[:, -1] > 0, "variance must be > 0", centred[:, -1])

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        yield Condition(standard["variance"] > 0, "variance must be > 0", standard["variance"])

    def _support(self, x: Rows) -> Iterator[Condition]:
        for k in range(self.dimension):
            yield Condition(np.isfinite(x[:, k]), "x must be finite", x[:, k])

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return _natural(standard["mean"], standard["variance"])

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        mean, variance = _moments(theta)
        return {"mean": mean, "variance": variance}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        """diag(1/v, ..., d/2v^2)."""
        _, variance = _moments(theta)
        entries = np.repeat(1.0 / variance[:, None], self.size, axis=-1)
        entries[:, -1] *= 0.5 * self.dimension / variance
        return Diagonal(entries)

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {"mean": REAL, "variance": POSITIVE}

    def _log_partition(self, theta: Rows) -> Rows:
        return np.asarray(-_square(theta[:, :-1]) / (4.0 * theta[:, -1]) - self._log_peak(theta))

    def _log_peak(self, theta: Rows) -> Rows:
        """The log density at the mean, d log(precision / 2 pi)/2."""
        return np.asarray(self.dimension * (0.5 * np.log(-2.0 * theta[:, -1]) - HALF_LOG_TWO_PI))

    def _to_mean(self, theta: Rows) -> Rows:
        mean, variance = _moments(theta)
        return np.concatenate([mean, (_square(mean) + self.dimension * variance)[:, None]], axis=-1)

    def _to_natural(self, mu: Rows) -> Inverse:
        return Inverse.closed_form(_natural(mu[:, :-1], (mu[:, -1] - _square(mu[:, :-1])) / self.dimension))

    def _centred_from_natural(self, theta: Rows) -> Rows:
        mean, variance = _moments(theta)
        return np.concatenate([mean, self.dimension * variance[:, None]], axis=-1)

    def _natural_from_centred(self, centred: Rows) -> Inverse:
        return Inverse.closed_form(_natural(centred[:, :-1], centred[:, -1] / self.dimension))

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return np.concatenate([x, _square(x)[:, None]], axis=-1)

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        """-|x - m|^2/2v - d log(2 pi v)/2."""
        mean, _variance = _moments(theta)
        return np.asarray(theta[:, -1] * _square(x - mean) + self._log_peak(theta))

    def _dual_of_natural(self, theta: Rows) -> Rows:
        return np.asarray(self._log_peak(theta) - 0.5 * self.dimension)

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        """That of the variances, d (u - log(1 + u))/2 with 1 + u the ratio of the precisions, and |m_p - m_q|^2/2v_q.

        precision_q (m_q - m_p) is formed from the differences of the points or from the means, as in Normal.
        """
        d = q - p
        mean_p, _ = _moments(p)
        mean_q, variance = _moments(q)
        turn = 2.0 * d[:, -1:] * mean_p
        precision = -2.0 * q[:, -1:]
        by_points = np.abs(d[:, :-1]) + np.abs(turn) < precision * (np.abs(mean_p) + np.abs(mean_q))
        pull = np.where(by_points, d[:, :-1] + turn, precision * (mean_q - mean_p))
        spread = ratio_remainder(q[:, -1] / p[:, -1], d[:, -1] / p[:, -1])
        return np.asarray(0.5 * (self.dimension * spread + _square(pull) * variance))

    def _fisher(self, theta: Rows) -> Rows:
        mean, v = _moments(theta)
        n, d = self.size, self.dimension
        matrix = np.zeros((len(theta), n, n))
        matrix[:, np.arange(d), np.arange(d)] = v[:, None]
        matrix[:, :-1, -1] = matrix[:, -1, :-1] = 2.0 * v[:, None] * mean
        matrix[:, -1, -1] = 2.0 * d * v * v + 4.0 * v * _square(mean)
        return matrix

    def _fisher_solve(self, theta: Rows, v: Rows, damping: Rows) -> Rows:
        """Eliminating the mean leaves 2 d v^2 + c + 4 v |m|^2 c / (v + c) under damping c."""
        mean, variance = _moments(theta)
        share = variance / (variance + damping)
        pivot = 2.0 * self.dimension * variance**2 + damping * (1.0 + 4.0 * _square(mean) * share)
        last = (v[:, -1] - 2.0 * share * (mean * v[:, :-1]).sum(axis=-1)) / pivot
        first = (v[:, :-1] - 2.0 * (variance * last)[:, None] * mean) / (variance + damping)[:, None]
        return np.concatenate([first, last[:, None]], axis=-1)

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        return np.asarray(np.log(2.0 * self.dimension) - (self.dimension + 2) * np.log(-2.0 * theta[:, -1]))

    def _step_to_boundary(self, theta: Rows, direction: Rows) -> Rows:
        return boundary.positive(-theta[:, -1:], -direction[:, -1:])

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        m, d = mu[:, :-1], direction[:, :-1]
        across = (m * d).sum(axis=-1)
        return boundary.variance_root(mu[:, -1] - _square(m), direction[:, -1] - 2.0 * across, _square(d))

    def _conjugate(self) -> Conjugate:
        """A MultivariateNormalGamma prior of the mean and 1/v."""
        prior = MultivariateNormalGamma(self.dimension)
        return normal_mean_and_factor(prior, np.eye(self.dimension), lambda x: x, "mean and 1 / variance")

    def _marginal_of(self, indices: tuple[int, ...]) -> Marginal:
        places = np.array([*indices, self.dimension], dtype=np.int64)
        return Marginal(MultivariateNormalIsotropic(len(indices)), places, centred=False)

    def _conditional_on(self, given: tuple[int, ...], rest: tuple[int, ...]) -> Conditional:
        left = self._marginal_of(rest)
        return Conditional(left.family, lambda theta, _: left.of(theta))

    def _fisher_rao_distance(self, a: Rows, b: Rows) -> Rows:
        """The hyperbolic distance."""
        return of_normals(a[:, :-1], a[:, -1], b[:, :-1], b[:, -1])

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
        mean, variance = _moments(theta)
        return np.asarray(mean + np.sqrt(variance)[..., None] * rng.standard_normal((*shape, self.dimension)))

    def centred_mean_of_data(self, x: Rows, weights: Rows | None, axis: int) -> Rows:
        """[mean, mean of squared distances from it], in two passes."""
        mean = mean_of_observations(x, weights, axis)
        spread = average((x - np.expand_dims(mean, axis)) ** 2, weights, axis)
        return np.concatenate([mean, spread.sum(axis=-1, keepdims=True)], axis=-1)

    def scipy_twin(self, theta: Rows) -> Any:
        mean, variance = _moments(theta)
        return stats.multivariate_normal(mean, variance * np.eye(self.dimension))

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return _natural(rng.uniform(-3.0, 3.0, (rows, self.dimension)), np.exp(rng.uniform(-2.0, 2.0, rows)))

    def hard_points(self) -> Rows:
        means = np.outer([0.0, 1e8, -1e4, 1e-12, 3.0], np.linspace(1.0, 0.5, self.dimension))
        return _natural(means, np.array([1e-12, 1.0, 1e12, 1e-12, 1e6]))

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        """The variance, and the mean in standard deviations."""
        variance = log_uniform(rng, rows, decades)
        ratio = signs(rng, (rows, self.dimension)) * log_uniform(rng, (rows, self.dimension), decades)
        return np.concatenate([ratio / np.sqrt(variance)[:, None], -0.5 / variance[:, None]], axis=-1)

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        squares = sum(t * t for t in theta[:-1])
        return -squares / (4 * theta[-1]) + self.dimension * mpmath.log(mpmath.pi / -theta[-1]) / 2

    def mp_centred_from_mean(self, mean: Sequence[Any]) -> Sequence[Any]:
        return [*mean[:-1], mean[-1] - sum(m * m for m in mean[:-1])]

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        return [*x, sum(value * value for value in x)]

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        variance = standard["variance"]
        return [*(m / variance for m in standard["mean"]), -1 / (2 * variance)]


def _square(vectors: Rows) -> Rows:
    return np.asarray((vectors * vectors).sum(axis=-1))


def _natural(mean: Rows, variance: Rows) -> Rows:
    return np.concatenate([mean / variance[..., None], -0.5 / variance[..., None]], axis=-1)


def _moments(theta: Rows) -> tuple[Rows, Rows]:
    return theta[..., :-1] / (-2.0 * theta[..., -1:]), -0.5 / theta[..., -1]
