"""The panels that show convergence: the ELBO gap of each rule against passes over the data and against seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from .labels import label_curves
from .results import Comparison, Floats
from .style import look_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["GREY", "draw_gap", "headline"]

GREY = "#555555"


def headline(axes: Axes, title: str, seen: str) -> None:
    """A bold title with a plain sentence under it saying what is seen."""
    lines = seen.count("\n") + 1
    axes.set_title(title, loc="left", fontweight="bold", fontsize=11.5, pad=9 + 13 * lines)
    axes.text(0, 1.02, seen, transform=axes.transAxes, fontsize=9.3, color=GREY, va="bottom", linespacing=1.25)


def draw_gap(axes: Axes, comparison: Comparison, against: Literal["passes", "seconds"]) -> None:
    """The gap to the best ELBO known, in nats, against passes over the data or seconds, on logarithmic axes."""
    best = comparison.best_elbo
    floor = comparison.rounding
    curves: dict[str, Floats] = {}
    for run in comparison.runs:
        x = run.curve_passes if against == "passes" else run.curve_seconds
        gap = np.maximum(best - run.curve_elbo, floor)
        shown = np.isfinite(gap) & (x > 0)
        if shown.any():
            curves[run.rule] = np.column_stack([x[shown], gap[shown]])
    for rule, curve in curves.items():
        axes.plot(*curve.T, markevery=_log_spaced(curve[:, 0]), **look_of(rule).line_options())
    axes.set(xscale="log", yscale="log")
    axes.set_xlabel("passes over the data (evaluations of the ELBO)" if against == "passes" else "wall time (seconds)")
    axes.set_ylabel("gap to the best ELBO (nats)")
    axes.set_ylim(floor / 12, axes.get_ylim()[1])
    axes.axhspan(floor / 12, floor * 1.7, color="#ECECEC", zorder=0)
    axes.text(
        0.015,
        0.018,
        "rounding error of the ELBO",
        transform=axes.transAxes,
        ha="left",
        va="bottom",
        fontsize=8,
        color=GREY,
    )
    axes.grid(True, which="major", color="#E6E6E6", linewidth=0.7)
    axes.set_axisbelow(True)
    label_curves(axes, curves)


def _log_spaced(x: Floats, count: int = 14) -> list[int]:
    """About `count` entries evenly spaced on a logarithmic axis, the first and last among them."""
    targets = np.geomspace(x[0], x[-1], count) if x[-1] > x[0] else x[:1]
    return sorted({int(np.argmin(np.abs(np.log(x / target)))) for target in targets})
