"""The Fisher information F = Hessian of A: dense, products, solves, log-determinant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from ...errors import Status
from .. import arrays
from ..arrays import Operand, Rows
from ..conditions import Check, Condition, with_status
from ..metrics import Kernels, Metric, Natural, TooLargeError
from .checked import Array, Checked, finite_checks

Coordinates = Literal["natural", "mean", "standard", "unconstrained"]
COORDINATES: tuple[str, ...] = get_args(Coordinates)
OF_METRIC: dict[str, Callable[..., Rows]] = {
    "fisher": lambda metric: metric.dense(),
    "fisher_multiply": lambda metric, v: metric.multiply(v),
    "fisher_solve": lambda metric, v, damping: metric.solve(v, damping),
}

FISHER_LIMIT_BYTES = 4 * 2**30


class Information(Checked):
    """Operations with the Fisher information matrix."""

    @property
    def kernels(self) -> Kernels:
        """The statements about F."""
        return Kernels(self._fisher, self._fisher_multiply, self._fisher_solve)

    def fisher(self, theta: ArrayLike, coordinates: Coordinates = "natural") -> Array:
        """F at theta, (..., size) -> (..., size, size): in natural coordinates the Hessian of A, the covariance of T.

        With respect to other coordinates c of the point it is J^T F J, J = d theta / d c: "mean" parameters, "standard"
        parameters in order and flattened (probabilities without the last, a matrix by its packed lower triangle), or
        "unconstrained" ones (`unconstrained_from_natural`). Raises ValueError for an answer above 4 GiB and where the
        standard parameters are no coordinates, DomainError where they are singular.
        """
        return self.with_kernels(self.kernels, "fisher", coordinates, theta)

    def fisher_multiply(self, theta: ArrayLike, v: ArrayLike, coordinates: Coordinates = "natural") -> Array:
        """F v at theta, (..., size), (..., size) -> (..., size); `coordinates` of F and v as in `fisher`."""
        return self.with_kernels(self.kernels, "fisher_multiply", coordinates, theta, v)

    def fisher_solve(
        self, theta: ArrayLike, v: ArrayLike, damping: ArrayLike = 0.0, coordinates: Coordinates = "natural"
    ) -> Array:
        """(F + damping I)^-1 v at theta, (..., size), (..., size), (...) -> (..., size).

        `coordinates` of F, I and v as in `fisher`. Raises DomainError where damping is negative, ValueError for a
        damped solve in coordinates that take the dense matrix, of more than 2,048 coordinates.
        """
        return self.with_kernels(self.kernels, "fisher_solve", coordinates, theta, v, damping)

    def with_kernels(self, kernels: Kernels, name: str, coordinates: str, theta: ArrayLike, *rest: ArrayLike) -> Array:
        """One of the three operations above, by way of anyone's kernels for F in natural coordinates."""
        operation = self._operation(name)
        if coordinates not in COORDINATES:
            raise ValueError(f"{operation}: coordinates must be one of {', '.join(COORDINATES)}; got {coordinates!r}")
        if coordinates == "standard" and self.no_standard_chart:
            raise ValueError(f"{operation}: the standard parameters are no coordinates: {self.no_standard_chart}")
        operands = [self._point(theta, operation, "theta"), *(self._point(v, operation, "v") for v in rest[:1])]
        operands += [arrays.operand(damping, (), operation, "damping") for damping in rest[1:]]
        if name == "fisher":
            require_dense_fits(operation, operands[0], self.size)

        def checks(theta: Rows, *rest: Rows) -> Iterator[Check]:
            yield from self._solve_checks(theta, *rest)
            if coordinates == "standard":
                yield from with_status(self._standard_chart_domain(theta), Status.SINGULAR)

        def answer(theta: Rows, *rest: Rows) -> Rows:
            return OF_METRIC[name](self._metric(kernels, coordinates, theta), *rest)

        try:
            return self._apply(operation, operands, answer, checks)
        except TooLargeError as error:
            raise ValueError(f"{operation}: {error}") from None

    def _metric(self, kernels: Kernels, coordinates: str, theta: Rows) -> Metric:
        natural = Natural(kernels, theta)
        if coordinates == "mean":
            return natural.inverse()
        if coordinates == "standard":
            return self._standard_fisher(theta, natural)
        return self._unconstrained_fisher(theta, natural) if coordinates == "unconstrained" else natural

    def _solve_checks(self, theta: Rows, v: Rows | None = None, damping: Rows | None = None) -> Iterator[Check]:
        yield from self._natural_checks(theta)
        if v is not None:
            yield from finite_checks(v, "v[{}]")
        if damping is not None:
            met = np.isfinite(damping) & (damping >= 0)
            yield Check(Condition(met, "damping must be finite and >= 0", damping), Status.SINGULAR)

    def fisher_log_determinant(self, theta: ArrayLike) -> Array:
        """Return log det F(theta), (..., size) -> (...)."""
        operation = self._operation("fisher_log_determinant")
        return self._apply(operation, [self._point(theta, operation, "theta")], self._fisher_log_determinant)


def require_dense_fits(operation: str, point: Operand, size: int) -> None:
    """Raise ValueError where dense matrices would take more than 4 GiB."""
    needed = int(np.prod(point.batch, dtype=object)) * size**2 * arrays.result_dtype([point]).itemsize
    if needed > FISHER_LIMIT_BYTES:
        raise ValueError(
            f"{operation}: the answer would take {needed / 2**30:.3g} GiB, more than 4 GiB; "
            "use fisher_multiply or fisher_solve"
        )
