"""Every operation over the whole domain against what mpmath found at the very floats passed in.

The points are stored (`accuracy/stored.py`); `python tests/accuracy/make_points.py` makes them. The first rows are
judged by default, all of them by `pytest -m accuracy`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from accuracy import rules, stored
from accuracy.known import Known

# Rows, and seconds of mpmath for the operations that are judged by the image of their answer.
QUICK = (40, 0.2)
WHOLE = (10**9, 10.0)
FEWEST_ROWS = 4

TIERS = [pytest.param(QUICK, id="quick"), pytest.param(WHOLE, id="whole", marks=pytest.mark.accuracy)]
WHO = ["native-float64", "native-float32", "reference-float64"]


@cache
def parts(kind: type[Any]) -> dict[str, dict[str, np.ndarray]]:
    return stored.load(kind.examples()[0])


def known(twin: Any, dtype: str, operation: str, tier: tuple[int, float]) -> Known:
    """The stored points of a family that a tier judges."""
    name = stored.part_name(twin, dtype)
    if name not in parts(type(twin)):
        kind = type(twin).__name__
        pytest.fail(f"no stored points for {name}: run `python tests/accuracy/make_points.py {kind}`", pytrace=False)
    part = parts(type(twin))[name]
    rows, seconds = tier
    if operation in rules.LIVE:
        rows = min(rows, max(FEWEST_ROWS, int(seconds / float(part["seconds"]))))
    return Known(twin, part, rows)


@pytest.mark.parametrize("operation", rules.OPERATIONS)
@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("tier", TIERS)
def test_error_is_within_the_bound(family, who, operation, tier):
    kind, dtype = who.split("-")
    twin = family.reference
    found = rules.verdict(
        family if kind == "native" else twin, known(twin, dtype, operation, tier), operation, np.dtype(dtype).type
    )
    above = np.flatnonzero(~(found.ratio <= 1.0))
    if above.size:
        row = int(np.argmax(found.ratio))
        given = [value[row].tolist() for value in found.arguments]
        pytest.fail(
            f"{family!r}.{operation}: {above.size} of {found.ratio.size} rows above the bound, "
            f"{found.ratio[row]:.3g} x at row {row}: {given}",
            pytrace=False,
        )


class Wrong:
    """A family whose every answer is off by a thousandth."""

    def __init__(self, family: Any) -> None:
        self.family = family

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.family, name)
        return self.off(found) if callable(found) else found

    @staticmethod
    def off(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrong(*arguments: Any, **named: Any) -> Any:
            answer = function(*arguments, **named)
            if isinstance(answer, dict):
                return {name: value * 1.001 for name, value in answer.items()}
            return answer * 1.001 if answer.dtype != bool else ~answer

        return wrong


@pytest.mark.parametrize("operation", rules.OPERATIONS)
def test_a_wrong_answer_is_seen(family, operation):
    stored_points = known(family.reference, "float64", operation, QUICK)
    right = rules.verdict(family, stored_points, operation, np.float64)
    if operation == "log_base_measure" and not family.log_base_measure(*right.arguments).any():
        pytest.skip("log h is 0")
    assert rules.verdict(Wrong(family), stored_points, operation, np.float64).ratio.max() > 1.0
