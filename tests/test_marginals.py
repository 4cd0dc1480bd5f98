"""Marginal and conditional distributions of the Gaussian families."""

from __future__ import annotations

import mpmath
import natgrad_native as ng
import numpy as np
import operands
import pytest
import tolerances
from conftest import FAMILIES

EPS = np.finfo(np.float64).eps


def has_parts(family):
    return family.event_shape != () and family.reference._marginal_of((0,)) is not None


STATED = [family for family in FAMILIES if has_parts(family) and family.event_shape[0] > 1]


@pytest.fixture(params=STATED, ids=repr)
def whole(request):
    return request.param


def split(family):
    """Some coordinates out of order, and the others."""
    count = family.event_shape[0]
    given = [count - 1, 0][: count - 1]
    return given, [k for k in range(count) if k not in given]


def test_a_density_is_that_of_a_part_times_that_of_the_rest_given_it(whole):
    """log p(x) = log p(x_I) + log p(x_J | x_I)."""
    given, rest = split(whole)
    theta = operands.ordinary(whole, 30)
    x = np.asarray(whole.sample(theta, 4, np.random.default_rng(0)))
    part, theta_part = whole.marginal(theta, given)
    other, theta_other = whole.condition(theta, given, x[:, :, given])
    parts = [part.log_density(theta_part, x[:, :, given]), other.log_density(theta_other, x[:, :, rest])]
    np.testing.assert_allclose(sum(parts), whole.log_density(theta, x), rtol=1e-11, atol=1e-11)
    assert part.event_shape == (len(given), *whole.event_shape[1:])
    assert other.event_shape == (len(rest), *whole.event_shape[1:])


def moments(family, theta):
    """Mean (rows, n) and covariance (rows, n, n) of the variate."""
    standard = family.standard_from_natural(theta)
    mean = standard["mean"].reshape(len(theta), -1)
    if isinstance(family, ng.GaussMarkovChain):
        return mean, np.linalg.inv(family.reference.joint_precision(theta))
    if "covariance" in standard:
        return mean, standard["covariance"]
    if "variance" in standard:
        variance = np.broadcast_to(standard["variance"].reshape(len(theta), -1), mean.shape)
        return mean, variance[..., None] * np.eye(mean.shape[1])
    values = family.parameters
    if "variance_factor" in standard:
        return mean, standard["variance_factor"][:, None, None] * np.array(values["matrix"])
    matrix = np.kron(values["row_covariance"], values["column_covariance"]) if len(values) > 1 else values["covariance"]
    return mean, np.broadcast_to(matrix, (len(theta), *np.shape(matrix)))


