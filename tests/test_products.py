"""The product of two densities of a family, over the registry."""

from __future__ import annotations

import mpmath
import natgrad_native as ng
import numpy as np
import operands
import pytest

EPS = np.finfo(np.float64).eps


def has_product(family):
    return family.reference._log_base_measure_slope is not None


def points_of_proper_products(family, rows):
    """Pairs of points whose product is in the natural domain."""
    a, b = operands.ordinary(family, 4 * rows), operands.ordinary(family, 4 * rows, seed=9)
    good = family.in_natural_domain(a + b + family.reference._log_base_measure_slope)
    return a[good][:rows], b[good][:rows]


def test_a_product_is_in_proportion_to_both_densities(family):
    """log p_a + log p_b - log p_ab is the same at all x: the log of the integral of p_a p_b."""
    if not has_product(family):
        with pytest.raises(ng.DomainError, match="not affine"):
            family.product(*operands.ordinary(family, 2))
        return
    a, b = points_of_proper_products(family, 20)
    assert len(a) == 20
    both = family.product(a, b)
    x = family.sample(a, 30, np.random.default_rng(3))
    parts = [family.log_density(theta, x) for theta in (a, b, both)]
    total = parts[0] + parts[1] - parts[2]
    statistic = np.abs(family.sufficient_statistics(x))
    pairs = zip((a, b, both), parts, strict=True)
    size = sum((np.abs(theta) * statistic).sum(axis=-1) + np.abs(part) for theta, part in pairs)
    size += np.abs(family.log_partition(both)) + np.abs(family.log_base_measure(x))
    assert (np.abs(total - total[0]) <= 64 * EPS * (size + size[0])).all()
    np.testing.assert_array_equal(family.product(b, a), both)
    twin = family.reference.product(a, b)
    np.testing.assert_array_equal(twin, both)


def test_log_h_is_affine_in_the_statistics_where_a_product_exists(family):
    """The statement itself, in mpmath; and its absence: log h then has no fit of the kind."""
    twin = family.reference
    theta = operands.ordinary(family, 1)[0]
    draws = np.asarray(family.sample(theta, 40 + 4 * family.size, np.random.default_rng(5)), dtype=np.float64)
    with mpmath.workdps(40):
        x = [exact(value) for value in draws]
        statistics = [twin.mp_sufficient_statistics(value) for value in x]
        logs = [twin.mp_log_base_measure(value) for value in x]
        slope = twin._log_base_measure_slope
        if slope is not None:
            inner = [mpmath.fdot(zip(slope.tolist(), t, strict=True)) for t in statistics]
            rest = [h - value for h, value in zip(logs, inner, strict=True)]
            # Proportions in float64 add up to 1 within rounding only.
            assert max(abs(r - rest[0]) for r in rest) < 1e-13
            return
    design = np.array([[1.0, *map(float, t)] for t in statistics])
    target = np.array([float(h) for h in logs])
    fit = design @ np.linalg.lstsq(design, target, rcond=None)[0]
    assert np.abs(fit - target).max() > 1e-6 * np.abs(target).max()


def exact(value):
    """An observation as the judge takes it: an mpf, or (nested) lists of them."""
    return mpmath.mpf(float(value)) if np.ndim(value) == 0 else [exact(part) for part in value]


def test_products_keep_the_digits_and_the_type_of_their_factors():
    """Shapes a + b - 1 to the last digit, batches that broadcast, float32, and no change to the arguments."""
    found = ng.Gamma().product([0.7, -1e-3], [0.30000001, -2.0])
    assert found[0] == float(mpmath.mpf(0.7) + mpmath.mpf(0.30000001) - 1)
    wide = ng.Beta().product(np.full((3, 1, 2), 2.0), np.full((4, 2), 1.5))
    np.testing.assert_array_equal(wide, np.full((3, 4, 2), 2.5))
    narrow = ng.Normal().product(np.float32([1.0, -0.5]), np.float32([2.0, -0.25]))
    assert narrow.dtype == np.float32
    np.testing.assert_array_equal(narrow, np.float32([3.0, -0.75]))
    assert ng.NormalKnownMean(1.0).product([-1.0], [-2.0]) == [-3.0]


def test_an_improper_product_names_the_row():
    first = [[2.0, -1.0], [0.25, -1.0]]
    message = r"Gamma.product: row 1: the product is not proper: shape must be > 0, got -0.25"
    for family in (ng.Gamma(), ng.Gamma().reference):
        with pytest.raises(ng.DomainError, match=message):
            family.product(first, [0.5, -1.0])
        with pytest.raises(ng.DomainError, match=r"Gamma.product: row 1: theta_b: rate must be > 0, got -1"):
            family.product(first, [[1.0, -1.0], [1.0, 1.0]])
        with pytest.raises(ValueError, match="theta_a has shape"):
            family.product([1.0, 2.0, 3.0], [1.0, -1.0])
    with pytest.raises(ng.DomainError, match=r"Poisson.product: log h"):
        ng.Poisson().product([0.0], [0.0])


@pytest.mark.parametrize(
    "family", [ng.Binomial(1), ng.Multinomial(1, 3), ng.NegativeBinomial(1.0), ng.Weibull(1.0), ng.GammaKnownShape(1.0)]
)
def test_a_hyperparameter_of_one_can_leave_a_unit_base_measure(family):
    a, b = operands.ordinary(family, 5), operands.ordinary(family, 5, seed=2)
    np.testing.assert_allclose(family.product(a, b), a + b, rtol=1e-15)
