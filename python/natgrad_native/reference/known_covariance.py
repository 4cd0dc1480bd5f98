# ruff: noqa: D102  (the statements are documented in statements.py)
"""What the Normal families of known covariance state alike."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import linalg

from . import symmetric as sym
from .arrays import Rows
from .charts import REAL, Chart
from .conditions import Condition
from .conjugate import Conjugate, normal_vector
from .domain_draws import log_uniform, signs
from .families.multivariate_normal import MultivariateNormal
from .family import Family, Inverse
from .gaussian_parts import Conditional, Marginal, conditional_covariance
from .metrics import Metric, Natural
from .special import HALF_LOG_TWO_PI


class KnownCovariance(Family):
    """An r x c matrix X with vec X ~ N(vec M, U (x) V), U and V known: T(x) = X, theta = U^-1 M V^-1.

    h(x) = exp(-<X, U^-1 X V^-1>/2), A = <theta, U theta V>/2 + log det(2 pi U (x) V)/2, mu = M = U theta V,
    F v = U v V.
    """

    @property
    @abstractmethod
    def _u(self) -> Rows:
        """The covariance U of a column's entries, (r, r)."""

    @property
    @abstractmethod
    def _v(self) -> Rows:
        """The covariance V of a row's entries, (c, c)."""

    @abstractmethod
    def _of_rows(self, u: Rows) -> Family:
        """The family of as many rows as the covariance `u` has, of the same V."""

    @property
    def names(self) -> tuple[str, ...]:
        places = np.ndindex(*self.event_shape)
        return tuple(f"precision_times_mean[{','.join(map(str, place))}]" for place in places)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"mean": self.event_shape}

    def _matrices(self, rows: Rows) -> Rows:
        return rows.reshape(len(rows), len(self._u), len(self._v))

    def _flat(self, matrices: Rows) -> Rows:
        return np.asarray(matrices.reshape(len(matrices), self.size))

    def _multiply(self, rows: Rows) -> Rows:
        return self._flat(self._u @ self._matrices(rows) @ self._v)

    def _whitened(self, rows: Rows) -> Rows:
        """L_U^-1 X L_V^-T."""
        left = _lower_solve(_factor(self._u), self._matrices(rows))
        return self._flat(_lower_solve(_factor(self._v), left.swapaxes(-1, -2)).swapaxes(-1, -2))

    def _solve(self, rows: Rows) -> Rows:
        """U^-1 X V^-1."""
        left = _upper_solve(_factor(self._u), self._matrices(self._whitened(rows)))
        return self._flat(_upper_solve(_factor(self._v), left.swapaxes(-1, -2)).swapaxes(-1, -2))

    def _square(self, rows: Rows) -> Rows:
        """<X, U^-1 X V^-1>."""
        return np.asarray((self._whitened(rows) ** 2).sum(axis=-1))

    def _quadratic(self, rows: Rows) -> Rows:
        """<theta, U theta V> = |L_U^T theta L_V|^2."""
        turned = _factor(self._u).T @ self._matrices(rows) @ _factor(self._v)
        return np.asarray((self._flat(turned) ** 2).sum(axis=-1))

    @property
    def _log_determinant(self) -> float:
        roots = (2.0 * np.log(np.diagonal(_factor(m))).sum() for m in (self._u, self._v))
        u, v = roots
        return float(len(self._v) * u + len(self._u) * v)

    @property
    def _half_log(self) -> float:
        return self.size * HALF_LOG_TWO_PI + 0.5 * self._log_determinant

    def _mean_domain(self, mu: Rows) -> Iterable[Condition]:
        return ()

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterable[Condition]:
        return ()

    def _support(self, x: Rows) -> Iterator[Condition]:
        flat = x.reshape(len(x), self.size)
        for k in range(self.size):
            yield Condition(np.isfinite(flat[:, k]), "x must be finite", flat[:, k])

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return self._solve(self._flat(standard["mean"]))

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {"mean": self._multiply(theta).reshape(len(theta), *self.event_shape)}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        """The standard parameters are the mean parameters."""
        return natural.inverse()

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {"mean": REAL}

    def _log_partition(self, theta: Rows) -> Rows:
        return np.asarray(0.5 * self._quadratic(theta) + self._half_log)

    def _to_mean(self, theta: Rows) -> Rows:
        return self._multiply(theta)

    def _to_natural(self, mu: Rows) -> Inverse:
        return Inverse.closed_form(self._solve(mu))

    def _dual_of_natural(self, theta: Rows) -> Rows:
        return np.asarray(0.5 * self._quadratic(theta) - self._half_log)

    def _entropy(self, theta: Rows) -> Rows:
        return np.full(theta.shape[0], self._half_log + 0.5 * self.size)

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        """Return <theta_q - theta_p, U (theta_q - theta_p) V>/2."""
        return np.asarray(0.5 * self._quadratic(q - p))

    def _fisher(self, theta: Rows) -> Rows:
        return np.broadcast_to(np.kron(self._u, self._v), (len(theta), self.size, self.size)).copy()

    def _fisher_multiply(self, theta: Rows, v: Rows) -> Rows:
        return self._multiply(v)

    def _fisher_solve(self, theta: Rows, v: Rows, damping: Rows) -> Rows:
        """In the eigenvectors of U and V, where F is diagonal; by Cholesky factors without damping."""
        values_u, vectors_u = np.linalg.eigh(self._u)
        values_v, vectors_v = np.linalg.eigh(self._v)
        turned = vectors_u.T @ self._matrices(v) @ vectors_v
        solved = turned / (values_u[:, None] * values_v + damping[:, None, None])
        damped = self._flat(vectors_u @ solved @ vectors_v.T)
        return np.where(damping[:, None] > 0, damped, self._solve(v))

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        return np.full(theta.shape[0], self._log_determinant)

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return self._flat(x)

    def _log_base_measure(self, x: Rows) -> Rows:
        return np.asarray(-0.5 * self._square(self._flat(x)))

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        return np.asarray(-0.5 * (self._quadratic(theta) + self.size))

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        return np.asarray(-0.5 * self._square(self._flat(x) - self._multiply(theta)) - self._half_log)

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        return np.full(mu.shape[0], np.inf)

    def _conjugate(self) -> Conjugate:
        """A MultivariateNormal prior of the mean, its entries row by row."""
        covariance = np.asarray(np.kron(self._u, self._v), dtype=np.float64)
        return normal_vector(MultivariateNormal(self.size), covariance, self._solve, self.event_shape)

    def _marginal_of(self, indices: tuple[int, ...]) -> Marginal:
        places = np.arange(self.size).reshape(len(self._u), len(self._v))[list(indices)].reshape(-1)
        return Marginal(self._of_rows(self._u[np.ix_(indices, indices)]), places, centred=True)

    def _conditional_on(self, given: tuple[int, ...], rest: tuple[int, ...]) -> Conditional:
        """Return theta_J - P_JI X_I V^-1, of covariance P_JJ^-1, P = U^-1."""
        covariance, across = conditional_covariance(self._u, given, rest)

        def natural(theta: Rows, x: Rows) -> Rows:
            seen = sym.transpose(x.reshape(len(x), len(given), len(self._v)))
            turned = sym.transpose(inverse_times(self._v, seen))
            found = self._matrices(theta)[:, list(rest)] + across @ turned
            return np.asarray(found.reshape(len(x), len(rest) * len(self._v)))

        return Conditional(self._of_rows(covariance), natural)

    def _fisher_rao_distance(self, a: Rows, b: Rows) -> Rows:
        """The Mahalanobis distance of the means."""
        return np.sqrt(self._quadratic(b - a))

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
        r, c = len(self._u), len(self._v)
        mean = self._u @ theta.reshape(*theta.shape[:-1], r, c) @ self._v
        noise = _factor(self._u) @ rng.standard_normal((*shape, r, c)) @ _factor(self._v).T
        return np.asarray((mean + noise).reshape(*shape, *self.event_shape))

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return rng.uniform(-3.0, 3.0, (rows, self.size))

    def hard_points(self) -> Rows:
        ramp = np.linspace(1.0, -0.5, self.size)
        return np.array([0.0 * ramp, 1e-12 * ramp, 1e8 * ramp])

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        return signs(rng, (rows, self.size)) * log_uniform(rng, (rows, self.size), decades)

    # --- the judge ---

    def _mp_matrices(self, flat: Sequence[Any]) -> tuple[Any, Any, Any]:
        import mpmath

        r, c = len(self._u), len(self._v)
        u, v = mpmath.matrix(self._u.tolist()), mpmath.matrix(self._v.tolist())
        return u, mpmath.matrix([list(flat[i * c : (i + 1) * c]) for i in range(r)]), v

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        u, x, v = self._mp_matrices(theta)
        image = u * x * v
        inner = mpmath.fsum(x[i, j] * image[i, j] for i in range(x.rows) for j in range(x.cols))
        log_determinant = v.rows * mpmath.log(mpmath.det(u)) + u.rows * mpmath.log(mpmath.det(v))
        return (inner + log_determinant + self.size * mpmath.log(2 * mpmath.pi)) / 2

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        import mpmath

        with mpmath.workdps(100):  # A* cancels most of it
            return -(mpmath.fsum(t * m for t, m in zip(theta, mean, strict=True)) + self.size) / 2

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        return [entry for row in x for entry in (row if isinstance(row, list) else [row])]

    def _mp_solve(self, flat: Sequence[Any]) -> list[Any]:
        import mpmath

        u, x, v = self._mp_matrices(flat)
        solved = mpmath.inverse(u) * x * mpmath.inverse(v)
        return [solved[i, j] for i in range(x.rows) for j in range(x.cols)]

    def mp_log_base_measure(self, x: Any) -> Any:
        flat = self.mp_sufficient_statistics(x)
        return -sum(a * b for a, b in zip(flat, self._mp_solve(flat), strict=True)) / 2

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        return self._mp_solve(self.mp_sufficient_statistics(standard["mean"]))


