# ruff: noqa: D102  (the statements are documented in statements.py)
"""What the Beta and the Beta prime family state alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .arrays import Rows
from .charts import POSITIVE, Chart
from .conditions import Condition
from .dirichlet_kind import DirichletKind
from .metrics import Metric, Natural
from .statements import positive_coordinates


class BetaKind(DirichletKind):
    """y, a function of x, has a Beta distribution: T = (log y, log(1 - y)), theta = (alpha, beta).

    A = log B(alpha, beta), mu = (psi(alpha), psi(beta)) - psi(alpha + beta): the Dirichlet family with K = 2, whose
    maps it shares.
    """

    @property
    def names(self) -> tuple[str, ...]:
        return ("alpha", "beta")

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"alpha": (), "beta": ()}

    def _natural_domain(self, theta: Rows) -> Iterator[Condition]:
        yield from positive_coordinates(theta[:, :1], "alpha must be > 0")
        yield from positive_coordinates(theta[:, 1:], "beta must be > 0")

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterable[Condition]:
        return self._natural_domain(self._natural_from_standard(standard))

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return np.stack([standard["alpha"], standard["beta"]], axis=-1)

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {"alpha": theta[:, 0], "beta": theta[:, 1]}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        return natural

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {"alpha": POSITIVE, "beta": POSITIVE}

    def hard_points(self) -> Rows:
        return np.array([[1e-3, 1e6], [1e6, 1e-3], [1e-8, 1e8], [1e-8, 1e-8], [1e8, 1e8], [1.0, 1.0], [1e-8, 3.0]])

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        return [standard["alpha"], standard["beta"]]
