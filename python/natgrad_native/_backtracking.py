"""Step sizes found by the objective: each row tries a step, and shortens it until it gains enough."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._curvature import Curvature, SpectralStep, measure
from ._evaluate import Index, Rows, converted
from ._quiet import quiet
from ._steps import ACCEPTED, CONTRADICTED, Problem, Step, Trial, accept, attempt, divergence

__all__ = ["Backtracking"]

# Sufficient increase: gain >= INCREASE * KL / beta. A step for which -L is 1/beta-smooth relative to A* (Lu, Freund &
# Nesterov 2018) gains at least KL(q_t || q_new) / beta; for small steps it gains 2 KL / beta to first order.
INCREASE = 0.3
# A rejected step is shortened to where its slope would vanish, within these bounds; by SHRINK where that is not known.
SHRINK = 0.4
SHRINK_BOUNDS = 0.1, 0.5
MAX_SHRINKS = 120
# A search ends when the first-order gain is below ROUNDING * eps * |L|. Gains above RESOLVED * eps * |L| can be told
# from rounding: they are evidence for or against the gradient.
ROUNDING = 4
RESOLVED = 64


class Backtracking:
    """What the objective allows: the step that the curvature suggests, then less, until a row gains enough."""

    searches = True

    def __init__(self) -> None:
        self.next: Rows | None = None
        self.spectral = SpectralStep(0)

    def step(self, problem: Problem, iteration: int, index: Index) -> Step:
        if self.next is None:
            self.spectral = SpectralStep(len(problem.points))
            self.next = np.ones(len(problem.points))
            self.next[index] = _first_step(problem, index)
        beta = self.next[index]
        step = Step.empty(problem, index)
        pending = np.arange(index.size)
        agrees, disagrees = np.zeros(index.size, dtype=np.bool_), np.zeros(index.size, dtype=np.bool_)
        for _ in range(MAX_SHRINKS):
            rows = index[pending]
            trial = attempt(problem, rows, beta)
            curvature = measure(problem, problem.points[rows], trial)
            enough, first_order, kl = _judge(problem, rows, trial)
            taken = trial.some(enough)
            accept(step, pending[enough], taken, kl[enough])
            self.next[rows[enough]] = self.spectral.after(problem, rows[enough], taken, curvature.some(enough))
            rounding = np.finfo(problem.points.dtype).eps * np.abs(problem.values[rows])
            resolved = trial.usable & np.isfinite(first_order) & (first_order > RESOLVED * rounding)
            explained = _explained(problem, rows, trial, curvature)
            agrees[pending] |= resolved & explained
            disagrees[pending] |= resolved & ~explained
            more = ~enough & ~(trial.usable & (first_order <= ROUNDING * rounding))
            secant = np.where(trial.usable, curvature.secant(), np.inf)
            shorter = np.where(np.isfinite(secant), np.clip(secant, *SHRINK_BOUNDS), SHRINK)
            pending, beta = pending[more], (trial.step_size * shorter)[more]
            if not pending.size:
                break
        step.outcome[(step.outcome != ACCEPTED) & disagrees & ~agrees] = CONTRADICTED
        return step


@quiet
def _first_step(problem: Problem, index: Index) -> Rows:
    """1 for a rule whose full step is 1; else <g, g> / <g, F g>, the exact line search for a curvature of F."""
    if problem.rule.unit_step:
        return np.ones(index.size)
    direction = problem.directions[index]
    square = np.square(direction).sum(axis=-1)
    curvature = (direction * converted(problem.family.fisher_multiply, problem.points[index], direction)).sum(axis=-1)
    first: Rows = np.divide(square, curvature, out=np.ones(index.size), where=(curvature > 0) & np.isfinite(curvature))
    return first


@quiet
def _judge(problem: Problem, index: Index, trial: Trial) -> tuple[NDArray[np.bool_], Rows, Rows]:
    """Which candidates gain enough, what they gain to first order, and KL(new || old).

    Where beta = 1 is the full step, what is promised is the smaller of the two divergences over beta: one of them may
    be huge when the distribution becomes much wider or narrower. Otherwise it is half the first-order gain <g, new -
    old>.
    """
    family, old, value, beta = problem.family, problem.points[index], problem.values[index], trial.step_size
    gain = np.where(trial.usable, trial.values - value, -np.inf)
    spent = divergence(family, trial.points, old)
    if problem.rule.unit_step:
        reverse = spent.copy()
        short = ~(gain >= INCREASE * spent / beta)
        if short.any():
            reverse[short] = divergence(family, old[short], trial.points[short])
        promised, first_order = np.minimum(spent, reverse) / beta, (spent + reverse) / beta
    else:
        first_order = (problem.directions[index] * (trial.points - old)).sum(axis=-1)
        promised = 0.5 * first_order
    enough = (gain > 0) & (gain >= INCREASE * promised)
    return enough, first_order, spent


@quiet
def _explained(problem: Problem, index: Index, trial: Trial, curvature: Curvature) -> NDArray[np.bool_]:
    """Whether the gradients at both ends account for what a trial lost, within a factor of two.

    Then the step was too long for the curvature. A gradient that is wrong does not account for it, however short.
    """
    gain, expected = trial.values - problem.values[index], curvature.gain(trial.step_size)
    explained = np.abs(gain - expected) <= 0.5 * np.maximum(np.abs(gain), np.abs(expected))
    return np.asarray(explained | ~np.isfinite(expected))
