"""The NormalWishart family."""

from __future__ import annotations

from dataclasses import dataclass

from ..normal_wishart_kind import OfVector
from .wishart import Wishart


@dataclass(frozen=True)
class NormalWishart(OfVector):
    """Joint prior of a Normal's mean and precision, x = (z, L): L is Wishart(nu, V), z given L Normal(m, (k L)^-1).

    T(x) = (log det L, packed L, L z, z^T L z), theta = (nu/2, packed -(V^-1 + k m m^T)/2 with off-diagonals doubled, k
    m, -k/2), h(x) = det L^(-d/2), packed = lower triangle row by row; an event (d + 1, d) is z over the rows of L. A =
    log Gamma_d(nu/2) - nu/2 log det(V^-1/2) - d log(k/2 pi)/2, mu = ((sum psi((nu - j)/2) - log det(V^-1/2)), packed W,
    W m, d/k + m^T W m), W = nu V. Standard parameters: `location` m, `precision_scale` k, `degrees_of_freedom` nu > d -
    1, `scale` V (..., d, d). Centred mean coordinates: [E log det L - log det W, packed W, m, d/k]. The inverse is
    Newton's method in the degrees of freedom.
    """

    MARGINAL = Wishart
    MEAN_CONDITION = "E precision must be positive definite"
    GAP_CONDITION = "log det E precision - E log det precision must be > 0"
