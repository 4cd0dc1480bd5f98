"""A comparison as an aligned text table and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from .results import Comparison, Equivalence, FisherCost, RuleRun

__all__ = ["aligned", "comparison_json", "comparison_text", "pairs", "to_json"]


def comparison_text(comparison: Comparison) -> str:
    """The table of rules, the measured equivalence and the cost of the Fisher solve, in ASCII."""
    c = comparison
    facts = {
        "data": f"{c.source}: {c.rows} training rows, {c.held_out_rows} held out, {c.columns} columns",
        "target": c.target_note or c.target,
        "model": f"{c.likelihood} likelihood; Gaussian posterior with full covariance over {c.weights} weights "
        f"({c.size} natural parameters)",
        "start": f"N(0, I/{c.weights}) over the weights, ELBO {c.start_elbo:.6g} nats",
    }
    header = (
        "rule",
        "step size: median [min, max]",
        "steps",
        "passes",
        "ELBO (nats)",
        "gap (nats)",
        "seconds",
        c.score_name,
    )
    rows = [header, *(_row(run, c.rounding) for run in c.runs)]
    parts = [pairs(facts), aligned(rows)]
    notes = [f"{run.rule}: {run.message}" for run in c.runs if not run.success]
    if notes:
        parts.append("\n".join(notes))
    if c.equivalence is not None:
        parts.append(_equivalence_text(c.equivalence))
    if c.cost is not None:
        parts.append(_cost_text(c.cost))
    return "\n\n".join(parts)


def comparison_json(comparison: Comparison) -> str:
    """The same as one JSON object; the curves are left out and what is not finite is null."""
    record = asdict(comparison)
    for run in record["runs"]:
        for key in ("curve_elbo", "curve_passes", "curve_seconds"):
            del run[key]
    if comparison.cost is not None:
        record["cost"]["closed_form_ratio"] = comparison.cost.closed_form_ratio
        record["cost"]["dense_ratio"] = comparison.cost.dense_ratio
    return to_json(record)


def to_json(record: object) -> str:
    """Standard JSON: NaN and infinities become null."""
    return json.dumps(_finite(record), indent=2, allow_nan=False)


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells, the first being the header; the first column is flush left, all others flush right."""
    widths = [max(len(row[j]) for row in rows) for j in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(w) if j == 0 else cell.rjust(w) for j, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * w for w in widths))
    return "\n".join(line.rstrip() for line in lines)


def pairs(facts: dict[str, str]) -> str:
    """Names and values, one a line, the values flush left."""
    width = max(map(len, facts))
    return "\n".join(f"{name.ljust(width)}  {value}" for name, value in facts.items())


def _row(run: RuleRun, floor: float) -> tuple[str, ...]:
    steps = (
        "-"
        if run.step_size_median is None
        else f"{run.step_size_median:.3g} [{run.step_size_min:.2g}, {run.step_size_max:.2g}]"
    )
    return (
        run.rule,
        steps,
        str(run.iterations),
        str(run.passes),
        _elbo(run.elbo, floor),
        _gap(run.gap, floor),
        f"{run.seconds:.3g}",
        "-" if run.held_out is None else f"{run.held_out:.5f}" if run.held_out < 1e6 else f"{run.held_out:.6g}",
    )


def _elbo(elbo: float, floor: float) -> str:
    """Six decimals, or as many as are not below `floor`; with none left, the digits above it."""
    if not math.isfinite(elbo):
        return f"{elbo}"
    decimals = math.floor(-math.log10(floor))
    if decimals >= 0:
        return f"{elbo:.{min(decimals, 6)}f}"
    return f"{elbo:.{max(math.floor(math.log10(abs(elbo) / floor)), 0)}e}"


def _gap(gap: float, floor: float) -> str:
    """Zero for the best rule; below `floor` the digits would be rounding."""
    return "0" if gap == 0 else f"< {floor:.0e}" if gap < floor else f"{gap:.2e}"


def _equivalence_text(e: Equivalence) -> str:
    lines = [
        f"natural gradient = mirror descent, measured along the run ({e.steps} steps)",
        "  ||difference|| in units of eps (||beta grad|| + ||theta_t||), the largest of all steps:",
        f"  one step from a shared theta_t   {e.one_step:.3g} eps (step {e.one_step_at + 1})",
        f"  two runs with equal step sizes   {e.separate_runs:.3g} eps",
    ]
    if e.condition is not None and e.bound is not None:
        lines.append(
            f"  there cond(D F D) = {e.condition:.3g}, D = diag(F)^-1/2; allowed: 64 size cond = {e.bound:.2g} eps"
        )
    return "\n".join(lines)


def _cost_text(cost: FisherCost) -> str:
    rows = [
        ("mirror step (no F at all)", _seconds(cost.mirror_step), "1 x"),
        ("F^-1 g in closed form (fisher_solve)", _seconds(cost.closed_form), f"{cost.closed_form_ratio:.3g} x"),
    ]
    if cost.dense is not None and cost.dense_ratio is not None:
        rows.append(
            (f"dense F ({cost.size} x {cost.size}) and solve", _seconds(cost.dense), f"{cost.dense_ratio:.3g} x")
        )
    body = [("cost of the Fisher solve", "median", "ratio"), *rows]
    return aligned(body)


def _seconds(value: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if value >= scale:
            return f"{value / scale:.3g} {unit}"
    return f"{value / 1e-9:.3g} ns"


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
