# ruff: noqa: D102  (the statements are documented in statements.py)
"""What the families share in which a function of x is Normal."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from . import boundary, linear
from .arrays import Rows, average, mean_of_observations
from .charts import POSITIVE, REAL, Chart
from .conditions import Condition
from .conjugate import Conjugate, normal_mean_and_variance
from .domain_draws import log_uniform, signs
from .families.normal_gamma import NormalGamma
from .families.normal_inverse_gamma import NormalInverseGamma
from .family import Family, Inverse
from .fisher_rao import of_normals
from .metrics import Diagonal, Metric, Natural
from .special import HALF_LOG_TWO_PI, ratio_remainder


class NormalKind(Family):
    """y, a function of x, is Normal with mean m and variance v: T = (y, y^2), theta = (m/v, -1/2v), h = dy/dx.

    A = m^2/2v + log(2 pi v)/2, mu = (m, v + m^2), det F = 2 v^3. Centred mean coordinates: [m, v].
    """

    @abstractmethod
    def _variate(self, x: Rows) -> Rows:
        """Return y."""

    @abstractmethod
    def _from_variate(self, y: Rows) -> Rows:
        """Return x."""

    @abstractmethod
    def _mp_variate(self, x: Any) -> Any:
        """Return y, of an mpf."""

    @property
    def names(self) -> tuple[str, ...]:
        return ("precision_times_mean", "negative_half_precision")

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"mean": (), "variance": ()}

    def _natural_domain(self, theta: Rows) -> Iterator[Condition]:
        yield Condition(theta[:, 1] < 0, "precision must be > 0", -2.0 * theta[:, 1])

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        variance = _variance(mu)
        yield Condition(variance > 0, "variance must be > 0", variance)

    def _centred_domain(self, centred: Rows) -> Iterator[Condition]:
        yield Condition(centred[:, 1] > 0, "variance must be > 0", centred[:, 1])

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        yield Condition(standard["variance"] > 0, "variance must be > 0", standard["variance"])

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return _natural(standard["mean"], standard["variance"])

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        mean, variance = moments(theta)
        return {"mean": mean, "variance": variance}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        """diag(1/v, 1/2v^2)."""
        _, variance = moments(theta)
        return Diagonal(np.stack([1.0 / variance, 0.5 / variance / variance], axis=-1))

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {"mean": REAL, "variance": POSITIVE}

    def _log_partition(self, theta: Rows) -> Rows:
        return -(theta[:, 0] ** 2) / (4.0 * theta[:, 1]) - 0.5 * np.log(-2.0 * theta[:, 1]) + HALF_LOG_TWO_PI

    def _to_mean(self, theta: Rows) -> Rows:
        mean, variance = moments(theta)
        return np.stack([mean, variance + mean * mean], axis=-1)

    def _to_natural(self, mu: Rows) -> Inverse:
        return Inverse.closed_form(_natural(mu[:, 0], _variance(mu)))

    def _centred_from_natural(self, theta: Rows) -> Rows:
        return np.stack(moments(theta), axis=-1)

    def _natural_from_centred(self, centred: Rows) -> Inverse:
        return Inverse.closed_form(_natural(centred[:, 0], centred[:, 1]))

    def _sufficient_statistics(self, x: Rows) -> Rows:
        y = self._variate(x)
        return np.stack([y, y * y], axis=-1)

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        """-(y - m)^2/2v - log(2 pi v)/2 + log h."""
        mean, _variance = moments(theta)
        normal = theta[:, 1] * (self._variate(x) - mean) ** 2 + 0.5 * np.log(-2.0 * theta[:, 1]) - HALF_LOG_TWO_PI
        return np.asarray(normal + self._log_base_measure(x))

    def _dual_of_natural(self, theta: Rows) -> Rows:
        return 0.5 * np.log(-2.0 * theta[:, 1]) - HALF_LOG_TWO_PI - 0.5

    def _dual_log_partition(self, mu: Rows) -> Rows:
        return -0.5 * np.log(_variance(mu)) - HALF_LOG_TWO_PI - 0.5

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        """(u - log(1 + u))/2 with 1 + u the ratio of the precisions q/p, plus (m_p - m_q)^2 / 2v_q.

        precision_q (m_q - m_p) = d theta_1 + 2 d theta_2 m_p, formed from the differences of the points or from the
        means, whichever has the smaller terms.
        """
        d = q - p
        mean_p, _ = moments(p)
        mean_q, _ = moments(q)
        turn = 2.0 * d[:, 1] * mean_p
        by_points = np.abs(d[:, 0]) + np.abs(turn) < -2.0 * q[:, 1] * (np.abs(mean_p) + np.abs(mean_q))
        pull = np.where(by_points, d[:, 0] + turn, -2.0 * q[:, 1] * (mean_q - mean_p))
        return 0.5 * ratio_remainder(q[:, 1] / p[:, 1], d[:, 1] / p[:, 1]) - pull * pull / (4.0 * q[:, 1])

    def _fisher(self, theta: Rows) -> Rows:
        a, b, c, _ = _entries(theta)
        return np.stack([a, b, b, c], axis=-1).reshape(-1, 2, 2)

    def _fisher_solve(self, theta: Rows, v: Rows, damping: Rows) -> Rows:
        a, b, c, determinant = _entries(theta)
        return linear.solve_two_by_two(a, b, c, determinant, v, damping)

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        return np.asarray(np.log(2.0) - 3.0 * np.log(-2.0 * theta[:, 1]))

    def _step_to_boundary(self, theta: Rows, direction: Rows) -> Rows:
        return boundary.positive(-theta[:, 1:], -direction[:, 1:])

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        across = direction[:, 1] - 2.0 * mu[:, 0] * direction[:, 0]
        return boundary.variance_root(_variance(mu), across, direction[:, 0] ** 2)

    def _conjugate(self) -> Conjugate:
        """A NormalInverseGamma prior of the mean and variance of y."""
        return normal_mean_and_variance(NormalInverseGamma(), -1.0, self._variate, self._log_base_measure)

    def _other_conjugates(self) -> tuple[Conjugate, ...]:
        """A NormalGamma prior of the mean and precision of y."""
        return (normal_mean_and_variance(NormalGamma(), 1.0, self._variate, self._log_base_measure),)

    def _fisher_rao_distance(self, a: Rows, b: Rows) -> Rows:
        """The hyperbolic distance; y as a function of x does not matter."""
        return of_normals(a[:, :1], a[:, 1], b[:, :1], b[:, 1])

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
        mean, variance = moments(theta)
        return self._from_variate(np.asarray(mean + np.sqrt(variance) * rng.standard_normal(shape)))

    def centred_mean_of_data(self, x: Rows, weights: Rows | None, axis: int) -> Rows:
        """[mean, mean of squared deviations from it], in two passes."""
        y = self._variate(x)
        mean = mean_of_observations(y, weights, axis)
        return np.stack([mean, average((y - np.expand_dims(mean, axis)) ** 2, weights, axis)], axis=-1)

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return _natural(rng.uniform(-3.0, 3.0, rows), np.exp(rng.uniform(-2.0, 2.0, rows)))

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        """The variance, and the mean in standard deviations."""
        variance = log_uniform(rng, rows, decades)
        ratio = signs(rng, rows) * log_uniform(rng, rows, decades)
        return np.stack([ratio / np.sqrt(variance), -0.5 / variance], axis=-1)

    def hard_points(self) -> Rows:
        means = np.array([0.0, 1e8, -1e4, 1e-12, 3.0, 1000.1, 10.3])
        return _natural(means, np.array([1e-12, 1.0, 1e12, 1e-12, 1e6, 1e-6, 1e-2]))

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        return -(theta[0] ** 2) / (4 * theta[1]) + mpmath.log(mpmath.pi / -theta[1]) / 2

    def mp_centred_from_mean(self, mean: Sequence[Any]) -> Sequence[Any]:
        return [mean[0], mean[1] - mean[0] ** 2]

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        y = self._mp_variate(x)
        return [y, y * y]

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        return [standard["mean"] / standard["variance"], -1 / (2 * standard["variance"])]


def _natural(mean: Rows, variance: Rows) -> Rows:
    return np.stack([mean / variance, -0.5 / variance], axis=-1)


def moments(theta: Rows) -> tuple[Rows, Rows]:
    """Mean and variance of y."""
    return theta[..., 0] / (-2.0 * theta[..., 1]), -0.5 / theta[..., 1]


def _variance(mu: Rows) -> Rows:
    return np.asarray(mu[:, 1] - mu[:, 0] ** 2)


def _entries(theta: Rows) -> tuple[Rows, Rows, Rows, Rows]:
    """F_11 = v, F_12 = 2 m v, F_22 = 2 v^2 + 4 m^2 v and det F = 2 v^3."""
    mean, v = moments(theta)
    return v, 2.0 * mean * v, 2.0 * v * v + 4.0 * mean * mean * v, 2.0 * v**3
