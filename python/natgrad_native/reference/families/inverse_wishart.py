# ruff: noqa: D102  (the statements are documented in statements.py)
"""The InverseWishart family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scipy import stats

from ..arrays import Rows
from ..wishart_kind import WishartKind


@dataclass(frozen=True)
class InverseWishart(WishartKind):
    """Inverse Wishart distribution on positive definite d x d matrices, nu > d - 1 degrees of freedom and scale S.

    T(X) = (log det X, packed X^-1), theta = (-nu/2, -S/2 packed with off-diagonal entries doubled), h(X) = det
    X^(-(d+1)/2), packed = lower triangle row by row. A = log Gamma_d(nu/2) - nu/2 log det(S/2), mu = (log det S/2 - sum
    psi((nu - j)/2), packed nu S^-1). Standard parameters: `degrees_of_freedom`, `scale` (..., d, d). Centred mean
    coordinates: [E log det X + log det E X^-1, packed E X^-1]. The inverse is Newton's method in the degrees
    of freedom.

    A draw is a dense matrix: where a condition of 1/eps is likely, the smallest part of its determinant is lost in the
    rounding of its entries, and log det X averages above its expectation, for d > 1 in float64 by up to 0.1 at nu = d -
    0.7, 0.003 at d - 0.5, less than 1e-8 from d on.
    """

    SIGN = -1.0
    MATRIX = "scale"
    VARIATE = "inverse x"
    GAP_CONDITION = "log det E inverse x + E log det x must be > 0"

    def scipy_twin(self, theta: Rows) -> Any:
        standard = self._standard_from_natural(theta[None])
        twin = stats.invwishart(df=standard["degrees_of_freedom"][0], scale=standard["scale"][0])
        # Not to be asked: SciPy 1.17 takes log 2 off log det S where det(S/2) asks for d log 2, as its density does.
        twin.entropy = None
        return twin
