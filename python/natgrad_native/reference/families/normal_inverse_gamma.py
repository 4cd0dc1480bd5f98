"""The NormalInverseGamma family."""

from __future__ import annotations

from dataclasses import dataclass

from ..normal_gamma_kind import NormalGammaKind
from .inverse_gamma import InverseGamma


@dataclass(frozen=True)
class NormalInverseGamma(NormalGammaKind):
    """Joint prior of a Normal's mean and variance, x = (z, v): v is InverseGamma(a, b), and z given v Normal(m, v/k).

    T(x) = (log v, 1/v, z/v, z^2/v), theta = (-a, -(b + k m^2/2), k m, -k/2), h(x) = v^(-3/2), so that theta holds the
    shape itself. A = log Gamma(a) - a log b - log(k)/2 + log(2 pi)/2, mu = (log b - psi(a), a/b, m a/b, 1/k + m^2 a/b).
    Standard parameters: `location` m, `precision_scale` k, `shape` a, `scale` b. Centred mean coordinates: [log a -
    psi(a), a/b, m, 1/k], which keep their digits far from zero. The inverse solves log a - psi(a) = log E 1/v + E
    log v.
    """

    SPREAD = "variance"
    BASE = -1.5
    MARGINAL = InverseGamma()
    MEAN_CONDITION = "E 1/variance must be > 0"
    GAP_CONDITION = "log E 1/variance + E log variance must be > 0"
