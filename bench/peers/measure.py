"""One line of the table: every answer is checked, then all are timed in turn."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import calls
import harness
import natgrad_native as ng
import numpy as np
import operands
import timing

from .forms import OPERANDS, Array
from .remote import FailedError, Peer
from .table import BEST, THREADS, Line, OneRowLine, PeerLine, ScalingLine

FEW = 10_000  # rows on which a peer is checked, and its time on more estimated: enough to hide the cost of a call
CHECKED = 200  # of these rows against the reference
# An answer may be off by that much of the row's largest entry: a peer's bisection and its differences of large terms
# pass, a wrong formula does not. Digits are judged in tests/, not here.
RELATIVE = 1e-6
OURS = 1e-9
DISTINCT = 10_000  # rows of a batch, repeated
HUGE = 10_000  # coordinates


@dataclass(frozen=True)
class Effort:
    """How much time a line may take."""

    most_rows: int = 10**9
    rounds: int = 7
    call_seconds: float = 0.5  # a peer slower than that gets fewer rows, and a row's share is taken
    line_seconds: float = 6.0  # what the rounds may take, though one is always finished
    matrix: int = 10**9  # the largest dimension

    def allows(self, line: Line) -> bool:
        """Whether its matrices, if any, are small enough."""
        return isinstance(line, OneRowLine) or max(line.family.event_shape, default=0) <= self.matrix


@dataclass
class Result:
    line: Line
    rows: int
    ours: float  # seconds an item
    peers: dict[str, float] = field(default_factory=dict)  # seconds an item
    fewer: dict[str, int] = field(default_factory=dict)  # rows of those that got fewer
    wrong: dict[str, str] = field(default_factory=dict)  # peers that failed or whose answer is not right, and how
    ratio: float | None = None  # to the best peer, of two threads, of float32
    best: str = ""
    floor: float | None = None  # its seconds over ours
    floor_name: str = ""
    verdict: str = ""
    remark: str = ""


def measured(line: Line, peers: Mapping[str, Peer], effort: Effort) -> Result:
    if isinstance(line, PeerLine):
        return beside_peers(line, peers, effort)
    return scaling(line, effort) if isinstance(line, ScalingLine) else one_row(line, effort)


def verdict(met: bool) -> str:
    return "met" if met else "MISSED"


def batch(line: PeerLine | ScalingLine, rows: int) -> tuple[Array, ...]:
    """Operands of the line at ordinary points, packed."""
    family, rng = line.family, np.random.default_rng(6)
    few = min(rows, DISTINCT)
    theta = family.reference.test_points(rng, few)
    made = []
    for kind in OPERANDS[line.operation]:
        if kind == "vector":
            made.append(rng.standard_normal(theta.shape))
        elif kind == "mean":
            made.append(family.mean_from_natural(theta))
        else:
            made.append(family.reference.test_points(rng, few) if made else theta)
    return tuple(harness.repeated(array, rows) for array in made)


def beside_peers(line: PeerLine, peers: Mapping[str, Peer], effort: Effort) -> Result:
    rows = min(line.rows, effort.most_rows)
    given = batch(line, rows)
    ours = calls.bound(line.family, line.operation, given)
    wanted = truth(line, given)
    assert_right(ours(), wanted, OURS)
    result = Result(line, rows, 0.0)
    functions: dict[str, Any] = {"ours": ours, "floor": floor_of(line, given, ours())}
    sizes = {"ours": rows, "floor": rows}
    for name, peer in peers.items():
        try:
            taken = prepared(line, peer, given, wanted, effort)
        except (FailedError, AssertionError) as error:
            result.wrong[name] = str(error).splitlines()[0]
        else:
            if taken:
                functions[name], sizes[name] = peer, taken
    try:
        seconds = timing.interleaved(functions, effort.rounds, effort.line_seconds, time.process_time)
    finally:
        for name in functions.keys() & peers.keys():
            peers[name].release()
    an_item = {name: seconds[name] / sizes[name] for name in functions}
    result.ours, floor = an_item.pop("ours"), an_item.pop("floor")
    result.peers = an_item
    result.fewer = {name: sizes[name] for name in an_item if sizes[name] != rows}
    result.floor, result.floor_name = floor / result.ours, line.floor
    if an_item:
        result.best = min(an_item, key=an_item.__getitem__)
        result.ratio = an_item[result.best] / result.ours
    result.verdict = judged(line, result)
    return result


def prepared(line: PeerLine, peer: Peer, given: tuple[Array, ...], wanted: Array, effort: Effort) -> int:
    """Lay out as many rows as the peer does in time, a power of ten fewer; 0 if it does not offer the operation."""
    name, rows = type(line.family).__name__, len(given[0])
    few = min(rows, FEW)
    if not peer.prepare(name, line.operation, [array[:few] for array in given]):
        return 0
    assert_right(peer.answer(), wanted, RELATIVE)
    if rows == few:
        return rows
    of_a_row = min(peer.seconds(1), peer.seconds(1)) / few
    while rows > few and rows * of_a_row > effort.call_seconds:
        rows //= 10
    if rows > few:
        peer.prepare(name, line.operation, [array[:rows] for array in given])
    return max(rows, few)


def truth(line: PeerLine, given: tuple[Array, ...]) -> Array:
    """The reference's answer for the first rows; of a huge matrix ours, which tests hold to it, for that takes long."""
    family = line.family if line.family.size > HUGE else line.family.reference
    answer: Array = getattr(family, line.operation)(*(array[:CHECKED] for array in given))
    return answer


