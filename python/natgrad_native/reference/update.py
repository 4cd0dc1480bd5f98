"""Update rules made public: argument checks, dtypes, and steps that stay in the natural domain."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Protocol, cast, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import Status
from . import arrays, conditions
from .arrays import Rows
from .conditions import Check
from .family import Family

Array = NDArray[Any]
HALVINGS = 100


class Rule(Protocol):
    """What the module of a rule states."""

    gradient_in: Literal["natural", "mean"]
    unit_step: bool
    straight_in: Literal["natural", "mean"]

    def step(self, family: Family, theta: Array, gradient: Array, step_size: Array) -> Array:
        """The new theta (..., size), not yet checked against the domain."""
        ...

    def proximal_objective(
        self, family: Family, theta_t: Array, gradient: Array, step_size: Array, theta: Array
    ) -> Array:
        """What the rule maximises over theta, (...)."""
        ...


@dataclass(frozen=True)
class Update:
    """One update rule as a function of a family, a point, a gradient and a step size."""

    name: str
    rule: Rule

    @property
    def __name__(self) -> str:
        return self.name

    def __reduce__(self) -> tuple[Callable[[str], Update], tuple[str]]:
        return build, (self.name,)

    @property
    def gradient_in(self) -> Literal["natural", "mean"]:
        """Coordinates of the gradient, "natural" or "mean"."""
        return self.rule.gradient_in

    @property
    def unit_step(self) -> bool:
        """Whether beta = 1 is the natural full step."""
        return self.rule.unit_step

    @property
    def straight_in(self) -> Literal["natural", "mean"]:
        """Coordinates in which the steps of all sizes lie on a straight line, and in which they are rounded."""
        return self.rule.straight_in

    def proximal_objective(
        self, family: Family, theta_t: ArrayLike, gradient: ArrayLike, step_size: ArrayLike, theta: ArrayLike
    ) -> Array:
        """The quantity (...) that the rule maximises over theta from theta_t."""
        point, slope, beta, trial = (
            np.asarray(value, dtype=np.float64) for value in (theta_t, gradient, step_size, theta)
        )
        return self.rule.proximal_objective(family, point, slope, beta, trial)

    @overload
    def __call__(
        self,
        family: Family,
        theta: ArrayLike,
        gradient: ArrayLike,
        step_size: ArrayLike,
        *,
        out_of_domain: Literal["raise", "shrink"] = "raise",
        return_step: Literal[False] = False,
    ) -> Array: ...

    @overload
    def __call__(
        self,
        family: Family,
        theta: ArrayLike,
        gradient: ArrayLike,
        step_size: ArrayLike,
        *,
        out_of_domain: Literal["raise", "shrink"] = "raise",
        return_step: Literal[True],
    ) -> tuple[Array, Array]: ...

    def __call__(
        self,
        family: Family,
        theta: ArrayLike,
        gradient: ArrayLike,
        step_size: ArrayLike,
        *,
        out_of_domain: Literal["raise", "shrink"] = "raise",
        return_step: bool = False,
    ) -> Array | tuple[Array, Array]:
        """The new theta (..., size) for theta, gradient (..., size) and step_size (...).

        A row whose step leaves the natural domain raises DomainError, or with "shrink" has its step halved until it
        is inside (at most 100 times). With `return_step` the step sizes used (...) are returned too.
        """
        if not isinstance(family, Family):
            raise TypeError(
                f"{self.name}: family must be one of natgrad_native.reference, got {type(family).__qualname__} of "
                f"{type(family).__module__}"
            )
        if out_of_domain not in ("raise", "shrink"):
            raise ValueError(f'{self.name}: out_of_domain must be "raise" or "shrink", got {out_of_domain!r}')
        operation = f"{type(family).__name__}.{self.name}"
        operands = [
            arrays.operand(theta, (family.size,), operation, "theta"),
            arrays.operand(gradient, (family.size,), operation, "gradient"),
            arrays.operand(step_size, (), operation, "step_size"),
        ]
        batch, (point, slope, beta) = arrays.broadcast_rows(operation, operands)
        dtype = arrays.result_dtype(operands)
        checks = list(family._natural_checks(point))
        checks += conditions.with_status(conditions.finite(slope, "gradient[{}]"), Status.NOT_FINITE)
        checks += conditions.with_status(conditions.finite(beta[:, None], "step_size"), Status.NOT_FINITE)
        conditions.require(operation, point.shape[0], checks)
        beta = beta.copy()
        moved = self._move(family, point, slope, beta, dtype)
        if out_of_domain == "shrink":
            self._shrink(family, point, slope, beta, moved, dtype)
        left = (self._leaving(check) for check in family._natural_checks(moved))
        conditions.require(operation, point.shape[0], left)
        answer = arrays.rounded(moved, dtype).reshape((*batch, family.size))
        if return_step:
            return answer, arrays.rounded(beta, dtype).reshape(batch)
        return answer

    @staticmethod
    def _leaving(check: Check) -> Check:
        condition = check.condition
        return check._replace(condition=condition._replace(text=f"the step leaves the domain: {condition.text}"))

    def _move(self, family: Family, point: Rows, slope: Rows, beta: Rows, dtype: arrays.Real) -> Rows:
        """The step, rounded to the dtype of the answer: the domain is judged on what is returned."""
        with np.errstate(all="ignore"):
            return arrays.rounded(self.rule.step(family, point, slope, beta), dtype).astype(np.float64)

    def _shrink(self, family: Family, point: Rows, slope: Rows, beta: Rows, moved: Rows, dtype: arrays.Real) -> None:
        outside = np.flatnonzero(~family.in_natural_domain(moved))
        for _ in range(HALVINGS):
            if not outside.size:
                return
            beta[outside] *= 0.5
            moved[outside] = self._move(family, point[outside], slope[outside], beta[outside], dtype)
            outside = outside[~family.in_natural_domain(moved[outside])]


@cache
def build(name: str) -> Update:
    """The public function of the rule in `updates/<name>.py`."""
    module = importlib.import_module(f"{__package__}.updates.{name}")
    return Update(name, cast(Rule, module))