def _factor(matrix: Rows) -> Rows:
    """L, lower triangular, of matrix = L L^T."""
    return np.asarray(np.linalg.cholesky(matrix), dtype=np.float64)


def _lower_solve(factor: Rows, matrices: Rows) -> Rows:
    """L^-1 X for X (rows, n, m)."""
    columns = np.moveaxis(matrices, 0, -1).reshape(len(factor), matrices.shape[2] * matrices.shape[0])
    solved = linalg.solve_triangular(factor, columns, lower=True, check_finite=False)
    return np.moveaxis(solved.reshape(len(factor), matrices.shape[2], matrices.shape[0]), -1, 0)


def _upper_solve(factor: Rows, matrices: Rows) -> Rows:
    """L^-T X for X (rows, n, m)."""
    columns = np.moveaxis(matrices, 0, -1).reshape(len(factor), matrices.shape[2] * matrices.shape[0])
    solved = linalg.solve_triangular(factor, columns, lower=True, trans="T", check_finite=False)
    return np.moveaxis(solved.reshape(len(factor), matrices.shape[2], matrices.shape[0]), -1, 0)


def inverse_times(covariance: Rows, right: Rows) -> Rows:
    """S^-1 B."""
    return _upper_solve(_factor(covariance), _lower_solve(_factor(covariance), right))
