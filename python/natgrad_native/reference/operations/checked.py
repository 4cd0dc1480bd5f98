"""What every public operation does first and last: check, broadcast to rows, round, restore the batch shape."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import Status
from .. import arrays, conditions
from ..arrays import Operand, Real, Rows
from ..conditions import Check, Condition
from ..statements import Statements

Array = NDArray[Any]


class Checked(Statements):
    """Argument checks shared by the operations."""

    def _operation(self, name: str) -> str:
        return f"{type(self).__name__}.{name}"

    def _point(self, value: ArrayLike, operation: str, name: str) -> Operand:
        return arrays.operand(value, (self.size,), operation, name)

    def _observation(self, x: ArrayLike, operation: str) -> Operand:
        return arrays.operand(x, self.event_shape, operation, "x", observation=True)

    def _natural_checks(self, theta: Rows) -> Iterable[Check]:
        yield from conditions.with_status(conditions.finite(theta), Status.NOT_FINITE)
        yield from conditions.with_status(self._natural_domain(theta), Status.OUTSIDE_NATURAL_DOMAIN)

    def _mean_checks(self, mu: Rows, domain: Callable[[Rows], Iterable[Condition]]) -> Iterable[Check]:
        yield from conditions.with_status(conditions.finite(mu), Status.NOT_FINITE)
        yield from conditions.with_status(domain(mu), Status.OUTSIDE_MEAN_DOMAIN)

    def _require_natural(self, operation: str, *points: Rows) -> None:
        checks = [check for theta in points for check in self._natural_checks(theta)]
        conditions.require(operation, max((len(theta) for theta in points), default=0), checks)

    def _apply(
        self, operation: str, operands: Sequence[Operand], statement: Callable[..., Rows], naturals: int = 1
    ) -> Array:
        """Broadcast, check the first `naturals` operands against the natural domain, apply, restore."""
        batch, rows = arrays.broadcast_rows(operation, operands)
        with np.errstate(all="ignore"):
            self._require_natural(operation, *rows[:naturals])
            answer = statement(*rows)
        return restored(answer, batch, arrays.result_dtype(operands))


def require_finite(operation: str, values: Rows, label: str) -> None:
    """Raise DomainError for the first row of (rows, n) with a NaN or an infinity."""
    checks = conditions.with_status(conditions.finite(values, label), Status.NOT_FINITE)
    conditions.require(operation, values.shape[0], checks)


def restored(answer: Rows, batch: tuple[int, ...], dtype: Real) -> Array:
    """Rows (rows, *core) rounded and given back their batch shape."""
    return arrays.rounded(np.asarray(answer), dtype).reshape((*batch, *answer.shape[1:]))