def test_parts_have_the_moments_of_the_dense_formulas(whole):
    given, rest = split(whole)
    theta = operands.ordinary(whole, 30)
    x = np.asarray(whole.sample(theta, (), np.random.default_rng(1)))
    width = int(np.prod(whole.event_shape[1:], dtype=int))
    i, j = (np.concatenate([np.arange(k * width, (k + 1) * width) for k in part]) for part in (given, rest))
    mean, covariance = moments(whole, theta)
    found, block = moments(*whole.marginal(theta, given))
    np.testing.assert_allclose(found, mean[:, i], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(block, covariance[:, i[:, None], i], rtol=1e-12, atol=1e-12)
    seen = np.log(x) if isinstance(whole, ng.MultivariateLogNormal) else x
    apart = seen[:, given].reshape(len(x), -1) - mean[:, i]
    gain = covariance[:, j[:, None], i] @ np.linalg.inv(covariance[:, i[:, None], i])
    found, block = moments(*whole.condition(theta, given, x[:, given]))
    np.testing.assert_allclose(found, mean[:, j] + np.einsum("nij,nj->ni", gain, apart), rtol=1e-10, atol=1e-10)
    wanted = covariance[:, j[:, None], j] - gain @ covariance[:, i[:, None], j]
    np.testing.assert_allclose(block, wanted, rtol=1e-10, atol=1e-10)


def test_parts_of_parts_are_parts(whole):
    """The marginal of a marginal; all coordinates; and the reference's answers."""
    theta = operands.ordinary(whole, 10)
    count = whole.event_shape[0]
    every, same = whole.marginal(theta, range(count))
    assert every == whole
    np.testing.assert_allclose(same, theta, rtol=1e-11, atol=1e-11)
    pair, at_pair = whole.marginal(theta, [count - 1, 0])
    last, at_last = pair.marginal(at_pair, 0)
    direct, at_direct = whole.marginal(theta, -1)
    assert last == direct
    np.testing.assert_allclose(at_last, at_direct, rtol=1e-11, atol=1e-11)
    x = np.asarray(whole.sample(theta, (), np.random.default_rng(1)))[:, :1]
    for operation, rest in (("marginal", ()), ("condition", (x,))):
        family, found = getattr(whole, operation)(theta, [0], *rest)
        twin, wanted = getattr(whole.reference, operation)(theta, [0], *rest)
        assert family.reference == twin
        np.testing.assert_allclose(found, wanted, rtol=1e-11, atol=1e-11)
        narrow = getattr(whole, operation)(theta.astype(np.float32), [0], *(v.astype(np.float32) for v in rest))[1]
        assert narrow.dtype == np.float32
        np.testing.assert_allclose(narrow, found, rtol=1e-3, atol=1e-3 * np.abs(found).max())


def test_a_conditional_keeps_its_digits_over_the_whole_domain():
    """theta_J - P_JI x_I to the rounding of its terms, at conditions up to 1e10 and means far from 0."""
    family = ng.MultivariateNormal(3)
    theta = family.reference.domain_points(np.random.default_rng(2), 200, 12.0)
    x = np.asarray(family.sample(theta, (), np.random.default_rng(3)))[:, [2, 0]]
    _, found = family.condition(theta, [2, 0], x)
    with mpmath.workdps(60):
        for row, y, answer in zip(theta, x, found, strict=True):
            terms = [mpmath.mpf(row[1]), mpmath.mpf(row[7]) * mpmath.mpf(y[0]), mpmath.mpf(row[4]) * mpmath.mpf(y[1])]
            assert abs(sum(terms) - answer[0]) <= 4 * EPS * sum(abs(term) for term in terms)
            assert answer[1] == row[5]


def test_a_marginal_is_as_good_as_the_centred_mean_it_is_made_of():
    family = ng.MultivariateNormal(4)
    theta = family.reference.domain_points(np.random.default_rng(2), 200, 12.0)
    part, found = family.marginal(theta, [3, 1])
    centred = family.centred_mean_from_natural(theta)
    block = centred[:, [3, 1, 13, 11, 6]]
    error = tolerances.error(part.reference, "natural_from_centred_mean", found, block)
    assert error.max() <= tolerances.bound("natural_from_centred_mean", "MultivariateNormal", np.float64)


def test_errors_of_parts():
    family, theta = ng.MultivariateNormal(3), [0.0, 0.0, 0.0, -0.5, 0.0, -0.5, 0.0, 0.0, -0.5]
    for name, rest in (("marginal", ()), ("condition", ([1.0, 2.0],))):
        operation = getattr(family, name)
        with pytest.raises(ValueError, match=rf"MultivariateNormal.{name}: index 3 is out of range for 3"):
            operation(theta, [0, 3], *rest)
        with pytest.raises(ValueError, match=r"indices must be distinct, got \[0, -3\]"):
            operation(theta, [0, -3], *rest)
        with pytest.raises(TypeError, match="indices must be integers"):
            operation(theta, [0.0, 1.0], *rest)
        with pytest.raises(TypeError, match="indices must be integers, got dtype bool"):
            operation(theta, [True, False], *rest)
        with pytest.raises(ValueError, match="non-empty sequence"):
            operation(theta, [], *rest)
        with pytest.raises(ng.DomainError, match="row 0: theta: precision must be positive definite"):
            operation(np.zeros(9), [0, 1], *rest)
    with pytest.raises(ValueError, match="all 3 coordinates are given"):
        family.condition(theta, [0, 1, 2], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="values has shape"):
        family.condition(theta, [0, 1], [1.0, 2.0, 3.0])
    with pytest.raises(ng.DomainError, match="row 1: x must be finite, got inf"):
        family.condition(theta, 0, [[1.0], [np.inf]])
    with pytest.raises(ng.DomainError, match="row 0: x must be > 0 and finite"):
        ng.MultivariateLogNormal(2).condition([0.0, 0.0, -0.5, 0.0, -0.5], [0], [-1.0])


def test_a_family_without_parts_says_so(family):
    if has_parts(family):
        return
    theta = operands.ordinary(family, 1)
    for operation, rest in ((family.marginal, ()), (family.condition, ([0.5],))):
        with pytest.raises(NotImplementedError, match="in closed form"):
            operation(theta, [0], *rest)
