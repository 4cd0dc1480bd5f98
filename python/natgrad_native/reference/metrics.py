# ruff: noqa: D102  (the methods are documented in Metric)
"""The Fisher information of a row of points as an operator: dense, products and damped solves.

Coordinates c of a point see F_c = J^T F J, J = d theta / d c (Amari 2016, Information Geometry and Its Applications,
section 2.2). `Metric.along` forms it from a Jacobian; the other classes are closed forms of F_c, for families where
J^T F J would cancel: a location and a scale are orthogonal, their entries in theta are not.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from . import linear, simplex
from . import symmetric as sym
from .arrays import Counts, Rows
from .linear import DENSE_LIMIT


class TooLargeError(ValueError):
    """A damped solve that only the dense matrix has, of too many coordinates for it."""


class Metric(ABC):
    """A symmetric positive definite matrix for each row, of `size` coordinates."""

    @property
    @abstractmethod
    def size(self) -> int: ...

    @abstractmethod
    def dense(self) -> Rows:
        """The matrices (rows, size, size)."""

    @abstractmethod
    def multiply(self, v: Rows) -> Rows:
        """M v, (rows, size)."""

    @abstractmethod
    def solve(self, v: Rows, damping: Rows) -> Rows:
        """(M + damping I)^-1 v for v (rows, size), damping (rows,)."""

    def along(self, jacobian: Rows) -> Metric:
        """J^T M J, J = d old / d new coordinates: its diagonal (rows, size), or whole (rows, size, size)."""
        return DiagonalPullback(self, jacobian) if jacobian.ndim == 2 else DensePullback(self, jacobian)


class Kernels(NamedTuple):
    """A family's own operations with F on rows: `_fisher` and its companions, or the compiled ones."""

    fisher: Callable[[Rows], Rows]
    multiply: Callable[[Rows, Rows], Rows]
    solve: Callable[[Rows, Rows, Rows], Rows]


class Natural(Metric):
    """F itself."""

    def __init__(self, kernels: Kernels, theta: Rows) -> None:
        self.kernels, self.theta = kernels, theta

    @property
    def size(self) -> int:
        return int(self.theta.shape[-1])

    def dense(self) -> Rows:
        return self.kernels.fisher(self.theta)

    def multiply(self, v: Rows) -> Rows:
        return self.kernels.multiply(self.theta, v)

    def solve(self, v: Rows, damping: Rows) -> Rows:
        return self.kernels.solve(self.theta, v, damping)

    def inverse(self) -> Metric:
        """F_mu = F^-1, for d mu / d theta = F."""
        return Inverse(self)


class Times(Metric):
    """c M for a factor c > 0 of each row (rows,)."""

    def __init__(self, factor: Rows, base: Metric) -> None:
        self.factor, self.base = factor, base

    @property
    def size(self) -> int:
        return self.base.size

    def dense(self) -> Rows:
        return np.asarray(self.factor[:, None, None] * self.base.dense())

    def multiply(self, v: Rows) -> Rows:
        return np.asarray(self.factor[:, None] * self.base.multiply(v))

    def solve(self, v: Rows, damping: Rows) -> Rows:
        return np.asarray(self.base.solve(v / self.factor[:, None], damping / self.factor))


class Inverse(Metric):
    """M^-1."""

    def __init__(self, base: Natural) -> None:
        self.base = base

    @property
    def size(self) -> int:
        return self.base.size

    def dense(self) -> Rows:
        """One solve a column, the other triangle by symmetry."""
        theta, size = self.base.theta, self.size
        columns = np.tile(np.eye(size), (len(theta), 1))
        points = np.repeat(theta, size, axis=0)
        found = self.base.kernels.solve(points, columns, np.zeros(len(points)))
        return sym.symmetrised(found.reshape(len(theta), size, size))

    def multiply(self, v: Rows) -> Rows:
        return self.base.solve(v, np.zeros(len(v)))

    def solve(self, v: Rows, damping: Rows) -> Rows:
        """M v undamped; damped, through the dense M^-1, or for a large one in the better of two forms.

        (M^-1 + l I)^-1 v = (M + I/l)^-1 M v/l = (v - (M + I/l)^-1 v/l)/l: the first where l M v is small against v.
        """
        image = self.base.multiply(v)
        if not damping.any():
            return image
        if self.size <= DENSE_LIMIT:
            return np.where((damping > 0)[:, None], solve_formed(self, v, damping), image)
        strength = np.where(damping > 0, damping, 1.0)
        shift = 1.0 / strength
        beside = _norm(image) * strength <= _norm(v)
        solved = self.base.solve(np.where(beside[:, None], image, v), shift) * shift[:, None]
        damped = np.where(beside[:, None], solved, (v - solved) * shift[:, None])
        return np.where((damping > 0)[:, None], damped, image)


