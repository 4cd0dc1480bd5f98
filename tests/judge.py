"""mpmath as the judge: every quantity from `mp_log_partition` alone, at the very floats passed in.

Derivatives are central differences with a relative step of 10^-40 at 260 digits. Their error is below 1e-75 of the
scale of A in each coordinate, 1e-55 where the boundary of the domain is only 1e-10 of a coordinate away: enough for a
determinant of condition 1e36. A second derivative 10^-160 of A still has its digits.
"""

from __future__ import annotations

from functools import cache, cached_property

import mpmath
import numpy as np

DIGITS = 260
STEP = mpmath.mpf(10) ** -40
NOTHING = mpmath.mpf(10) ** -60
# Enough for first derivatives down to 1e-150 of A.
GRADIENT_DIGITS = 240
GRADIENT_STEP = mpmath.mpf(10) ** -35


class Judge:
    """A, grad A and Hessian A of one family at one point (floats or mpf), in mpmath."""

    def __init__(self, family, theta, digits: int = DIGITS, step=STEP) -> None:
        self.family, self.digits, self.relative_step = family, digits, step
        self.theta = [mpmath.mpf(value) for value in theta]
        self.shifted = {}

    def value(self, *shifts):
        """A(theta + shifts), each (coordinate, number of steps)."""
        if shifts not in self.shifted:
            point = list(self.theta)
            with mpmath.workdps(self.digits):
                for i, steps in shifts:
                    point[i] = point[i] + steps * self.step(i)
                self.shifted[shifts] = self.family.mp_log_partition(point)
        return self.shifted[shifts]

    @property
    def log_partition(self):
        return self.value()

    def step(self, i):
        # What Newton leaves of a coordinate that is 0 has no scale of its own.
        size = abs(self.theta[i])
        return size * self.relative_step if size > NOTHING else self.relative_step / 10**10

    @cached_property
    def mean(self):
        with mpmath.workdps(self.digits):
            size = range(len(self.theta))
            return [(self.value((i, 1)) - self.value((i, -1))) / (2 * self.step(i)) for i in size]

    def fisher(self, i, j):
        with mpmath.workdps(self.digits):
            pure = self.value((i, 1)) + self.value((i, -1)) - 2 * self.value()
            if i == j:
                return pure / self.step(i) ** 2
            i, j = min(i, j), max(i, j)
            both = self.value((i, 1), (j, 1)) + self.value((i, -1), (j, -1)) - 2 * self.value()
            other = self.value((j, 1)) + self.value((j, -1)) - 2 * self.value()
            mixed = both - (self.value((i, 1)) + self.value((i, -1)) - 2 * self.value()) - other
            # Of coordinates that have nothing to do with each other only the rounding of A is left.
            rounding = abs(self.value()) * mpmath.mpf(10) ** (5 - self.digits)
            return mixed / (2 * self.step(i) * self.step(j)) if abs(mixed) > rounding else mpmath.mpf(0)

    @cached_property
    def fisher_matrix(self):
        size = len(self.theta)
        matrix = mpmath.matrix(size)
        for i in range(size):
            for j in range(i + 1):
                matrix[i, j] = matrix[j, i] = self.fisher(i, j)
        return matrix

    def log_determinant(self):
        with mpmath.workdps(self.digits):
            return mpmath.log(mpmath.det(self.fisher_matrix))

    def inner(self, point):
        """<point, mu>."""
        with mpmath.workdps(self.digits):
            return mpmath.fsum(mpmath.mpf(t) * m for t, m in zip(point, self.mean, strict=True))

    @cached_property
    def expected_log_base_measure(self):
        with mpmath.workdps(30):
            return self.family.mp_expected_log_base_measure(self.theta, self.mean)

    def entropy(self):
        with mpmath.workdps(self.digits):
            return self.log_partition - self.inner(self.theta) - self.expected_log_base_measure

    def kl(self, q):
        """KL to the point q."""
        with mpmath.workdps(self.digits):
            there = self.family.mp_log_partition([mpmath.mpf(value) for value in q])
            return there - self.log_partition - self.inner(q) + self.inner(self.theta)

    def log_density(self, x):
        """Log h(x) + <theta, T(x)> - A(theta) at one observation, a float or an array."""
        with mpmath.workdps(self.digits):
            value = observation(x)
            statistics = self.family.mp_sufficient_statistics(value)
            inner = mpmath.fsum(t * s for t, s in zip(self.theta, statistics, strict=True))
            return self.family.mp_log_base_measure(value) + inner - self.log_partition


