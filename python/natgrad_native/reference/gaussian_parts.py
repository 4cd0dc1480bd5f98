"""Marginal and conditional distributions of Normal vectors, in natural and in centred coordinates.

A marginal takes blocks of mean and covariance, a conditional blocks of the precision: exp(<x_J, eta_J - P_JI x_I> -
x_J^T P_JJ x_J/2) in x_J (Lauritzen 1996, Graphical Models, appendix C).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from .arrays import Rows

if TYPE_CHECKING:
    from .family import Family

Places = NDArray[np.int64]


class Marginal(NamedTuple):
    """The family of some coordinates, and its natural or centred mean ones: `scale` times those at `places`.

    `places` may be a function of the whole's, where the parts' are not among them.
    """

    family: Family
    places: Places | Callable[[Rows], Rows]
    centred: bool
    scale: Rows | float = 1.0

    def of(self, point: Rows) -> Rows:
        """The part's coordinates from those of the whole."""
        chosen = self.places(point) if callable(self.places) else point[:, self.places]
        return np.asarray(chosen * self.scale)


class Conditional(NamedTuple):
    """The family of the coordinates that are not given, and its theta from (theta, the values given), in rows."""

    family: Family
    natural: Callable[[Rows, Rows], Rows]


def packed_places(rows: Sequence[int], columns: Sequence[int], dimension: int) -> Places:
    """Places (len(rows), len(columns)) of entries of a packed matrix that follows a vector of `dimension` entries."""
    i, j = np.array(rows, dtype=np.int64)[:, None], np.array(columns, dtype=np.int64)[None, :]
    low, high = np.minimum(i, j), np.maximum(i, j)
    return np.asarray(dimension + high * (high + 1) // 2 + low)


def block_places(indices: Sequence[int], dimension: int) -> Places:
    """Places of a sub-vector and of its packed sub-matrix."""
    block = packed_places(indices, indices, dimension)
    return np.concatenate([np.array(indices, dtype=np.int64), block[np.tril_indices(len(indices))]])


def condition_packed(theta: Rows, y: Rows, given: Sequence[int], rest: Sequence[int], dimension: int) -> Rows:
    """(eta_J - P_JI y_I, -P_JJ/2 packed): an off-diagonal natural coordinate is -P_ji."""
    places = block_places(rest, dimension)
    across = theta[:, packed_places(rest, given, dimension)]
    first = theta[:, places[: len(rest)]] + (across * y[:, None, :]).sum(axis=-1)
    return np.concatenate([first, theta[:, places[len(rest) :]]], axis=-1)


def conditional_covariance(covariance: Rows, given: Sequence[int], rest: Sequence[int]) -> tuple[Rows, Rows]:
    """S_JJ - S_JI S_II^-1 S_IJ = P_JJ^-1 = L_JJ L_JJ^T, and -P_JI = L_JJ^-T L_JJ^-1 L_JI L_II^-1, S = L L^T."""
    order = [*given, *rest]
    factor = np.linalg.cholesky(covariance[np.ix_(order, order)])
    n = len(given)
    own = factor[n:, n:]
    across = linalg.solve_triangular(factor[:n, :n], factor[n:, :n].T, lower=True, trans="T").T
    across = linalg.solve_triangular(own, across, lower=True)
    return own @ own.T, np.asarray(linalg.solve_triangular(own, across, lower=True, trans="T"))
