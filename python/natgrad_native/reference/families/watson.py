# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Watson family."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from .. import boundary, bregman, pair, tilted_beta
from ..arrays import Rows
from ..charts import Chart
from ..conditions import Condition
from ..domain_draws import signs
from ..family import Family, Inverse, require_unit_vector
from ..metrics import Metric, Natural

NEWTON_STEPS = 16
# A step after which Newton's error, its square, is below rounding.
SETTLED = 1e-9
# Room for unit vectors that were rounded to float32.
ROOM = 1e-6


@dataclass(frozen=True)
class Watson(Family):
    """Watson distribution on unit vectors x in R^d about a known axis a: theta = k, T(x) = (a^T x)^2, h(x) = 1.

    The density is with respect to the surface of the sphere: A = log M(1/2, d/2, k) + log(2 pi^(d/2)/Gamma(d/2)), with
    Kummer's M, and mu = M(3/2, d/2 + 1, k) / (d M(1/2, d/2, k)). Both ends of the axis are likely for k > 0, the
    equator for k < 0, and k = 0 is uniform. Standard parameter: `concentration` k. `axis` is a unit vector, and so is
    what it is stored as.
    """

    axis: tuple[float, ...]

    def __post_init__(self) -> None:
        require_unit_vector(self, "axis")
        super().__post_init__()

    @classmethod
    def examples(cls) -> tuple[Watson, ...]:
        return (cls((0.6, 0.0, -0.8)), cls((1.0, 0.0)), cls((0.1, -0.5, 0.5, 0.7, 0.0)))

    @property
    def dimension(self) -> int:
        return len(self.axis)

    @property
    def names(self) -> tuple[str, ...]:
        return ("concentration",)

    @property
    def event_shape(self) -> tuple[int, ...]:
        return (self.dimension,)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"concentration": ()}

    @property
    def _log_area(self) -> float:
        half = 0.5 * self.dimension
        return float(np.log(2.0) + half * np.log(np.pi) - special.gammaln(half))

    def _small(self, theta: Rows) -> tilted_beta.Moments:
        """Of 1 - T where theta > 0, of T elsewhere."""
        return tilted_beta.moments(self.dimension, theta[:, 0])

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        yield Condition((mu[:, 0] > 0) & (mu[:, 0] < 1), "mean must be in (0, 1)", mu[:, 0])

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterable[Condition]:
        return ()

    def _support(self, x: Rows) -> Iterator[Condition]:
        for j in range(self.dimension):
            yield Condition(np.isfinite(x[:, j]), "x must be finite", x[:, j])
        norm = np.linalg.norm(x, axis=-1)
        yield Condition(np.abs(norm - 1.0) <= ROOM, "length of x must be 1", norm)

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return standard["concentration"][:, None]

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {"concentration": theta[:, 0]}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        return natural

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {}

    def _log_partition(self, theta: Rows) -> Rows:
        return np.asarray(np.maximum(theta[:, 0], 0.0) + (self._small(theta).log_sum + self._log_area))

    def _to_mean(self, theta: Rows) -> Rows:
        at = self._small(theta)
        return np.where(theta[:, 0] > 0, at.rest, at.mean)[:, None]

    inverse_method = "Newton on the logarithm of the smaller mean from the bound of Sra and Karp (2013), theorem 2.5"
    most_inverse_iterations = 6

    def _to_natural(self, mu: Rows) -> Inverse:
        """Newton for the logarithm of the mean that the tilt makes small.

        It starts from the bound B of Sra & Karp (2013, The multivariate Watson distribution), which is
        sharp at both ends.
        """
        r, half, b = mu[:, 0], 0.5 * self.dimension, 0.5 * (self.dimension - 1)
        positive = r * half > 0.5
        target = np.where(positive, 1.0 - r, r)
        root = np.sqrt(1.0 + 4.0 * (half + 1.0) * r * (1.0 - r) / (0.5 * b))
        x = np.abs(half * r - 0.5) * ((1.0 + root) / (2.0 * target) / (1.0 - target))
        iterations = np.zeros(len(x), dtype=np.int64)
        active = x > 0
        for _ in range(NEWTON_STEPS):
            rows = np.flatnonzero(active)
            if not rows.size:
                break
            at = tilted_beta.moments(self.dimension, np.where(positive, x, -x)[rows])
            step = np.log(at.mean / target[rows]) * at.mean / at.variance
            x[rows] = np.maximum(x[rows] + step, 0.25 * x[rows])
            iterations[rows] += 1
            active[rows] = np.abs(step) > SETTLED * (1.0 + x[rows])
        return Inverse(np.where(positive, x, -x)[:, None], iterations, np.isfinite(x) & ~active)

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return np.asarray(pair.dot(np.array(self.axis), x) ** 2)[:, None]

    def _dual_of_natural(self, theta: Rows) -> Rows:
        at = self._small(theta)
        return np.asarray(-(np.abs(theta[:, 0]) * at.mean + at.log_sum) - self._log_area)

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        """Bregman's divergence of A; for one sign of theta that of log E exp(-x s) of the small variable s."""
        xp, xq = np.abs(p[:, 0]), np.abs(q[:, 0])
        same = (p[:, 0] > 0) == (q[:, 0] > 0)
        there, here = self._small(q), self._small(p)
        answer = there.log_sum - here.log_sum
        answer += np.where(same, (xq - xp) * here.mean, xq * here.rest - xp * here.mean)
        larger = np.maximum(xp, xq)
        close = (larger <= 2.0) | (same & (larger <= 1.5 * np.minimum(xp, xq)))

        def curvature(theta: Rows, step: Rows) -> Rows:
            return np.asarray(self._small(theta).variance * step[:, 0] ** 2)

        answer[close] = bregman.curvature_integral(curvature, p[close], (q - p)[close])
        return np.asarray(np.maximum(answer, 0.0))

    def _fisher(self, theta: Rows) -> Rows:
        return self._small(theta).variance[:, None, None]

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        return boundary.positive(
            np.concatenate([mu, 1.0 - mu], axis=-1), np.concatenate([direction, -direction], axis=-1)
        )

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
        """Rejection from the angular central Gaussian (Kent, Ganeiber & Mardia 2018, section 3).

        Its precision is 1 along and 1 + 2 k/c across the axis for k > 0, and the other way round with -k for k < 0; c
        solves sum 1/(c + 2 l) = 1 over the eigenvalues l of the exponent.
        """
        d = self.dimension
        k = np.broadcast_to(theta[..., 0], shape).ravel()
        x, positive = np.abs(k), k > 0
        last = np.where(positive, 2.0 * x, 2.0 * x * (d - 1.0))  # of c^2 + (2 x - d) c = last
        middle = d - 2.0 * x
        root = np.sqrt(middle * middle + 4.0 * last)
        c = np.where(middle > 0, 0.5 * (middle + root), 2.0 * last / np.where(middle > 0, 1.0, root - middle))
        c = np.where(x > 0, c, float(d))
        stretch = 1.0 + 2.0 * x / c
        answer = np.empty((k.size, d))
        waiting = np.arange(k.size)
        while waiting.size:
            normal = rng.standard_normal((waiting.size, d))
            along = normal @ self.axis
            across = normal - along[:, None] * np.array(self.axis)
            root = np.sqrt(stretch[waiting])
            up = positive[waiting]
            along, across = np.where(up, along, along / root), np.where(up[:, None], across / root[:, None], across)
            first, second = along * along, (across * across).sum(axis=-1)
            length = first + second
            small = np.where(up, second, first) / length
            at, b = x[waiting], c[waiting]
            # log of exp(-x s) (1 + 2 x s/c)^(d/2) over its greatest value.
            ratio = -at * small + 0.5 * d * np.log1p(2.0 * at * small / b) + 0.5 * (d - b) - 0.5 * d * np.log(d / b)
            kept = np.log(rng.random(waiting.size)) < ratio
            drawn = (along[:, None] * np.array(self.axis) + across) / np.sqrt(length)[:, None]
            answer[waiting[kept]] = drawn[kept]
            waiting = waiting[~kept]
        return answer.reshape(*shape, d)

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return rng.uniform(-8.0, 8.0, (rows, 1))

    def hard_points(self) -> Rows:
        far = [[-1e12], [-60.0], [-1e-12], [0.0], [1e-9], [45.0], [1e6]]
        # Where hundreds of nodes count, or A or the entropy is near 0.
        middle = [[-0.7719034454689773], [-10.480236806916489], [32.80085152275034], [-0.0027692], [-128.0]]
        return np.array(far + middle)

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        """Every second one within three decades of 1, where the sum has most of its terms."""
        reach = np.where(np.arange(rows) % 2 == 0, decades, 3.0)[:, None]
        return signs(rng, (rows, 1)) * 10.0 ** (reach * rng.uniform(-1.0, 1.0, (rows, 1)))

    # --- the judge ---

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        half = mpmath.mpf(self.dimension) / 2
        area = 2 * mpmath.pi**half / mpmath.gamma(half)
        return mpmath.log(mpmath.hyp1f1(mpmath.mpf(1) / 2, half, theta[0])) + mpmath.log(area)

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        import mpmath

        return [mpmath.fsum(mpmath.mpf(a) * value for a, value in zip(self.axis, x, strict=True)) ** 2]

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        return [standard["concentration"]]
