"""Natural-gradient inference for exponential families: exact, inside the parameter domain, at native speed."""

from __future__ import annotations

from importlib.metadata import version as _version
from typing import Any

from . import errors, families, objectives, optimize, reference, updates
from ._system import get_num_threads, native_info, set_num_threads
from .errors import DomainError, IterationInfo, Status
from .families import Family, list_families
from .optimize import maximize, minimize
from .reference.operations.conjugates import ConjugatePrior

__version__ = _version("natgrad_native")

__all__ = [
    "ConjugatePrior",
    "DomainError",
    "Family",
    "IterationInfo",
    "Status",
    "errors",
    "families",
    "get_num_threads",
    "list_families",
    "maximize",
    "minimize",
    "native_info",
    "objectives",
    "optimize",
    "reference",
    "set_num_threads",
    "updates",
    *families.CLASSES,
]


def __getattr__(name: str) -> Any:
    if name in families.CLASSES:
        return families.CLASSES[name]
    if name == "models":  # needs scikit-learn: imported when it is asked for, and not by `import *`
        import importlib

        return importlib.import_module("natgrad_native.models")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "models"])
