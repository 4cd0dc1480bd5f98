"""Operands as rows: dtype rules, broadcasting of batch axes, weighted averages.

float64 and float32 keep their dtype, a mixture gives float64, Python scalars are weak, integers, bools and other
sequences become float64. The reference computes in float64 whatever comes in and rounds the answer once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Rows = NDArray[np.float64]
Mask = NDArray[np.bool_]
Counts = NDArray[np.int64]
Real = np.dtype[np.float64] | np.dtype[np.float32]

FLOAT64: Real = np.dtype(np.float64)
FLOAT32: Real = np.dtype(np.float32)


@dataclass(frozen=True)
class Operand:
    """An argument in float64 by name, the dtype it votes for (None = weak) and its core (non-batch) shape."""

    name: str
    values: Rows
    dtype: Real | None
    core: tuple[int, ...]

    @property
    def batch(self) -> tuple[int, ...]:
        """Batch shape: all axes before the core axes."""
        return self.values.shape[: self.values.ndim - len(self.core)]


def operand(
    value: ArrayLike, core: tuple[int, ...], operation: str, name: str, *, observation: bool = False
) -> Operand:
    """Check dtype and core shape of one argument.

    Raises TypeError for a dtype that is neither float64, float32, integer nor bool, ValueError for wrong last axes. An
    integer array of observations is weak: it takes the dtype of the other operand.
    """
    weak = isinstance(value, (bool, int, float)) and not isinstance(value, np.generic)
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{operation}: {name} is not an array of numbers with one shape") from None
    kind = array.dtype.type
    vote: Real | None
    if kind is np.float64:
        vote = None if weak else FLOAT64
    elif kind is np.float32:
        vote = FLOAT32
    elif array.dtype.kind in "iub":
        vote = None if weak or (observation and isinstance(value, (np.ndarray, np.generic))) else FLOAT64
    else:
        raise TypeError(f"{operation}: {name} has dtype {array.dtype}; float64, float32 or integers are needed")
    shape = array.shape
    if core and (len(shape) < len(core) or shape[len(shape) - len(core) :] != core):
        wanted = f"axis must be {core[0]}" if len(core) == 1 else f"axes must be {core}"
        raise ValueError(f"{operation}: {name} has shape {shape}, its last {wanted}")
    return Operand(name, array.astype(np.float64), vote, core)


def result_dtype(operands: Sequence[Operand]) -> Real:
    """float32 if every operand with a vote is float32, else float64."""
    votes = {item.dtype for item in operands if item.dtype is not None}
    return FLOAT32 if votes == {FLOAT32} else FLOAT64


def broadcast_rows(operation: str, operands: Sequence[Operand]) -> tuple[tuple[int, ...], list[Rows]]:
    """Broadcast the batch axes and flatten them: the batch shape and one array (rows, *core) for each operand."""
    try:
        batch = np.broadcast_shapes(*(item.batch for item in operands))
    except ValueError:
        shapes = ", ".join(f"{item.name} {item.batch}" for item in operands)
        raise ValueError(f"{operation}: the batch axes do not broadcast: {shapes}") from None
    rows = int(np.prod(batch, dtype=np.int64))
    flat = [np.broadcast_to(item.values, batch + item.core).reshape((rows, *item.core)) for item in operands]
    return batch, flat


def rounded(values: NDArray[Any], dtype: Real) -> NDArray[Any]:
    """Round an answer to its dtype; a value beyond the range of float32 becomes infinite, as in float32 arithmetic."""
    with np.errstate(over="ignore", under="ignore"):
        return values.astype(dtype, copy=False)


def observation_axis(operation: str, batch: tuple[int, ...], axis: int) -> int:
    """The batch axis that holds the observations, counted from the front; ValueError if x has no such axis."""
    ndim = len(batch)
    if not -ndim <= axis < ndim:
        raise ValueError(f"{operation}: axis {axis} is out of range for batch shape {batch}")
    return axis % ndim


def checked_weights(operation: str, weights: ArrayLike | None, batch: tuple[int, ...], axis: int) -> Rows | None:
    """Weights in the batch shape of x.

    `weights` has one entry per observation (length of `axis`) or the batch shape of x. Raises ValueError for a shape
    that does not fit and for a weight that is negative or not finite.
    """
    if weights is None:
        return None
    values = operand(weights, (), operation, "weights").values
    if values.ndim == 1 and len(batch) != 1:
        if values.shape[0] != batch[axis]:
            raise ValueError(
                f"{operation}: weights has shape {values.shape}, axis {axis} of x has {batch[axis]} observations"
            )
        values = values.reshape([-1 if k == axis else 1 for k in range(len(batch))])
    try:
        values = np.broadcast_to(values, batch)
    except ValueError:
        raise ValueError(f"{operation}: weights has shape {values.shape}, x has batch shape {batch}") from None
    bad = ~(np.isfinite(values) & (values >= 0))
    if bad.any():
        first = int(np.flatnonzero(bad)[0])
        raise ValueError(
            f"{operation}: weights must be finite and >= 0, got {values.reshape(-1)[first]:.6g} at observation {first}"
        )
    return values


def observation_weights(
    operation: str, weights: ArrayLike | None, batch: tuple[int, ...], axis: int, event_ndim: int
) -> Rows | None:
    """`checked_weights` normalised to sum 1 along `axis`, with `event_ndim` trailing axes of length 1.

    Raises ValueError also for weights whose sum is not positive.
    """
    values = checked_weights(operation, weights, batch, axis)
    if values is None:
        return None
    # In units of the largest weight, so that the sum neither overflows nor underflows.
    largest = values.max(axis=axis, keepdims=True)
    if not (largest > 0).all():
        raise ValueError(f"{operation}: the sum of weights must be > 0")
    shares = values / largest
    normalised: Rows = shares / shares.sum(axis=axis, keepdims=True)
    return normalised.reshape(batch + (1,) * event_ndim)


def average(values: Rows, weights: Rows | None, axis: int) -> Rows:
    """Mean along `axis`, or the sum of values times normalised weights (whose trailing axes broadcast)."""
    if weights is None:
        return np.asarray(values.mean(axis=axis))
    extra = values.ndim - weights.ndim
    shape = weights.shape + (1,) * extra if extra >= 0 else weights.shape[:extra]
    weights = weights.reshape(shape)
    # An observation without weight has no part in it, not even an infinite one.
    return np.asarray(np.where(weights > 0, values * weights, 0.0).sum(axis=axis))


def extent_of_observations(x: Rows, weights: Rows | None, axis: int) -> tuple[Rows, Rows]:
    """Smallest and largest along `axis` of the observations that have a weight."""
    used = True if weights is None else np.broadcast_to(weights > 0, x.shape)
    return x.min(axis=axis, initial=np.inf, where=used), x.max(axis=axis, initial=-np.inf, where=used)


def mean_of_observations(x: Rows, weights: Rows | None, axis: int) -> Rows:
    """`average`, never outside the observations that have a weight.

    Rounding can put a mean beyond the smallest or largest of nearly equal numbers; held between them, the mean of equal
    observations is their value, and what deviates from it is exactly 0.
    """
    mean = average(x, weights, axis)
    if weights is None:  # a sum can overflow where its mean does not
        mean = np.where(np.isfinite(mean), mean, (x / x.shape[axis]).sum(axis=axis))
    return np.clip(mean, *extent_of_observations(x, weights, axis))
