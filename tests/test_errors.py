"""What is wrong is said: operation, row and condition; nothing is changed, nothing is silently NaN."""

from __future__ import annotations

import re

import natgrad_native as ng
import numpy as np
import operands
import pytest
from natgrad_native.errors import DomainError, Status
from test_parity import as_dict, call


def outside(family):
    """A point outside the natural domain, or None where there is none."""
    theta = operands.ordinary(family, 200)
    direction = np.random.default_rng(2).standard_normal(theta.shape) * np.abs(theta)
    room = family.step_to_boundary(theta, direction)
    leaving = np.isfinite(room)
    if not leaving.any():
        return None
    row = np.flatnonzero(leaving)[0]
    return theta[row] + 2 * room[row] * direction[row]


@pytest.mark.parametrize("row", [0, 255, 256, 257, 600, 999])
def test_the_first_row_outside_is_named(family, row):
    bad = outside(family)
    if bad is None:
        pytest.skip("the natural domain is the whole space")
    theta = operands.ordinary(family, 1000)
    theta[row] = bad
    theta[999] = bad
    with pytest.raises(DomainError) as native:
        family.mean_from_natural(theta)
    assert re.match(rf"{type(family).__name__}\.mean_from_natural: row {row}: .+, got ", str(native.value))
    with pytest.raises(DomainError) as twin:
        family.reference.mean_from_natural(theta)
    assert str(native.value) == str(twin.value)
    mask = family.in_natural_domain(theta)
    assert not mask[row]
    assert mask.sum() == (998 if row != 999 else 999)


def test_not_a_number_and_infinity_are_refused_wherever_they_stand(family, operation, dtype):
    arguments, _ = operands.arguments(family, operation, operands.ordinary(family, 30, dtype))
    if operation.startswith("in_"):
        point = arguments[0].copy()
        point[4] = np.nan
        assert not getattr(family, operation)(point)[4]
        return
    kinds = operands.OPERATIONS[operation]
    for index in range(len(arguments)):
        for wrong in (np.nan, np.inf, -np.inf):
            if np.isinf(wrong) and kinds[0] != "standard" and kinds[index] == "observation":
                continue  # infinity is outside the support: a density of zero
            changed = [value.copy() for value in arguments]
            changed[index].reshape(len(changed[index]), -1)[13, -1] = wrong
            with pytest.raises(DomainError, match=rf"{type(family).__name__}\.{operation}: row 13: "):
                call(family, operation, changed)


def test_wrong_shapes_are_refused_with_the_shapes(family):
    name = type(family).__name__
    with pytest.raises(
        ValueError, match=rf"{name}\.mean_from_natural: theta has shape \(3, {family.size + 1}\), its last"
    ):
        family.mean_from_natural(np.zeros((3, family.size + 1)))
    with pytest.raises(
        ValueError, match=rf"{name}\.log_partition: theta has shape \(\), its last axis must be {family.size}"
    ):
        family.log_partition(0.5)
    p = operands.ordinary(family, 3)
    with pytest.raises(ValueError, match="broadcast"):
        family.kl_divergence(p, operands.ordinary(family, 2))


@pytest.mark.parametrize(
    "wrong",
    [np.float16([0.5]), np.array([1j]), np.array(["text"]), np.array([None]), np.longdouble([0.5])],
    ids=["float16", "complex", "text", "object", "longdouble"],
)
def test_wrong_types_are_refused_by_name(wrong):
    with pytest.raises(
        TypeError, match=rf"Poisson\.mean_from_natural: theta has dtype {wrong.dtype}".replace("<", "[<]")
    ):
        ng.Poisson().mean_from_natural(wrong)


def test_ragged_sequences_are_refused():
    with pytest.raises(ValueError, match="theta"):
        ng.Gamma().mean_from_natural([[1.0, -2.0], [1.0]])


def test_with_info_a_bad_row_has_a_status_instead(family):
    (mu,), _ = operands.arguments(family, "natural_from_mean", operands.ordinary(family, 20))
    mu = mu.copy()
    mu[3] = np.nan
    theta, info = family.natural_from_mean(mu, return_info=True)
    assert info.status[3] != Status.SUCCESS
    assert np.isnan(theta[3]).all()
    assert (np.delete(info.status, 3) == Status.SUCCESS).all()
    assert np.isfinite(np.delete(theta, 3, axis=0)).all()
    assert (np.delete(info.iterations, 3) <= 100).all()
    assert (np.delete(info.residual, 3) < 1e-6).all()


def test_damping_must_not_be_negative(family):
    theta = operands.ordinary(family, 3)
    with pytest.raises(DomainError, match=r"fisher_solve: row 1: damping must be .*>= 0, got -1"):
        family.fisher_solve(theta, theta, [0.0, -1.0, 1.0])


def test_a_dense_fisher_beyond_four_gibibytes_is_refused():
    family = ng.MultivariateNormal(dimension=64)
    theta = np.broadcast_to(operands.ordinary(family, 1)[0], (1000, family.size))
    with pytest.raises(ValueError, match=r"MultivariateNormal\.fisher: .*GiB"):
        family.fisher(theta)


def test_standard_parameters_are_taken_by_name():
    with pytest.raises(TypeError, match=r"Gamma\.natural_from_standard: expected shape, rate; got scale"):
        ng.Gamma().natural_from_standard(scale=1.0)
    with pytest.raises(DomainError, match=r"Gamma\.natural_from_standard: row 2: rate must be > 0, got -1"):
        ng.Gamma().natural_from_standard(shape=1.0, rate=[1.0, 2.0, -1.0])
    with pytest.raises(DomainError, match="probabilities must sum to 1"):
        ng.Categorical(3).natural_from_standard(probabilities=[0.2, 0.2, 0.2])
    with pytest.raises(DomainError, match="covariance must be symmetric"):
        ng.MultivariateNormal(2).natural_from_standard(mean=[0.0, 0.0], covariance=[[1.0, 0.5], [0.1, 1.0]])
    with pytest.raises(DomainError, match="covariance must be positive definite"):
        ng.MultivariateNormal(2).natural_from_standard(mean=[0.0, 0.0], covariance=[[1.0, 2.0], [2.0, 1.0]])


@pytest.mark.parametrize("wrong", [1, 0, -3, 2.5, "3"])
def test_hyperparameters_are_checked(wrong):
    with pytest.raises((ValueError, TypeError), match="categories must be an integer >= 2"):
        ng.Dirichlet(categories=wrong)


def test_observations_outside_the_support_have_no_density():
    assert ng.Gamma().log_density([2.0, -1.0], -1.0) == -np.inf
    assert ng.Poisson().log_base_measure([0.5, -1.0, 2.0]).tolist()[:2] == [-np.inf, -np.inf]
    with pytest.raises(DomainError, match=r"Gamma\.sufficient_statistics: row 1: x must be > 0"):
        ng.Gamma().sufficient_statistics([1.0, 0.0])


def test_arguments_are_never_changed(family, operation):
    arguments, _ = operands.arguments(family, operation, operands.ordinary(family, 20))
    kept = [value.copy() for value in arguments]
    as_dict(call(family, operation, arguments))
    for before, after in zip(kept, arguments, strict=True):
        np.testing.assert_array_equal(before, after)
