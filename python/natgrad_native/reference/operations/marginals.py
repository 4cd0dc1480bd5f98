"""Marginal and conditional distributions of the Gaussian families and of independent ones side by side."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import arrays
from ..gaussian_parts import Marginal
from .checked import restored
from .family_like import Array, FamilyLike, operation_name, require_natural


class Marginals:
    """Parts of an observation, for families whose parts are in the same or a related family."""

    __slots__ = ()

    def marginal(self: FamilyLike, theta: ArrayLike, indices: int | ArrayLike, *, axis: int = 0) -> tuple[Any, Array]:
        """The distribution of the parts `indices`, in that order: (its family, its theta).

        (..., size) -> (..., size of that family). Parts are the coordinates of a Normal or log-normal vector, the rows
        of a MatrixNormal (its columns with axis=1), the copies of an Independent, the families of a Product. A family
        with a known covariance has one of the block. Exact: blocks of mean and covariance, by way of the centred mean
        parameters where theta does not hold them (Lauritzen 1996, Graphical Models, appendix C). Raises
        NotImplementedError for other families, TypeError or ValueError for indices that are not distinct integers in
        range and for an axis the parts do not have, DomainError for theta outside the natural domain.
        """
        operation = operation_name(self, "marginal")
        chosen, _ = _indices(self, operation, indices, axis)
        stated = _marginal_of(self, operation, chosen, axis)
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

    def condition(
        self: FamilyLike, theta: ArrayLike, indices: int | ArrayLike, values: ArrayLike, *, axis: int = 0
    ) -> tuple[Any, Array]:
        """The distribution of the other parts, in their order, given those of `indices`: (family, theta).

        (..., size), (..., *event_shape of the marginal of `indices`) -> (..., size of that family); parts as in
        `marginal`. For a vector the values are (..., number of indices), for rows of a MatrixNormal (..., number of
        indices, columns). Direct in natural coordinates: theta_J - P_JI x_I and P_JJ; parts that are independent keep
        theirs. Raises as `marginal` does, ValueError also where no part is left, and DomainError for values outside the
        support.
        """
        operation = operation_name(self, "condition")
        given, rest = _indices(self, operation, indices, axis)
        known = _marginal_of(self, operation, given, axis)
        if not rest:
            raise ValueError(f"{operation}: all {len(given)} coordinates are given, none is left")
        statements = self._statements
        stated = (
            statements._conditional_on(given, rest) if axis == 0 else statements._conditional_on_columns(given, rest)
        )
        if stated is None:
            raise _without(self, operation, "conditionals")
        family = self._like(stated.family)
        operands = [
            arrays.operand(theta, (self.size,), operation, "theta"),
            arrays.operand(values, known.family.event_shape, operation, "values", observation=True),
        ]
        batch, (rows, seen) = arrays.broadcast_rows(operation, operands)
        require_natural(self, operation, rows, "theta")
        with np.errstate(all="ignore"):
            known.family._require_support(operation, seen)
            found = stated.natural(rows, seen)
            answer = restored(found, batch, arrays.result_dtype(operands))
        require_natural(family, operation, answer.reshape(found.shape), "the conditional")
        return family, answer


def _marginal_of(family: FamilyLike, operation: str, indices: tuple[int, ...], axis: int) -> Marginal:
    statements = family._statements
    stated = statements._marginal_of(indices) if axis == 0 else statements._marginal_of_columns(indices)
    if stated is None:
        raise _without(family, operation, "marginals")
    return stated


def _without(family: object, operation: str, what: str) -> NotImplementedError:
    return NotImplementedError(f"{operation}: {family!r} has no {what} in closed form")


def _indices(
    family: FamilyLike, operation: str, indices: int | ArrayLike, axis: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Distinct parts, counted from the front, and the others in order."""
    if not family.event_shape:
        raise _without(family, operation, "coordinates, marginals or conditionals")
    if axis not in range(min(2, len(family.event_shape))):
        raise ValueError(f"{operation}: axis {axis!r} is no axis of an event of shape {family.event_shape}")
    count, given = family._statements._parts_along(axis), np.atleast_1d(np.asarray(indices))
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
    return places, tuple(k for k in range(count) if k not in set(places))
