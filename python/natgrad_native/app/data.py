"""From a table to a regression problem: one-hot columns, standardised numbers, a checked target, a held-out part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..reference.likelihood import Likelihood
from .failure import CommandError, optional_import
from .tables import Categorical, Column, Table
from .targets import encode_target

__all__ = ["Problem", "breast_cancer", "problem_from_table"]

# theta of the Gaussian posterior over D weights has D (D + 3) / 2 coordinates: 2 million at this many.
_MAX_WEIGHTS = 2000


@dataclass(frozen=True)
class Problem:
    """A regression problem, its rows split into a training and a held-out part (the latter may be empty)."""

    source: str
    X: NDArray[np.float64]
    y: NDArray[np.float64]
    X_test: NDArray[np.float64]
    y_test: NDArray[np.float64]
    columns: tuple[str, ...]
    target: str
    target_note: str = ""


def breast_cancer() -> tuple[Table, str]:
    """Scikit-learn's breast cancer data (569 rows, 30 numeric columns, 1 = benign) and the name of its target."""
    datasets = optional_import("sklearn.datasets", "the built-in data set")
    data = datasets.load_breast_cancer()
    columns: dict[str, Column] = {
        str(name): np.ascontiguousarray(data.data[:, j], dtype=np.float64) for j, name in enumerate(data.feature_names)
    }
    columns["benign"] = np.asarray(data.target, dtype=np.float64)
    return Table(source="scikit-learn breast_cancer", columns=columns, rows=int(data.data.shape[0])), "benign"


def problem_from_table(
    table: Table, target: str | None, likelihood: Likelihood, test_fraction: float, seed: int
) -> Problem:
    """Split, encode and standardise a table.

    Categorical columns become indicators of every level but the first; numeric columns are standardised with the mean
    and standard deviation of the training part, a column that is constant there becomes x - mean. The target keeps its
    units. Raises `CommandError` for a target that is absent or does not suit the likelihood.
    """
    names = ", ".join(table.columns)
    if target is None:
        raise CommandError(f"--target is needed with a data file; the columns of {table.source} are: {names}")
    if target not in table.columns:
        raise CommandError(f"no column {target!r} in {table.source}; its columns are: {names}")
    features = {name: column for name, column in table.columns.items() if name != target}
    if not features:
        raise CommandError(f"{table.source} has no column besides the target {target!r}")
    _check_width(features)
    y, note = encode_target(table.columns[target], target, likelihood)
    train, test = _split(table.rows, test_fraction, seed)
    blocks, labels = [], []
    for name, column in features.items():
        block, block_labels = _encode(name, column, train)
        blocks.append(block)
        labels += block_labels
    X = np.concatenate(blocks, axis=1)
    if X.shape[1] == 0:
        raise CommandError(f"{table.source}: every column besides the target holds one single label")
    return Problem(table.source, X[train], y[train], X[test], y[test], tuple(labels), target, note)


def _split(rows: int, test_fraction: float, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Disjoint row numbers of the training part (never empty) and the held-out part, each in the order of the file."""
    held_out = min(round(rows * test_fraction), rows - 1)
    order = np.random.default_rng(seed).permutation(rows).astype(np.intp)
    return np.sort(order[held_out:]), np.sort(order[:held_out])


def _encode(name: str, column: Column, train: NDArray[np.intp]) -> tuple[NDArray[np.float64], list[str]]:
    if isinstance(column, Categorical):
        others = range(1, len(column.levels))
        block = np.empty((column.codes.size, len(others)))
        for j in others:
            block[:, j - 1] = column.codes == j
        return block, [f"{name}={column.levels[j]}" for j in others]
    # In units of the largest entry, so that neither the mean nor the squares overflow or underflow.
    unit = float(np.abs(column).max()) or 1.0
    scaled = column / unit
    part = scaled[train]
    mean = part.mean()
    deviation = float(np.sqrt(np.mean((part - mean) ** 2)))
    # The mean of n equal numbers is off by a few eps: such a deviation is rounding, not spread.
    if deviation <= 8 * np.finfo(np.float64).eps or np.ptp(part) == 0:
        deviation = 1.0
        mean = part[0]
    return ((scaled - mean) / deviation)[:, None], [name]


def _check_width(features: dict[str, Column]) -> None:
    widths = {name: len(c.levels) - 1 if isinstance(c, Categorical) else 1 for name, c in features.items()}
    total = sum(widths.values())
    if total > _MAX_WEIGHTS:
        widest = max(widths, key=lambda name: widths[name])
        raise CommandError(
            f"{total} columns after one-hot encoding; a full-covariance posterior is compared up to {_MAX_WEIGHTS}"
            + (f" (column {widest!r} alone has {widths[widest] + 1} labels: drop it?)" if widths[widest] > 1 else "")
        )
