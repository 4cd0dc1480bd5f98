"""Marginal and conditional distributions of the Gaussian families."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import arrays
from .checked import restored
from .family_like import Array, FamilyLike, operation_name, require_natural


class Marginals:
    """Parts of a vector of coordinates, for families whose parts are in the same or a related family."""

    __slots__ = ()

    def marginal(self: FamilyLike, theta: ArrayLike, indices: int | ArrayLike) -> tuple[Any, Array]:
        """The distribution of the coordinates `indices`, in that order: (its family, its theta).

        (..., size) -> (..., size of that family). For a MatrixNormal the indices are those of rows; a family with a
        known covariance has one of the block. Exact: blocks of mean and covariance, by way of the centred mean
        parameters where theta does not hold them. Raises NotImplementedError for a family that is not Gaussian,
        TypeError or ValueError for indices that are not distinct integers in range, DomainError for theta outside the
        natural domain.
        """
        operation = operation_name(self, "marginal")
        chosen = _indices(self, operation, indices)
        stated = self._statements._marginal_of(chosen)
        if stated is None:
            raise _without(self, operation, "marginals")
        family = self._like(stated.family)
        point = arrays.operand(theta, (self.size,), operation, "theta")
        batch, (rows,) = arrays.broadcast_rows(operation, [point])
        require_natural(self, operation, rows, "theta")
        if stated.centred:
            centred = stated.of(np.asarray(self.centred_mean_from_natural(rows)))
            found = np.asarray(family.natural_from_centred_mean(centred))
        else:
            found = stated.of(rows)
        answer = restored(found, batch, arrays.result_dtype([point]))
        require_natural(family, operation, answer.reshape(found.shape), "the marginal")
        return family, answer

    def condition(self: FamilyLike, theta: ArrayLike, indices: int | ArrayLike, values: ArrayLike) -> tuple[Any, Array]:
        """The distribution of the other coordinates, in their order, given x[indices] = values: (family, theta).

        (..., size), (..., number of indices) -> (..., size of that family); for a MatrixNormal the indices are those of
        rows, and the values (..., number of indices, columns). Direct in natural coordinates: theta_J - P_JI x_I and
        P_JJ. Raises as `marginal` does, ValueError also where no coordinate is left, and DomainError for values outside
        the support.
        """
        operation = operation_name(self, "condition")
        given = _indices(self, operation, indices)
        rest = tuple(k for k in range(self.event_shape[0]) if k not in set(given))
        known = self._statements._marginal_of(given)
        if known is not None and not rest:
            raise ValueError(f"{operation}: all {len(given)} coordinates are given, none is left")
        stated = None if known is None else self._statements._conditional_on(given, rest)
        if known is None or stated is None:
            raise _without(self, operation, "conditionals")
        family = self._like(stated.family)
        operands = [
            arrays.operand(theta, (self.size,), operation, "theta"),
            arrays.operand(values, (len(given), *self.event_shape[1:]), operation, "values", observation=True),
        ]
        batch, (rows, seen) = arrays.broadcast_rows(operation, operands)
        require_natural(self, operation, rows, "theta")
        with np.errstate(all="ignore"):
            known.family._require_support(operation, seen)
            found = stated.natural(rows, seen)
            answer = restored(found, batch, arrays.result_dtype(operands))
        require_natural(family, operation, answer.reshape(found.shape), "the conditional")
        return family, answer


def _without(family: object, operation: str, what: str) -> NotImplementedError:
    return NotImplementedError(f"{operation}: {family!r} has no {what} in closed form")


def _indices(family: FamilyLike, operation: str, indices: int | ArrayLike) -> tuple[int, ...]:
    """Distinct coordinates, counted from the front."""
    if not family.event_shape:
        raise _without(family, operation, "coordinates, marginals or conditionals")
    count, given = family.event_shape[0], np.atleast_1d(np.asarray(indices))
    if given.ndim != 1 or not given.size:
        raise ValueError(f"{operation}: indices must be a non-empty sequence, got shape {np.shape(indices)}")
    if given.dtype.kind not in "iu":
        raise TypeError(f"{operation}: indices must be integers, got dtype {given.dtype}")
    outside = (given < -count) | (given >= count)
    if outside.any():
        raise ValueError(f"{operation}: index {given[outside][0]} is out of range for {count} coordinates")
    places = tuple(int(k) % count for k in given)
    if len(set(places)) < len(places):
        raise ValueError(f"{operation}: indices must be distinct, got {given.tolist()}")
    return places
