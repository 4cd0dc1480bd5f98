# ruff: noqa: D102  (the statements are documented in statements.py)
"""The VonMisesFisher family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from .. import bregman
from ..arrays import Rows
from ..bessel_ratio_of_order import Ratio, inverse, log_scaled_bessel, ratio
from ..charts import Chart
from ..conditions import Condition
from ..domain_draws import log_uniform
from ..family import Family, Inverse, require_integer
from ..pair import one_less_squares

TINY = float(np.finfo(np.float64).tiny)
# Room for unit vectors that were rounded to float32.
ROOM = 1e-6


@dataclass(frozen=True)
class VonMisesFisher(Family):
    """Von Mises-Fisher distribution on unit vectors x in d dimensions: theta = k u, T(x) = x, h(x) = 1.

    The density is with respect to the surface of the sphere: A = log((2 pi)^(d/2) I_n(k) k^-n), n = d/2 - 1. mu =
    R(k) u with R = I_(n+1)/I_n; F has R'(k) = 1 - (d-1) R/k - R^2 along the direction and R/k across it. Standard
    parameters: `mean_direction` u (..., d), the first axis where k = 0, and `concentration` k >= 0. The uniform
    distribution, k = 0, is an interior point.
    """

    dimension: int

    def __post_init__(self) -> None:
        require_integer(self, "dimension", 2)
        super().__post_init__()

    @classmethod
    def examples(cls) -> tuple[VonMisesFisher, ...]:
        return (cls(3), cls(5))

    @property
    def _order(self) -> float:
        return 0.5 * self.dimension - 1.0

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"concentration_times_direction[{j}]" for j in range(self.dimension))

    @property
    def size(self) -> int:
        return self.dimension

    @property
    def event_shape(self) -> tuple[int, ...]:
        return (self.dimension,)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"mean_direction": (self.dimension,), "concentration": ()}

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        yield Condition(_slack(mu) > 0, "length of the mean must be < 1", _length(mu))

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        norm, k = _length(standard["mean_direction"]), standard["concentration"]
        yield Condition(np.abs(norm - 1.0) <= ROOM, "length of mean_direction must be 1", norm)
        yield Condition(k >= 0, "concentration must be >= 0", k)

    def _support(self, x: Rows) -> Iterator[Condition]:
        for j in range(self.dimension):
            yield Condition(np.isfinite(x[:, j]), "x must be finite", x[:, j])
        norm = _length(x)
        yield Condition(np.abs(norm - 1.0) <= ROOM, "length of x must be 1", norm)

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        direction = standard["mean_direction"]  # a unit vector that may have been rounded
        return np.asarray((standard["concentration"] / _length(direction))[..., None] * direction)

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        direction, k = _unit(theta), _length(theta)
        direction[..., 0] = np.where(k > 0, direction[..., 0], 1.0)
        return {"mean_direction": direction, "concentration": k}

    @property
    def no_standard_chart(self) -> str:
        return "a unit vector has one entry more than it has degrees of freedom"

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {}

    def _ratio(self, k: Rows) -> Ratio:
        return ratio(self._order, k)

    def _scaled_log_partition(self, k: Rows) -> Rows:
        """A - k."""
        return log_scaled_bessel(self._order, k)

    def _log_partition(self, theta: Rows) -> Rows:
        k = _length(theta)
        return k + self._scaled_log_partition(k)

    def _to_mean(self, theta: Rows) -> Rows:
        return self._ratio(_length(theta)).over[:, None] * theta

    inverse_method = "Newton on 1/(1 - R) from the start of Banerjee, Dhillon, Ghosh and Sra (2005), eq. 4.4"
    most_inverse_iterations = 5

    def _to_natural(self, mu: Rows) -> Inverse:
        length = _length(mu)
        k, iterations, converged = inverse(self._order, length, _slack(mu) / (1.0 + length))
        zero = length == 0
        scale = np.where(zero, self.dimension, k / np.where(zero, 1.0, length))
        return Inverse(scale[:, None] * mu, iterations, converged | zero)

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return x

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        """-k |x - u|^2/2 - (A - k), for k (1 - <u, x>) keeps its digits at a large k."""
        k, apart = _length(theta), x - _unit(theta)
        return np.asarray(-0.5 * k * (apart * apart).sum(axis=-1) - self._scaled_log_partition(k))

    def _dual_of_natural(self, theta: Rows) -> Rows:
        k = _length(theta)
        return np.asarray(-(k * self._ratio(k).complement + self._scaled_log_partition(k)))

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        """The Bregman divergence of A from k_p to k_q, plus k_q R(k_p) (1 - cos of the turn): two terms >= 0.

        The turn's sine is the length of what q - p has across the shorter of both, and k_q - k_p =
        <q - p, q + p>/(k_q + k_p), so that close points keep their digits.
        """
        d = q - p
        kp, kq, up, uq = _length(p), _length(q), _unit(p), _unit(q)
        low, high = np.minimum(kp, kq), np.maximum(np.maximum(kp, kq), TINY)
        u = np.where((kp <= kq)[:, None], up, uq)
        move = d / high[:, None]
        across = move - (u * move).sum(axis=-1, keepdims=True) * u
        cosine = (up * uq).sum(axis=-1)
        turn = np.where(cosine > 0, (across * across).sum(axis=-1) / (1.0 + np.maximum(cosine, 0.0)), 1.0 - cosine)

        half = np.maximum(0.5 * kp + 0.5 * kq, TINY)
        rise = (d * ((0.5 * p + 0.5 * q) / half[:, None])).sum(axis=-1)
        at = self._ratio(kp)
        radial = rise * at.complement + self._scaled_log_partition(kq) - self._scaled_log_partition(kp)
        close = (high <= 1.0 + 0.5 * self._order) | (high <= 1.5 * low)

        def curvature(k: Rows, step: Rows) -> Rows:
            there = self._ratio(k[:, 0])
            return np.asarray(there.over * there.relative * step[:, 0] ** 2)

        radial[close] = bregman.curvature_integral(curvature, kp[close, None], rise[close, None])
        return np.asarray(np.maximum(radial, 0.0) + kq * (at.over * kp * turn))

    def _fisher(self, theta: Rows) -> Rows:
        """R/k (I - defect u u^T), the diagonal without cancellation where u is near an axis."""
        at, u = self._ratio(_length(theta)), _unit(theta)
        matrix = -(at.over * at.defect)[:, None, None] * (u[:, :, None] * u[:, None, :])
        square = u * u
        lead = np.arange(self.size) == np.abs(u).argmax(axis=-1)[:, None]
        others = np.where(lead, 0.0, square).sum(axis=-1, keepdims=True)
        uniform = ~(square > 0).any(axis=-1, keepdims=True)
        share = np.where(lead & ~uniform, others + at.relative[:, None] * square, 1.0 - at.defect[:, None] * square)
        axis = np.arange(self.size)
        matrix[:, axis, axis] = at.over[:, None] * share
        return matrix

    def _fisher_solve(self, theta: Rows, v: Rows, damping: Rows) -> Rows:
        """1/(R' + c) along the direction, 1/(R/k + c) across it."""
        at, u = self._ratio(_length(theta)), _unit(theta)
        more = at.over * at.defect / (at.over * at.relative + damping) * (u * v).sum(axis=-1)
        return np.asarray((v + more[:, None] * u) / (at.over + damping)[:, None])

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        at = self._ratio(_length(theta))
        return np.asarray(self.dimension * np.log(at.over) + np.log(at.relative))

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        """The positive root of |mu + beta v|^2 = 1 along the unit vector v, in the form that does not cancel."""
        length, room = _length(direction), _slack(mu)
        b = (mu * _unit(direction)).sum(axis=-1)
        root = np.sqrt(b * b + room)
        distance = np.where(b > 0, room / np.where(b > 0, b + root, 1.0), root - b)
        return np.where(length > 0, distance / np.where(length > 0, length, 1.0), np.inf)

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
        """Wood (1994), Simulation of the von Mises Fisher distribution, algorithm VM*.

        It is written for 1 - w, w the cosine to the mean direction, which keeps its digits at a large k.
        """
        others = self.dimension - 1.0
        k = np.broadcast_to(_length(theta), shape).ravel()
        # Wood's b, 1 - x0 = 2 b/(1 + b) and 1 - x0^2.
        b = others / (2.0 * k + np.hypot(2.0 * k, others))
        gap, square = 2.0 * b / (1.0 + b), 4.0 * b / (1.0 + b) ** 2
        lost = np.zeros(k.shape)
        waiting = np.arange(k.size)
        while waiting.size:
            z = rng.beta(0.5 * others, 0.5 * others, waiting.size)
            u = rng.random(waiting.size)
            bw, gw = b[waiting], gap[waiting]
            drawn = 2.0 * bw * z / (1.0 - (1.0 - bw) * z)
            log_ratio = np.log((gw + (1.0 - gw) * drawn) / square[waiting])
            accepted = k[waiting] * (gw - drawn) + others * log_ratio >= np.log1p(-u)
            lost[waiting[accepted]] = drawn[accepted]
            waiting = waiting[~accepted]
        lost = lost.reshape(shape)[..., None]
        standard = self._standard_from_natural(theta)["mean_direction"]
        noise = rng.standard_normal((*shape, self.dimension))
        noise = noise - (noise * standard).sum(axis=-1, keepdims=True) * standard
        x = (1.0 - lost) * standard + np.sqrt(lost * (2.0 - lost)) * _unit(noise)
        return np.asarray(_unit(x))

    def scipy_twin(self, theta: Rows) -> Any:
        k = float(_length(theta))
        return stats.vonmises_fisher(self._standard_from_natural(theta)["mean_direction"], k) if k > 0 else None

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return _directions(rng, rows, self.dimension) * np.exp(rng.uniform(-2.0, 3.0, rows))[:, None]

    def hard_points(self) -> Rows:
        d = self.dimension
        axis, even = np.eye(d)[0], np.full(d, d**-0.5)
        tilted = np.concatenate([[1.0], np.full(d - 1, -1e-9)])
        return np.array([0.0 * axis, 1e-12 * even, 0.3 * tilted, 31.9 * axis, 32.1 * even, 1e7 * even, 1e12 * tilted])

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        return _directions(rng, rows, self.dimension) * log_uniform(rng, rows, decades)[:, None]

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        half = mpmath.mpf(self.dimension) / 2
        quarter = sum(t * t for t in theta) / 4
        series = mpmath.hyp0f1(half, quarter, maxterms=10**6)
        return mpmath.log(2 * mpmath.pi**half / mpmath.gamma(half) * series)

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        return list(x)

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        import mpmath

        norm = mpmath.sqrt(sum(u * u for u in standard["mean_direction"]))
        return [standard["concentration"] * u / norm for u in standard["mean_direction"]]


def _length(vector: Rows) -> Rows:
    """|vector|, without overflow or underflow of the squares."""
    largest = np.abs(vector).max(axis=-1)
    scaled = vector / np.where(largest > 0, largest, 1.0)[..., None]
    return np.asarray(largest * np.sqrt((scaled * scaled).sum(axis=-1)))


def _unit(vector: Rows) -> Rows:
    """Unit vectors; 0 where there is no direction."""
    length = _length(vector)[..., None]
    return np.asarray(vector / np.where(length > 0, length, 1.0))


def _slack(mu: Rows) -> Rows:
    """1 - |mu|^2, rounded once."""
    return one_less_squares(np.clip(mu, -2.0, 2.0))


def _directions(rng: np.random.Generator, rows: int, dimension: int) -> Rows:
    return _unit(rng.standard_normal((rows, dimension)))
