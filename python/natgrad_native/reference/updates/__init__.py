"""The update rules as functions `(family, theta, gradient, step_size, *, out_of_domain="raise", return_step=False)`."""

from __future__ import annotations

from ..._registry import names
from ..update import Update, build

__all__ = list(names("update"))


def __getattr__(name: str) -> Update:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return build(name)


def __dir__() -> list[str]:
    return list(__all__)
