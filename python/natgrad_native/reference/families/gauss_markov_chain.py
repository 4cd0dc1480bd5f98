# ruff: noqa: D102  (the statements are documented in statements.py)
"""The GaussMarkovChain family."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from .. import charts, metrics
from .. import markov_chain as chain
from .. import symmetric as sym
from ..arrays import Counts, Rows, average, mean_of_observations
from ..charts import Chart
from ..conditions import Condition
from ..domain_draws import log_uniform, signs
from ..family import Family, Inverse, require_integer
from ..gaussian_parts import Conditional, Marginal
from ..markov_chain import Blocks, Factor
from ..metrics import Dense, Metric, Natural
from ..special import HALF_LOG_TWO_PI

# Covariances that were computed in float32 are symmetric within this share of their standard deviations.
SYMMETRY_TOLERANCE = 1e-6


@dataclass(frozen=True)
class GaussMarkovChain(Family):
    """Gaussian Markov chain: states x_t in R^d, jointly Normal with a block tridiagonal precision P.

    n = length, d = dimension; the posterior of a linear Gaussian state space model is one (Durrande et al. 2019, Banded
    matrix operators for Gaussian Markov models).

    All coordinates stand kind after kind, for each kind in the order of time: T(x) = (x_t; packed x_t x_t^T, lower
    triangles row by row; x_{t+1} x_t^T in full, row by row), h(x) = 1. theta = (P m; -P_tt/2 packed with off-diagonal
    entries doubled; -P_{t+1,t} in full), mu = (m_t; E x_t x_t^T packed; E x_{t+1} x_t^T). A = m^T P m/2 - log det P/2 +
    nd log(2 pi)/2. Standard parameters: `mean` (..., n, d), `covariance` (..., n, d, d) of each state,
    `cross_covariance` (..., n - 1, d, d) of x_{t+1} (rows) with x_t (columns); they determine the law. Centred mean
    coordinates: [m, packed covariances, cross-covariances]. The inverse of the mean map is the factorisation p(x_0)
    prod p(x_{t+1} | x_t) (Lauritzen 1996, Graphical Models, section 5.1). Every operation but the dense F takes time
    linear in n.
    """

    length: int
    dimension: int

    def __post_init__(self) -> None:
        require_integer(self, "length", 1)
        require_integer(self, "dimension", 1)
        super().__post_init__()

    @property
    def names(self) -> tuple[str, ...]:
        n, d = self.length, self.dimension
        first = [f"precision_times_mean[{t},{i}]" for t in range(n) for i in range(d)]
        packed = [(t, i, j) for t in range(n) for i in range(d) for j in range(i + 1)]
        within = [f"negative_{'half_' if i == j else ''}precision[{t},{i},{j}]" for t, i, j in packed]
        full = [(t, i, j) for t in range(n - 1) for i in range(d) for j in range(d)]
        return (*first, *within, *(f"negative_cross_precision[{t},{i},{j}]" for t, i, j in full))

    @property
    def size(self) -> int:
        n, d = self.length, self.dimension
        return n * d + n * sym.packed_size(d) + (n - 1) * d * d

    @property
    def event_shape(self) -> tuple[int, ...]:
        return (self.length, self.dimension)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        n, d = self.length, self.dimension
        return {"mean": (n, d), "covariance": (n, d, d), "cross_covariance": (n - 1, d, d)}

    def _split(self, point: Rows) -> Blocks:
        return chain.split(point, self.length, self.dimension)

    def _precision(self, theta: Rows) -> Blocks:
        return chain.precision(theta, self.length, self.dimension)

    def _factor(self, theta: Rows) -> Factor:
        return chain.factor(self._precision(theta))

    def _moments(self, theta: Rows) -> Blocks:
        blocks = self._precision(theta)
        return chain.moments(chain.factor(blocks), blocks.vector)

    # --- domains ---

    def _natural_domain(self, theta: Rows) -> Iterator[Condition]:
        factor = self._factor(theta)
        yield Condition(factor.good, "precision must be positive definite", factor.pivot)

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        yield _definite(chain.centre(self._split(mu)))

    def _centred_domain(self, centred: Rows) -> Iterator[Condition]:
        yield _definite(self._split(centred))

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        covariance = standard["covariance"]
        skew = np.abs(covariance - sym.transpose(covariance))
        deviation = np.sqrt(np.abs(np.diagonal(covariance, axis1=-2, axis2=-1)))
        met = (skew <= SYMMETRY_TOLERANCE * sym.outer(deviation, deviation)).all(axis=(1, 2, 3))
        yield Condition(np.asarray(met), "covariance must be symmetric", skew.max(axis=(1, 2, 3)))
        yield _definite(_blocks(standard))

    # --- maps ---

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return chain.natural_from_centred(_blocks(standard))

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return dict(zip(self.standard_shapes, self._moments(theta), strict=True))

    @property
    def _standard_counts(self) -> list[int]:
        n, d = self.length, self.dimension
        return [n * d, n * sym.packed_size(d), (n - 1) * d * d]

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        """F^-1 at the same precision and mean 0: P for the mean, d theta_2 / d mu_2 for the covariances."""
        at_zero = theta.copy()
        at_zero[:, : self.length * self.dimension] = 0.0
        return Natural(natural.kernels, at_zero).inverse()

    @property
    def standard_charts(self) -> dict[str, Chart]:
        """None: the covariances of neighbours bound each other."""
        return {}

    def _unconstrained_from_natural(self, theta: Rows) -> Rows:
        """[m, packed L_t with logged diagonals, L_{t+1,t}], P = L L^T: theta itself is factored, no covariance."""
        blocks = self._precision(theta)
        factor = chain.factor(blocks)
        mean = chain.backward(factor, chain.forward(factor, blocks.vector))
        logged = charts.with_logged_diagonal(factor.diagonal)
        return _flat(mean, logged, sym.transpose(factor.links))

    def _natural_from_unconstrained(self, u: Rows) -> Rows:
        """P_tt = L_t L_t^T + L_{t,t-1} L_{t,t-1}^T, P_{t+1,t} = L_{t+1,t} L_t^T, P m = L (L^T m)."""
        n, d = self.length, self.dimension
        mean, _, lower = self._split(u)
        size = sym.packed_size(d)
        packed = u[:, n * d : n * (d + size)].reshape(len(u) * n, size)
        own = charts.from_logged_diagonal(packed, d).reshape(len(u), n, d, d)
        always = np.ones(len(u), dtype=bool)
        factor = Factor(own, sym.transpose(lower), always, np.ones(len(u)))
        diagonal = own @ sym.transpose(own)
        diagonal[:, 1:] += lower @ sym.transpose(lower)
        first = chain.from_turned(factor, chain.turned(factor, mean))
        return chain.natural(Blocks(first, diagonal, lower @ sym.transpose(own[:, :-1])))

    def _unconstrained_fisher(self, theta: Rows, natural: Natural) -> Metric:
        """P for the mean. The columns of L are orthogonal, for tr(S dP S dP)/2 = tr(dL^T S dL + L^-1 dL L^-1 dL).

        Column k of L_t and L_{t+1,t} has the covariance of x_t from coordinate k on with x_{t+1}, and once more
        1/L_kk^2 for its diagonal entry, which being logged takes L_kk for its index.
        """
        n, d = self.length, self.dimension
        blocks = self._precision(theta)
        factor = chain.factor(blocks)
        point = chain.moments(factor, blocks.vector)
        packed = sym.packed_size(d)
        parts: list[tuple[Counts, Metric]] = [(np.arange(n * d), PrecisionOfMean(blocks))]
        for t in range(n):
            pair = _pair(point, t)
            for k in range(d):
                block = pair[:, k:, k:].copy()
                root = factor.diagonal[:, t, k, k, None]
                block[:, 0, :] *= root
                block[:, :, 0] *= root
                block[:, 0, 0] += 1.0
                i = np.arange(k, d)
                places = n * d + t * packed + i * (i + 1) // 2 + k
                if t < n - 1:
                    below = n * (d + packed) + t * d * d + np.arange(d) * d + k
                    places = np.concatenate([places, below])
                parts.append((places, Dense(block)))
        return metrics.Blocks(*parts)

    def _log_partition(self, theta: Rows) -> Rows:
        blocks = self._precision(theta)
        factor = chain.factor(blocks)
        z = chain.forward(factor, blocks.vector)
        square = (z * z).sum(axis=(-1, -2))
        return np.asarray(0.5 * (square - chain.log_determinant(factor)) + self._numbers * HALF_LOG_TWO_PI)

    @property
    def _numbers(self) -> int:
        return self.length * self.dimension

    def _to_mean(self, theta: Rows) -> Rows:
        return chain.join(chain.uncentre(self._moments(theta)))

    def _to_natural(self, mu: Rows) -> Inverse:
        return Inverse.closed_form(chain.natural_from_centred(chain.centre(self._split(mu))))

    def _centred_from_natural(self, theta: Rows) -> Rows:
        return chain.join(self._moments(theta))

    def _natural_from_centred(self, centred: Rows) -> Inverse:
        return Inverse.closed_form(chain.natural_from_centred(self._split(centred)))

    # --- densities ---

    def _support(self, x: Rows) -> Iterator[Condition]:
        flat = x.reshape(len(x), self._numbers)
        for k in range(self._numbers):
            yield Condition(np.isfinite(flat[:, k]), "x must be finite", flat[:, k])

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return chain.join(Blocks(x, sym.outer(x, x), sym.outer(x[:, 1:], x[:, :-1])))

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        """-|L^T (x - m)|^2/2 + log det L - nd log(2 pi)/2."""
        blocks = self._precision(theta)
        factor = chain.factor(blocks)
        z = chain.turned(factor, x - chain.backward(factor, chain.forward(factor, blocks.vector)))
        square = (z * z).sum(axis=(-1, -2))
        return np.asarray(0.5 * (chain.log_determinant(factor) - square) - self._numbers * HALF_LOG_TWO_PI)

    def _dual_of_natural(self, theta: Rows) -> Rows:
        return 0.5 * chain.log_determinant(self._factor(theta)) - self._numbers * (HALF_LOG_TWO_PI + 0.5)

    def _dual_log_partition(self, mu: Rows) -> Rows:
        """-log det S_0/2 - sum log det Q_t/2 - nd (log(2 pi) + 1)/2, Q_t the covariances of x_{t+1} given x_t."""
        law = chain.transitions(chain.centre(self._split(mu)))
        logs = np.log(np.diagonal(law.noises, axis1=-2, axis2=-1)).sum(axis=(-1, -2))
        return np.asarray(-logs - self._numbers * (HALF_LOG_TWO_PI + 0.5))

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        return chain.kl_divergence(self._precision(p), self._precision(q))

    # --- Fisher information ---

    def _fisher(self, theta: Rows) -> Rows:
        """A product a column."""
        columns = np.tile(np.eye(self.size), (len(theta), 1))
        found = self._fisher_multiply(np.repeat(theta, self.size, axis=0), columns)
        return sym.symmetrised(found.reshape(len(theta), self.size, self.size))

    def _fisher_multiply(self, theta: Rows, v: Rows) -> Rows:
        """The change of mu: of the centred moments, and dm m^T + m dm^T."""
        blocks = self._precision(theta)
        factor = chain.factor(blocks)
        point = chain.moments(factor, blocks.vector)
        m = point.vector
        dm, within, across = chain.moments_change(factor, point, self._precision(v))
        within = within + sym.outer(dm, m) + sym.outer(m, dm)
        across = across + sym.outer(dm[:, 1:], m[:, :-1]) + sym.outer(m[:, 1:], dm[:, :-1])
        return chain.join(Blocks(dm, within, across))

    def _fisher_solve(self, theta: Rows, v: Rows, damping: Rows) -> Rows:
        """In closed form without damping; a damped row is solved densely or by conjugate gradients."""
        answer = np.empty_like(v)
        plain = damping == 0
        blocks = self._precision(theta[plain])
        factor = chain.factor(blocks)
        point = chain.moments(factor, blocks.vector)
        m = point.vector
        dm, within, across = self._split(v[plain])
        within = within - sym.outer(dm, m) - sym.outer(m, dm)
        across = across - sym.outer(dm[:, 1:], m[:, :-1]) - sym.outer(m[:, 1:], dm[:, :-1])
        answer[plain] = chain.natural(chain.natural_change(factor, blocks, point, Blocks(dm, within, across)))
        if not plain.all():
            answer[~plain] = super()._fisher_solve(theta[~plain], v[~plain], damping[~plain])
        return answer

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        blocks = self._precision(theta)
        factor = chain.factor(blocks)
        return chain.fisher_log_determinant(factor, chain.moments(factor, blocks.vector))

    # --- boundary ---

    def _step_to_boundary(self, theta: Rows, direction: Rows) -> Rows:
        at, along = self._precision(theta), self._precision(direction)
        matrices = direction[:, self._numbers :]

        def inside(beta: Rows) -> Any:
            step = beta[:, None, None, None]
            moved = Blocks(at.vector, at.diagonal + step * along.diagonal, at.lower + step * along.lower)
            return chain.factor(moved).good

        return chain.longest_step(inside, matrices)

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        def inside(beta: Rows) -> Any:
            return chain.transitions(chain.centre(self._split(mu + beta[:, None] * direction))).good

        return chain.longest_step(inside, direction)

    # --- data and tests ---

    def _marginal_of(self, indices: tuple[int, ...]) -> Marginal:
        """Of states in the order of time, or its reverse: a chain again."""
        family = type(self)(len(indices), self.dimension)
        return Marginal(family, lambda centred: self._moments_of(centred, indices), centred=True)

    def _moments_of(self, centred: Rows, indices: tuple[int, ...]) -> Rows:
        """Across a gap Cov(x_s, x_t) = X_{s-1} S_{s-1}^-1 ... S_{t+1}^-1 X_t."""
        steps = np.diff(indices)
        if not ((steps > 0).all() or (steps < 0).all()):
            raise ValueError(f"{self!r}.marginal: states must be in the order of time, or its reverse, to be a chain")
        mean, covariance, cross = self._split(centred)
        links = []
        for first, second in itertools.pairwise(indices):
            low, high = min(first, second), max(first, second)
            link = cross[:, low]
            for t in range(low + 1, high):
                link = cross[:, t] @ np.linalg.solve(covariance[:, t], link)
            links.append(link if first < second else sym.transpose(link))
        shape = (len(centred), len(links), self.dimension, self.dimension)
        across = np.stack(links, axis=1) if links else np.empty(shape)
        chosen = list(indices)
        return chain.join(Blocks(mean[:, chosen], covariance[:, chosen], across))

    def _conditional_on(self, given: tuple[int, ...], rest: tuple[int, ...]) -> Conditional:
        """P m less what the neighbours that are given take of it; states apart are independent given these."""
        family = type(self)(len(rest), self.dimension)

        def natural(theta: Rows, x: Rows) -> Rows:
            first, diagonal, lower = self._precision(theta)
            first = first.copy()
            for k, t in enumerate(given):
                if t > 0:
                    first[:, t - 1] -= sym.apply(sym.transpose(lower[:, t - 1]), x[:, k])
                if t < self.length - 1:
                    first[:, t + 1] -= sym.apply(lower[:, t], x[:, k])
            chosen = list(rest)
            beside = np.diff(chosen) == 1
            links = lower[:, chosen[:-1]] * beside[:, None, None]
            return chain.natural(Blocks(first[:, chosen], diagonal[:, chosen], links))

        return Conditional(family, natural)

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
        """Return m + L^-T z with P = L L^T, z standard normal."""
        flat = theta.reshape(-1, self.size)
        blocks = self._precision(flat)
        factor = chain.factor(blocks)
        mean = chain.backward(factor, chain.forward(factor, blocks.vector))
        draws = math.prod(shape[: len(shape) - theta.ndim + 1])
        z = rng.standard_normal((draws, *mean.shape))
        eye = np.broadcast_to(np.eye(self.dimension), factor.diagonal[:, 0].shape)
        for t in reversed(range(self.length)):
            if t < self.length - 1:
                z[:, :, t] -= sym.apply(factor.links[:, t], z[:, :, t + 1])
            z[:, :, t] = sym.apply(sym.solve_upper(factor.diagonal[:, t], eye), z[:, :, t])
        return np.asarray((mean + z).reshape(*shape, *self.event_shape))

    def centred_mean_of_data(self, x: Rows, weights: Rows | None, axis: int) -> Rows:
        """[mean, mean products of deviations from it], in two passes."""
        mean = mean_of_observations(x, weights, axis)
        off = x - np.expand_dims(mean, axis)
        products = chain.join(Blocks(off, sym.outer(off, off), sym.outer(off[..., 1:, :], off[..., :-1, :])))
        answer = average(products, weights, axis)
        answer[..., : self._numbers] = mean.reshape(*answer.shape[:-1], self._numbers)
        return answer

    def joint_precision(self, theta: Rows) -> Rows:
        """The whole precision (rows, nd, nd)."""
        return chain.dense(self._precision(theta))

    def scipy_twin(self, theta: Rows) -> Any:
        mean = self._moments(theta[None]).vector.reshape(-1)
        return JointNormal(mean, np.linalg.inv(self.joint_precision(theta[None])[0]))

    @classmethod
    def examples(cls) -> tuple[GaussMarkovChain, ...]:
        return (cls(3, 1), cls(3, 2))

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        n, d = self.length, self.dimension
        noise = rng.standard_normal((rows, n, d, 2 * d))
        pivots = (noise @ sym.transpose(noise) / (2 * d) + 0.1 * np.eye(d)) * np.exp(
            rng.uniform(-1.0, 1.0, (rows, 1, 1, 1))
        )
        gains = 0.7 / np.sqrt(d) * rng.standard_normal((rows, n - 1, d, d))
        mean = rng.uniform(-2.0, 2.0, (rows, n, d))
        diagonal, lower = _from_pivots(pivots, gains)
        first = chain.multiply(Blocks(mean, diagonal, lower), mean)
        return chain.natural(Blocks(first, diagonal, lower))

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        """A scale; random axes; a condition of up to 10^(5 decades/6); means of up to 10^(decades/3) deviations.

        The condition is shared out between the states given the next ones and the correlation with these.
        """
        n, d = self.length, self.dimension
        axes, _ = np.linalg.qr(rng.standard_normal((rows, n, d, d)))
        condition = rng.uniform(0.0, decades * 5.0 / 6.0, (rows, 1, 1))
        share = rng.uniform(0.0, 1.0, (rows, 1, 1))
        values = log_uniform(rng, (rows, 1, 1), decades) * 10.0 ** (
            condition * (1.0 - share) * rng.uniform(0.0, 1.0, (rows, n, d))
        )
        values[:, :-1] *= 10.0 ** (condition * share * rng.uniform(0.0, 1.0, (rows, n - 1, 1)))
        pivots = sym.symmetrised((axes * values[:, :, None, :]) @ sym.transpose(axes))
        turns, _ = np.linalg.qr(rng.standard_normal((rows, n - 1, d, d)))
        gains = turns * rng.uniform(0.0, 1.0, (rows, n - 1, 1, 1)) ** 0.25
        diagonal, lower = _from_pivots(pivots, gains)
        ratio = signs(rng, (rows, n, d)) * log_uniform(rng, (rows, n, d), decades / 3.0)
        first = chain.from_turned(chain.factor(Blocks(ratio, diagonal, lower)), ratio)
        return chain.natural(Blocks(first, diagonal, lower))

    def hard_points(self) -> Rows:
        """Far from the origin; all but a random walk; badly scaled; tiny and large covariances."""
        n, d = self.length, self.dimension
        spread = 10.0 ** np.linspace(-4.0, 4.0, n * d).reshape(n, d)
        eye = np.broadcast_to(np.eye(d), (n, d, d))
        link = eye[1:]
        near = np.broadcast_to(0.999 * np.eye(d) + np.triu(np.full((d, d), 0.01), 1), (n - 1, d, d))
        pivots = [eye, 1e3 * eye, 1e3 * eye * spread[:, :, None] * spread[:, None, :], 1e10 * eye, 1e-6 * eye]
        gains = [0.5 * link, -near, -near * spread[1:, None, :] / spread[:-1, :, None], 0.5 * link, 0.0 * link]
        diagonal, lower = _from_pivots(np.array(pivots), np.array(gains))
        grid = np.arange(n * d, dtype=np.float64).reshape(n, d)
        means = np.array([np.full((n, d), 1e4), grid - 1.0, 0.0 * grid, np.ones((n, d)), 0.0 * grid])
        return chain.natural(Blocks(chain.multiply(Blocks(means, diagonal, lower), means), diagonal, lower))

    # --- the judge: the Normal distribution of all nd numbers ---

    def _mp_precision(self, theta: Sequence[Any]) -> Any:
        import mpmath

        n, d = self.length, self.dimension
        matrix = mpmath.matrix(n * d)
        rest = iter(theta[n * d :])
        for t in range(n):
            for i, j in _lower_triangle(d):
                entry = -next(rest) * (2 if i == j else 1)
                matrix[t * d + i, t * d + j] = matrix[t * d + j, t * d + i] = entry
        for t in range(n - 1):
            for i in range(d):
                for j in range(d):
                    row, column = (t + 1) * d + i, t * d + j
                    matrix[row, column] = matrix[column, row] = -next(rest)
        return matrix

    def _mp_natural(self, first: Any, matrix: Any) -> Sequence[Any]:
        n, d = self.length, self.dimension
        within = [-matrix[t * d + i, t * d + j] / (2 if i == j else 1) for t in range(n) for i, j in _lower_triangle(d)]
        pairs = [(t, i, j) for t in range(n - 1) for i in range(d) for j in range(d)]
        return [*first, *within, *(-matrix[(t + 1) * d + i, t * d + j] for t, i, j in pairs)]

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        """By elimination of the whole matrix, row by row; most of its entries are 0."""
        import mpmath

        n = self._numbers
        rows = [[*row, first] for row, first in zip(self._mp_precision(theta).tolist(), theta, strict=False)]
        total = n * mpmath.log(2 * mpmath.pi)
        for k in range(n):
            pivot = rows[k][k]
            total += rows[k][n] ** 2 / pivot - mpmath.log(pivot)
            for i in range(k + 1, n):
                if rows[k][i]:
                    share = rows[k][i] / pivot
                    for j in range(i, n + 1):
                        if rows[k][j]:
                            rows[i][j] -= share * rows[k][j]
        return total / 2

    def mp_centred_from_mean(self, mean: Sequence[Any]) -> Sequence[Any]:
        m = mean[: self._numbers]
        return [*m, *(e - p for e, p in zip(mean[self._numbers :], self._mp_products(m), strict=True))]

    def _mp_products(self, x: Sequence[Any]) -> list[Any]:
        n, d = self.length, self.dimension
        within = [x[t * d + i] * x[t * d + j] for t in range(n) for i, j in _lower_triangle(d)]
        pairs = [(t, i, j) for t in range(n - 1) for i in range(d) for j in range(d)]
        return [*within, *(x[(t + 1) * d + i] * x[t * d + j] for t, i, j in pairs)]

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        flat = [value for state in x for value in state]
        return [*flat, *self._mp_products(flat)]

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        """The precisions of all pairs of neighbours less those of the states that two pairs share."""
        import mpmath

        n, d = self.length, self.dimension
        total = mpmath.matrix(n * d)
        covariance = [mpmath.matrix(block) for block in standard["covariance"]]
        covariance = [(block + block.T) / 2 for block in covariance]

        def add(start: int, part: Any, sign: int) -> None:
            inverse = mpmath.inverse(part)
            for i in range(inverse.rows):
                for j in range(inverse.rows):
                    total[start + i, start + j] += sign * inverse[i, j]

        for t in range(n - 1):
            pair = mpmath.matrix(2 * d)
            for i in range(d):
                for j in range(d):
                    pair[i, j], pair[d + i, d + j] = covariance[t][i, j], covariance[t + 1][i, j]
                    pair[d + i, j] = pair[j, d + i] = standard["cross_covariance"][t][i][j]
            add(t * d, pair, 1)
        for t in range(1, n - 1):
            add(t * d, covariance[t], -1)
        if n == 1:
            add(0, covariance[0], 1)
        mean = mpmath.matrix([value for state in standard["mean"] for value in state])
        return self._mp_natural(total * mean, total)

    def mp_natural_from_unconstrained(self, u: Sequence[Any]) -> Sequence[Any]:
        import mpmath

        n, d = self.length, self.dimension
        root = mpmath.matrix(n * d)
        rest = iter(u[n * d :])
        for t in range(n):
            for i, j in _lower_triangle(d):
                entry = next(rest)
                root[t * d + i, t * d + j] = mpmath.exp(entry) if i == j else entry
        for t in range(n - 1):
            for i in range(d):
                for j in range(d):
                    root[(t + 1) * d + i, t * d + j] = next(rest)
        matrix = root * root.T
        return self._mp_natural(matrix * mpmath.matrix(list(u[: n * d])), matrix)


class JointNormal:
    """SciPy's Normal distribution of all states together, for events (n, d)."""

    def __init__(self, mean: Rows, covariance: Rows) -> None:
        self._joint = stats.multivariate_normal(mean, covariance)

    def logpdf(self, x: Rows) -> Rows:
        return np.asarray(self._joint.logpdf(x.reshape(*x.shape[:-2], -1)))

    def entropy(self) -> float:
        return float(self._joint.entropy())


