"""mpmath as the judge: every quantity from `mp_log_partition` alone, at the very floats passed in.

Derivatives are central differences with a relative step of 1e-30 at 320 digits, so their own error is below 1e-55.
"""

from __future__ import annotations

from functools import cache

import mpmath
import numpy as np

DIGITS = 320
STEP = mpmath.mpf(10) ** -30


class Judge:
    """A, grad A and Hessian A of one family at one point, in mpmath."""

    def __init__(self, family, theta: tuple[float, ...]) -> None:
        self.family = family
        self.theta = [mpmath.mpf(value) for value in theta]
        with mpmath.workdps(DIGITS):
            self.log_partition = self.value()
            self.mean = [self.slope(i) for i in range(len(theta))]

    def value(self, *shifts):
        point = list(self.theta)
        for i, shift in shifts:
            point[i] = point[i] + shift
        return self.family.mp_log_partition(point)

    def step(self, i):
        return abs(self.theta[i]) * STEP if self.theta[i] else STEP / 10**10

    def slope(self, i):
        h = self.step(i)
        return (self.value((i, h)) - self.value((i, -h))) / (2 * h)

    def fisher(self, i, j):
        with mpmath.workdps(DIGITS):
            a, b = self.step(i), self.step(j)
            if i == j:
                return (self.value((i, a)) - 2 * self.log_partition + self.value((i, -a))) / a**2
            return (
                self.value((i, a), (j, b))
                - self.value((i, a), (j, -b))
                - self.value((i, -a), (j, b))
                + self.value((i, -a), (j, -b))
            ) / (4 * a * b)

    def fisher_matrix(self):
        size = len(self.theta)
        matrix = mpmath.matrix(size)
        for i in range(size):
            for j in range(i + 1):
                matrix[i, j] = matrix[j, i] = self.fisher(i, j)
        return matrix

    def entropy(self):
        with mpmath.workdps(50):
            inner = sum((t * m for t, m in zip(self.theta, self.mean, strict=True)), mpmath.mpf(0))
        with mpmath.workdps(DIGITS):
            inner = sum(t * m for t, m in zip(self.theta, self.mean, strict=True))
        with mpmath.workdps(30):
            base = self.family.mp_expected_log_base_measure(self.theta, self.mean)
        with mpmath.workdps(DIGITS):
            return self.log_partition - inner - base

    def kl(self, other: Judge):
        with mpmath.workdps(DIGITS):
            difference = sum((b - a) * m for a, b, m in zip(self.theta, other.theta, self.mean, strict=True))
            return other.log_partition - self.log_partition - difference


@cache
def _judge(family, theta: tuple[float, ...]) -> Judge:
    return Judge(family, theta)


def judge(family, theta: np.ndarray) -> Judge:
    """The (cached) judge of a family at theta (size,)."""
    return _judge(family, tuple(float(value) for value in theta))


def floats(values) -> np.ndarray:
    """mpf values rounded to float64."""
    return np.array([float(value) for value in values])
