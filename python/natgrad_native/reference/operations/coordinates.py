"""Standard, natural, mean and centred mean parameters of one point."""

from __future__ import annotations

import math
from typing import Literal, cast, overload

import numpy as np
from numpy.typing import ArrayLike

from ...errors import DomainError, IterationInfo, Status
from .. import arrays, conditions
from ..arrays import Mask, Real, Rows
from .checked import Array, Checked, finite_checks, require_in_range, restored


class Coordinates(Checked):
    """Maps between the coordinates of a point."""

    def natural_from_standard(self, **standard: ArrayLike) -> Array:
        """Return theta (..., size) from the standard parameters, given by keyword.

        Raises TypeError for missing or unknown names and DomainError outside the standard domain.
        """
        operation = self._operation("natural_from_standard")
        shapes = self.standard_shapes
        if set(standard) != set(shapes):
            raise TypeError(f"{operation}: expected {', '.join(shapes)}; got {', '.join(standard) or 'nothing'}")
        operands = [arrays.operand(standard[name], core, operation, name) for name, core in shapes.items()]
        batch, rows = arrays.broadcast_rows(operation, operands)
        named = dict(zip(shapes, rows, strict=True))
        with np.errstate(all="ignore"):
            checks = [
                check
                for name, values in named.items()
                for check in conditions.with_status(
                    conditions.finite(values.reshape(len(values), math.prod(values.shape[1:])), name), Status.NOT_FINITE
                )
            ]
            checks += conditions.with_status(self._standard_domain(named), Status.OUTSIDE_STANDARD_DOMAIN)
            conditions.require(operation, rows[0].shape[0], checks)
            theta = self._natural_from_standard(named)
            self._require_natural(operation, theta, arrays.result_dtype(operands))
        return restored(theta, batch, arrays.result_dtype(operands))

    def standard_from_natural(self, theta: ArrayLike) -> dict[str, Array]:
        """Standard parameters by name, each (..., *core shape)."""
        operation = self._operation("standard_from_natural")
        point = self._point(theta, operation, "theta")
        batch, (rows,) = arrays.broadcast_rows(operation, [point])
        with np.errstate(all="ignore"):
            conditions.require(operation, rows.shape[0], self._natural_checks(rows))
            standard = self._standard_from_natural(rows)
        dtype = arrays.result_dtype([point])
        return {name: restored(values, batch, dtype) for name, values in standard.items()}

    def unconstrained_from_natural(self, theta: ArrayLike) -> Array:
        """The unconstrained coordinates (..., size), any real numbers, that optimisers use.

        The standard parameters in order: real ones as they are, positive ones by log, probabilities by log odds, a
        covariance by its Cholesky factor with a logged diagonal, packed row by row. Where theta itself has all of
        R^size it is theta: such are log rates, log odds and log ratios to the last probability.
        """
        operation = self._operation("unconstrained_from_natural")

        def statement(rows: Rows) -> Rows:
            u = self._unconstrained_from_natural(rows)
            require_in_range(operation, np.asarray(np.isfinite(u).all(axis=-1)))
            return u

        return self._apply(operation, [self._point(theta, operation, "theta")], statement)

    def natural_from_unconstrained(self, u: ArrayLike) -> Array:
        """Return theta (..., size) from unconstrained coordinates, the inverse of `unconstrained_from_natural`.

        Raises DomainError for a coordinate that is not finite, and for a theta beyond the range of its number type.
        """
        operation = self._operation("natural_from_unconstrained")
        point = self._point(u, operation, "u")
        dtype = arrays.result_dtype([point])

        def statement(rows: Rows) -> Rows:
            theta = self._natural_from_unconstrained(rows)
            self._require_natural(operation, theta, dtype)
            return theta

        return self._apply(operation, [point], statement, lambda rows: finite_checks(rows, "u[{}]"))

    def mean_from_natural(self, theta: ArrayLike) -> Array:
        """Return mu = grad A(theta) = E T(x), (..., size) -> (..., size)."""
        operation = self._operation("mean_from_natural")
        return self._apply(operation, [self._point(theta, operation, "theta")], self._to_mean)

    def centred_mean_from_natural(self, theta: ArrayLike) -> Array:
        """The centred mean coordinates (..., size): mu, centred where plain mu loses digits far from zero."""
        operation = self._operation("centred_mean_from_natural")
        return self._apply(operation, [self._point(theta, operation, "theta")], self._centred_from_natural)

    @overload
    def natural_from_mean(self, mu: ArrayLike, return_info: Literal[False] = False) -> Array: ...

    @overload
    def natural_from_mean(self, mu: ArrayLike, return_info: Literal[True]) -> tuple[Array, IterationInfo]: ...

    def natural_from_mean(self, mu: ArrayLike, return_info: bool = False) -> Array | tuple[Array, IterationInfo]:
        """Return theta = grad A*(mu), (..., size) -> (..., size).

        With `return_info` a row outside the domain (or without convergence) is NaN and has a non-zero status in the
        returned `IterationInfo`; without, it raises DomainError.
        """
        return self._inverse(mu, return_info, "natural_from_mean", "mu", centred=False)

    @overload
    def natural_from_centred_mean(self, c: ArrayLike, return_info: Literal[False] = False) -> Array: ...

    @overload
    def natural_from_centred_mean(self, c: ArrayLike, return_info: Literal[True]) -> tuple[Array, IterationInfo]: ...

    def natural_from_centred_mean(self, c: ArrayLike, return_info: bool = False) -> Array | tuple[Array, IterationInfo]:
        """Return theta from the centred mean coordinates (..., size); `return_info` as in `natural_from_mean`."""
        return self._inverse(c, return_info, "natural_from_centred_mean", "c", centred=True)

    def from_statistics(self, mean_of_T: ArrayLike) -> Array:
        """The maximum-likelihood theta (..., size) for an average of sufficient statistics gathered elsewhere."""
        return cast(Array, self._inverse(mean_of_T, False, "from_statistics", "mean_of_T", centred=False))

    def _inverse(
        self, value: ArrayLike, return_info: bool, name: str, label: str, *, centred: bool
    ) -> Array | tuple[Array, IterationInfo]:
        operation = self._operation(name)
        point = self._point(value, operation, label)
        batch, (rows,) = arrays.broadcast_rows(operation, [point])
        dtype = arrays.result_dtype([point])
        domain, solve, forward = (
            (self._centred_domain, self._natural_from_centred, self._centred_from_natural)
            if centred
            else (self._mean_domain, self._to_natural, self._to_mean)
        )
        with np.errstate(all="ignore"):
            verdict = conditions.judge(rows.shape[0], self._mean_checks(rows, domain))
            if not return_info and verdict.row < rows.shape[0]:
                conditions.refuse(operation, verdict.row, verdict.text, verdict.value)
            good = np.flatnonzero(verdict.good)
            inverse = solve(rows[good])
            image = forward(inverse.theta)
            residual = largest(np.abs(image - rows[good]) / (np.abs(rows[good]) + np.finfo(np.float64).tiny))
            in_range, inside = self._held(inverse.theta, dtype)
        if not return_info:
            if not inverse.converged.all():
                row = int(good[np.argmin(inverse.converged)])
                raise DomainError(f"{operation}: row {row}: the inverse mean map did not converge")
            self._require_natural(operation, inverse.theta, dtype)
            return restored(inverse.theta, batch, dtype)
        succeeded = inverse.converged & in_range & inside
        theta = np.full(rows.shape, np.nan)
        theta[good] = np.where(succeeded[:, None], inverse.theta, np.nan)
        residual = np.where(succeeded, residual, np.nan)
        status = verdict.status.copy()
        status[good[~inside]] = Status.BEYOND_PRECISION
        status[good[~in_range]] = Status.NOT_FINITE
        status[good[~inverse.converged]] = Status.NO_CONVERGENCE
        iterations = np.zeros(rows.shape[0], dtype=np.int64)
        iterations[good] = inverse.iterations
        residuals = np.full(rows.shape[0], np.nan)
        residuals[good] = residual
        info = IterationInfo(status.reshape(batch), iterations.reshape(batch), restored(residuals, batch, dtype))
        return restored(theta, batch, dtype), info

    def _held(self, theta: Rows, dtype: Real) -> tuple[Mask, Mask]:
        """Whether the rows, rounded to their number type, are finite, and whether they are inside the domain still."""
        with np.errstate(all="ignore"):
            held = arrays.rounded(theta, dtype).astype(np.float64)
            inside = conditions.judge(len(held), self._natural_checks(held)).good
        return np.asarray(np.isfinite(held).all(axis=-1)), inside

    def _require_natural(self, operation: str, theta: Rows, dtype: Real) -> None:
        """Raise DomainError for the first row of results that its number type cannot hold inside the domain."""
        in_range, inside = self._held(theta, dtype)
        require_in_range(operation, in_range)
        if not inside.all():
            row = int(np.argmin(inside))
            raise DomainError(
                f"{operation}: row {row}: rounded to its number type, the result is outside the natural domain"
            )


def largest(values: Rows) -> Rows:
    """Largest entry of each row (rows, n) -> (rows,), 0 for empty rows."""
    return np.asarray(values.max(axis=-1, initial=0.0))
