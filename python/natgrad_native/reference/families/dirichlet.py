# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Dirichlet family."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .. import dirichlet_maps, representable
from ..arrays import Rows
from ..charts import POSITIVE, Chart
from ..conditions import Condition
from ..dirichlet_kind import DirichletKind, proportions
from ..family import require_integer
from ..metrics import Metric, Natural
from ..statements import positive_coordinates


@dataclass(frozen=True)
class Dirichlet(DirichletKind):
    """Dirichlet distribution on K >= 2 proportions: theta = concentration (K), T(x) = log x, h(x) = prod 1/x_k.

    A = sum log Gamma(theta_k) - log Gamma(sum theta), mu_k = psi(theta_k) - psi(sum theta). Standard parameter:
    `concentration` (..., K). Since h takes the shift by one, a concentration of 1e-8 keeps its digits. F is diagonal
    minus rank one (Sherman-Morrison solve); the inverse mean map is one-dimensional in the largest concentration,
    then Newton (Minka 2000, Estimating a Dirichlet distribution).
    """

    categories: int

    def __post_init__(self) -> None:
        require_integer(self, "categories", 2)
        super().__post_init__()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"concentration[{k}]" for k in range(self.categories))

    @property
    def size(self) -> int:
        return self.categories

    @property
    def event_shape(self) -> tuple[int, ...]:
        return (self.categories,)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"concentration": (self.categories,)}

    def _natural_domain(self, theta: Rows) -> Iterable[Condition]:
        return positive_coordinates(theta, "concentration must be > 0")

    def _standard_domain(self, standard: Mapping[str, Rows]) -> Iterable[Condition]:
        return positive_coordinates(standard["concentration"], "concentration must be > 0")

    def _support(self, x: Rows) -> Iterator[Condition]:
        yield from proportions(x)

    def _natural_from_standard(self, standard: Mapping[str, Rows]) -> Rows:
        return standard["concentration"]

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {"concentration": theta}

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        return natural

    @property
    def standard_charts(self) -> dict[str, Chart]:
        return {"concentration": POSITIVE}

    def _sufficient_statistics(self, x: Rows) -> Rows:
        return np.log(x)

    def _log_base_measure(self, x: Rows) -> Rows:
        return np.asarray(-np.log(x).sum(axis=-1))

    @property
    def _log_base_measure_slope(self) -> Rows | None:
        return np.full(self.size, -1.0)

    def _sample(self, theta: Rows, shape: tuple[int, ...], rng: np.random.Generator) -> Rows:
        return np.exp(dirichlet_maps.sample_log(theta, shape, rng))

    def _inside_support(self, draws: NDArray[Any]) -> NDArray[Any]:
        return representable.positive(draws, 1.0)

    def scipy_twin(self, theta: Rows) -> Any:
        return stats.dirichlet(theta)

    def hard_points(self) -> Rows:
        ramp = np.linspace(0.0, 1.0, self.categories)
        points = [10.0 ** (low + (high - low) * ramp) for low, high in HARD_RANGES]
        points.append(np.resize([1e-3, 1.0, 5.0], self.categories))
        return np.array(points)

    def mp_sufficient_statistics(self, x: Any) -> Sequence[Any]:
        import mpmath

        return [mpmath.log(part) for part in x]

    def mp_log_base_measure(self, x: Any) -> Any:
        return -sum(self.mp_sufficient_statistics(x))

    def mp_natural_from_standard(self, standard: Mapping[str, Any]) -> Sequence[Any]:
        return list(standard["concentration"])

    @classmethod
    def examples(cls) -> tuple[Dirichlet, ...]:
        return (cls(2), cls(3), cls(10))


# log10 of the first and of the last concentration; the others lie between.
HARD_RANGES = ((-8.0, -8.0), (8.0, 8.0), (-8.0, 8.0), (-3.0, 6.0), (0.0, 8.0), (-2.0, 1.0))
