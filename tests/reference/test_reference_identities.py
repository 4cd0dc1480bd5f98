"""Theorems that hold for every family, and its maps against each other."""

from __future__ import annotations

import numpy as np
import pytest
from cases import FAMILIES, IDS, points, representable
from tolerances import bound, error, natural_error

pytestmark = pytest.mark.parametrize("family", FAMILIES, ids=IDS)


def check(family, operation, answer, *arguments):
    worst = error(family, operation, answer, *arguments).max(initial=0.0)
    assert worst <= bound(operation, type(family).__name__, np.float64)


def test_standard_parameters_round_trip(family):
    theta = points(family, 50, hard=False)
    back = family.natural_from_standard(**family.standard_from_natural(theta))
    assert natural_error(family, back, theta).max() <= 2 * bound("natural_from_standard", type(family).__name__, float)


def test_mean_round_trip(family):
    mu = family.mean_from_natural(representable(family, points(family, 200)))
    theta, info = family.natural_from_mean(mu, return_info=True)
    assert (info.status == 0).all()
    assert info.iterations.max() <= 100
    check(family, "natural_from_mean", theta, mu)


def test_centred_mean_keeps_the_digits(family):
    theta = points(family, 200)
    centred = family.centred_mean_from_natural(theta)
    answer, info = family.natural_from_centred_mean(centred, return_info=True)
    good = info.status == 0
    check(family, "natural_from_centred_mean", answer[good], centred[good])


def test_fisher_solve_inverts_fisher(family):
    theta = points(family, 50)
    v = np.random.default_rng(3).standard_normal(theta.shape)
    check(family, "fisher_solve", family.fisher_solve(theta, v), theta, v)


def test_damped_fisher_solve(family):
    theta = points(family, 50)
    rng = np.random.default_rng(3)
    v, damping = rng.standard_normal(theta.shape), rng.uniform(0.0, 2.0, len(theta))
    check(family, "fisher_solve", family.fisher_solve(theta, v, damping), theta, v, damping)
    np.testing.assert_array_equal(family.fisher_solve(theta, v, 0.0), family.fisher_solve(theta, v))


def test_fisher_multiply_and_determinant_are_those_of_the_dense_matrix(family):
    theta = points(family, 50, hard=False)
    v = np.random.default_rng(4).standard_normal(theta.shape)
    matrix = family.fisher(theta)
    np.testing.assert_allclose(
        family.fisher_multiply(theta, v),
        np.einsum("nij,nj->ni", matrix, v),
        rtol=1e-9,
        atol=1e-11 * np.abs(matrix).max(),
    )
    np.testing.assert_allclose(family.fisher_log_determinant(theta), np.linalg.slogdet(matrix)[1], rtol=1e-9, atol=1e-9)
    assert (matrix == np.swapaxes(matrix, -1, -2)).all()


def test_legendre_equality(family):
    theta = representable(family, points(family, 50, hard=False))
    mu = family.mean_from_natural(theta)
    inner = (theta * mu).sum(axis=-1)
    a = family.log_partition(theta)
    scale = np.abs(theta * mu).sum(axis=-1) + np.abs(a)
    assert (np.abs(a + family.dual_log_partition(mu) - inner) <= 64 * np.finfo(float).eps * scale).all()


def test_kl_is_the_bregman_divergence(family):
    p, q = np.split(points(family, 100, hard=False), 2)
    mu = family.mean_from_natural(p)
    wanted = family.log_partition(q) - family.log_partition(p) - ((q - p) * mu).sum(axis=-1)
    np.testing.assert_allclose(family.kl_divergence(p, q), wanted, rtol=1e-8, atol=1e-11)
    np.testing.assert_allclose(
        family.cross_entropy(p, q), family.entropy(p) + family.kl_divergence(p, q), rtol=1e-12, atol=1e-12
    )


def test_kl_vanishes_only_at_equality(family):
    p = points(family, 50)
    assert (family.kl_divergence(p, p) == 0).all()
    # A move of one last place may underflow at the hard points, not at the ordinary ones.
    ordinary = p[:50]
    q = np.nextafter(ordinary, np.inf)
    inside = family.in_natural_domain(q)
    assert (family.kl_divergence(ordinary[inside], q[inside]) > 0).all()
    assert (family.kl_divergence(q[inside], ordinary[inside]) > 0).all()


def test_pythagorean_theorem(family):
    """KL(p, r) = KL(p, q) + KL(q, r) where (mu_p - mu_q) is orthogonal to (theta_r - theta_q)."""
    p, q, r = np.split(points(family, 90, hard=False), 3)
    mu_p, mu_q = family.mean_from_natural(p), family.mean_from_natural(q)
    cross = ((mu_p - mu_q) * (r - q)).sum(axis=-1)
    left = family.kl_divergence(p, r)
    parts = family.kl_divergence(p, q), family.kl_divergence(q, r)
    scale = left + parts[0] + parts[1] + np.abs((mu_p - mu_q) * (r - q)).sum(axis=-1)
    assert (np.abs(left - parts[0] - parts[1] + cross) <= 1e-12 * scale).all()


@pytest.mark.parametrize("which", ["natural", "mean"])
def test_boundary_steps_end_at_the_boundary(family, which):
    theta = points(family, 100, hard=False)
    natural = which == "natural"
    point = theta if natural else representable(family, theta)
    if not natural:
        point = family.mean_from_natural(point)
    rng = np.random.default_rng(7)
    direction = rng.standard_normal(point.shape) * np.abs(point).mean(axis=-1, keepdims=True)
    step = (family.step_to_boundary if natural else family.mean_step_to_boundary)(point, direction)
    inside = family.in_natural_domain if natural else family.in_mean_domain
    assert (step > 0).all()
    finite = np.isfinite(step)
    reach = np.where(finite, step, 10.0)[:, None] * direction
    assert inside(point + (1 - 1e-7) * reach).all()
    assert not inside((point + (1 + 1e-7) * reach)[finite]).any()
    assert finite.any() or inside(1e3 * rng.standard_normal((9, family.size))).all()


def test_no_argument_is_changed_and_read_only_input_is_welcome(family):
    theta = points(family, 5, hard=False)
    theta.setflags(write=False)
    mu = family.mean_from_natural(theta)
    mu.setflags(write=False)
    copies = theta.copy(), mu.copy()
    family.natural_from_mean(mu)
    family.fisher_solve(theta, mu, 0.5)
    family.kl_divergence(theta, theta[::-1])
    np.testing.assert_array_equal(theta, copies[0])
    np.testing.assert_array_equal(mu, copies[1])
