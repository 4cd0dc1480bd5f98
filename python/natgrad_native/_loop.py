"""The one loop behind `maximize` and `minimize`, over the rows of a batch, each with its own step, stop and status."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._evaluate import Rows
from ._steps import ACCEPTED, AT_FLOOR, NOT_FINITE, Problem, StepSize, full_gain

__all__ = ["MESSAGES", "RUNNING", "Run"]

RUNNING, CONVERGED, ITERATION_LIMIT, STOPPED, BAD_OBJECTIVE, NO_STEP = -1, 0, 1, 2, 3, 4
MESSAGES = {
    RUNNING: "running",
    CONVERGED: "converged: the KL divergence of the last step, or the increase still possible, is below its tolerance",
    ITERATION_LIMIT: "stopped at max_iter without convergence",
    STOPPED: "stopped by the callback",
    BAD_OBJECTIVE: "the objective or its gradient is not finite; x is the last good point",
    NO_STEP: "no step along the gradient improves the objective: check the gradient and its gradient_in",
}
_STATUS_OF = {AT_FLOOR: CONVERGED, NOT_FINITE: BAD_OBJECTIVE}


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
        usable = np.isfinite(self.problem.values) & np.isfinite(self.problem.gradients).all(axis=-1)
        self.status = np.where(usable, RUNNING, BAD_OBJECTIVE)
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
        direction = problem.evaluate.direction(problem.points[index], problem.gradients[index])
        step = self.steps.step(problem, iteration, index, direction)
        accepted = step.outcome == ACCEPTED
        moved = index[accepted]
        problem.points[moved], problem.values[moved] = step.points[accepted], step.values[accepted]
        problem.gradients[moved] = step.gradients[accepted]
        self.iterations[moved] += 1
        for row, outcome in zip(index[~accepted], step.outcome[~accepted], strict=True):
            self.status[row] = _STATUS_OF.get(int(outcome), NO_STEP)
        self.status[moved[self._settled(moved, step.kl[accepted])]] = CONVERGED
        if not moved.size:
            return False
        self._record(index, step.step_size, step.kl)
        return True

    def _settled(self, index: NDArray[np.intp], kl: Rows) -> NDArray[np.bool_]:
        """Which of the rows just moved have converged: KL < tol, after a search also that of a full natural step.

        A step that a search made short is no sign of an optimum: KL falls like beta^2.
        """
        settled = kl < self.tol
        if self.steps.searches and settled.any():
            problem, rows = self.problem, index[settled]
            direction = problem.evaluate.direction(problem.points[rows], problem.gradients[rows])
            settled[settled] = 0.5 * full_gain(problem, rows, direction) < self.tol
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
