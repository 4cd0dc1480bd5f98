# ruff: noqa: D102  (the statements are documented in statements.py)
"""The MatrixNormal family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from ..arrays import Rows
from ..family import require_covariance
from ..gaussian_parts import Conditional, Marginal, conditional_covariance
from ..known_covariance import KnownCovariance, inverse_times


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

    def _of_columns(self, v: Rows) -> MatrixNormal:
        return MatrixNormal(self.row_covariance, tuple(map(tuple, v.tolist())))

    def _marginal_of_columns(self, indices: tuple[int, ...]) -> Marginal:
        places = np.arange(self.size).reshape(self.event_shape)[:, list(indices)].reshape(-1)
        return Marginal(self._of_columns(self._v[np.ix_(indices, indices)]), places, centred=True)

    def _conditional_on_columns(self, given: tuple[int, ...], rest: tuple[int, ...]) -> Conditional:
        """Return theta_J - U^-1 X_I P_IJ, of covariance P_JJ^-1, P = V^-1."""
        covariance, across = conditional_covariance(self._v, given, rest)

        def natural(theta: Rows, x: Rows) -> Rows:
            found = self._matrices(theta)[:, :, list(rest)] + inverse_times(self._u, x) @ across.T
            return np.asarray(found.reshape(len(x), len(self._u) * len(rest)))

        return Conditional(self._of_columns(covariance), natural)

    def scipy_twin(self, theta: Rows) -> Any:
        mean = self._standard_from_natural(theta[None])["mean"][0]
        return stats.matrix_normal(mean, self._u, self._v)
