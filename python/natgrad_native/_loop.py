"""The one loop behind `maximize` and `minimize`, over the rows of a batch, each with its own step, stop and status."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._evaluate import Rows
from ._steps import ACCEPTED, CONTRADICTED, NOT_FINITE, TOO_SMALL, Problem, StepSize, full_gain, gain_of_rounding

__all__ = ["MESSAGES", "RUNNING", "Run"]

RUNNING, CONVERGED, ITERATION_LIMIT, STOPPED, NOT_USABLE, NO_STEP, STEP_TOO_SMALL = range(-1, 6)
MESSAGES = {
    RUNNING: "running",
    CONVERGED: "converged: the KL divergence of the last step, or the increase still possible, is below its tolerance",
    ITERATION_LIMIT: "stopped at max_iter without convergence",
    STOPPED: "stopped by the callback",
    NOT_USABLE: "the objective, its gradient, or the direction found from it is not finite; x is the last good point",
    NO_STEP: "no step along the gradient improves the objective: check the gradient, its gradient_in and its rounding",
    STEP_TOO_SMALL: "the step became too small: shorter and shorter steps left the domain, overshot, or gained less "
    "than the rounding of the objective; x is the last good point",
}
_STATUS_OF = {NOT_FINITE: NOT_USABLE, CONTRADICTED: NO_STEP, TOO_SMALL: STEP_TOO_SMALL}
# A full step that promises less than FLOOR * eps * |L|, the rounding of a long sum, leaves nothing to find.
FLOOR = 1e4
# Nor does one that promises less than POINT_FLOOR times what the rounding of theta costs: no float is much nearer. But
# where that is more than POINT_LIMIT nats, floats cannot hold the optimum, and the row is no success.
POINT_FLOOR, POINT_LIMIT = 4, 1e-3


@dataclass
class Run:
    """A run and its trace; every list has one entry per iteration."""

    problem: Problem
    steps: StepSize
    tol: float
    status: NDArray[np.int64] = field(init=False)
    iterations: NDArray[np.int64] = field(init=False)
    trace: dict[str, list[Any]] = field(init=False)
    began: float = field(init=False)

    def __post_init__(self) -> None:
        self.began = time.perf_counter()
        rows = len(self.problem.points)
        self.iterations = np.zeros(rows, dtype=np.int64)
        self.status = np.where(np.isfinite(self.problem.values), RUNNING, NOT_USABLE)
        self.trace = {"fun": [], "step_size": [], "kl": [], "seconds": [], "evaluations": []}

    def advance(self, max_iter: int, watch: Callable[[int], bool]) -> None:
        """Iterate until no row is running; `watch(iteration)` returning True stops those that are."""
        for iteration in range(1, max_iter + 1):
            index = np.flatnonzero(self.status == RUNNING)
            if not index.size or not self._iterate(iteration, index):
                return
            if watch(iteration):
                self.status[self.status == RUNNING] = STOPPED
        self.status[self.status == RUNNING] = ITERATION_LIMIT

    def _iterate(self, iteration: int, index: NDArray[np.intp]) -> bool:
        """One step of the running rows; False if no row could be moved."""
        problem = self.problem
        usable = np.isfinite(problem.directions[index]).all(axis=-1)
        self.status[index[~usable]] = NOT_USABLE
        index = index[usable]
        step = self.steps.step(problem, iteration, index)
        accepted = step.outcome == ACCEPTED
        moved, stuck = index[accepted], index[~accepted]
        problem.points[moved], problem.values[moved] = step.points[accepted], step.values[accepted]
        problem.directions[moved] = step.directions[accepted]
        self.iterations[moved] += 1
        self.status[stuck] = [_STATUS_OF[int(outcome)] for outcome in step.outcome[~accepted]]
        if self.steps.searches:
            self.status[stuck[self._at_floor(stuck)]] = CONVERGED
        self.status[moved[self._settled(moved, step.kl[accepted])]] = CONVERGED
        if not moved.size:
            return False
        self._record(index, step.step_size, step.kl)
        return True

    def _at_floor(self, index: NDArray[np.intp]) -> NDArray[np.bool_]:
        """For which rows without a step even a full one promises no more than the tolerance, or rounding."""
        problem = self.problem
        points, directions = problem.points[index], problem.directions[index]
        gain = full_gain(problem, points, directions)
        rounding = FLOOR * np.finfo(points.dtype).eps * np.abs(problem.values[index])
        rounding = np.maximum(rounding, np.minimum(POINT_FLOOR * gain_of_rounding(problem.family, points), POINT_LIMIT))
        return np.asarray((gain >= 0) & (gain <= np.maximum(2 * self.tol, rounding)))

    def _settled(self, index: NDArray[np.intp], kl: Rows) -> NDArray[np.bool_]:
        """Which of the rows just moved have converged: KL < tol, after a search also that of a full natural step.

        A step that a search made short is no sign of an optimum: KL falls like beta^2.
        """
        settled = kl < self.tol
        if self.steps.searches and settled.any():
            problem, rows = self.problem, index[settled]
            gain = full_gain(problem, problem.points[rows], problem.directions[rows])
            settled[settled] = (gain >= 0) & (0.5 * gain < self.tol)  # a negative one is rounding of a singular F
        return settled

    def _record(self, index: NDArray[np.intp], step_size: Rows, kl: Rows) -> None:
        entries = {"step_size": step_size, "kl": kl}
        for name, values in entries.items():
            whole = np.zeros(self.status.size)
            whole[index] = values
            self.trace[name].append(whole)
        self.trace["fun"].append(self.problem.evaluate.sign * self.problem.values)
        self.trace["seconds"].append(time.perf_counter() - self.began)
        self.trace["evaluations"].append(self.problem.evaluate.evaluations.copy())
