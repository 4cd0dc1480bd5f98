"""The compiled core for this machine: chosen once, at import, among the modules the build has made."""

from __future__ import annotations

import importlib
import os
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

__all__ = ["available_isas", "core"]

# From the least to the most demanding; `baseline` is what architectures without levels are built for.
LEVELS = ("baseline", "x86_64_v2", "x86_64_v3", "x86_64_v4")
VARIABLE = "NATGRAD_NATIVE_ISA"


def _built() -> list[str]:
    """The instruction sets there is a module for."""
    folder = Path(__file__).parent
    return [isa for isa in LEVELS if any((folder / f"_core_{isa}{suffix}").exists() for suffix in EXTENSION_SUFFIXES)]


def available_isas() -> tuple[str, ...]:
    """The instruction sets that are built and that this processor runs, least demanding first."""
    built = _built()
    if not built:
        raise ImportError("natgrad_native has no compiled core: install it with `pip install .`")
    cpu = importlib.import_module("natgrad_native._cpu")
    highest: int = cpu.machine_level() + 1  # index in LEVELS; `baseline` runs everywhere it was built for
    return tuple(isa for isa in built if LEVELS.index(isa) <= highest)


def _normalised(name: str) -> str:
    return name.strip().lower().replace("-", "_").removeprefix("x86_64_")


def _choose() -> str:
    available = available_isas()
    asked = os.environ.get(VARIABLE)
    if not asked:
        return available[-1]
    for isa in available:
        if _normalised(asked) == _normalised(isa) or (asked == "baseline" and isa == available[0]):
            return isa
    names = ", ".join(available)
    raise ImportError(f"{VARIABLE}={asked!r} is not among the instruction sets built and runnable here: {names}")


core = importlib.import_module(f"natgrad_native._core_{_choose()}")
