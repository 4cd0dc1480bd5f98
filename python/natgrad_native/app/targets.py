"""The target column as the numbers a likelihood expects."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..reference.likelihood import Likelihood, make_likelihood
from .failure import CommandError
from .tables import Categorical, Column

__all__ = ["encode_target", "likelihood_of", "takes_labels"]

Target = tuple[NDArray[np.float64], str]


def likelihood_of(name: str, **parameters: float) -> Likelihood:
    """The reference likelihood of that name; ValueError for a parameter it does not have."""
    return make_likelihood(name, **parameters)


def takes_labels(likelihood: Likelihood) -> bool:
    """Whether the likelihood's only targets are 0 and 1, so that any two labels can stand for them."""
    probe = np.array([0.0, 1.0, 0.5, 2.0])
    good = np.ones(4, dtype=bool)
    for mask, _ in likelihood.target_conditions(probe):
        good = good & mask
    return good.tolist() == [True, True, False, False]


def encode_target(column: Column, name: str, likelihood: Likelihood) -> Target:
    """The target as float64, and a note saying how labels were read ("" for plain numbers).

    A likelihood of 0 and 1 takes 0/1, bool or two labels (the second in sorted order is 1; a lone label is 1); every
    other one takes the numbers its `target_conditions` admit. Raises `CommandError` naming the column, and the data row
    (from 1) where one row is at fault.
    """
    values, note = _labels(column, name) if takes_labels(likelihood) else (_numbers(column, name), "")
    for good, condition in likelihood.target_conditions(values):
        if not good.all():
            row = int(np.argmin(good))
            raise CommandError(f"target column {name!r}, row {row + 1}: {condition}, got {values[row]:.6g}")
    return values, note


def _labels(column: Column, name: str) -> Target:
    if not isinstance(column, Categorical):
        values, codes = np.unique(column, return_inverse=True)
        if np.isin(values, (0.0, 1.0)).all():
            return column, ""
        levels = tuple(f"{value:g}" for value in values)
    elif not column.text:
        return _numbers(column, name), ""
    else:
        levels, codes = column.levels, column.codes
    if len(levels) > 2:
        shown = ", ".join(levels[:5]) + (", ..." if len(levels) > 5 else "")
        raise CommandError(
            f"target column {name!r} holds {len(levels)} values ({shown}); 0/1, bool or two labels are needed"
        )
    if len(levels) == 1:
        return np.ones(codes.size), f"{name}: 1 = {levels[0]} (the only label)"
    return codes.astype(np.float64), f"{name}: 1 = {levels[1]}, 0 = {levels[0]}"


def _numbers(column: Column, name: str) -> NDArray[np.float64]:
    if not isinstance(column, Categorical):
        return column
    if not column.text:
        return np.array([level == "true" for level in column.levels], dtype=np.float64)[column.codes]
    row = next((i for i, code in enumerate(column.codes) if not _is_number(column.levels[code])), 0)
    raise CommandError(
        f"target column {name!r} holds text ({column.levels[column.codes[row]]!r} in row {row + 1}), not numbers"
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
