"""How peers hold points: a column a coordinate, rows of concentrations, full symmetric matrices.

Packed rows, as natgrad_native takes them, are nobody else's form. Everyone is given theirs before the clock starts, so
that a peer is timed on contiguous arrays and never for packing a triangle.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Parts = tuple[Array, ...]

OPERANDS = {
    "mean_from_natural": ("natural",),
    "natural_from_mean": ("mean",),
    "log_partition": ("natural",),
    "entropy": ("natural",),
    "kl_divergence": ("natural", "natural"),
    "fisher_solve": ("natural", "vector"),
}
ANSWERS = {"mean_from_natural": "mean", "natural_from_mean": "natural", "fisher_solve": "vector"}  # others are values


def split(family: str, kind: str, packed: Array) -> Parts:
    """A packed batch (rows, size) in the form of peers."""
    if family == "MultivariateNormal":
        dimension = dimension_of(packed.shape[1])
        i, j = np.tril_indices(dimension)
        matrix = np.empty((len(packed), dimension, dimension))
        # <theta, mu> is the plain dot product: natural off-diagonal coordinates count twice.
        matrix[:, i, j] = packed[:, dimension:] * (np.where(i == j, 1.0, 0.5) if kind == "natural" else 1.0)
        matrix[:, j, i] = matrix[:, i, j]
        return np.ascontiguousarray(packed[:, :dimension]), matrix
    if family == "Dirichlet":
        return (np.ascontiguousarray(packed),)
    return tuple(np.ascontiguousarray(column) for column in packed.T)


def join(family: str, operation: str, parts: Parts) -> Array:
    """A peer's answer as the operation's own."""
    kind = ANSWERS.get(operation)
    if kind is None or family == "Dirichlet":
        return parts[0]
    if family == "MultivariateNormal":
        vector, matrix = parts
        i, j = np.tril_indices(vector.shape[1])
        return np.concatenate([vector, matrix[:, i, j] * (np.where(i == j, 1.0, 2.0) if kind == "natural" else 1.0)], 1)
    return np.stack(parts, axis=-1)


def dimension_of(size: int) -> int:
    """The d with d + d(d + 1)/2 coordinates."""
    return int((np.sqrt(8 * size + 9) - 3) / 2)
