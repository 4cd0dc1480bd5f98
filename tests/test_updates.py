"""The update rules of the core: parity with the reference, domains, step sizes."""

from __future__ import annotations

import calls
import natgrad_native as ng
import numpy as np
import operands
import pytest
from test_errors import assert_same_refusal, refusal


def gradients(family, theta, seed=4):
    return (np.random.default_rng(seed).standard_normal(theta.shape) * np.abs(theta)).astype(theta.dtype)


def leaving(family, rule):
    """A point, a gradient and a step size that leave the natural domain, or None where it is the whole space."""
    theta = operands.ordinary(family, 50)
    for sign in (1.0, -1.0):
        gradient = sign * gradients(family, theta)
        for row in range(len(theta)):
            try:
                rule(family, theta[row], gradient[row], 1e3)
            except ng.DomainError:
                return theta[row], gradient[row], 1e3
    return None


@pytest.mark.parametrize("policy", ["raise", "shrink"])
def test_a_rule_is_its_twin(family, rule, dtype, policy):
    theta = operands.ordinary(family, 400, dtype)
    gradient = gradients(family, theta)
    beta = np.random.default_rng(6).uniform(0, 0.1, len(theta)).astype(dtype)
    if policy == "raise":
        _, beta = rule(family, theta, gradient, beta, out_of_domain="shrink", return_step=True)
    moved, used = rule(family, theta, gradient, beta, out_of_domain=policy, return_step=True)
    assert moved.dtype == used.dtype == dtype
    calls.assert_moved(family, rule, moved, theta, gradient, used)
    if policy == "raise":
        np.testing.assert_array_equal(used, beta)


def test_a_batch_is_its_rows(family, rule, dtype):
    theta = operands.ordinary(family, 300, dtype)
    gradient = gradients(family, theta)
    beta = np.random.default_rng(5).uniform(0.01, 5.0, 300).astype(dtype)
    moved, used = rule(family, theta, gradient, beta, out_of_domain="shrink", return_step=True)
    assert (used < beta).any() or leaving(family, rule) is None
    for rows in (slice(0), slice(1), slice(5, 12), slice(0, 300, 7)):
        part, step = rule(family, theta[rows], gradient[rows], beta[rows], out_of_domain="shrink", return_step=True)
        assert part.tobytes() == moved[rows].tobytes()
        assert step.tobytes() == used[rows].tobytes()


def test_shrinking_halves_until_the_point_is_inside(family, rule, dtype):
    theta = operands.ordinary(family, 1000, dtype)
    gradient = gradients(family, theta)
    moved, used = rule(family, theta, gradient, 100.0, out_of_domain="shrink", return_step=True)
    assert family.in_natural_domain(moved).all()
    halvings = np.log2(100.0 / used)
    np.testing.assert_array_equal(halvings, np.round(halvings))
    assert ((halvings >= 0) & (halvings <= 100)).all()
    assert rule(family, theta, gradient, used).tobytes() == moved.tobytes()
    # Twice the step of a row that was shrunk leaves the domain.
    for row in np.flatnonzero(halvings > 0)[:20]:
        with pytest.raises(ng.DomainError, match="row 0: the step leaves the domain: "):
            rule(family, theta[row], gradient[row], 2 * used[row])


@pytest.mark.parametrize("place", [0, 255, 256, 257, 999])
def test_a_step_outside_is_refused_with_its_row(family, rule, place):
    found = leaving(family, rule)
    if found is None:
        pytest.skip("the natural domain is the whole space")
    theta = operands.ordinary(family, 1000)
    gradient, beta = np.zeros_like(theta), np.ones(1000)
    theta[place], gradient[place], beta[place] = found
    name = f"{type(family).__name__}.{rule.__name__}"
    native = refusal(lambda: rule(family, theta, gradient, beta))
    assert str(native).startswith(f"{name}: row {place}: the step leaves the domain: ")
    twin = refusal(lambda: rule.reference(family.reference, theta, gradient, beta))
    assert_same_refusal(native, twin)


def test_bad_operands_are_named_in_the_words_of_the_reference(family, rule):
    theta = operands.ordinary(family, 5)
    gradient, beta = np.zeros_like(theta), np.ones(5)
    for index, text in enumerate(
        ("coordinate 0 must be finite", "gradient[0] must be finite", "step_size must be finite")
    ):
        for wrong in (np.nan, np.inf, -np.inf):
            changed = [theta.copy(), gradient.copy(), beta.copy()]
            changed[index].reshape(5, -1)[3, 0] = wrong
            native = refusal(lambda changed=changed: rule(family, *changed))
            twin = refusal(lambda changed=changed: rule.reference(family.reference, *changed))
            assert f"{type(family).__name__}.{rule.__name__}: row 3: {text}, got {wrong:g}" == str(native)
            assert_same_refusal(native, twin)
    for changed in ((theta[:, :-1], gradient, beta), (theta, gradient[:3], beta), (theta, gradient, beta[:2])):
        native = refusal(lambda changed=changed: rule(family, *changed))
        twin = refusal(lambda changed=changed: rule.reference(family.reference, *changed))
        assert_same_refusal(native, twin)
    native = refusal(lambda: rule(family, theta.astype(np.float16), gradient, beta))
    assert isinstance(native, TypeError)


def test_a_point_outside_is_refused(family, rule):
    found = leaving(family, rule)
    if found is None:
        pytest.skip("the natural domain is the whole space")
    theta, gradient, _ = found
    direction = gradient if rule.gradient_in == "mean" else family.fisher_solve(theta, gradient)
    room = min(family.step_to_boundary(theta, sign * direction) for sign in (1, -1))
    points = np.stack([theta, theta + 3 * room * direction, theta - 3 * room * direction])
    for policy in ("raise", "shrink"):
        native = refusal(lambda policy=policy: rule(family, points, gradient, 0.0, out_of_domain=policy))
        assert ": row 1: " in str(native) or ": row 2: " in str(native)
        assert "the step leaves" not in str(native)


