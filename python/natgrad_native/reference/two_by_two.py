"""Symmetric 2 x 2 matrices [[c, b], [b, a]], c > 0: their Schur complement, and how far a ray stays inside the cone."""

from __future__ import annotations

import numpy as np

from .arrays import Rows
from .pair import exact_product, exact_sum


def schur_complement(a: Rows, b: Rows, c: Rows, e: Rows | None = None) -> tuple[Rows, Rows]:
    """Return a - b e/c, e = b unless given, as value and error: far from the origin a is almost b e/c."""
    other = b if e is None else e
    ratio = b / c
    whole, lost = exact_product(ratio, c)
    rest = ((b - whole) - lost) / c
    product, below = exact_product(other, ratio)
    total, error = exact_sum(a, -product)
    low = error - (below + other * rest)
    value = total + low
    return value, (total - value) + low


def step_in_cone(b: Rows, c: Rows, complement: Rows, da: Rows, db: Rows, dc: Rows) -> Rows:
    """The largest beta with [[c, b], [b, a]] + beta [[dc, db], [db, da]] positive definite, given a - b^2/c.

    -1 over the smallest eigenvalue of the direction in the basis that makes the matrix the identity, inf if none is
    negative.
    """
    ratio = b / c
    across = db - ratio * dc
    u, t = dc / c, (da - ratio * (db + across)) / complement
    square = (across / c) * (across / complement)
    half = 0.5 * (u + t)
    root = np.sqrt((0.5 * (u - t)) ** 2 + square)
    rising = half > 0
    # u t - square is the determinant of the direction over that of the matrix.
    product = (da * dc - db * db) / c / complement
    smallest = np.where(rising, product / np.where(rising, half + root, 1.0), half - root)
    leaves = smallest < 0
    return np.where(leaves, -1.0 / np.where(leaves, smallest, 1.0), np.inf)
