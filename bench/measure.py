"""What report.py prints: the measurements behind its table."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import harness
import natgrad_native as ng
import numpy as np
import operands
import timing

Line = dict[str, Any]
Clock = Callable[[], float]
REFERENCE_SECONDS = 2.0  # what one call of the reference may take before it is timed on fewer rows
LINE_SECONDS = 20.0  # what the rounds of one line may take, though one is always finished


def prepare(threads: int) -> dict[str, Any]:
    """Set the threads, and say what runs."""
    ng.set_num_threads(threads)
    with suppress(ImportError):
        import threadpoolctl

        threadpoolctl.threadpool_limits(threads)
    info = ng.native_info()
    return {"isa": info["isa"], "threads": threads, "numpy": np.__version__}


def clock_of(threads: int) -> Clock:
    return time.thread_time if threads == 1 else time.perf_counter


def line(family: Any, operation: str, given: tuple[np.ndarray, ...], repeats: int, clock: Clock) -> Line:
    """One row of the table: medians of native, reference and copy, taken in turn."""
    rows = len(given[0])
    native = harness.call(family, operation, "native", given)
    reference, reference_rows = affordable_reference(family, operation, given)
    functions = {"native": native, "reference": reference, "copy": harness.copy_of(native(), given)}
    seconds = timing.interleaved(functions, repeats, LINE_SECONDS, clock)
    own = seconds["native"] / rows
    return {
        "family": repr(family),
        "operation": operation,
        "rows": rows,
        "native_ns": own * 1e9,
        "reference": seconds["reference"] / reference_rows / own,
        "reference_rows": reference_rows,
        "copy": seconds["copy"] / rows / own,
    }


def affordable_reference(family: Any, operation: str, given: tuple[np.ndarray, ...]) -> tuple[Callable[[], Any], int]:
    """The reference on as many of the rows, a power of ten fewer, as it does in time."""
    rows = len(given[0])
    few = min(rows, 1000)
    function = harness.call(family, operation, "reference", tuple(argument[:few] for argument in given))
    start = time.perf_counter()
    function()
    of_a_row = (time.perf_counter() - start) / few
    while rows > few and rows * of_a_row > REFERENCE_SECONDS:
        rows //= 10
    return harness.call(family, operation, "reference", tuple(argument[:rows] for argument in given)), rows


def table(names: list[str], quick: bool, repeats: int, threads: int) -> list[Line]:
    """Every family and operation at every batch size."""
    lines = []
    for family in harness.families():
        if names and type(family).__name__ not in names:
            continue
        for operation in operands.OPERATIONS:
            for asked in (1_000,) if quick else harness.BATCHES:
                rows = max(1, min(asked, harness.LARGEST // family.size**2))
                few = harness.defaults(operation, harness.distinct(family, operation))
                given = tuple(harness.repeated(argument, rows) for argument in few)
                lines.append(line(family, operation, given, 3 if quick else repeats, clock_of(threads)))
    return lines
