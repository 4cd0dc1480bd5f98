"""The update rules as functions `(family, theta, gradient, step_size, *, out_of_domain="raise", return_step=False)`."""

from __future__ import annotations

from ..._registry import names
from ..update import Update, build

# The function takes the name of its module, which stays importable by its path.
_RULES: dict[str, Update] = {name: build(name) for name in names("update")}
globals().update(_RULES)

__all__ = [*_RULES]


def __getattr__(name: str) -> Update:
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
