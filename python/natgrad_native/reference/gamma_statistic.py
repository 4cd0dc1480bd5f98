# ruff: noqa: D102  (the statements are documented in statements.py)
"""What the families share whose one statistic has a Gamma distribution of known shape."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import special

from . import boundary, representable
from .arrays import Rows
from .charts import POSITIVE, Chart
from .conditions import Condition
from .conjugate import Conjugate, gamma_rate, inverse_gamma_scale
from .domain_draws import log_uniform
from .families.gamma import Gamma
from .families.inverse_gamma import InverseGamma
from .family import Family, Inverse
from .fisher_rao import log_ratio
from .metrics import Metric, Natural
from .special import HALF_LOG_TWO_PI, log1p_remainder, log_minus_digamma, ratio_remainder, stirling_remainder

# Below this shape log Gamma(k) is of the size of k and has nothing to cancel.
LARGE_SHAPE = 2.0


class GammaStatistic(Family):
    """T(x) ~ Gamma(k, rate), theta = -rate < 0; or -T(x) ~ Gamma(k, rate), theta = rate > 0, where SIGN is -1.

    A = log Gamma(k) - log(divisor) - k log(rate), |mu| = k/rate, F = k/rate^2. At a large k, L = log(rate/k) keeps
    log Gamma(k) and k log(rate) from cancelling each other.
    """

    SIGN: ClassVar[float] = 1.0
    COORDINATE: ClassVar[str]
    NATURAL_CONDITION: ClassVar[str]
    MEAN_CONDITION: ClassVar[str]
    STANDARD: ClassVar[str]

    # --- what a family states ---

    @property
    @abstractmethod
    def _gamma_shape(self) -> float:
        """The shape k of the statistic."""

    @property
    def _divisor(self) -> float:
        """The integral of Gamma(k)^-1 t^(k-1) dt over that of h(x) dx, t = |T(x)|."""
        return 1.0

    @property
    def _degree(self) -> float:
        """Return d where T(x) = x^d."""
        return 1.0

    @property
    def _exponent(self) -> float:
        """Return r where h(x) = x^r."""
        return 0.0

    def _statistic(self, x: Any) -> Any:
        """T(x), of an array or an mpf."""
        return x**self._degree

    @abstractmethod
    def _from_statistic(self, t: Rows, rng: np.random.Generator) -> Rows:
        """Return x from t = |T(x)|."""

    @abstractmethod
    def _rate_from_standard(self, value: Any) -> Any:
        """Return the rate, of an array or an mpf."""

    @abstractmethod
    def _standard_from_rate(self, rate: Rows) -> Rows: ...

    @property
    @abstractmethod
    def _standard_degree(self) -> float:
        """The rate is a multiple of this power of the standard parameter."""

    # --- what follows ---

    @property
    def names(self) -> tuple[str, ...]:
        return (self.COORDINATE,)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {self.STANDARD: ()}

    def _rate(self, theta: Rows) -> Rows:
        return np.asarray(-self.SIGN * theta[..., 0])

    def _natural_domain(self, theta: Rows) -> Iterator[Condition]:
        yield Condition(self._rate(theta) > 0, self.NATURAL_CONDITION, self._rate(theta))

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        yield Condition(self.SIGN * mu[:, 0] > 0, self.MEAN_CONDITION, mu[:, 0])

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        yield Condition(standard[self.STANDARD] > 0, f"{self.STANDARD} must be > 0", standard[self.STANDARD])

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return np.asarray(-self.SIGN * self._rate_from_standard(standard[self.STANDARD]))[:, None]

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {self.STANDARD: self._standard_from_rate(self._rate(theta))}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        standard = self._standard_from_rate(self._rate(theta))
        return natural.along(self._standard_degree * theta / standard[:, None])

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {self.STANDARD: POSITIVE}

    @property
    def _unit(self) -> float:
        return self._gamma_shape if self._gamma_shape > LARGE_SHAPE else 1.0

    @property
    def _power(self) -> float:
        """Return p where h = |T|^p."""
        return self._exponent / self._degree

    @property
    def _peak(self) -> float:
        """A + k + k L; with unit = k, log Gamma(k) + k - k log k = (log 2 pi - log k)/2 + s(k) (DLMF 5.11.1)."""
        k = self._gamma_shape
        if k > LARGE_SHAPE:
            own = HALF_LOG_TWO_PI - 0.5 * np.log(k) + stirling_remainder(np.array([k]))[0]
        else:
            own = k + special.gammaln(k)
        return float(own - np.log(self._divisor))

    @property
    def _mean_of_log(self) -> float:
        """E log |T| + L = psi(k) - log(unit)."""
        k = self._gamma_shape
        return float(-log_minus_digamma(np.array([k]))[0] if k > LARGE_SHAPE else special.digamma(k))

    def _log_rate(self, theta: Rows) -> Rows:
        """L = log(rate / unit)."""
        return np.asarray(np.log(self._rate(theta) / self._unit))

    def _log_partition(self, theta: Rows) -> Rows:
        return (self._peak - self._gamma_shape) - self._gamma_shape * self._log_rate(theta)

    def _to_mean(self, theta: Rows) -> Rows:
        return -self._gamma_shape / theta

    def _to_natural(self, mu: Rows) -> Inverse:
        return Inverse.closed_form(-self._gamma_shape / mu)

    def _dual_of_natural(self, theta: Rows) -> Rows:
        return self._gamma_shape * self._log_rate(theta) - self._peak

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return np.asarray(self._statistic(x))[:, None]

    def _log_base_measure(self, x: Rows) -> Rows:
        return np.zeros(x.shape) if self._exponent == 0.0 else np.asarray(self._exponent * np.log(x))

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        return np.asarray(self._power * (self._mean_of_log - self._log_rate(theta)))

    def _entropy(self, theta: Rows) -> Rows:
        """-A* - E log h, the two multiples of L added before they round."""
        by_rate = (self._gamma_shape - self._power) * self._log_rate(theta)
        return np.asarray((self._peak - self._power * self._mean_of_log) - by_rate)

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        """K (u - log(1 + u)) with 1 + u = rate_q / rate_p."""
        return self._gamma_shape * ratio_remainder(q[:, 0] / p[:, 0], (q[:, 0] - p[:, 0]) / p[:, 0])

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        """At a large k, -k (u - log(1 + u)) - (k - p) log t + ... with 1 + u = rate t / k."""
        if self._gamma_shape <= LARGE_SHAPE:
            return super()._log_density(theta, x)
        k, t = self._gamma_shape, np.abs(self._sufficient_statistics(x)[:, 0])
        divergence = log1p_remainder((self._rate(theta) * t - k) / k)
        return np.asarray(-k * divergence - (k - self._power) * np.log(t) - self._peak)

    def _fisher(self, theta: Rows) -> Rows:
        return np.asarray(self._gamma_shape * (1.0 / theta) ** 2)[:, :, None]

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        return np.asarray(np.log(self._gamma_shape) - 2.0 * np.log(self._rate(theta)))

    def _step_to_boundary(self, theta: Rows, direction: Rows) -> Rows:
        return boundary.positive(-self.SIGN * theta, -self.SIGN * direction)

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        return boundary.positive(self.SIGN * mu, self.SIGN * direction)

    @property
    def _log_base_measure_slope(self) -> Rows | None:
        return np.zeros(1) if self._exponent == 0.0 else None

    @property
    def _prior_of(self) -> tuple[str, float | None]:
        """The parameter with a conjugate prior, and the rate times it; None where the parameter is the rate."""
        return self.STANDARD, None

    def _conjugate(self) -> Conjugate:
        """A Gamma prior of a rate, an InverseGamma prior of what is in inverse proportion to it."""
        parameter, numerator = self._prior_of
        if numerator is None:
            return gamma_rate(Gamma(), parameter, self._gamma_shape, self.SIGN)
        return inverse_gamma_scale(InverseGamma(), parameter, self._gamma_shape, numerator)

    def _other_conjugates(self) -> tuple[Conjugate, ...]:
        """A Gamma prior of the reciprocal of what has an InverseGamma one."""
        parameter, numerator = self._prior_of
        if numerator is None:
            return ()
        return (gamma_rate(Gamma(), f"1/{parameter}", self._gamma_shape, numerator),)

    def _fisher_rao_distance(self, a: Rows, b: Rows) -> Rows:
        """Return sqrt(k) |log rate_b/rate_a|."""
        return np.asarray(np.sqrt(self._gamma_shape) * np.abs(log_ratio(a[:, 0], b[:, 0])))

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[Any]:
        return self._from_statistic(rng.standard_gamma(self._gamma_shape, shape) / self._rate(theta), rng)

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return -self.SIGN * self._gamma_shape * np.exp(rng.uniform(-4.0, 4.0, (rows, 1)))

    def hard_points(self) -> Rows:
        return -self.SIGN * np.array([[1e-12], [1e-3], [1.0], [1e12]])

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        return -self.SIGN * log_uniform(rng, (rows, 1), decades)

    # --- the judge ---

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        k = mpmath.mpf(self._gamma_shape)
        return mpmath.loggamma(k) - mpmath.log(self._divisor) - k * mpmath.log(-self.SIGN * theta[0])

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        import mpmath

        mean_of_log = mpmath.psi(0, mpmath.mpf(self._gamma_shape)) - mpmath.log(-self.SIGN * theta[0])
        return self._exponent * mean_of_log / self._degree

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        return [self._statistic(x)]

    def mp_log_base_measure(self, x: Any) -> Any:
        import mpmath

        return 0 if self._exponent == 0.0 else self._exponent * mpmath.log(x)

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        return [-self.SIGN * self._rate_from_standard(standard[self.STANDARD])]


class LogStatistic(GammaStatistic):
    """T(x) = log(x/bound) between a known bound and infinity (SIGN 1) or 0 (SIGN -1), h(x) = 1/x, k = 1."""

    STANDARD = "shape"
    NATURAL_CONDITION = "shape must be > 0"

    @property
    @abstractmethod
    def _bound(self) -> float: ...

    @property
    def _gamma_shape(self) -> float:
        return 1.0

    @property
    def _exponent(self) -> float:
        return -1.0

    def _statistic(self, x: Rows) -> Rows:
        """Return log(x/bound), by log1p where x is near the bound."""
        excess = (x - self._bound) / self._bound
        near = np.abs(excess) < 0.5
        return np.where(near, np.log1p(np.where(near, excess, 0.0)), np.log(x / self._bound))

    def _from_statistic(self, t: Rows, rng: np.random.Generator) -> Rows:
        return self._bound * np.exp(self.SIGN * t)

    def _rate_from_standard(self, value: Any) -> Any:
        return value

    def _standard_from_rate(self, rate: Rows) -> Rows:
        return rate

    @property
    def _standard_degree(self) -> float:
        return 1.0

    @property
    def _log_base_measure_slope(self) -> Rows | None:
        return np.array([-1.0])

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        return np.asarray(1.0 / theta[:, 0] - np.log(self._bound))

    def _entropy(self, theta: Rows) -> Rows:
        return np.asarray(-self._dual_of_natural(theta) - self._expected_log_base_measure(theta))

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        import mpmath

        return -mean[0] - mpmath.log(self._bound)

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        import mpmath

        return [mpmath.log(x / self._bound)]


class NormalLength(GammaStatistic):
    """The length of COUNT variates N(0, scale^2): T(x) = x^2, theta = -1/(2 scale^2), h(x) = x^(COUNT-1)."""

    COUNT: ClassVar[int]
    COORDINATE = "negative_half_precision"
    NATURAL_CONDITION = "half the precision must be > 0"
    MEAN_CONDITION = "mean square must be > 0"
    STANDARD = "scale"

    @property
    def _gamma_shape(self) -> float:
        return 0.5 * self.COUNT

    @property
    def _divisor(self) -> float:
        return 2.0

    @property
    def _degree(self) -> float:
        return 2.0

    @property
    def _exponent(self) -> float:
        return self.COUNT - 1.0

    def _support(self, x: Rows) -> Iterator[Condition]:
        if self.COUNT == 1:
            yield Condition((x >= 0) & (x < np.inf), "x must be >= 0 and finite", x)
        else:
            yield Condition((x > 0) & (x < np.inf), "x must be > 0 and finite", x)

    def _from_statistic(self, t: Rows, rng: np.random.Generator) -> Rows:
        return np.sqrt(t)

    def _rate_from_standard(self, value: Any) -> Any:
        return (0.5 / value) / value

    def _standard_from_rate(self, rate: Rows) -> Rows:
        return np.sqrt(0.5 / rate)

    @property
    def _standard_degree(self) -> float:
        return -2.0

    @property
    def _prior_of(self) -> tuple[str, float | None]:
        return "scale^2", 0.5

    def _inside_support(self, draws: NDArray[Any]) -> NDArray[Any]:
        return draws if self.COUNT == 1 else representable.positive(draws)
