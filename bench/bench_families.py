"""Every operation of every family, native beside the NumPy reference, at 1, 10^3 and 10^6 rows.

Time them with `pytest bench --benchmark-enable`; a group holds the two engines on one batch.
"""

from __future__ import annotations

import harness
import operands
import pytest

FAMILIES = harness.families()


@pytest.mark.parametrize("engine", harness.ENGINES)
@pytest.mark.parametrize("rows", harness.BATCHES)
@pytest.mark.parametrize("operation", operands.OPERATIONS)
@pytest.mark.parametrize("family", FAMILIES, ids=repr)
def test_operation(benchmark, family, operation, rows, engine):
    benchmark.group = f"{family!r}.{operation}, {rows} rows"
    rows = harness.sized(benchmark, rows, family.size**2)
    arguments = tuple(harness.repeated(argument, rows) for argument in harness.distinct(family, operation))
    answer = harness.timed(benchmark, harness.call(family, operation, engine, arguments), rows)
    harness.assert_agrees(family, operation, answer, arguments)
