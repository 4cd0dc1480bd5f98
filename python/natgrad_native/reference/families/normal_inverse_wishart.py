"""The NormalInverseWishart family."""

from __future__ import annotations

from dataclasses import dataclass

from ..normal_wishart_kind import OfVector
from .inverse_wishart import InverseWishart


@dataclass(frozen=True)
class NormalInverseWishart(OfVector):
    """Joint prior of a Normal's mean and covariance, x = (z, C): C is InverseWishart(nu, S), z given C Normal(m, C/k).

    T(x) = (log det C, packed C^-1, C^-1 z, z^T C^-1 z), theta = (-nu/2, packed -(S + k m m^T)/2 with off-diagonals
    doubled, k m, -k/2), h(x) = det C^(-(d + 2)/2), packed = lower triangle row by row; an event (d + 1, d) is z over
    the rows of C. A = log Gamma_d(nu/2) - nu/2 log det(S/2) - d log(k/2 pi)/2, mu = (-(sum psi((nu - j)/2) - log
    det(S/2)), packed W, W m, d/k + m^T W m), W = nu S^-1. Standard parameters: `location` m, `precision_scale` k,
    `degrees_of_freedom` nu > d - 1, `scale` S (..., d, d). Centred mean coordinates: [E log det C + log det W, packed
    W, m, d/k]. The inverse is Newton's method in the degrees of freedom.
    """

    MARGINAL = InverseWishart
    MEAN_CONDITION = "E inverse covariance must be positive definite"
    GAP_CONDITION = "log det E inverse covariance + E log det covariance must be > 0"
