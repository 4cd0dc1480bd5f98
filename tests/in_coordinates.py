"""mpmath as the judge of F in every user's own coordinates: J^T (Hessian of A) J.

J is the central difference of theta as mpmath states it of the standard parameters, composed with the charts'.
"""

from __future__ import annotations

from functools import cached_property

import judge
import mpmath
import numpy as np
from natgrad_native.reference import hermitian
from natgrad_native.reference import symmetric as sym

STEP = mpmath.mpf(10) ** -70
PRECISE = mpmath.mpf(10) ** -60
MAX_NEWTON = 60


class Point:
    """One point of a reference family in one of the coordinates."""

    def __init__(self, family, coordinates, theta) -> None:
        self.family, self.coordinates, self.judge = family, coordinates, judge.judge(family, theta)

    @cached_property
    def fisher(self):
        """F as an mpf matrix."""
        with mpmath.workdps(self.judge.digits):
            hessian = self.judge.fisher_matrix
            if self.coordinates == "mean":
                return mpmath.inverse(hessian)
            jacobian = self.jacobian
            return jacobian.T * hessian * jacobian

    @property
    def curved(self) -> bool:
        """Whether the coordinates are others than theta and mu."""
        return self.coordinates in ("standard", "unconstrained")

    @cached_property
    def jacobian(self):
        """d theta / d c at the coordinates of theta, which Newton's method finds."""
        if not self.curved:
            return mpmath.eye(self.family.size)
        at = [mpmath.mpf(value) for value in self.start()]
        for _ in range(MAX_NEWTON):
            gap = mpmath.matrix([t - s for t, s in zip(self.natural(at), self.judge.theta, strict=True)])
            step = mpmath.lu_solve(self.slopes(at), gap)
            at = [c - s for c, s in zip(at, step, strict=True)]
            if all(abs(s) <= max(abs(c), self.least) * PRECISE for s, c in zip(step, at, strict=True)):
                return self.slopes(at)
        raise ArithmeticError(f"{self.family!r}: no {self.coordinates} coordinates at {self.judge.theta}")

    @property
    def starts(self) -> bool:
        """Whether the coordinates' floats are close enough for Newton: not where they round to the edge of a domain."""
        if not self.curved:
            return True
        with mpmath.workdps(self.judge.digits):
            try:
                found = self.natural([mpmath.mpf(value) for value in self.start()])
            except ZeroDivisionError:
                return False
            pairs = list(zip(found, self.judge.theta, strict=True))
            real = all(mpmath.isfinite(t) and not mpmath.im(t) for t, _ in pairs)
            return real and all(abs(t - s) < 0.5 + 1e-6 * abs(s) for t, s in pairs)

    @property
    def least(self):
        """What Newton leaves of a logarithm of 1 has no scale of its own; a probability may be smaller."""
        return mpmath.mpf(10) ** -30 if self.coordinates == "unconstrained" else 0

    def start(self) -> np.ndarray:
        theta = judge.floats(self.judge.theta)[None]
        if self.coordinates == "unconstrained":
            return self.family.unconstrained_from_natural(theta)[0]
        values = self.family.standard_from_natural(theta).values()
        parts = zip(self.family.standard_shapes, values, self.family._standard_counts, strict=True)
        return np.concatenate([reduced(name, value[0], count) for name, value, count in parts])

    def natural(self, c):
        """Theta of coordinates."""
        family, rest = self.family, list(c)
        if self.coordinates == "unconstrained":
            return family.mp_natural_from_unconstrained(rest)
        flat = []
        for (name, shape), count in zip(family.standard_shapes.items(), family._standard_counts, strict=True):
            flat += whole(name, rest[:count], shape)
            rest = rest[count:]
        return family.mp_natural_from_standard(judge.named(family, flat))

    def slopes(self, at):
        size = len(at)
        matrix = mpmath.matrix(size)
        for k, value in enumerate(at):
            step = max(abs(value), self.least) * STEP if value else STEP
            ends = [self.natural([*at[:k], value + sign * step, *at[k + 1 :]]) for sign in (1, -1)]
            for i, (up, down) in enumerate(zip(*ends, strict=True)):
                matrix[i, k] = (up - down) / (2 * step)
        return matrix

    def dense(self) -> np.ndarray:
        return np.array(self.fisher.tolist(), dtype=np.float64)

    def multiply(self, v) -> np.ndarray:
        with mpmath.workdps(self.judge.digits):
            return judge.floats(self.fisher * mpmath.matrix([mpmath.mpf(float(x)) for x in v]))


def reduced(name, value, count) -> np.ndarray:
    """The coordinates of a standard parameter: all its entries, all probabilities but the last, or a lower triangle."""
    if count == value.size:
        return value.reshape(-1)
    if is_hermitian(value.shape, count):
        return hermitian.pack_parts(value)
    return value[..., :-1].reshape(-1) if "probabilities" in name else sym.pack(value).reshape(-1)


def is_hermitian(shape, count) -> bool:
    """Real and imaginary parts of a Hermitian matrix, not a series of symmetric ones."""
    return len(shape) == 3 and shape[0] == shape[1] and shape[2] == 2 and count == shape[0] ** 2


def whole(name, c, shape) -> list:
    """The entries of a standard parameter from its coordinates, mpf."""
    if len(c) == int(np.prod(shape, dtype=np.int64)):
        return c
    if "probabilities" in name:
        own = [c[k : k + shape[-1] - 1] for k in range(0, len(c), shape[-1] - 1)]
        return [p for row in own for p in (*row, 1 - mpmath.fsum(row))]
    if len(shape) == 3 and not is_hermitian(shape, len(c)):
        each = len(c) // shape[0]
        return [v for n in range(shape[0]) for v in whole(name, c[n * each : (n + 1) * each], shape[1:])]
    if len(shape) == 3:
        parts = {(*key[:2], int(key[2])): v for key, v in zip(hermitian.entries(shape[0]), c, strict=True)}
        zero = {(i, i, 1): mpmath.mpf(0) for i in range(shape[0])}
        lower = parts | zero
        size = range(shape[0])
        return [lower[max(a, b), min(a, b), k] * (-1 if k and a < b else 1) for a in size for b in size for k in (0, 1)]
    i, j = np.tril_indices(shape[0])
    entries = dict(zip(zip(i.tolist(), j.tolist(), strict=True), c, strict=True))
    return [entries[max(a, b), min(a, b)] for a in range(shape[0]) for b in range(shape[0])]


class View:
    """A family whose F is that in given coordinates, for the scales of `tolerances.py`."""

    def __init__(self, family, coordinates) -> None:
        self.family, self.coordinates = family, coordinates

    def __getattr__(self, name):
        return getattr(self.family, name)

    def fisher(self, theta):
        return self.family.fisher(theta, coordinates=self.coordinates)

    def fisher_multiply(self, theta, v):
        return self.family.fisher_multiply(theta, v, coordinates=self.coordinates)

    def fisher_solve(self, theta, v, damping=0.0):
        return self.family.fisher_solve(theta, v, damping, coordinates=self.coordinates)
