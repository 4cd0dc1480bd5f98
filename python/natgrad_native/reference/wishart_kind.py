# ruff: noqa: D102  (the statements are documented in statements.py)
"""What the Wishart and the inverse Wishart family state alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from . import boundary, bregman, charts, gaussian, representable
from . import symmetric as sym
from .arrays import Counts, Rows, average
from .charts import COVARIANCE, Above, Chart
from .conditions import Condition
from .dirichlet_divergence import remainder_divergence
from .domain_draws import log_uniform
from .family import Family, Inverse, require_integer
from .metrics import Bordered, Covariance, Metric, Natural, Times, cholesky_metric
from .special import (
    gamma_dual,
    log_minus_digamma,
    trigamma,
    trigamma_minus_reciprocal,
)

# A matrix that was computed in float32 is symmetric within this share of its diagonal.
SYMMETRY_TOLERANCE = 1e-6
LIMIT = 60
STEP_TOLERANCE = 1e-9


@dataclass(frozen=True)
class WishartKind(Family):
    """Y = X (SIGN 1) or X^-1 (SIGN -1) is Wishart with 2 a degrees of freedom and scale V = N^-1.

    T = (log det X, packed Y), theta = (SIGN a, packed -N/2 with off-diagonals doubled), h = det X^(-(d+1)/2), A = log
    Gamma_d(a) - a log det(N/2), mu = (SIGN (sum psi(a_j) - log det(N/2)), packed 2 a V), a_j = a - j/2, j < d (Muirhead
    1982, Aspects of Multivariate Statistical Theory, section 3.2). Centred mean coordinates: [-SIGN G(a), packed 2 a
    V], G(a) = sum of log a - psi(a_j) = log det E Y - E log det Y > 0. The inverse solves G(a) = that.
    """

    dimension: int

    SIGN: ClassVar[float]
    MATRIX: ClassVar[str]  # the name of N
    VARIATE: ClassVar[str]  # the name of Y
    GAP_CONDITION: ClassVar[str]

    def __post_init__(self) -> None:
        require_integer(self, "dimension", 1)
        super().__post_init__()

    @property
    def names(self) -> tuple[str, ...]:
        prefix = "" if self.SIGN > 0 else "negative_"
        entries = [(i, j) for i in range(self.dimension) for j in range(i + 1)]
        matrix = tuple(f"negative_{'half_' if i == j else ''}{self.MATRIX}[{i},{j}]" for i, j in entries)
        return (f"{prefix}half_degrees_of_freedom", *matrix)

    @property
    def size(self) -> int:
        return 1 + sym.packed_size(self.dimension)

    @property
    def event_shape(self) -> tuple[int, ...]:
        return (self.dimension, self.dimension)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"degrees_of_freedom": (), "scale": (self.dimension, self.dimension)}

    def _half_degrees(self, theta: Rows) -> Rows:
        return np.asarray(self.SIGN * theta[..., 0])

    def _matrix(self, theta: Rows) -> Rows:
        """N (rows, d, d); linear, so it also turns a direction of theta into one of N."""
        return sym.unpack(-theta[..., 1:] / sym.natural_scale(self.dimension), self.dimension)

    def _natural(self, a: Rows, matrix: Rows) -> Rows:
        second = -sym.pack(matrix) * sym.natural_scale(self.dimension)
        return np.concatenate([(self.SIGN * a)[..., None], second], axis=-1)

    def _factor(self, theta: Rows) -> Rows:
        return sym.cholesky(self._matrix(theta))[0]

    def _scale_matrix(self, theta: Rows) -> Rows:
        return sym.inverse_from_cholesky(self._factor(theta))

    def _parts(self, a: Rows) -> Rows:
        """a_j, (..., d)."""
        return np.asarray(a[..., None] - self._halves)

    @property
    def _halves(self) -> Rows:
        return np.asarray(0.5 * np.arange(self.dimension, dtype=np.float64))

    # --- domains ---

    def _natural_domain(self, theta: Rows) -> Iterator[Condition]:
        a = self._half_degrees(theta)
        yield Condition(a - self._halves[-1] > 0, "degrees_of_freedom must be > dimension - 1", 2.0 * a)
        _, good, pivot = sym.cholesky(self._matrix(theta))
        yield Condition(good, f"{self.MATRIX.replace('_', ' ')} must be positive definite", pivot)

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        factor, good, pivot = sym.cholesky(sym.unpack(mu[:, 1:], self.dimension))
        yield Condition(good, f"E {self.VARIATE} must be positive definite", pivot)
        gap = 2.0 * gaussian.half_log_determinant(factor) - self.SIGN * mu[:, 0]
        yield Condition((gap > 0) | ~good, self.GAP_CONDITION, gap)

    def _centred_domain(self, centred: Rows) -> Iterator[Condition]:
        _, good, pivot = sym.cholesky(sym.unpack(centred[:, 1:], self.dimension))
        yield Condition(good, f"E {self.VARIATE} must be positive definite", pivot)
        gap = -self.SIGN * centred[:, 0]
        yield Condition(gap > 0, self.GAP_CONDITION, gap)

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        nu = standard["degrees_of_freedom"]
        yield Condition(nu > self.dimension - 1, "degrees_of_freedom must be > dimension - 1", nu)
        yield from definite("scale", standard["scale"])

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield from definite("x", x)

    # --- maps ---

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        scale = sym.symmetrised(standard["scale"])
        matrix = sym.inverse_from_cholesky(sym.cholesky(scale)[0]) if self.SIGN > 0 else scale
        return self._natural(0.5 * standard["degrees_of_freedom"], matrix)

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        scale = self._scale_matrix(theta) if self.SIGN > 0 else self._matrix(theta)
        return {"degrees_of_freedom": 2.0 * self._half_degrees(theta), "scale": scale}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        """Along -N/2 where the scale is N; where it is V, a tr(N dV N dV) and tr(N dV) d nu/2 beside psi' for nu."""
        if self.SIGN < 0:
            slope = np.concatenate([[-0.5], -sym.natural_scale(self.dimension)])
            return natural.along(np.broadcast_to(slope, theta.shape))
        a, n, v = self._half_degrees(theta), self._matrix(theta), self._scale_matrix(theta)
        border = sym.pack(n) * sym.natural_scale(self.dimension)
        gain = sym.pack(v) / (2.0 * a[:, None])
        return Bordered(0.25 * self._curvature(a), border, gain, Times(2.0 * a, Covariance(n, v)))

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {"degrees_of_freedom": Above(self.dimension - 1.0), "scale": COVARIANCE}

    def _unconstrained_from_natural(self, theta: Rows) -> Rows:
        """Log (nu - d + 1), and the factor L of the scale, V = N^-1 without its being formed."""
        excess = 2.0 * (self._half_degrees(theta) - self._halves[-1])
        logged = charts.with_logged_diagonal(self._scale_factors(theta)[0])
        return np.concatenate([np.log(excess)[:, None], logged], axis=-1)

    def _scale_factors(self, theta: Rows) -> tuple[Rows, Rows]:
        """L and L^-1 of the scale L L^T."""
        eye = np.broadcast_to(np.eye(self.dimension), (len(theta), self.dimension, self.dimension))
        if self.SIGN < 0:
            return self._factor(theta), sym.solve_lower(self._factor(theta), eye)
        root = gaussian.inverse_factor(self._matrix(theta))
        return sym.solve_lower(root, eye), root

    def _natural_from_unconstrained(self, u: Rows) -> Rows:
        factor = charts.from_logged_diagonal(u[:, 1:], self.dimension)
        matrix = factor @ sym.transpose(factor) if self.SIGN < 0 else sym.inverse_from_cholesky(factor)
        return self._natural(self._halves[-1] + 0.5 * np.exp(u[:, 0]), matrix)

    def _unconstrained_fisher(self, theta: Rows, natural: Natural) -> Metric:
        """As for the scale, with SIGN times the sum of d log L_jj in place of tr(N dV)/2: theirs is the same change."""
        a = self._half_degrees(theta)
        excess = 2.0 * (a - self._halves[-1])
        factor, root = self._scale_factors(theta)
        inverse = self._matrix(theta) if self.SIGN > 0 else self._scale_matrix(theta)
        i, j = np.tril_indices(self.dimension)
        border = self.SIGN * excess[:, None] * (i == j)
        gain = self.SIGN * (excess / (4.0 * a))[:, None] * np.where(i == j, 1.0, sym.pack(factor))
        rest = Times(2.0 * a, cholesky_metric(inverse, root))
        return Bordered(0.25 * excess * self._curvature(a) * excess, border, gain, rest)

    def _means_of_logs(self, theta: Rows) -> tuple[Rows, Rows]:
        """psi(a_j) - log(L_jj^2/2), whose sum is E log det Y, and log(L_jj^2/2), N = L L^T."""
        logs = np.log(0.5 * np.diagonal(self._factor(theta), axis1=-2, axis2=-1) ** 2)
        parts = self._parts(self._half_degrees(theta))
        return digamma_less_log(parts, np.exp(logs)), logs

    def _log_partition(self, theta: Rows) -> Rows:
        """By log Gamma(x) = x psi(x) - x - gamma_dual(x), in which a_j meets one small factor."""
        parts = self._parts(self._half_degrees(theta))
        means, logs = self._means_of_logs(theta)
        terms = parts * (means - 1.0) - gamma_dual(parts) - self._halves * logs
        return np.asarray(terms.sum(axis=-1) + self._quarter_log_pi)

    @property
    def _quarter_log_pi(self) -> float:
        return float(0.25 * self.dimension * (self.dimension - 1) * np.log(np.pi))

    def _to_mean(self, theta: Rows) -> Rows:
        first = self.SIGN * self._means_of_logs(theta)[0].sum(axis=-1)
        return np.concatenate([first[:, None], self._mean_matrix(theta)], axis=-1)

    def _mean_matrix(self, theta: Rows) -> Rows:
        return sym.pack(2.0 * self._half_degrees(theta)[:, None, None] * self._scale_matrix(theta))

    def _centred_from_natural(self, theta: Rows) -> Rows:
        first = -self.SIGN * self._gap(self._half_degrees(theta))
        return np.concatenate([first[:, None], self._mean_matrix(theta)], axis=-1)

    def _gap(self, a: Rows) -> Rows:
        """G(a), every term positive."""
        parts = self._parts(a)
        return np.asarray((log_minus_digamma(parts) + np.log1p(self._halves / parts)).sum(axis=-1))

    def _curvature(self, a: Rows) -> Rows:
        """-G'(a) = sum of psi'(a_j) - 1/a, every term positive."""
        parts = self._parts(a)
        return np.asarray((trigamma_minus_reciprocal(parts) + self._halves / a[..., None] / parts).sum(axis=-1))

    inverse_method = (
        "Newton in the logarithm of the degrees of freedom above their least on that of the gap, almost linear at both "
        "ends, from the rational function of the gap with the limits there (DLMF 5.7.6 and 5.11.2)"
    )
    most_inverse_iterations = 6

    def _to_natural(self, mu: Rows) -> Inverse:
        factor, _, _ = sym.cholesky(sym.unpack(mu[:, 1:], self.dimension))
        return self._from_gap(2.0 * gaussian.half_log_determinant(factor) - self.SIGN * mu[:, 0], factor)

    def _natural_from_centred(self, centred: Rows) -> Inverse:
        factor, _, _ = sym.cholesky(sym.unpack(centred[:, 1:], self.dimension))
        return self._from_gap(-self.SIGN * centred[:, 0], factor)

    def _from_gap(self, gap: Rows, factor: Rows) -> Inverse:
        """Newton on log G - log gap in log e, e = a - (d-1)/2, a function that is almost linear at both ends."""
        d = self.dimension
        least = self._halves[-1]
        e = (1.0 + gap) / (4.0 / (d * (d + 1)) * gap + gap * gap)
        iterations = np.zeros(gap.shape, dtype=np.int64)
        converged = np.zeros(gap.shape, dtype=bool)
        active = np.arange(gap.size)
        for _ in range(LIMIT):
            if not active.size:
                break
            here, target = e[active], gap[active]
            parts = here[:, None] + (least - self._halves)
            a = here + least
            value = (log_minus_digamma(parts) + np.log1p(self._halves / parts)).sum(axis=-1)
            slope = (trigamma_minus_reciprocal(parts) + self._halves / a[:, None] / parts).sum(axis=-1)
            step = np.log1p((value - target) / target) * value / (here * slope)
            e[active] = here * np.exp(np.clip(step, -5.0, 5.0))
            iterations[active] += 1
            done = np.abs(step) <= STEP_TOLERANCE
            converged[active] = done
            active = active[~done]
        a = e + least
        matrix = 2.0 * a[:, None, None] * sym.inverse_from_cholesky(factor)
        return Inverse(self._natural(a, matrix), iterations, converged & (a > least))

    # --- densities ---

    def _sufficient_statistics(self, x: Rows) -> Rows:
        if self.dimension == 1:  # a logarithm that keeps its digits near 0
            return np.stack([np.log(x[:, 0, 0]), x[:, 0, 0] ** self.SIGN], axis=-1)
        factor, _, _ = sym.cholesky(sym.symmetrised(x))
        first = 2.0 * gaussian.half_log_determinant(factor)
        second = sym.symmetrised(x) if self.SIGN > 0 else sym.inverse_from_cholesky(factor)
        return np.concatenate([first[:, None], sym.pack(second)], axis=-1)

    def _log_base_measure(self, x: Rows) -> Rows:
        factor, _, _ = sym.cholesky(sym.symmetrised(x))
        return np.asarray(-(self.dimension + 1) * gaussian.half_log_determinant(factor))

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        first = self.SIGN * self._means_of_logs(theta)[0].sum(axis=-1)
        return np.asarray(-0.5 * (self.dimension + 1) * first)

    def _dual_of_natural(self, theta: Rows) -> Rows:
        """Sum of a_j psi(a_j) - a_j - log Gamma(a_j) + (psi(a_j) - 1) j/2."""
        parts = self._parts(self._half_degrees(theta))
        terms = gamma_dual(parts) + self._halves * (digamma_less_log(parts, np.ones_like(parts)) - 1.0)
        return np.asarray(terms.sum(axis=-1) - self._quarter_log_pi)

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        matrices = self._matrix(p), self._matrix(q)
        return self.divergence(self._half_degrees(p), self._half_degrees(q), *matrices, self._matrix(q - p))

    def divergence(self, a: Rows, c: Rows, n_p: Rows, n_q: Rows, step: Rows) -> Rows:
        """KL from half degrees a and matrix N_p to c and N_q, step = N_q - N_p.

        That of the degrees of freedom, and c (tr E - log det(I + E)), I + E the whitened ratio of the means.
        """
        # N_q - (c/a) N_p, from the differences of the points where they are close.
        share = ((c - a) / a)[:, None, None]
        scale = (a / c)[:, None, None]
        excess = np.where(np.abs(share) <= 0.5, step - share * n_p, n_q - (c / a)[:, None, None] * n_p)
        return np.asarray(self._degrees_divergence(a, c) + c * gaussian.ratio_spread(n_p, scale * n_q, scale * excess))

    def _degrees_divergence(self, a: Rows, c: Rows) -> Rows:
        """The Bregman divergence from a to c of sum log Gamma(x_j) - d x log x.

        Those of log Gamma(x_j) - x_j log x_j, and those of x_j log x_j - x log x, whose curvature is (j/2) / (x x_j).
        """
        own, other, h = self._parts(a), self._parts(c), self._halves
        step = (c - a)[:, None]
        a, c = a[:, None], c[:, None]
        apart = other * np.log1p(h * (step / (own * c))) - h * np.log(c / a)
        close = bregman.curvature_integral(lambda x, s: _curvatures(x, s, h), own, np.broadcast_to(step, own.shape))
        near = np.maximum(own[:, -1] / other[:, -1], other[:, -1] / own[:, -1]) <= 2.0
        return np.asarray(remainder_divergence(own, other).sum(axis=-1) + np.where(near, close, apart.sum(axis=-1)))

    # --- Fisher information ---

    def _fisher(self, theta: Rows) -> Rows:
        a, v = self._half_degrees(theta), self._scale_matrix(theta)
        i, j = np.tril_indices(self.dimension)
        si, sj = v[:, i, :], v[:, j, :]
        matrix = np.empty((len(theta), self.size, self.size))
        matrix[:, 0, 0] = trigamma(self._parts(a)).sum(axis=-1)
        matrix[:, 0, 1:] = matrix[:, 1:, 0] = 2.0 * self.SIGN * sym.pack(v)
        matrix[:, 1:, 1:] = 2.0 * a[:, None, None] * (si[:, :, i] * sj[:, :, j] + si[:, :, j] * sj[:, :, i])
        return matrix

    def _fisher_multiply(self, theta: Rows, v: Rows) -> Rows:
        """The change of mu for the change v of theta; O(d^3)."""
        a, scale = self._half_degrees(theta), self._scale_matrix(theta)
        da, change = self.SIGN * v[:, 0], -self._matrix(v)
        second = 2.0 * (a[:, None, None] * (scale @ change @ scale) + da[:, None, None] * scale)
        first = self.SIGN * (trigamma(self._parts(a)).sum(axis=-1) * da + (scale * change).sum(axis=(-1, -2)))
        return np.concatenate([first[:, None], sym.pack(sym.symmetrised(second))], axis=-1)

    def _fisher_solve(self, theta: Rows, v: Rows, damping: Rows) -> Rows:
        """In closed form without damping; a damped row is solved densely or by conjugate gradients."""
        answer = np.empty_like(v)
        plain = damping == 0
        answer[plain] = self._plain_solve(theta[plain], v[plain])
        if not plain.all():
            answer[~plain] = super()._fisher_solve(theta[~plain], v[~plain], damping[~plain])
        return answer

    def _plain_solve(self, theta: Rows, v: Rows) -> Rows:
        a, n = self._half_degrees(theta), self._matrix(theta)
        w = sym.unpack(v[:, 1:], self.dimension)
        da = (self.SIGN * v[:, 0] - (n * w).sum(axis=(-1, -2)) / (2.0 * a)) / self._curvature(a)
        change = -(0.5 * sym.symmetrised(n @ w @ n) - da[:, None, None] * n) / a[:, None, None]
        return self._natural(da, change)

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        """As for MultivariateNormal |d(V)/d(theta_2)| = |V|^(d+1) 2^d; E Y = 2 a V."""
        a, d = self._half_degrees(theta), self.dimension
        logs = sym.packed_size(d) * np.log(2.0 * a) + d * np.log(2.0) + np.log(self._curvature(a))
        return np.asarray(logs - 2.0 * (d + 1) * gaussian.half_log_determinant(self._factor(theta)))

    # --- boundary ---

    def _step_to_boundary(self, theta: Rows, direction: Rows) -> Rows:
        excess = self._half_degrees(theta) - self._halves[-1]
        degrees = boundary.positive(excess[:, None], self.SIGN * direction[:, :1])
        return np.minimum(degrees, boundary.positive_definite(self._factor(theta), self._matrix(direction)))

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        """The root of the concave log det(I + beta E) + gap - beta d_1 inside the cone I + beta E > 0."""
        factor, _, _ = sym.cholesky(sym.unpack(mu[:, 1:], self.dimension))
        room = 2.0 * gaussian.half_log_determinant(factor) - self.SIGN * mu[:, 0]
        step = sym.unpack(direction[:, 1:], self.dimension)
        half = sym.solve_lower(factor, step)
        e = np.asarray(np.linalg.eigvalsh(sym.symmetrised(sym.solve_lower(factor, sym.transpose(half)))), np.float64)
        rise = self.SIGN * direction[:, 0]

        def gap(beta: Rows, rows: Counts) -> tuple[Rows, Rows]:
            grown = 1.0 + beta[:, None] * e[rows]
            inside = np.asarray((grown > 0).all(axis=-1))
            safe = np.where(inside[:, None], grown, 1.0)
            value = np.log(safe).sum(axis=-1) + room[rows] - beta * rise[rows]
            slope = (e[rows] / safe).sum(axis=-1) - rise[rows]
            return np.where(inside, value, -np.inf), np.where(inside, slope, -1.0)

        cone = boundary.positive(np.ones_like(e), e)
        leaves = np.isfinite(cone) | (rise > 0)
        start = np.where(np.isfinite(cone), cone, room / np.where(rise > 0, rise, 1.0))
        return boundary.concave_root(gap, boundary.outward_bracket(gap, start, leaves), leaves)

    # --- data and tests ---

    @property
    def _log_base_measure_slope(self) -> Rows | None:
        return np.where(np.arange(self.size) == 0, -0.5 * (self.dimension + 1.0), 0.0)

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
        """Bartlett's decomposition: Y = L^-T B B^T L^-1 with N = L L^T (Smith & Hocking 1972, AS 53).

        B is lower triangular with standard normals below the diagonal and on it the root of a chi-squared of 2 a - j
        degrees of freedom; X = Y^-1 is (L B^-T)(L B^-T)^T.

        The last of them is small where nu - d + 1 is: below d^2 eps its share in det X, exact in B, is lost among the
        roundings of X's entries. `representable.positive_definite` leaves X a determinant, a little too large.
        """
        d = self.dimension
        flat = theta.reshape(-1, self.size)
        factor = self._factor(flat).reshape(*theta.shape[:-1], d, d)
        parts = self._parts(self._half_degrees(theta))
        b = np.tril(rng.standard_normal((*shape, d, d)), -1)
        squares = 2.0 * rng.standard_gamma(np.broadcast_to(parts, (*shape, d)))
        b[..., np.arange(d), np.arange(d)] = np.sqrt(np.maximum(squares, np.finfo(np.float64).tiny))
        left = np.broadcast_to(factor, b.shape).reshape(-1, d, d)
        b = b.reshape(-1, d, d)
        if self.SIGN > 0:
            root = sym.solve_upper(left, b)
        else:
            root = left @ sym.transpose(sym.solve_lower(b, np.broadcast_to(np.eye(d), b.shape)))
        return representable.gram(root).reshape(*shape, d, d)

    def _inside_support(self, draws: NDArray[Any]) -> NDArray[Any]:
        return representable.positive_definite(draws)

    def centred_mean_of_data(self, x: Rows, weights: Rows | None, axis: int) -> Rows:
        """[-SIGN (log det E Y - E log det Y), E Y], the first as E(tr R - d - log det R), R = Y in the basis of E Y."""
        d = self.dimension
        flat = sym.symmetrised(x.reshape(-1, d, d))
        y = flat if self.SIGN > 0 else sym.inverse_from_cholesky(sym.cholesky(flat)[0])
        plain = None if weights is None else weights[..., 0]
        packed = sym.pack(y).reshape(*x.shape[:-2], sym.packed_size(d))
        mean = average(packed, plain, axis)
        wide = np.broadcast_to(np.expand_dims(mean, axis), packed.shape).reshape(-1, packed.shape[-1])
        factor, good, _ = sym.cholesky(sym.unpack(wide, d))
        half = sym.solve_lower(factor, y - sym.unpack(wide, d))
        relative = sym.symmetrised(sym.solve_lower(factor, sym.transpose(half)))
        near, smallest = gaussian.trace_less_log_determinant(relative)
        logs = 2.0 * gaussian.half_log_determinant(sym.cholesky(y)[0]) - 2.0 * gaussian.half_log_determinant(factor)
        far = np.trace(relative, axis1=-2, axis2=-1) - logs
        spread = np.where(good, np.where(smallest > gaussian.SMALL_PIVOT, near, far), 0.0).reshape(x.shape[:-2])
        outer = None if weights is None else weights[..., 0, 0]
        return np.concatenate([-self.SIGN * average(spread, outer, axis)[..., None], mean], axis=-1)

    def definite_part(self, x: Rows) -> Rows:
        return sym.symmetrised(x)

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        d = self.dimension
        noise = rng.standard_normal((rows, d, 2 * d))
        matrix = noise @ sym.transpose(noise) / (2 * d) + 0.1 * np.eye(d)
        scale = np.exp(rng.uniform(-1.0, 1.0, (rows, d)))
        matrix = matrix * scale[:, :, None] * scale[:, None, :]
        return self._natural(self._halves[-1] + np.exp(rng.uniform(-1.0, 3.0, rows)), matrix)

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        """Random axes; a scale; a condition of up to 10^(decades/3); degrees of freedom beyond their least."""
        d = self.dimension
        axes, _ = np.linalg.qr(rng.standard_normal((rows, d, d)))
        spread = rng.uniform(0.0, decades / 3.0, (rows, 1)) * rng.uniform(-1.0, 0.0, (rows, d))
        values = log_uniform(rng, (rows, 1), decades) * 10.0**spread
        matrix = sym.symmetrised((axes * values[:, None, :]) @ sym.transpose(axes))
        return self._natural(self._halves[-1] + log_uniform(rng, rows, decades), matrix)

    def hard_points(self) -> Rows:
        """Few and many degrees of freedom; badly scaled, strongly correlated."""
        d = self.dimension
        grid = np.arange(d)
        correlated = 0.99 ** np.abs(grid[:, None] - grid)
        spread = 10.0 ** np.linspace(-1.0, 1.0, d)
        matrices = [np.eye(d), correlated, correlated * spread[:, None] * spread, np.eye(d) * 1e-10, np.eye(d) * 1e6]
        return self._natural(self._halves[-1] + np.array([1e-8, 1e12, 10.0, 1.0, 1e6]), np.array(matrices))

    # --- the judge ---

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        d, a = self.dimension, int(self.SIGN) * theta[0]
        matrix = mpmath.matrix(d)
        for k, (i, j) in enumerate(lower_triangle(d)):
            matrix[i, j] = matrix[j, i] = -theta[1 + k] / (1 if i == j else 2)
        gammas = sum(mpmath.loggamma(a - mpmath.mpf(j) / 2) for j in range(d))
        return gammas + mpmath.mpf(d * (d - 1)) / 4 * mpmath.log(mpmath.pi) - a * mpmath.log(mpmath.det(matrix))

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        return -(self.dimension + 1) * mean[0] / 2

    def mp_centred_from_mean(self, mean: Sequence[Any]) -> Sequence[Any]:
        import mpmath

        d = self.dimension
        matrix = mp_symmetric(mean[1:], d)
        return [mean[0] - int(self.SIGN) * mpmath.log(mpmath.det(matrix)), *mean[1:]]

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        import mpmath

        matrix = _mp_symmetrised(x)
        y = matrix if self.SIGN > 0 else mpmath.inverse(matrix)
        return [_mp_log_determinant(matrix), *(y[i, j] for i, j in lower_triangle(self.dimension))]

    def mp_log_base_measure(self, x: Any) -> Any:
        return -(self.dimension + 1) * _mp_log_determinant(_mp_symmetrised(x)) / 2

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        import mpmath

        scale = _mp_symmetrised(standard["scale"])
        matrix = mpmath.inverse(scale) if self.SIGN > 0 else scale
        second = [-matrix[i, j] / (2 if i == j else 1) for i, j in lower_triangle(self.dimension)]
        return [int(self.SIGN) * standard["degrees_of_freedom"] / 2, *second]

    @classmethod
    def examples(cls) -> tuple[WishartKind, ...]:
        return (cls(1), cls(3))


