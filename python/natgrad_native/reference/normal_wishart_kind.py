# ruff: noqa: D102  (the statements are documented in statements.py)
"""What the joint priors of a Normal's mean, a vector or matrix, and its precision or covariance state alike."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from . import boundary, gaussian, representable
from . import symmetric as sym
from .arrays import FLOAT64, Real, Rows, average
from .charts import COVARIANCE, POSITIVE, REAL, Chart
from .conditions import Condition
from .domain_draws import log_uniform, signs
from .family import Family, Inverse, require_integer
from .metrics import Covariance, Diagonal, Kronecker, Metric, Natural, Times, cholesky_metric, consecutive
from .schur import Schur, less_product, schur_complement
from .special import HALF_LOG_TWO_PI
from .wishart_kind import WishartKind, definite, lower_triangle, mp_symmetric


class NormalWishartKind(Family):
    """x = (Z, X): W = X (SIGN 1) or X^-1 (SIGN -1) is Wishart(2 a, N^-1), and Z given W is matrix normal.

    Z (p x q) has the mean M, row precision W and column precision K: T = (log det X, packed W, W Z, packed Z^T W Z),
    theta = (SIGN a, packed -(N + M K M^T)/2, M K, packed -K/2, off-diagonals of both doubled), h = det X^((SIGN q - p -
    1)/2), A = log Gamma_p(a) - a log det(N/2) - p log det(K)/2 + p q log(2 pi)/2, mu = (those of the Wishart's, E W M,
    packed p K^-1 + M^T E W M) (DeGroot 1970, Optimal Statistical Decisions, sections 9.6 and 9.10; Dawid 1981, Some
    matrix-variate distribution theory). Centred mean coordinates: [the Wishart's, M, packed p K^-1]. N is formed in
    twice the precision. An event is Z^T over the rows of X.
    """

    MARGINAL: ClassVar[type[WishartKind]]  # of X alone
    MEAN_CONDITION: ClassVar[str]
    GAP_CONDITION: ClassVar[str]
    SCALE_CONDITION: ClassVar[str] = "precision_scale must be > 0"
    SPREAD_CONDITION: ClassVar[str] = "d / precision_scale must be > 0"

    @property
    @abstractmethod
    def _rows(self) -> int:
        """Return p."""

    @property
    @abstractmethod
    def _columns(self) -> int:
        """Return q."""

    @property
    def _marginal(self) -> WishartKind:
        return self.MARGINAL(self._rows)

    @property
    def _stated(self) -> Family:
        """The family of X alone in whose words this one speaks of it; of the same natural parameters."""
        return self._marginal

    @property
    def _vector(self) -> int:
        """Where M K stands."""
        return self._marginal.size

    @property
    def _last(self) -> int:
        """Where K stands."""
        return self._vector + self._rows * self._columns

    @property
    def _names_of_matrix(self) -> tuple[str, ...]:
        first, *matrix = self._marginal.names
        return (first, *(name.replace("[", "_about_zero[") for name in matrix))

    @property
    def names(self) -> tuple[str, ...]:
        p, q = self._rows, self._columns
        flat = 1 in (p, q)
        entries = [f"{i + j}" if flat else f"{i},{j}" for i in range(p) for j in range(q)]
        location = tuple(f"precision_scale_times_location[{entry}]" for entry in entries)
        return (*self._names_of_matrix, *location, *self._names_of_scale)

    @property
    def _names_of_scale(self) -> tuple[str, ...]:
        return self._names_of_square

    @property
    def _names_of_square(self) -> tuple[str, ...]:
        entries = lower_triangle(self._columns)
        return tuple(f"negative_{'half_' if i == j else ''}precision_scale[{i},{j}]" for i, j in entries)

    @property
    def size(self) -> int:
        return self._last + sym.packed_size(self._columns)

    @property
    def event_shape(self) -> tuple[int, ...]:
        return (self._columns + self._rows, self._rows)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        shapes = {"location": self._location_shape, "precision_scale": self._scale_shape}
        return {**shapes, **self._stated.standard_shapes}

    @property
    def _location_shape(self) -> tuple[int, ...]:
        return (self._rows, self._columns)

    @property
    def _scale_shape(self) -> tuple[int, ...]:
        return (self._columns, self._columns)

    # --- points ---

    def _matrix(self, packed: Rows) -> Rows:
        """The p x p block of T or mu."""
        return sym.unpack(packed[:, 1 : self._vector], self._rows)

    def _cells(self, points: Rows) -> Rows:
        """The p x q block."""
        return points[:, self._vector : self._last].reshape(-1, self._rows, self._columns)

    def _square(self, points: Rows) -> Rows:
        """The q x q block of T or mu."""
        return sym.unpack(points[:, self._last :], self._columns)

    def _scale(self, theta: Rows) -> Rows:
        """Return K; linear, so it also turns a direction of theta into one of K."""
        return sym.unpack(-theta[:, self._last :] / sym.natural_scale(self._columns), self._columns)

    def _whole(self, theta: Rows) -> Rows:
        """Return N + M K M^T; linear as well."""
        return sym.unpack(-theta[:, 1 : self._vector] / sym.natural_scale(self._rows), self._rows)

    def _parts(self, theta: Rows) -> Schur:
        """Return N and M, each as value and error."""
        return schur_complement(self._whole(theta), self._cells(theta), self._scale(theta))

    def _with_matrix(self, theta: Rows, n: Rows) -> Rows:
        """Theta of X alone."""
        return np.concatenate([theta[:, :1], -sym.pack(n) * sym.natural_scale(self._rows)], axis=-1)

    def _split(self, theta: Rows) -> tuple[Rows, Rows, Rows]:
        """Theta of X alone, M and K."""
        parts = self._parts(theta)
        return self._with_matrix(theta, parts.complement), parts.ratio, self._scale(theta)

    def _joint(self, wishart: Rows, m: Rows, k: Rows) -> Rows:
        """Theta from that of X alone, M and K."""
        first = m @ k
        shift = sym.pack(first @ sym.transpose(m)) * sym.natural_scale(self._rows)
        return np.concatenate([wishart[:, :1], wishart[:, 1:] - shift, self._flat(first), self._natural_scale(k)], -1)

    def _flat(self, cells: Rows) -> Rows:
        return cells.reshape(len(cells), self._rows * self._columns)

    def _natural_scale(self, k: Rows) -> Rows:
        return np.asarray(-sym.pack(k) * sym.natural_scale(self._columns))

    def _mean_parts(self, mu: Rows) -> Schur:
        """Return p K^-1 and M^T."""
        return schur_complement(self._square(mu), sym.transpose(self._cells(mu)), self._matrix(mu))

    # --- domains ---

    def _natural_domain(self, theta: Rows) -> Iterator[Condition]:
        _, good, pivot = sym.cholesky(self._scale(theta))
        yield Condition(good, self.SCALE_CONDITION, pivot)
        guarded = theta.copy()
        guarded[~good, self._vector : self._last] = 0.0
        guarded[~good, self._last :] = self._natural_scale(np.eye(self._columns)[None])
        for condition in self._stated._natural_domain(self._split(guarded)[0]):
            yield condition._replace(met=condition.met | ~good)

    def _matrix_conditions(self, conditions: Iterator[Condition]) -> Iterator[Condition]:
        """Those of the Wishart's mean, in the words of this family."""
        for condition, text in zip(conditions, (self.MEAN_CONDITION, self.GAP_CONDITION), strict=True):
            yield condition._replace(text=text)

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        yield from self._matrix_conditions(iter(self._marginal._mean_domain(mu[:, : self._vector])))
        _, good, pivot = sym.cholesky(self._mean_parts(mu).complement)
        yield Condition(good, self.SPREAD_CONDITION, pivot)

    def _centred_domain(self, centred: Rows) -> Iterator[Condition]:
        yield from self._matrix_conditions(iter(self._marginal._centred_domain(centred[:, : self._vector])))
        _, good, pivot = sym.cholesky(self._square(centred))
        yield Condition(good, self.SPREAD_CONDITION, pivot)

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        k = standard["precision_scale"]
        if k.ndim == 1:
            yield Condition(k > 0, self.SCALE_CONDITION, k)
        else:
            yield from definite("precision_scale", k)
        yield from self._stated._standard_domain(standard)

    def _support(self, x: Rows) -> Iterator[Condition]:
        flat = x[:, : self._columns].reshape(len(x), self._rows * self._columns)
        for j in range(flat.shape[-1]):
            yield Condition(np.isfinite(flat[:, j]), "x must have a finite mean", flat[:, j])
        yield from self._marginal._support(x[:, self._columns :])

    # --- maps ---

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        wishart, k = self._stated._natural_from_standard(standard), standard["precision_scale"]
        m = standard["location"].reshape(-1, self._rows, self._columns)
        return self._joint(wishart, m, sym.symmetrised(k.reshape(-1, self._columns, self._columns)))

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        wishart, m, k = self._split(theta)
        own = self._stated._standard_from_natural(wishart)
        shapes = {"location": (m, self._location_shape), "precision_scale": (k, self._scale_shape)}
        return {**{name: value.reshape(-1, *shape) for name, (value, shape) in shapes.items()}, **own}

    def _metrics(self, theta: Rows) -> tuple[Metric, Rows, Rows, Natural]:
        """Return F of M, K, theta of X alone and its F: the three do not know of each other.

        The scores of M and K have the mean 0 given X, whatever X is; that of M is E W times K, entry by entry.
        """
        wishart, _, k = self._split(theta)
        mean = self._matrix(self._marginal._to_mean(wishart))
        return Kronecker(mean, k), k, wishart, Natural(self._stated.kernels, wishart)

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        """For the location E W times K, p tr(K^-1 dK K^-1 dK)/2 for its scale, for X what its distribution has."""
        location, k, wishart, own = self._metrics(theta)
        inverse = sym.inverse_from_cholesky(sym.cholesky(k)[0])
        scale = Times(np.full(len(theta), float(self._rows)), Covariance(inverse, k))
        return consecutive(location, scale, self._stated._standard_fisher(wishart, own))

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {"location": REAL, "precision_scale": self._scale_chart, **self._stated.standard_charts}

    @property
    def _scale_chart(self) -> Chart:
        return COVARIANCE if self._scale_shape else POSITIVE

    def _unconstrained_from_natural(self, theta: Rows) -> Rows:
        wishart, m, k = self._split(theta)
        logged = self._scale_chart.forward(k.reshape(-1, *self._scale_shape))
        return np.concatenate([self._flat(m), logged, self._stated._unconstrained_from_natural(wishart)], axis=-1)

    def _natural_from_unconstrained(self, u: Rows) -> Rows:
        first, second = self._last - self._vector, self.size - self._vector
        k = self._scale_chart.inverse(u[:, first:second], self._scale_shape).reshape(-1, *2 * (self._columns,))
        m = u[:, :first].reshape(-1, self._rows, self._columns)
        return self._joint(self._stated._natural_from_unconstrained(u[:, second:]), m, k)

    def _unconstrained_fisher(self, theta: Rows, natural: Natural) -> Metric:
        location, k, wishart, own = self._metrics(theta)
        scale: Metric = Diagonal(np.full((len(theta), 1), 0.5 * self._rows))
        if self._scale_shape:
            factor, _, _ = sym.cholesky(k)
            root = sym.solve_lower(factor, np.broadcast_to(np.eye(self._columns), k.shape))
            metric = cholesky_metric(sym.transpose(root) @ root, root)
            scale = Times(np.full(len(theta), float(self._rows)), metric)
        return consecutive(location, scale, self._stated._unconstrained_fisher(wishart, own))

    def _log_scale(self, k: Rows) -> Rows:
        """Return p log det(K)/2 - p q log(2 pi)/2."""
        half = gaussian.half_log_determinant(sym.cholesky(k)[0])
        return np.asarray(self._rows * (half - self._columns * HALF_LOG_TWO_PI))

    def _log_partition(self, theta: Rows) -> Rows:
        wishart, _, k = self._split(theta)
        return np.asarray(self._marginal._log_partition(wishart) - self._log_scale(k))

    def _inverse_scale(self, k: Rows) -> Rows:
        """Return p K^-1; its own inverse."""
        return np.asarray(self._rows * sym.inverse_from_cholesky(sym.cholesky(k)[0]))

    def _to_mean(self, theta: Rows) -> Rows:
        point, m, k = self._split(theta)
        wishart = self._marginal._to_mean(point)
        first = self._matrix(wishart) @ m
        last = self._inverse_scale(k) + sym.transpose(m) @ first
        return np.concatenate([wishart, self._flat(first), sym.pack(last)], axis=-1)

    def _centred_from_natural(self, theta: Rows) -> Rows:
        point, m, k = self._split(theta)
        wishart = self._marginal._centred_from_natural(point)
        return np.concatenate([wishart, self._flat(m), sym.pack(self._inverse_scale(k))], axis=-1)

    inverse_method = WishartKind.inverse_method
    most_inverse_iterations = WishartKind.most_inverse_iterations

    def _to_natural(self, mu: Rows) -> Inverse:
        parts = self._mean_parts(mu)
        wishart = self._marginal._to_natural(mu[:, : self._vector])
        return self._with_normal(wishart, sym.transpose(parts.ratio), parts.complement)

    def _natural_from_centred(self, centred: Rows) -> Inverse:
        wishart = self._marginal._natural_from_centred(centred[:, : self._vector])
        return self._with_normal(wishart, self._cells(centred), self._square(centred))

    def _with_normal(self, wishart: Inverse, m: Rows, spread: Rows) -> Inverse:
        return wishart._replace(theta=self._joint(wishart.theta, m, self._inverse_scale(spread)))

    # --- densities ---

    def _from_event(self, x: Rows) -> tuple[Rows, Rows]:
        """Return Z (..., p, q) and X (..., p, p)."""
        p, q = self._rows, self._columns
        whole = x.reshape(*x.shape[: x.ndim - len(self.event_shape)], q + p, p)
        return sym.transpose(whole[..., :q, :]), whole[..., q:, :]

    def _sufficient_statistics(self, x: Rows) -> Rows:
        z, matrix = self._from_event(x)
        wishart = self._marginal._sufficient_statistics(matrix)
        first = self._matrix(wishart) @ z
        return np.concatenate([wishart, self._flat(first), sym.pack(sym.transpose(z) @ first)], axis=-1)

    @property
    def _power(self) -> float:
        """Return log h over log det X."""
        return 0.5 * (self.MARGINAL.SIGN * self._columns - self._rows - 1)

    def _log_base_measure(self, x: Rows) -> Rows:
        return np.asarray(self._power * self._marginal._sufficient_statistics(self._from_event(x)[1])[:, 0])

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        return np.asarray(self._power * self._marginal._to_mean(self._split(theta)[0])[:, 0])

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        """The density of X, and of Z given W: -tr(W (Z - M) K (Z - M)^T)/2 with its normaliser."""
        (wishart, m, k), (z, matrix) = self._split(theta), self._from_event(x)
        statistics, distance = self._marginal._sufficient_statistics(matrix), z - m
        square = ((self._matrix(statistics) @ distance) * (distance @ k)).sum(axis=(-1, -2))
        own = (wishart * statistics).sum(axis=-1) + self._power * statistics[:, 0]
        return np.asarray((own - self._marginal._log_partition(wishart)) + (self._log_scale(k) - 0.5 * square))

    def _dual_of_natural(self, theta: Rows) -> Rows:
        wishart = self._marginal._dual_of_natural(theta[:, : self._vector])
        return np.asarray(wishart + (self._log_scale(self._scale(theta)) - 0.5 * self._rows * self._columns))

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        """That of the Wisharts, and of the Normals given W at E W: p (tr E - log det(I + E))/2 and a pull.

        I + E = K_p^-1 K_q, and the pull tr(E W D K_q D^T)/2, D = M_q - M_p, with D K_q formed as in NormalKind.
        """
        one, two = self._parts(p), self._parts(q)
        a, c = self.MARGINAL.SIGN * p[:, 0], self.MARGINAL.SIGN * q[:, 0]
        step = (two.complement - one.complement) + (two.complement_error - one.complement_error)
        wisharts = self._marginal.divergence(a, c, one.complement, two.complement, step)
        k_p, k_q, dk = self._scale(p), self._scale(q), self._scale(q - p)
        ratio = gaussian.ratio_spread(k_p, k_q, dk)
        first = self._cells(q - p)
        value, error = less_product(first, one.ratio, dk)
        by_points = np.abs(first) + np.abs(one.ratio) @ np.abs(dk)
        by_means = (np.abs(one.ratio) + np.abs(two.ratio)) @ np.abs(k_q)
        means = (two.ratio - one.ratio) @ k_q
        pull = np.where(by_points < by_means, value + (error - one.ratio_error @ dk), means)
        half = sym.solve_lower(sym.cholesky(one.complement)[0], pull)
        whole = sym.solve_lower(sym.cholesky(k_q)[0], sym.transpose(half))
        return np.asarray(wisharts + 0.5 * self._rows * ratio + a * (whole * whole).sum(axis=(-1, -2)))

    # --- Fisher information ---

    def _turn(self, m: Rows, first: Rows, dk: Rows) -> Rows:
        """The change of M K M^T for changes of M K and K, as natural coordinates of -1/2 of it."""
        cross = first @ sym.transpose(m)
        change = cross + sym.transpose(cross) - m @ dk @ sym.transpose(m)
        return np.asarray(sym.pack(sym.symmetrised(change)) * sym.natural_scale(self._rows))

    def _fisher(self, theta: Rows) -> Rows:
        columns = [self._fisher_multiply(theta, np.broadcast_to(unit, theta.shape)) for unit in np.eye(self.size)]
        return sym.symmetrised(np.stack(columns, axis=-1))

    def _fisher_multiply(self, theta: Rows, v: Rows) -> Rows:
        """The change of mu for the change v of theta: d(M K) = dM K + M dK, dN = d(N + M K M^T) - d(M K M^T).

        dE W M = 2 (a V B + da) V M with B = -dN: V M may be far smaller than V.
        """
        wishart, m, k = self._split(theta)
        first, dk = self._cells(v), self._scale(v)
        change = np.concatenate([v[:, :1], v[:, 1 : self._vector] + self._turn(m, first, dk)], axis=-1)
        moved = self._marginal._fisher_multiply(wishart, change)
        a = (self.MARGINAL.SIGN * theta[:, 0])[:, None, None]
        da = (self.MARGINAL.SIGN * v[:, 0])[:, None, None]
        factor, b = self._marginal._factor(wishart), -self._marginal._matrix(change)
        vm = sym.solve_upper(factor, sym.solve_lower(factor, m))
        inverse = sym.inverse_from_cholesky(sym.cholesky(k)[0])
        turned, dm = b @ vm, (first - m @ dk) @ inverse
        second = 2.0 * (a * sym.solve_upper(factor, sym.solve_lower(factor, turned + dm)) + da * vm)
        cross = sym.transpose(vm) @ dm
        own = a * (sym.transpose(vm) @ turned + cross + sym.transpose(cross)) + da * (sym.transpose(m) @ vm)
        last = sym.symmetrised(2.0 * own - self._rows * (inverse @ dk @ inverse))
        return np.concatenate([moved, self._flat(second), sym.pack(last)], axis=-1)

    def _fisher_solve(self, theta: Rows, v: Rows, damping: Rows) -> Rows:
        """In closed form without damping; a damped row is solved densely or by conjugate gradients."""
        answer = np.empty_like(v)
        plain = damping == 0
        answer[plain] = self._plain_solve(theta[plain], v[plain])
        if not plain.all():
            answer[~plain] = super()._fisher_solve(theta[~plain], v[~plain], damping[~plain])
        return answer

    def _plain_solve(self, theta: Rows, v: Rows) -> Rows:
        """The inverse of the product: dM = (E W)^-1 (v_3 - dE W M), dK from what is left of v_4."""
        wishart, m, k = self._split(theta)
        change = self._marginal._plain_solve(wishart, v[:, : self._vector])
        second = self._cells(v)
        rest = second - self._matrix(v) @ m
        left = self._square(v) - sym.symmetrised(sym.transpose(m) @ second + sym.transpose(rest) @ m)
        dk = sym.symmetrised(-(k @ left @ k) / self._rows)
        n = self._marginal._matrix(wishart)
        dm = n @ rest / (2.0 * self.MARGINAL.SIGN * theta[:, :1, None])
        first = dm @ k + m @ dk
        matrix = change[:, 1:] - self._turn(m, first, dk)
        return np.concatenate([change[:, :1], matrix, self._flat(first), self._natural_scale(dk)], axis=-1)

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        """In (theta of the Wishart, M K, -K/2), a shear away, F has three blocks.

        That of the Wishart, of determinant (2 a)^(p q) det N^-q det K^-p, and as of a Wishart's scale p^(q (q + 1)/2)
        2^q det K^-(q + 1).
        """
        p, q = self._rows, self._columns
        wishart, _, k = self._split(theta)
        half_n = gaussian.half_log_determinant(self._marginal._factor(wishart))
        half_k = gaussian.half_log_determinant(sym.cholesky(k)[0])
        own = p * q * np.log(2.0 * self.MARGINAL.SIGN * theta[:, 0])
        own = own + sym.packed_size(q) * np.log(float(p)) + q * np.log(2.0)
        logs = 2.0 * (q * half_n + (q + 1 + p) * half_k)
        return np.asarray(self._marginal._fisher_log_determinant(wishart) + (own - logs))

    # --- boundary ---

    def _step_to_boundary(self, theta: Rows, direction: Rows) -> Rows:
        """The degrees of freedom's, and that of the cone [[K, K M^T], [M K, N + M K M^T]] > 0, of complement N."""
        sign = self.MARGINAL.SIGN
        excess = sign * theta[:, :1] - 0.5 * (self._rows - 1)
        degrees = boundary.positive(excess, sign * direction[:, :1])
        return np.minimum(degrees, boundary.in_two(lambda t: self._step_in_cone(t, direction), theta, direction))

    def _step_in_cone(self, theta: Rows, direction: Rows) -> Rows:
        wishart, _, k = self._split(theta)
        factors = sym.cholesky(k)[0], self._marginal._factor(wishart)
        change = self._scale(direction), self._cells(direction), self._whole(direction)
        return _step_in_bordered(*factors, self._cells(theta), *change)

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        """The Wishart's, and that of the cone [[E W, E W Z], [., E Z^T W Z]] > 0."""
        wishart = self._marginal._mean_step_to_boundary(mu[:, : self._vector], direction[:, : self._vector])
        return np.minimum(wishart, boundary.in_two(lambda m: self._step_in_mean_cone(m, direction), mu, direction))

    def _step_in_mean_cone(self, mu: Rows, direction: Rows) -> Rows:
        factors = sym.cholesky(self._matrix(mu))[0], sym.cholesky(self._mean_parts(mu).complement)[0]
        below, change = sym.transpose(self._cells(mu)), sym.transpose(self._cells(direction))
        return _step_in_bordered(*factors, below, self._matrix(direction), change, self._square(direction))

    # --- data and tests ---

    @property
    def _log_base_measure_slope(self) -> Rows | None:
        return np.where(np.arange(self.size) == 0, self._power, 0.0)

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[Any]:
        return self._sample_in(FLOAT64, theta, shape, rng)

    def _sample_in(self, dtype: Real, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[Any]:
        """X, and Z = M + L^-T E L_K^-1 with W = L L^T, or M + L E L_K^-1 with X = W^-1 = L L^T; K = L_K L_K^T.

        L is that of X as it is in its number type.
        """
        p, q = self._rows, self._columns
        wishart, m, k = self._split(theta.reshape(-1, self.size))
        wishart = wishart.reshape(*theta.shape[:-1], self._vector)
        matrix = self._marginal._sample_in(dtype, wishart, shape, rng)
        factor, _, _ = sym.cholesky(matrix.astype(np.float64).reshape(-1, p, p))
        noise = rng.standard_normal((*shape, p, q)).reshape(-1, p, q)
        turned = sym.solve_upper(factor, noise) if self.MARGINAL.SIGN > 0 else factor @ noise
        root = sym.solve_lower(sym.cholesky(k)[0], np.broadcast_to(np.eye(q), k.shape))
        root, m = root.reshape(*theta.shape[:-1], q, q), m.reshape(*theta.shape[:-1], p, q)
        z = m + turned.reshape(*shape, p, q) @ root
        draws = np.concatenate([representable.rounded(sym.transpose(z), dtype), matrix], axis=-2)
        return draws.reshape(*shape, *self.event_shape)

    def centred_mean_of_data(self, x: Rows, weights: Rows | None, axis: int) -> Rows:
        """[that of the Wishart, (E W)^-1 E W Z, E (Z - M)^T W (Z - M)], in two passes."""
        p, q = self._rows, self._columns
        z, matrix = self._from_event(x)
        plain = None if weights is None else weights.reshape(weights.shape[: x.ndim - len(self.event_shape)])
        spread_weights = None if plain is None else plain[..., None, None]
        wishart = self._marginal.centred_mean_of_data(matrix, spread_weights, axis)
        flat = self._marginal._sufficient_statistics(matrix.reshape(-1, p, p))
        w = self._matrix(flat).reshape(matrix.shape)
        # About a first guess, so that nothing large cancels.
        guess = np.expand_dims(average(z, spread_weights, axis), axis)
        pull = average(w @ (z - guess), spread_weights, axis)
        batch = wishart.shape[:-1]
        factor, _, _ = sym.cholesky(self._matrix(wishart.reshape(-1, self._vector)))
        shift = sym.solve_upper(factor, sym.solve_lower(factor, pull.reshape(-1, p, q))).reshape(*batch, p, q)
        m = guess + np.expand_dims(shift, axis)
        distance = z - m
        spread = average(sym.transpose(distance) @ w @ distance, spread_weights, axis)
        location = np.squeeze(m, axis).reshape(*batch, p * q)
        return np.concatenate([wishart, location, sym.pack(sym.symmetrised(spread))], axis=-1)

    def definite_part(self, x: Rows) -> Rows | None:
        return self._marginal.definite_part(self._from_event(x)[1])

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        wishart, q = self._marginal.test_points(rng, rows), self._columns
        scale = np.exp(rng.uniform(-1.0, 2.0, rows))
        noise = rng.standard_normal((rows, q, 2 * q)) if q > 1 else np.zeros((rows, 1, 2))
        k = (noise @ sym.transpose(noise) / (2 * q) + 0.5 * np.eye(q)) * scale[:, None, None]
        return self._at_distance(wishart, k, rng.uniform(-2.0, 2.0, (rows, self._rows, q)))

    def hard_points(self) -> Rows:
        """The Wishart's, near and far from the origin; K badly scaled."""
        q = self._columns
        wishart = self._marginal.hard_points()
        spread = 10.0 ** (np.linspace(-1.0, 1.0, q) if q > 1 else np.zeros(1))
        correlated = 0.9 ** np.abs(np.arange(q)[:, None] - np.arange(q)) * spread[:, None] * spread
        k = np.array([1.0, 1e-6, 1e6, 1e-3, 1e3])[:, None, None] * correlated
        ratio = np.array([0.0, 10.0, -0.1, 1e-6, 3.0])[:, None, None] * np.ones((self._rows, q))
        return self._at_distance(wishart, k, ratio)

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        """The Wishart's, a precision scale as a Wishart's scale; the location in units of the roots of N over K.

        Over half the decades, because its square counts; over a third beside the condition of a matrix K.
        """
        q = self._columns
        wishart = self._marginal.domain_points(rng, rows, decades)
        share = 0.5 if q == 1 else 1.0 / 3.0
        ratio = signs(rng, (rows, self._rows, q)) * log_uniform(rng, (rows, 1, 1), share * decades)
        drawn = self.MARGINAL(q).domain_points(rng, rows, decades)
        k = sym.unpack(-drawn[:, 1:] / sym.natural_scale(q), q)
        return self._at_distance(wishart, k, ratio)

    def _at_distance(self, wishart: Rows, k: Rows, ratio: Rows) -> Rows:
        """Theta whose location is `ratio` in units of the root of N's diagonal over K's."""
        n = self._marginal._matrix(wishart)
        squares = [np.diagonal(matrix, axis1=-2, axis2=-1) for matrix in (n, k)]
        return self._joint(wishart, ratio * np.sqrt(squares[0][:, :, None] / squares[1][:, None, :]), k)

    # --- the judge ---

    def _mp_blocks(self, theta: Sequence[Any]) -> tuple[Any, Any, Any]:
        """Return M K, K and M K M^T."""
        import mpmath

        p, q = self._rows, self._columns
        first = mpmath.matrix(p, q)
        for index, value in enumerate(theta[self._vector : self._last]):
            first[index // q, index % q] = value
        entries = zip(theta[self._last :], lower_triangle(q), strict=True)
        k = mp_symmetric([-value * (2 if i == j else 1) for value, (i, j) in entries], q)
        return first, k, first * mpmath.inverse(k) * first.T

    def _mp_of_matrix(self, theta: Sequence[Any]) -> list[Any]:
        """Theta of X alone."""
        _, _, shift = self._mp_blocks(theta)
        entries = zip(theta[1 : self._vector], lower_triangle(self._rows), strict=True)
        return [theta[0], *(t + shift[i, j] / (2 if i == j else 1) for t, (i, j) in entries)]

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        p, q = self._rows, self._columns
        _, k, _ = self._mp_blocks(theta)
        wishart = self._marginal.mp_log_partition(self._mp_of_matrix(theta))
        return wishart - p * mpmath.log(mpmath.det(k)) / 2 + p * q * mpmath.log(2 * mpmath.pi) / 2

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        return self._power * mean[0]

    def mp_centred_from_mean(self, mean: Sequence[Any]) -> Sequence[Any]:
        import mpmath

        p, q = self._rows, self._columns
        wishart = self._marginal.mp_centred_from_mean(mean[: self._vector])
        second = mpmath.matrix(p, q)
        for index, value in enumerate(mean[self._vector : self._last]):
            second[index // q, index % q] = value
        m = mpmath.inverse(mp_symmetric(mean[1 : self._vector], p)) * second
        shift = second.T * m
        entries = zip(mean[self._last :], lower_triangle(q), strict=True)
        cells = [m[i, j] for i in range(p) for j in range(q)]
        return [*wishart, *cells, *(value - shift[i, j] for value, (i, j) in entries)]

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        import mpmath

        p, q = self._rows, self._columns
        wishart = self._marginal.mp_sufficient_statistics(x[q:])
        z = mpmath.matrix([list(row) for row in x[:q]]).T
        first = mp_symmetric(wishart[1:], p) * z
        last = z.T * first
        cells = [first[i, j] for i in range(p) for j in range(q)]
        return [*wishart, *cells, *(last[i, j] for i, j in lower_triangle(q))]

    def mp_log_base_measure(self, x: Any) -> Any:
        return self._power * self._marginal.mp_sufficient_statistics(x[self._columns :])[0]

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        import mpmath

        p, q = self._rows, self._columns
        first, *matrix = self._stated.mp_natural_from_standard(standard)
        scale = standard["precision_scale"] if self._scale_shape else [[standard["precision_scale"]]]
        k = (mpmath.matrix(scale) + mpmath.matrix(scale).T) / 2
        m = mpmath.matrix(p, q)
        flat = standard["location"]
        cells = [v for row in flat for v in row] if len(self._location_shape) == 2 else list(flat)
        for index, value in enumerate(cells):
            m[index // q, index % q] = value
        mk = m * k
        shift = mk * m.T
        entries = zip(matrix, lower_triangle(p), strict=True)
        shifted = [value - shift[i, j] / (2 if i == j else 1) for value, (i, j) in entries]
        last = [-k[i, j] / (2 if i == j else 1) for i, j in lower_triangle(q)]
        return [first, *shifted, *(mk[i, j] for i in range(p) for j in range(q)), *last]


@dataclass(frozen=True)
class OfVector(NormalWishartKind):
    """The kind where Z is a vector of `dimension`: in one column, with a number for K, unless a family says otherwise.

    The last of T is then z^T W z, its mean d/k + m^T E W m, and an event (d + 1, d) is z over the rows of X.
    """

    dimension: int

    def __post_init__(self) -> None:
        require_integer(self, "dimension", 1)
        super().__post_init__()

    @property
    def _rows(self) -> int:
        return self.dimension

    @property
    def _columns(self) -> int:
        return 1

    @property
    def _location_shape(self) -> tuple[int, ...]:
        return (self.dimension,)

    @property
    def _scale_shape(self) -> tuple[int, ...]:
        return ()

    @property
    def _names_of_scale(self) -> tuple[str, ...]:
        return ("negative_half_precision_scale",)

    @classmethod
    def examples(cls) -> tuple[OfVector, ...]:
        return (cls(1), cls(3))


def _step_in_bordered(top: Rows, rest: Rows, below: Rows, da: Rows, db: Rows, dc: Rows) -> Rows:
    """The largest step in the cone [[A, B^T], [B, C]] > 0 along [[dA, dB^T], [dB, dC]].

    `top` is the factor of A, `rest` that of the Schur complement of A.
    """
    n, r = top.shape[-1], rest.shape[-1]
    factor = np.zeros((len(top), n + r, n + r))
    factor[:, :n, :n] = top
    factor[:, n:, :n] = sym.transpose(sym.solve_lower(top, sym.transpose(below)))
    factor[:, n:, n:] = rest
    change = np.empty_like(factor)
    change[:, :n, :n] = da
    change[:, n:, :n], change[:, :n, n:] = db, sym.transpose(db)
    change[:, n:, n:] = dc
    return boundary.positive_definite(factor, change)
