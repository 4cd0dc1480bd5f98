"""VonMisesFisher in dimensions no example of the registry has, against mpmath, and in the plane against VonMises."""

import mpmath
import natgrad_native as ng
import numpy as np
import pytest

EPS = float(np.finfo(np.float64).eps)
PLACES = [
    (2, 1e-300), (3, 1e-300), (3, 31.9), (3, 1e7), (4, 30.0), (19, 1e-5), (19, 1.8), (50, 20.0), (65, 33.0),
    (66, 1e-300), (66, 1e12), (200, 1e3), (1000, 5.0), (1000, 1e6), (10_000, 1e-300), (10_000, 3e3),
]  # fmt: skip


def exact(dimension, k):
    """A, R/k and R' of theta = k (1, 0, ...)."""
    half, terms = mpmath.mpf(dimension) / 2, 10**7
    first, second = (mpmath.hyp0f1(half + i, k * k / 4, maxterms=terms) for i in (0, 1))
    area = mpmath.log(2) + half * mpmath.log(mpmath.pi) - mpmath.loggamma(half)
    over = second / first / dimension
    slope = 1 - (dimension - 1) * over - (k * over) ** 2
    return area + mpmath.log(first), over, slope


@pytest.mark.parametrize("module", [ng, ng.reference], ids=["native", "reference"])
@pytest.mark.parametrize(("dimension", "k"), PLACES)
def test_every_dimension_and_concentration_keeps_its_digits(module, dimension, k):
    family = module.VonMisesFisher(dimension=dimension)
    direction = np.random.default_rng(dimension).standard_normal(dimension)
    theta = k / np.linalg.norm(direction) * direction
    with mpmath.workdps(700 if k < 1e-200 else 60):
        length = mpmath.sqrt(mpmath.fsum(mpmath.mpf(float(t)) ** 2 for t in theta))
        value, over, slope = exact(dimension, length)
        radius = over * length
        entropy = value - radius * length
        assert abs(family.log_partition(theta) - value) <= 16 * EPS * (abs(value) + radius * length)
        assert abs(family.entropy(theta) - entropy) <= 16 * EPS * (abs(entropy) + slope * length**2)
        determinant = (dimension - 1) * mpmath.log(over) + mpmath.log(slope)
        assert abs(family.fisher_log_determinant(theta) - determinant) <= 16 * EPS * abs(determinant)
        mu = family.mean_from_natural(theta)
        np.testing.assert_allclose(mu, float(over) * theta, rtol=16 * EPS)
        back = mpmath.sqrt(mpmath.fsum(mpmath.mpf(float(t)) ** 2 for t in family.natural_from_mean(mu)))
        given = mpmath.sqrt(mpmath.fsum(mpmath.mpf(float(m)) ** 2 for m in mu))
        assert abs(exact(dimension, back)[1] * back - given) <= 16 * EPS * (given + slope * length)


@pytest.mark.parametrize("dimension", [2, 3, 70])
def test_fisher_along_an_axis_is_the_small_eigenvalue(dimension):
    family = ng.VonMisesFisher(dimension=dimension)
    axis = np.eye(dimension)[0]
    theta = 1e12 * axis
    with mpmath.workdps(60):
        slope = float(exact(dimension, mpmath.mpf(10) ** 12)[2])
    np.testing.assert_allclose(family.fisher_multiply(theta, axis), slope * axis, rtol=16 * EPS)
    np.testing.assert_allclose(family.fisher_solve(theta, axis), axis / slope, rtol=16 * EPS)
    np.testing.assert_allclose(family.fisher(theta)[0, 0], slope, rtol=16 * EPS)


def test_fisher_beside_an_axis_keeps_the_digits_of_the_leading_entry():
    """1 - u_0^2 is 1e-7, and F_00 about as much of R / kappa: neither may be a difference from 1."""
    theta = np.array([25521.6753, -2.11239469, 5.88216998, 1.72097574, 2.12108520])
    with mpmath.workdps(60):
        exact_theta = [mpmath.mpf(float(t)) for t in theta]
        kappa = mpmath.sqrt(sum(t * t for t in exact_theta))
        _, over, slope = exact(5, kappa)
        u = exact_theta[0] / kappa
        truth = float(over * (1 - u * u) + slope * u * u)
    found = ng.VonMisesFisher(dimension=5).fisher_multiply(theta, np.eye(5)[0])
    np.testing.assert_allclose(found[0], truth, rtol=16 * EPS)
    np.testing.assert_allclose(ng.VonMisesFisher(dimension=5).fisher(theta)[0, 0], truth, rtol=16 * EPS)


def test_in_the_plane_it_is_von_mises():
    circle, sphere = ng.VonMises(), ng.VonMisesFisher(dimension=2)
    rng = np.random.default_rng(0)
    p, q = rng.standard_normal((2, 50, 2)) * 10.0 ** rng.uniform(-3, 6, (2, 50, 1))
    for operation in ("log_partition", "entropy", "mean_from_natural", "fisher_log_determinant"):
        np.testing.assert_allclose(getattr(sphere, operation)(p), getattr(circle, operation)(p), rtol=1e-13)
    np.testing.assert_allclose(sphere.kl_divergence(p, q), circle.kl_divergence(p, q), rtol=1e-12)


def test_a_direction_must_be_a_unit_vector():
    family = ng.VonMisesFisher(dimension=3)
    with pytest.raises(ng.DomainError, match=r"length of mean_direction must be 1, got 1\.00001"):
        family.natural_from_standard(mean_direction=[1.00001, 0.0, 0.0], concentration=2.0)
    uniform = family.standard_from_natural(np.zeros(3))
    np.testing.assert_array_equal(uniform["mean_direction"], [1.0, 0.0, 0.0])
