"""Points of many coordinates: worked along their coordinates, or handed to the BLAS."""

from __future__ import annotations

import natgrad_native as ng
import numpy as np
import pytest
import tolerances


@pytest.mark.parametrize("categories", [65, 300, 100_000])
@pytest.mark.parametrize("name", ["Dirichlet", "Categorical"])
def test_many_categories(name, categories):
    family = ng.families.CLASSES[name](categories)
    rng = np.random.default_rng(1)
    theta = rng.gamma(2.0, 1.0, (3, family.size)) + 0.05
    if name == "Categorical":
        theta = np.log(theta)
    twin = family.reference
    for operation in ("mean_from_natural", "log_partition", "entropy", "fisher_log_determinant"):
        found, expected = getattr(family, operation)(theta), getattr(twin, operation)(theta)
        np.testing.assert_allclose(found, expected, rtol=1e-11)
    v = rng.standard_normal(theta.shape)
    for damping in (0.0, 0.5):
        np.testing.assert_allclose(
            family.fisher_solve(theta, v, damping), twin.fisher_solve(theta, v, damping), rtol=1e-8, atol=1e-8
        )
    mu = family.mean_from_natural(theta)
    np.testing.assert_allclose(family.natural_from_mean(mu), theta, rtol=1e-8, atol=1e-8)
    other = theta * (1 + 1e-9)
    half = 0.5 * ((other - theta) * family.fisher_multiply(theta, other - theta)).sum(axis=-1)
    np.testing.assert_allclose(family.kl_divergence(theta, other), half, rtol=1e-4)


@pytest.mark.parametrize("dimension", [17, 33, 70])
def test_large_covariances(dimension, dtype):
    family = ng.MultivariateNormal(dimension)
    rng = np.random.default_rng(2)
    factor = rng.standard_normal((3, dimension, 2 * dimension))
    covariance = factor @ np.swapaxes(factor, -1, -2) / dimension
    mean = rng.standard_normal((3, dimension))
    eps = float(np.finfo(dtype).eps)
    theta = family.natural_from_standard(mean=mean.astype(dtype), covariance=covariance.astype(dtype))
    standard = family.standard_from_natural(theta)
    np.testing.assert_allclose(standard["covariance"], covariance, atol=1e3 * eps * np.abs(covariance).max())
    np.testing.assert_allclose(standard["mean"], mean, atol=1e4 * eps * np.abs(mean).max())
    expected = 0.5 * (dimension * np.log(2 * np.pi * np.e) + np.linalg.slogdet(covariance)[1])
    np.testing.assert_allclose(family.entropy(theta), expected, rtol=1e3 * eps)
    v = rng.standard_normal(theta.shape).astype(dtype)
    back = family.fisher_solve(theta, family.fisher_multiply(theta, v))
    assert np.abs(back - v).max() <= 1e6 * eps
    bad = theta.copy()
    bad[1, dimension] = 1.0
    with pytest.raises(ng.DomainError, match=r"row 1: precision must be positive definite, got -"):
        family.log_partition(bad)


def test_a_damped_solve_by_cholesky():
    family = ng.MultivariateNormal(12)
    theta = family.reference.test_points(np.random.default_rng(3), 2)
    v = np.random.default_rng(4).standard_normal(theta.shape)
    x = family.fisher_solve(theta, v, 0.7)
    residual = family.fisher_multiply(theta, x) + 0.7 * x - v
    assert np.abs(residual).max() <= 1e-9 * np.abs(family.fisher_multiply(theta, x)).max()


def test_a_damped_solve_by_conjugate_gradients():
    family = ng.MultivariateNormal(64)
    assert family.size > 2048
    theta = family.natural_from_standard(mean=np.full(64, 0.1), covariance=np.diag(np.linspace(0.5, 2.0, 64)))
    v = np.random.default_rng(5).standard_normal(family.size)
    x = family.fisher_solve(theta, v, 0.3)
    residual = family.fisher_multiply(theta, x) + 0.3 * x - v
    assert np.linalg.norm(residual) <= 1e-12 * np.linalg.norm(v)


def test_the_mean_map_of_a_large_gaussian_is_within_the_table():
    family = ng.MultivariateNormal(40)
    theta = family.natural_from_standard(mean=np.ones(40), covariance=np.eye(40) + 0.5)
    error = tolerances.error(family.reference, "log_partition", family.log_partition(theta), theta)
    assert error <= tolerances.bound("log_partition", "MultivariateNormal", np.float64)
