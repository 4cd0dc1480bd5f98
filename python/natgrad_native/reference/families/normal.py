# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Normal family."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from ..arrays import Rows
from ..conditions import Condition
from ..normal_kind import NormalKind, moments


@dataclass(frozen=True)
class Normal(NormalKind):
    """Normal distribution with mean m and variance v: theta = (m/v, -1/2v), T(x) = (x, x^2), h(x) = 1.

    A = m^2/2v + log(2 pi v)/2, mu = (m, v + m^2), det F = 2 v^3. Standard parameters: `mean`, `variance`. Centred
    mean coordinates: [m, v].
    """

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield Condition(np.isfinite(x), "x must be finite", x)

    def _variate(self, x: Rows) -> Rows:
        return x

    def _from_variate(self, y: Rows) -> Rows:
        return y

    def _mp_variate(self, x: Any) -> Any:
        return x

    def scipy_twin(self, theta: Rows) -> Any:
        mean, variance = moments(theta)
        return stats.norm(mean, np.sqrt(variance))
