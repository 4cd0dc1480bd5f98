"""Conditions that rows must meet, and the error that names the first row that does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, NoReturn

import numpy as np

from ..errors import DomainError, Status
from .arrays import Counts, Mask, Rows


class Condition(NamedTuple):
    """A condition `text` with the mask `met` (rows,) of the rows that meet it and the `value` (rows,) seen."""

    met: Mask
    text: str
    value: Rows


class Check(NamedTuple):
    """A condition and the status a row takes that breaks it."""

    condition: Condition
    status: Status


def finite(point: Rows, label: str = "coordinate {}") -> Iterator[Condition]:
    """One condition per coordinate of (rows, size): it is finite."""
    met = np.isfinite(point)
    if met.all():
        return
    for k in np.flatnonzero(~met.all(axis=0)):
        yield Condition(met[:, k], f"{label.format(k)} must be finite", point[:, k])


def with_status(conditions: Iterable[Condition], status: Status) -> Iterator[Check]:
    """The same conditions, each with the status of a row that breaks it."""
    for condition in conditions:
        yield Check(condition, status)


class Verdict(NamedTuple):
    """Status of every row, and the condition that the first bad row breaks (row, text, value)."""

    status: Counts
    row: int
    text: str
    value: float

    @property
    def good(self) -> Mask:
        """Mask of the rows that meet every condition."""
        return np.asarray(self.status == Status.SUCCESS)


def judge(rows: int, checks: Iterable[Check]) -> Verdict:
    """Collect the checks: a row takes the status of the first condition it breaks."""
    status = np.zeros(rows, dtype=np.int64)
    first, text, value = rows, "", 0.0
    for condition, code in checks:
        fails = ~condition.met
        if not fails.any():
            continue
        row = int(np.argmax(fails))
        if row < first:
            first, text, value = row, condition.text, float(condition.value[row])
        status[fails & (status == Status.SUCCESS)] = code
    return Verdict(status, first, text, value)


def refuse(operation: str, row: int, text: str, value: float) -> NoReturn:
    """Raise the DomainError that names operation, row and condition."""
    raise DomainError(f"{operation}: row {row}: {text}, got {value:.6g}")


def require(operation: str, rows: int, checks: Iterable[Check]) -> None:
    """Raise DomainError for the first row that breaks a condition."""
    verdict = judge(rows, checks)
    if verdict.row < rows:
        refuse(operation, verdict.row, verdict.text, verdict.value)
