"""Points at which a plain formula loses its digits, by name; values from mpmath."""

from __future__ import annotations

import mpmath
import natgrad_native.reference as reference
import numpy as np
import pytest
from natgrad_native.reference import special

EPS = np.finfo(float).eps


@pytest.mark.parametrize("rate", [1e-12, 0.5, 20.0, 63.999, 64.0, 1e15])
def test_poisson_entropy(rate):
    family = reference.Poisson()
    theta = np.log([rate])
    with mpmath.workdps(40):
        exact_rate = mpmath.exp(mpmath.mpf(float(theta[0])))
        base = family.mp_expected_log_base_measure([theta[0]], [exact_rate])
        truth = float(exact_rate * (1 - mpmath.mpf(float(theta[0]))) - base)
    np.testing.assert_allclose(family.entropy(theta), truth, rtol=16 * EPS * (1 + abs(theta[0])))


@pytest.mark.parametrize("shape", [1e-8, 1.0, 15.9, 16.1, 1e6, 1e12])
def test_gamma_fisher_solve(shape):
    """det F = (a psi'(a) - 1) / b^2 cancels at a large shape."""
    family = reference.Gamma()
    solved = family.fisher_solve([shape, -2.0], [1.0, 0.0])
    with mpmath.workdps(60):
        a = mpmath.mpf(shape)
        truth = float(a / (a * mpmath.psi(1, a) - 1))
    np.testing.assert_allclose(solved[0], truth, rtol=16 * EPS)


@pytest.mark.parametrize("shape", [1e-8, 1e-3, 1.0, 1e4, 1e8, 1e12])
def test_gamma_shape_survives_the_centred_mean(shape):
    family = reference.Gamma()
    back = family.natural_from_centred_mean(family.centred_mean_from_natural([shape, -3.0]))
    np.testing.assert_allclose(back, [shape, -3.0], rtol=16 * EPS)


@pytest.mark.parametrize(
    "alpha", [[1e-3, 1.0, 5.0], [1e-3, 1e6], [1e-8, 1e8], [1e-8, 1e-8, 1e-8], [0.01, 10.0], [1e-12, 3e-12]]
)
def test_dirichlet_inverse_map(alpha):
    family = reference.Dirichlet(len(alpha))
    back, info = family.natural_from_mean(family.mean_from_natural(alpha), return_info=True)
    assert info.status == 0
    np.testing.assert_allclose(back, alpha, rtol=1e-12)


@pytest.mark.parametrize("alpha", [[1e8, 1e8], [1e-8, 1e8], [1e-8, 3.0], [0.3, 0.7], [2.0, 5e5, 1e-4]])
def test_dirichlet_rank_one_denominator(alpha):
    from natgrad_native.reference import dirichlet_maps

    with mpmath.workdps(80):
        a = [mpmath.mpf(x) for x in alpha]
        truth = float(1 - mpmath.psi(1, sum(a)) * sum(1 / mpmath.psi(1, x) for x in a))
    np.testing.assert_allclose(dirichlet_maps.complement(np.array([alpha]))[0], truth, rtol=32 * EPS)


def test_dirichlet_with_many_categories():
    family = reference.Dirichlet(100_000)
    alpha = np.exp(np.random.default_rng(2).uniform(-3, 3, 100_000))
    back = family.natural_from_mean(family.mean_from_natural(alpha))
    np.testing.assert_allclose(back, alpha, rtol=1e-9)
    v = np.cos(np.arange(100_000.0))
    np.testing.assert_allclose(family.fisher_multiply(alpha, family.fisher_solve(alpha, v)), v, atol=1e-10)


def test_normal_far_from_the_origin():
    for family in (reference.Normal(), reference.MultivariateNormal(1)):
        theta = family.natural_from_centred_mean([1e8, 1.0])
        np.testing.assert_allclose(family.centred_mean_from_natural(theta), [1e8, 1.0], rtol=4 * EPS)
    x = 1e8 + np.random.default_rng(0).standard_normal(1000)
    fit = reference.Normal().standard_from_natural(reference.Normal().maximum_likelihood(x))
    np.testing.assert_allclose(fit["variance"], np.var(x), rtol=1e-12)


@pytest.mark.parametrize("relative", [1e-8, 1e-6, 1e-3])
def test_gamma_kl_of_close_points(relative):
    family = reference.Gamma()
    p = np.array([[2.0, -3.0], [1e6, -1e6], [1e-3, -1.0]])
    q = p * (1 + relative)
    for a, b, got in zip(p, q, family.kl_divergence(p, q), strict=True):
        with mpmath.workdps(80):
            s, r, t, u = (mpmath.mpf(float(v)) for v in (a[0], -a[1], b[0], -b[1]))
            truth = (s - t) * mpmath.psi(0, s) - mpmath.loggamma(s) + mpmath.loggamma(t)
            truth += t * (mpmath.log(r) - mpmath.log(u)) + s * (u - r) / r
        np.testing.assert_allclose(got, float(truth), rtol=1e-12)


def test_negative_binomial_log_partition_beside_certainty():
    with mpmath.workdps(60):
        for r in (1e-8, 1.0, 1e8):
            truth = float(-mpmath.mpf(r) * mpmath.log(-mpmath.expm1(mpmath.mpf(-1e-14))))
            np.testing.assert_allclose(reference.NegativeBinomial(r).log_partition([-1e-14]), truth, rtol=4 * EPS)


# On both sides of every change of method, and far from all of them.
ENTROPIES = [
    *((reference.Binomial(n), t) for n in (1, 2, 191, 193, 10**9) for t in (-40.0, -1e-3)),
    *((reference.Binomial(10**9), np.log(v / (1e9 - v))) for v in (1e-3, 47.0, 49.0)),
    *((reference.NegativeBinomial(r), np.log(q)) for r in (1e-8, 0.9, 1.0, 63.9, 64.1) for q in (1e-12, 0.49, 0.51)),
    *((reference.NegativeBinomial(r), -1e-12) for r in (1e-8, 0.9, 63.9, 64.1, 1e8)),
    *((reference.NegativeBinomial(1e8), -np.log1p(1e8 / v)) for v in (127.0, 129.0)),
    *((reference.Logarithmic(), np.log(p)) for p in (1e-40, 1e-12, 0.499, 0.501, 1 - 1e-12)),
]


@pytest.mark.parametrize(("family", "t"), ENTROPIES, ids=repr)
def test_entropy_of_counts(family, t):
    with mpmath.workdps(150):
        theta, a = mpmath.mpf(float(t)), family.mp_log_partition
        step = abs(theta) * mpmath.mpf(10) ** -40
        mean = (a([theta + step]) - a([theta - step])) / (2 * step)
        dual = theta * mean - a([theta])
        with mpmath.workdps(25):
            truth = -dual - family.mp_expected_log_base_measure([theta], [mean])
    assert abs(family.entropy([t]) - float(truth)) <= 16 * EPS * float(truth - dual)


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
