"""Figures: how fast each update rule closes the ELBO gap, and which way it walks in theta and in mu."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .app.failure import CommandError, optional_import
from .app.geometry import draw_paths
from .app.panels import GREY, draw_gap, headline
from .app.paths import Paths, normal_paths
from .app.results import Comparison
from .app.sentences import gap_sentence, mean_sentence, natural_sentence, seconds_sentence
from .app.style import legend_of, look_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["check_picture", "comparison_figure", "save_comparison"]


def check_picture(path: str | Path) -> None:
    """Raise `CommandError` where Matplotlib is missing, or no picture of that name can be written.

    A file that is there already is opened and left as it is.
    """
    figure: Figure = optional_import("matplotlib.figure", "the picture").Figure()
    formats = figure.canvas.get_supported_filetypes()
    path = Path(path)
    if path.suffix[1:].lower() not in formats:
        raise CommandError(f"{path}: the name of the picture must end with one of .{', .'.join(sorted(formats))}")
    if not path.parent.is_dir():
        raise CommandError(f"{path}: there is no folder {path.parent}")
    existed = path.exists()
    try:
        with path.open("ab"):
            pass
        if not existed:
            path.unlink()
    except OSError as error:
        raise CommandError(f"{path}: the picture cannot be written there: {error.strerror}") from error


def save_comparison(comparison: Comparison, path: str | Path) -> None:
    """Draw `comparison_figure` and write it to a file whose ending names the format (png, pdf, svg, ...).

    Raises `ValueError` for an unknown format, `OSError` where the file cannot be written.
    """
    comparison_figure(comparison).savefig(path, dpi=150)


def comparison_figure(comparison: Comparison, paths: Paths | None = None) -> Figure:
    """Four panels: the ELBO gap against passes and against seconds, and the rules' paths in theta and in mu.

    `paths` defaults to the same rules on a Normal fit. The figure belongs to no window and needs no display.
    """
    figure_module = optional_import("matplotlib.figure", "the picture")
    if paths is None:
        paths = normal_paths([run.rule for run in comparison.runs])
    c = comparison
    figure: Figure = figure_module.Figure(figsize=(13.6, 12.2))
    grid = figure.subplots(2, 2)
    figure.subplots_adjust(left=0.062, right=0.985, bottom=0.05, top=0.832, wspace=0.17, hspace=0.34)
    figure.text(
        0.012,
        0.982,
        "Update rules of natural-gradient inference, from the same start",
        fontsize=16,
        fontweight="bold",
        va="top",
    )
    figure.text(
        0.012,
        0.957,
        f"Top: the Gaussian posterior of a Bayesian regression ({c.likelihood} likelihood) on {c.source}, "
        f"{c.rows} rows × {c.columns} columns; {c.size} natural parameters.\n"
        "Bottom: a Normal distribution fitted by maximum likelihood, a problem with two parameters that can be drawn.",
        fontsize=10.5,
        color=GREY,
        va="top",
        linespacing=1.4,
    )
    _legend(figure, [run.rule for run in c.runs])
    (passes, seconds), (theta, mu) = grid
    draw_gap(passes, c, "passes")
    headline(passes, "Gap to the best ELBO, by passes over the data", gap_sentence(c))
    draw_gap(seconds, c, "seconds")
    headline(seconds, "The same, by the clock", seconds_sentence(c))
    draw_paths(theta, paths, "theta")
    headline(theta, "Fitting a Normal: the paths in natural parameters θ", natural_sentence(paths))
    draw_paths(mu, paths, "mu")
    headline(mu, "The same paths in mean parameters μ", mean_sentence(paths))
    return figure


def _legend(figure: Figure, rules: list[str]) -> None:
    """Every rule's look, name and closed form."""
    lines = optional_import("matplotlib.lines", "the picture")
    handles = [lines.Line2D([], [], label=legend_of(rule), **look_of(rule).line_options()) for rule in rules]
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.003, 0.922),
        ncols=min(len(handles), 4),
        frameon=False,
        fontsize=11,
        handlelength=4.5,
        columnspacing=3,
    )
