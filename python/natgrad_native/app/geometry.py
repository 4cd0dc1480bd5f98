"""The panels that show geometry: paths of the rules over the contours of the objective, in theta and in mu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from .labels import label_curves
from .panels import GREY
from .paths import Paths
from .results import Floats
from .style import look_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_paths"]

_LEVELS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
_AXES = {
    "theta": ("θ₁ = mean / variance", "θ₂ = −1 / (2 · variance)"),
    "mu": ("μ₁ = E x", "μ₂ = E x²"),
}
_OUTSIDE = {"theta": "outside the domain: θ₂ ≥ 0", "mu": "outside the domain: E x² ≤ (E x)²"}


def draw_paths(axes: Axes, paths: Paths, coordinates: Literal["theta", "mu"]) -> None:
    """Paths over the contours of KL(q_best || q) = L(best) - L, in nats; what is no distribution is hatched."""
    best = _in(coordinates, paths, paths.best)
    curves = {rule: _in(coordinates, paths, theta) for rule, theta in paths.iterates.items()}
    points = np.concatenate([*curves.values(), best[None]])
    if coordinates == "mu":
        points = np.concatenate([points, [[0.0, 0.0]]])  # the vertex of the parabola that bounds the domain
    _limits(axes, points, equal=coordinates == "theta")
    _draw_contours(axes, paths, coordinates)
    for rule, curve in curves.items():
        axes.plot(*curve.T, markevery=_spread(curve), **look_of(rule).line_options())
    start = next(iter(curves.values()))[0]
    axes.plot(*start, "o", color="black", markersize=8, zorder=7)
    axes.annotate(
        "start",
        (start[0], start[1]),
        xytext=(-9, -3),
        textcoords="offset points",
        ha="right",
        va="center",
        fontsize=9.5,
    )
    axes.plot(*best, "*", color="#F0C000", markeredgecolor="black", markersize=17, zorder=7)
    axes.annotate(
        "best fit",
        (best[0], best[1]),
        xytext=(0, -13),
        textcoords="offset points",
        ha="center",
        va="top",
        fontsize=9.5,
        zorder=7,
    )
    x_label, y_label = _AXES[coordinates]
    axes.set(xlabel=x_label, ylabel=y_label)
    label_curves(axes, curves, at=0.4, keep_clear=[start[None], best[None]])


def _in(coordinates: str, paths: Paths, theta: Floats) -> Floats:
    return np.asarray(theta if coordinates == "theta" else paths.family.mean_from_natural(theta))


def _limits(axes: Axes, points: Floats, *, equal: bool) -> None:
    """Room around the points; with `equal` one unit is as long on both axes, so that right angles look right."""
    low, high = points.min(0), points.max(0)
    pad = 0.14 * (high - low)
    low, high = low - pad, high + pad
    if equal:
        box = axes.get_window_extent()
        unit = max((high[0] - low[0]) / box.width, (high[1] - low[1]) / box.height)
        spare = (np.array([box.width, box.height]) * unit - (high - low)) / 2
        low, high = low - spare, high + spare
        axes.set_aspect("equal")
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))


def _draw_contours(axes: Axes, paths: Paths, coordinates: str, resolution: int = 320) -> None:
    family = paths.family
    x, y = (np.linspace(low, high, resolution) for low, high in (axes.get_xlim(), axes.get_ylim()))
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    inside: NDArray[np.bool_] = (family.in_natural_domain if coordinates == "theta" else family.in_mean_domain)(grid)
    theta = grid[inside] if coordinates == "theta" else family.natural_from_mean(grid[inside])
    gap = np.full(inside.shape, np.nan)
    gap[inside] = family.kl_divergence(np.broadcast_to(paths.best, theta.shape), theta)
    lines = axes.contour(x, y, np.ma.masked_invalid(gap), levels=_LEVELS, colors="#9A9A9A", linewidths=0.8, zorder=1)
    axes.clabel(lines, fmt=lambda level: f"{level:g}", fontsize=7.5)
    axes.contourf(x, y, inside.astype(float), levels=[-0.5, 0.5], colors=["#E9E4DA"], hatches=["///"], zorder=1.5)
    axes.contour(x, y, inside.astype(float), levels=[0.5], colors="#7A7265", linewidths=1.2, zorder=1.6)
    below = not inside[0].all() and inside[-1].all()
    axes.text(
        0.985 if not below else 0.5,
        0.03 if below else 0.975,
        _OUTSIDE[coordinates],
        transform=axes.transAxes,
        ha="center" if below else "right",
        va="bottom" if below else "top",
        fontsize=9,
        color=GREY,
        bbox={"boxstyle": "round,pad=0.2", "facecolor": "#E9E4DA", "edgecolor": "none"},
        zorder=2,
    )


def _spread(curve: Floats, count: int = 14) -> list[int]:
    """About `count` vertices evenly spaced along the path, so that markers do not crowd where steps are short."""
    length = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1)))
    return sorted({int(np.argmin(np.abs(length - target))) for target in np.linspace(0, length[-1], count)})