def gradient(family, theta):
    """Grad A at one point: a list of mpf."""
    return Judge(family, theta, GRADIENT_DIGITS, GRADIENT_STEP).mean


def observation(x):
    """One observation as mpf, or (nested) lists of them."""
    return [observation(part) for part in x] if np.ndim(x) else mpmath.mpf(float(x))


STANDARD_DIGITS = 60


def natural_from_standard(family, flat) -> tuple[list, list]:
    """Theta of standard parameters (floats, flattened), and |theta_i| + sum_k |d theta_i / d s_k| |s_k|."""
    with mpmath.workdps(STANDARD_DIGITS):
        exact = [mpmath.mpf(float(value)) for value in flat]
        theta = list(family.mp_natural_from_standard(named(family, exact)))
        scale = [abs(value) for value in theta]
        step = mpmath.mpf(10) ** (-STANDARD_DIGITS // 3)
        for k, value in enumerate(exact):
            if not value:
                continue
            moved = [*exact[:k], value * (1 + step), *exact[k + 1 :]]
            beside = family.mp_natural_from_standard(named(family, moved))
            scale = [s + abs(b - t) / step for s, b, t in zip(scale, beside, theta, strict=True)]
    return theta, scale


def named(family, flat) -> dict:
    """Standard parameters by name, nested as their shapes say."""
    rest = list(flat)

    def nested(shape):
        return [nested(shape[1:]) for _ in range(shape[0])] if shape else rest.pop(0)

    return {name: nested(shape) for name, shape in family.standard_shapes.items()}


MAX_NEWTON = 60


def dual_log_partition(start: Judge, mu):
    """A*(mu) = max over theta of <theta, mu> - A(theta), by Newton from a point whose mean is near mu (floats).

    A step is halved until it ascends. The value errs by the square of the error in theta.
    """
    at, goal = start, [mpmath.mpf(value) for value in mu]
    with mpmath.workdps(start.digits):
        for _ in range(MAX_NEWTON):
            residual = mpmath.matrix([m - x for m, x in zip(goal, at.mean, strict=True)])
            step = mpmath.lu_solve(at.fisher_matrix, residual)
            terms = [t * m for t, m in zip(at.theta, goal, strict=True)]
            value = mpmath.fsum(terms) - at.log_partition
            scale = min(1, abs(value) + mpmath.fsum(abs(term) for term in terms))
            gain = (step.T * residual)[0]
            if gain <= mpmath.mpf(10) ** -30 * scale:
                return value + gain / 2
            share = mpmath.mpf(1)
            while True:
                there = [t + share * d for t, d in zip(at.theta, step, strict=True)]
                better = mpmath.fsum(t * m for t, m in zip(there, goal, strict=True)) - _log_partition(at, there)
                if better >= value:
                    break
                share /= 2
                if share < STEP:
                    raise ArithmeticError(f"{at.family!r}: no ascent towards {mu}")
            if gain < mpmath.mpf(10) ** -12 * scale:
                return better
            at = Judge(at.family, there, at.digits, at.relative_step)
    raise ArithmeticError(f"{start.family!r}: the dual did not converge at {mu}")


def _log_partition(at: Judge, theta):
    """A, or infinity where mpmath finds no real value: outside the domain."""
    try:
        value = at.family.mp_log_partition(theta)
    except (ValueError, ZeroDivisionError):
        return mpmath.inf
    return value if isinstance(value, mpmath.mpf) and mpmath.isfinite(value) else mpmath.inf


@cache
def _judge(family, theta: tuple[float, ...]) -> Judge:
    return Judge(family, theta)


def judge(family, theta: np.ndarray) -> Judge:
    """The (cached) judge of a family at theta (size,)."""
    return _judge(family, tuple(float(value) for value in theta))


def floats(values) -> np.ndarray:
    """mpf values rounded to float64."""
    return np.array([float(value) for value in values])
