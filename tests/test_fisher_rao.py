"""The Fisher-Rao distance, over the registry."""

from __future__ import annotations

import itertools

import mpmath
import natgrad_native as ng
import numpy as np
import operands
import pytest
import tolerances
from conftest import FAMILIES

EPS = np.finfo(np.float64).eps


def has_distance(family):
    theta = operands.ordinary(family, 1)
    return family.reference._fisher_rao_distance(theta, theta) is not None


STATED = [family for family in FAMILIES if has_distance(family)]
SCALAR = [family for family in STATED if family.size == 1]


@pytest.fixture(params=STATED, ids=repr)
def metric(request):
    return request.param


def pairs(family, rows=100):
    return operands.ordinary(family, rows), operands.ordinary(family, rows, seed=9)


def test_the_distance_is_a_metric(metric):
    a, b = pairs(metric)
    c = operands.ordinary(metric, len(a), seed=10)
    found = metric.fisher_rao_distance(a, b)
    assert (found > 0).all()
    np.testing.assert_allclose(metric.fisher_rao_distance(b, a), found, rtol=64 * EPS)
    around = metric.fisher_rao_distance(a, c) + metric.fisher_rao_distance(c, b)
    assert (found <= around * (1 + 64 * EPS)).all()
    assert (metric.fisher_rao_distance(a, a) == 0).all()
    np.testing.assert_array_equal(metric.reference.fisher_rao_distance(a, b), found)
    wide = metric.fisher_rao_distance(a[:3, None], b)
    np.testing.assert_array_equal(wide[1, 1], found[1])
    narrow = metric.fisher_rao_distance(a.astype(np.float32), b.astype(np.float32))
    assert narrow.dtype == np.float32
    np.testing.assert_allclose(narrow, found, rtol=1e-3)


def test_the_distance_solves_the_eikonal_equation(metric):
    """|grad d| = 1 in the metric F^-1: with d = 0 at one point this makes d the geodesic distance from it."""
    a, b = pairs(metric, 30)
    gradient = np.empty_like(b)
    room = metric.step_to_boundary
    for i in range(metric.size):
        direction = np.zeros_like(b)
        direction[:, i] = 1.0
        inside = np.minimum(room(b, direction), room(b, -direction))
        step = np.minimum(1e-5 * np.maximum(np.abs(b[:, i]), 1e-2), 0.1 * inside)
        shift = step[:, None] * direction
        rise = metric.fisher_rao_distance(a, b + shift) - metric.fisher_rao_distance(a, b - shift)
        gradient[:, i] = rise / (2 * step)
    slope = (gradient * metric.fisher_solve(b, gradient)).sum(axis=-1)
    np.testing.assert_allclose(slope, 1.0, rtol=2e-5)


@pytest.mark.parametrize("apart", [1e-12, 1e-8, 1e-5])
def test_a_short_distance_is_the_root_of_twice_the_divergence(metric, apart):
    """d^2 = 2 KL to first order; and the length of the step in the metric, at extreme points too."""
    a = np.concatenate([operands.ordinary(metric, 100), operands.hard(metric)])
    a = a[(a != 0).all(axis=-1)]
    b = a * (1 + apart * np.random.default_rng(3).uniform(0.5, 1.0, a.shape))
    inside = metric.in_natural_domain(b)
    a, b = a[inside], b[inside]
    twice = 2 * metric.kl_divergence(a, b)
    usable = (twice > 1e-290) & (apart * np.abs(a).max(axis=-1) < 1e-3) & (twice < 1e-4)
    assert usable.sum() >= 50
    found = metric.fisher_rao_distance(a, b)
    bound = 1e-10 + np.sqrt(twice[usable]) + apart * (1 + np.abs(a[usable]).max(axis=-1))
    assert (np.abs(found[usable] / np.sqrt(twice[usable]) - 1) <= bound).all()


