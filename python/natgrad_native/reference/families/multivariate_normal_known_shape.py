# ruff: noqa: D102  (the statements are documented in statements.py)
"""The MultivariateNormalKnownShape family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import stats

from .. import boundary
from ..arrays import Rows, average, mean_of_observations
from ..charts import POSITIVE, REAL, Chart
from ..conditions import Condition
from ..conjugate import Conjugate, normal_mean_and_factor
from ..domain_draws import log_uniform, signs
from ..family import Family, Inverse, require_covariance
from ..fisher_rao import of_normals
from ..gaussian_parts import Conditional, Marginal, conditional_covariance
from ..metrics import Diagonal, Metric, Natural, consecutive
from ..special import HALF_LOG_TWO_PI, ratio_remainder
from .multivariate_normal_gamma import MultivariateNormalGamma
from .multivariate_normal_known_covariance import MultivariateNormalKnownCovariance


@dataclass(frozen=True)
class MultivariateNormalKnownShape(Family):
    """Normal distribution on R^d with covariance g G, the matrix G known: theta = (G^-1 m/g, -1/2g), h(x) = 1.

    T(x) = (x, x^T G^-1 x), A = g theta_1^T G theta_1/2 + log det(2 pi g G)/2, mu = (m, m^T G^-1 m + d g),
    F = [[g G, 2 g m], [2 g m^T, 2 d g^2 + 4 g m^T G^-1 m]]. Standard parameters: `mean` (..., d), `variance_factor` g.
    Centred mean coordinates: [m, d g].
    """

    matrix: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        require_covariance(self, "matrix")
        super().__post_init__()

    @classmethod
    def examples(cls) -> tuple[MultivariateNormalKnownShape, ...]:
        return (cls(((2.0, 0.5, -0.25), (0.5, 1.0, 0.125), (-0.25, 0.125, 0.5))),)

    @cached_property
    def _unit(self) -> MultivariateNormalKnownCovariance:
        """The family with g = 1 known."""
        return MultivariateNormalKnownCovariance(self.matrix)

    @property
    def dimension(self) -> int:
        return len(self.matrix)

    @property
    def names(self) -> tuple[str, ...]:
        return (*self._unit.names, "negative_half_precision")

    @property
    def size(self) -> int:
        return self.dimension + 1

    @property
    def event_shape(self) -> tuple[int, ...]:
        return (self.dimension,)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"mean": (self.dimension,), "variance_factor": ()}

    def _natural_domain(self, theta: Rows) -> Iterator[Condition]:
        yield Condition(theta[:, -1] < 0, "precision must be > 0", -2.0 * theta[:, -1])

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        spread = mu[:, -1] - self._unit._square(mu[:, :-1])
        yield Condition(spread > 0, "variance must be > 0", spread)

    def _centred_domain(self, centred: Rows) -> Iterator[Condition]:
        yield Condition(centred[:, -1] > 0, "variance must be > 0", centred[:, -1])

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        factor = standard["variance_factor"]
        yield Condition(factor > 0, "variance_factor must be > 0", factor)

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield from self._unit._support(x)

    def _natural(self, mean: Rows, factor: Rows) -> Rows:
        return np.concatenate([self._unit._solve(mean) / factor[:, None], -0.5 / factor[:, None]], axis=-1)

    def _moments(self, theta: Rows) -> tuple[Rows, Rows]:
        factor = -0.5 / theta[:, -1]
        return self._unit._multiply(theta[:, :-1]) * factor[:, None], factor

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return self._natural(standard["mean"], standard["variance_factor"])

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        mean, factor = self._moments(theta)
        return {"mean": mean, "variance_factor": factor}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        """diag(G^-1/g, d/2g^2): the first is F of the mean where g = 1 is known, along m / sqrt g."""
        unit = Natural(self._unit.kernels, theta[:, :-1]).inverse()
        root = np.sqrt(-2.0 * theta[:, -1:])
        return consecutive(
            unit.along(np.repeat(root, self.dimension, axis=-1)), Diagonal(0.5 * self.dimension * root**4)
        )

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {"mean": REAL, "variance_factor": POSITIVE}

    def _log_partition(self, theta: Rows) -> Rows:
        return np.asarray(-self._unit._quadratic(theta[:, :-1]) / (4.0 * theta[:, -1]) - self._log_peak(theta))

    def _log_peak(self, theta: Rows) -> Rows:
        """The log density at the mean, -log det(2 pi g G)/2."""
        constant = self.dimension * HALF_LOG_TWO_PI + 0.5 * self._unit._log_determinant
        return np.asarray(0.5 * self.dimension * np.log(-2.0 * theta[:, -1]) - constant)

    def _to_mean(self, theta: Rows) -> Rows:
        mean, factor = self._moments(theta)
        length = factor**2 * self._unit._quadratic(theta[:, :-1])
        return np.concatenate([mean, (length + self.dimension * factor)[:, None]], axis=-1)

    def _to_natural(self, mu: Rows) -> Inverse:
        spread = mu[:, -1] - self._unit._square(mu[:, :-1])
        return Inverse.closed_form(self._natural(mu[:, :-1], spread / self.dimension))

    def _centred_from_natural(self, theta: Rows) -> Rows:
        mean, factor = self._moments(theta)
        return np.concatenate([mean, self.dimension * factor[:, None]], axis=-1)

    def _natural_from_centred(self, centred: Rows) -> Inverse:
        return Inverse.closed_form(self._natural(centred[:, :-1], centred[:, -1] / self.dimension))

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return np.concatenate([x, self._unit._square(x)[:, None]], axis=-1)

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        mean, _factor = self._moments(theta)
        return np.asarray(theta[:, -1] * self._unit._square(x - mean) + self._log_peak(theta))

    def _dual_of_natural(self, theta: Rows) -> Rows:
        return np.asarray(self._log_peak(theta) - 0.5 * self.dimension)

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        """That of the factors, d (u - log(1 + u))/2 with 1 + u = g_p/g_q, and |m_p - m_q|^2/2g_q in the norm of G^-1.

        G^-1 (m_q - m_p)/g_q is formed from the differences of the points or from the means, as in Normal.
        """
        d = q - p
        mean_p, mean_q = (x[:, :-1] / (-2.0 * x[:, -1:]) for x in (p, q))  # both G^-1 m
        turn = 2.0 * d[:, -1:] * mean_p
        precision = -2.0 * q[:, -1:]
        by_points = np.abs(d[:, :-1]) + np.abs(turn) < precision * (np.abs(mean_p) + np.abs(mean_q))
        pull = np.where(by_points, d[:, :-1] + turn, precision * (mean_q - mean_p))
        spread = ratio_remainder(q[:, -1] / p[:, -1], d[:, -1] / p[:, -1])
        return np.asarray(0.5 * (self.dimension * spread + self._unit._quadratic(pull) / precision[:, 0]))

    def _fisher(self, theta: Rows) -> Rows:
        mean, g = self._moments(theta)
        n = self.size
        matrix = np.empty((len(theta), n, n))
        matrix[:, :-1, :-1] = g[:, None, None] * self._unit._u
        matrix[:, :-1, -1] = matrix[:, -1, :-1] = 2.0 * g[:, None] * mean
        matrix[:, -1, -1] = 2.0 * g * g * (self.dimension + 2.0 * g * self._unit._quadratic(theta[:, :-1]))
        return matrix

    def _fisher_solve(self, theta: Rows, v: Rows, damping: Rows) -> Rows:
        """Eliminating the mean leaves, under damping c and in the eigenvectors of G, a sum of positive terms.

        It is 2 d g^2 + c + sum 4 c g^3 l_j theta_j^2/(g l_j + c) with the eigenvalues l_j.
        """
        g, c = -0.5 / theta[:, -1:], damping[:, None]
        values, vectors = np.linalg.eigh(self._unit._u)
        m, turned = g * (theta[:, :-1] @ vectors), v[:, :-1] @ vectors
        share = g * values / (g * values + c)
        pivot = 2.0 * self.dimension * g**2 + c * (1.0 + 4.0 * (m * m * share).sum(axis=-1, keepdims=True))
        last = (v[:, -1:] - 2.0 * (m * turned * share).sum(axis=-1, keepdims=True)) / pivot
        damped = (turned - 2.0 * g * values * m * last) / (g * values + c) @ vectors.T
        plain = self._unit._solve(v[:, :-1]) / g - 2.0 * g * theta[:, :-1] * last
        return np.concatenate([np.where(c > 0, damped, plain), last], axis=-1)

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        constant = np.log(2.0 * self.dimension) + self._unit._log_determinant
        return np.asarray(constant - (self.dimension + 2) * np.log(-2.0 * theta[:, -1]))

    def _step_to_boundary(self, theta: Rows, direction: Rows) -> Rows:
        return boundary.positive(-theta[:, -1:], -direction[:, -1:])

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        m, d = self._unit._whitened(mu[:, :-1]), self._unit._whitened(direction[:, :-1])
        left, curvature = mu[:, -1] - (m * m).sum(axis=-1), (d * d).sum(axis=-1)
        return boundary.variance_root(left, direction[:, -1] - 2.0 * (m * d).sum(axis=-1), curvature)

    def _conjugate(self) -> Conjugate:
        """A MultivariateNormalGamma prior of the mean and 1/g."""
        prior = MultivariateNormalGamma(self.dimension)
        return normal_mean_and_factor(prior, self._unit._u, self._unit._solve, "mean and 1 / variance_factor")

    def _marginal_of(self, indices: tuple[int, ...]) -> Marginal:
        """The last centred coordinate is the dimension times g."""
        places = np.array([*indices, self.dimension], dtype=np.int64)
        share = np.where(np.arange(len(places)) < len(indices), 1.0, len(indices) / self.dimension)
        return Marginal(self._of_block(self._unit._u[np.ix_(indices, indices)]), places, centred=True, scale=share)

    def _conditional_on(self, given: tuple[int, ...], rest: tuple[int, ...]) -> Conditional:
        """Return (theta_J - P_JI x_I/g, -1/2g), of the matrix P_JJ^-1, P = G^-1."""
        block, across = conditional_covariance(self._unit._u, given, rest)

        def natural(theta: Rows, x: Rows) -> Rows:
            first = theta[:, list(rest)] + (x @ across.T) * (-2.0 * theta[:, -1:])
            return np.concatenate([first, theta[:, -1:]], axis=-1)

        return Conditional(self._of_block(block), natural)

    def _of_block(self, matrix: Rows) -> MultivariateNormalKnownShape:
        return MultivariateNormalKnownShape(tuple(map(tuple, matrix.tolist())))

    def _fisher_rao_distance(self, a: Rows, b: Rows) -> Rows:
        """The hyperbolic distance of the isotropic families of L^-1 x, G = L L^T."""
        factor = np.linalg.cholesky(self._unit._u)
        step = (b[:, :-1] - a[:, :-1]) @ factor
        return of_normals(a[:, :-1] @ factor, a[:, -1], b[:, :-1] @ factor, b[:, -1], step)

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
        mean, factor = self._moments(theta.reshape(-1, self.size))
        mean, factor = mean.reshape(*theta.shape[:-1], self.dimension), factor.reshape(theta.shape[:-1])
        noise = rng.standard_normal((*shape, self.dimension)) @ np.linalg.cholesky(self._unit._u).T
        return np.asarray(mean + np.sqrt(factor)[..., None] * noise)

    def centred_mean_of_data(self, x: Rows, weights: Rows | None, axis: int) -> Rows:
        """[mean, mean of squared distances from it], in two passes."""
        mean = mean_of_observations(x, weights, axis)
        distance = x - np.expand_dims(mean, axis)
        square = self._unit._square(distance.reshape(-1, self.dimension)).reshape(*distance.shape[:-1], 1)
        return np.concatenate([mean, average(square, weights, axis)], axis=-1)

    def scipy_twin(self, theta: Rows) -> Any:
        mean, factor = self._moments(theta[None])
        return stats.multivariate_normal(mean[0], factor[0] * self._unit._u)

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return self._natural(rng.uniform(-3.0, 3.0, (rows, self.dimension)), np.exp(rng.uniform(-2.0, 2.0, rows)))

    def hard_points(self) -> Rows:
        means = np.outer([0.0, 1e8, -1e4, 1e-12, 3.0], np.linspace(1.0, 0.5, self.dimension))
        return self._natural(means, np.array([1e-12, 1.0, 1e12, 1e-12, 1e6]))

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        """The factor, and the mean in standard deviations."""
        factor = log_uniform(rng, rows, decades)
        shape = (rows, self.dimension)
        ratio = signs(rng, shape) * log_uniform(rng, shape, decades)
        return np.concatenate([ratio / np.sqrt(factor)[:, None], -0.5 / factor[:, None]], axis=-1)

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        # That of the family with g = 1 known, at theta_1 sqrt(g), and d log(g)/2.
        factor = -1 / (2 * theta[-1])
        unit = self._unit.mp_log_partition([t * mpmath.sqrt(factor) for t in theta[:-1]])
        return unit + self.dimension * mpmath.log(factor) / 2

    def _mp_length(self, x: Sequence[Any]) -> Any:
        return -2 * self._unit.mp_log_base_measure(list(x))

    def mp_centred_from_mean(self, mean: Sequence[Any]) -> Sequence[Any]:
        return [*mean[:-1], mean[-1] - self._mp_length(mean[:-1])]

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        return [*x, self._mp_length(x)]

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        factor = standard["variance_factor"]
        return [*(t / factor for t in self._unit._mp_solve(list(standard["mean"]))), -1 / (2 * factor)]
