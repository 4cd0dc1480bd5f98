# ruff: noqa: D102  (the statements are documented in statements.py)
"""The MultivariateNormalGamma family."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import Rows
from ..conditions import Condition
from ..family import Family
from ..normal_wishart_kind import OfVector
from .gamma import Gamma
from .wishart import Wishart


@dataclass(frozen=True)
class MultivariateNormalGamma(OfVector):
    """Joint prior of a Normal vector's mean and precision factor, x = (z, t): t is Gamma(a, b), z Normal(m, (t K)^-1).

    T(x) = (log t, t, t z, t packed z z^T), theta = (a, -(b + m^T K m/2), K m, packed -K/2 with off-diagonals doubled),
    h(x) = t^(d/2 - 1), packed = lower triangle row by row; an event (d + 1,) is z, then t. A = log Gamma(a) - a log b -
    log det(K)/2 + d log(2 pi)/2, mu = (psi(a) - log b, a/b, a/b m, packed K^-1 + a/b m m^T). Standard parameters:
    `location` m, `precision_scale` K (..., d, d), `shape` a, `rate` b. Centred mean coordinates: [psi(a) - log a, a/b,
    m, packed K^-1]. The inverse solves log a - psi(a) = log E t - E log t.
    """

    MARGINAL = Wishart  # of one dimension, where a point is one of a Gamma
    MEAN_CONDITION = "E precision must be > 0"
    GAP_CONDITION = "log E precision - E log precision must be > 0"
    SCALE_CONDITION = "precision_scale must be positive definite"
    SPREAD_CONDITION = "inverse precision_scale must be positive definite"

    @property
    def _rows(self) -> int:
        return 1

    @property
    def _columns(self) -> int:
        return self.dimension

    @property
    def _stated(self) -> Family:
        return Gamma()

    @property
    def _names_of_matrix(self) -> tuple[str, ...]:
        return ("shape", "negative_rate_about_zero")

    @property
    def _names_of_scale(self) -> tuple[str, ...]:
        return self._names_of_square

    @property
    def event_shape(self) -> tuple[int, ...]:
        return (self.dimension + 1,)

    @property
    def _scale_shape(self) -> tuple[int, ...]:
        return (self.dimension, self.dimension)

    inverse_method = Gamma.inverse_method

    def _support(self, x: Rows) -> Iterator[Condition]:
        for j in range(self.dimension):
            yield Condition(np.isfinite(x[:, j]), "x must have a finite mean", x[:, j])
        spread = x[:, -1]
        yield Condition((spread > 0) & (spread < np.inf), "x must have a finite precision > 0", spread)

    def definite_part(self, x: Rows) -> Rows | None:
        return None

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        return super().mp_sufficient_statistics([[value] for value in x])

    def mp_log_base_measure(self, x: Any) -> Any:
        return super().mp_log_base_measure([[value] for value in x])
