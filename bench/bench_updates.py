"""Every update rule on every family, native beside the NumPy reference, at 1, 10^3 and 10^6 rows."""

from __future__ import annotations

import calls
import harness
import natgrad_native as ng
import numpy as np
import operands
import pytest

FAMILIES = harness.families()


@pytest.mark.parametrize("engine", harness.ENGINES)
@pytest.mark.parametrize("rows", harness.BATCHES)
@pytest.mark.parametrize("rule", ng.updates.__all__[1:])
@pytest.mark.parametrize("family", FAMILIES, ids=repr)
def test_update(benchmark, family, rule, rows, engine):
    benchmark.group = f"{rule} on {family!r}, {rows} rows"
    rows = harness.sized(benchmark, rows, family.size**2)
    twin = family.reference
    native = getattr(ng.updates, rule)
    few = operands.ordinary(family, min(rows, harness.DISTINCT))
    slope = np.random.default_rng(4).standard_normal(few.shape)
    # Half of the longest step of 1, 1/2, 1/4, ... that stays inside: the domain is convex and the step a ray.
    _, longest = native.reference(twin, few, slope, 1.0, out_of_domain="shrink", return_step=True)
    theta, gradient, step = (harness.repeated(a, rows) for a in (few, slope, 0.5 * longest))
    point, function = (family, native) if engine == "native" else (twin, native.reference)
    moved = harness.timed(benchmark, lambda: function(point, theta, gradient, step), rows)
    calls.assert_moved(family, native, moved[: len(few)], few, slope, 0.5 * longest)
