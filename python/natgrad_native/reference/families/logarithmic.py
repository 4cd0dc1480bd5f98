# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Logarithmic family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .. import boundary, bregman, count_draws, half_line, log_series
from ..arrays import Rows
from ..charts import UNIT_INTERVAL, Chart
from ..conditions import Condition
from ..domain_draws import log_uniform
from ..family import Family, Inverse
from ..metrics import Metric, Natural

# Newton from the right of the root of a convex function converges monotonically; see `_to_natural`.
MAX_ITERATIONS = 12
# Points whose thetas differ by less than a factor of this, or by less than its logarithm, have alike F.
CLOSE = 1.4


@dataclass(frozen=True)
class Logarithmic(Family):
    """Logarithmic series distribution on {1, 2, ...}: theta = log p < 0, T(x) = x, h(x) = 1/x.

    A = log L with L = -log(1 - exp(theta)), mu = p/((1 - p) L), F = mu (L - p)/((1 - p) L). Standard parameter:
    `probability` p as in scipy.stats.logser. The inverse map solves (exp(L) - 1)/L = mu by Newton.
    """

    @property
    def names(self) -> tuple[str, ...]:
        return ("log_probability",)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"probability": ()}

    def _natural_domain(self, theta: Rows) -> Iterator[Condition]:
        yield Condition(theta[:, 0] < 0, "log probability must be < 0", theta[:, 0])

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        yield Condition(mu[:, 0] > 1, "mean must be > 1", mu[:, 0])

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        p = standard["probability"]
        yield Condition((p > 0) & (p < 1), "probability must be in (0, 1)", p)

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition((x >= 1) & (x < np.inf) & (np.floor(x) == x), "x must be a positive integer", x)

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return np.log(standard["probability"])[:, None]

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {"probability": np.exp(theta[:, 0])}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        return natural.along(np.exp(-theta))

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {"probability": UNIT_INTERVAL}

    def _unconstrained_from_natural(self, theta: Rows) -> Rows:
        """Return log p - log(1 - p)."""
        return np.asarray(theta - np.log(-np.expm1(theta)))

    def _natural_from_unconstrained(self, u: Rows) -> Rows:
        return -np.logaddexp(0.0, -u)

    def _unconstrained_fisher(self, theta: Rows, natural: Natural) -> Metric:
        """D theta / du = 1 - p."""
        return natural.along(-np.expm1(theta))

    def _log_partition(self, theta: Rows) -> Rows:
        return np.asarray(theta[:, 0] + _log_ratio(theta[:, 0]))

    def _to_mean(self, theta: Rows) -> Rows:
        return 1.0 + _mean_excess(theta)

    inverse_method = (
        "log((exp(L) - 1)/L) = log mu by Newton from L = 2 log mu, right of the root of a convex function, so that the "
        "steps are monotone (Ortega and Rheinboldt 1970, Iterative solution of nonlinear equations, section 13.3)"
    )
    most_inverse_iterations = 6

    def _to_natural(self, mu: Rows) -> Inverse:
        """Newton for log((exp(L) - 1)/L) = log mu, which is convex and increasing, from L = 2 log mu, right of it.

        Its slope is between 1/2 at L = 0 and 1. Then theta = -log(1 + 1/(mu L)), because p/(1 - p) = mu L.
        """
        excess = mu[:, 0] - 1.0
        target = np.log1p(excess)
        x = 2.0 * target
        done, iterations = np.zeros(x.shape, dtype=bool), np.zeros(x.shape, dtype=np.int64)
        for _ in range(MAX_ITERATIONS):
            near = np.minimum(x, 1.0)
            p = -np.expm1(-x)
            value = np.where(x < 1.0, np.log1p(log_series.remainder_share(near)), x + np.log(p / x)) - target
            slope = np.where(x < 1.0, log_series.remainder_share(-near) / np.expm1(-near), 1.0 / p - 1.0 / x)
            step = value / slope
            iterations += ~done
            x = np.where(done, x, x - step)
            done |= np.abs(step) <= 4e-16 * x
        return Inverse(-np.log1p(1.0 / (mu * x[:, None])), iterations, np.isfinite(x) & (x > 0))

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return x[:, None]

    def _log_base_measure(self, x: Rows) -> Rows:
        return -np.log(x)

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        t = theta[:, 0]
        return np.asarray(t * (x - 1.0) - _log_ratio(t) - np.log(x))

    def _dual_of_natural(self, theta: Rows) -> Rows:
        """Theta (mu - 1) - log(L/p), both terms of one sign."""
        t = theta[:, 0]
        return np.asarray(t * _mean_excess(t) - _log_ratio(t))

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        return -log_series.expected_log(theta[:, 0])

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        """log(L_q/L_p) less d mu_p, d = theta_q - theta_p; L_q - L_p = -log1p(-v) with v = (exp(d) - 1) p/(1 - p).

        Theta is taken out of both where it is their larger part; the integral where the points are close.
        """
        t, u = p[:, 0], q[:, 0]
        d = u - t
        odds = log_series.odds(t)
        total = np.log1p(odds)
        v = odds * np.expm1(np.minimum(d, 1.0))
        rise = np.where(np.abs(v) < 0.5, -np.log1p(-v), np.log1p(log_series.odds(u)) - total)
        inner = np.log1p(rise / total) - d * (odds / total)
        outer = (_log_ratio(u) - _log_ratio(t)) - d * _mean_excess(t)
        answer = np.where(np.minimum(t, u) > -1.0, inner, outer)
        close = (np.abs(d) < np.log(CLOSE)) & (np.maximum(t / u, u / t) < CLOSE)
        answer[close] = bregman.curvature_integral(
            lambda x, v: ((v / x) ** 2 * _scaled_variance(x))[:, 0], p[close], d[close, None]
        )
        return answer

    def _fisher(self, theta: Rows) -> Rows:
        return (_scaled_variance(theta) / theta / theta)[:, :, None]

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        t = theta[:, 0]
        m, p = log_series.odds(t), np.exp(t)
        total = np.log1p(m)
        held = np.where(p > 0, p, 1.0)
        gap = np.where(p > 0, log_series.remainder_share(-total) / -held, 0.5)
        return np.asarray(t + (total + np.log(np.where(p > 0, m / np.where(p > 0, total, 1.0), 1.0) * gap)))

    def _step_to_boundary(self, theta: Rows, direction: Rows) -> Rows:
        return boundary.positive(-theta, -direction)

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        return boundary.positive(mu - 1.0, direction)

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[Any]:
        """1 + a Geometric of failure 1 - (1 - p)^U for a uniform U.

        Kemp 1981, Efficient generation of logarithmically distributed pseudo-random variables. NumPy's logseries takes
        p itself, which has no digits left near 1.
        """
        total = np.log1p(log_series.odds(theta[..., 0]))
        log_failure = np.log1p(-np.exp(-total * rng.random(shape)))
        draws = 1.0 + np.floor(np.log1p(-rng.random(shape)) / log_failure)
        return count_draws.integers(draws)

    def scipy_twin(self, theta: Rows) -> Any:
        return _LogSeries(a=1, name="logser")(np.exp(theta[0]))

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return -np.exp(rng.uniform(-3.0, 1.0, (rows, 1)))

    def hard_points(self) -> Rows:
        return -np.array([[1e-14], [1e-8], [1e-3], [0.69], [0.7], [5.0], [30.0], [300.0]])

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        """Odds p/(1 - p), log-uniform."""
        return -np.log1p(log_uniform(rng, (rows, 1), decades))

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        return mpmath.log(-mpmath.log1p(-mpmath.exp(theta[0])))

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        return [x]

    def mp_log_base_measure(self, x: Any) -> Any:
        import mpmath

        return -mpmath.log(x)

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        import mpmath

        return [mpmath.log(standard["probability"])]

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        """-E log x = -integral of (z - E z^x)/t dt, z = exp(-t) (Frullani)."""
        import mpmath

        p = mpmath.exp(theta[0])
        m = -p / mpmath.expm1(theta[0])
        inner, extra = mpmath.mp.dps, int(-theta[0]) + 20

        def integrand(t: Any) -> Any:
            with mpmath.workdps(2 * inner + extra):
                total = mpmath.log1p(m)
                s = -mpmath.expm1(-t)
                return (s - mpmath.log1p(m * s) / total) / t

        return half_line.mp_integral(integrand, 1 / (1 + m), 1)


