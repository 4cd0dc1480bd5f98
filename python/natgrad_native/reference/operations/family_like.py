# ruff: noqa: D102  (the operations are documented where they are)
"""What an operation may ask of a family, be it the native one or that of the reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import DomainError, Status
from .. import conditions
from ..arrays import Rows

if TYPE_CHECKING:
    from ..family import Family

Array = NDArray[Any]


class FamilyLike(Protocol):
    """A family whose public operations run where it lives, and the reference family that states the same."""

    @property
    def size(self) -> int: ...

    @property
    def event_shape(self) -> tuple[int, ...]: ...

    @property
    def _statements(self) -> Family: ...

    def _like(self, family: Family) -> Any:
        """A family of the reference, as one of the caller's own kind."""

    def natural_from_centred_mean(self, c: ArrayLike) -> Array: ...

    def centred_mean_from_natural(self, theta: ArrayLike) -> Array: ...

    def mean_from_natural(self, theta: ArrayLike) -> Array: ...

    def sufficient_statistics(self, x: ArrayLike) -> Array: ...

    def log_density(self, theta: ArrayLike, x: ArrayLike) -> Array: ...

    def kl_divergence(self, theta_p: ArrayLike, theta_q: ArrayLike) -> Array: ...

    def in_natural_domain(self, theta: ArrayLike) -> NDArray[np.bool_]: ...


def require_natural(family: FamilyLike, operation: str, theta: Rows, noun: str) -> None:
    """Raise DomainError where a point of `theta` (rows, size), called `noun`, is outside the natural domain."""
    inside = family.in_natural_domain(theta)
    if inside.all():
        return
    verdict = conditions.judge(len(theta), family._statements._natural_checks(theta))
    if verdict.row < len(theta):
        conditions.refuse(operation, verdict.row, f"{noun}: {verdict.text}", verdict.value)
    raise DomainError(f"{operation}: row {int(np.argmin(inside))}: {noun} must be inside the natural domain")


def require_finite(operation: str, values: Rows, label: str) -> None:
    """Raise DomainError where an entry of (rows, n) is not finite."""
    checks = conditions.with_status(conditions.finite(values, label), Status.NOT_FINITE)
    conditions.require(operation, len(values), checks)


def operation_name(family: object, name: str) -> str:
    """The operation as errors call it."""
    return f"{type(family).__name__}.{name}"