@pytest.mark.parametrize("family", SCALAR, ids=repr)
def test_a_distance_on_a_line_is_the_integral_of_the_root_of_f(family):
    """By mpmath's quadrature of sqrt(A''), for points over the whole domain, far apart and a relative 1e-8 apart."""
    twin, rng = family.reference, np.random.default_rng(6)
    a = np.concatenate([operands.ordinary(family, 4), twin.domain_points(rng, 4, 6.0)])
    b = np.concatenate([operands.ordinary(family, 4, seed=9), a[4:6] * (1 + 1e-8), a[6:] * (1 - 1e-3)])
    found = family.fisher_rao_distance(a, b)
    with mpmath.workdps(40):
        for (start,), (end,), answer in zip(a.tolist(), b.tolist(), found, strict=True):
            truth = line_integral(twin, *sorted([start, end]))
            assert abs(answer - truth) <= 16 * EPS * truth * (1 + max(abs(start), abs(end)))


def line_integral(twin, low, high):
    """Of sqrt(A'') from low to high, piece by piece."""

    def root(t):
        width = abs(t) * mpmath.mpf(10) ** -25 if t else mpmath.mpf(10) ** -25
        with mpmath.workdps(110):
            around = [twin.mp_log_partition([t + k * width]) for k in (-1, 0, 1)]
            return mpmath.sqrt((around[0] - 2 * around[1] + around[2]) / width**2)

    low, high = mpmath.mpf(low), mpmath.mpf(high)
    if low * high > 0:
        pieces = int(abs(mpmath.log(high / low)) + abs(high - low) / 4) + 1
        ends = [low * (high / low) ** (mpmath.mpf(k) / pieces) for k in range(pieces + 1)]
    else:
        pieces = int((high - low) / 2) + 1
        ends = [low + (high - low) * k / pieces for k in range(pieces + 1)]
    return mpmath.fsum(mpmath.quad(root, piece) for piece in itertools.pairwise(ends))


# --- geodesic formulas of two and more coordinates, in mpmath ---


def half_plane(x, y):
    """arccosh(1 + |x - y|^2 / 2 x_2 y_2), the last coordinate > 0."""
    square = sum((p - q) ** 2 for p, q in zip(x, y, strict=True))
    return mpmath.acosh(1 + square / (2 * x[-1] * y[-1]))


def normal(theta, dimension):
    variance = -1 / (2 * theta[-1])
    return [*(t * variance / mpmath.sqrt(2 * dimension) for t in theta[:-1]), mpmath.sqrt(variance)]


def inverse_gaussian(theta):
    mean = mpmath.sqrt(theta[1] / theta[0])
    return [mpmath.sqrt(2 / mean), 1 / mpmath.sqrt(-2 * theta[1])]


def root_probabilities(theta):
    whole = 1 + sum(mpmath.exp(t) for t in theta)
    return [*(mpmath.exp(t / 2) / mpmath.sqrt(whole) for t in theta), 1 / mpmath.sqrt(whole)]


def geodesic(family, a, b):
    if isinstance(family, ng.Normal | ng.LogNormal | ng.SoftplusNormal | ng.MultivariateNormalIsotropic):
        d = family.size - 1
        return mpmath.sqrt(2 * d) * half_plane(normal(a, d), normal(b, d))
    if isinstance(family, ng.MultivariateNormalDiagonal):
        n = family.dimension
        parts = [half_plane(normal([a[k], a[n + k]], 1), normal([b[k], b[n + k]], 1)) for k in range(n)]
        return mpmath.sqrt(2 * sum(part**2 for part in parts))
    if isinstance(family, ng.InverseGaussian):
        return mpmath.sqrt(2) * half_plane(inverse_gaussian(a), inverse_gaussian(b))
    if isinstance(family, ng.Categorical | ng.Multinomial):
        cosine = mpmath.fdot(zip(root_probabilities(a), root_probabilities(b), strict=True))
        return 2 * mpmath.sqrt(getattr(family, "trials", 1) if family.event_shape else 1) * mpmath.acos(cosine)
    if isinstance(family, ng.MultivariateNormalKnownShape):
        root, n = mpmath.cholesky(mpmath.matrix(family.reference.matrix)), family.size - 1
        white = [[*(root.T * mpmath.matrix(theta[:-1])), theta[-1]] for theta in (a, b)]
        return mpmath.sqrt(2 * n) * half_plane(normal(white[0], n), normal(white[1], n))
    if isinstance(family, ng.ComplexNormal):
        p, q = (family.reference.mp_precision(theta) for theta in (a, b))
        root = mpmath.inverse(mpmath.cholesky(p))
        return mpmath.norm([mpmath.log(value) for value in mpmath.eighe(root * q * root.H, eigvals_only=True)])
    if isinstance(family, ng.NegativeMultinomial):
        p, q = ([mpmath.exp(t) for t in theta] for theta in (a, b))
        cosine = 1 - mpmath.fsum(mpmath.sqrt(u * v) for u, v in zip(p, q, strict=True))
        return 2 * mpmath.sqrt(family.successes) * mpmath.acosh(cosine / mpmath.sqrt((1 - sum(p)) * (1 - sum(q))))
    if isinstance(family, ng.Independent):
        n, part = family.family.size, family.family
        return mpmath.norm([geodesic(part, a[k : k + n], b[k : k + n]) for k in range(0, family.size, n)])
    step = [q - p for p, q in zip(a, b, strict=True)]
    fisher = mpmath.matrix(family.fisher(np.zeros(family.size)).tolist())
    return mpmath.sqrt((mpmath.matrix(step).T * fisher * mpmath.matrix(step))[0])