class _LogSeries(type(stats.logser)):  # type: ignore[misc]
    """SciPy's logser, whose log density is the logarithm of a density that has underflowed at a large x."""

    def _logpmf(self, k: Any, p: Any) -> Any:
        return k * np.log(p) - np.log(k) - np.log(-np.log1p(-p))


def _scaled_variance(theta: Rows) -> Rows:
    """theta^2 F, which stays in range near 0."""
    m = log_series.odds(theta)
    total = np.log1p(m)
    with_limit = np.where(total > 0, m * -theta / np.where(total > 0, total, 1.0), -theta)
    return np.asarray(with_limit * (-theta * (1.0 + m) * -log_series.remainder_share(-total)))


def _log_ratio(theta: Rows) -> Rows:
    """log(L/p) >= 0, from L - p = exp(-L) - 1 + L."""
    total = np.log1p(log_series.odds(theta))
    p = np.exp(theta)
    return np.where(p > 0, np.log1p(-log_series.remainder_share(-total) * (total / np.where(p > 0, p, 1.0))), 0.0)


def _mean_excess(theta: Rows) -> Rows:
    """Return mu - 1 = (exp(L) - 1 - L)/L, exp(L) - 1 being the odds."""
    m = log_series.odds(theta)
    total = np.log1p(m)
    near = total < 1.0
    return np.where(near, log_series.remainder_share(np.where(near, total, 0.0)), m / total - 1.0)
