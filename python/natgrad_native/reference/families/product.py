# ruff: noqa: D102  (the statements are documented in statements.py)
"""The Product combination."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import Counts, Rows
from ..combination import Combination
from ..family import Family, require_families
from .categorical import Categorical
from .gamma import Gamma
from .normal import Normal
from .von_mises_fisher import VonMisesFisher


@dataclass(frozen=True, init=False)
class Product(Combination):
    """Unlike families, independent of each other (mean field): `Product(Gamma(), Normal())`.

    theta, mu and T are the parts' one after the other, x the numbers of the parts' observations one after the other; A,
    A* and log h are sums, F is block diagonal. The standard parameter `rate` of part 0 is called `rate_0`, coordinate
    "0.rate" is that of part 0.
    """

    families: tuple[Family, ...]

    def __init__(self, *parts: Family, families: Sequence[Family] = ()) -> None:
        """The families one by one, or by keyword as a sequence."""
        object.__setattr__(self, "families", (*parts, *families))
        require_families(self, "families")
        self.__post_init__()

    def __repr__(self) -> str:
        return f"Product({', '.join(repr(part) for part in self.families)})"

    @classmethod
    def examples(cls) -> tuple[Product, ...]:
        return cls(Categorical(3), VonMisesFisher(3)), cls(Gamma(), Normal())

    @property
    def _parts(self) -> tuple[Family, ...]:
        return self.families

    def _combined(self, families: Sequence[Family]) -> Product:
        return Product(*families)

    def _of_parts(self, indices: tuple[int, ...]) -> Product:
        return Product(*(self.families[k] for k in indices))

    @property
    def event_shape(self) -> tuple[int, ...]:
        return (sum(math.prod(part.event_shape) for part in self.families),)

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        return {
            f"{name}_{k}": shape for k, part in enumerate(self.families) for name, shape in part.standard_shapes.items()
        }

    def _shares_of_standard(self, standard: Mapping[str, Any]) -> Iterator[tuple[Family, Mapping[str, Any]]]:
        for k, part in enumerate(self.families):
            yield part, {name: standard[f"{name}_{k}"] for name in part.standard_shapes}

    def _standard_from_natural(self, theta: Rows) -> dict[str, Rows]:
        return {
            f"{name}_{k}": values
            for k, (part, own) in enumerate(self._columns())
            for name, values in part._standard_from_natural(theta[:, own]).items()
        }

    def _places_of_standard(self) -> Iterator[Counts]:
        for _, own in self._columns():
            yield np.arange(own.start, own.stop)

    @property
    def _standard_counts(self) -> list[int]:
        return [count for part in self.families for count in part._standard_counts]
