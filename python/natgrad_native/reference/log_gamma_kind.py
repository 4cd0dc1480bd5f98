# ruff: noqa: D102  (the statements are documented in statements.py)
"""What the chi and the chi-squared family state alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import special

from . import boundary, representable
from .arrays import Rows
from .charts import POSITIVE, Chart
from .conditions import Condition
from .dirichlet_divergence import remainder_divergence
from .domain_draws import log_uniform
from .family import Family, Inverse
from .metrics import Metric, Natural
from .special import (
    gamma_dual,
    inverse_digamma,
    log1p_remainder,
    log_minus_digamma,
    log_trigamma,
    ratio_remainder,
    trigamma,
)

LOG_TWO = float(np.log(2.0))


class LogGammaKind(Family):
    """x^DEGREE / 2 has a Gamma distribution of rate 1 and shape a = theta/DEGREE: T(x) = log x.

    h(x) = exp(-x^DEGREE / 2) / x, A = log Gamma(a) + a log 2 - log(DEGREE), mu = (psi(a) + log 2)/DEGREE,
    F = psi'(a)/DEGREE^2. The inverse solves psi(a) = DEGREE mu - log 2 by Newton's method from Minka's start.
    """

    DEGREE: ClassVar[int]
    COORDINATE: ClassVar[str]

    @property
    def names(self) -> tuple[str, ...]:
        return (self.COORDINATE,)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"degrees_of_freedom": ()}

    def _gamma_shape(self, theta: Rows) -> Rows:
        return np.asarray(theta[:, 0] / self.DEGREE)

    def _half_power(self, x: Any) -> Any:
        return x**self.DEGREE / 2

    def _natural_domain(self, theta: Rows) -> Iterator[Condition]:
        yield Condition(theta[:, 0] > 0, "degrees of freedom must be > 0", theta[:, 0])

    def _mean_domain(self, mu: Rows) -> Iterable[Condition]:
        return ()

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        degrees = standard["degrees_of_freedom"]
        yield Condition(degrees > 0, "degrees of freedom must be > 0", degrees)

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition((x > 0) & (x < np.inf), "x must be > 0 and finite", x)

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return np.asarray(standard["degrees_of_freedom"] * (self.DEGREE / 2.0))[:, None]

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {"degrees_of_freedom": theta[:, 0] * (2.0 / self.DEGREE)}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        return natural.along(np.full_like(theta, self.DEGREE / 2.0))

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {"degrees_of_freedom": POSITIVE}

    def _log_partition(self, theta: Rows) -> Rows:
        a = self._gamma_shape(theta)
        return np.asarray(special.gammaln(a) + (a - (self.DEGREE - 1)) * LOG_TWO)

    def _to_mean(self, theta: Rows) -> Rows:
        return np.asarray((special.digamma(self._gamma_shape(theta)) + LOG_TWO) / self.DEGREE)[:, None]

    inverse_method = (
        "psi(a) = y by Newton from Minka's start (Minka 2000, Estimating a Dirichlet distribution, appendix C)"
    )
    most_inverse_iterations = 6

    def _to_natural(self, mu: Rows) -> Inverse:
        a = inverse_digamma(self.DEGREE * mu[:, 0] - LOG_TWO)
        steps = np.full(a.shape, 6, dtype=np.int64)
        return Inverse((self.DEGREE * a)[:, None], steps, np.ones(a.shape, dtype=bool))

    def _dual_of_natural(self, theta: Rows) -> Rows:
        a = self._gamma_shape(theta)
        return np.asarray(gamma_dual(a) + a + np.log(self.DEGREE))

    def _dual_log_partition(self, mu: Rows) -> Rows:
        """<theta, mu> - A, which does not feel the rounding of theta."""
        theta = self._to_natural(mu).theta
        return np.asarray(theta[:, 0] * mu[:, 0] - self._log_partition(theta))

    def _entropy(self, theta: Rows) -> Rows:
        """The shape a of A* and that of E log h = -a - E log x are gone."""
        return np.asarray(self._to_mean(theta)[:, 0] - gamma_dual(self._gamma_shape(theta)) - np.log(self.DEGREE))

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        """KL of two shapes at equal mean, plus a_q (u - log(1 + u)) with 1 + u = a_p/a_q: two terms >= 0."""
        a, b = self._gamma_shape(p), self._gamma_shape(q)
        return np.asarray(remainder_divergence(a, b) + b * ratio_remainder(a / b, (a - b) / b))

    def _fisher(self, theta: Rows) -> Rows:
        return (trigamma(self._gamma_shape(theta)) / self.DEGREE**2)[:, None, None]

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        return np.asarray(log_trigamma(self._gamma_shape(theta)) - 2.0 * np.log(self.DEGREE))

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return np.log(x)[:, None]

    def _log_base_measure(self, x: Rows) -> Rows:
        return np.asarray(-self._half_power(x) - np.log(x))

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        return np.asarray(-self._gamma_shape(theta) - self._to_mean(theta)[:, 0])

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        """-a (u - log(1 + u)) + (a log a - a - log Gamma(a)) - log x + log(DEGREE), with 1 + u = x^DEGREE / 2a."""
        a, y = self._gamma_shape(theta), self._half_power(x)
        # Where x^DEGREE underflows its logarithm is not nothing.
        log_ratio = self.DEGREE * np.log(x) - LOG_TWO - np.log(a)
        divergence = np.where(y / a > 0.5, log1p_remainder((y - a) / a), y / a - 1.0 - log_ratio)
        exponent = np.where(y / a < np.inf, a * divergence, y - a * (1.0 + log_ratio))
        peak = gamma_dual(a) + a * log_minus_digamma(a)
        return np.asarray(peak - exponent - (np.log(x) - np.log(self.DEGREE)))

    def _step_to_boundary(self, theta: Rows, direction: Rows) -> Rows:
        return boundary.positive(theta, direction)

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        return np.full(mu.shape[0], np.inf)

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[Any]:
        return np.asarray((2.0 * rng.standard_gamma(theta[..., 0] / self.DEGREE, shape)) ** (1.0 / self.DEGREE))

    def _inside_support(self, draws: NDArray[Any]) -> NDArray[Any]:
        return representable.positive(draws)

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return np.exp(rng.uniform(-2.0, 4.0, (rows, 1)))

    def hard_points(self) -> Rows:
        return np.array([[1e-8], [1e-3], [1.0], [1e6], [1e12]])

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        return log_uniform(rng, (rows, 1), decades)

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        a = theta[0] / self.DEGREE
        return mpmath.loggamma(a) + a * mpmath.log(2) - mpmath.log(self.DEGREE)

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        return -theta[0] / self.DEGREE - mean[0]

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        import mpmath

        return [mpmath.log(x)]

    def mp_log_base_measure(self, x: Any) -> Any:
        import mpmath

        return -self._half_power(x) - mpmath.log(x)

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        return [standard["degrees_of_freedom"] * self.DEGREE / 2]