class DiagonalPullback(Metric):
    """J^T M J for a diagonal J (rows, size), that is never formed to multiply or, undamped, to solve."""

    def __init__(self, base: Metric, slope: Rows) -> None:
        self.base, self.slope = base, slope

    @property
    def size(self) -> int:
        return self.base.size

    def along(self, jacobian: Rows) -> Metric:
        if jacobian.ndim == 2:
            return DiagonalPullback(self.base, self.slope * jacobian)
        return super().along(jacobian)

    def dense(self) -> Rows:
        return sym.symmetrised(self.slope[:, :, None] * self.base.dense() * self.slope[:, None, :])

    def multiply(self, v: Rows) -> Rows:
        return np.asarray(self.slope * self.base.multiply(self.slope * v))

    def solve(self, v: Rows, damping: Rows) -> Rows:
        """Damped: J^-1 (M + l/c^2 I)^-1 J^-1 where all slopes have one magnitude c, else through the dense matrix."""
        size = np.abs(self.slope)
        common = size[:, 0]
        if not damping.any() or (size == common[:, None]).all():
            return np.asarray(self.base.solve(v / self.slope, damping / common / common) / self.slope)
        undamped = self.base.solve(v / self.slope, np.zeros(len(v))) / self.slope
        return np.where((damping > 0)[:, None], solve_formed(self, v, damping), undamped)


class DensePullback(Metric):
    """J^T M J for a whole J (rows, size, size)."""

    def __init__(self, base: Metric, jacobian: Rows) -> None:
        self.base, self.jacobian = base, jacobian

    @property
    def size(self) -> int:
        return self.base.size

    def dense(self) -> Rows:
        return sym.symmetrised(sym.transpose(self.jacobian) @ self.base.dense() @ self.jacobian)

    def multiply(self, v: Rows) -> Rows:
        return sym.apply(sym.transpose(self.jacobian), self.base.multiply(sym.apply(self.jacobian, v)))

    def solve(self, v: Rows, damping: Rows) -> Rows:
        there = linear.solve_general(sym.transpose(self.jacobian), v)
        undamped = linear.solve_general(self.jacobian, self.base.solve(there, np.zeros(len(v))))
        if not damping.any():
            return undamped
        return np.where((damping > 0)[:, None], solve_formed(self, v, damping), undamped)


# --- closed forms ---


class Diagonal(Metric):
    """Orthogonal coordinates: diag(d), d (rows, size)."""

    def __init__(self, entries: Rows) -> None:
        self.entries = entries

    @property
    def size(self) -> int:
        return int(self.entries.shape[-1])

    def along(self, jacobian: Rows) -> Metric:
        return Diagonal(jacobian * self.entries * jacobian) if jacobian.ndim == 2 else super().along(jacobian)

    def dense(self) -> Rows:
        return np.asarray(self.entries[:, :, None] * np.eye(self.size))

    def multiply(self, v: Rows) -> Rows:
        return np.asarray(self.entries * v)

    def solve(self, v: Rows, damping: Rows) -> Rows:
        return np.asarray(v / (self.entries + damping[:, None]))


class DiagonalPlusConstant(Metric):
    """diag(d) + c 1 1^T, d (rows, size), c (rows,): probabilities whose last one is what the others leave."""

    def __init__(self, entries: Rows, constant: Rows) -> None:
        self.entries, self.constant = entries, constant

    @property
    def size(self) -> int:
        return int(self.entries.shape[-1])

    def dense(self) -> Rows:
        return np.asarray(self.entries[:, :, None] * np.eye(self.size) + self.constant[:, None, None])

    def multiply(self, v: Rows) -> Rows:
        return np.asarray(self.entries * v + (self.constant * v.sum(axis=-1))[:, None])

    def solve(self, v: Rows, damping: Rows) -> Rows:
        """q_k (v_k - average of v), weights q_k = 1/(d_k + l) and 1/c for a last entry 0 (Sherman and Morrison)."""
        weight = 1.0 / np.concatenate([self.entries + damping[:, None], self.constant[:, None]], axis=-1)
        share = weight / weight.sum(axis=-1, keepdims=True)
        return np.asarray(weight * simplex.centred(share, simplex.with_reference(v)))[:, :-1]


