"""The update rules of the core: parity with the reference, domains, step sizes."""

from __future__ import annotations

import natgrad_native as ng
import numpy as np
import operands
import pytest
from natgrad_native.errors import DomainError


def gradients(family, theta, seed=4):
    return np.random.default_rng(seed).standard_normal(theta.shape).astype(theta.dtype) * np.abs(theta)


def test_a_rule_is_its_twin(family, rule, dtype):
    theta = operands.ordinary(family, 400, dtype)
    gradient = gradients(family, theta)
    beta = np.random.default_rng(6).uniform(0, 0.1, len(theta)).astype(dtype)
    moved, used = rule(family, theta, gradient, beta, out_of_domain="shrink", return_step=True)
    assert moved.dtype == used.dtype == dtype
    wide = [value.astype(np.float64) for value in (theta, gradient, used)]
    expected, kept = twin(rule, family, *wide)
    same = kept == wide[2]  # a row on the very edge may be halved once more on one side
    assert same.mean() > 0.95
    # What rounding of the operands and of the mean parameters does to the step, measured.
    rng = np.random.default_rng(7)
    sensitivity = np.linalg.norm(expected - wide[0], axis=-1) + np.linalg.norm(expected, axis=-1)
    fisher = family.fisher(wide[0])
    scale = 1 / np.sqrt(np.diagonal(fisher, axis1=-2, axis2=-1))
    condition = np.linalg.cond(fisher * scale[:, :, None] * scale[:, None, :])
    mu = np.abs(family.mean_from_natural(expected))
    sensitivity = np.maximum(sensitivity, np.linalg.norm(family.fisher_solve(expected, mu), axis=-1))
    for _ in range(3):
        nearby = [value * (1 + 1e-7 * rng.choice([-1.0, 1.0], value.shape)) for value in wide[:2]]
        shift = np.linalg.norm(twin(rule, family, *nearby, wide[2])[0] - expected, axis=-1) / 1e-7
        sensitivity = np.maximum(sensitivity, shift)
    allowed = 64 * family.size * np.finfo(dtype).eps * condition * sensitivity
    assert (np.linalg.norm(moved - expected, axis=-1) <= allowed)[same].all()


def twin(rule, family, theta, gradient, beta):
    return rule.reference(family.reference, theta, gradient, beta, out_of_domain="shrink", return_step=True)


def test_no_step_leaves_the_domain(family, rule):
    theta = operands.ordinary(family, 2000)
    gradient = 1e3 * gradients(family, theta)
    moved, used = rule(family, theta, gradient, 1.0, out_of_domain="shrink", return_step=True)
    assert family.in_natural_domain(moved).all()
    assert ((used > 0) & (used <= 1)).all()
    inside = rule(family, theta, gradient, used)
    np.testing.assert_array_equal(inside, moved)


def test_a_step_outside_is_refused_with_its_row(rule, dtype):
    theta = -np.ones((600, 1), dtype)
    texts = []
    for sign in (-1, 1):  # a rule may be explicit in natural or in mean parameters: one of the two ways is out
        gradient = np.zeros((600, 1), dtype)
        gradient[400] = 50 * sign
        try:
            rule(ng.Exponential(), theta, gradient, 1.0)
        except DomainError as error:
            texts.append(str(error))
            with pytest.raises(DomainError) as again:
                rule.reference(ng.Exponential().reference, theta, gradient, dtype(1.0))
            assert str(again.value) == texts[-1]
    assert len(texts) == 1
    assert texts[0].startswith(f"Exponential.{rule.__name__}: row 400: ")


@pytest.mark.parametrize(
    ("theta", "gradient", "beta", "text"),
    [
        ([[-1.0], [1.0]], [[0.0], [0.0]], 1.0, "row 1: .*rate must be > 0, got -1"),
        ([[-1.0], [-1.0]], [[0.0], [np.nan]], 1.0, "row 1: gradient"),
        ([[-1.0], [-1.0]], [[0.0], [0.0]], [1.0, np.inf], "row 1: step.size must be finite"),
    ],
)
def test_bad_operands_are_named(rule, theta, gradient, beta, text):
    with pytest.raises(DomainError, match=text):
        rule(ng.Exponential(), theta, gradient, beta)
    with pytest.raises(DomainError, match=text):
        rule.reference(ng.Exponential().reference, theta, gradient, beta)


def test_step_sizes_broadcast(family, rule):
    theta = operands.ordinary(family, 6).reshape(2, 3, family.size)
    gradient = 0.01 * gradients(family, theta)
    moved, used = rule(family, theta, gradient, [0.1, 0.2, 0.3], out_of_domain="shrink", return_step=True)
    assert moved.shape == theta.shape
    assert used.shape == (2, 3)
    one = rule(family, theta[1, 2], gradient[1, 2], used[1, 2])
    np.testing.assert_array_equal(one, moved[1, 2])


def test_wrong_options_and_families_are_refused(rule):
    with pytest.raises(ValueError, match="out_of_domain must be"):
        rule(ng.Exponential(), [-1.0], [0.0], 1.0, out_of_domain="ignore")
    with pytest.raises(TypeError, match="must be a natgrad_native family"):
        rule(ng.Exponential().reference, [-1.0], [0.0], 1.0)
    with pytest.raises(ValueError, match="gradient has shape"):
        rule(ng.Exponential(), [-1.0], [0.0, 1.0], 1.0)


def test_empty_batches_stay_empty(family, rule):
    nothing = np.empty((0, family.size))
    assert rule(family, nothing, nothing, 1.0).shape == (0, family.size)
