# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Independent combination."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import Rows
from ..charts import Chart, Copies
from ..combination import Combination
from ..family import Family, require_family, require_integer
from ..metrics import Blocks, Metric, Natural
from .gamma import Gamma
from .normal_gamma import NormalGamma


@dataclass(frozen=True)
class Independent(Combination):
    """`copies` of one family, independent of each other: x (copies, *event_shape of one), theta copy by copy.

    A, A*, T and log h are those of the copies, summed or side by side; F is block diagonal. Standard parameters: those
    of the family, with a leading axis of `copies`. Coordinate "2.rate" is that of copy 2.
    """

    family: Family
    copies: int

    def __post_init__(self) -> None:
        require_family(self, "family")
        require_integer(self, "copies", 1)
        super().__post_init__()

    @classmethod
    def examples(cls) -> tuple[Independent, ...]:
        return cls(NormalGamma(), 2), cls(Gamma(), 3)

    @property
    def _parts(self) -> tuple[Family, ...]:
        return (self.family,) * self.copies

    @property
    def event_shape(self) -> tuple[int, ...]:
        return (self.copies, *self.family.event_shape)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {name: (self.copies, *shape) for name, shape in self.family.standard_shapes.items()}

    @property
    def standard_charts(self) -> Mapping[str, Chart]:
        return {name: Copies(chart) for name, chart in self.family.standard_charts.items()}

    @property
    def _standard_sizes(self) -> list[int]:
        """How many coordinates each standard parameter of one copy has; of probabilities the last has none."""
        charts = self.family.standard_charts
        sizes = [
            charts[name].size(shape) if charts else math.prod(shape)
            for name, shape in self.family.standard_shapes.items()
        ]
        sizes[-1] -= sum(sizes) - self.family.size
        return sizes

    def _standard_fisher(self, theta: Rows, natural: Natural) -> Metric:
        """One block a copy, whose parameters stand apart: a standard parameter holds those of all copies."""
        metrics = self._standard_metrics(theta)
        own = self._standard_sizes
        starts = np.concatenate([[0], np.cumsum(own)[:-1]]) * self.copies
        places = [
            np.concatenate([start + k * size + np.arange(size) for start, size in zip(starts, own, strict=True)])
            for k in range(self.copies)
        ]
        return Blocks(*zip(places, metrics, strict=True))

    def _shares_of_standard(self, standard: Mapping[str, Any]) -> Iterator[tuple[Family, Mapping[str, Any]]]:
        for k in range(self.copies):
            yield (
                self.family,
                {
                    name: values[:, k] if isinstance(values, np.ndarray) else values[k]
                    for name, values in standard.items()
                },
            )

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        copies = [self.family._standard_from_natural(theta[:, own]) for _, own in self._columns()]
        return {name: np.stack([copy[name] for copy in copies], axis=1) for name in self.standard_shapes}
