"""The update rules of the library by name."""

from __future__ import annotations

from typing import Any

import natgrad_native as ng

__all__ = ["update_rule"]


def update_rule(name: str) -> Any:
    """The function `natgrad_native.updates.<name>`, with its `unit_step` and its docstring."""
    return getattr(ng.updates, name)
