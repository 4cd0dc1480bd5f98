"""Log-partition, its conjugate, entropy and divergences."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from .. import arrays, conditions
from ..arrays import Rows
from ..conditions import Check
from .checked import Array, Checked, restored


class Scalars(Checked):
    """Functions of one or two points, in nats."""

    def log_partition(self, theta: ArrayLike) -> Array:
        """A(theta) = log of the integral of h exp<theta, T>, (..., size) -> (...)."""
        operation = self._operation("log_partition")
        return self._apply(operation, [self._point(theta, operation, "theta")], self._log_partition)

    def dual_log_partition(self, mu: ArrayLike) -> Array:
        """A*(mu) = <theta, mu> - A(theta), the convex conjugate of A, (..., size) -> (...)."""
        operation = self._operation("dual_log_partition")
        point = self._point(mu, operation, "mu")
        batch, (rows,) = arrays.broadcast_rows(operation, [point])
        with np.errstate(all="ignore"):
            conditions.require(operation, rows.shape[0], self._mean_checks(rows, self._mean_domain))
            answer = self._dual_log_partition(rows)
        return restored(answer, batch, arrays.result_dtype([point]))

    def entropy(self, theta: ArrayLike) -> Array:
        """-E log p(x | theta) in nats, (..., size) -> (...)."""
        operation = self._operation("entropy")
        return self._apply(operation, [self._point(theta, operation, "theta")], self._entropy)

    def kl_divergence(self, theta_p: ArrayLike, theta_q: ArrayLike) -> Array:
        """KL(p || q) = A(q) - A(p) - <q - p, mu_p> >= 0 in nats, accurate when the points almost coincide."""
        operation = self._operation("kl_divergence")
        points = [self._point(theta_p, operation, "theta_p"), self._point(theta_q, operation, "theta_q")]
        return self._apply(operation, points, self._checked_kl, self._both_natural)

    def cross_entropy(self, theta_p: ArrayLike, theta_q: ArrayLike) -> Array:
        """-E_p log q(x) = H(p) + KL(p || q) in nats."""
        operation = self._operation("cross_entropy")
        points = [self._point(theta_p, operation, "theta_p"), self._point(theta_q, operation, "theta_q")]
        return self._apply(
            operation, points, lambda p, q: self._entropy(p) + self._checked_kl(p, q), self._both_natural
        )

    def _both_natural(self, p: Rows, q: Rows) -> Iterator[Check]:
        yield from self._natural_checks(p)
        yield from self._natural_checks(q)

    def _checked_kl(self, p: Rows, q: Rows) -> Rows:
        return np.where((p == q).all(axis=-1), 0.0, np.maximum(self._kl_divergence(p, q), 0.0))
