# ruff: noqa: D102  (the statements are documented in statements.py)
"""The ComplexNormal family."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from .. import boundary, fisher_rao, gaussian, hermitian, pair
from ..arrays import Rows
from ..charts import Chart
from ..conditions import Condition
from ..domain_draws import log_uniform
from ..family import Family, Inverse, require_integer
from ..hermitian import Complex
from ..metrics import Metric, Natural
from ..symmetric import symmetrised

LOG_PI = float(np.log(np.pi))
# A covariance that was computed in float32 is Hermitian within this share of its standard deviations.
SYMMETRY_TOLERANCE = 1e-6


@dataclass(frozen=True)
class ComplexNormal(Family):
    """Circular complex Normal distribution on C^d with mean 0, Hermitian covariance G = E z z^H, precision P = G^-1.

    p(z) = pi^-d det P exp(-z^H P z) (Goodman 1963, Annals of Mathematical Statistics 34, theorem 2.1); an observation
    (d, 2) holds real and imaginary parts. T(z) = packed z z^H, h(z) = 1, theta = -P packed with off-diagonal entries
    doubled, mu = packed G, A = d log pi - log det P; packed = lower triangle row by row, an entry off the diagonal as
    its real and imaginary parts. Standard parameter: `covariance` (..., d, d, 2), real and imaginary parts.
    """

    dimension: int

    def __post_init__(self) -> None:
        require_integer(self, "dimension", 1)
        super().__post_init__()

    @property
    def names(self) -> tuple[str, ...]:
        def name(i: int, j: int, imaginary: bool) -> str:
            part = "" if i == j else "twice_imaginary_" if imaginary else "twice_real_"
            return f"negative_{part}precision[{i},{j}]"

        return tuple(name(*entry) for entry in hermitian.entries(self.dimension))

    @property
    def size(self) -> int:
        return self.dimension * self.dimension

    @property
    def event_shape(self) -> tuple[int, ...]:
        return (self.dimension, 2)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"covariance": (self.dimension, self.dimension, 2)}

    def _precision(self, theta: Rows) -> Complex:
        """P; linear in theta, so it also turns a direction of theta into one of P."""
        return hermitian.unpack(-theta / hermitian.natural_scale(self.dimension), self.dimension)

    def _natural(self, precision: Complex) -> Rows:
        return np.asarray(-hermitian.pack(precision) * hermitian.natural_scale(self.dimension))

    def _factor(self, theta: Rows) -> Complex:
        return hermitian.cholesky(self._precision(theta))[0]

    def _covariance(self, theta: Rows) -> Complex:
        return hermitian.inverse_from_cholesky(self._factor(theta))

    # --- domains ---

    def _natural_domain(self, theta: Rows) -> Iterator[Condition]:
        _, good, pivot = hermitian.cholesky(self._precision(theta))
        yield Condition(good, "precision must be positive definite", pivot)

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        _, good, pivot = hermitian.cholesky(hermitian.unpack(mu, self.dimension))
        yield Condition(good, "covariance must be positive definite", pivot)

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        covariance = standard["covariance"]
        turned = np.swapaxes(covariance, -2, -3) * [1.0, -1.0]
        skew = np.abs(covariance - turned).max(axis=-1)
        deviation = np.sqrt(np.abs(np.diagonal(covariance[..., 0], axis1=-2, axis2=-1)))
        met = (skew <= SYMMETRY_TOLERANCE * deviation[:, :, None] * deviation[:, None, :]).all(axis=(-1, -2))
        yield Condition(np.asarray(met), "covariance must be Hermitian", skew.max(axis=(-1, -2)))
        _, good, pivot = hermitian.cholesky(hermitian.of_parts(covariance))
        yield Condition(good, "covariance must be positive definite", pivot)

    def _support(self, x: Rows) -> Iterator[Condition]:
        flat = x.reshape(len(x), 2 * self.dimension)
        for k in range(2 * self.dimension):
            yield Condition(np.isfinite(flat[:, k]), "x must be finite", flat[:, k])

    # --- maps ---

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        factor, _, _ = hermitian.cholesky(hermitian.of_parts(standard["covariance"]))
        return self._natural(hermitian.inverse_from_cholesky(factor))

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {"covariance": hermitian.to_parts(self._covariance(theta))}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        """The packed covariance is mu."""
        return natural.inverse()

    @property
    def standard_charts(self) -> dict[str, Chart]:
        """None of `charts.py`: the factor L of G = L L^H, its diagonal real and logged, is stated below."""
        return {}

    def _unconstrained_from_natural(self, theta: Rows) -> Rows:
        """From P = L^-H L^-1: the covariance is not formed, which would square L's condition."""
        packed = hermitian.pack(hermitian.inverse_factor(self._root(theta)))
        diagonal = self._diagonal
        return np.where(diagonal, np.log(np.where(diagonal, packed, 1.0)), packed)

    def _root(self, theta: Rows) -> Complex:
        """Lower triangular M with P = M^H M: P factored from its last row up."""
        factor, _, _ = hermitian.cholesky(self._precision(theta)[:, ::-1, ::-1])
        return hermitian.adjoint(factor[:, ::-1, ::-1])

    def _natural_from_unconstrained(self, u: Rows) -> Rows:
        diagonal = self._diagonal
        packed = np.where(diagonal, np.exp(np.where(diagonal, u, 0.0)), u)
        return self._natural(hermitian.inverse_from_cholesky(hermitian.unpack_lower(packed, self.dimension)))

    @property
    def _diagonal(self) -> Rows:
        return np.array([i == j for i, j, _ in hermitian.entries(self.dimension)])

    def _unconstrained_fisher(self, theta: Rows, natural: Natural) -> Metric:
        """tr(P dG P dG) for the factor of the covariance."""
        return hermitian.cholesky_metric(self._precision(theta), self._root(theta))

    def _log_partition(self, theta: Rows) -> Rows:
        return np.asarray(self.dimension * LOG_PI - 2.0 * hermitian.half_log_determinant(self._factor(theta)))

    def _to_mean(self, theta: Rows) -> Rows:
        return hermitian.pack(self._covariance(theta))

    def _to_natural(self, mu: Rows) -> Inverse:
        factor, _, _ = hermitian.cholesky(hermitian.unpack(mu, self.dimension))
        return Inverse.closed_form(self._natural(hermitian.inverse_from_cholesky(factor)))

    # --- densities ---

    def _sufficient_statistics(self, x: Rows) -> Rows:
        x, y, u, v = x[:, :, None, 0], x[:, :, None, 1], x[:, None, :, 0], x[:, None, :, 1]
        product = pair.sum_of_products(x, u, y, v), pair.sum_of_products(y, u, -x, v)
        return hermitian.pack_parts(np.stack(product, axis=-1))

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        """Return log det P - |L^H z|^2 - d log pi, P = L L^H."""
        factor = self._factor(theta)
        white = (hermitian.adjoint(factor) @ (x[..., 0] + 1j * x[..., 1])[..., None])[..., 0]
        squares = (white.real**2 + white.imag**2).sum(axis=-1)
        return np.asarray(2.0 * hermitian.half_log_determinant(factor) - squares - self.dimension * LOG_PI)

    def _dual_of_natural(self, theta: Rows) -> Rows:
        return 2.0 * hermitian.half_log_determinant(self._factor(theta)) - self.dimension * (LOG_PI + 1.0)

    def _dual_log_partition(self, mu: Rows) -> Rows:
        factor, _, _ = hermitian.cholesky(hermitian.unpack(mu, self.dimension))
        return -2.0 * hermitian.half_log_determinant(factor) - self.dimension * (LOG_PI + 1.0)

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        """Half of tr E - log det(I + E) of the real form of E = L_p^-1 (P_q - P_p) L_p^-H.

        By elimination of I + E, all terms positive, or by the two determinants, as `gaussian.kl_divergence`.
        """
        factor_p, factor_q = self._factor(p), self._factor(q)
        relative = hermitian.real_form(hermitian.whiten(factor_p, self._precision(q - p)))
        spread, smallest = gaussian.trace_less_log_determinant(relative)
        cross = hermitian.solve_lower(factor_p, factor_q)
        logs = 2.0 * (hermitian.half_log_determinant(factor_q) - hermitian.half_log_determinant(factor_p))
        far = (cross.real**2 + cross.imag**2).sum(axis=(-1, -2)) - self.dimension - logs
        return np.asarray(np.where(smallest > gaussian.SMALL_PIVOT, 0.5 * spread, far))

    # --- Fisher information ---

    def _fisher(self, theta: Rows) -> Rows:
        """The images of the natural unit vectors."""
        steps = -self._precision(np.eye(self.size))
        covariance = self._covariance(theta)[:, None]
        return symmetrised(hermitian.pack(covariance @ steps @ covariance))

    def _fisher_multiply(self, theta: Rows, v: Rows) -> Rows:
        """The change of G is G B G with B = -dP; O(d^3)."""
        covariance = self._covariance(theta)
        return hermitian.pack(hermitian.hermitian(covariance @ -self._precision(v) @ covariance))

    def _fisher_solve(self, theta: Rows, v: Rows, damping: Rows) -> Rows:
        """In closed form without damping; a damped row is solved densely or by conjugate gradients."""
        answer = np.empty_like(v)
        plain = damping == 0
        precision = self._precision(theta[plain])
        change = precision @ hermitian.unpack(v[plain], self.dimension) @ precision
        answer[plain] = -self._natural(hermitian.hermitian(change))
        if not plain.all():
            answer[~plain] = super()._fisher_solve(theta[~plain], v[~plain], damping[~plain])
        return answer

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        """B -> G B G has the determinant |G|^2d on the d^2 dimensions of Hermitian matrices; theta halves d (d - 1)."""
        d = self.dimension
        return np.asarray(-4.0 * d * hermitian.half_log_determinant(self._factor(theta)) - d * (d - 1) * np.log(2.0))

    # --- boundary ---

    def _step_to_boundary(self, theta: Rows, direction: Rows) -> Rows:
        return _steps_in_cone(self._precision, theta, direction)

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        return _steps_in_cone(lambda packed: hermitian.unpack(packed, self.dimension), mu, direction)

    # --- data and tests ---

    def _fisher_rao_distance(self, a: Rows, b: Rows) -> Rows:
        """Root of tr log^2(G_a P_b), for ds^2 = tr(P dG P dG)."""
        factor_a, factor_b = self._factor(a), self._factor(b)
        relative = hermitian.whiten(factor_a, self._precision(b - a))
        return fisher_rao.of_definite(relative, hermitian.solve_lower(factor_a, factor_b))

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
        """Return L^-H w with P = L L^H, w standard: real and imaginary parts of variance 1/2."""
        d = self.dimension
        root = hermitian.adjoint(hermitian.inverse_factor(self._factor(theta.reshape(-1, self.size))))
        w = np.sqrt(0.5) * rng.standard_normal((*shape, d, 2))
        z = root.reshape(*theta.shape[:-1], d, d) @ (w[..., 0] + 1j * w[..., 1])[..., None]
        return np.stack([z[..., 0].real, z[..., 0].imag], axis=-1)

    def scipy_twin(self, theta: Rows) -> Any:
        return _RealVector(stats.multivariate_normal(cov=0.5 * hermitian.real_form(self._covariance(theta[None]))[0]))

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        d = self.dimension
        noise = rng.standard_normal((rows, d, 2 * d)) + 1j * rng.standard_normal((rows, d, 2 * d))
        matrix = noise @ hermitian.adjoint(noise) / (4 * d) + 0.1 * np.eye(d)
        scale = np.exp(rng.uniform(-1.0, 1.0, (rows, d)))
        return self._natural(matrix * scale[:, :, None] * scale[:, None, :])

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        """Random axes; a scale; a condition of up to 10^(5 decades/6)."""
        d = self.dimension
        axes, _ = np.linalg.qr(rng.standard_normal((rows, d, d)) + 1j * rng.standard_normal((rows, d, d)))
        spread = rng.uniform(0.0, decades * 5.0 / 6.0, (rows, 1)) * rng.uniform(-1.0, 0.0, (rows, d))
        values = log_uniform(rng, (rows, 1), decades) * 10.0**spread
        return self._natural((axes * values[:, None, :]) @ hermitian.adjoint(axes))

    def hard_points(self) -> Rows:
        """Badly scaled, strongly correlated, in phase and out of it."""
        d = self.dimension
        grid = np.arange(d)
        gap = grid[:, None] - grid
        correlated = 0.999 ** np.abs(gap) * np.exp(1j * gap)
        spread = 10.0 ** np.linspace(-4.0, 4.0, d)
        return self._natural(
            np.array(
                [correlated, correlated * spread[:, None] * spread, np.eye(d) + 0j, np.eye(d) * 1e-10, np.eye(d) * 1e6]
            )
        )

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        determinant = mpmath.re(mpmath.det(self.mp_precision(theta)))
        return self.dimension * mpmath.log(mpmath.pi) - mpmath.log(determinant)

    def mp_precision(self, theta: Sequence[Any]) -> Any:
        """P for a list of mpf."""
        import mpmath

        matrix = mpmath.matrix(self.dimension)
        for value, (i, j, imaginary) in zip(theta, hermitian.entries(self.dimension), strict=True):
            matrix[i, j] -= value if i == j else mpmath.mpc(0, value) / 2 if imaginary else value / 2
            matrix[j, i] = mpmath.conj(matrix[i, j])
        return matrix

    def _mp_natural(self, covariance: Any) -> Sequence[Any]:
        import mpmath

        precision = mpmath.inverse(covariance)
        entries = ((precision[i, j], 1 if i == j else 2, part) for i, j, part in hermitian.entries(self.dimension))
        return [-times * (mpmath.im(entry) if imaginary else mpmath.re(entry)) for entry, times, imaginary in entries]

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        import mpmath

        z = [mpmath.mpc(*part) for part in x]
        products = ((z[i] * mpmath.conj(z[j]), imaginary) for i, j, imaginary in hermitian.entries(self.dimension))
        return [mpmath.im(product) if imaginary else mpmath.re(product) for product, imaginary in products]

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        import mpmath

        matrix = mpmath.matrix([[mpmath.mpc(*entry) for entry in row] for row in standard["covariance"]])
        return self._mp_natural((matrix + matrix.H) / 2)

    def mp_natural_from_unconstrained(self, u: Sequence[Any]) -> Sequence[Any]:
        import mpmath

        factor = mpmath.matrix(self.dimension)
        for value, (i, j, imaginary) in zip(u, hermitian.entries(self.dimension), strict=True):
            factor[i, j] += mpmath.exp(value) if i == j else mpmath.mpc(0, value) if imaginary else value
        return self._mp_natural(factor * factor.H)

    @classmethod
    def examples(cls) -> tuple[ComplexNormal, ...]:
        return (cls(1), cls(3))


def _steps_in_cone(matrix: Callable[[Rows], Complex], point: Rows, direction: Rows) -> Rows:
    """The largest beta with point + beta direction in the cone, both made matrices by `matrix`."""
    change = hermitian.real_form(matrix(direction))

    def step(start: Rows) -> Rows:
        factor, _, _ = hermitian.cholesky(matrix(start))
        return boundary.positive_definite(hermitian.real_form(factor), change)

    return boundary.in_two(step, point, direction)


class _RealVector:
    """A SciPy distribution of the real and imaginary parts as one vector."""

    def __init__(self, frozen: Any) -> None:
        self.frozen, self.entropy = frozen, frozen.entropy

    def logpdf(self, x: Rows) -> Any:
        return self.frozen.logpdf(np.ravel(x))
