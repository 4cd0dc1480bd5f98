"""Checks of what a user gives an estimator; every error names the estimator, the parameter and what is needed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["checked_flag", "checked_number", "checked_numbers", "checked_rows", "checked_scale"]

Array = NDArray[np.float64]

# Squares of the entries are summed over the rows and weighted by the likelihood; 1e300 leaves room for that.
_LARGEST_SUM_OF_SQUARES = 1e300


def checked_flag(owner: str, name: str, value: Any) -> bool:
    """`value` as bool; TypeError for what merely has a truth value, such as "no"."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{owner}: {name} must be True or False, got {value!r}")
    return bool(value)


def checked_number(owner: str, name: str, value: Any) -> float:
    """`value` as float; TypeError for what is not one real number."""
    return float(checked_numbers(owner, name, value, "a number", most_axes=0))


def checked_numbers(owner: str, name: str, value: Any, needed: str, most_axes: int = 1) -> Array:
    """`value` as float64 with at most `most_axes` axes; TypeError, saying what is `needed`, for text and the like."""
    try:
        array = np.asarray(value)
    except ValueError:  # rows of unequal lengths
        array = np.asarray(None)
    if array.dtype.kind not in "iuf" or array.ndim > most_axes:
        raise TypeError(f"{owner}: {name} must be {needed}, got {value!r}")
    return array.astype(np.float64)


def checked_scale(owner: str, X: Array, sample_weight: Array) -> None:
    """ValueError for weights, or for a column of X whose squares, summed over the rows, leave the range of float64."""
    with np.errstate(over="ignore"):
        total = float(sample_weight.sum())
    if not np.isfinite(total):
        raise ValueError(f"{owner}: sample_weight is too large: its sum overflows")
    largest = np.abs(X).max(axis=0, initial=0.0)
    too_large = largest > np.sqrt(_LARGEST_SUM_OF_SQUARES / max(total, 1.0))
    if too_large.any():
        column = int(too_large.argmax())
        raise ValueError(
            f"{owner}: X: column {column} is too large: its entries reach {largest[column]:.3g}, and their squares "
            "overflow; give it in larger units"
        )


def checked_rows(owner: str, values: Array, what: str) -> Array:
    """`values` (rows,), finite; ValueError naming the first row of X for which `what` has overflowed."""
    finite = np.isfinite(values)
    if not finite.all():
        raise ValueError(f"{owner}: X: row {finite.argmin()} is too large: {what} overflows")
    return values
