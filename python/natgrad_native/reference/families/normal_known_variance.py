# ruff: noqa: D102  (the statements are documented in statements.py)
"""The NormalKnownVariance family."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from ..arrays import Rows
from ..charts import REAL, Chart
from ..conditions import Condition
from ..conjugate import Conjugate, normal_mean
from ..domain_draws import log_uniform, signs
from ..family import Family, Inverse, require_real
from ..metrics import Metric, Natural
from ..special import HALF_LOG_TWO_PI
from .normal import Normal


@dataclass(frozen=True)
class NormalKnownVariance(Family):
    """Normal distribution of known variance v: theta = mean/v, T(x) = x, h(x) = exp(-x^2/2v).

    A = v theta^2/2 + log(2 pi v)/2, mu = v theta, F = v. Standard parameter: `mean`.
    """

    variance: float

    def __post_init__(self) -> None:
        require_real(self, "variance", 0.0)
        super().__post_init__()

    @classmethod
    def examples(cls) -> tuple[NormalKnownVariance, ...]:
        return (cls(2.25),)

    @property
    def names(self) -> tuple[str, ...]:
        return ("precision_times_mean",)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"mean": ()}

    def _mean_domain(self, mu: Rows) -> Iterable[Condition]:
        return ()

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterable[Condition]:
        return ()

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition(np.isfinite(x), "x must be finite", x)

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return np.asarray(standard["mean"] / self.variance)[:, None]

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {"mean": theta[:, 0] * self.variance}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        return natural.along(np.full_like(theta, 1.0 / self.variance))

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {"mean": REAL}

    @property
    def _half_log(self) -> float:
        return HALF_LOG_TWO_PI + 0.5 * float(np.log(self.variance))

    def _log_partition(self, theta: Rows) -> Rows:
        return np.asarray(0.5 * self.variance * theta[:, 0] ** 2 + self._half_log)

    def _to_mean(self, theta: Rows) -> Rows:
        return self.variance * theta

    def _to_natural(self, mu: Rows) -> Inverse:
        return Inverse.closed_form(mu / self.variance)

    def _dual_of_natural(self, theta: Rows) -> Rows:
        return np.asarray(0.5 * self.variance * theta[:, 0] ** 2 - self._half_log)

    def _entropy(self, theta: Rows) -> Rows:
        return np.full(theta.shape[0], self._half_log + 0.5)

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        """Return v (theta_q - theta_p)^2 / 2."""
        return np.asarray(0.5 * self.variance * (q[:, 0] - p[:, 0]) ** 2)

    def _fisher(self, theta: Rows) -> Rows:
        return np.full((theta.shape[0], 1, 1), self.variance)

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return x[:, None]

    def _log_base_measure(self, x: Rows) -> Rows:
        return np.asarray(-0.5 * x * (x / self.variance))

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        return np.asarray(-0.5 * (self.variance * theta[:, 0] ** 2 + 1.0))

    def _log_density(self, theta: Rows, x: Rows) -> Rows:
        distance = x - self.variance * theta[:, 0]
        return np.asarray(-0.5 * distance * (distance / self.variance) - self._half_log)

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        return np.full(mu.shape[0], np.inf)

    def _conjugate(self) -> Conjugate:
        """A Normal prior of the mean."""
        return normal_mean(Normal(), self.variance)

    def _fisher_rao_distance(self, a: Rows, b: Rows) -> Rows:
        """Return |mean_b - mean_a| / sqrt(v)."""
        return np.asarray(np.sqrt(self.variance) * np.abs(b[:, 0] - a[:, 0]))

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
        return np.asarray(self.variance * theta[..., 0] + np.sqrt(self.variance) * rng.standard_normal(shape))

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.norm(self.variance * theta[0], np.sqrt(self.variance))

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return rng.uniform(-3.0, 3.0, (rows, 1))

    def hard_points(self) -> Rows:
        return np.array([[0.0], [1e-12], [-1e8], [1e12]])

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        """Means of both signs and any size beside the deviation."""
        return signs(rng, (rows, 1)) * log_uniform(rng, (rows, 1), decades)

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        return self.variance * theta[0] ** 2 / 2 + mpmath.log(2 * mpmath.pi * self.variance) / 2

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        import mpmath

        with mpmath.workdps(100):  # A* cancels most of it
            return -(self.variance * theta[0] ** 2 + 1) / 2

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        return [x]

    def mp_log_base_measure(self, x: Any) -> Any:
        return -x * x / (2 * self.variance)

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        return [standard["mean"] / self.variance]
