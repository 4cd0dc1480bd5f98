"""What the panels show, put into one sentence each, from the numbers drawn."""

from __future__ import annotations

import numpy as np

from .labels import coinciding
from .paths import Paths
from .results import Comparison, Floats, RuleRun
from .style import title_of

__all__ = ["gap_sentence", "mean_sentence", "natural_sentence", "seconds_sentence"]

# A gap of 0.001 nats changes no probability by more than a thousandth.
_CLOSE = 1e-3
_DUAL_PAIR = {"natural_gradient", "mirror_descent"}


def gap_sentence(comparison: Comparison) -> str:
    """Which curves coincide, and how many passes each rule needs to come within 0.001 nats."""
    best = comparison.best_elbo
    parts = []
    for group in _groups(comparison):
        run = group[0]
        passes = _reached(run, best, run.curve_passes)
        name = " and ".join(title_of(r.rule) for r in group)
        if passes is None:
            what = f"still {best - run.elbo:.2g} nats short after {_passes(run.passes)}"
        else:
            what = f"within 0.001 nats after {_passes(int(passes))}"
        parts.append(f"{name}{' coincide' if len(group) > 1 else ''}: {what}")
    return "\n".join(parts)


def seconds_sentence(comparison: Comparison) -> str:
    """Seconds to come within 0.001 nats; where both dual rules run, the time of an iteration."""
    best = comparison.best_elbo
    reached = {run.rule: _reached(run, best, run.curve_seconds) for run in comparison.runs}
    within = ", ".join(f"{title_of(rule)} {seconds:.2g} s" for rule, seconds in reached.items() if seconds is not None)
    lines = [f"within 0.001 nats: {within}"] if within else []
    per_step = {run.rule: run.seconds / max(run.iterations, 1) for run in comparison.runs}
    if per_step.keys() >= _DUAL_PAIR:
        ratio = per_step["natural_gradient"] / per_step["mirror_descent"]
        # The whole iteration, most of it the ELBO that both evaluate; the price of the solve itself is in the table.
        lines.append(
            f"a whole iteration, ELBO included, takes natural gradient {ratio:.2g} × as long as mirror descent"
        )
    return "\n".join(lines)


def natural_sentence(paths: Paths) -> str:
    """Right angles in theta."""
    lines = []
    if "gradient_descent" in paths.iterates:
        lines.append("gradient descent crosses the contours at right angles: its path depends on the coordinates")
    lines.append(f"contours: log likelihood lost (nats per observation); step size {_steps(paths)}")
    return "\n".join(lines)


def mean_sentence(paths: Paths) -> str:
    """Straight lines in mu."""
    lines = []
    if _DUAL_PAIR & paths.iterates.keys():
        names = " and ".join(title_of(rule) for rule in paths.iterates if rule in _DUAL_PAIR)
        lines.append(f"{names}: a straight line to the best fit (exactly so as β → 0)")
    if "gradient_descent" in paths.iterates:
        lines.append("gradient descent runs along the edge of the domain and turns back at the end")
    return "\n".join(lines)


def _steps(paths: Paths) -> str:
    """The step size most rules have, then those that differ."""
    sizes = list(paths.step_sizes.values())
    usual = max(sizes, key=sizes.count)
    others = [f"{title_of(rule)} {size:g}" for rule, size in paths.step_sizes.items() if size != usual]
    return f"{usual:g}" + (f" ({', '.join(others)})" if others else "")


def _passes(count: int) -> str:
    return f"{count} pass" + ("" if count == 1 else "es")


def _groups(comparison: Comparison) -> list[list[RuleRun]]:
    runs = {run.rule: run for run in comparison.runs}
    curves = {rule: np.column_stack([run.curve_passes, run.curve_elbo]) for rule, run in runs.items()}
    scale = 1e-6 * max(1.0, *(abs(run.elbo) for run in comparison.runs))
    return [[runs[rule] for rule in group] for group in coinciding(curves, scale)]


def _reached(run: RuleRun, best: float, axis: Floats) -> float | None:
    close = np.flatnonzero(best - run.curve_elbo <= _CLOSE)
    return float(axis[close[0]]) if close.size else None
