"""What report.py prints: the measurements behind its two tables."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import harness
import natgrad_native as ng
import numpy as np
import operands
import timing
from peers import PEERS

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


def defaults(operation: str, given: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    """The operands without those that have a default: a solve is timed undamped."""
    return given[:2] if operation == "fisher_solve" else given


def peer_of(family: Any, operation: str, given: tuple[np.ndarray, ...]) -> Callable[[], Any] | None:
    """The plain version, if there is one, and only if it is right."""
    function = PEERS.get((type(family).__name__, operation))
    if function is None:
        return None
    few = tuple(argument[:200] for argument in given)
    harness.assert_agrees(family, operation, function(*few), few)
    return lambda: function(*given)


def copy_of(answer: Any, given: tuple[np.ndarray, ...]) -> Callable[[], Any]:
    """A copy that reads and writes as many bytes as the operands and the answer have."""
    answers = answer.values() if isinstance(answer, dict) else [answer]
    moved = sum(np.asarray(array).nbytes for array in (*given, *answers))
    source = np.ones(max(1, moved // 16))
    return lambda: np.copy(source)


def line(family: Any, operation: str, given: tuple[np.ndarray, ...], repeats: int, clock: Clock) -> Line:
    """One row of the table: medians of native, reference, peer and copy, taken in turn."""
    rows = len(given[0])
    native = harness.call(family, operation, "native", given)
    reference, reference_rows = affordable_reference(family, operation, given)
    functions = {"native": native, "reference": reference, "copy": copy_of(native(), given)}
    peer = peer_of(family, operation, given)
    if peer is not None:
        functions["peer"] = peer
    seconds = timing.interleaved(functions, repeats, LINE_SECONDS, clock)
    own = seconds["native"] / rows
    return {
        "family": repr(family),
        "operation": operation,
        "rows": rows,
        "native_ns": own * 1e9,
        "reference": seconds["reference"] / reference_rows / own,
        "reference_rows": reference_rows,
        "peer": seconds["peer"] / rows / own if peer is not None else None,
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
                few = defaults(operation, harness.distinct(family, operation))
                given = tuple(harness.repeated(argument, rows) for argument in few)
                lines.append(line(family, operation, given, 3 if quick else repeats, clock_of(threads)))
    return lines


class Target(NamedTuple):
    """Beside plain NumPy/SciPy in one run; `of_copy` is the other way to meet it."""

    family: Any
    operation: str
    rows: int
    times_peer: float
    of_copy: float | None = None


TARGETS = (
    Target(ng.Normal(), "mean_from_natural", 1_000_000, 3.0, 1.3),
    Target(ng.Gamma(), "mean_from_natural", 1_000_000, 3.5),
    Target(ng.Gamma(), "fisher_solve", 1_000_000, 25.0),
    Target(ng.Gamma(), "natural_from_mean", 1_000_000, 40.0),
    Target(ng.Dirichlet(10), "natural_from_mean", 1_000_000, 40.0),
    Target(ng.MultivariateNormal(4), "mean_from_natural", 100_000, 8.0),
)
ONE_ROW = 5e-6


def targets(quick: bool, repeats: int, threads: int) -> list[Line]:
    """The lines that were set beforehand, met or missed."""
    return [*(peer_target(t, quick, repeats, threads) for t in TARGETS), *one_row(repeats)]


def peer_target(target: Target, quick: bool, repeats: int, threads: int) -> Line:
    family, operation = target.family, target.operation
    rows = min(target.rows, 100_000) if quick else target.rows
    rng = np.random.default_rng(6)
    theta = family.reference.test_points(rng, rows)
    given: tuple[np.ndarray, ...] = (theta,)
    if operation == "natural_from_mean":
        given = (family.mean_from_natural(theta),)
    elif operation == "fisher_solve":
        given = (theta, rng.standard_normal(theta.shape))
    native = harness.call(family, operation, "native", given)
    peer = peer_of(family, operation, given)
    if peer is None:
        raise LookupError(f"{family!r}.{operation} is a target without a peer")
    functions = {"native": native, "peer": peer, "copy": copy_of(native(), given)}
    seconds = timing.interleaved(functions, 3 if quick else repeats, LINE_SECONDS, clock_of(threads))
    ratio = seconds["peer"] / seconds["native"]
    of_copy = seconds["native"] / seconds["copy"]
    met = ratio >= target.times_peer or (target.of_copy is not None and of_copy <= target.of_copy)
    wanted = f">= {target.times_peer:g} x peer" + (
        "" if target.of_copy is None else f" or <= {target.of_copy:g} x copy"
    )
    per_row = {name: value / rows * 1e9 for name, value in seconds.items()}
    return {
        "target": f"{family!r}.{operation}",
        "rows": rows,
        "measured": f"{ratio:.1f} x peer, {of_copy:.2f} x copy "
        f"({per_row['native']:.3g} ns/row; peer {per_row['peer']:.3g}, copy {per_row['copy']:.3g})",
        "wanted": wanted,
        "met": bool(met),
        "ns_per_row": per_row,
    }


def one_row(repeats: int) -> Iterator[Line]:
    """The slowest call on one row, over every family and operation."""
    slowest, where = 0.0, ""
    for family in harness.families():
        for operation in operands.OPERATIONS:
            given = tuple(argument[:1] for argument in defaults(operation, harness.distinct(family, operation)))
            call = {"native": harness.call(family, operation, "native", given)}
            seconds = timing.interleaved(call, repeats, LINE_SECONDS, time.thread_time)["native"]
            if seconds > slowest:
                slowest, where = seconds, f"{family!r}.{operation}"
    yield {
        "target": "slowest call on one row",
        "rows": 1,
        "measured": f"{slowest * 1e6:.2f} us ({where})",
        "wanted": f"<= {ONE_ROW * 1e6:g} us",
        "met": slowest <= ONE_ROW,
        "seconds": slowest,
    }
