"""The evidence lower bound of a generalised linear model, and a whole fit, native beside the NumPy reference."""

from __future__ import annotations

import harness
import natgrad_native as ng
import numpy as np
import pytest
from natgrad_native import _registry
from natgrad_native._native import core

SHAPES = {(569, 30): (569, 30), (10_000, 50): (700, 12), (100_000, 20): (900, 5)}  # timed -> with timing off


def objective(engine: str, likelihood: str, rows: int, columns: int):
    rng = np.random.default_rng(5)
    X = rng.standard_normal((rows, columns))
    y = (X @ rng.standard_normal(columns) > rng.standard_normal(rows)).astype(float)
    parameters = dict.fromkeys(core.likelihood_parameters(likelihood), 1.5)
    module = ng.objectives if engine == "native" else ng.reference.objectives
    return module.GeneralizedLinearELBO(X, y, likelihood, **parameters)


@pytest.mark.parametrize("engine", harness.ENGINES)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape[0]}x{shape[1]}")
@pytest.mark.parametrize("likelihood", _registry.names("likelihood"))
def test_evidence_lower_bound(benchmark, likelihood, shape, engine):
    benchmark.group = f"ELBO, {likelihood}, {shape[0]} x {shape[1]}"
    shape = SHAPES[shape] if benchmark.disabled else shape
    function = objective(engine, likelihood, *shape)
    theta = function.start()
    value, gradient = harness.timed(benchmark, lambda: function(theta), shape[0])
    wanted, slope = objective("reference", likelihood, *shape)(theta)
    # Sums over the rows, in another order: eps times the root of their number, with room.
    np.testing.assert_allclose(value, wanted, rtol=1e-12)
    np.testing.assert_allclose(gradient, slope, rtol=1e-10, atol=1e-12 * shape[0])


@pytest.mark.parametrize("engine", harness.ENGINES)
def test_fit(benchmark, engine):
    benchmark.group = "fit, bernoulli, 569 x 30"
    shape = (569, 30)
    function = objective(engine, "bernoulli", *shape)
    start = function.start()
    result = benchmark(lambda: ng.maximize(function, function.family, start))
    assert result.success
    assert result.fun >= function(start)[0]
    other = objective("reference", "bernoulli", *shape)
    np.testing.assert_allclose(other(result.x)[0], result.fun, rtol=1e-12)
