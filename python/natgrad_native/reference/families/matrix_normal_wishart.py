# ruff: noqa: D102  (the statements are documented in statements.py)
"""The MatrixNormalWishart family."""

from __future__ import annotations

from dataclasses import dataclass

from ..family import require_integer
from ..normal_wishart_kind import NormalWishartKind
from .wishart import Wishart


@dataclass(frozen=True)
class MatrixNormalWishart(NormalWishartKind):
    """Joint prior of a matrix and the precision of its rows, x = (Z, L): L is Wishart(nu, V), Z given L matrix normal.

    Z (p x q) has the mean M, row precision L and column precision K: vec Z ~ Normal(vec M, L^-1 (x) K^-1), the
    conjugate prior of a linear regression with several responses (Dawid 1981, Some matrix-variate distribution theory;
    Minka 2000, Bayesian linear regression). T(x) = (log det L, packed L, L Z, packed Z^T L Z), theta = (nu/2, packed
    -(V^-1 + M K M^T)/2, M K, packed -K/2, off-diagonals of both packed ones doubled), h(x) = det L^((q - p - 1)/2),
    packed = lower triangle row by row; an event (q + p, p) is Z^T over the rows of L. A = log Gamma_p(nu/2) - nu/2 log
    det(V^-1/2) - p log det(K)/2 + p q log(2 pi)/2, mu = ((sum psi((nu - j)/2) - log det(V^-1/2)), packed W, W M, packed
    p K^-1 + M^T W M), W = nu V. Standard parameters: `location` M (..., p, q), `precision_scale` K (..., q, q),
    `degrees_of_freedom` nu > p - 1, `scale` V (..., p, p). Centred mean coordinates: [E log det L - log det W, packed
    W, M, packed p K^-1]. The inverse is Newton's method in the degrees of freedom.
    """

    rows: int
    columns: int

    MARGINAL = Wishart
    MEAN_CONDITION = "E precision must be positive definite"
    GAP_CONDITION = "log det E precision - E log det precision must be > 0"
    SCALE_CONDITION = "precision_scale must be positive definite"
    SPREAD_CONDITION = "inverse precision_scale must be positive definite"

    def __post_init__(self) -> None:
        require_integer(self, "rows", 1)
        require_integer(self, "columns", 1)
        super().__post_init__()

    @classmethod
    def examples(cls) -> tuple[MatrixNormalWishart, ...]:
        return (cls(1, 2), cls(3, 2))

    @property
    def _rows(self) -> int:
        return self.rows

    @property
    def _columns(self) -> int:
        return self.columns
