# ruff: noqa: D102  (the statements are documented in statements.py)
"""What the Geometric and the NegativeBinomial family state alike: failures before the r-th success."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from . import boundary, log_series
from .arrays import Rows
from .charts import UNIT_INTERVAL, Chart
from .conditions import Condition
from .conjugate import Conjugate, failures
from .domain_draws import log_uniform
from .families.beta import Beta
from .family import Family, Inverse
from .fisher_rao import of_log_failures
from .metrics import Metric, Natural
from .special import expm1_remainder, ratio_remainder


class NegativeBinomialKind(Family):
    """theta = log(1 - p) < 0, T(x) = x, A = -r log(1 - exp(theta))."""

    @property
    @abstractmethod
    def _number(self) -> float:
        """Return r."""

    @property
    def names(self) -> tuple[str, ...]:
        return ("log_failure_probability",)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"probability": ()}

    def _natural_domain(self, theta: Rows) -> Iterator[Condition]:
        yield Condition(theta[:, 0] < 0, "log failure probability must be < 0", theta[:, 0])

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        yield Condition(mu[:, 0] > 0, "mean must be > 0", mu[:, 0])

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        p = standard["probability"]
        yield Condition((p > 0) & (p < 1), "probability must be in (0, 1)", p)

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition((x >= 0) & (x < np.inf) & (np.floor(x) == x), "x must be a non-negative integer", x)

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return np.log1p(-standard["probability"])[:, None]

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {"probability": -np.expm1(theta[:, 0])}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        return natural.along(-np.exp(-theta))

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {"probability": UNIT_INTERVAL}

    def _unconstrained_from_natural(self, theta: Rows) -> Rows:
        """Return log p - log(1 - p)."""
        return np.asarray(np.log(-np.expm1(theta)) - theta)

    def _natural_from_unconstrained(self, u: Rows) -> Rows:
        return -np.logaddexp(0.0, u)

    def _unconstrained_fisher(self, theta: Rows, natural: Natural) -> Metric:
        """D theta / du = -p."""
        return natural.along(np.expm1(theta))

    def _log_partition(self, theta: Rows) -> Rows:
        # Where m = exp(theta) underflows, r m need not.
        t = theta[:, 0]
        return np.where(t < -700.0, self._to_mean(theta)[:, 0], self._number * np.log1p(log_series.odds(t)))

    def _to_mean(self, theta: Rows) -> Rows:
        half = np.exp(0.5 * theta)
        return np.asarray((self._number * half) * (half / -np.expm1(theta)))

    def _to_natural(self, mu: Rows) -> Inverse:
        ratio = self._number / mu
        beyond = np.isinf(ratio)
        far = np.log(mu) - np.log(self._number)
        return Inverse.closed_form(np.where(beyond, far, -np.log1p(np.where(beyond, 1.0, ratio))))

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return x[:, None]

    def _dual_of_natural(self, theta: Rows) -> Rows:
        return np.asarray(theta[:, 0] * self._to_mean(theta)[:, 0] - self._log_partition(theta))

    def _dual_log_partition(self, mu: Rows) -> Rows:
        """Return -mu log(1 + r/mu) - r log(1 + mu/r), both terms of one sign."""
        m = mu[:, 0]
        return np.asarray(m * self._to_natural(mu).theta[:, 0] - self._number * np.log1p(m / self._number))

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        """R times a Poisson's divergence of rate m, d = theta_q - theta_p, and a ratio's, (1 - q_q)/(1 - q_p)."""
        t, u = p[:, 0], q[:, 0]
        d = u - t
        m = log_series.odds(t)
        rest = np.expm1(t)
        moved = np.exp(u) / -rest
        poisson = np.where(d < 1.0, m * expm1_remainder(np.minimum(d, 1.0)), moved - m * (1.0 + d))
        near = d < 1.0
        excess = np.where(near, -m * np.expm1(np.where(near, d, 0.0)), m - moved)
        return np.asarray(self._number * (poisson + ratio_remainder(np.expm1(u) / rest, excess)))

    def _fisher(self, theta: Rows) -> Rows:
        return np.asarray(self._to_mean(theta) / -np.expm1(theta))[:, :, None]

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        t = theta[:, 0]
        return np.asarray(np.log(self._number) + (t + 2.0 * np.log1p(log_series.odds(t))))

    def _step_to_boundary(self, theta: Rows, direction: Rows) -> Rows:
        return boundary.positive(-theta, -direction)

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        return boundary.positive(mu, direction)

    def _conjugate(self) -> Conjugate:
        """A Beta prior of the probability of a success."""
        return failures(Beta(), self._number, "probability")

    def _fisher_rao_distance(self, a: Rows, b: Rows) -> Rows:
        """Return sqrt(r) |log tanh(theta_b/4) - log tanh(theta_a/4)|."""
        return np.asarray(np.sqrt(self._number) * of_log_failures(a[:, 0], b[:, 0]))

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        """Odds of a failure, log-uniform."""
        return -np.log1p(log_uniform(rng, (rows, 1), decades))

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        t = theta[0]
        return -self._number * (mpmath.log1p(-mpmath.exp(t)) if t < -1 else mpmath.log(-mpmath.expm1(t)))

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        return [x]

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        import mpmath

        return [mpmath.log1p(-standard["probability"])]
