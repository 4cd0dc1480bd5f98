"""Paths of the update rules on a problem small enough to draw: a Normal fitted by maximum likelihood."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import natgrad_native as ng

from .results import Floats
from .rules import update_rule

__all__ = ["Paths", "normal_paths"]

# Where the rules start, and two observations with mean 0.5 and variance 0.2. With these the axes of theta have similar
# ranges, so that the panel can be drawn to scale and right angles are seen as such.
_START = {"mean": -0.7, "variance": 0.2}
_DATA = 0.5 + math.sqrt(0.2) * np.array([-1.0, 1.0])
# Small steps show the curves the rules follow; gradient descent's step has other units, and 0.5 is near its largest.
_STEP_OF_UNIT_RULES, _STEP_OF_OTHERS = 0.05, 0.5


@dataclass(frozen=True)
class Paths:
    """Iterates in theta by rule, each of shape (steps + 1, 2), with the step size; the family and the best theta."""

    family: Any
    best: Floats
    iterates: dict[str, Floats]
    step_sizes: dict[str, float]


def normal_paths(rules: Sequence[str], steps: int = 160) -> Paths:
    """Each rule from the same start with a constant step size."""
    family = ng.Normal()
    start, best = family.natural_from_standard(**_START), family.maximum_likelihood(_DATA)
    objective = ng.objectives.LogLikelihood(family, _DATA)
    iterates, sizes = {}, {}
    for rule in rules:
        sizes[rule] = _STEP_OF_UNIT_RULES if update_rule(rule).unit_step else _STEP_OF_OTHERS
        iterates[rule] = _walk(objective, start, rule, sizes[rule], steps)
    return Paths(family, best, iterates, sizes)


def _walk(objective: Any, start: Floats, rule: str, step_size: float, steps: int) -> Floats:
    result = ng.maximize(
        objective,
        objective.family,
        start,
        rule=rule,
        step_size=step_size,
        tol=0.0,
        max_iter=steps,
        return_iterates=True,
    )
    return np.asarray(result.iterates)
