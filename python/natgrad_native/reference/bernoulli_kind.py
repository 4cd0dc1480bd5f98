# ruff: noqa: D102  (the statements are documented in statements.py)
"""What the Bernoulli and the Binomial family state alike: sums of n independent Bernoulli variables."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import special

from . import boundary, simplex
from .arrays import Rows
from .charts import Chart
from .conditions import Condition
from .conjugate import Conjugate, proportions
from .domain_draws import log_odds
from .families.beta import Beta
from .family import Family, Inverse
from .fisher_rao import of_log_odds
from .metrics import Metric, Natural


class BernoulliKind(Family):
    """theta = log p/(1 - p), T(x) = x, A = n log(1 + exp(theta))."""

    @property
    @abstractmethod
    def _number(self) -> int:
        """Return n."""

    @property
    def names(self) -> tuple[str, ...]:
        return ("log_odds",)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"probability": ()}

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterator[Condition]:
        p = standard["probability"]
        yield Condition((p > 0) & (p < 1), "probability must be in (0, 1)", p)

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return np.asarray(special.logit(standard["probability"]))[:, None]

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {"probability": special.expit(theta[:, 0])}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        p, q = special.expit(theta), special.expit(-theta)
        return natural.along(1.0 / (p * q))

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {}

    def _log_partition(self, theta: Rows) -> Rows:
        return np.asarray(self._number * np.logaddexp(0.0, theta[:, 0]))

    def _to_mean(self, theta: Rows) -> Rows:
        return np.asarray(self._number * special.expit(theta))

    def _to_natural(self, mu: Rows) -> Inverse:
        return Inverse.closed_form(special.logit(mu / self._number))

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return x[:, None]

    def _dual_of_natural(self, theta: Rows) -> Rows:
        """N (p log p + (1 - p) log(1 - p)), both terms of one sign."""
        t = theta[:, 0]
        shares = special.expit(t) * np.logaddexp(0.0, -t) + special.expit(-t) * np.logaddexp(0.0, t)
        return np.asarray(-self._number * shares)

    def _dual_log_partition(self, mu: Rows) -> Rows:
        p = mu[:, 0] / self._number
        return np.asarray(self._number * (special.xlogy(p, p) + special.xlog1py(1.0 - p, -p)))

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        return self._number * simplex.kl_divergence(simplex.with_reference(p), simplex.with_reference(q))

    def _fisher(self, theta: Rows) -> Rows:
        return np.asarray(self._number * (special.expit(theta) * special.expit(-theta)))[:, :, None]

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        t = theta[:, 0]
        return np.asarray(np.log(self._number) - np.logaddexp(0.0, t) - np.logaddexp(0.0, -t))

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        sides = np.concatenate([mu, self._number - mu], axis=-1)
        return boundary.positive(sides, np.concatenate([direction, -direction], axis=-1))

    def _conjugate(self) -> Conjugate:
        """A Beta prior of the probability."""
        return proportions(Beta(), self._number, "probability", self._sufficient_statistics)

    def _fisher_rao_distance(self, a: Rows, b: Rows) -> Rows:
        """Return 2 sqrt(n) |asin sqrt p_b - asin sqrt p_a|."""
        return np.asarray(np.sqrt(self._number) * of_log_odds(a[:, 0], b[:, 0]))

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        return log_odds(rng, (rows, 1), decades)

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        import mpmath

        return self._number * mpmath.log1p(mpmath.exp(theta[0]))

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        return [x]

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        import mpmath

        p = standard["probability"]
        return [mpmath.log(p) - mpmath.log1p(-p)]
