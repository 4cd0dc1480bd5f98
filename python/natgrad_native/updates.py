"""Update rules: `rule(family, theta, gradient, step_size, *, out_of_domain="raise", return_step=False)`.

One function for each line of the registry; a rule's formula, proximal form and source stand in its docstring.
"""

from __future__ import annotations

import inspect
from typing import Any, Literal

from numpy.typing import ArrayLike

from . import _registry
from ._native import core
from .families import Array, Family
from .reference import update as _reference

__all__ = ["Update", *_registry.names("update")]


class Update:
    """One update rule as a function of a family, a point, a gradient and a step size."""

    def __init__(self, name: str) -> None:
        self.__name__ = name
        self.__doc__ = inspect.getdoc(_reference.build(name).rule)
        self.reference = _reference.build(name)

    @property
    def gradient_in(self) -> Literal["natural", "mean"]:
        """Which gradient the rule takes: dL/dtheta ("natural") or dL/dmu ("mean")."""
        found: Literal["natural", "mean"] = core.update_traits(self.__name__)[0]
        return found

    @property
    def unit_step(self) -> bool:
        """Whether beta = 1 is the rule's natural full step."""
        return bool(core.update_traits(self.__name__)[1])

    def __call__(
        self,
        family: Family,
        theta: ArrayLike,
        gradient: ArrayLike,
        step_size: ArrayLike,
        *,
        out_of_domain: Literal["raise", "shrink"] = "raise",
        return_step: bool = False,
    ) -> Any:
        """The new theta (..., size) for theta, gradient (..., size) and step_size (...).

        A row whose step leaves the natural domain raises DomainError, or with "shrink" has its step halved until it is
        inside (at most 100 times). With `return_step` the step sizes used (...) are returned too.
        """
        if not isinstance(family, Family):
            raise TypeError(f"{self.__name__}: family must be a natgrad_native family, got {type(family).__name__}")
        if out_of_domain not in ("raise", "shrink"):
            raise ValueError(f'{self.__name__}: out_of_domain must be "raise" or "shrink", got {out_of_domain!r}')
        moved: tuple[Array, Array] = core.update(
            self.__name__, family._core, theta, gradient, step_size, out_of_domain == "shrink"
        )
        return moved if return_step else moved[0]

    def __repr__(self) -> str:
        return f"<update rule {self.__name__}>"

    def __reduce__(self) -> str:
        return self.__name__


for _name in _registry.names("update"):
    globals()[_name] = Update(_name)
