"""The NormalGamma family."""

from __future__ import annotations

from dataclasses import dataclass

from ..normal_gamma_kind import NormalGammaKind
from .gamma import Gamma


@dataclass(frozen=True)
class NormalGamma(NormalGammaKind):
    """Joint prior of a Normal's mean and precision, x = (z, y): y is Gamma(a, b), and z given y Normal(m, 1/(k y)).

    T(x) = (log y, y, y z, y z^2), theta = (a, -(b + k m^2/2), k m, -k/2), h(x) = y^(-1/2), so that theta holds the
    shape itself. A = log Gamma(a) - a log b - log(k)/2 + log(2 pi)/2, mu = (psi(a) - log b, a/b, m a/b, 1/k + m^2 a/b).
    Standard parameters: `location` m, `precision_scale` k, `shape` a, `rate` b. Centred mean coordinates: [psi(a) - log
    a, a/b, m, 1/k], which keep their digits far from zero. The inverse solves log a - psi(a) = log E y - E log y.
    """

    SPREAD = "precision"
    BASE = -0.5
    MARGINAL = Gamma()
    MEAN_CONDITION = "E precision must be > 0"
    GAP_CONDITION = "log E precision - E log precision must be > 0"