def test_operands_broadcast(family, rule):
    theta = operands.ordinary(family, 6).reshape(2, 3, family.size)
    gradient = 0.01 * gradients(family, theta)
    moved, used = rule(family, theta, gradient, [0.1, 0.2, 0.3], out_of_domain="shrink", return_step=True)
    assert moved.shape == theta.shape
    assert used.shape == (2, 3)
    assert rule(family, theta[1, 2], gradient[1, 2], used[1, 2]).tobytes() == moved[1, 2].tobytes()
    assert rule(family, theta[0, 0], gradient, 0.01, out_of_domain="shrink").shape == theta.shape
    assert rule(family, theta, gradient[0, 0], np.full((4, 1, 1), 0.01), out_of_domain="shrink").shape == (
        4,
        *theta.shape,
    )
    one, step = rule(family, theta[0, 0], gradient[0, 0], 1e-3, out_of_domain="shrink", return_step=True)
    assert one.shape == (family.size,)
    assert isinstance(step, np.float64)


def test_layouts_and_types(family, rule):
    theta = operands.ordinary(family, 40)
    gradient = 0.01 * gradients(family, theta)
    beta = np.full(40, 0.05)
    expected = rule(family, theta, gradient, beta, out_of_domain="shrink").tobytes()
    frozen = theta.copy()
    frozen.flags.writeable = False
    for point in (frozen, np.asfortranarray(theta), theta[::-1].copy()[::-1], theta.astype(">f8"), theta.tolist()):
        assert rule(family, point, gradient, np.broadcast_to(0.05, 40), out_of_domain="shrink").tobytes() == expected
    single = theta.astype(np.float32)
    assert rule(family, single, single * 0, 0.5).dtype == np.float32  # a Python number is weak
    assert rule(family, single, single * 0, np.float64(0.5)).dtype == np.float64
    assert rule(family, single, theta * 0, 0.5).dtype == np.float64


def test_nothing_to_move(family, rule):
    nothing = np.empty((0, family.size))
    moved, used = rule(family, nothing, nothing, 1.0, return_step=True)
    assert moved.shape == (0, family.size)
    assert used.shape == (0,)
    theta = operands.ordinary(family, 5)
    moved = rule(family, theta, gradients(family, theta), 0.0)
    if rule.reference.straight_in == "natural":
        assert moved.tobytes() == theta.tobytes()
    else:
        size = calls.rounding_of_the_mean(family, theta, theta) + np.linalg.norm(theta, axis=-1)
        assert (np.linalg.norm(moved - theta, axis=-1) <= 64 * np.finfo(np.float64).eps * size).all()


def test_the_step_is_along_the_gradient_it_takes(family, rule):
    """beta and -beta go opposite ways, and a maximiser's step goes up: <direction, gradient> > 0."""
    theta = operands.ordinary(family, 50)
    gradient = gradients(family, theta)
    _, beta = rule(family, theta, gradient, 1e-3, out_of_domain="shrink", return_step=True)
    change = rule(family, theta, gradient, beta) - theta
    rise = (family.fisher_multiply(theta, change) if rule.gradient_in == "mean" else change) * gradient
    assert (rise.sum(axis=-1) > 0).all()


def test_the_conjugate_case_is_solved_by_one_mirror_step():
    """A Gaussian likelihood: beta = 1 lands on the exact posterior, whatever the start."""
    d, n = 6, 40
    rng = np.random.default_rng(12)
    X, y = rng.standard_normal((n, d)), rng.standard_normal(n)
    noise = 0.3
    family = ng.MultivariateNormal(d)
    prior = family.natural_from_standard(mean=np.zeros(d), covariance=np.eye(d))
    lower = np.tril_indices(d)
    statistics = -0.5 * X.T @ X / noise * np.where(np.eye(d) > 0, 1.0, 2.0)
    exact = prior + np.concatenate([X.T @ y / noise, statistics[lower]])
    start = family.natural_from_standard(mean=rng.standard_normal(d), covariance=0.5 * np.eye(d))
    moved = ng.updates.mirror_descent(family, start, exact - start, 1.0)
    np.testing.assert_allclose(moved, exact, rtol=1e-12, atol=1e-12 * np.abs(exact).max())
    objective = ng.objectives.GeneralizedLinearELBO(
        X, y, "gaussian", noise_variance=noise, fit_intercept=False, prior_precision=1.0
    )
    _, gradient = objective(start)
    landed = ng.updates.mirror_descent(family, start, gradient, 1.0)
    np.testing.assert_allclose(landed, exact, rtol=1e-12, atol=1e-12 * np.abs(exact).max())


def test_wrong_options_and_families_are_refused(rule):
    with pytest.raises(ValueError, match=r'out_of_domain must be "raise" or "shrink", got \'ignore\''):
        rule(ng.Exponential(), [-1.0], [0.0], 1.0, out_of_domain="ignore")
    with pytest.raises(TypeError, match="family must be a natgrad_native family, got Exponential"):
        rule(ng.Exponential().reference, [-1.0], [0.0], 1.0)
    for stranger, name in ((ng.Exponential(), "Exponential of natgrad_native"), ("Exponential", "str of builtins")):
        with pytest.raises(TypeError, match=f"{rule.__name__}: family must be one of .*reference, got {name}"):
            rule.reference(stranger, [-1.0], [0.0], 1.0)
    with pytest.raises(TypeError):
        rule(ng.Exponential(), [-1.0], [0.0], 1.0, "shrink")
    with pytest.raises(TypeError):
        rule(ng.Exponential(), [-1.0], [0.0])