def _curvatures(own: Rows, step: Rows, h: Rows) -> Rows:
    return np.asarray((step * step * h / ((own + h) * own)).sum(axis=-1))


def digamma_less_log(x: Rows, y: Rows) -> Rows:
    """psi(x) - log y."""
    return np.asarray(np.log(x / y) - log_minus_digamma(x))


def definite(name: str, matrix: Rows) -> Iterator[Condition]:
    """Symmetric within rounding, and positive definite."""
    with np.errstate(invalid="ignore"):
        skew = np.abs(matrix - sym.transpose(matrix))
        root = np.sqrt(np.abs(np.diagonal(matrix, axis1=-2, axis2=-1)))
        met = np.asarray((skew <= SYMMETRY_TOLERANCE * sym.outer(root, root)).all(axis=(-1, -2)))
        yield Condition(
            met, f"{name} must be symmetric", np.nan_to_num(skew, nan=0.0, posinf=np.inf).max(axis=(-1, -2))
        )
        _, good, pivot = sym.cholesky(np.where(met[:, None, None], sym.symmetrised(matrix), 0.0))
    yield Condition(good | ~met, f"{name} must be positive definite", pivot)


def mp_symmetric(packed: Sequence[Any], dimension: int) -> Any:
    """The matrix of a packed lower triangle, in mpmath."""
    import mpmath

    matrix = mpmath.matrix(dimension)
    for value, (i, j) in zip(packed, lower_triangle(dimension), strict=True):
        matrix[i, j] = matrix[j, i] = value
    return matrix


def _mp_symmetrised(matrix: Any) -> Any:
    import mpmath

    full = mpmath.matrix(matrix)
    return (full + full.T) / 2


def _mp_log_determinant(matrix: Any) -> Any:
    """NaN where a draw, rounded, is not positive definite any more."""
    import mpmath

    determinant = mpmath.det(matrix)
    return mpmath.log(determinant) if determinant > 0 else mpmath.nan


def lower_triangle(dimension: int) -> list[tuple[int, int]]:
    """Row and column of each packed entry."""
    return [(i, j) for i in range(dimension) for j in range(i + 1)]
