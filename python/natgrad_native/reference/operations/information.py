"""The Fisher information F = Hessian of A: dense, products, solves, log-determinant."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from ...errors import Status
from .. import arrays
from ..arrays import Rows
from ..conditions import Check, Condition
from .checked import Array, Checked, finite_checks

FISHER_LIMIT_BYTES = 4 * 2**30


class Information(Checked):
    """Operations with the Fisher information matrix."""

    def fisher(self, theta: ArrayLike) -> Array:
        """F(theta) = Hessian of A = covariance of T, (..., size) -> (..., size, size).

        Raises ValueError for an answer above 4 GiB.
        """
        operation = self._operation("fisher")
        point = self._point(theta, operation, "theta")
        count = int(np.prod(point.batch, dtype=object)) * self.size**2
        needed = count * arrays.result_dtype([point]).itemsize
        if needed > FISHER_LIMIT_BYTES:
            raise ValueError(
                f"{operation}: the answer would take {needed / 2**30:.3g} GiB, more than 4 GiB; "
                "use fisher_multiply or fisher_solve"
            )
        return self._apply(operation, [point], self._fisher)

    def fisher_multiply(self, theta: ArrayLike, v: ArrayLike) -> Array:
        """F(theta) v, (..., size), (..., size) -> (..., size)."""
        operation = self._operation("fisher_multiply")
        operands = [self._point(theta, operation, "theta"), self._point(v, operation, "v")]
        return self._apply(operation, operands, self._fisher_multiply, self._solve_checks)

    def fisher_solve(self, theta: ArrayLike, v: ArrayLike, damping: ArrayLike = 0.0) -> Array:
        """(F(theta) + damping I)^-1 v, (..., size), (..., size), (...) -> (..., size).

        Raises DomainError where damping is negative.
        """
        operation = self._operation("fisher_solve")
        operands = [
            self._point(theta, operation, "theta"),
            self._point(v, operation, "v"),
            arrays.operand(damping, (), operation, "damping"),
        ]
        return self._apply(operation, operands, self._fisher_solve, self._solve_checks)

    def _solve_checks(self, theta: Rows, v: Rows, damping: Rows | None = None) -> Iterator[Check]:
        yield from self._natural_checks(theta)
        yield from finite_checks(v, "v[{}]")
        if damping is not None:
            met = np.isfinite(damping) & (damping >= 0)
            yield Check(Condition(met, "damping must be finite and >= 0", damping), Status.SINGULAR)

    def fisher_log_determinant(self, theta: ArrayLike) -> Array:
        """Return log det F(theta), (..., size) -> (...)."""
        operation = self._operation("fisher_log_determinant")
        return self._apply(operation, [self._point(theta, operation, "theta")], self._fisher_log_determinant)
