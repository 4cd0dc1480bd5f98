"""Densities where <theta, T(x)>, A and log h are large and what is left of them is not."""

from __future__ import annotations

import mpmath
import natgrad_native as ng
import numpy as np
import pytest

EPS = np.finfo(np.float64).eps


@pytest.mark.parametrize("rate", [1.0, 70.0, 1e6, 1e10, 1e12, 1e15])
@pytest.mark.parametrize("deviations", [-3.0, 0.0, 0.5, 20.0])
def test_a_large_count(rate, deviations):
    theta = float(np.log(rate))
    x = max(0.0, float(np.rint(rate + deviations * np.sqrt(rate))))
    with mpmath.workdps(60):
        mean = mpmath.exp(mpmath.mpf(theta))
        truth = float(x * mpmath.mpf(theta) - mean - mpmath.loggamma(mpmath.mpf(x) + 1))
        bound = 16 * EPS * (abs(truth) + abs(float(x - mean)) * abs(theta))
    for family in (ng.Poisson(), ng.Poisson().reference):
        assert abs(family.log_density([theta], x) - truth) <= bound


@pytest.mark.parametrize("theta", [-700.0, -40.0, -1e-3, 1e-9, 16.4, 36.0, 700.0])
@pytest.mark.parametrize("x", [0, 1])
def test_an_almost_sure_outcome(theta, x):
    with mpmath.workdps(60):
        truth = float(-mpmath.log1p(mpmath.exp(-theta if x else theta)))
    for family in (ng.Bernoulli(), ng.Bernoulli().reference):
        assert family.log_density([theta], x) == pytest.approx(truth, rel=(16 + 4 * abs(theta)) * EPS, abs=0)


def test_an_impossible_count_is_very_unlikely():
    """A rate that underflows."""
    assert ng.Poisson().log_density([-800.0], 2) == pytest.approx(-1600.0 - np.log(2.0), rel=1e-15)
    assert ng.Poisson().log_density([-800.0], 0) == 0.0
