"""The data of a generalised linear model: checked once, then read in blocks of rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from .arrays import Rows

__all__ = ["checked_design", "checked_precisions", "checked_sample_weight", "row_blocks"]

# A weighted copy of a block is all the memory that a pass over the data needs.
BLOCK_ROWS = 4096


def checked_design(X: ArrayLike) -> Rows:
    """X as finite float64 of shape (rows, columns), C order; errors name the row and the column."""
    given = np.asarray(X)
    if given.dtype.kind not in "biuf":
        raise TypeError(f"X must hold numbers, got dtype {given.dtype}")
    if given.ndim != 2:
        raise ValueError(f"X must have shape (rows, columns), got shape {given.shape}")
    if given.shape[0] == 0:
        raise ValueError(f"X has no rows (shape {given.shape})")
    design = np.ascontiguousarray(given, dtype=np.float64)
    if not np.isfinite(design).all():
        row, column = np.argwhere(~np.isfinite(design))[0]
        raise ValueError(f"X: row {row}, column {column} must be finite (no NaN, no inf), got {design[row, column]}")
    return design


def checked_sample_weight(sample_weight: ArrayLike | None, rows: int) -> Rows:
    """One weight per row, finite and >= 0, not all 0; ones where there are none."""
    if sample_weight is None:
        return np.ones(rows)
    weight = np.asarray(sample_weight, dtype=np.float64)
    if weight.shape != (rows,):
        raise ValueError(f"sample_weight must have shape ({rows},), got {weight.shape}")
    bad = ~(np.isfinite(weight) & (weight >= 0))
    if bad.any():
        raise ValueError(f"sample_weight: row {bad.argmax()} must be finite and >= 0, got {weight[bad.argmax()]:.6g}")
    if not weight.any():
        raise ValueError("sample_weight is zero in every row")
    return weight


def checked_precisions(value: ArrayLike, columns: int, name: str) -> Rows:
    """Prior precisions (columns,), finite and > 0, from a number or one per column."""
    precision = np.asarray(value, dtype=np.float64)
    if precision.shape not in {(), (columns,)}:
        raise ValueError(f"{name} must be a number or one per column ({columns}), got shape {precision.shape}")
    bad = ~(np.isfinite(precision) & (precision > 0))
    if bad.any():
        raise ValueError(f"{name} must be finite and > 0, got {precision.flat[bad.argmax()]:.6g}")
    return np.broadcast_to(precision, (columns,)).copy()


def row_blocks(X: Rows, fit_intercept: bool) -> Iterator[tuple[slice, Rows]]:
    """Blocks of rows of X, with the column of ones when there is an intercept."""
    for start in range(0, len(X), BLOCK_ROWS):
        block = slice(start, min(start + BLOCK_ROWS, len(X)))
        yield block, np.column_stack([X[block], np.ones(block.stop - start)]) if fit_intercept else X[block]
