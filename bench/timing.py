"""Times of several functions taken in turn, so that whatever slows the machine slows them all."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

SHORTEST = 2e-4  # seconds a sample takes: shorter calls are repeated within it


def interleaved(
    functions: Mapping[str, Callable[[], Any]], repeats: int, budget: float, clock: Callable[[], float]
) -> dict[str, float]:
    """Median seconds of one call of each function over `repeats` rounds, fewer once `budget` seconds have passed.

    A function with a method `seconds(loops)` is timed by that, as one that runs in another process.
    """
    loops = {name: _loops(function, clock) for name, function in functions.items()}
    samples: dict[str, list[float]] = {name: [] for name in functions}
    started = time.perf_counter()
    for _ in range(repeats):
        for name, function in functions.items():
            samples[name].append(_sample(function, loops[name], clock))
        if time.perf_counter() - started > budget:
            break
    return {name: median(values) for name, values in samples.items()}


def _sample(function: Callable[[], Any], loops: int, clock: Callable[[], float]) -> float:
    if (timed := getattr(function, "seconds", None)) is not None:
        return float(timed(loops)) / loops
    start = clock()
    for _ in range(loops):
        function()
    return (clock() - start) / loops


def _loops(function: Callable[[], Any], clock: Callable[[], float]) -> int:
    """How many calls make a sample; the first call warms up what there is to warm up."""
    loops = 1
    while (seconds := _sample(function, loops, clock)) * loops < SHORTEST and loops < 4096:
        loops = max(2 * loops, min(4096, int(SHORTEST / max(seconds, 1e-9))))
    return loops
