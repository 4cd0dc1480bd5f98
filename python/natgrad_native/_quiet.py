"""Arithmetic whose overflow is looked at afterwards."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import numpy as np

__all__ = ["quiet"]

Arguments = ParamSpec("Arguments")
Found = TypeVar("Found")


def quiet(function: Callable[Arguments, Found]) -> Callable[Arguments, Found]:
    """The function without NumPy's warnings.

    Each call has an error state of its own, so that calls may be nested (one shared `np.errstate` is not reentrant
    before NumPy 2). It is not for calls of a user's objective, which keeps its own warnings.
    """

    @wraps(function)
    def silent(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Found:
        with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
            return function(*args, **kwargs)

    return silent
