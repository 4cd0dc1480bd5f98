"""What the benchmarks share: batch sizes, operands for them, and the agreement every answer is held to."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import calls
import natgrad_native as ng
import numpy as np
import operands

ENGINES = ("native", "reference")
# Rows of a batch -> rows while timing is off, when only the answers count.
BATCHES = {1: 1, 1_000: 9, 1_000_000: 600}
DISTINCT = 600  # a batch repeats so many rows
LARGEST = 2**25  # numbers in a row's dense F times the rows: what the reference can hold
CHECKED = 40  # rows of an answer held against the reference


def families() -> list[Any]:
    """One instance of every family: the last of its reference's examples."""
    return [ng.families.native_of(cls.reference_class.examples()[-1]) for cls in ng.list_families()]


def sized(benchmark: Any, rows: int, numbers_a_row: int = 1) -> int:
    """Rows to run: fewer where timing is off, and no more than fit."""
    return BATCHES[rows] if benchmark.disabled else max(1, min(rows, LARGEST // numbers_a_row))


def repeated(few: np.ndarray, rows: int) -> np.ndarray:
    """The rows of `few` again and again, `rows` of them."""
    return np.ascontiguousarray(np.resize(few, (rows, *few.shape[1:])))


@cache
def distinct(family: Any, operation: str) -> tuple[np.ndarray, ...]:
    """Operands of an operation at `DISTINCT` ordinary points."""
    theta = operands.ordinary(family, DISTINCT)
    first, *others = operands.OPERATIONS[operation]
    if first not in ("mean", "centred"):
        return operands.arguments(family, operation, theta)[0]
    # Images of ordinary points are well inside their domain: what rounding may do to them need not be tried out.
    image = "mean_from_natural" if first == "mean" else "centred_mean_from_natural"
    rng = np.random.default_rng(3)
    return getattr(family.reference, image)(theta), *(rng.standard_normal(theta.shape) for _ in others)


def defaults(operation: str, given: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    """The operands without those that have a default: a solve is timed undamped."""
    return given[:2] if operation == "fisher_solve" else given


def call(family: Any, operation: str, engine: str, arguments: tuple[np.ndarray, ...]) -> Callable[[], Any]:
    """A call of the operation by one engine, ready to be timed."""
    point = family if engine == "native" else family.reference
    return calls.bound(point, operation, arguments)


def copy_of(answer: Any, given: tuple[np.ndarray, ...]) -> Callable[[], Any]:
    """A copy that reads and writes as many bytes as the operands and the answer have."""
    answers = answer.values() if isinstance(answer, dict) else [answer]
    moved = sum(np.asarray(array).nbytes for array in (*given, *answers))
    source = np.ones(max(1, moved // 16))
    return lambda: np.copy(source)


def timed(benchmark: Any, function: Callable[[], Any], rows: int) -> Any:
    """The answer of `function`; a long batch is timed in few rounds."""
    if rows >= 100_000:
        return benchmark.pedantic(function, rounds=5, warmup_rounds=1)
    return benchmark(function)


def assert_agrees(family: Any, operation: str, answer: Any, arguments: tuple[np.ndarray, ...]) -> None:
    """The answer is the reference's, to the tolerance table, on rows spread over the batch."""
    index = np.unique(np.linspace(0, len(arguments[0]) - 1, CHECKED).astype(int))
    rows = {key: value[index] for key, value in answer.items()} if isinstance(answer, dict) else answer[index]
    calls.assert_agrees(family, operation, rows, [argument[index] for argument in arguments])
