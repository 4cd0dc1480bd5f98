# ruff: noqa: D102  (the statements are documented in statements.py)
"""What the joint priors of a Normal's mean and its precision or variance state alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from . import boundary, linear, representable, two_by_two
from . import symmetric as sym
from .arrays import FLOAT64, Real, Rows, average, extent_of_observations
from .charts import POSITIVE, REAL, Chart
from .conditions import Condition
from .domain_draws import log_uniform, signs
from .family import Family, Inverse
from .gamma_kind import GammaKind, gamma_divergence
from .metrics import Diagonal, Metric, Natural, consecutive
from .special import HALF_LOG_TWO_PI, ratio_remainder, trigamma_minus_reciprocal


class NormalGammaKind(Family):
    """x = (z, x_2): y = x_2 (SIGN 1) or 1/x_2 (SIGN -1) is Gamma(a, b), and z given y is Normal(m, 1/(k y)).

    T = (log x_2, y, y z, y z^2), theta = (SIGN a, -(b + k m^2/2), k m, -k/2), A = log Gamma(a) - a log b - log(k)/2 +
    log(2 pi)/2, mu = (SIGN (psi(a) - log b), a/b, m a/b, 1/k + m^2 a/b) (DeGroot 1970, Optimal Statistical Decisions,
    section 9.6). Centred mean coordinates: [SIGN (psi(a) - log a), a/b, m, 1/k]. The inverse solves log a - psi(a) =
    log E y - E log y. b = -theta_2 - theta_3^2/(-4 theta_4) is formed in twice the precision.
    """

    SPREAD: ClassVar[str]
    BASE: ClassVar[float]  # log h = BASE log x_2
    MARGINAL: ClassVar[GammaKind]  # the distribution of x_2 alone
    MEAN_CONDITION: ClassVar[str]
    GAP_CONDITION: ClassVar[str]

    @property
    def names(self) -> tuple[str, ...]:
        gamma = self.MARGINAL.names
        return (gamma[0], f"{gamma[1]}_about_zero", "precision_scale_times_location", "negative_half_precision_scale")

    @property
    def event_shape(self) -> tuple[int, ...]:
        return (2,)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"location": (), "precision_scale": (), "shape": (), self.MARGINAL.RATE: ()}

    def _rate(self, theta: Rows) -> tuple[Rows, Rows]:
        """Return b as value and error."""
        return two_by_two.schur_complement(-theta[..., 1], 0.5 * theta[..., 2], -theta[..., 3])

    def _gamma(self, theta: Rows) -> Rows:
        """The natural parameters of x_2 alone."""
        return np.stack([theta[..., 0], -self._rate(theta)[0]], axis=-1)

    # --- domains ---

    def _natural_domain(self, theta: Rows) -> Iterator[Condition]:
        k = -2.0 * theta[:, 3]
        yield Condition(k > 0, "precision_scale must be > 0", k)
        guarded = np.where((k > 0)[:, None], theta, np.array([self.MARGINAL.SIGN, -1.0, 0.0, -1.0]))
        yield from self.MARGINAL._natural_domain(self._gamma(guarded))

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        y = np.where(mu[:, 1] > 0, mu[:, 1], 1.0)
        yield Condition(mu[:, 1] > 0, self.MEAN_CONDITION, mu[:, 1])
        gap = np.log(y) - self.MARGINAL.SIGN * mu[:, 0]
        yield Condition((gap > 0) | (mu[:, 1] <= 0), self.GAP_CONDITION, gap)
        spread, _ = two_by_two.schur_complement(mu[:, 3], mu[:, 2], y)
        yield Condition((spread > 0) | (mu[:, 1] <= 0), "1 / precision_scale must be > 0", spread)

    def _centred_domain(self, centred: Rows) -> Iterator[Condition]:
        yield Condition(centred[:, 1] > 0, self.MEAN_CONDITION, centred[:, 1])
        gap = -self.MARGINAL.SIGN * centred[:, 0]
        yield Condition(gap > 0, self.GAP_CONDITION, gap)
        yield Condition(centred[:, 3] > 0, "1 / precision_scale must be > 0", centred[:, 3])

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        k = standard["precision_scale"]
        yield Condition(k > 0, "precision_scale must be > 0", k)
        yield from self.MARGINAL._standard_domain(standard)

    def _support(self, x: Rows) -> Iterator[Condition]:
        z, spread = x[:, 0], x[:, 1]
        yield Condition(np.isfinite(z), "x must have a finite mean", z)
        yield Condition((spread > 0) & (spread < np.inf), f"x must have a finite {self.SPREAD} > 0", spread)

    # --- maps ---

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        gamma = self.MARGINAL._natural_from_standard(standard)
        return _joint(gamma, standard["location"], standard["precision_scale"])

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        m, k = _location_and_scale(theta)
        return {"location": m, "precision_scale": k, **self.MARGINAL._standard_from_natural(self._gamma(theta))}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        """K E(precision) for the location, 1/2k^2 for its scale, and what the distribution of x_2 has for its own."""
        _, k = _location_and_scale(theta)
        gamma = self._gamma(theta)
        own = self.MARGINAL._standard_from_natural(gamma)
        normal = Diagonal(np.stack([k * own["shape"] / own[self.MARGINAL.RATE], 0.5 / k / k], axis=-1))
        marginal = Natural(self.MARGINAL.kernels, gamma)
        return consecutive(normal, self.MARGINAL._standard_fisher(gamma, marginal))

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {"location": REAL, "precision_scale": POSITIVE, **self.MARGINAL.standard_charts}

    def _log_partition(self, theta: Rows) -> Rows:
        _, k = _location_and_scale(theta)
        return np.asarray(self.MARGINAL._log_partition(self._gamma(theta)) - (0.5 * np.log(k) - HALF_LOG_TWO_PI))

    def _to_mean(self, theta: Rows) -> Rows:
        m, k = _location_and_scale(theta)
        gamma = self.MARGINAL._to_mean(self._gamma(theta))
        first = m * gamma[:, 1]
        return np.concatenate([gamma, np.stack([first, 1.0 / k + m * first], axis=-1)], axis=-1)

    def _centred_from_natural(self, theta: Rows) -> Rows:
        m, k = _location_and_scale(theta)
        gamma = self.MARGINAL._centred_from_natural(self._gamma(theta))
        return np.concatenate([gamma, np.stack([m, 1.0 / k], axis=-1)], axis=-1)

    inverse_method = (
        "log a - psi(a) = gap by Newton on logarithms from Minka's start (Minka 2002, Estimating a Gamma distribution)"
    )
    most_inverse_iterations = 4

    def _to_natural(self, mu: Rows) -> Inverse:
        spread, _ = two_by_two.schur_complement(mu[:, 3], mu[:, 2], mu[:, 1])
        return self._with_normal(self.MARGINAL._to_natural(mu[:, :2]), mu[:, 2] / mu[:, 1], spread)

    def _natural_from_centred(self, centred: Rows) -> Inverse:
        return self._with_normal(self.MARGINAL._natural_from_centred(centred[:, :2]), centred[:, 2], centred[:, 3])

    def _with_normal(self, gamma: Inverse, m: Rows, spread: Rows) -> Inverse:
        return gamma._replace(theta=_joint(gamma.theta, m, 1.0 / spread))

    # --- densities ---

    def _sufficient_statistics(self, x: Rows) -> Rows:
        z, y = x[:, 0], self.MARGINAL._variate(x[:, 1])
        return np.stack([np.log(x[:, 1]), y, y * z, y * z * z], axis=-1)

    def _log_base_measure(self, x: Rows) -> Rows:
        return np.asarray(self.BASE * np.log(x[:, 1]))

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        return np.asarray(self.BASE * self._to_mean(theta)[:, 0])

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        """The density of x_2, and of z given y: -k y (z - m)^2/2 + log(k y / 2 pi)/2."""
        m, k = _location_and_scale(theta)
        y, distance = self.MARGINAL._variate(x[:, 1]), x[:, 0] - m
        normal = 0.5 * (np.log(k) + self.MARGINAL.SIGN * np.log(x[:, 1])) - 0.5 * k * distance * (distance * y)
        return np.asarray(self.MARGINAL._log_density(self._gamma(theta), x[:, 1]) + (normal - HALF_LOG_TWO_PI))

    def _dual_of_natural(self, theta: Rows) -> Rows:
        _, k = _location_and_scale(theta)
        return np.asarray(self.MARGINAL._dual_of_natural(theta) + (0.5 * (np.log(k) - 1.0) - HALF_LOG_TWO_PI))

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        """That of the Gammas, and of the Normals given y at E y = a/b: (r - 1 - log r)/2, r = k_q/k_p, and a pull.

        The pull is k_q (m_q - m_p)^2 E y / 2, with k_q (m_q - m_p) formed as in NormalKind.
        """
        (b, b_error), (d, d_error) = self._rate(p), self._rate(q)
        a, c = self.MARGINAL.SIGN * p[:, 0], self.MARGINAL.SIGN * q[:, 0]
        gammas = gamma_divergence(a, c, b, d, (d - b) + (d_error - b_error))
        step = q - p
        (m_p, _), (m_q, k) = _location_and_scale(p), _location_and_scale(q)
        turn = 2.0 * step[:, 3] * m_p
        by_points = np.abs(step[:, 2]) + np.abs(turn) < k * (np.abs(m_p) + np.abs(m_q))
        pull = np.where(by_points, step[:, 2] + turn, k * (m_q - m_p))
        given = ratio_remainder(q[:, 3] / p[:, 3], step[:, 3] / p[:, 3]) + pull * (pull / k) * (a / b)
        return np.asarray(gammas + 0.5 * given)

    # --- Fisher information ---

    def _innovations(self, theta: Rows) -> tuple[Rows, Rows]:
        """F = L D L^T: unit lower L (rows, 4, 4) and D (rows, 4).

        Of log x_2 and y as in the Gamma; then y z = m y + y (z - m), where the last has variance E y / k given nothing
        else, and y z^2 = m^2 y + 2 m y (z - m) + y (z - m)^2, of which the last has variance 2/k^2.
        """
        m, k = _location_and_scale(theta)
        b, _ = self._rate(theta)
        a = self.MARGINAL.SIGN * theta[:, 0]
        h = trigamma_minus_reciprocal(a)
        width = a / (1.0 + a * h)
        first = self.MARGINAL.SIGN * width / b
        lower = np.broadcast_to(np.eye(4), (len(theta), 4, 4)).copy()
        lower[:, 1, 0] = first
        lower[:, 2, 0], lower[:, 2, 1] = m * first, m
        lower[:, 3, 0], lower[:, 3, 1], lower[:, 3, 2] = m * (m * first), m * m, 2.0 * m
        pivots = np.stack([1.0 / width, a * h * width / b / b, a / b / k, 2.0 / k / k], axis=-1)
        return lower, pivots

    def _fisher(self, theta: Rows) -> Rows:
        lower, pivots = self._innovations(theta)
        return sym.symmetrised((lower * pivots[:, None, :]) @ sym.transpose(lower))

    def _fisher_solve(self, theta: Rows, v: Rows, damping: Rows) -> Rows:
        """By the factor; damping enters it as one rank-one update a coordinate, which only adds positive terms."""
        lower, pivots = self._innovations(theta)
        return linear.solve_factored(*linear.damped_factor(lower, pivots, damping), v)

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        """Return log 2 a (a psi'(a) - 1) - 3 log b k."""
        _, k = _location_and_scale(theta)
        b, _ = self._rate(theta)
        a = self.MARGINAL.SIGN * theta[:, 0]
        return np.asarray(np.log(2.0 * a * (a * trigamma_minus_reciprocal(a))) - 3.0 * (np.log(b) + np.log(k)))

    # --- boundary ---

    def _step_to_boundary(self, theta: Rows, direction: Rows) -> Rows:
        """The shape's, and that of the cone -theta_2 > theta_3^2/(-4 theta_4)."""
        sign = self.MARGINAL.SIGN
        shape = boundary.positive(sign * theta[:, :1], sign * direction[:, :1])
        b, _ = self._rate(theta)
        d = direction
        cone = two_by_two.step_in_cone(0.5 * theta[:, 2], -theta[:, 3], b, -d[:, 1], 0.5 * d[:, 2], -d[:, 3])
        return np.minimum(shape, cone)

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        spread, _ = two_by_two.schur_complement(mu[:, 3], mu[:, 2], mu[:, 1])
        d = direction
        cone = two_by_two.step_in_cone(mu[:, 2], mu[:, 1], spread, d[:, 3], d[:, 2], d[:, 1])
        return np.minimum(self.MARGINAL._mean_step_to_boundary(mu[:, :2], d[:, :2]), cone)

    # --- data and tests ---

    @property
    def _log_base_measure_slope(self) -> Rows | None:
        return np.array([self.BASE, 0.0, 0.0, 0.0])

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[Any]:
        return self._sample_in(FLOAT64, theta, shape, rng)

    def _sample_in(self, dtype: Real, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[Any]:
        """x_2, and z about m given x_2 as it is in its number type."""
        m, k = _location_and_scale(theta)
        spread = self.MARGINAL._sample_in(dtype, self._gamma(theta), shape, rng)
        z = m + rng.standard_normal(shape) / np.sqrt(k * self.MARGINAL._variate(spread.astype(np.float64)))
        return np.stack([representable.rounded(np.asarray(z), dtype), spread], axis=-1)

    def centred_mean_of_data(self, x: Rows, weights: Rows | None, axis: int) -> Rows:
        """[that of the Gamma, E y z / E y, E y (z - m)^2], in two passes."""
        plain = None if weights is None else weights[..., 0]
        gamma = self.MARGINAL.centred_mean_of_data(x[..., 1], plain, axis)
        mean = gamma[..., 1]
        ratio = self.MARGINAL._variate(x[..., 1]) / np.expand_dims(mean, axis)
        m = np.clip(average(ratio * x[..., 0], plain, axis), *extent_of_observations(x[..., 0], plain, axis))
        spread = mean * average(ratio * (x[..., 0] - np.expand_dims(m, axis)) ** 2, plain, axis)
        return np.concatenate([gamma, np.stack([m, spread], axis=-1)], axis=-1)

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        k = np.exp(rng.uniform(-1.0, 2.0, rows))
        return _joint(self.MARGINAL.test_points(rng, rows), rng.uniform(-2.0, 2.0, rows), k)

    def hard_points(self) -> Rows:
        """The Gamma's, near and far from the origin."""
        gamma = self.MARGINAL.hard_points()
        k = np.array([1.0, 1e-12, 1e12, 1e-3, 1e6, 1.0])
        ratio = np.array([10.0, 0.0, -30.0, 1e-12, 3.0, 1e-3])
        return _joint(gamma, ratio * np.sqrt(-gamma[:, 1]) / np.sqrt(k), k)

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        """Shape and scales; the location in units of sqrt(b/k) over half the decades, for its square counts."""
        gamma = self.MARGINAL.domain_points(rng, rows, decades)
        k = log_uniform(rng, rows, decades)
        ratio = signs(rng, rows) * log_uniform(rng, rows, 0.5 * decades)
        return _joint(gamma, ratio * np.sqrt(-gamma[:, 1]) / np.sqrt(k), k)

    # --- the judge ---

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        rate = -theta[1] + theta[2] ** 2 / (4 * theta[3])
        gamma = self.MARGINAL.mp_log_partition([theta[0], -rate])
        return gamma - mpmath.log(-theta[3] / mpmath.pi) / 2

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        return self.BASE * mean[0]

    def mp_centred_from_mean(self, mean: Sequence[Any]) -> Sequence[Any]:
        gamma = self.MARGINAL.mp_centred_from_mean(mean[:2])
        return [*gamma, mean[2] / mean[1], mean[3] - mean[2] ** 2 / mean[1]]

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        gamma = self.MARGINAL.mp_sufficient_statistics(x[1])
        return [*gamma, gamma[1] * x[0], gamma[1] * x[0] ** 2]

    def mp_log_base_measure(self, x: Any) -> Any:
        import mpmath

        return self.BASE * mpmath.log(x[1])

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        m, k = standard["location"], standard["precision_scale"]
        first, rate = self.MARGINAL.mp_natural_from_standard(standard)
        return [first, rate - k * m * m / 2, k * m, -k / 2]


def _joint(gamma: Rows, m: Rows, k: Rows) -> Rows:
    """Theta from that of x_2 alone, location and precision scale."""
    first = k * m
    return np.concatenate([gamma[:, :1], np.stack([gamma[:, 1] - 0.5 * m * first, first, -0.5 * k], axis=-1)], axis=-1)


def _location_and_scale(theta: Rows) -> tuple[Rows, Rows]:
    return -0.5 * (theta[..., 2] / theta[..., 3]), -2.0 * theta[..., 3]
