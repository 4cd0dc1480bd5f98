"""The Bregman divergence of a convex function without the cancellation of its three terms."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .arrays import Rows
from .special import jacobi_rule

NODES = 16
# Rows whose nodes are evaluated together.
BLOCK = 4096
# A three-term difference keeps at least 13 - 3 digits while it is above this share of its largest term.
CANCELLATION = 1e-3


def curvature_integral(quadratic: Callable[[Rows, Rows], Rows], p: Rows, direction: Rows, nodes: int = NODES) -> Rows:
    """Integral over [0, 1] of (1 - t) D^T F(p + t D) D dt by Gauss-Jacobi quadrature.

    `quadratic(point, direction)` is D^T F(point) D, (rows, n) -> (rows,). Every term is positive.
    """
    t, w = jacobi_rule(nodes)
    total = np.zeros(p.shape[0])
    for first in range(0, p.shape[0], BLOCK):
        block = slice(first, first + BLOCK)
        start, move = p[block], direction[block]
        point = start + t.reshape((nodes,) + (1,) * p.ndim) * move
        moves = np.broadcast_to(move, point.shape)
        flat = (nodes * start.shape[0], *p.shape[1:])
        total[block] = w @ quadratic(point.reshape(flat), moves.reshape(flat)).reshape(nodes, start.shape[0])
    return total


def divergence(
    value: Callable[[Rows], Rows],
    gradient: Callable[[Rows], Rows],
    multiply: Callable[[Rows, Rows], Rows],
    p: Rows,
    q: Rows,
) -> Rows:
    """A(q) - A(p) - <grad A(p), q - p> for rows p, q (rows, n), by quadrature where the difference cancels."""
    direction = q - p
    above, below = value(q), value(p)
    linear = (direction * gradient(p)).sum(axis=-1)
    three_terms = above - below - linear
    largest = np.maximum(np.maximum(np.abs(above), np.abs(below)), np.abs(linear))
    cancels = ~(three_terms > CANCELLATION * largest)
    if cancels.any():
        integral = curvature_integral(lambda x, d: (d * multiply(x, d)).sum(axis=-1), p[cancels], direction[cancels])
        three_terms[cancels] = integral
    return np.asarray(np.maximum(three_terms, 0.0))
