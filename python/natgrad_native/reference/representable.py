"""Draws as numbers of their type inside the support, where overflow or rounding has put them on its edge or past it.

A law can have much of its mass beyond a number type: half of an InverseGamma of shape 1e-12 is larger than any. Such a
draw becomes the nearest one that is a number of the type and a possible observation.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import symmetric as sym
from .arrays import Real

Draws = NDArray[Any]


def rounded(draws: Draws, dtype: Real) -> Draws:
    """Draws in float64 as finite numbers of their final type."""
    most = float(np.finfo(dtype).max)
    return np.clip(draws, -most, most).astype(dtype)


def positive(draws: Draws, most: float = np.inf) -> Draws:
    """Draws in their final type held between its smallest normal number and `most`, or its largest number."""
    return between(draws, 0.0, most)


def between(draws: Draws, least: float, most: float, *, open_at_most: bool = False) -> Draws:
    """Draws in their final type held in [least, most] or [least, most); where `least` is 0 in (0, most].

    An end that is no number of the type is rounded inwards, 0 to the smallest normal number.
    """
    kind, limits = draws.dtype.type, np.finfo(draws.dtype)
    low, high = limits.tiny if least == 0.0 else kind(least), limits.max if most == np.inf else kind(most)
    if low < least:
        low = np.nextafter(low, kind(np.inf))
    if high > most or (open_at_most and high == most):
        high = np.nextafter(high, kind(-np.inf))
    return np.asarray(np.clip(draws, low, high))


def positive_definite(draws: Draws) -> Draws:
    """Symmetric matrices (..., d, d) in their final type, drawn in towards their diagonals until they have a factor.

    Cholesky's algorithm goes through where the smallest eigenvalue of the matrix of unit diagonal is above d (d + 1)
    roundoffs (Demmel; Higham 2002, Accuracy and Stability of Numerical Algorithms, theorem 10.7); four times that
    leaves room for rounding here. The diagonal stays where X + X^T and a square are numbers of the type.
    """
    d, limits = draws.shape[-1], np.finfo(draws.dtype)
    place = np.arange(d)
    diagonal = positive(draws[..., place, place], float(limits.max) / 4.0)
    root = np.sqrt(diagonal.astype(np.float64))
    unit = draws / root[..., :, None] / root[..., None, :]
    unit[..., place, place] = 1.0
    smallest = np.linalg.eigvalsh(np.where(np.isfinite(unit), unit, 0.0))[..., 0]
    lacking = 2.0 * d * (d + 1.0) * float(limits.eps) - smallest
    inside: Draws = (draws / (1.0 + np.maximum(lacking, 0.0))[..., None, None]).astype(draws.dtype)
    inside[..., place, place] = diagonal
    return inside


def gram(root: Draws) -> Draws:
    """R R^T in float64 (..., d, d), shrunk as a whole to the largest number where it would be beyond."""
    limit = np.sqrt(np.finfo(np.float64).max / root.shape[-1])
    size = np.abs(root).max(axis=(-1, -2), keepdims=True)
    held = np.where(size > limit, root * (limit / size), root)
    return sym.symmetrised(held @ sym.transpose(held))