class Dense(Metric):
    """A matrix given whole (rows, size, size)."""

    def __init__(self, matrix: Rows) -> None:
        self.matrix = matrix

    @property
    def size(self) -> int:
        return int(self.matrix.shape[-1])

    def dense(self) -> Rows:
        return self.matrix

    def multiply(self, v: Rows) -> Rows:
        return sym.apply(self.matrix, v)

    def solve(self, v: Rows, damping: Rows) -> Rows:
        return linear.solve_dense(self.matrix, v, damping)


class Kronecker(Metric):
    """<dM, A dM B> for a change dM (p x q) of a matrix, row by row; A and B symmetric positive definite."""

    def __init__(self, left: Rows, right: Rows) -> None:
        self.left, self.right = left, right

    @property
    def size(self) -> int:
        return int(self.left.shape[-1] * self.right.shape[-1])

    def dense(self) -> Rows:
        product = self.left[:, :, None, :, None] * self.right[:, None, :, None, :]
        return product.reshape(-1, self.size, self.size)

    def multiply(self, v: Rows) -> Rows:
        return self._flat(self.left @ self._matrix(v) @ self.right)

    def solve(self, v: Rows, damping: Rows) -> Rows:
        matrix = self._matrix(v)
        for base in (self.left, self.right):
            factor, _, _ = sym.cholesky(base)
            matrix = sym.transpose(sym.solve_upper(factor, sym.solve_lower(factor, matrix)))
        undamped = self._flat(matrix)
        if not damping.any():
            return undamped
        return np.where((damping > 0)[:, None], solve_formed(self, v, damping), undamped)

    def _matrix(self, v: Rows) -> Rows:
        return v.reshape(-1, self.left.shape[-1], self.right.shape[-1])

    def _flat(self, matrix: Rows) -> Rows:
        return np.asarray(matrix).reshape(-1, self.size)


class Covariance(Metric):
    """tr(P dS P dS)/2 for a packed change dS of a covariance S = P^-1; S_ij moves both (i, j) and (j, i)."""

    def __init__(self, precision: Rows, covariance: Rows) -> None:
        self.precision, self.covariance = precision, covariance

    @property
    def size(self) -> int:
        return sym.packed_size(self.precision.shape[-1])

    def dense(self) -> Rows:
        """Return (P_ik P_jl + P_il P_jk)/((1 + d_ij)(1 + d_kl))."""
        i, j = np.tril_indices(self.precision.shape[-1])
        pi, pj = self.precision[:, i, :], self.precision[:, j, :]
        once = 1.0 / np.where(i == j, 2.0, 1.0)
        return np.asarray((pi[:, :, i] * pj[:, :, j] + pi[:, :, j] * pj[:, :, i]) * once[:, None] * once)

    def multiply(self, v: Rows) -> Rows:
        d = self.precision.shape[-1]
        image = self.precision @ sym.unpack(v, d) @ self.precision
        return np.asarray(sym.pack(sym.symmetrised(image)) * sym.natural_scale(d))

    def solve(self, v: Rows, damping: Rows) -> Rows:
        d = self.precision.shape[-1]
        image = self.covariance @ sym.unpack(v / sym.natural_scale(d), d) @ self.covariance
        undamped = sym.pack(sym.symmetrised(image))
        if not damping.any():
            return undamped
        return np.where((damping > 0)[:, None], solve_formed(self, v, damping), undamped)


class Blocks(Metric):
    """Metrics of sets of coordinates that are orthogonal to each other: (indices, metric) for each."""

    def __init__(self, *parts: tuple[Counts, Metric]) -> None:
        self.parts = parts

    @property
    def size(self) -> int:
        return sum(len(places) for places, _ in self.parts)

    def along(self, jacobian: Rows) -> Metric:
        if jacobian.ndim == 2:
            return Blocks(*((places, part.along(jacobian[:, places])) for places, part in self.parts))
        return super().along(jacobian)

    def dense(self) -> Rows:
        blocks = [part.dense() for _, part in self.parts]
        matrix = np.zeros((len(blocks[0]), self.size, self.size))
        for (places, _), block in zip(self.parts, blocks, strict=True):
            matrix[:, places[:, None], places] = block
        return matrix

    def multiply(self, v: Rows) -> Rows:
        return self._each(v, lambda part, own: part.multiply(own))

    def solve(self, v: Rows, damping: Rows) -> Rows:
        return self._each(v, lambda part, own: part.solve(own, damping))

    def _each(self, v: Rows, operation: Callable[[Metric, Rows], Rows]) -> Rows:
        answer = np.empty_like(v)
        for places, part in self.parts:
            answer[:, places] = operation(part, v[:, places])
        return answer


