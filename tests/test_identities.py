"""The theorems, on the core, over the registry."""

from __future__ import annotations

import natgrad_native as ng
import numpy as np
import operands
import pytest
from natgrad_native import _registry
from scipy import optimize

EPS = np.finfo(np.float64).eps


def condition_of_fisher(family, theta):
    """Condition number of D F D, D = diag(F)^-1/2."""
    fisher = family.fisher(theta)
    scale = 1 / np.sqrt(np.diagonal(fisher, axis1=-2, axis2=-1))
    return np.linalg.cond(fisher * scale[..., :, None] * scale[..., None, :])


def test_mean_is_the_gradient_of_the_log_partition(family):
    theta = operands.ordinary(family, 20)
    direction = np.random.default_rng(4).standard_normal(theta.shape) * np.abs(theta)
    room = np.minimum(family.step_to_boundary(theta, direction), family.step_to_boundary(theta, -direction))
    step = np.minimum(1e-5, 0.01 * room)[:, None] * direction
    difference = family.log_partition(theta + step) - family.log_partition(theta - step)
    expected = 2 * (family.mean_from_natural(theta) * step).sum(axis=-1)
    scale = EPS * (np.abs(family.log_partition(theta)) + 1) + 1e-8 * np.abs(expected)
    size = (np.abs(family.mean_from_natural(theta)) * np.abs(theta)).sum(axis=-1) * EPS
    assert (np.abs(difference - expected) <= 64 * (scale + size)).all()


def test_fisher_is_the_jacobian_of_the_mean_map(family):
    theta = operands.ordinary(family, 10)
    direction = np.random.default_rng(5).standard_normal(theta.shape) * np.abs(theta)
    room = np.minimum(family.step_to_boundary(theta, direction), family.step_to_boundary(theta, -direction))
    step = np.minimum(1e-5, 0.01 * room)[:, None] * direction
    difference = family.mean_from_natural(theta + step) - family.mean_from_natural(theta - step)
    product = 2 * family.fisher_multiply(theta, step)
    scale = np.abs(product).max(axis=-1) * 1e-6 + 64 * EPS * np.abs(family.mean_from_natural(theta)).max(axis=-1)
    assert (np.abs(difference - product).max(axis=-1) <= scale).all()
    np.testing.assert_allclose(
        (family.fisher(theta) @ step[..., None])[..., 0], product / 2, rtol=1e-9, atol=1e-11 * np.abs(product).max()
    )


@pytest.mark.parametrize("damping", [0.0, 0.3])
def test_fisher_solve_undoes_fisher_multiply(family, damping):
    theta = operands.ordinary(family, 50)
    v = np.random.default_rng(6).standard_normal(theta.shape)
    product = family.fisher_multiply(theta, v) + damping * v
    bound = 64 * family.size * EPS * condition_of_fisher(family, theta)[:, None]
    scale = 1 / np.sqrt(np.diagonal(family.fisher(theta), axis1=-2, axis2=-1))
    difference = (family.fisher_solve(theta, product, damping) - v) / scale
    assert (np.abs(difference) <= bound * np.linalg.norm(v / scale, axis=-1, keepdims=True)).all()


def test_log_determinant_is_that_of_the_dense_matrix(family):
    theta = operands.ordinary(family, 20)
    sign, value = np.linalg.slogdet(family.fisher(theta))
    assert (sign == 1).all()
    slack = 64 * family.size * EPS * condition_of_fisher(family, theta)
    np.testing.assert_array_less(np.abs(family.fisher_log_determinant(theta) - value), slack + 1e-12 * np.abs(value))


def test_kl_is_the_bregman_divergence_of_the_log_partition(family):
    p, q = operands.ordinary(family, 100), operands.ordinary(family, 100, seed=9)
    mu = family.mean_from_natural(p)
    terms = np.stack([family.log_partition(q), -family.log_partition(p), -((q - p) * mu).sum(axis=-1)])
    size = np.abs(terms).sum(axis=0) + (np.abs(q - p) * np.abs(mu)).sum(axis=-1)
    kl = family.kl_divergence(p, q)
    assert (np.abs(kl - terms.sum(axis=0)) <= 1e-12 * size + 1e-9 * kl).all()
    assert (kl >= 0).all()
    assert (family.kl_divergence(p, p) == 0).all()


def test_kl_of_points_that_almost_coincide_is_half_the_fisher_norm(family):
    p = operands.ordinary(family, 50)
    q = p * (1 + 1e-8)
    half = 0.5 * ((q - p) * family.fisher_multiply(p, q - p)).sum(axis=-1)
    np.testing.assert_allclose(family.kl_divergence(p, q), half, rtol=1e-5)


