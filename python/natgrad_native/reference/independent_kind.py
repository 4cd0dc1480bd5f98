# ruff: noqa: D102  (the statements are documented in statements.py)
"""What the families state alike that hold independent copies of a family of two coordinates."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .arrays import Rows
from .conditions import Condition
from .family import Family, Inverse
from .fisher_rao import length


class IndependentKind(Family):
    """theta = (all first coordinates, all second coordinates) of n independent copies of `_base`.

    A and A* are sums over the copies, F has one 2 x 2 block a copy. A family states T and h.
    """

    @property
    @abstractmethod
    def _base(self) -> Family:
        """The family of one copy, whose coordinates and words are used."""

    @property
    @abstractmethod
    def _count(self) -> int:
        """The number n of copies."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"{name}[{j}]" for name in self._base.names for j in range(self._count))

    @property
    def size(self) -> int:
        return 2 * self._count

    def _copies(self, points: Rows) -> Rows:
        """Points (rows, 2 n) as points (rows * n, 2) of the base."""
        rows = len(points)
        return points.reshape(rows, 2, self._count).swapaxes(-1, -2).reshape(rows * self._count, 2)

    def _joined(self, points: Rows) -> Rows:
        """The reverse of `_copies`."""
        by_row = self._by_row(points)
        return np.asarray(by_row.swapaxes(-1, -2).reshape(len(by_row), 2 * self._count))

    def _by_row(self, values: Any) -> Any:
        """Values of copies (rows * n, ...) as values of rows (rows, n, ...)."""
        return values.reshape(len(values) // self._count, self._count, *values.shape[1:])

    def _sum(self, values: Rows) -> Rows:
        return np.asarray(self._by_row(values).sum(axis=-1))

    def _each(self, conditions: Iterator[Condition], rows: int) -> Iterator[Condition]:
        """The base's conditions on copies as conditions on rows, copy by copy."""
        listed = list(conditions)
        for k in range(self._count):
            for met, text, value in listed:
                yield Condition(met.reshape(rows, self._count)[:, k], text, value.reshape(rows, self._count)[:, k])

    def _natural_domain(self, theta: Rows) -> Iterator[Condition]:
        yield from self._each(iter(self._base._natural_domain(self._copies(theta))), len(theta))

    def _mean_domain(self, mu: Rows) -> Iterator[Condition]:
        yield from self._each(iter(self._base._mean_domain(self._copies(mu))), len(mu))

    def _centred_domain(self, centred: Rows) -> Iterator[Condition]:
        yield from self._each(iter(self._base._centred_domain(self._copies(centred))), len(centred))

    def _log_partition(self, theta: Rows) -> Rows:
        return self._sum(self._base._log_partition(self._copies(theta)))

    def _to_mean(self, theta: Rows) -> Rows:
        return self._joined(self._base._to_mean(self._copies(theta)))

    def _to_natural(self, mu: Rows) -> Inverse:
        return self._inverse_of(self._base._to_natural(self._copies(mu)))

    def _centred_from_natural(self, theta: Rows) -> Rows:
        return self._joined(self._base._centred_from_natural(self._copies(theta)))

    def _natural_from_centred(self, centred: Rows) -> Inverse:
        return self._inverse_of(self._base._natural_from_centred(self._copies(centred)))

    def _inverse_of(self, inverse: Inverse) -> Inverse:
        iterations = self._by_row(inverse.iterations).max(axis=-1)
        converged = np.asarray(self._by_row(inverse.converged).all(axis=-1))
        return Inverse(self._joined(inverse.theta), iterations, converged)

    def _dual_of_natural(self, theta: Rows) -> Rows:
        return self._sum(self._base._dual_of_natural(self._copies(theta)))

    def _dual_log_partition(self, mu: Rows) -> Rows:
        return self._sum(self._base._dual_log_partition(self._copies(mu)))

    def _kl_divergence(self, p: Rows, q: Rows) -> Rows:
        return self._sum(self._base._kl_divergence(self._copies(p), self._copies(q)))

    def _fisher(self, theta: Rows) -> Rows:
        n = self._count
        blocks = self._by_row(self._base._fisher(self._copies(theta)))
        whole = np.zeros((len(theta), 2, n, 2, n))
        diagonal = np.arange(n)
        whole[:, :, diagonal, :, diagonal] = np.moveaxis(blocks, 1, 0)
        return whole.reshape(len(theta), 2 * n, 2 * n)

    def _fisher_multiply(self, theta: Rows, v: Rows) -> Rows:
        return self._joined(self._base._fisher_multiply(self._copies(theta), self._copies(v)))

    def _fisher_solve(self, theta: Rows, v: Rows, damping: Rows) -> Rows:
        each = np.repeat(damping, self._count)
        return self._joined(self._base._fisher_solve(self._copies(theta), self._copies(v), each))

    def _fisher_log_determinant(self, theta: Rows) -> Rows:
        return self._sum(self._base._fisher_log_determinant(self._copies(theta)))

    def _step_to_boundary(self, theta: Rows, direction: Rows) -> Rows:
        steps = self._base._step_to_boundary(self._copies(theta), self._copies(direction))
        return np.asarray(self._by_row(steps).min(axis=-1))

    def _mean_step_to_boundary(self, mu: Rows, direction: Rows) -> Rows:
        steps = self._base._mean_step_to_boundary(self._copies(mu), self._copies(direction))
        return np.asarray(self._by_row(steps).min(axis=-1))

    def _fisher_rao_distance(self, a: Rows, b: Rows) -> Rows | None:
        """The root of the sum of squares over the copies, of a product of metrics."""
        each = self._base._fisher_rao_distance(self._copies(a), self._copies(b))
        return None if each is None else length(self._by_row(each))

    def test_points(self, rng: np.random.Generator, rows: int) -> Rows:
        return self._joined(self._base.test_points(rng, rows * self._count))

    def hard_points(self) -> Rows:
        """Each hard point of the base, all copies of a row from another one."""
        points = self._base.hard_points()
        index = (np.arange(len(points))[:, None] + np.arange(self._count)) % len(points)
        return self._joined(points[index.reshape(-1)])

    def domain_points(self, rng: np.random.Generator, rows: int, decades: float) -> Rows:
        return self._joined(self._base.domain_points(rng, rows * self._count, decades))

    def mp_log_partition(self, theta: Sequence[Any]) -> Any:
        n = self._count
        return sum(self._base.mp_log_partition([theta[j], theta[n + j]]) for j in range(n))

    def mp_centred_from_mean(self, mean: Sequence[Any]) -> Sequence[Any]:
        n = self._count
        copies = [self._base.mp_centred_from_mean([mean[j], mean[n + j]]) for j in range(n)]
        return [*(copy[0] for copy in copies), *(copy[1] for copy in copies)]
