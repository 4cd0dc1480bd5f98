"""Statistics, densities, samples and maximum likelihood."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from ...errors import Status
from .. import arrays, conditions
from ..arrays import Rows
from ..conditions import Check, Condition
from .checked import Array, require_in_range, restored
from .coordinates import Coordinates


class Observations(Coordinates):
    """Operations on observations x (..., *event_shape)."""

    def _outside_support(self, x: Rows) -> Array:
        return ~conditions.judge(x.shape[0], conditions.with_status(self._support(x), Status.OUTSIDE_SUPPORT)).good

    def _number_checks(self, x: Rows) -> Iterator[Check]:
        flat = x.reshape((x.shape[0], int(np.prod(self.event_shape, dtype=np.int64))))
        met = np.asarray(~np.isnan(flat).any(axis=-1))
        yield Check(Condition(met, "x must be a number", np.full(x.shape[0], np.nan)), Status.NOT_FINITE)

    def _on_support(self, x: Rows, statement: Callable[[Array], Rows]) -> Rows:
        """`statement(index)` on the rows inside the support, -inf elsewhere."""
        index = np.flatnonzero(~self._outside_support(x))
        answer = np.full(x.shape[0], -np.inf)
        answer[index] = statement(index)
        return answer

    def sufficient_statistics(self, x: ArrayLike) -> Array:
        """T(x), (..., *event_shape) -> (..., size); DomainError outside the support."""
        operation = self._operation("sufficient_statistics")
        data = self._observation(x, operation)
        batch, (rows,) = arrays.broadcast_rows(operation, [data])
        with np.errstate(all="ignore"):
            self._require_support(operation, rows)
            return restored(self._sufficient_statistics(rows), batch, arrays.result_dtype([data]))

    def _require_support(self, operation: str, x: Rows) -> None:
        support = conditions.with_status(self._support(x), Status.OUTSIDE_SUPPORT)
        conditions.require(operation, x.shape[0], chain(self._number_checks(x), support))

    def log_base_measure(self, x: ArrayLike) -> Array:
        """Return log h(x), (..., *event_shape) -> (...); -inf outside the support, DomainError for NaN."""
        operation = self._operation("log_base_measure")
        data = self._observation(x, operation)
        batch, (rows,) = arrays.broadcast_rows(operation, [data])
        with np.errstate(all="ignore"):
            conditions.require(operation, rows.shape[0], self._number_checks(rows))
            answer = self._on_support(rows, lambda index: self._log_base_measure(rows[index]))
        return restored(answer, batch, arrays.result_dtype([data]))

    def log_density(self, theta: ArrayLike, x: ArrayLike) -> Array:
        """Return log p(x | theta) in nats; -inf outside the support, DomainError for NaN."""
        operation = self._operation("log_density")
        operands = [self._point(theta, operation, "theta"), self._observation(x, operation)]

        def statement(point: Rows, data: Rows) -> Rows:
            return self._on_support(data, lambda index: self._log_density(point[index], data[index]))

        def checks(point: Rows, data: Rows) -> Iterator[Check]:
            yield from self._natural_checks(point)
            yield from self._number_checks(data)

        return self._apply(operation, operands, statement, checks)

    def sample(
        self, theta: ArrayLike, size: int | tuple[int, ...] = (), rng: np.random.Generator | None = None
    ) -> Array:
        """Draws from p(x | theta): (..., size) -> size + ... + event_shape, by exact methods over NumPy's generators.

        `rng` is a numpy.random.Generator (a fresh one if None); the draws depend on it alone. A Categorical draw is an
        integer label, counts are int64, or numbers of theta's type where one of them is beyond int64. Every draw is
        finite and inside the support: one beyond the range of the number type becomes the nearest number, a matrix
        singular to working precision one that has a Cholesky factor. Raises DomainError for theta outside the natural
        domain, TypeError for another `rng`.
        """
        operation = self._operation("sample")
        point = self._point(theta, operation, "theta")
        batch, (rows,) = arrays.broadcast_rows(operation, [point])
        with np.errstate(all="ignore"):
            conditions.require(operation, rows.shape[0], self._natural_checks(rows))
            generator = np.random.default_rng() if rng is None else rng
            if not isinstance(generator, np.random.Generator):
                raise TypeError(f"{operation}: rng must be a numpy.random.Generator, got {type(rng).__name__}")
            leading = (size,) if isinstance(size, (int, np.integer)) else tuple(size)
            draws = self._sample_in(
                arrays.result_dtype([point]), rows.reshape((*batch, self.size)), (*leading, *batch), generator
            )
            event = range(draws.ndim - len(self.event_shape), draws.ndim)
            numbers = ~np.isnan(draws).any(axis=(*range(len(leading)), *event))
            require_in_range(operation, numbers.reshape(rows.shape[0]))
        return draws

    def maximum_likelihood(self, x: ArrayLike, weights: ArrayLike | None = None, axis: int = 0) -> Array:
        """Return theta that maximises the (weighted) log likelihood of the observations along batch axis `axis` of x.

        x (batch, *event_shape) -> (batch without `axis`, size). `weights` has one entry per observation or the batch
        shape. Raises ValueError for no observations and DomainError where x leaves the support or the averaged
        statistics leave the mean domain.
        """
        centred = self.centred_mean_of_observations(x, weights, axis)
        theta = self._inverse(centred, False, "maximum_likelihood", "statistics", centred=True)
        return cast(Array, theta)

    def centred_mean_of_observations(self, x: ArrayLike, weights: ArrayLike | None = None, axis: int = 0) -> Array:
        """The centred mean parameters (..., size) of the fit that `maximum_likelihood` makes of the same arguments."""
        operation = self._operation("maximum_likelihood")
        data = self._observation(x, operation)
        axis = arrays.observation_axis(operation, data.batch, axis)
        if data.batch[axis] == 0:
            raise ValueError(f"{operation}: x has shape {data.values.shape}, no observations along axis {axis}")
        normalised = arrays.observation_weights(operation, weights, data.batch, axis, len(self.event_shape))
        with np.errstate(all="ignore"):
            self._require_support(operation, data.values.reshape((-1, *self.event_shape)))
            centred = self.centred_mean_of_data(data.values, normalised, axis)
        return arrays.rounded(centred, arrays.result_dtype([data]))
