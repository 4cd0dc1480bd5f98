# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Independent combination."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import Counts, Rows
from ..combination import Combination
from ..family import Family, require_family, require_integer
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

    def _combined(self, families: Sequence[Family]) -> Independent:
        return Independent(families[0], self.copies)

    def _of_parts(self, indices: tuple[int, ...]) -> Independent:
        return Independent(self.family, len(indices))

    @property
    def event_shape(self) -> tuple[int, ...]:
        return (self.copies, *self.family.event_shape)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {name: (self.copies, *shape) for name, shape in self.family.standard_shapes.items()}

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

    def _places_of_standard(self) -> Iterator[Counts]:
        """A standard parameter holds all copies of it before the next one begins."""
        counts = self.family._standard_counts
        starts = np.cumsum([0, *counts])
        for copy in range(self.copies):
            places = [
                self.copies * start + copy * count + np.arange(count)
                for start, count in zip(starts, counts, strict=False)
            ]
            yield np.concatenate(places)

    @property
    def _standard_counts(self) -> list[int]:
        return [self.copies * count for count in self.family._standard_counts]
