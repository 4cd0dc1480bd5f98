"""Threads, and what this installation runs on."""

from __future__ import annotations

import operator
import os
from importlib.metadata import version
from typing import Any

from ._native import available_isas, core

__all__ = ["get_num_threads", "native_info", "set_num_threads"]


# More than any machine has; an OpenMP runtime that is asked for millions ends the process.
MAX_THREADS = 4096
VARIABLE = "NATGRAD_NUM_THREADS"


def set_num_threads(count: int) -> None:
    """Let the core use up to `count` threads, 1 to 4096; results are bit-identical for any number.

    The environment variable NATGRAD_NUM_THREADS sets it at import, where any other value is an ImportError. Raises
    ValueError for a count that is not such an integer.
    """
    if isinstance(count, bool) or not hasattr(count, "__index__") or not 1 <= operator.index(count) <= MAX_THREADS:
        raise ValueError(f"set_num_threads: count must be an integer >= 1 and <= {MAX_THREADS}, got {count!r}")
    core.set_num_threads(operator.index(count))


def _check_environment() -> None:
    """The core reads the variable itself, and can only pass over what it does not understand."""
    asked = os.environ.get(VARIABLE, "")
    if asked and not (asked.isascii() and asked.isdecimal() and 1 <= int(asked) <= MAX_THREADS):
        raise ImportError(f"{VARIABLE}={asked!r} must be an integer >= 1 and <= {MAX_THREADS}")


_check_environment()


def get_num_threads() -> int:
    """The number of threads the core may use."""
    return int(core.get_num_threads())


def native_info() -> dict[str, Any]:
    """Version, instruction set in use and those available, threads, and whether OpenMP was built in."""
    return {
        "version": version("natgrad_native"),
        "isa": str(core.isa),
        "isas": available_isas(),
        "threads": get_num_threads(),
        "openmp": bool(core.openmp),
    }
