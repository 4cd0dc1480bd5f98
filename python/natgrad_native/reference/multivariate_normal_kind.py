# ruff: noqa: D102  (the statements are documented in statements.py)
"""What the families share in which a function of x is multivariate Normal."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import boundary, charts, gaussian
from . import symmetric as sym
from .arrays import Rows, average, mean_of_observations
from .charts import COVARIANCE, REAL, Chart
from .conditions import Condition
from .conjugate import Conjugate, normal_mean_and_covariance
from .domain_draws import log_uniform, signs
from .families.normal_inverse_wishart import NormalInverseWishart
from .families.normal_wishart import NormalWishart
from .family import Family, Inverse, require_integer
from .gaussian_parts import Conditional, Marginal, block_places, condition_packed
from .metrics import Covariance, Dense, Metric, Natural, cholesky_metric, consecutive
from .special import HALF_LOG_TWO_PI

# A covariance that was computed in float32 is symmetric within this share of its standard deviations.
SYMMETRY_TOLERANCE = 1e-6


@dataclass(frozen=True)
class MultivariateNormalKind(Family):
    """y, a function of x coordinate by coordinate, is Normal on R^d with mean m, covariance S, precision P = S^-1.

    T = (y, packed y y^T), theta = (P m, -P/2 packed with off-diagonal entries doubled), mu = (m, packed S + m m^T),
    packed = lower triangle row by row. A = m^T P m/2 - log det P/2 + d log(2 pi)/2. Centred mean coordinates:
    [m, packed S].
    """

    dimension: int

    @abstractmethod
    def _variate(self, x: Rows) -> Rows:
        """Return y."""

    @abstractmethod
    def _from_variate(self, y: Rows) -> Rows:
        """Return x."""

    @abstractmethod
    def _mp_variate(self, x: Any) -> Any:
        """Return y of a list of mpf."""

    def __post_init__(self) -> None:
        require_integer(self, "dimension", 1)
        super().__post_init__()

    @property
    def names(self) -> tuple[str, ...]:
        first = tuple(f"precision_times_mean[{i}]" for i in range(self.dimension))
        entries = [(i, j) for i in range(self.dimension) for j in range(i + 1)]
        return first + tuple(f"negative_{'half_' if i == j else ''}precision[{i},{j}]" for i, j in entries)

    @property
    def size(self) -> int:
        return self.dimension + sym.packed_size(self.dimension)

    @property
    def event_shape(self) -> tuple[int, ...]:
        return (self.dimension,)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"mean": (self.dimension,), "covariance": (self.dimension, self.dimension)}

    # --- domains ---

    def _natural_domain(self, theta: Rows) -> Iterator[Condition]:
        _, good, pivot = sym.cholesky(gaussian.precision(theta, self.dimension))
        yield Condition(good, "precision must be positive definite", pivot)

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        return self._centred_domain(gaussian.centre(mu, self.dimension))

    def _centred_domain(self, centred: Rows) -> Iterator[Condition]:
        _, good, pivot = sym.cholesky(sym.unpack(centred[:, self.dimension :], self.dimension))
        yield Condition(good, "covariance must be positive definite", pivot)

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        covariance = standard["covariance"]
        skew = np.abs(covariance - sym.transpose(covariance))
        deviation = np.sqrt(np.abs(np.diagonal(covariance, axis1=-2, axis2=-1)))
        met = (skew <= SYMMETRY_TOLERANCE * sym.outer(deviation, deviation)).all(axis=(-1, -2))
        yield Condition(np.asarray(met), "covariance must be symmetric", skew.max(axis=(-1, -2)))
        _, good, pivot = sym.cholesky(sym.symmetrised(covariance))
        yield Condition(good, "covariance must be positive definite", pivot)

    # --- maps ---

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return gaussian.natural(standard["mean"], sym.symmetrised(standard["covariance"]))

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        point = gaussian.moments(theta, self.dimension)
        return {"mean": point.mean, "covariance": point.covariance}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        """P for the mean, tr(P dS P dS)/2 for the covariance."""
        precision = gaussian.precision(theta, self.dimension)
        _, covariance = gaussian.moments(theta, self.dimension)
        return consecutive(Dense(precision), Covariance(precision, covariance))

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {"mean": REAL, "covariance": COVARIANCE}

    def _unconstrained_from_natural(self, theta: Rows) -> Rows:
        """[m, L], S = L L^T, from P = L^-T L^-1: the covariance is not formed, which would square L's condition."""
        root = gaussian.inverse_factor(gaussian.precision(theta, self.dimension))
        eye = np.broadcast_to(np.eye(self.dimension), root.shape)
        mean = gaussian.moments(theta, self.dimension).mean
        return np.concatenate([mean, charts.with_logged_diagonal(sym.solve_lower(root, eye))], axis=-1)

    def _natural_from_unconstrained(self, u: Rows) -> Rows:
        factor = charts.from_logged_diagonal(u[:, self.dimension :], self.dimension)
        second = -sym.pack(sym.inverse_from_cholesky(factor)) * sym.natural_scale(self.dimension)
        return np.concatenate([sym.vector_solve(factor, u[:, : self.dimension]), second], axis=-1)

    def _unconstrained_fisher(self, theta: Rows, natural: Natural) -> Metric:
        """P for the mean, tr(P dS P dS)/2 for the factor of the covariance."""
        precision = gaussian.precision(theta, self.dimension)
        return consecutive(Dense(precision), cholesky_metric(precision, gaussian.inverse_factor(precision)))

    def _log_partition(self, theta: Rows) -> Rows:
        factor, _, _ = sym.cholesky(gaussian.precision(theta, self.dimension))
        z = sym.solve_lower(factor, theta[:, : self.dimension, None])[..., 0]
        constant = self.dimension * HALF_LOG_TWO_PI
        return np.asarray(0.5 * (z * z).sum(axis=-1) - gaussian.half_log_determinant(factor) + constant)

    def _to_mean(self, theta: Rows) -> Rows:
        point = gaussian.moments(theta, self.dimension)
        second = sym.pack(point.covariance + sym.outer(point.mean, point.mean))
        return np.concatenate([point.mean, second], axis=-1)

    def _to_natural(self, mu: Rows) -> Inverse:
        return self._natural_from_centred(gaussian.centre(mu, self.dimension))

    def _centred_from_natural(self, theta: Rows) -> Rows:
        point = gaussian.moments(theta, self.dimension)
        return np.concatenate([point.mean, sym.pack(point.covariance)], axis=-1)

    def _natural_from_centred(self, centred: Rows) -> Inverse:
        covariance = sym.unpack(centred[:, self.dimension :], self.dimension)
        return Inverse.closed_form(gaussian.natural(centred[:, : self.dimension], covariance))

    # --- densities ---

    def _sufficient_statistics(self, x: Rows) -> Rows:
        y = self._variate(x)
        return np.concatenate([y, sym.pack(sym.outer(y, y))], axis=-1)

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        """-|L^T (y - m)|^2/2 + log det L - d log(2 pi)/2 + log h, P = L L^T."""
        factor, _, _ = sym.cholesky(gaussian.precision(theta, self.dimension))
        mean = sym.vector_solve(factor, theta[:, : self.dimension])
        z = sym.apply(sym.transpose(factor), self._variate(x) - mean)
        normal = gaussian.half_log_determinant(factor) - 0.5 * (z * z).sum(axis=-1) - self.dimension * HALF_LOG_TWO_PI
        return np.asarray(normal + self._log_base_measure(x))

    def _dual_of_natural(self, theta: Rows) -> Rows:
        factor, _, _ = sym.cholesky(gaussian.precision(theta, self.dimension))
        return gaussian.half_log_determinant(factor) - self.dimension * (HALF_LOG_TWO_PI + 0.5)

    def _dual_log_partition(self, mu: Rows) -> Rows:
        centred = gaussian.centre(mu, self.dimension)
        factor, _, _ = sym.cholesky(sym.unpack(centred[:, self.dimension :], self.dimension))
        return -gaussian.half_log_determinant(factor) - self.dimension * (HALF_LOG_TWO_PI + 0.5)

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        return gaussian.kl_divergence(p, q, self.dimension)

    # --- Fisher information ---

    def _fisher(self, theta: Rows) -> Rows:
        return gaussian.fisher(gaussian.moments(theta, self.dimension))

    def _fisher_multiply(self, theta: Rows, v: Rows) -> Rows:
        return gaussian.fisher_multiply(gaussian.moments(theta, self.dimension), v)

    def _fisher_solve(self, theta: Rows, v: Rows, damping: Rows) -> Rows:
        """In closed form without damping; a damped row is solved densely or by conjugate gradients."""
        answer = np.empty_like(v)
        plain = damping == 0
        precision = gaussian.precision(theta[plain], self.dimension)
        answer[plain] = gaussian.fisher_solve(gaussian.moments(theta[plain], self.dimension), precision, v[plain])
        if not plain.all():
            answer[~plain] = super()._fisher_solve(theta[~plain], v[~plain], damping[~plain])
        return answer

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        """Return d log 2 - (d + 2) log det P."""
        factor, _, _ = sym.cholesky(gaussian.precision(theta, self.dimension))
        d = self.dimension
        return np.asarray(d * np.log(2.0) - 2.0 * (d + 2) * gaussian.half_log_determinant(factor))

    # --- boundary ---

    def _step_to_boundary(self, theta: Rows, direction: Rows) -> Rows:
        factor, _, _ = sym.cholesky(gaussian.precision(theta, self.dimension))
        return boundary.positive_definite(factor, gaussian.precision(direction, self.dimension))

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        return gaussian.mean_step_to_boundary(mu, direction, self.dimension)

    # --- data and tests ---

    def _marginal_of(self, indices: tuple[int, ...]) -> Marginal:
        return Marginal(type(self)(len(indices)), block_places(indices, self.dimension), centred=True)

    def _conditional_on(self, given: tuple[int, ...], rest: tuple[int, ...]) -> Conditional:
        def natural(theta: Rows, x: Rows) -> Rows:
            return condition_packed(theta, self._variate(x), given, rest, self.dimension)

        return Conditional(type(self)(len(rest)), natural)

    def _conjugate(self) -> Conjugate:
        """A NormalInverseWishart prior of the mean and covariance of y."""
        prior = NormalInverseWishart(self.dimension)
        return normal_mean_and_covariance(prior, -1.0, self.dimension, self._variate, self._log_base_measure)

    def _other_conjugates(self) -> tuple[Conjugate, ...]:
        """A NormalWishart prior of the mean and precision of y."""
        prior = NormalWishart(self.dimension)
        return (normal_mean_and_covariance(prior, 1.0, self.dimension, self._variate, self._log_base_measure),)

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
        """Return m + L^-T z with P = L L^T, z standard normal."""
        flat = theta.reshape(-1, self.size)
        factor, _, _ = sym.cholesky(gaussian.precision(flat, self.dimension))
        mean = sym.vector_solve(factor, flat[:, : self.dimension])
        root = sym.solve_upper(factor, np.broadcast_to(np.eye(self.dimension), factor.shape))
        batch = theta.shape[:-1]
        z = rng.standard_normal((*shape, self.dimension))
        turned = sym.apply(root.reshape(*batch, self.dimension, self.dimension), z)
        return self._from_variate(mean.reshape(*batch, self.dimension) + turned)

    def centred_mean_of_data(self, x: Rows, weights: Rows | None, axis: int) -> Rows:
        """[mean, packed mean outer product of deviations from it], in two passes."""
        y = self._variate(x)
        mean = mean_of_observations(y, weights, axis)
        deviation = y - np.expand_dims(mean, axis)
        second = average(sym.pack(sym.outer(deviation, deviation)), weights, axis)
        return np.concatenate([mean, second], axis=-1)

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        d = self.dimension
        noise = rng.standard_normal((rows, d, 2 * d))
        covariance = noise @ sym.transpose(noise) / (2 * d) + 0.1 * np.eye(d)
        scale = np.exp(rng.uniform(-1.0, 1.0, (rows, d)))
        covariance = covariance * scale[:, :, None] * scale[:, None, :]
        return gaussian.natural(rng.uniform(-2.0, 2.0, (rows, d)), covariance)

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        """Random axes; a scale; a condition of up to 10^(5 decades/6); means of up to 10^(decades/3) deviations."""
        d = self.dimension
        axes, _ = np.linalg.qr(rng.standard_normal((rows, d, d)))
        spread = rng.uniform(0.0, decades * 5.0 / 6.0, (rows, 1)) * rng.uniform(-1.0, 0.0, (rows, d))
        root = np.sqrt(log_uniform(rng, (rows, 1), decades) * 10.0**spread)
        ratio = signs(rng, (rows, d)) * log_uniform(rng, (rows, d), decades / 3.0)
        precision = sym.symmetrised((axes / root[:, None, :] ** 2) @ sym.transpose(axes))
        first = sym.apply(axes, ratio / root)
        return np.concatenate([first, -sym.pack(precision) * sym.natural_scale(d)], axis=-1)

    def hard_points(self) -> Rows:
        """Far from the origin, badly scaled, strongly correlated."""
        d = self.dimension
        grid = np.arange(d)
        correlated = 0.999 ** np.abs(grid[:, None] - grid)
        spread = 10.0 ** np.linspace(-4.0, 4.0, d)
        covariances = np.array(
            [np.eye(d), correlated, correlated * spread[:, None] * spread, np.eye(d) * 1e-10, np.eye(d) * 1e6]
        )
        means = np.array([np.full(d, 1e4), grid - 1.0, np.zeros(d), np.ones(d), np.zeros(d)])
        return gaussian.natural(means, covariances)

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        d = self.dimension
        precision = mpmath.matrix(d)
        for k, (i, j) in enumerate(_lower_triangle(d)):
            precision[i, j] = precision[j, i] = -theta[d + k] * (2 if i == j else 1)
        first = mpmath.matrix(list(theta[:d]))
        quadratic = (first.T * mpmath.lu_solve(precision, first))[0]
        return (quadratic - mpmath.log(mpmath.det(precision)) + d * mpmath.log(2 * mpmath.pi)) / 2

    def mp_centred_from_mean(self, mean: Sequence[Any]) -> Sequence[Any]:
        d = self.dimension
        return [*mean[:d], *(mean[d + k] - mean[i] * mean[j] for k, (i, j) in enumerate(_lower_triangle(d)))]

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        y = self._mp_variate(x)
        return [*y, *(y[i] * y[j] for i, j in _lower_triangle(self.dimension))]

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        import mpmath

        covariance = mpmath.matrix(standard["covariance"])
        precision = mpmath.inverse((covariance + covariance.T) / 2)
        second = [-precision[i, j] / (2 if i == j else 1) for i, j in _lower_triangle(self.dimension)]
        return [*(precision * mpmath.matrix(standard["mean"])), *second]


def _lower_triangle(dimension: int) -> list[tuple[int, int]]:
    """Row and column of each packed entry."""
    return [(i, j) for i in range(dimension) for j in range(i + 1)]
