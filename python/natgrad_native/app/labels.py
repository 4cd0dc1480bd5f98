"""Names written beside the curves they belong to, one name for curves that coincide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .results import Floats
from .style import look_of, title_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["coinciding", "label_curves"]

_FONT_SIZE = 9.5
# Offsets in points from the point named to the nearest edge of the name, the favourite first.
_OFFSETS = ((1, 0.5), (-1, 0.5), (0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1))
_DISTANCES = (9, 16, 28, 42)


def coinciding(curves: dict[str, Floats], tolerance: float) -> list[list[str]]:
    """Group names whose curves (steps, 2) lie within `tolerance` of the group's first, at every step."""
    groups: list[list[str]] = []
    for name, curve in curves.items():
        for group in groups:
            other = curves[group[0]]
            if other.shape == curve.shape and np.abs(curve - other).max() <= tolerance:
                group.append(name)
                break
        else:
            groups.append([name])
    return groups


def label_curves(axes: Axes, curves: dict[str, Floats], at: float = 1.0, keep_clear: Sequence[Floats] = ()) -> None:
    """Write each rule's name beside its curve (steps, 2), at a fraction of its length, where the least is covered.

    The limits of the axes must be final. Names stay clear of each other, of the curves, of the frame and of the further
    points `keep_clear` (in data coordinates).
    """
    box = axes.get_window_extent()
    frame = np.array([box.width, box.height]) * 72 / axes.figure.dpi  # in points
    drawn = {rule: _in_points(axes, curve, frame) for rule, curve in curves.items()}
    obstacles = [_dense(curve) for curve in drawn.values()] + [_in_points(axes, points, frame) for points in keep_clear]
    taken: list[Floats] = []
    for group in coinciding(drawn, 4.0):
        text = "\n= ".join(title_of(rule) for rule in group)
        lines = text.split("\n")
        size = np.array([0.66 * _FONT_SIZE * max(map(len, lines)), 1.35 * _FONT_SIZE * len(lines)])
        anchor = _along(drawn[group[0]], at)
        low = _best_place(anchor, size, frame, np.concatenate(obstacles), taken)
        taken.append(np.stack([low, low + size]))
        axes.annotate(
            text,
            (0, 0),
            xycoords="axes points",
            xytext=(float(low[0] + size[0] / 2), float(low[1] + size[1] / 2)),
            textcoords="axes points",
            ha="center",
            va="center",
            multialignment="left",
            color=look_of(group[-1]).color,
            fontsize=_FONT_SIZE,
            fontweight="bold",
            bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.85},
            zorder=2.5,  # above the contours, below the curves
        )


def _best_place(anchor: Floats, size: Floats, frame: Floats, points: Floats, taken: Sequence[Floats]) -> Floats:
    """Lower left corner of the place that covers least, the earlier the better among equals."""
    best, lowest = anchor, np.inf
    for distance in _DISTANCES:
        for direction in np.array(_OFFSETS):
            low = anchor + direction * distance + (np.sign(direction) - 1) / 2 * size
            high = low + size
            outside = np.maximum(-low, 0).sum() + np.maximum(high - frame, 0).sum()
            covered = np.all((points > low - 3) & (points < high + 3), axis=1).sum()
            clash = sum(bool(np.all((low < other[1]) & (high > other[0]))) for other in taken)
            cost = 100 * clash + 10 * outside + covered + distance / 10
            if cost < lowest:
                best, lowest = low, cost
    return best


def _in_points(axes: Axes, curve: Floats, frame: Floats) -> Floats:
    """From data coordinates to points from the lower left corner of the axes."""
    return np.asarray((axes.transData + axes.transAxes.inverted()).transform(curve)) * frame


def _dense(curve: Floats, spacing: float = 3.0) -> Floats:
    """The curve with points no further than `spacing` apart, so that a covered piece is noticed."""
    length = _length(curve)
    at = np.linspace(0, length[-1], int(length[-1] / spacing) + 2)
    return np.column_stack([np.interp(at, length, curve[:, j]) for j in range(2)])


def _along(curve: Floats, fraction: float) -> Floats:
    length = _length(curve)
    return np.array([np.interp(fraction * length[-1], length, curve[:, j]) for j in range(2)])


def _length(curve: Floats) -> Floats:
    return np.append(0.0, np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1)))
