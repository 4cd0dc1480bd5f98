# ruff: noqa: D102  (the statements are documented in statements.py)
"""The BetaPrime family."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .. import dirichlet_maps, representable
from ..arrays import Rows
from ..beta_kind import BetaKind
from ..conditions import Condition


@dataclass(frozen=True)
class BetaPrime(BetaKind):
    """Beta prime (inverted beta) distribution on x > 0: theta = (alpha, beta), h(x) = 1/x.

    T(x) = (log x/(1 + x), -log(1 + x)): x/(1 + x) has a Beta distribution, whose maps it shares.
    A = log B(alpha, beta), mu = (psi(alpha), psi(beta)) - psi(alpha + beta). Standard parameters: `alpha`, `beta`.
    """

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition((x > 0) & (x < np.inf), "x must be > 0 and finite", x)

    def _sufficient_statistics(self, x: Rows) -> Rows:
        """Return log x/(1 + x) as -log(1 + 1/x), or as log x where 1/x is infinite."""
        rest = 1.0 / x
        return np.stack([np.where(np.isfinite(rest), -np.log1p(rest), np.log(x)), -np.log1p(x)], axis=-1)

    def _log_base_measure(self, x: Rows) -> Rows:
        return -np.log(x)

    def _expected_log_base_measure(self, theta: Rows) -> Rows:
        mu = self._to_mean(theta)
        return np.asarray(mu[:, 1] - mu[:, 0])

    @property
    def _log_base_measure_slope(self) -> Rows | None:
        return np.array([-1.0, 1.0])

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
        log_y = dirichlet_maps.sample_log(theta, shape, rng)
        return np.exp(log_y[..., 0] - log_y[..., 1])

    def _inside_support(self, draws: NDArray[Any]) -> NDArray[Any]:
        return representable.positive(draws)

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.betaprime(theta[0], theta[1])

    def mp_expected_log_base_measure(self, theta: Sequence[Any], mean: Sequence[Any]) -> Any:
        return mean[1] - mean[0]

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        import mpmath

        return [-mpmath.log1p(1 / x), -mpmath.log1p(x)]

    def mp_log_base_measure(self, x: Any) -> Any:
        import mpmath

        return -mpmath.log(x)
