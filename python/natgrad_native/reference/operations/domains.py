"""Membership in the natural and the mean domain, and how far a ray can go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import arrays, conditions
from ..arrays import Rows
from ..conditions import Check
from .checked import Array, Checked, finite_checks


class Domains(Checked):
    """Operations with the boundaries of the domains."""

    def in_natural_domain(self, theta: ArrayLike) -> NDArray[np.bool_]:
        """Mask (...) of the points inside the natural domain; False for NaN and infinities."""
        return self._mask(theta, "in_natural_domain", "theta", self._natural_checks)

    def in_mean_domain(self, mu: ArrayLike) -> NDArray[np.bool_]:
        """Mask (...) of the points inside the mean domain; False for NaN and infinities."""
        return self._mask(mu, "in_mean_domain", "mu", lambda rows: self._mean_checks(rows, self._mean_domain))

    def _mask(
        self, value: ArrayLike, name: str, label: str, checks: Callable[[Rows], Iterable[Check]]
    ) -> NDArray[np.bool_]:
        operation = self._operation(name)
        batch, (rows,) = arrays.broadcast_rows(operation, [self._point(value, operation, label)])
        with np.errstate(all="ignore"):
            return conditions.judge(rows.shape[0], checks(rows)).good.reshape(batch)

    def step_to_boundary(self, theta: ArrayLike, direction: ArrayLike) -> Array:
        """The largest beta (...) with theta + beta direction in the natural domain, inf if the ray never leaves it."""
        operation = self._operation("step_to_boundary")
        operands = [self._point(theta, operation, "theta"), self._point(direction, operation, "direction")]

        def checks(point: Rows, ray: Rows) -> Iterator[Check]:
            yield from self._natural_checks(point)
            yield from finite_checks(ray, "direction[{}]")

        return self._apply(operation, operands, self._step_to_boundary, checks)

    def mean_step_to_boundary(self, mu: ArrayLike, direction: ArrayLike) -> Array:
        """The largest beta with mu + beta direction in the mean domain (inf if the ray never leaves it), (...)."""
        operation = self._operation("mean_step_to_boundary")
        operands = [self._point(mu, operation, "mu"), self._point(direction, operation, "direction")]

        def checks(point: Rows, ray: Rows) -> Iterator[Check]:
            yield from self._mean_checks(point, self._mean_domain)
            yield from finite_checks(ray, "direction[{}]")

        return self._apply(operation, operands, self._mean_step_to_boundary, checks)
