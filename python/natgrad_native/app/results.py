"""The records a comparison produces; the report prints them, the figure draws them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["Comparison", "Equivalence", "FisherCost", "RuleRun"]

Floats = NDArray[np.float64]


def _empty() -> Floats:
    return np.empty(0)


@dataclass
class RuleRun:
    """One fit. `elbo` and `gap` in nats, `held_out` in nats per row (None without held-out rows).

    The curves hold one entry per iterate, the start included: ELBO, evaluations of it (passes) and seconds so far.
    """

    rule: str
    step_size_median: float | None
    step_size_min: float | None
    step_size_max: float | None
    iterations: int
    passes: int
    elbo: float
    seconds: float
    held_out: float | None
    success: bool
    message: str
    gap: float = float("nan")
    curve_elbo: Floats = field(default_factory=_empty, repr=False)
    curve_passes: Floats = field(default_factory=_empty, repr=False)
    curve_seconds: Floats = field(default_factory=_empty, repr=False)


@dataclass
class Equivalence:
    """The distance D between natural-gradient and mirror-descent iterates, as ||D|| / (eps (||beta g|| + ||theta_t||)).

    `one_step` is the largest over the run with both rules stepped from one shared theta_t, `separate_runs` the largest
    between two runs with the same step sizes. `condition` is cond(D F D), D = diag(F)^(-1/2), at the iterate where
    `one_step` is reached, and `bound` = 64 size cond(D F D); both None where the dense F is too large.
    """

    steps: int
    one_step: float
    one_step_at: int
    separate_runs: float
    size: int
    condition: float | None
    bound: float | None


@dataclass
class FisherCost:
    """Median seconds of one mirror step, of F^-1 g in closed form, and of a solve with dense F (None: too large)."""

    size: int
    mirror_step: float
    closed_form: float
    dense: float | None

    @property
    def closed_form_ratio(self) -> float:
        """Closed-form Fisher solve over mirror step."""
        return self.closed_form / self.mirror_step

    @property
    def dense_ratio(self) -> float | None:
        """Dense Fisher matrix and solve over mirror step."""
        return None if self.dense is None else self.dense / self.mirror_step


@dataclass
class Comparison:
    """Everything `natgrad compare` found."""

    source: str
    target: str
    target_note: str
    likelihood: str
    rows: int
    held_out_rows: int
    columns: int
    weights: int
    size: int
    score_name: str
    start_elbo: float
    runs: list[RuleRun]
    equivalence: Equivalence | None = None
    cost: FisherCost | None = None
    plot: str | None = None
    polished_elbo: float = -np.inf

    @property
    def best_elbo(self) -> float:
        """The best ELBO known: the best rule's, or what it still gained when continued without a tolerance."""
        return max([self.polished_elbo, *(run.elbo for run in self.runs if np.isfinite(run.elbo))])

    @property
    def rounding(self) -> float:
        """The gap in nats below which two ELBOs cannot be told apart: eps times the magnitude of the terms summed."""
        largest = max((abs(run.elbo) for run in self.runs if np.isfinite(run.elbo)), default=0.0)
        return max(1e-12, float(np.finfo(np.float64).eps) * (largest + self.rows))
