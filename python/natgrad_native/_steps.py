"""Steps along the direction of an update rule: the state of a run, trials, and steps of a given size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ._evaluate import Evaluator, Index, Rows, converted
from ._isolate import isolate
from ._quiet import quiet
from ._rules import Rule

__all__ = [
    "ACCEPTED",
    "CONTRADICTED",
    "NOT_FINITE",
    "STEP_SIZES",
    "TOO_SMALL",
    "Given",
    "Problem",
    "Step",
    "StepSize",
    "Trial",
    "accept",
    "attempt",
    "checked_step_size",
    "divergence",
    "full_gain",
    "gain_of_rounding",
]

# Directions in which the rounding of a point is tried.
ROUNDING_PROBES = 4
STEP_SIZES = "a number, a schedule or 'backtracking'"
ACCEPTED, NOT_FINITE, CONTRADICTED, TOO_SMALL = range(4)


@dataclass
class Problem:
    """The state of a run: every row's point, value and direction (the gradient in the rule's coordinates)."""

    family: Any
    rule: Rule
    evaluate: Evaluator
    points: Rows
    values: Rows
    directions: Rows


@dataclass
class Step:
    """What one iteration found for the rows it worked on; rows that were not accepted keep their point."""

    outcome: NDArray[np.int64]
    points: Rows
    values: Rows
    directions: Rows
    step_size: Rows
    kl: Rows

    @classmethod
    def empty(cls, problem: Problem, index: Index) -> Step:
        return cls(
            np.full(index.size, TOO_SMALL),
            problem.points[index],
            problem.values[index],
            problem.directions[index],
            np.zeros(index.size),
            np.zeros(index.size),
        )


@dataclass
class Trial:
    """Candidates of some rows and the objective there; a row that is not usable has the old point.

    `inside` are the rows with a candidate in the domain, `usable` those of them where the objective is finite.
    """

    points: Rows
    values: Rows
    directions: Rows
    step_size: Rows
    inside: NDArray[np.bool_]
    usable: NDArray[np.bool_]

    def some(self, chosen: NDArray[Any]) -> Trial:
        """Its rows `chosen`, by mask or index."""
        fields = (self.points, self.values, self.directions, self.step_size, self.inside, self.usable)
        return Trial(*(values[chosen] for values in fields))


def attempt(problem: Problem, index: Index, step_size: Rows) -> Trial:
    """Take the step in the rows `index` and evaluate the objective there."""
    old = problem.points[index]
    points, used = problem.rule(problem.family, old, problem.directions[index], step_size)
    values, directions = np.full(index.size, -np.inf), np.zeros_like(problem.directions[index])
    usable = np.zeros(index.size, dtype=np.bool_)
    candidate = np.asarray(np.isfinite(points).all(axis=-1))
    inside = np.flatnonzero(candidate)
    if inside.size:
        values[inside], gradients = problem.evaluate.trial(points[inside], index[inside], problem.points)
        good = np.isfinite(values[inside]) & np.isfinite(gradients).all(axis=-1)
        usable[inside] = good
        directions[usable] = problem.evaluate.directions(points[usable], gradients[good])
    return Trial(np.where(usable[:, None], points, old), values, directions, used, candidate, usable)


class StepSize(Protocol):
    """How a run finds its steps; `searches` tells whether the size is its own choice or the caller's."""

    searches: bool

    def step(self, problem: Problem, iteration: int, index: Index) -> Step:
        """One step of the rows `index` along their directions."""


class Given:
    """A number, or a schedule t -> beta with t from 1; the step is shortened only where it would leave the domain."""

    searches = False

    def __init__(self, operation: str, schedule: Callable[[int], float]) -> None:
        self.operation = operation
        self.schedule = schedule

    def step(self, problem: Problem, iteration: int, index: Index) -> Step:
        beta = checked_step_size(self.operation, self.schedule(iteration), f" at iteration {iteration}")
        step = Step.empty(problem, index)
        trial = attempt(problem, index, np.full(index.size, beta))
        step.outcome[trial.inside & ~trial.usable] = NOT_FINITE
        good = np.flatnonzero(trial.usable)
        taken = trial.some(good)
        accept(step, good, taken, divergence(problem.family, taken.points, problem.points[index[good]]))
        return step


def checked_step_size(operation: str, value: Any, where: str = "") -> float:
    """A step size as a float; TypeError if it is no number, ValueError unless it is finite and > 0."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{operation}: step_size must be {STEP_SIZES}, got {value!r}{where}") from None
    if not (np.isfinite(number) and number > 0):
        raise ValueError(f"{operation}: step_size must be finite and > 0, got {value!r}{where}")
    return number


def divergence(family: Any, p: Rows, q: Rows) -> Rows:
    """KL(p || q) of each row, infinite where it cannot be represented."""

    def kl(p: Rows, q: Rows) -> tuple[Rows]:
        return (np.asarray(family.kl_divergence(p, q), dtype=np.float64),)

    (found,) = isolate(kl, lambda p, q: (np.full(1, np.inf),), p, q)
    return found


@quiet
def full_gain(problem: Problem, points: Rows, directions: Rows) -> Rows:
    """<g, F^-1 g> = <grad_mu, F grad_mu>: the first-order gain of a full natural-gradient step, twice its KL."""
    family = problem.family
    convert = family.fisher_solve if problem.rule.gradient_in == "natural" else family.fisher_multiply
    gain: Rows = (directions * converted(convert, points, directions)).sum(axis=-1)
    return gain


@quiet
def gain_of_rounding(family: Any, points: Rows) -> Rows:
    """The mean of <r, F r> over a few r with components +-eps theta: twice the KL that rounding the point makes."""
    signs = np.random.default_rng(0).choice([-1.0, 1.0], size=(ROUNDING_PROBES, 1, points.shape[-1]))
    moves = (np.finfo(points.dtype).eps * points * signs).astype(points.dtype)
    quadratic = [(move * converted(family.fisher_multiply, points, move)).sum(axis=-1) for move in moves]
    return np.asarray(np.nan_to_num(np.mean(quadratic, axis=0), nan=0.0, posinf=0.0))


def accept(step: Step, rows: Index, taken: Trial, kl: Rows) -> None:
    """Enter the trials `taken` as the step of `rows`."""
    step.outcome[rows] = ACCEPTED
    step.points[rows], step.values[rows] = taken.points, taken.values
    step.directions[rows], step.step_size[rows], step.kl[rows] = taken.directions, taken.step_size, kl
