"""How far a ray can go before it leaves a domain."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import symmetric
from .arrays import Counts, Mask, Rows

Ray = Callable[[Rows, Counts], tuple[Rows, Rows]]


def positive(values: Rows, direction: Rows) -> Rows:
    """The largest beta with values + beta direction > 0, (rows, n) -> (rows,); inf where the ray never leaves."""
    leaves = direction < 0
    step = np.where(leaves, values / np.where(leaves, -direction, 1.0), np.inf)
    return np.asarray(step.min(axis=-1, initial=np.inf))


def variance_root(variance: Rows, b: Rows, a: Rows) -> Rows:
    """The positive root of variance + beta b - beta^2 a, a >= 0, in the form that does not cancel; inf if none."""
    root = np.sqrt(b * b + 4.0 * a * variance)
    step = np.where(b > 0, (b + root) / (2.0 * a), 2.0 * variance / (root - b))
    return np.where((a == 0) & (b >= 0), np.inf, step)


def positive_definite(factor: Rows, direction: Rows) -> Rows:
    """The largest beta with M + beta D positive definite, M = L L^T, from the smallest eigenvalue of L^-1 D L^-T."""
    half = symmetric.solve_lower(factor, direction)
    whole = symmetric.solve_lower(factor, symmetric.transpose(half))
    finite = np.asarray(np.isfinite(whole).all(axis=(-1, -2)))
    smallest = np.linalg.eigvalsh(symmetric.symmetrised(np.where(finite[:, None, None], whole, 0.0)))[..., 0]
    leaves = smallest < 0
    step = np.where(leaves, -1.0 / np.where(leaves, smallest, 1.0), np.inf)
    return np.where(finite, step, np.nan)


def in_two(step: Callable[[Rows], Rows], point: Rows, direction: Rows) -> Rows:
    """A step in a cone, `step(point)`, and once more from seven eighths of the way.

    The eigenvalue of a graded matrix has an error in norm, what is left on the way by then a small error of its own.
    """
    first = step(point)
    part = np.where(np.isfinite(first), 0.875 * first, 0.0)
    second = part + step(point + part[:, None] * direction)
    return np.where(np.isfinite(first) & (second > part), second, first)


def concave_root(function: Ray, upper: Rows, leaves: Mask, iterations: int = 200) -> Rows:
    """The root in (0, upper] of a concave function that is positive at 0 and not positive at `upper`, for each row.

    `function(beta, rows)` returns value and derivative at beta for the row numbers given. Newton from the right of
    the root stays on the right and decreases; a step outside the bracket is replaced by a bisection. Rows not in
    `leaves` get inf.
    """
    answer = np.full(upper.shape, np.inf)
    rows = np.flatnonzero(leaves)
    low, high = np.zeros(rows.size), upper[rows].copy()
    beta = high.copy()
    for _ in range(iterations):
        if not rows.size:
            break
        value, slope = function(beta, rows)
        inside = value > 0
        low = np.where(inside, beta, low)
        high = np.where(inside, high, beta)
        newton = beta - value / slope
        usable = np.isfinite(newton) & (newton > low) & (newton < high)
        following = np.where(usable, newton, 0.5 * (low + high))
        following = np.where(value == 0, beta, following)
        answer[rows] = following
        done = (np.abs(following - beta) <= 2.0 * np.finfo(np.float64).eps * beta) | (high - low <= 0)
        keep = ~done
        rows, beta, low, high = rows[keep], following[keep], low[keep], high[keep]
    return answer


def outward_bracket(function: Ray, start: Rows, leaves: Mask) -> Rows:
    """An upper end for `concave_root`: `start` doubled until the function is not positive there."""
    upper = start.copy()
    rows = np.flatnonzero(leaves)
    for _ in range(2100):
        if not rows.size:
            break
        value, _slope = function(upper[rows], rows)
        rows = rows[value > 0]
        upper[rows] *= 2.0
    return upper
