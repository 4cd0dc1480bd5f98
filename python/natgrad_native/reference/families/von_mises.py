# ruff: noqa: D102  (the statements are documented in statements.py)
"""The VonMises family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special, stats

from .. import bregman, linear
from ..arrays import Rows
from ..bessel_ratio import inverse, log_scaled_bessel, ratio
from ..charts import Chart
from ..conditions import Condition
from ..domain_draws import log_uniform
from ..family import Family, Inverse
from ..metrics import Diagonal, Metric, Natural
from ..pair import one_less_squares
from ..special import HALF_LOG_TWO_PI

# The float32 next to pi, which is above it: an angle rounded to float32 is still one.
LARGEST_ANGLE = float(np.float32(np.pi))


@dataclass(frozen=True)
class VonMises(Family):
    """Von Mises distribution on angles x in [-pi, pi]: theta = k (cos m, sin m), T(x) = (cos x, sin x), h(x) = 1.

    A = log(2 pi I0(k)), mu = R(k) (cos m, sin m) with R = I1/I0; F has R'(k) = 1 - R/k - R^2 along the direction and
    R/k across it. Standard parameters: `mean_direction`, an angle (0 where k = 0), and `concentration` k >= 0. The
    density is with respect to dx; k = 0, the uniform distribution, is an interior point.
    """

    @property
    def names(self) -> tuple[str, ...]:
        return ("concentration_times_cosine", "concentration_times_sine")

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"mean_direction": (), "concentration": ()}

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        yield Condition(_slack(mu) > 0, "length of the mean must be < 1", _length(mu))

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        k = standard["concentration"]
        yield Condition(k >= 0, "concentration must be >= 0", k)

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition(np.abs(x) <= LARGEST_ANGLE, "x must be in [-pi, pi]", x)

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        angle, k = standard["mean_direction"], standard["concentration"]
        return np.stack([k * np.cos(angle), k * np.sin(angle)], axis=-1)

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {"mean_direction": np.arctan2(theta[:, 1], theta[:, 0] + 0.0), "concentration": _length(theta)}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        """diag(k R, R')."""
        k = _length(theta)
        at = ratio(k)
        return Diagonal(np.stack([k * at.over * k, at.slope], axis=-1))

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {}

    def _standard_chart_domain(self, theta: Rows) -> Iterator[Condition]:
        k = _length(theta)
        yield Condition(k > 0, "concentration must be > 0 where it is a coordinate", k)

    def _log_partition(self, theta: Rows) -> Rows:
        k = _length(theta)
        return k + _scaled_log_partition(k)

    def _to_mean(self, theta: Rows) -> Rows:
        return ratio(_length(theta)).over[:, None] * theta

    inverse_method = "Newton on 1/(1 - R) from the start of Banerjee, Dhillon, Ghosh and Sra (2005), eq. 4.4"
    most_inverse_iterations = 5

    def _to_natural(self, mu: Rows) -> Inverse:
        length = _length(mu)
        k, iterations, converged = inverse(length, _slack(mu) / (1.0 + length))
        zero = length == 0
        scale = np.where(zero, 2.0, k / np.where(zero, 1.0, length))
        return Inverse(scale[:, None] * mu, iterations, converged | zero)

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return np.stack([np.cos(x), np.sin(x)], axis=-1)

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        """-k |T - direction|^2/2 - (A - k), for k (1 - cos(x - m)) keeps its digits at a large k."""
        k = _length(theta)
        apart = self._sufficient_statistics(x) - _direction(theta)
        return np.asarray(-0.5 * k * (apart * apart).sum(axis=-1) - _scaled_log_partition(k))

    def _dual_of_natural(self, theta: Rows) -> Rows:
        k = _length(theta)
        return np.asarray(-(k * ratio(k).complement + _scaled_log_partition(k)))

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        """The Bregman divergence of log I0 from k_p to k_q, plus k_q R(k_p) (1 - cos of the turn): two terms >= 0.

        The turn's sine is a cross product with q - p, and k_q - k_p = <q - p, q + p>/(k_q + k_p), so that close points
        keep their digits.
        """
        d = q - p
        kp, kq, up, uq = _length(p), _length(q), _direction(p), _direction(q)
        low = np.minimum(kp, kq)
        high = np.maximum(np.maximum(kp, kq), np.finfo(np.float64).tiny)
        u = np.where((kp <= kq)[:, None], up, uq)
        sine = u[:, 0] * (d[:, 1] / high) - u[:, 1] * (d[:, 0] / high)
        cosine = (up * uq).sum(axis=-1)
        turn = np.where(cosine > 0, sine * sine / (1.0 + np.maximum(cosine, 0.0)), 1.0 - cosine)

        total = np.maximum(kp + kq, np.finfo(np.float64).tiny)
        rise = (d * ((p + q) / total[:, None])).sum(axis=-1)
        at = ratio(kp)
        radial = rise * at.complement + np.log(special.i0e(kq) / special.i0e(kp))
        close = (high <= 1.5) | (high <= 1.5 * low)
        radial[close] = bregman.curvature_integral(
            lambda k, move: ratio(k[:, 0]).slope * move[:, 0] ** 2, kp[close, None], rise[close, None]
        )
        return np.asarray(np.maximum(radial, 0.0) + kq * (at.over * kp * turn))

    def _fisher(self, theta: Rows) -> Rows:
        a, b, c, _ = _entries(theta)
        return np.stack([a, b, b, c], axis=-1).reshape(-1, 2, 2)

    def _fisher_solve(self, theta: Rows, v: Rows, damping: Rows) -> Rows:
        a, b, c, determinant = _entries(theta)
        return linear.solve_two_by_two(a, b, c, determinant, v, damping)

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        at = ratio(_length(theta))
        return np.asarray(np.log(at.over) + np.log(at.slope))

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        """The positive root of |mu + beta u|^2 = 1 along the unit vector u, in the form that does not cancel."""
        length, room = _length(direction), _slack(mu)
        b = (mu * _direction(direction)).sum(axis=-1)
        root = np.sqrt(b * b + room)
        distance = np.where(b > 0, room / (b + root), root - b)
        return np.where(length > 0, distance / np.where(length > 0, length, 1.0), np.inf)

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
        return np.asarray(rng.vonmises(np.arctan2(theta[..., 1], theta[..., 0]), _length(theta), size=shape))

    def scipy_twin(self, theta: Rows) -> Any:
        return _OnCircle(name="von_mises_on_circle", a=-np.pi, b=np.pi, shapes="direction, concentration")(
            float(np.arctan2(theta[1], theta[0])), float(_length(theta))
        )

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        angle, k = rng.uniform(-np.pi, np.pi, rows), np.exp(rng.uniform(-2.0, 3.0, rows))
        return self._natural_from_standard({"mean_direction": angle, "concentration": k})

    def hard_points(self) -> Rows:
        return np.array(
            [[0.0, 0.0], [1e-12, -3e-12], [0.3, 1e-9], [-1.2, 1.6], [0.0, -8.0], [30.0, 0.5], [-3e6, 4e6], [1e12, 1.0]]
        )

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        angle, k = rng.uniform(-np.pi, np.pi, rows), log_uniform(rng, rows, decades)
        return self._natural_from_standard({"mean_direction": angle, "concentration": k})

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        k = mpmath.sqrt(theta[0] * theta[0] + theta[1] * theta[1])
        return mpmath.log(2 * mpmath.pi * mpmath.besseli(0, k))

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        import mpmath

        return [mpmath.cos(x), mpmath.sin(x)]

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        import mpmath

        angle, k = standard["mean_direction"], standard["concentration"]
        return [k * mpmath.cos(angle), k * mpmath.sin(angle)]


class _OnCircle(stats.rv_continuous):  # type: ignore[misc]
    """`scipy.stats.vonmises`, which knows no interval, on [-pi, pi]."""

    def _argcheck(self, direction: Any, concentration: Any) -> Any:
        return (concentration >= 0) & (direction == direction)

    def _logpdf(self, x: Any, direction: Any, concentration: Any) -> Any:
        return stats.vonmises.logpdf(x, concentration, loc=direction)

    def _pdf(self, x: Any, direction: Any, concentration: Any) -> Any:
        return stats.vonmises.pdf(x, concentration, loc=direction)

    def _cdf(self, x: Any, direction: Any, concentration: Any) -> Any:
        start = stats.vonmises.cdf(-np.pi, concentration, loc=direction)
        return stats.vonmises.cdf(x, concentration, loc=direction) - start

    def _entropy(self, direction: Any, concentration: Any) -> Any:
        return stats.vonmises.entropy(concentration)


def _length(point: Rows) -> Rows:
    return np.asarray(np.hypot(point[..., 0], point[..., 1]))


def _direction(point: Rows) -> Rows:
    """Unit vectors; the first axis where there is no direction."""
    largest = np.abs(point).max(axis=-1, keepdims=True)
    zero = largest == 0
    scaled = np.where(zero, np.array([1.0, 0.0]), point / np.where(zero, 1.0, largest))
    return np.asarray(scaled / _length(scaled)[..., None])


def _slack(mu: Rows) -> Rows:
    """1 - |mu|^2, rounded once."""
    return one_less_squares(np.clip(mu, -2.0, 2.0))


def _scaled_log_partition(k: Rows) -> Rows:
    """A - k = log 2 pi + log(I0(k) e^-k)."""
    return 2.0 * HALF_LOG_TWO_PI + log_scaled_bessel(k)


def _entries(theta: Rows) -> tuple[Rows, Rows, Rows, Rows]:
    """F = (R/k) across and R' along the direction: F_11, F_12, F_22 and det F = R' R/k."""
    at, u = ratio(_length(theta)), _direction(theta)
    first = at.over * u[:, 1] ** 2 + at.slope * u[:, 0] ** 2
    second = at.over * u[:, 0] ** 2 + at.slope * u[:, 1] ** 2
    return first, -at.gap * u[:, 0] * u[:, 1], second, at.over * at.slope