def assert_right(answer: Array, wanted: Array, relative: float) -> None:
    """Row by row, against the row's largest entry."""
    rows = len(wanted)
    expected = wanted.reshape(rows, -1)
    error = np.abs(answer[:rows].reshape(rows, -1) - expected).max(axis=1)
    bad = np.flatnonzero(~(error <= relative * np.abs(expected).max(axis=1)))
    if bad.size:
        raise AssertionError(f"wrong in {bad.size} of {rows} rows, by {error[bad[0]]:.1e} in row {bad[0]}")


def floor_of(line: PeerLine, given: tuple[Array, ...], answer: Array) -> Any:
    if line.floor == "copy":
        return harness.copy_of(answer, given)
    matrix = np.random.default_rng(7).standard_normal((line.family.event_shape[0],) * 2)
    return Halved(functools.partial(np.matmul, matrix, matrix, out=np.empty_like(matrix)))


class Halved:
    """A function that counts for half its time."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self.function = function

    def seconds(self, loops: int) -> float:
        start = time.process_time()
        for _ in range(loops):
            self.function()
        return 0.5 * (time.process_time() - start)


def judged(line: PeerLine, result: Result) -> str:
    """Whether the target is reached; "open" if a peer that it names has no time here."""
    if line.of_copy is not None and result.floor is not None and result.floor * line.of_copy >= 1.0:
        return "met"
    if not result.peers or any(peer not in (BEST, *result.peers) for peer in line.times):
        return "open"
    fastest = {**result.peers, BEST: min(result.peers.values())}
    return verdict(all(fastest[peer] >= times * result.ours for peer, times in line.times.items()))


def scaling(line: ScalingLine, effort: Effort) -> Result:
    rows = min(line.rows, effort.most_rows)
    given = batch(line, rows)
    wide = calls.bound(line.family, line.operation, given)
    clock = time.process_time
    if line.by == THREADS:
        clock = time.perf_counter
        functions = {"one": on_threads(1, wide), "two": on_threads(2, wide)}
        np.testing.assert_array_equal(functions["two"](), functions["one"]())
    else:
        narrow = tuple(array.astype(np.float32) for array in given)
        functions = {"one": wide, "two": calls.bound(line.family, line.operation, narrow)}
        harness.assert_agrees(line.family, line.operation, functions["two"](), narrow)
    try:
        seconds = timing.interleaved(functions, effort.rounds, effort.line_seconds, clock)
    finally:
        ng.set_num_threads(1)
    ratio = seconds["one"] / seconds["two"]
    return Result(
        line,
        rows,
        seconds["two"] / rows,
        ratio=ratio,
        floor=ratio / 2.0,
        floor_name="twice",
        verdict=verdict(ratio >= line.times),
        remark=f"from {seconds['one'] / rows * 1e9:.3g} ns",
    )


def on_threads(threads: int, function: Callable[[], Any]) -> Callable[[], Any]:
    def call() -> Any:
        ng.set_num_threads(threads)
        return function()

    return call


def one_row(line: OneRowLine, effort: Effort) -> Result:
    calls = one_row_calls(effort.rounds)
    chosen = {"worst": max(calls.values()), "median": median(calls.values())}[line.which]
    slow = sum(seconds > line.seconds for seconds in calls.values())
    where = max(calls, key=calls.__getitem__) if line.which == "worst" else f"{slow} of {len(calls)} calls take longer"
    copy = timing.interleaved(
        {"copy": functools.partial(np.copy, np.ones((1, 2)))}, effort.rounds, 1.0, time.thread_time
    )
    floor = copy["copy"] / chosen
    met = verdict(chosen <= line.seconds)
    return Result(line, 1, chosen, floor=floor, floor_name="copy", verdict=met, remark=where)


@functools.cache
def one_row_calls(rounds: int) -> dict[str, float]:
    """Seconds of a call of every operation of every scalar family on one row."""
    found = {}
    for family in harness.families():
        if family.event_shape:
            continue
        for operation in operands.OPERATIONS:
            given = tuple(array[:1] for array in harness.defaults(operation, harness.distinct(family, operation)))
            function = calls.bound(family, operation, given)
            seconds = timing.interleaved({"call": function}, rounds, 1.0, time.thread_time)
            found[f"{family!r}.{operation}"] = seconds["call"]
    return found
