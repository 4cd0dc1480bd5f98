"""What every public operation does first and last: check, broadcast to rows, round, restore the batch shape."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import DomainError, Status
from .. import arrays, conditions
from ..arrays import Mask, Operand, Real, Rows
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

    def _apply(
        self,
        operation: str,
        operands: Sequence[Operand],
        statement: Callable[..., Rows],
        checks: Callable[..., Iterable[Check]] | None = None,
    ) -> Array:
        """Broadcast, check all operands of every row (the first against the natural domain), apply, restore."""
        batch, rows = arrays.broadcast_rows(operation, operands)
        with np.errstate(all="ignore"):
            found = self._natural_checks(rows[0]) if checks is None else checks(*rows)
            conditions.require(operation, rows[0].shape[0], found)
            answer = statement(*rows)
            numbers = ~np.isnan(answer).reshape(answer.shape[0], int(np.prod(answer.shape[1:]))).any(axis=-1)
            require_in_range(operation, np.asarray(numbers))
        return restored(answer, batch, arrays.result_dtype(operands))


def require_in_range(operation: str, met: Mask) -> None:
    """Raise DomainError for the first row (rows,) whose result overflow on the way has left without a value."""
    if not met.all():
        raise DomainError(f"{operation}: row {int(np.argmin(met))}: the result is beyond the range of its number type")


def finite_checks(values: Rows, label: str) -> Iterable[Check]:
    """Every entry of (rows, n) is finite; `label` names entry {}."""
    return conditions.with_status(conditions.finite(values, label), Status.NOT_FINITE)


def restored(answer: Rows, batch: tuple[int, ...], dtype: Real) -> Array:
    """Rows (rows, *core) rounded and given back their batch shape."""
    return arrays.rounded(np.asarray(answer), dtype).reshape((*batch, *answer.shape[1:]))