def test_the_generalised_pythagorean_theorem(family):
    """KL(p || r) = KL(p || q) + KL(q || r) - <theta_r - theta_q, mu_p - mu_q> (Amari 2016, theorem 1.2)."""
    p, q, r = (operands.ordinary(family, 40, seed=seed) for seed in (11, 12, 13))
    cross = ((r - q) * (family.mean_from_natural(p) - family.mean_from_natural(q))).sum(axis=-1)
    left, right = family.kl_divergence(p, r), family.kl_divergence(p, q) + family.kl_divergence(q, r)
    size = left + right + np.abs(cross)
    assert (np.abs(left - (right - cross)) <= 1e-9 * size).all()


def test_duality_of_the_log_partitions(family):
    theta = operands.ordinary(family, 60)
    (mu,), rows = operands.arguments(family, "dual_log_partition", theta)
    inner = (theta[rows] * mu).sum(axis=-1)
    size = np.abs(inner) + np.abs(family.log_partition(theta[rows])) + (np.abs(theta[rows]) * np.abs(mu)).sum(axis=-1)
    gap = family.dual_log_partition(mu) + family.log_partition(theta[rows]) - inner
    assert (np.abs(gap) <= 64 * EPS * size).all()


def spread_points(family, rows):
    """Random points whose Fisher information has a condition up to 1e8."""
    pool = np.concatenate([operands.ordinary(family, 4 * rows, seed=seed) for seed in (21, 22)])
    return pool[condition_of_fisher(family, pool) <= 1e8][:rows]


def test_natural_gradient_is_mirror_descent(family):
    theta = spread_points(family, 1000)
    assert len(theta) == 1000
    condition = condition_of_fisher(family, theta)
    in_mean = np.random.default_rng(7).standard_normal(theta.shape) * np.linalg.norm(theta, axis=-1, keepdims=True)
    in_natural = family.fisher_multiply(theta, in_mean)
    beta = np.minimum(0.5, 0.5 * family.step_to_boundary(theta, in_mean))
    mirror = ng.updates.mirror_descent(family, theta, in_mean, beta)
    natural = ng.updates.natural_gradient(family, theta, in_natural, beta)
    size = beta * np.linalg.norm(in_mean, axis=-1) + np.linalg.norm(theta, axis=-1)
    allowed = 64 * family.size * EPS * condition * size
    assert (np.linalg.norm(natural - mirror, axis=-1) <= allowed).all()


@pytest.mark.parametrize("name", _registry.names("update"))
def test_a_step_is_the_argmax_of_its_proximal_form(family, name):
    if family.size > 3:
        pytest.skip("the numerical optimiser is for a few coordinates")
    rule = getattr(ng.updates, name)
    theta = operands.ordinary(family, 2, seed=31)
    rng = np.random.default_rng(8)
    natural = rng.standard_normal(theta.shape) * np.abs(family.mean_from_natural(theta)).max(axis=-1, keepdims=True)
    mean = family.fisher_solve(theta, natural)
    gradient = natural if rule.gradient_in == "natural" else mean
    direction = mean if rule.unit_step else natural
    length = np.linalg.norm(theta, axis=-1) / np.linalg.norm(direction, axis=-1)
    beta = np.minimum(0.3 * family.step_to_boundary(theta, direction), 0.1 * length)
    closed = rule(family, theta, gradient, beta, out_of_domain="shrink", return_step=True)
    moved, beta = closed
    for start, slope, step, end in zip(theta, gradient, beta, moved, strict=True):
        scale = np.abs(end - start) + 1e-3 * np.abs(start).max()

        def loss(u, start=start, slope=slope, step=step, scale=scale):
            trial = start + u * scale
            if not family.in_natural_domain(trial):
                return np.inf
            return -float(rule.reference.proximal_objective(family.reference, start, slope, step, trial))

        found = optimize.minimize(
            loss, np.zeros(family.size), method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-13, "maxfev": 400}
        )
        at_closed = loss((end - start) / scale)
        assert at_closed <= found.fun + 1e-9 * (1 + abs(found.fun))
        np.testing.assert_allclose(start + found.x * scale, end, atol=2e-2 * scale.max())


def test_densities_are_those_of_the_scipy_twin(family):
    rng = np.random.default_rng(17)
    for theta in operands.ordinary(family, 5):
        twin = family.reference.scipy_twin(theta)
        if twin is None:
            pytest.skip("SciPy has no such distribution")
        x = family.sample(theta, 50, rng)
        density = getattr(twin, "logpdf", None) or twin.logpmf
        np.testing.assert_allclose(family.log_density(theta, x), [density(one) for one in x], rtol=1e-8, atol=1e-8)
        if hasattr(twin, "entropy"):
            np.testing.assert_allclose(family.entropy(theta), twin.entropy(), rtol=1e-7, atol=1e-7)
