"""What a family states beyond itself: products, conjugate prior, parts, distance; nothing without a closed form."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from .arrays import Rows
from .conjugate import Conjugate
from .gaussian_parts import Conditional, Marginal


class RelationStatements(ABC):
    """Statements of which the operations in `operations/relations.py` are made."""

    @property
    @abstractmethod
    def size(self) -> int:
        """Number of natural coordinates."""

    @property
    @abstractmethod
    def event_shape(self) -> tuple[int, ...]:
        """Shape of one observation."""

    def _log_base_measure(self, x: Rows) -> Rows:
        """Return log h, 0 unless a family says otherwise."""
        return np.zeros(x.shape[0])

    @property
    def _log_base_measure_slope(self) -> Rows | None:
        """Return c (size,) where log h(x) = <c, T(x)> + a constant, None where log h is not affine in T.

        Zeros where h is left at 1; a family that states h states this beside it where there is one.
        """
        return np.zeros(self.size) if self._has_unit_base_measure() else None

    def _has_unit_base_measure(self) -> bool:
        return type(self)._log_base_measure is RelationStatements._log_base_measure

    def _conjugate(self) -> Conjugate | None:
        """The named family that is conjugate to this one's parameter, and how observations move it."""
        return None

    def _other_conjugates(self) -> tuple[Conjugate, ...]:
        """Other named families that are conjugate to another parameter of the same law, a precision for a variance."""
        return ()

    def _parts_along(self, axis: int) -> int:
        """How many parts `marginal` and `condition` number along an axis of the event."""
        return self.event_shape[axis]

    def _marginal_of_columns(self, indices: tuple[int, ...]) -> Marginal | None:
        """`_marginal_of` along the event's second axis."""
        return None

    def _conditional_on_columns(self, given: tuple[int, ...], rest: tuple[int, ...]) -> Conditional | None:
        """`_conditional_on` along the event's second axis."""
        return None

    def _marginal_of(self, indices: tuple[int, ...]) -> Marginal | None:
        """The distribution of these coordinates, distinct and counted from the front along the event's first axis."""
        return None

    def _conditional_on(self, given: tuple[int, ...], rest: tuple[int, ...]) -> Conditional | None:
        """The distribution of the coordinates `rest`, in order, for known values of all others; see `_marginal_of`."""
        return None

    def _fisher_rao_distance(self, a: Rows, b: Rows) -> Rows | None:
        """The Fisher-Rao distance (rows,) of two points, None where it has no closed form; see `fisher_rao.py`."""
        return None
