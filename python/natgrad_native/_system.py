"""Threads, and what this installation runs on."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from ._native import available_isas, core

__all__ = ["get_num_threads", "native_info", "set_num_threads"]


def set_num_threads(count: int) -> None:
    """Let the core use up to `count` >= 1 threads; results are bit-identical for any number.

    The environment variable NATGRAD_NUM_THREADS sets it at import. Raises ValueError for a count below 1.
    """
    if isinstance(count, bool) or int(count) != count or count < 1:
        raise ValueError(f"set_num_threads: count must be an integer >= 1, got {count!r}")
    core.set_num_threads(int(count))


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
