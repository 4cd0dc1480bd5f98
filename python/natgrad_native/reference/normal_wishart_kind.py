# ruff: noqa: D102  (the statements are documented in statements.py)
"""What the joint priors of a multivariate Normal's mean and its precision or covariance matrix state alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from . import boundary, gaussian, two_by_two
from . import symmetric as sym
from .arrays import Rows, average
from .charts import POSITIVE, REAL, Chart
from .conditions import Condition
from .domain_draws import log_uniform, signs
from .family import Family, Inverse, require_integer
from .metrics import Dense, Diagonal, Metric, Natural, consecutive
from .special import HALF_LOG_TWO_PI, ratio_remainder
from .wishart_kind import WishartKind, lower_triangle, mp_symmetric


@dataclass(frozen=True)
class NormalWishartKind(Family):
    """x = (z, X): Y = X (SIGN 1) or X^-1 (SIGN -1) is Wishart(2 a, N^-1), and z given Y is Normal(m, (k Y)^-1).

    T = (log det X, packed Y, Y z, z^T Y z), theta = (SIGN a, packed -(N + k m m^T)/2 with off-diagonals doubled, k m,
    -k/2), h = det X^((SIGN - d - 1)/2), A = log Gamma_d(a) - a log det(N/2) - d log(k/2 pi)/2, mu = (those of the
    Wishart's, E Y m, d/k + m^T E Y m) (DeGroot 1970, Optimal Statistical Decisions, section 9.10). Centred mean
    coordinates: [the Wishart's, m, d/k]. N is formed in twice the precision. An event is z over the rows of X.
    """

    dimension: int

    MARGINAL: ClassVar[type[WishartKind]]  # of X alone
    MEAN_CONDITION: ClassVar[str]
    GAP_CONDITION: ClassVar[str]

    def __post_init__(self) -> None:
        require_integer(self, "dimension", 1)
        super().__post_init__()

    @property
    def _marginal(self) -> WishartKind:
        return self.MARGINAL(self.dimension)

    @property
    def _vector(self) -> int:
        """Where k m stands."""
        return self._marginal.size

    @property
    def names(self) -> tuple[str, ...]:
        first, *matrix = self._marginal.names
        about = tuple(name.replace("[", "_about_zero[") for name in matrix)
        vector = tuple(f"precision_scale_times_location[{i}]" for i in range(self.dimension))
        return (first, *about, *vector, "negative_half_precision_scale")

    @property
    def size(self) -> int:
        return self._vector + self.dimension + 1

    @property
    def event_shape(self) -> tuple[int, ...]:
        return (self.dimension + 1, self.dimension)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"location": (self.dimension,), "precision_scale": (), **self._marginal.standard_shapes}

    # --- points ---

    def _location(self, theta: Rows) -> Rows:
        return np.asarray(-0.5 * (theta[..., self._vector : -1] / theta[..., -1:]))

    def _scale(self, theta: Rows) -> Rows:
        return np.asarray(-2.0 * theta[..., -1])

    def _inverse_scale(self, theta: Rows) -> tuple[Rows, Rows]:
        """Return N, packed, as value and error."""
        i, j = np.tril_indices(self.dimension)
        first = theta[..., self._vector : -1]
        whole = -theta[..., 1 : self._vector] / sym.natural_scale(self.dimension)
        return two_by_two.schur_complement(whole, first[..., i], self._scale(theta)[..., None], first[..., j])

    def _of_matrix(self, theta: Rows) -> Rows:
        """Theta of X alone."""
        n, _ = self._inverse_scale(theta)
        return np.concatenate([theta[..., :1], -n * sym.natural_scale(self.dimension)], axis=-1)

    def _joint(self, wishart: Rows, m: Rows, k: Rows) -> Rows:
        """Theta from that of X alone, location and precision scale."""
        first = k[:, None] * m
        shift = sym.pack(sym.outer(first, m)) * sym.natural_scale(self.dimension)
        return np.concatenate([wishart[:, :1], wishart[:, 1:] - shift, first, -0.5 * k[:, None]], axis=-1)

    def _matrix(self, packed: Rows) -> Rows:
        return sym.unpack(packed[:, 1 : self._vector], self.dimension)

    def _split(self, mu: Rows) -> tuple[Rows, Rows]:
        """Return m = (E Y)^-1 E Y z and d/k = E z^T Y z - |L^-1 E Y z|^2, E Y = L L^T."""
        factor, _, _ = sym.cholesky(self._matrix(mu))
        half = sym.solve_lower(factor, mu[:, self._vector : -1, None])
        return sym.solve_upper(factor, half)[..., 0], mu[:, -1] - (half * half).sum(axis=(-1, -2))

    # --- domains ---

    def _natural_domain(self, theta: Rows) -> Iterator[Condition]:
        k = self._scale(theta)
        yield Condition(k > 0, "precision_scale must be > 0", k)
        guarded = theta.copy()
        guarded[k <= 0, -1], guarded[k <= 0, self._vector : -1] = -1.0, 0.0
        for condition in self._marginal._natural_domain(self._of_matrix(guarded)):
            yield condition._replace(met=condition.met | (k <= 0))

    def _matrix_conditions(self, conditions: Iterator[Condition]) -> Iterator[Condition]:
        """Those of the Wishart's mean, in the words of this family."""
        for condition, text in zip(conditions, (self.MEAN_CONDITION, self.GAP_CONDITION), strict=True):
            yield condition._replace(text=text)

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        yield from self._matrix_conditions(iter(self._marginal._mean_domain(mu[:, : self._vector])))
        _, spread = self._split(mu)
        yield Condition(spread > 0, "d / precision_scale must be > 0", spread)

    def _centred_domain(self, centred: Rows) -> Iterator[Condition]:
        yield from self._matrix_conditions(iter(self._marginal._centred_domain(centred[:, : self._vector])))
        yield Condition(centred[:, -1] > 0, "d / precision_scale must be > 0", centred[:, -1])

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        k = standard["precision_scale"]
        yield Condition(k > 0, "precision_scale must be > 0", k)
        yield from self._marginal._standard_domain(standard)

    def _support(self, x: Rows) -> Iterator[Condition]:
        for j in range(self.dimension):
            yield Condition(np.isfinite(x[:, 0, j]), "x must have a finite mean", x[:, 0, j])
        yield from self._marginal._support(x[:, 1:])

    # --- maps ---

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        wishart = self._marginal._natural_from_standard(standard)
        return self._joint(wishart, standard["location"], standard["precision_scale"])

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        wishart = self._marginal._standard_from_natural(self._of_matrix(theta))
        return {"location": self._location(theta), "precision_scale": self._scale(theta), **wishart}

    def _metrics(self, theta: Rows) -> tuple[Rows, Metric, Rows, Natural]:
        """Return k, k E Y for the location, theta of X alone and its F: the three do not know of each other.

        The scores of m and k have the mean 0 given X, whatever X is.
        """
        k, wishart = self._scale(theta), self._of_matrix(theta)
        precision = k[:, None, None] * self._matrix(self._marginal._to_mean(wishart))
        return k, Dense(precision), wishart, Natural(self._marginal.kernels, wishart)

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        """Return k E Y for the location, d/2k^2 for its scale, and what the distribution of X has for its own."""
        k, location, wishart, own = self._metrics(theta)
        scale = Diagonal(0.5 * self.dimension / (k * k)[:, None])
        return consecutive(location, scale, self._marginal._standard_fisher(wishart, own))

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {"location": REAL, "precision_scale": POSITIVE, **self._marginal.standard_charts}

    def _unconstrained_from_natural(self, theta: Rows) -> Rows:
        logged = np.log(self._scale(theta))[:, None]
        own = self._marginal._unconstrained_from_natural(self._of_matrix(theta))
        return np.concatenate([self._location(theta), logged, own], axis=-1)

    def _natural_from_unconstrained(self, u: Rows) -> Rows:
        d = self.dimension
        return self._joint(self._marginal._natural_from_unconstrained(u[:, d + 1 :]), u[:, :d], np.exp(u[:, d]))

    def _unconstrained_fisher(self, theta: Rows, natural: Natural) -> Metric:
        _, location, wishart, own = self._metrics(theta)
        scale = Diagonal(np.full((len(theta), 1), 0.5 * self.dimension))
        return consecutive(location, scale, self._marginal._unconstrained_fisher(wishart, own))

    def _log_scale(self, theta: Rows) -> Rows:
        """Return d log(k/2 pi)/2."""
        return np.asarray(self.dimension * (0.5 * np.log(self._scale(theta)) - HALF_LOG_TWO_PI))

    def _log_partition(self, theta: Rows) -> Rows:
        return np.asarray(self._marginal._log_partition(self._of_matrix(theta)) - self._log_scale(theta))

    def _to_mean(self, theta: Rows) -> Rows:
        m = self._location(theta)
        wishart = self._marginal._to_mean(self._of_matrix(theta))
        first = sym.apply(self._matrix(wishart), m)
        last = self.dimension / self._scale(theta) + (m * first).sum(axis=-1)
        return np.concatenate([wishart, first, last[:, None]], axis=-1)

    def _centred_from_natural(self, theta: Rows) -> Rows:
        wishart = self._marginal._centred_from_natural(self._of_matrix(theta))
        return np.concatenate([wishart, self._location(theta), self.dimension / self._scale(theta)[:, None]], axis=-1)

    inverse_method = WishartKind.inverse_method
    most_inverse_iterations = WishartKind.most_inverse_iterations

    def _to_natural(self, mu: Rows) -> Inverse:
        return self._with_normal(self._marginal._to_natural(mu[:, : self._vector]), *self._split(mu))

    def _natural_from_centred(self, centred: Rows) -> Inverse:
        wishart = self._marginal._natural_from_centred(centred[:, : self._vector])
        return self._with_normal(wishart, centred[:, self._vector : -1], centred[:, -1])

    def _with_normal(self, wishart: Inverse, m: Rows, spread: Rows) -> Inverse:
        return wishart._replace(theta=self._joint(wishart.theta, m, self.dimension / spread))

    # --- densities ---

    def _sufficient_statistics(self, x: Rows) -> Rows:
        wishart = self._marginal._sufficient_statistics(x[:, 1:])
        first = sym.apply(self._matrix(wishart), x[:, 0])
        return np.concatenate([wishart, first, (x[:, 0] * first).sum(axis=-1)[:, None]], axis=-1)

    @property
    def _power(self) -> float:
        """Return log h over log det X."""
        return 0.5 * (self.MARGINAL.SIGN - self.dimension - 1)

    def _log_base_measure(self, x: Rows) -> Rows:
        return np.asarray(self._power * self._marginal._sufficient_statistics(x[:, 1:])[:, 0])

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        return np.asarray(self._power * self._marginal._to_mean(self._of_matrix(theta))[:, 0])

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        """The density of X, and of z given Y: -k (z - m)^T Y (z - m)/2 + log det(k Y / 2 pi)/2."""
        wishart, statistics = self._of_matrix(theta), self._marginal._sufficient_statistics(x[:, 1:])
        distance = x[:, 0] - self._location(theta)
        square = (distance * sym.apply(self._matrix(statistics), distance)).sum(axis=-1)
        matrix = (wishart * statistics).sum(axis=-1) + self._power * statistics[:, 0]
        normal = self._log_scale(theta) - 0.5 * self._scale(theta) * square
        return np.asarray((matrix - self._marginal._log_partition(wishart)) + normal)

    def _dual_of_natural(self, theta: Rows) -> Rows:
        wishart = self._marginal._dual_of_natural(theta[:, : self._vector])
        return np.asarray(wishart + (self._log_scale(theta) - 0.5 * self.dimension))

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        """That of the Wisharts, and of the Normals given Y at E Y: d (r - 1 - log r)/2, r = k_q/k_p, and a pull.

        The pull is k_q (m_q - m_p)^T E Y (m_q - m_p)/2, with k_q (m_q - m_p) formed as in NormalKind.
        """
        (n_p, error_p), (n_q, error_q) = self._inverse_scale(p), self._inverse_scale(q)
        a, c = self.MARGINAL.SIGN * p[:, 0], self.MARGINAL.SIGN * q[:, 0]
        step = sym.unpack((n_q - n_p) + (error_q - error_p), self.dimension)
        matrices = sym.unpack(n_p, self.dimension), sym.unpack(n_q, self.dimension)
        wisharts = self._marginal.divergence(a, c, *matrices, step)
        m_p, m_q, k = self._location(p), self._location(q), self._scale(q)[:, None]
        first, last = (q - p)[:, self._vector : -1], (q - p)[:, -1]
        turn = 2.0 * last[:, None] * m_p
        by_points = np.abs(first) + np.abs(turn) < k * (np.abs(m_p) + np.abs(m_q))
        pull = np.where(by_points, first + turn, k * (m_q - m_p))
        half = sym.solve_lower(sym.cholesky(matrices[0])[0], pull[..., None])
        given = 0.5 * self.dimension * ratio_remainder(q[:, -1] / p[:, -1], last / p[:, -1])
        return np.asarray(wisharts + given + a / k[:, 0] * (half * half).sum(axis=(-1, -2)))

    # --- Fisher information ---

    def _turn(self, m: Rows, first: Rows, k: Rows) -> Rows:
        """The change of k m m^T for changes of k m and k, as natural coordinates of -1/2 of it."""
        cross = sym.outer(first, m)
        change = cross + sym.transpose(cross) - k[:, None, None] * sym.outer(m, m)
        return np.asarray(sym.pack(change) * sym.natural_scale(self.dimension))

    def _fisher(self, theta: Rows) -> Rows:
        columns = [self._fisher_multiply(theta, np.broadcast_to(unit, theta.shape)) for unit in np.eye(self.size)]
        return sym.symmetrised(np.stack(columns, axis=-1))

    def _fisher_multiply(self, theta: Rows, v: Rows) -> Rows:
        """The change of mu for the change v of theta: d(k m) = dk m + k dm, dN = dM - d(k m m^T); O(d^3).

        dE Y m = 2 (a V B + da) V m with B = -dN: V m may be far smaller than V.
        """
        m, k, wishart = self._location(theta), self._scale(theta), self._of_matrix(theta)
        first, dk = v[:, self._vector : -1], -2.0 * v[:, -1]
        change = np.concatenate([v[:, :1], v[:, 1 : self._vector] + self._turn(m, first, dk)], axis=-1)
        moved = self._marginal._fisher_multiply(wishart, change)
        a, da = self.MARGINAL.SIGN * theta[:, 0], self.MARGINAL.SIGN * v[:, 0]
        factor, b = self._marginal._factor(wishart), -self._marginal._matrix(change)
        vm = sym.vector_solve(factor, m)
        turned, dm = sym.apply(b, vm), (first - dk[:, None] * m) / k[:, None]
        second = 2.0 * (a[:, None] * sym.vector_solve(factor, turned + dm) + da[:, None] * vm)
        own = a * (vm * (turned + 2.0 * dm)).sum(axis=-1) + da * (m * vm).sum(axis=-1)
        last = 2.0 * own - self.dimension * (dk / k) / k
        return np.concatenate([moved, second, last[:, None]], axis=-1)

    def _fisher_solve(self, theta: Rows, v: Rows, damping: Rows) -> Rows:
        """In closed form without damping; a damped row is solved densely or by conjugate gradients."""
        answer = np.empty_like(v)
        plain = damping == 0
        answer[plain] = self._plain_solve(theta[plain], v[plain])
        if not plain.all():
            answer[~plain] = super()._fisher_solve(theta[~plain], v[~plain], damping[~plain])
        return answer

    def _plain_solve(self, theta: Rows, v: Rows) -> Rows:
        """The inverse of the product: dm = (E Y)^-1 (v_3 - dE Y m), dk from what is left of v_4."""
        m, k, wishart = self._location(theta), self._scale(theta), self._of_matrix(theta)
        change = self._marginal._plain_solve(wishart, v[:, : self._vector])
        second = v[:, self._vector : -1]
        rest = second - sym.apply(self._matrix(v), m)
        left = v[:, -1] - (m * second).sum(axis=-1) - (m * rest).sum(axis=-1)
        dk = -(left * k) * (k / self.dimension)
        n = sym.unpack(self._inverse_scale(theta)[0], self.dimension)
        dm = sym.apply(n, rest) / (2.0 * self.MARGINAL.SIGN * theta[:, :1])
        first = dk[:, None] * m + k[:, None] * dm
        matrix = change[:, 1:] - self._turn(m, first, dk)
        return np.concatenate([change[:, :1], matrix, first, -0.5 * dk[:, None]], axis=-1)

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        """In (theta of the Wishart, k m, -k/2), a shear away, two blocks; the last: 2 d (2 a)^d / (det N k^(d + 2))."""
        d, wishart = self.dimension, self._of_matrix(theta)
        half = gaussian.half_log_determinant(self._marginal._factor(wishart))
        own = d * np.log(2.0 * self.MARGINAL.SIGN * theta[:, 0]) + np.log(2.0 * d) - 2.0 * half
        return np.asarray(self._marginal._fisher_log_determinant(wishart) + own - (d + 2) * np.log(self._scale(theta)))

    # --- boundary ---

    def _step_to_boundary(self, theta: Rows, direction: Rows) -> Rows:
        """The degrees of freedom's, and that of the cone [[k, k m^T], [k m, M]] > 0, of Schur complement N."""
        sign = self.MARGINAL.SIGN
        excess = sign * theta[:, :1] - 0.5 * (self.dimension - 1)
        degrees = boundary.positive(excess, sign * direction[:, :1])
        return np.minimum(degrees, boundary.in_two(lambda t: self._step_in_cone(t, direction), theta, direction))

    def _step_in_cone(self, theta: Rows, direction: Rows) -> Rows:
        d, root = self.dimension, np.sqrt(self._scale(theta))
        factor = np.zeros((len(theta), d + 1, d + 1))
        factor[:, 0, 0] = root
        factor[:, 1:, 0] = theta[:, self._vector : -1] / root[:, None]
        factor[:, 1:, 1:] = self._marginal._factor(self._of_matrix(theta))
        change = np.empty_like(factor)
        change[:, 0, 0] = self._scale(direction)
        change[:, 0, 1:] = change[:, 1:, 0] = direction[:, self._vector : -1]
        change[:, 1:, 1:] = self._matrix(-direction / self._natural_scales)
        return boundary.positive_definite(factor, change)

    @property
    def _natural_scales(self) -> Rows:
        scales = np.ones(self.size)
        scales[1 : self._vector] = sym.natural_scale(self.dimension)
        return scales

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        """The Wishart's, and that of the cone [[E Y, E Y z], [., E z^T Y z]] > 0."""
        wishart = self._marginal._mean_step_to_boundary(mu[:, : self._vector], direction[:, : self._vector])
        return np.minimum(wishart, boundary.in_two(lambda m: self._step_in_mean_cone(m, direction), mu, direction))

    def _step_in_mean_cone(self, mu: Rows, direction: Rows) -> Rows:
        d = self.dimension
        matrix, _, _ = sym.cholesky(self._matrix(mu))
        _, spread = self._split(mu)
        factor = np.zeros((len(mu), d + 1, d + 1))
        factor[:, :d, :d] = matrix
        factor[:, d, :d] = sym.solve_lower(matrix, mu[:, self._vector : -1, None])[..., 0]
        factor[:, d, d] = np.sqrt(spread)
        change = np.empty_like(factor)
        change[:, :d, :d] = self._matrix(direction)
        change[:, d, :d] = change[:, :d, d] = direction[:, self._vector : -1]
        change[:, d, d] = direction[:, -1]
        return boundary.positive_definite(factor, change)

    # --- data and tests ---

    @property
    def _log_base_measure_slope(self) -> Rows | None:
        return np.where(np.arange(self.size) == 0, 0.5 * (self.MARGINAL.SIGN - self.dimension - 1.0), 0.0)

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
        """X, and z = m + L^-T e / sqrt(k) with Y = L L^T, or m + L e / sqrt(k) with X = Y^-1 = L L^T."""
        d = self.dimension
        matrix = self._marginal._inside_support(self._marginal._sample(self._of_matrix(theta), shape, rng))
        factor, _, _ = sym.cholesky(matrix.reshape(-1, d, d))
        noise = rng.standard_normal((*shape, d)).reshape(-1, d, 1)
        turned = sym.solve_upper(factor, noise) if self.MARGINAL.SIGN > 0 else factor @ noise
        z = self._location(theta) + turned.reshape(*shape, d) / np.sqrt(self._scale(theta))[..., None]
        return np.concatenate([z[..., None, :], matrix], axis=-2)

    def centred_mean_of_data(self, x: Rows, weights: Rows | None, axis: int) -> Rows:
        """[that of the Wishart, (E Y)^-1 E Y z, E (z - m)^T Y (z - m)], in two passes."""
        d = self.dimension
        wishart = self._marginal.centred_mean_of_data(x[..., 1:, :], weights, axis)
        outer = None if weights is None else weights[..., 0]
        flat = self._marginal._sufficient_statistics(x[..., 1:, :].reshape(-1, d, d))
        y = self._matrix(flat).reshape(*x.shape[:-2], d, d)
        z = x[..., 0, :]
        # About a first guess, so that nothing large cancels.
        guess = np.expand_dims(average(z, outer, axis), axis)
        pull = average(sym.apply(y, z - guess), outer, axis)
        batch = wishart.shape[:-1]
        factor, _, _ = sym.cholesky(self._matrix(wishart.reshape(-1, self._vector)))
        shift = sym.vector_solve(factor, pull.reshape(-1, d)).reshape(*batch, d)
        m = guess + np.expand_dims(shift, axis)
        distance = z - m
        squares = (distance * sym.apply(y, distance)).sum(axis=-1)
        spread = average(squares, None if outer is None else outer[..., 0], axis)
        return np.concatenate([wishart, np.squeeze(m, axis), spread[..., None]], axis=-1)

    def _inside_support(self, draws: NDArray[Any]) -> NDArray[Any]:
        matrix = self._marginal._inside_support(draws[..., 1:, :])
        return np.concatenate([draws[..., :1, :], matrix], axis=-2)

    def definite_part(self, x: Rows) -> Rows:
        return self._marginal.definite_part(x[..., 1:, :])

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        wishart, k = self._marginal.test_points(rng, rows), np.exp(rng.uniform(-1.0, 2.0, rows))
        return self._at_distance(wishart, k, rng.uniform(-2.0, 2.0, (rows, self.dimension)))

    def hard_points(self) -> Rows:
        """The Wishart's, near and far from the origin."""
        wishart = self._marginal.hard_points()
        k = np.array([1.0, 1e-6, 1e6, 1e-3, 1e3])
        return self._at_distance(wishart, k, np.array([0.0, 10.0, -0.1, 1e-6, 3.0])[:, None] * np.ones(self.dimension))

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        """The Wishart's, a precision scale; the location in units of sqrt(N/k) over half the decades."""
        wishart = self._marginal.domain_points(rng, rows, decades)
        ratio = signs(rng, (rows, self.dimension)) * log_uniform(rng, (rows, 1), 0.5 * decades)
        return self._at_distance(wishart, log_uniform(rng, rows, decades), ratio)

    def _at_distance(self, wishart: Rows, k: Rows, ratio: Rows) -> Rows:
        """Theta whose location is `ratio` in units of the root of N's diagonal over k."""
        matrix = sym.unpack(-wishart[:, 1:] / sym.natural_scale(self.dimension), self.dimension)
        roots = np.sqrt(np.diagonal(matrix, axis1=-2, axis2=-1) / k[:, None])
        return self._joint(wishart, ratio * roots, k)

    # --- the judge ---

    def _mp_of_matrix(self, theta: Sequence[Any]) -> list[Any]:
        """Theta of X alone."""
        first, last = theta[self._vector : -1], theta[-1]
        entries = zip(theta[1 : self._vector], lower_triangle(self.dimension), strict=True)
        return [theta[0], *(t - first[i] * first[j] / last / (4 if i == j else 2) for t, (i, j) in entries)]

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        wishart = self._marginal.mp_log_partition(self._mp_of_matrix(theta))
        return wishart - self.dimension * mpmath.log(-theta[-1] / mpmath.pi) / 2

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        return self._power * mean[0]

    def mp_centred_from_mean(self, mean: Sequence[Any]) -> Sequence[Any]:
        import mpmath

        wishart = self._marginal.mp_centred_from_mean(mean[: self._vector])
        second = mpmath.matrix(mean[self._vector : -1])
        m = mpmath.lu_solve(mp_symmetric(mean[1 : self._vector], self.dimension), second)
        return [*wishart, *m, mean[-1] - (m.T * second)[0]]

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        import mpmath

        wishart = self._marginal.mp_sufficient_statistics(x[1:])
        z = mpmath.matrix(x[0])
        second = mp_symmetric(wishart[1:], self.dimension) * z
        return [*wishart, *second, (z.T * second)[0]]

    def mp_log_base_measure(self, x: Any) -> Any:
        return self._power * self._marginal.mp_sufficient_statistics(x[1:])[0]

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        first, *matrix = self._marginal.mp_natural_from_standard(standard)
        m, k = standard["location"], standard["precision_scale"]
        entries = zip(matrix, lower_triangle(self.dimension), strict=True)
        shifted = [value - k * m[i] * m[j] / (2 if i == j else 1) for value, (i, j) in entries]
        return [first, *shifted, *(k * value for value in m), -k / 2]

    @classmethod
    def examples(cls) -> tuple[NormalWishartKind, ...]:
        return (cls(1), cls(3))
