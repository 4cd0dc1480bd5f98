"""The update rules of the reference: closed form, proximal form, domain."""

from __future__ import annotations

import natgrad_native.reference as reference
import numpy as np
import pytest
from cases import FAMILIES, IDS, points
from natgrad_native._registry import names
from natgrad_native.errors import DomainError
from scipy import optimize

RULES = names("update")
SMALL = [family for family in FAMILIES if family.size <= 3]


def gradient_and_step(family, rule, theta, rng):
    """A random gradient in the rule's coordinates and steps that stay inside."""
    natural = rng.standard_normal(theta.shape) * np.abs(family.mean_from_natural(theta)).max(axis=-1, keepdims=True)
    mean = family.fisher_solve(theta, natural)
    gradient = natural if rule.gradient_in == "natural" else mean
    direction = mean if rule.unit_step else natural
    room = family.step_to_boundary(theta, direction)
    length = np.linalg.norm(theta, axis=-1) / np.linalg.norm(direction, axis=-1)
    return gradient, np.minimum(0.3 * room, 0.2 * length + 0.01)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("family", SMALL, ids=[repr(f) for f in SMALL])
def test_step_is_the_argmax_of_the_proximal_form(family, name):
    rule = getattr(reference.updates, name)
    rng = np.random.default_rng(8)
    theta = points(family, 2, hard=False)
    gradient, beta = gradient_and_step(family, rule, theta, rng)
    for start, slope, step in zip(theta, gradient, beta, strict=True):
        closed = rule(family, start, slope, step)
        scale = np.abs(closed - start) + 1e-3 * np.abs(start).max()

        def loss(u, start=start, slope=slope, step=step, scale=scale):
            trial = start + u * scale
            if not family.in_natural_domain(trial):
                return np.inf
            return -float(rule.proximal_objective(family, start, slope, step, trial))

        found = optimize.minimize(
            loss, np.zeros(family.size), method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-13, "maxfev": 400}
        )
        at_closed = loss((closed - start) / scale)
        assert at_closed <= found.fun + 1e-9 * (1 + abs(found.fun))
        np.testing.assert_allclose(start + found.x * scale, closed, atol=2e-2 * scale.max())


@pytest.mark.parametrize("family", FAMILIES, ids=IDS)
def test_natural_gradient_is_mirror_descent(family):
    theta = points(family, 50, hard=False)
    rng = np.random.default_rng(9)
    in_mean = rng.standard_normal(theta.shape) * 0.01 * np.abs(theta)
    in_natural = family.fisher_multiply(theta, in_mean)
    natural = reference.updates.natural_gradient(family, theta, in_natural, 0.1, out_of_domain="shrink")
    mirror = reference.updates.mirror_descent(family, theta, in_mean, 0.1, out_of_domain="shrink")
    diagonal = 1 / np.sqrt(np.diagonal(family.fisher(theta), axis1=-2, axis2=-1))
    condition = np.linalg.cond(family.fisher(theta) * diagonal[:, :, None] * diagonal[:, None, :])
    size = np.linalg.norm(0.1 * in_mean, axis=-1) + np.linalg.norm(theta, axis=-1)
    allowed = 64 * family.size * np.finfo(float).eps * condition * size
    assert (np.linalg.norm(natural - mirror, axis=-1) <= allowed).all()


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_step_outside_is_refused_or_halved(name, dtype):
    family, rule = reference.Exponential(), getattr(reference.updates, name)
    theta = np.array([[-1.0], [-2.0], [-3.0]], dtype)
    gradient = np.array([[0.1], [5.0], [-0.1]], dtype)
    if family.in_natural_domain(rule.rule.step(family, theta[1:2], gradient[1:2], np.ones(1))).all():
        gradient[1] *= -1  # a rule that is explicit in mean parameters leaves the other way
    with pytest.raises(DomainError, match=rf"Exponential\.{name}: row 1: the step leaves the domain: "):
        rule(family, theta, gradient, np.asarray(1.0, dtype))
    moved, used = rule(family, theta, gradient, 1.0, out_of_domain="shrink", return_step=True)
    assert moved.dtype == used.dtype == dtype
    assert family.in_natural_domain(moved).all()
    assert used[0] == used[2] == 1
    assert used[1] < 1
    assert np.log2(used[1]) == np.round(np.log2(used[1]))
    assert not family.in_natural_domain(rule.rule.step(family, theta[1:2], gradient[1:2], 2 * used[1:2])).any()


@pytest.mark.parametrize("name", RULES)
def test_arguments_are_checked(name):
    family, rule = reference.Gamma(), getattr(reference.updates, name)
    theta = np.array([[1.0, -1.0]])
    assert rule.gradient_in in ("natural", "mean")
    assert rule.__name__ == name
    with pytest.raises(ValueError, match="out_of_domain must be"):
        rule(family, theta, theta, 1.0, out_of_domain="clip")
    with pytest.raises(ValueError, match=rf"Gamma\.{name}: gradient has shape \(3,\), its last axis must be 2"):
        rule(family, theta, np.zeros(3), 1.0)
    with pytest.raises(DomainError, match=rf"Gamma\.{name}: row 0: gradient\[1\] must be finite, got nan"):
        rule(family, theta, [0.0, np.nan], 1.0)
    with pytest.raises(DomainError, match=rf"Gamma\.{name}: row 0: step_size must be finite, got inf"):
        rule(family, theta, [0.0, 0.0], np.inf)
    with pytest.raises(DomainError, match=rf"Gamma\.{name}: row 0: shape must be > 0, got -1"):
        rule(family, -theta, [0.0, 0.0], 1.0)
    assert rule(family, theta, [0.0, 0.0], np.ones((4, 1))).shape == (4, 1, 2)
    with pytest.raises(AttributeError):
        reference.updates.no_such_rule  # noqa: B018