@pytest.mark.parametrize("family", [family for family in STATED if family.size > 1], ids=repr)
@pytest.mark.parametrize("apart", [None, 1e-2, 1e-8, 1e-13])
def test_a_distance_between_vectors_is_the_geodesic_formula(family, apart):
    rng = np.random.default_rng(12)
    wide = family.reference.domain_points(rng, 60, 8.0)
    a = np.concatenate([operands.ordinary(family, 20), wide, operands.hard(family)])
    b = np.roll(a, 1, axis=0) if apart is None else a * (1 + apart * rng.uniform(-1.0, 1.0, a.shape))
    inside = family.in_natural_domain(b)
    a, b = a[inside], b[inside]
    found = family.fisher_rao_distance(a, b)
    with mpmath.workdps(400):
        exact = [[list(map(mpmath.mpf, row)) for row in points.tolist()] for points in (a, b)]
        truth = [geodesic(family, p, q) for p, q in zip(*exact, strict=True)]
        error = np.array([float(abs(f - t) / t) if t else float(f) for f, t in zip(found, truth, strict=True)])
    twin = family.reference
    allowed = tolerances.divergence_bound(twin, a, b, np.float64) if tolerances.has_matrix(twin) else 256 * EPS
    assert (error <= allowed).all()


def test_distances_of_the_textbook():
    """Bernoulli from p = 0 to p = 1 is pi, Normals of one mean sqrt 2 |log s_b/s_a|, Poisson 2 |sqrt - sqrt|."""
    assert ng.Bernoulli().fisher_rao_distance([-800.0], [800.0]) == pytest.approx(np.pi, rel=1e-15)
    normal_family = ng.Normal()
    theta = normal_family.natural_from_standard(mean=3.0, variance=np.array([1.0, np.exp(2.0)]))
    assert normal_family.fisher_rao_distance(*theta) == pytest.approx(np.sqrt(2.0), rel=1e-14)
    assert ng.Poisson().fisher_rao_distance(np.log([4.0]), np.log([9.0])) == pytest.approx(2.0, rel=1e-14)
    assert ng.Exponential().fisher_rao_distance([-1.0], [-np.e]) == pytest.approx(1.0, rel=1e-14)


def test_a_family_without_a_closed_distance_says_so(family):
    theta = operands.ordinary(family, 2)
    if has_distance(family):
        bad = theta.copy()
        bad[1] = np.nan
        with pytest.raises(ng.DomainError, match="row 1: theta_b: coordinate 0 must be finite"):
            family.fisher_rao_distance(theta, bad)
        with pytest.raises(ValueError, match="theta_b has shape"):
            family.fisher_rao_distance(theta, np.zeros((2, family.size + 1)))
    else:
        with pytest.raises(NotImplementedError, match="has no closed form"):
            family.fisher_rao_distance(*theta)
