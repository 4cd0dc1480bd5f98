"""Marginal and conditional distributions of the Gaussian families and of independent ones side by side."""

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


STATED = [family for family in FAMILIES if has_parts(family) and family.reference._parts_along(0) > 1]
STATED += [ng.Product(ng.Categorical(3), ng.MultivariateNormal(2), ng.Gamma())]
GAUSSIAN = [family for family in STATED if not isinstance(family, (ng.Independent, ng.Product))]


@pytest.fixture(params=STATED, ids=repr)
def whole(request):
    return request.param


def split(family):
    """Some coordinates out of order, and the others."""
    count = family.reference._parts_along(0)
    given = [count - 1, 0][: count - 1]
    return given, [k for k in range(count) if k not in given]


def taken(family, x, parts):
    """Parts of observations (rows, *event_shape), along the event's first axis or, for a Product, by its families."""
    if not isinstance(family, ng.Product):
        return x[:, parts]
    shares = [values.reshape(len(x), -1) for _, values in family.reference._observed(x)]
    return np.concatenate([shares[k] for k in parts], axis=-1)


def test_a_density_is_that_of_a_part_times_that_of_the_rest_given_it(whole):
    """log p(x) = log p(x_I) + log p(x_J | x_I)."""
    given, rest = split(whole)
    theta = operands.ordinary(whole, 30)
    x = np.asarray(whole.sample(theta, (), np.random.default_rng(0)))
    seen, left = taken(whole, x, given), taken(whole, x, rest)
    part, theta_part = whole.marginal(theta, given)
    other, theta_other = whole.condition(theta, given, seen)
    total = part.log_density(theta_part, seen) + other.log_density(theta_other, left)
    np.testing.assert_allclose(total, whole.log_density(theta, x), rtol=1e-11, atol=1e-11)
    assert part.event_shape == seen.shape[1:]
    assert other.event_shape == left.shape[1:]


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


@pytest.mark.parametrize("whole", GAUSSIAN, ids=repr)
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
    count = whole.reference._parts_along(0)
    every, same = whole.marginal(theta, range(count))
    assert every == whole
    np.testing.assert_allclose(same, theta, rtol=1e-11, atol=1e-11)
    pair, at_pair = whole.marginal(theta, [count - 1, 0])
    last, at_last = pair.marginal(at_pair, 0)
    direct, at_direct = whole.marginal(theta, -1)
    assert last == direct
    np.testing.assert_allclose(at_last, at_direct, rtol=1e-11, atol=1e-11)
    x = taken(whole, np.asarray(whole.sample(theta, (), np.random.default_rng(1))), [0])
    for operation, rest in (("marginal", ()), ("condition", (x,))):
        family, found = getattr(whole, operation)(theta, [0], *rest)
        twin, wanted = getattr(whole.reference, operation)(theta, [0], *rest)
        assert family.reference == twin
        np.testing.assert_allclose(found, wanted, rtol=1e-11, atol=1e-11)
        narrow = getattr(whole, operation)(theta.astype(np.float32), [0], *(v.astype(np.float32) for v in rest))[1]
        assert narrow.dtype == np.float32
        np.testing.assert_allclose(narrow, found, rtol=1e-3, atol=1e-3 * np.abs(found).max())


def test_columns_of_a_matrix_are_the_rows_of_its_transpose():
    u, v = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([[1.0, 0.2, 0.1], [0.2, 0.7, -0.3], [0.1, -0.3, 3.0]])
    whole, turned = ng.MatrixNormal(u, v), ng.MatrixNormal(v, u)
    theta = operands.ordinary(whole, 5)
    x = np.asarray(whole.sample(theta, (), np.random.default_rng(1)))
    theta_turned = theta.reshape(5, 2, 3).swapaxes(1, 2).reshape(5, 6)
    for given in ([2, 0], [1], -2):
        values = x[:, :, np.atleast_1d(given)]
        for one, other, rest, rest_turned in (
            (whole.marginal, turned.marginal, (), ()),
            (whole.condition, turned.condition, (values,), (values.swapaxes(1, 2),)),
            (whole.reference.condition, turned.reference.condition, (values,), (values.swapaxes(1, 2),)),
        ):
            family, found = one(theta, given, *rest, axis=1)
            twin, wanted = other(theta_turned, given, *rest_turned)
            assert (family.row_covariance, family.column_covariance) == (twin.column_covariance, twin.row_covariance)
            wanted = wanted.reshape(5, *twin.event_shape).swapaxes(1, 2).reshape(5, -1)
            np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)
    with pytest.raises(ValueError, match="index 3 is out of range for 3"):
        whole.marginal(theta, 3, axis=1)
    with pytest.raises(ValueError, match=r"axis 2 is no axis of an event of shape \(2, 3\)"):
        whole.marginal(theta, 0, axis=2)
    with pytest.raises(NotImplementedError, match="in closed form"):
        ng.Independent(ng.MultivariateNormal(2), 3).marginal(np.zeros(15), 0, axis=1)


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
