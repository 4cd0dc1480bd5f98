"""Gaussian likelihood with known noise variance s^2: y ~ N(eta, s^2)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from natgrad_native.reference.likelihood import Array, Expectations, Likelihood


@dataclass(frozen=True)
class Gaussian(Likelihood):
    """log p(y | eta) = -(y - eta)^2 / 2 s^2 - log(2 pi s^2) / 2, with s^2 = `noise_variance`.

    It is quadratic in eta, so the variational posterior is the exact one.
    """

    noise_variance: float = 1.0

    def __post_init__(self) -> None:
        variance = self.noise_variance
        if not (math.isfinite(variance) and variance > 0):
            raise ValueError(f"Gaussian: noise_variance must be finite and > 0, got {variance!r}")

    def target_conditions(self, y: Array) -> Iterator[tuple[NDArray[np.bool_], str]]:
        """Any finite number."""
        yield from ()

    def log_density(self, eta: Array, y: Array) -> Array:
        """Log density of N(eta, s^2) at y."""
        return -0.5 * ((y - eta) ** 2 / self.noise_variance + math.log(2 * math.pi * self.noise_variance))

    def expectations(self, y: Array, mean: Array, variance: Array) -> Expectations:
        """Closed form: E (y - eta)^2 = (y - m)^2 + v."""
        value = self.log_density(mean, y) - 0.5 * variance / self.noise_variance
        second = np.full(value.shape, -1 / self.noise_variance)
        return Expectations(value, (y - mean) / self.noise_variance, second)

    def predict_mean(self, mean: Array, variance: Array) -> Array:
        """The mean m."""
        return np.broadcast_arrays(mean, variance)[0].copy()

    def working_start(self, y: Array) -> tuple[Array, Array, Array]:
        """The likelihood itself, expanded at eta = 0: the start is already the posterior."""
        return np.zeros(y.shape), y / self.noise_variance, np.full(y.shape, 1 / self.noise_variance)
