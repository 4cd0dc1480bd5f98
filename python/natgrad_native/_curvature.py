"""The curvature that a trial step reveals, and the step size it suggests for the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._evaluate import Index, Rows, converted
from ._quiet import quiet
from ._steps import Problem, Trial, full_gain

__all__ = ["GROW_MOST", "Curvature", "SpectralStep", "measure"]

# A step is at most this much longer than the last, and at least SHRINK_MOST times it.
GROW_MOST = 4.0
SHRINK_MOST = 0.1
# The shortest of the last MEMORY short steps is taken unless short and long agree within AGREE: then the gradient lies
# along one direction of curvature, and the long step removes it (Frassoldati, Zanni & Zanghirati 2008, ABBmin).
MEMORY = 5
AGREE = 0.8


@dataclass
class Curvature:
    """Products of the gradients g0, g1 at both ends of a step, in the rule's metric: |g0|^2 and <g0, g1>.

    The metric is F at the new point for rules whose full step is 1, else the plain one of their coordinates.
    """

    before: Rows
    across: Rows

    def some(self, chosen: NDArray[Any]) -> Curvature:
        """Its rows `chosen`, by mask or index."""
        return Curvature(self.before[chosen], self.across[chosen])

    @quiet
    def secant(self) -> Rows:
        """Where along the step, as a multiple of it, the slope would vanish; inf where it does not fall."""
        fall = self.before - self.across
        multiple: Rows = np.divide(self.before, fall, out=np.full_like(fall, np.inf), where=fall > 0)
        return multiple

    @quiet
    def gain(self, step_size: Rows) -> Rows:
        """What the slopes at both ends say that the objective gains (trapezoid rule)."""
        return np.asarray(0.5 * step_size * (self.before + self.across))


@quiet
def measure(problem: Problem, old: Rows, trial: Trial) -> Curvature:
    """Of a trial from `old`; NaN where F overflows."""
    move = trial.points - old
    image = converted(problem.family.fisher_multiply, trial.points, move) if problem.rule.unit_step else move
    dual = image if problem.rule.gradient_in == "mean" else move
    across = (trial.directions * dual).sum(axis=-1) / trial.step_size
    return Curvature((move * image).sum(axis=-1) / trial.step_size**2, across)


class SpectralStep:
    """The step sizes of Barzilai & Borwein 1988 in the rule's metric, row by row.

    With s the last move and y the fall of the gradient, <s, s> / <s, y> is the long step and <s, y> / <y, y> the short
    one: inverse curvatures between the largest and the smallest. A step that only follows the last one's success must
    stay below twice the smallest inverse curvature; these go through the whole spectrum in turn.
    """

    def __init__(self, rows: int) -> None:
        self.short = np.full((rows, MEMORY), np.inf)

    @quiet
    def after(self, problem: Problem, index: Index, trial: Trial, curvature: Curvature) -> Rows:
        """Step sizes to try next in the rows `index`, whose trials have just been accepted."""
        rule, before, across = problem.rule, curvature.before, curvature.across
        after = (
            full_gain(problem, trial.points, trial.directions)
            if rule.unit_step
            else np.square(trial.directions).sum(axis=-1)
        )
        long = curvature.secant()
        square = before - 2 * across + after
        short = np.divide(before - across, square, out=long.copy(), where=(before > across) & (square > 0))
        short = np.minimum(short, long)
        self.short[index] = np.column_stack([self.short[index, 1:], short * trial.step_size])
        least = self.short[index].min(axis=-1) / trial.step_size
        chosen = np.where(short < AGREE * long, least, long)
        growth = np.clip(np.where(np.isnan(chosen), 1.0, chosen), SHRINK_MOST, GROW_MOST)
        return np.asarray(growth * trial.step_size)
