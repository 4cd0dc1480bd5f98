"""The special functions of the reference against mpmath."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from natgrad_native.reference import special

EPS = np.finfo(float).eps

SPECIAL = {
    "log_minus_digamma": lambda x: mpmath.log(x) - mpmath.psi(0, x),
    "trigamma_minus_reciprocal": lambda x: mpmath.psi(1, x) - 1 / x,
    "trigamma": lambda x: mpmath.psi(1, x),
}


@pytest.mark.parametrize("name", SPECIAL)
def test_special_functions(name):
    x = np.concatenate([10 ** np.linspace(-12, 12, 97), np.linspace(0.5, 20, 40)])
    with mpmath.workdps(60):
        truth = [float(SPECIAL[name](mpmath.mpf(float(v)))) for v in x]
    np.testing.assert_allclose(getattr(special, name)(x), truth, rtol=8 * EPS)


@pytest.mark.parametrize(("name", "order"), [("digamma_difference", 0), ("trigamma_difference", 1)])
def test_differences_of_polygamma(name, order):
    x, r = (grid.ravel() for grid in np.meshgrid(10.0 ** np.arange(-10, 11, 2), 10.0 ** np.arange(-10, 11, 2)))
    sign = 1 if order == 0 else -1
    with mpmath.workdps(80):
        truth = [
            float(sign * (mpmath.psi(order, mpmath.mpf(float(a)) + mpmath.mpf(float(b))) - mpmath.psi(order, float(a))))
            for a, b in zip(x, r, strict=True)
        ]
    np.testing.assert_allclose(getattr(special, name)(x, r), truth, rtol=8 * EPS)


def test_remainders():
    u = np.concatenate([np.linspace(-0.99, 5, 200), 10.0 ** np.arange(-12, 0), -(10.0 ** np.arange(-12, 0))])
    with mpmath.workdps(60):
        log_truth = [float(mpmath.mpf(float(v)) - mpmath.log1p(float(v))) for v in u]
        exp_truth = [float(mpmath.expm1(float(v)) - mpmath.mpf(float(v))) for v in u]
    np.testing.assert_allclose(special.log1p_remainder(u), log_truth, rtol=16 * EPS)
    np.testing.assert_allclose(special.expm1_remainder(u), exp_truth, rtol=16 * EPS)
