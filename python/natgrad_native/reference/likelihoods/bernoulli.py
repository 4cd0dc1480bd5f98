"""Bernoulli likelihood with logit link: y ~ Bernoulli(1 / (1 + exp(-eta)))."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr

from natgrad_native.reference.likelihood import Array, Expectations, Likelihood
from natgrad_native.reference.quadrature import normal_expectations

# The scheme for a wide normal distribution, sd > 1 (`_wide`). c = 1.6 is close to sqrt(8 / pi), where both functions
# have the slope 1/4 at 0. The trapezoidal rule's error is exp(-2 pi^2 / h) from the poles at +-i pi and exp(-2 pi^2
# s^2 / h^2) from N(eta; m, s^2) (Trefethen & Weideman 2014, "The exponentially convergent trapezoidal rule", theorem
# 5.1).
SMOOTHING = 1.6
SPACING = 0.5
# eta from -64 to 36: the remainders are below exp(-|eta|).
GRID: Array = SPACING * np.arange(-128, 73, dtype=np.float64)


def softplus_derivatives(eta: Array) -> tuple[Array, Array, Array]:
    """Values of softplus = log(1 + exp(eta)), its derivative sigmoid(eta) and the next, sigmoid(eta) sigmoid(-eta)."""
    small = np.exp(-np.abs(eta))
    return np.maximum(eta, 0) + np.log1p(small), expit(eta), small / (1 + small) ** 2


def _smooth_derivatives(eta: Array, width: Array | float) -> tuple[Array, Array, Array]:
    """The same with the sigmoid replaced by Phi(eta/c): eta Phi(eta/c) + c phi(eta/c), Phi(eta/c), phi(eta/c)/c."""
    ratio = eta / width
    cdf, pdf = ndtr(ratio), np.exp(-0.5 * ratio**2) / math.sqrt(2 * math.pi)
    return eta * cdf + width * pdf, cdf, pdf / width


def _remainders() -> tuple[Array, Array, Array]:
    """The softplus family minus its smooth twin at `GRID`, times `SPACING`: even, odd, even in eta."""
    left = -np.abs(GRID)  # where neither function is large, so that the difference keeps its digits
    parts = zip(softplus_derivatives(left), _smooth_derivatives(left, SMOOTHING), strict=True)
    value, first, second = (SPACING * (exact - smooth) for exact, smooth in parts)
    return value, np.where(GRID <= 0, first, -first), second


_REMAINDERS = _remainders()


def _wide(mean: Array, sd: Array) -> tuple[Array, Array, Array]:
    """E of softplus and its derivatives for sd > 1: the smooth part in closed form, the rest by the trapezoidal rule.

    E Phi(eta/c) = Phi(m / sqrt(c^2 + s^2)), and its two integrals alike. The remainder is analytic and falls like
    exp(-|eta|), so equispaced nodes at fixed eta serve every (m, s): only N(eta; m, s^2) is evaluated.
    """
    fold = -np.abs(mean)  # softplus(eta) - softplus(-eta) = eta: one half line is enough, and keeps relative accuracy
    with np.errstate(over="ignore"):  # what is further than 1e154 standard deviations away has density 0
        density = np.exp(-0.5 * ((GRID - fold[:, None]) / sd[:, None]) ** 2) / (math.sqrt(2 * math.pi) * sd[:, None])
        smooth = _smooth_derivatives(fold, np.hypot(SMOOTHING, sd))
    value, first, second = (part + density @ rest for part, rest in zip(smooth, _REMAINDERS, strict=True))
    positive = mean > 0
    return np.where(positive, mean + value, value), np.where(positive, 1 - first, first), second


@dataclass(frozen=True)
class Bernoulli(Likelihood):
    """log p(y | eta) = y eta - log(1 + exp(eta)) for y in {0, 1}.

    With t = 2y - 1 it is -softplus(-t eta), which keeps its digits on either side.
    """

    def target_conditions(self, y: Array) -> Iterator[tuple[NDArray[np.bool_], str]]:
        """Labels 0 and 1."""
        yield (y == 0) | (y == 1), "must be 0 or 1"

    def log_density(self, eta: Array, y: Array) -> Array:
        """Log density -softplus(-t eta)."""
        return -softplus_derivatives((1 - 2 * y) * eta)[0]

    def expectations(self, y: Array, mean: Array, variance: Array) -> Expectations:
        """By quadrature; relative error below 1e-12 in each of the three for |m| <= 50, standard deviations to 1e3."""
        sign = 1 - 2 * y
        value, first, second = normal_expectations(sign * mean, np.sqrt(variance), softplus_derivatives, _wide)
        return Expectations(-value, -sign * first, -second)

    def predict_mean(self, mean: Array, variance: Array) -> Array:
        """P(y = 1) = E sigmoid(eta)."""
        return normal_expectations(mean, np.sqrt(variance), softplus_derivatives, _wide)[1]

    def working_start(self, y: Array) -> tuple[Array, Array, Array]:
        """Boehning's bound at eta = 0: the curvature of softplus is at most 1/4 (Boehning 1992)."""
        return np.zeros(y.shape), y - 0.5, np.full(y.shape, 0.25)
