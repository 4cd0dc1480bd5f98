# ruff: noqa: D102  (the statements are documented in statements.py)
"""What the Gamma and the inverse Gamma family state alike."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import special

from . import boundary, linear, representable
from .arrays import Counts, Rows, average, extent_of_observations, mean_of_observations
from .charts import POSITIVE, Chart
from .conditions import Condition
from .dirichlet_divergence import remainder_divergence
from .domain_draws import log_uniform
from .family import Family, Inverse
from .gamma_inverse import shape_from_log_gap
from .metrics import Metric, Natural
from .special import (
    HALF_LOG_TWO_PI,
    gamma_dual,
    log1p_remainder,
    log_minus_digamma,
    ratio_remainder,
    scaled_trigamma_remainder,
    stirling_remainder,
    trigamma,
    trigamma_minus_reciprocal,
)


class GammaKind(Family):
    """y = x (SIGN 1) or 1/x (SIGN -1) has a Gamma distribution: T = (log x, y), theta = (SIGN a, -b), h(x) = 1/x.

    A = log Gamma(a) - a log b, mu = (SIGN (psi(a) - log b), a/b). Centred mean coordinates:
    [SIGN (psi(a) - log a), a/b], from which the shape keeps its digits however large it is. The inverse solves
    log a - psi(a) = log E y - E log y.
    """

    SIGN: ClassVar[float]
    RATE: ClassVar[str]
    MEAN_CONDITION: ClassVar[str]
    GAP_CONDITION: ClassVar[str]

    @abstractmethod
    def _variate(self, x: Any) -> Any:
        """Return y, of an array or an mpf; and x from y."""

    @property
    def names(self) -> tuple[str, ...]:
        return ("shape" if self.SIGN > 0 else "negative_shape", f"negative_{self.RATE}")

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"shape": (), self.RATE: ()}

    def _shape_and_rate(self, theta: Rows) -> tuple[Rows, Rows]:
        return self.SIGN * theta[:, 0], -theta[:, 1]

    def _natural_domain(self, theta: Rows) -> Iterator[Condition]:
        a = self.SIGN * theta[:, 0]
        yield Condition(a > 0, "shape must be > 0", a)
        yield Condition(theta[:, 1] < 0, f"{self.RATE} must be > 0", -theta[:, 1])

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        yield Condition(mu[:, 1] > 0, self.MEAN_CONDITION, mu[:, 1])
        gap = np.log(np.where(mu[:, 1] > 0, mu[:, 1], 1.0)) - self.SIGN * mu[:, 0]
        yield Condition((gap > 0) | (mu[:, 1] <= 0), self.GAP_CONDITION, gap)

    def _centred_domain(self, centred: Rows) -> Iterator[Condition]:
        yield Condition(centred[:, 1] > 0, self.MEAN_CONDITION, centred[:, 1])
        gap = -self.SIGN * centred[:, 0]
        yield Condition(gap > 0, self.GAP_CONDITION, gap)

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        yield Condition(standard["shape"] > 0, "shape must be > 0", standard["shape"])
        yield Condition(standard[self.RATE] > 0, f"{self.RATE} must be > 0", standard[self.RATE])

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition((x > 0) & (x < np.inf), "x must be > 0 and finite", x)

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return np.stack([self.SIGN * standard["shape"], -standard[self.RATE]], axis=-1)

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        a, b = self._shape_and_rate(theta)
        return {"shape": a, self.RATE: b}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        return natural.along(np.broadcast_to([self.SIGN, -1.0], theta.shape))

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {"shape": POSITIVE, self.RATE: POSITIVE}

    def _log_partition(self, theta: Rows) -> Rows:
        """Stirling's form from shape 1 on: a log(a/b) has neither of the big terms a log a and a log b."""
        a, b = self._shape_and_rate(theta)
        large = a * (np.log(a / b) - 1.0) - 0.5 * np.log(a) + HALF_LOG_TWO_PI + stirling_remainder(a)
        return np.where(a < 1.0, special.gammaln(a) - a * np.log(b), large)

    def _to_mean(self, theta: Rows) -> Rows:
        a, b = self._shape_and_rate(theta)
        return np.stack([self.SIGN * (np.log(a / b) - log_minus_digamma(a)), a / b], axis=-1)

    inverse_method = (
        "log a - psi(a) = gap by Newton on logarithms from Minka's start (Minka 2002, Estimating a Gamma distribution)"
    )
    most_inverse_iterations = 4

    def _to_natural(self, mu: Rows) -> Inverse:
        return self._signed(shape_from_log_gap(np.log(mu[:, 1]) - self.SIGN * mu[:, 0], mu[:, 1]))

    def _centred_from_natural(self, theta: Rows) -> Rows:
        a, b = self._shape_and_rate(theta)
        return np.stack([-self.SIGN * log_minus_digamma(a), a / b], axis=-1)

    def _natural_from_centred(self, centred: Rows) -> Inverse:
        return self._signed(shape_from_log_gap(-self.SIGN * centred[:, 0], centred[:, 1]))

    def _signed(self, inverse: Inverse) -> Inverse:
        return inverse._replace(theta=inverse.theta * np.array([self.SIGN, 1.0]))

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return np.stack([np.log(x), self._variate(x)], axis=-1)

    def _log_base_measure(self, x: Rows) -> Rows:
        return -np.log(x)

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        return np.asarray(-self._to_mean(theta)[:, 0])

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        """From shape 1 on: -a (u - log(1 + u)) + log(a / 2 pi)/2 - s(a) - log x with u = b y / a - 1."""
        a, b = self._shape_and_rate(theta)
        y = self._variate(x)
        u = (b * y - a) / a
        large = -a * log1p_remainder(u) + 0.5 * np.log(a) - HALF_LOG_TWO_PI - stirling_remainder(a) - np.log(x)
        small = a * np.log(y) - b * y - special.gammaln(a) + a * np.log(b) - np.log(x)
        return np.where(a < 1.0, small, large)

    def _dual_of_natural(self, theta: Rows) -> Rows:
        return gamma_dual(self.SIGN * theta[:, 0])

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        (a, b), (c, d) = self._shape_and_rate(p), self._shape_and_rate(q)
        return gamma_divergence(a, c, b, d, d - b)

    def _fisher(self, theta: Rows) -> Rows:
        a, b = self._shape_and_rate(theta)
        across = self.SIGN / b
        return np.stack([trigamma(a), across, across, a / (b * b)], axis=-1).reshape(-1, 2, 2)

    def _fisher_solve(self, theta: Rows, v: Rows, damping: Rows) -> Rows:
        """Return det F = (a psi'(a) - 1) / b^2 = a (psi'(a) - 1/a) / b^2."""
        a, b = self._shape_and_rate(theta)
        determinant = a * trigamma_minus_reciprocal(a) / (b * b)
        return linear.solve_two_by_two(trigamma(a), self.SIGN / b, a / (b * b), determinant, v, damping)

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        a, b = self._shape_and_rate(theta)
        return np.asarray(np.log(scaled_trigamma_remainder(a) / a) - 2.0 * np.log(b))

    def _step_to_boundary(self, theta: Rows, direction: Rows) -> Rows:
        sign = np.array([self.SIGN, -1.0])
        return boundary.positive(theta * sign, direction * sign)

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        """The root of the concave log(mu_2 + beta d_2) - mu_1 - beta d_1; none where d_1 <= 0 <= d_2."""
        mu, direction = mu * np.array([self.SIGN, 1.0]), direction * np.array([self.SIGN, 1.0])

        def gap(beta: Rows, rows: Counts) -> tuple[Rows, Rows]:
            d = direction[rows]
            mean = mu[rows, 1] + beta * d[:, 1]
            return np.log(mean) - mu[rows, 0] - beta * d[:, 0], d[:, 1] / mean - d[:, 0]

        d1, d2 = direction[:, 0], direction[:, 1]
        leaves = (d1 > 0) | (d2 < 0)
        # Where the mean shrinks it ends the ray; elsewhere log(1 + y) <= y bounds how long it can hold out, after
        # doubling.
        shrinking = boundary.positive(mu[:, 1:], direction[:, 1:])
        room = np.log(mu[:, 1]) - mu[:, 0]
        start = np.where(np.isfinite(shrinking), shrinking, room / np.where(d1 > 0, d1, 1.0))
        return boundary.concave_root(gap, boundary.outward_bracket(gap, start, leaves), leaves)

    @property
    def _log_base_measure_slope(self) -> Rows | None:
        return np.array([-1.0, 0.0])

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
        y = rng.standard_gamma(self.SIGN * theta[..., 0], size=shape) / -theta[..., 1]
        return np.asarray(self._variate(y))

    def centred_mean_of_data(self, x: Rows, weights: Rows | None, axis: int) -> Rows:
        """[+-(E log y - log E y), E y], the first as E(r - 1 - log r) with r = y / E y, whose terms have one sign."""
        x = self._variate(x)
        # In units of a power of two that leave no mean among the subnormal numbers, which have few digits.
        exponent = np.minimum(np.frexp(np.expand_dims(extent_of_observations(x, weights, axis)[1], axis))[1], 0)
        scaled = np.ldexp(x, -exponent)
        mean = np.expand_dims(mean_of_observations(scaled, weights, axis), axis)
        ratio = scaled / mean
        # A ratio that underflows has a logarithm all the same.
        log_ratio = np.where(ratio < np.finfo(np.float64).tiny, np.log(scaled) - np.log(mean), np.log(ratio))
        near = (ratio > 0.5) & (ratio < 2.0)
        excess = (scaled - mean) / mean
        remainder = np.where(near, log1p_remainder(np.where(near, excess, 0.0)), excess - log_ratio)
        return np.stack(
            [-self.SIGN * average(remainder, weights, axis), np.ldexp(mean, exponent).squeeze(axis)], axis=-1
        )

    def _inside_support(self, draws: NDArray[Any]) -> NDArray[Any]:
        return representable.positive(draws)

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return np.asarray(np.exp(rng.uniform(-2.0, 4.0, (rows, 2))) * np.array([self.SIGN, -1.0]))

    def hard_points(self) -> Rows:
        points = np.array([[1e-8, -1.0], [1e12, -1.0], [1e12, -1e12], [1e-8, -1e-8], [1e6, -1e-6], [1.0, -1e8]])
        return np.asarray(points * np.array([self.SIGN, 1.0]))

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        return np.asarray(log_uniform(rng, (rows, 2), decades) * np.array([self.SIGN, -1.0]))

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        a = self.SIGN * theta[0]
        return mpmath.loggamma(a) - a * mpmath.log(-theta[1])

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        return -mean[0]

    def mp_centred_from_mean(self, mean: Sequence[Any]) -> Sequence[Any]:
        import mpmath

        return [mean[0] - int(self.SIGN) * mpmath.log(mean[1]), mean[1]]

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        import mpmath

        return [mpmath.log(x), self._variate(x)]

    def mp_log_base_measure(self, x: Any) -> Any:
        import mpmath

        return -mpmath.log(x)

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        return [self.SIGN * standard["shape"], -standard[self.RATE]]


def gamma_divergence(a: Rows, c: Rows, b: Rows, d: Rows, rate_step: Rows) -> Rows:
    """KL of shape a, rate b from shape c, rate d: two shapes at equal mean, plus c (u - log(1 + u)): two terms >= 0.

    1 + u = mean_p / mean_q, formed from the differences of the points, c - a and `rate_step` = d - b, where they are
    close.
    """
    ratio = (a / c) * (d / b)
    close = (np.abs(c - a) < 0.5 * a) & (np.abs(rate_step) < 0.5 * b)
    u = np.where(close, (a * rate_step - b * (c - a)) / b / c, ratio - 1.0)
    return remainder_divergence(a, c) + c * ratio_remainder(ratio, u)
