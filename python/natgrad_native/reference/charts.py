# ruff: noqa: D102  (the methods are documented in Chart)
"""Charts: standard parameters as unconstrained real coordinates, the ones optimisers hold.

Each chart has a forward map, its inverse and the Jacobian of the inverse in closed form; families name one for each
standard parameter. The maps are those of Stan (Carpenter et al. 2017, Stan: a probabilistic programming language;
reference manual, chapter "Constraint transforms").
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from . import simplex
from . import symmetric as sym
from .arrays import Rows

Shape = tuple[int, ...]


class Chart(ABC):
    """Maps between the values (rows, *shape) of one standard parameter and real coordinates (rows, n)."""

    def size(self, shape: Shape) -> int:
        """Number of coordinates n of one value."""
        return math.prod(shape)

    @abstractmethod
    def forward(self, value: Rows) -> Rows:
        """The coordinates (rows, n)."""

    @abstractmethod
    def inverse(self, u: Rows, shape: Shape) -> Rows:
        """The values (rows, *shape)."""

    @abstractmethod
    def jacobian(self, u: Rows, shape: Shape) -> Rows:
        """The change of the flattened (packed) value with u: a diagonal (rows, n) or matrices (rows, n, n)."""

    @abstractmethod
    def mp_inverse(self, u: Sequence[Any], shape: Shape) -> Any:
        """The value of a list of mpf, nested as its shape is, for the judge."""


class Elementwise(Chart):
    """A chart of each entry by itself."""

    def forward(self, value: Rows) -> Rows:
        return self._forward(value).reshape(len(value), math.prod(value.shape[1:]))

    def inverse(self, u: Rows, shape: Shape) -> Rows:
        return self._inverse(u).reshape(len(u), *shape)

    def jacobian(self, u: Rows, shape: Shape) -> Rows:
        return self._slope(u)

    def mp_inverse(self, u: Sequence[Any], shape: Shape) -> Any:
        return nested([self._mp_inverse(entry) for entry in u], shape)

    @abstractmethod
    def _forward(self, value: Rows) -> Rows: ...

    @abstractmethod
    def _inverse(self, u: Rows) -> Rows: ...

    @abstractmethod
    def _slope(self, u: Rows) -> Rows: ...

    @abstractmethod
    def _mp_inverse(self, u: Any) -> Any: ...


class Real(Elementwise):
    """A real number as it is."""

    def _forward(self, value: Rows) -> Rows:
        return value

    def _inverse(self, u: Rows) -> Rows:
        return u

    def _slope(self, u: Rows) -> Rows:
        return np.ones_like(u)

    def _mp_inverse(self, u: Any) -> Any:
        return u


@dataclass(frozen=True)
class Above(Elementwise):
    """A number above a least one by the logarithm of the difference."""

    least: float = 0.0

    def _forward(self, value: Rows) -> Rows:
        return np.log(value - self.least)

    def _inverse(self, u: Rows) -> Rows:
        return self.least + np.exp(u)

    def _slope(self, u: Rows) -> Rows:
        return np.exp(u)

    def _mp_inverse(self, u: Any) -> Any:
        import mpmath

        return self.least + mpmath.exp(u)


class UnitInterval(Elementwise):
    """A probability by its log odds."""

    def _forward(self, value: Rows) -> Rows:
        return np.asarray(special.logit(value))

    def _inverse(self, u: Rows) -> Rows:
        return np.asarray(special.expit(u))

    def _slope(self, u: Rows) -> Rows:
        return np.asarray(special.expit(u) * special.expit(-u))

    def _mp_inverse(self, u: Any) -> Any:
        import mpmath

        return 1 / (1 + mpmath.exp(-u))


class Simplex(Chart):
    """Probabilities whose sum is below 1, by their log ratios to what they leave."""

    def forward(self, value: Rows) -> Rows:
        return np.asarray(np.log(value / (1.0 - value.sum(axis=-1, keepdims=True))))

    def inverse(self, u: Rows, shape: Shape) -> Rows:
        return simplex.probabilities(simplex.with_reference(u))[:, :-1]

    def jacobian(self, u: Rows, shape: Shape) -> Rows:
        p = self.inverse(u, shape)
        return np.asarray(p[:, :, None] * np.eye(p.shape[-1]) - p[:, :, None] * p[:, None, :])

    def mp_inverse(self, u: Sequence[Any], shape: Shape) -> Any:
        import mpmath

        odds = [mpmath.exp(entry) for entry in u]
        return [part / (1 + mpmath.fsum(odds)) for part in odds]


class Covariance(Chart):
    """S = L L^T by the lower triangular L with a logged diagonal, packed row by row."""

    def size(self, shape: Shape) -> int:
        return sym.packed_size(shape[0])

    def forward(self, value: Rows) -> Rows:
        factor, _, _ = sym.cholesky(sym.symmetrised(value))
        return with_logged_diagonal(factor)

    def inverse(self, u: Rows, shape: Shape) -> Rows:
        factor = from_logged_diagonal(u, shape[0])
        return np.asarray(factor @ sym.transpose(factor))

    def jacobian(self, u: Rows, shape: Shape) -> Rows:
        """Entry (i, j) of S moves with L_kl by d_ik L_jl + d_jk L_il, with log L_kk by L_kk times that."""
        factor = from_logged_diagonal(u, shape[0])
        i, j = np.tril_indices(shape[0])
        pull = (i[:, None] == i) * factor[:, j[:, None], j] + (j[:, None] == i) * factor[:, i[:, None], j]
        return np.asarray(pull * np.where(i == j, factor[:, i, j], 1.0)[:, None, :])

    def mp_inverse(self, u: Sequence[Any], shape: Shape) -> Any:
        import mpmath

        d, entries = shape[0], iter(u)
        factor = mpmath.matrix(d)
        for i in range(d):
            for j in range(i + 1):
                entry = next(entries)
                factor[i, j] = mpmath.exp(entry) if i == j else entry
        product = factor * factor.T
        return [[product[i, j] for j in range(d)] for i in range(d)]


def with_logged_diagonal(factor: Rows) -> Rows:
    """L (rows, d, d) packed, its diagonal as logarithms."""
    i, j = np.tril_indices(factor.shape[-1])
    packed = sym.pack(factor)
    return np.where(i == j, np.log(np.where(i == j, packed, 1.0)), packed)


def from_logged_diagonal(u: Rows, dimension: int) -> Rows:
    """The lower triangular L (rows, d, d)."""
    i, j = np.tril_indices(dimension)
    factor = np.zeros((len(u), dimension, dimension))
    factor[:, i, j] = np.where(i == j, np.exp(np.where(i == j, u, 0.0)), u)
    return factor


REAL, POSITIVE, UNIT_INTERVAL, SIMPLEX, COVARIANCE = Real(), Above(), UnitInterval(), Simplex(), Covariance()


# --- the standard parameters together ---

Charts = Mapping[str, Chart]
Shapes = Mapping[str, Shape]


def _each(charts: Charts, shapes: Shapes) -> Iterator[tuple[str, Chart, Shape, slice]]:
    """Name, chart, shape and place among the coordinates of each standard parameter."""
    start = 0
    for name, shape in shapes.items():
        stop = start + charts[name].size(shape)
        yield name, charts[name], shape, slice(start, stop)
        start = stop


def forward(charts: Charts, standard: Mapping[str, Rows]) -> Rows:
    """The coordinates (rows, size) of standard parameters by name."""
    return np.concatenate([charts[name].forward(value) for name, value in standard.items()], axis=-1)


def inverse(charts: Charts, shapes: Shapes, u: Rows) -> dict[str, Rows]:
    """The standard parameters by name."""
    return {name: chart.inverse(u[:, place], shape) for name, chart, shape, place in _each(charts, shapes)}


def jacobian(charts: Charts, shapes: Shapes, u: Rows) -> Rows:
    """The change of the flattened (packed) standard parameters with u: a diagonal, or whole if a chart's is."""
    parts = [(place, chart.jacobian(u[:, place], shape)) for _, chart, shape, place in _each(charts, shapes)]
    if all(part.ndim == 2 for _, part in parts):
        return np.concatenate([part for _, part in parts], axis=-1)
    whole = np.zeros((*u.shape, u.shape[-1]))
    for place, part in parts:
        whole[:, place, place] = part if part.ndim == 3 else part[:, :, None] * np.eye(part.shape[-1])
    return whole


def mp_inverse(charts: Charts, shapes: Shapes, u: Sequence[Any]) -> dict[str, Any]:
    """The standard parameters by name of a list of mpf, for the judge."""
    return {name: chart.mp_inverse(u[place], shape) for name, chart, shape, place in _each(charts, shapes)}


def nested(flat: Sequence[Any], shape: Shape) -> Any:
    """A list of numbers as nested lists."""
    if not shape:
        return flat[0]
    width = len(flat) // shape[0]
    return [nested(flat[k * width : (k + 1) * width], shape[1:]) for k in range(shape[0])]
