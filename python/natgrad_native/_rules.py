"""The update rule of a given name, for native and for reference families alike."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import _registry
from ._evaluate import Rows
from ._isolate import isolate
from .reference.family import Family
from .reference.update import HALVINGS, build

__all__ = ["Rule", "find_rule"]


@dataclass(frozen=True)
class Rule:
    """An update rule: its public function, the coordinates of its gradient, and whether beta = 1 is its full step."""

    function: Callable[..., Any]
    gradient_in: str
    unit_step: bool

    def __call__(self, family: Any, theta: Rows, gradient: Rows, step_size: Rows) -> tuple[Rows, Rows]:
        """The new rows and the step each took, which is smaller where the whole one would leave the domain.

        A row without any step inside the domain is NaN; its step is the smallest that was tried.
        """

        def move(point: Rows, slope: Rows, beta: Rows) -> tuple[Rows, Rows]:
            moved, used = self.function(family, point, slope, beta, out_of_domain="shrink", return_step=True)
            return np.asarray(moved), np.asarray(used, dtype=np.float64)

        def stuck(point: Rows, slope: Rows, beta: Rows) -> tuple[Rows, Rows]:
            return np.full_like(point, np.nan), beta.astype(np.float64) * 0.5**HALVINGS

        moved, used = isolate(
            move, stuck, theta, gradient.astype(theta.dtype, copy=False), step_size.astype(theta.dtype)
        )
        return moved, used


def find_rule(operation: str, family: Any, name: str) -> Rule:
    """The rule registered under `name`, in the implementation of the family; ValueError for an unknown name."""
    known = _registry.names("update")
    if name not in known:
        raise ValueError(f"{operation}: rule must be one of {', '.join(known)}; got {name!r}")
    stated = build(name)
    native = not isinstance(family, Family)
    function = getattr(importlib.import_module("natgrad_native.updates"), name) if native else stated
    return Rule(function, stated.gradient_in, stated.unit_step)
