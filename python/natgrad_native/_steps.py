"""Step sizes: one accepted step for each row of a batch, of a given size or of one found by the objective."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ._evaluate import Evaluator, Index, Rows
from ._rules import Rule

__all__ = ["Backtracking", "Given", "Problem", "Step", "StepSize", "full_gain"]

# Sufficient increase: gain >= INCREASE * KL / beta. A step for which -L is 1/beta-smooth relative to A* (Lu, Freund &
# Nesterov 2018) gains at least KL(q_t || q_new) / beta; for small steps it gains 2 KL / beta to first order.
INCREASE = 0.3
SHRINK = 0.4
GROW = 1.5
MAX_SHRINKS = 120
# A search ends when the first-order gain is below ROUNDING * eps * |L|. It has converged if the full step promised no
# more than FLOOR * eps * |L|, the rounding of a long sum; otherwise no step increases the objective.
ROUNDING = 4
FLOOR = 1e4

ACCEPTED, AT_FLOOR, NOT_FINITE, NO_INCREASE = range(4)


@dataclass
class Problem:
    """The state of a run: every row's point, value and gradient."""

    family: Any
    rule: Rule
    evaluate: Evaluator
    points: Rows
    values: Rows
    gradients: Rows


@dataclass
class Step:
    """What one iteration found for the rows it worked on; rows that were not accepted keep their point."""

    outcome: NDArray[np.int64]
    points: Rows
    values: Rows
    gradients: Rows
    step_size: Rows
    kl: Rows

    @classmethod
    def empty(cls, problem: Problem, index: Index) -> Step:
        return cls(
            np.full(index.size, NO_INCREASE),
            problem.points[index],
            problem.values[index],
            problem.gradients[index],
            np.zeros(index.size),
            np.zeros(index.size),
        )


@dataclass
class Trial:
    """Candidates of some rows, none outside the domain, and the objective there."""

    points: Rows
    values: Rows
    gradients: Rows
    step_size: Rows
    usable: NDArray[np.bool_]


def attempt(problem: Problem, index: Index, direction: Rows, step_size: Rows) -> Trial:
    """Take the step in the rows `index` and evaluate the objective there."""
    candidate, used = problem.rule(problem.family, problem.points[index], direction, step_size)
    values, gradients = problem.evaluate.trial(candidate, index, problem.points)
    usable = np.isfinite(values) & np.isfinite(gradients).all(axis=-1)
    return Trial(candidate, values, gradients, used, usable)


class StepSize(Protocol):
    """How a run finds its steps; `searches` tells whether the size is its own choice or the caller's."""

    searches: bool

    def step(self, problem: Problem, iteration: int, index: Index, direction: Rows) -> Step:
        """One step of the rows `index` along `direction`."""


class Given:
    """A number, or a schedule t -> beta with t from 1; the step is shortened only where it would leave the domain."""

    searches = False

    def __init__(self, schedule: Callable[[int], float]) -> None:
        self.schedule = schedule

    def step(self, problem: Problem, iteration: int, index: Index, direction: Rows) -> Step:
        beta = float(self.schedule(iteration))
        if not (np.isfinite(beta) and beta > 0):
            raise ValueError(f"step_size must be finite and > 0, got {beta!r} at iteration {iteration}")
        step = Step.empty(problem, index)
        trial = attempt(problem, index, direction, np.full(index.size, beta))
        step.outcome[~trial.usable] = NOT_FINITE
        good = np.flatnonzero(trial.usable)
        old = problem.points[index[good]]
        _accept(step, good, trial, good, np.asarray(problem.family.kl_divergence(trial.points[good], old)))
        return step


