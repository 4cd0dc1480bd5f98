"""The library in plain NumPy and SciPy: the executable specification.

Same names, same calls, same errors as the native core; written for reading, never for speed. Families and update
rules are found through the registry.
"""

from __future__ import annotations

import importlib
from typing import Any

from .. import _registry
from .family import Family

# Public names that live in other modules of the package: name -> (module, attribute; None for the module itself).
_ELSEWHERE: dict[str, tuple[str, str | None]] = {
    "updates": (f"{__name__}.updates", None),
    "maximize": ("natgrad_native.optimize", "maximize"),
    "minimize": ("natgrad_native.optimize", "minimize"),
    "objectives": (f"{__name__}.objectives", None),
}


def _class_name(module: str) -> str:
    return "".join(part.capitalize() for part in module.split("_"))


_FAMILIES = {_class_name(module): module for module in _registry.names("family")}

__all__ = ["Family", "family_class", "list_families", *_FAMILIES, *_ELSEWHERE]


def family_class(module: str) -> type[Family]:
    """The class of a registry entry, such as "multivariate_normal"."""
    found = getattr(importlib.import_module(f"{__name__}.families.{module}"), _class_name(module))
    if not (isinstance(found, type) and issubclass(found, Family)):
        raise TypeError(f"{_class_name(module)} in reference/families/{module}.py is not a Family")
    return found


def list_families() -> tuple[type[Family], ...]:
    """The family classes, in the order of the registry."""
    return tuple(family_class(module) for module in _registry.names("family"))


def __getattr__(name: str) -> Any:
    if name in _FAMILIES:
        return family_class(_FAMILIES[name])
    if name in _ELSEWHERE:
        module, attribute = _ELSEWHERE[name]
        found = importlib.import_module(module)
        return found if attribute is None else getattr(found, attribute)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
