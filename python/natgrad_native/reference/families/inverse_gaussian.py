# ruff: noqa: D102  (the statements are documented in statements.py)
"""The InverseGaussian family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .. import boundary, linear, representable
from ..arrays import Rows, average, mean_of_observations
from ..charts import POSITIVE, Chart
from ..conditions import Condition
from ..domain_draws import log_uniform
from ..exponential_integral import scaled_exponential_integral
from ..family import Family, Inverse
from ..fisher_rao import of_inverse_gaussians
from ..metrics import Diagonal, Metric, Natural
from ..pair import product_minus_one
from ..special import HALF_LOG_TWO_PI, ratio_remainder


@dataclass(frozen=True)
class InverseGaussian(Family):
    """Inverse Gaussian distribution on x > 0, mean m and shape s: theta = (-s/2m^2, -s/2), T(x) = (x, 1/x).

    h(x) = x^(-3/2), so that log h has no constant; A = -s/m - log(s/2 pi)/2, mu = (m, 1/m + 1/s), det F = 2 (m/s)^3.
    Standard parameters: `mean`, `shape`. Centred mean coordinates: [m, 1/s] = [E x, E 1/x - 1/E x], from which s keeps
    its digits however large s/m is. E log x = log m - e^z E1(z) with z = 2s/m.
    """

    @property
    def names(self) -> tuple[str, ...]:
        return ("negative_half_shape_over_squared_mean", "negative_half_shape")

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"mean": (), "shape": ()}

    def _natural_domain(self, theta: Rows) -> Iterator[Condition]:
        yield Condition(theta[:, 0] < 0, "shape / mean^2 must be > 0", -2.0 * theta[:, 0])
        yield Condition(theta[:, 1] < 0, "shape must be > 0", -2.0 * theta[:, 1])

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        yield Condition(mu[:, 0] > 0, "E x must be > 0", mu[:, 0])
        gap = _gap(mu)
        yield Condition((gap > 0) | (mu[:, 0] <= 0), "E 1/x - 1 / E x must be > 0", gap)

    def _centred_domain(self, centred: Rows) -> Iterator[Condition]:
        yield Condition(centred[:, 0] > 0, "E x must be > 0", centred[:, 0])
        yield Condition(centred[:, 1] > 0, "E 1/x - 1 / E x must be > 0", centred[:, 1])

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        yield Condition(standard["mean"] > 0, "mean must be > 0", standard["mean"])
        yield Condition(standard["shape"] > 0, "shape must be > 0", standard["shape"])

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition((x > 0) & (x < np.inf), "x must be > 0 and finite", x)

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        second = -0.5 * standard["shape"]
        return np.stack([second / standard["mean"] / standard["mean"], second], axis=-1)

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {"mean": _mean(theta), "shape": -2.0 * theta[:, 1]}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        """diag(s/m^3, 1/2s^2)."""
        mean, half = _mean(theta), -theta[:, 1]
        return Diagonal(np.stack([2.0 * half / mean / mean / mean, 0.125 / half / half], axis=-1))

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {"mean": POSITIVE, "shape": POSITIVE}

    def _log_partition(self, theta: Rows) -> Rows:
        return HALF_LOG_TWO_PI - _shape_by_mean(theta) - 0.5 * np.log(-2.0 * theta[:, 1])

    def _to_mean(self, theta: Rows) -> Rows:
        root = np.sqrt(-theta)
        return np.stack([_mean(theta), root[:, 0] / root[:, 1] - 0.5 / theta[:, 1]], axis=-1)

    def _to_natural(self, mu: Rows) -> Inverse:
        return self._natural_from_centred(np.stack([mu[:, 0], _gap(mu)], axis=-1))

    def _centred_from_natural(self, theta: Rows) -> Rows:
        return np.stack([_mean(theta), -0.5 / theta[:, 1]], axis=-1)

    def _natural_from_centred(self, centred: Rows) -> Inverse:
        second = -0.5 / centred[:, 1]
        return Inverse.closed_form(np.stack([second / centred[:, 0] / centred[:, 0], second], axis=-1))

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return np.stack([x, 1.0 / x], axis=-1)

    def _log_base_measure(self, x: Rows) -> Rows:
        return -1.5 * np.log(x)

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        """-3/2 E log x; below s = m/2 the log of z = 2s/m is part of log m + log z = log 2s."""
        ratio = _shape_by_mean(theta)
        logarithm = np.log(np.where(ratio < 0.5, -4.0 * theta[:, 1], _mean(theta)))
        return np.asarray(1.5 * (scaled_exponential_integral(2.0 * ratio) - logarithm))

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        """-s (x - m)^2 / (2 m^2 x) + log(s / 2 pi x^3)/2, the first as the square of what overflows only if it does."""
        distance = np.sqrt(-theta[:, 0]) * ((x - _mean(theta)) / np.sqrt(x))
        constant = 0.5 * np.log(-2.0 * theta[:, 1]) - HALF_LOG_TWO_PI
        return np.asarray(-distance * distance + constant - 1.5 * np.log(x))

    def _dual_of_natural(self, theta: Rows) -> Rows:
        return 0.5 * np.log(-2.0 * theta[:, 1]) - HALF_LOG_TWO_PI - 0.5

    def _dual_log_partition(self, mu: Rows) -> Rows:
        return -0.5 * np.log(_gap(mu)) - HALF_LOG_TWO_PI - 0.5

    def _entropy(self, theta: Rows) -> Rows:
        """(1 + log(2 pi m^3/s))/2 - 3/2 e^z E1(z), with one logarithm; that of s alone below s = m/2."""
        ratio = _shape_by_mean(theta)
        small = ratio < 0.5
        logarithm = np.log(np.where(small, -2.0 * theta[:, 1], _mean(theta) / np.sqrt(ratio)))
        constant = HALF_LOG_TWO_PI + 0.5 + np.where(small, 1.5 * np.log(2.0), 0.0)
        return np.asarray(constant + logarithm - 1.5 * scaled_exponential_integral(2.0 * ratio))

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        """(r - 1 - log r)/2 with r = s_q/s_p, plus s_q (m_p - m_q)^2 / (2 m_q^2 m_p): two terms >= 0.

        m_p/m_q - 1 = ((m_p/m_q)^2 - 1)/(m_p/m_q + 1), the numerator from the differences of the points where they are
        close.
        """
        first, second = (q[:, 0] - p[:, 0]) / p[:, 0], (q[:, 1] - p[:, 1]) / q[:, 1]
        mean_p = _mean(p)
        ratio = mean_p / _mean(q)
        close = (np.abs(first) < 0.5) & (np.abs(second) < 0.5)
        excess = np.where(close, (p[:, 1] / q[:, 1] * first - second) / (ratio + 1.0), ratio - 1.0)
        pull = excess * (np.sqrt(-q[:, 1]) / np.sqrt(mean_p))
        return np.asarray(0.5 * ratio_remainder(q[:, 1] / p[:, 1], (q[:, 1] - p[:, 1]) / p[:, 1]) + pull * pull)

    def _fisher(self, theta: Rows) -> Rows:
        a, b, c, _ = _entries(theta)
        return np.stack([a, b, b, c], axis=-1).reshape(-1, 2, 2)

    def _fisher_solve(self, theta: Rows, v: Rows, damping: Rows) -> Rows:
        a, b, c, determinant = _entries(theta)
        return linear.solve_two_by_two(a, b, c, determinant, v, damping)

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        return np.asarray(np.log(2.0) - 3.0 * np.log(_shape_by_mean(theta)))

    def _step_to_boundary(self, theta: Rows, direction: Rows) -> Rows:
        return boundary.positive(-theta, -direction)

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        """The first root of c + b beta + a beta^2 = mu_1 mu_2 - 1 along the ray, in the form that does not cancel.

        Where a > 0, b^2 - 4ac = (mu_1 d_2 - mu_2 d_1)^2 + 4a is a sum of positive terms too.
        """
        left, right = mu[:, 0] * direction[:, 1], mu[:, 1] * direction[:, 0]
        a, b, c = direction[:, 0] * direction[:, 1], left + right, product_minus_one(mu[:, 0], mu[:, 1])
        root = np.sqrt(np.where(a > 0, (left - right) ** 2 + 4.0 * a, b * b - 4.0 * a * c))
        step = np.where(b < 0, 2.0 * c / (root - b), (b + root) / (-2.0 * a))
        return np.where((b >= 0) & (a >= 0), np.inf, step)

    def _fisher_rao_distance(self, a: Rows, b: Rows) -> Rows:
        """The hyperbolic distance."""
        return of_inverse_gaussians(a, b)

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
        """Michael, Schucany and Haas (1976): one root of s (x - m)^2 / (m^2 x) = y for y chi-squared, or the other.

        NumPy's `wald` is the same method, but takes the small root as a difference.
        """
        m, ratio = _mean(theta), _shape_by_mean(theta)
        half = 0.5 * rng.standard_normal(shape) ** 2 / ratio
        large = 1.0 + (half + np.sqrt(half * (half + 2.0)))  # the two roots are m times this and m over this
        return np.asarray(m * np.where(rng.random(shape) * (large + 1.0) <= large, 1.0 / large, large))

    def centred_mean_of_data(self, x: Rows, weights: Rows | None, axis: int) -> Rows:
        """[m, E 1/x - 1/m], the second as E (x/m - 1)^2 / x, whose terms have one sign."""
        mean = mean_of_observations(x, weights, axis)
        whole = np.expand_dims(mean, axis)
        distance = (x - whole) / whole
        return np.stack([mean, average(distance * (distance / x), weights, axis)], axis=-1)

    def _inside_support(self, draws: NDArray[Any]) -> NDArray[Any]:
        return representable.positive(draws)

    def scipy_twin(self, theta: Rows) -> Any:
        shape = -2.0 * theta[1]
        return stats.invgauss(np.sqrt(theta[1] / theta[0]) / shape, scale=shape)

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        mean, shape = np.exp(rng.uniform(-2.0, 2.0, (2, rows)))
        return self._natural_from_standard({"mean": mean, "shape": shape})

    def hard_points(self) -> Rows:
        mean, shape = np.array([[1.0, 1e12], [1.0, 1e-8], [1e8, 1e-4], [1e-2, 1e6], [1e6, 1e6], [2.0, 1.0]]).T
        return self._natural_from_standard({"mean": mean, "shape": shape})

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        mean, shape = log_uniform(rng, (2, rows), decades)
        return self._natural_from_standard({"mean": mean, "shape": shape})

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        return -2 * mpmath.sqrt(theta[0] * theta[1]) - mpmath.log(-theta[1] / mpmath.pi) / 2

    def mp_centred_from_mean(self, mean: Sequence[Any]) -> Sequence[Any]:
        return [mean[0], mean[1] - 1 / mean[0]]

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        return [x, 1 / x]

    def mp_log_base_measure(self, x: Any) -> Any:
        import mpmath

        return -3 * mpmath.log(x) / 2

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        import mpmath

        z = 4 * mpmath.sqrt(theta[0] * theta[1])
        return 3 * (mpmath.exp(z) * mpmath.e1(z) - mpmath.log(theta[1] / theta[0]) / 2) / 2

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        half = standard["shape"] / 2
        return [-half / standard["mean"] ** 2, -half]


def _mean(theta: Rows) -> Rows:
    return np.asarray(np.sqrt(-theta[..., 1]) / np.sqrt(-theta[..., 0]))


def _shape_by_mean(theta: Rows) -> Rows:
    return np.asarray(2.0 * (np.sqrt(-theta[..., 0]) * np.sqrt(-theta[..., 1])))


def _gap(mu: Rows) -> Rows:
    """E 1/x - 1/E x, of which no digit is lost where it is all that the product of the two exceeds 1 by."""
    excess = product_minus_one(mu[:, 0], mu[:, 1])
    return np.where(excess < np.inf, excess / mu[:, 0], mu[:, 1])


def _entries(theta: Rows) -> tuple[Rows, Rows, Rows, Rows]:
    """F_11 = m^3/s, F_12 = -m/s, F_22 = 1/ms + 2/s^2, det F = 2 (m/s)^3."""
    m, inverse = _mean(theta), -0.5 / theta[:, 1]
    by_shape = m * inverse
    return m * m * by_shape, -by_shape, inverse * (1.0 / m + 2.0 * inverse), 2.0 * by_shape**3
