"""What the compiled registry lists: the one list of families, update rules and likelihoods."""

from __future__ import annotations

import re

from ._native import core

__all__ = ["names"]


def names(kind: str) -> tuple[str, ...]:
    """Module names of the registry's lines of one kind: "family", "update" or "likelihood".

    A family's line carries its class's name in snake case, which is its file's name in C++ and in the reference.
    """
    listed: dict[str, list[str]] = core.registry()
    if kind not in listed:
        raise ValueError(f"kind must be one of {', '.join(listed)}; got {kind!r}")
    return tuple(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower() for name in listed[kind])