class Backtracking:
    """What the objective allows: each row tries its last step enlarged, then less, until it gains enough."""

    searches = True

    def __init__(self) -> None:
        self.last: Rows | None = None

    def step(self, problem: Problem, iteration: int, index: Index, direction: Rows) -> Step:
        if self.last is None:
            self.last = np.ones(len(problem.points))
            self.last[index] = _first_step(problem, index, direction) / GROW
        beta = self.last[index] * GROW
        if problem.rule.unit_step:
            beta = np.minimum(beta, 1.0)
        step = Step.empty(problem, index)
        pending = np.arange(index.size)
        for _ in range(MAX_SHRINKS):
            trial = attempt(problem, index[pending], direction[pending], beta)
            enough, first_order, kl = _judge(problem, index[pending], direction[pending], trial)
            _accept(step, pending[enough], trial, np.flatnonzero(enough), kl[enough])
            rounding = np.finfo(problem.points.dtype).eps * np.abs(problem.values[index[pending]])
            hopeless = trial.usable & ~enough & (first_order <= ROUNDING * rounding)
            if hopeless.any():
                last = pending[hopeless]
                floor = full_gain(problem, index[last], direction[last]) <= FLOOR * rounding[hopeless]
                step.outcome[last[floor]] = AT_FLOOR
            more = ~(enough | hopeless)
            pending, beta = pending[more], trial.step_size[more] * SHRINK
            if not pending.size:
                break
        accepted = step.outcome == ACCEPTED
        self.last[index[accepted]] = step.step_size[accepted]
        return step


def full_gain(problem: Problem, index: Index, direction: Rows) -> Rows:
    """<g, F^-1 g> = <grad_mu, F grad_mu>: the first-order gain of a full natural-gradient step, twice its KL."""
    family, points = problem.family, problem.points[index]
    convert = family.fisher_solve if problem.rule.gradient_in == "natural" else family.fisher_multiply
    return np.asarray((direction * np.asarray(convert(points, direction))).sum(axis=-1))


def _accept(step: Step, rows: Index, trial: Trial, chosen: Index, kl: Rows) -> None:
    step.outcome[rows] = ACCEPTED
    step.points[rows], step.values[rows] = trial.points[chosen], trial.values[chosen]
    step.gradients[rows], step.step_size[rows], step.kl[rows] = trial.gradients[chosen], trial.step_size[chosen], kl


def _first_step(problem: Problem, index: Index, direction: Rows) -> Rows:
    """1 for a rule whose full step is 1; else <g, g> / <g, F g>, the exact line search for a curvature of F."""
    if problem.rule.unit_step:
        return np.ones(index.size)
    square = np.square(direction).sum(axis=-1)
    image = np.asarray(problem.family.fisher_multiply(problem.points[index], direction))
    curvature = (direction * image).sum(axis=-1)
    first: Rows = np.divide(square, curvature, out=np.ones(index.size), where=curvature > 0)
    return first


def _judge(problem: Problem, index: Index, direction: Rows, trial: Trial) -> tuple[NDArray[np.bool_], Rows, Rows]:
    """Which candidates gain enough, what they gain to first order, and KL(new || old).

    Where beta = 1 is the full step, what is promised is the smaller of the two divergences over beta: one of them may
    be huge when the distribution becomes much wider or narrower. Otherwise it is half the first-order gain <g, new -
    old>.
    """
    family, old, value, beta = problem.family, problem.points[index], problem.values[index], trial.step_size
    gain = np.where(trial.usable, trial.values - value, -np.inf)
    spent = np.asarray(family.kl_divergence(trial.points, old), dtype=np.float64)
    if problem.rule.unit_step:
        reverse = spent.copy()
        short = ~(gain >= INCREASE * spent / beta)
        if short.any():
            reverse[short] = family.kl_divergence(old[short], trial.points[short])
        promised, first_order = np.minimum(spent, reverse) / beta, (spent + reverse) / beta
    else:
        first_order = (direction * (trial.points - old)).sum(axis=-1)
        promised = 0.5 * first_order
    enough = (gain > 0) & (gain >= INCREASE * promised)
    return enough, first_order, spent