class PrecisionOfMean(Metric):
    """P itself, block tridiagonal."""

    def __init__(self, blocks: Blocks) -> None:
        self.blocks = blocks

    @property
    def size(self) -> int:
        return int(np.prod(self.blocks.vector.shape[1:]))

    def dense(self) -> Rows:
        return chain.dense(self.blocks)

    def multiply(self, v: Rows) -> Rows:
        return chain.multiply(self.blocks, v.reshape(self.blocks.vector.shape)).reshape(v.shape)

    def solve(self, v: Rows, damping: Rows) -> Rows:
        shift = damping[:, None, None, None] * np.eye(self.blocks.vector.shape[-1])
        factor = chain.factor(self.blocks._replace(diagonal=self.blocks.diagonal + shift))
        whitened = chain.forward(factor, v.reshape(self.blocks.vector.shape))
        return chain.backward(factor, whitened).reshape(v.shape)


def _definite(blocks: Blocks) -> Condition:
    law = chain.transitions(blocks)
    return Condition(law.good, "covariance of neighbouring states must be positive definite", law.pivot)


def _blocks(standard: Mapping[str, Rows]) -> Blocks:
    return Blocks(standard["mean"], sym.symmetrised(standard["covariance"]), standard["cross_covariance"])


def _flat(vector: Rows, packed: Rows, lower: Rows) -> Rows:
    rows = len(vector)
    return np.concatenate(
        [part.reshape(rows, int(np.prod(part.shape[1:]))) for part in (vector, packed, lower)], axis=-1
    )


def _pair(point: Blocks, t: int) -> Rows:
    """The covariance of (x_t, x_{t+1}), of x_t alone at the end."""
    own = point.diagonal[:, t]
    if t == point.diagonal.shape[1] - 1:
        return own
    across = point.lower[:, t]
    return np.block([[own, sym.transpose(across)], [across, point.diagonal[:, t + 1]]])


def _from_pivots(pivots: Rows, gains: Rows) -> tuple[Rows, Rows]:
    """D_t and C_t from the precisions P_t of x_t given x_{t+1} and the gains E_t."""
    diagonal = pivots.copy()
    diagonal[:, 1:] += sym.symmetrised(sym.transpose(gains) @ pivots[:, :-1] @ gains)
    return diagonal, sym.transpose(pivots[:, :-1] @ gains)


def _lower_triangle(dimension: int) -> list[tuple[int, int]]:
    """Row and column of each packed entry."""
    return [(i, j) for i in range(dimension) for j in range(i + 1)]
