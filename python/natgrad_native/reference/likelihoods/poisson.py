"""Poisson likelihood with log link: y ~ Poisson(exp(eta))."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from natgrad_native.reference.likelihood import Array, Expectations, Likelihood


@dataclass(frozen=True)
class Poisson(Likelihood):
    """log p(y | eta) = y eta - exp(eta) - log y!, for counts y = 0, 1, 2, ..."""

    def target_conditions(self, y: Array) -> Iterator[tuple[NDArray[np.bool_], str]]:
        """Counts."""
        yield y >= 0, "must be >= 0"
        yield y == np.floor(y), "must be an integer"

    def log_density(self, eta: Array, y: Array) -> Array:
        """Log density y eta - exp(eta) - log y!."""
        with np.errstate(over="ignore"):
            density: Array = y * eta - np.exp(eta) - gammaln(y + 1)
        return density

    def expectations(self, y: Array, mean: Array, variance: Array) -> Expectations:
        """Closed form: E exp(eta) = exp(m + v/2), a log-normal distribution's mean; infinite where it overflows."""
        with np.errstate(over="ignore"):
            rate = np.exp(mean + 0.5 * variance)
        return Expectations(y * mean - rate - gammaln(y + 1), y - rate, -rate)

    def predict_mean(self, mean: Array, variance: Array) -> Array:
        """Expected rate, exp(m + v/2)."""
        with np.errstate(over="ignore"):
            return np.exp(mean + 0.5 * variance)

    def working_start(self, y: Array) -> tuple[Array, Array, Array]:
        """Fisher scoring from the rates y + 1/2 (McCullagh & Nelder 1989, section 2.5, start at the data)."""
        rate = y + 0.5
        return np.log(rate), y - rate, rate
