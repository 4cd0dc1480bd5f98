# ruff: noqa: D102  (the statements are documented in statements.py)
"""The MatrixNormal family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from ..arrays import Rows
from ..family import require_covariance
from ..known_covariance import KnownCovariance


@dataclass(frozen=True)
class MatrixNormal(KnownCovariance):
    """Matrix Normal distribution of known covariances: vec X ~ N(vec M, U (x) V) for an r x c matrix X.

    theta = U^-1 M V^-1, row by row; T(x) = X, h(x) = exp(-<X, U^-1 X V^-1>/2), A = <theta, U theta V>/2 +
    log det(2 pi U (x) V)/2, mu = M, F v = U v V. U = `row_covariance` is that of the entries of a column, among rows.
    Standard parameter: `mean` (..., r, c).
    """

    row_covariance: tuple[tuple[float, ...], ...]
    column_covariance: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        require_covariance(self, "row_covariance")
        require_covariance(self, "column_covariance")
        super().__post_init__()

    @classmethod
    def examples(cls) -> tuple[MatrixNormal, ...]:
        return (cls(((2.0, 0.5), (0.5, 1.0)), ((1.0, -0.25, 0.0), (-0.25, 0.75, 0.125), (0.0, 0.125, 0.5))),)

    @property
    def size(self) -> int:
        return len(self._u) * len(self._v)

    @property
    def event_shape(self) -> tuple[int, ...]:
        return (len(self.row_covariance), len(self.column_covariance))

    @property
    def _u(self) -> Rows:
        return np.array(self.row_covariance)

    @property
    def _v(self) -> Rows:
        return np.array(self.column_covariance)

    def _of_rows(self, u: Rows) -> MatrixNormal:
        return MatrixNormal(tuple(map(tuple, u.tolist())), self.column_covariance)

    def scipy_twin(self, theta: Rows) -> Any:
        mean = self._standard_from_natural(theta[None])["mean"][0]
        return stats.matrix_normal(mean, self._u, self._v)