class Bordered(Metric):
    """[[s + b^T C^-1 b, b^T], [b, C]] of a first coordinate and the others.

    Given C, b, g = C^-1 b and the Schur complement s without cancellation: s (rows,), b and g (rows, size - 1).
    """

    def __init__(self, complement: Rows, border: Rows, gain: Rows, rest: Metric) -> None:
        self.complement, self.border, self.gain, self.rest = complement, border, gain, rest

    @property
    def size(self) -> int:
        return 1 + self.rest.size

    @property
    def corner(self) -> Rows:
        return np.asarray(self.complement + (self.border * self.gain).sum(axis=-1))

    def dense(self) -> Rows:
        matrix = np.empty((len(self.border), self.size, self.size))
        matrix[:, 0, 0] = self.corner
        matrix[:, 0, 1:] = matrix[:, 1:, 0] = self.border
        matrix[:, 1:, 1:] = self.rest.dense()
        return matrix

    def multiply(self, v: Rows) -> Rows:
        first = self.corner * v[:, 0] + (self.border * v[:, 1:]).sum(axis=-1)
        return np.concatenate([first[:, None], self.border * v[:, :1] + self.rest.multiply(v[:, 1:])], axis=-1)

    def solve(self, v: Rows, damping: Rows) -> Rows:
        first = (v[:, 0] - (self.gain * v[:, 1:]).sum(axis=-1)) / self.complement
        others = self.rest.solve(v[:, 1:], np.zeros(len(v))) - self.gain * first[:, None]
        undamped = np.concatenate([first[:, None], others], axis=-1)
        if not damping.any():
            return undamped
        return np.where((damping > 0)[:, None], solve_formed(self, v, damping), undamped)


def cholesky_metric(precision: Rows, root: Rows) -> Metric:
    """tr(P dS P dS)/2 for a change of the packed factor L of S = L L^T = P^-1 with a logged diagonal; root = L^-1.

    It is tr(X X + X X^T) with X = L^-1 dL, lower triangular: the columns j of L are orthogonal to each other, with
    P_ik, i, k >= j, and once more 1/L_jj^2 for i = k = j. The logged diagonal takes L_jj for each index j.
    """
    parts: list[tuple[Counts, Metric]] = []
    for j in range(precision.shape[-1]):
        block = precision[:, j:, j:].copy()
        block[:, 0, :] /= root[:, j, j, None]
        block[:, :, 0] /= root[:, j, j, None]
        block[:, 0, 0] += 1.0
        i = np.arange(j, precision.shape[-1])
        parts.append((i * (i + 1) // 2 + j, Dense(block)))
    return Blocks(*parts)


def consecutive(*parts: Metric) -> Metric:
    """`Blocks` of coordinates that follow one another."""
    ends: Sequence[int] = np.cumsum([0, *(part.size for part in parts)]).tolist()
    return Blocks(*((np.arange(ends[k], ends[k + 1]), part) for k, part in enumerate(parts)))


def solve_formed(metric: Metric, v: Rows, damping: Rows) -> Rows:
    """Through the dense matrix, as large as a dense F is solved with."""
    if metric.size > DENSE_LIMIT:
        raise TooLargeError(
            f"a damped solve in these coordinates takes the dense matrix, of at most {DENSE_LIMIT} coordinates, "
            f"got {metric.size}"
        )
    matrix = metric.dense()
    if metric.size != 2:
        return linear.solve_dense(matrix, v, damping)
    # Scaled to the diagonal 1, the determinant 1 - r^2 = 1/(M_11 (M^-1)_11) is M's own: none is lost where r is near 1.
    root = np.sqrt(np.diagonal(matrix, axis1=-2, axis2=-1))
    first = np.stack([root[:, 0], np.zeros(len(v))], axis=-1)
    own = 1.0 / (root[:, 0] * metric.solve(first, np.zeros(len(v)))[:, 0])
    extra = damping[:, None] / root / root
    scaled = (1.0 + extra[:, 0], matrix[:, 0, 1] / root[:, 0] / root[:, 1], 1.0 + extra[:, 1])
    determinant = own + extra.sum(axis=-1) + extra[:, 0] * extra[:, 1]
    return linear.solve_two_by_two(*scaled, determinant, v / root, np.zeros(len(v))) / root


def _norm(values: Rows) -> Rows:
    """Largest magnitude in each row (rows, n)."""
    return np.asarray(np.abs(values).max(axis=-1, initial=0.0))
