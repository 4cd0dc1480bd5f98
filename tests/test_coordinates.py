"""F in every user's own coordinates, over the registry: J^T F J, J = d theta / d c, judged by mpmath."""

from __future__ import annotations

import re

import natgrad_native as ng
import numpy as np
import operands
import pytest
import tolerances
from in_coordinates import Point, View
from natgrad_native.reference import conditions
from natgrad_native.reference.metrics import Natural
from natgrad_native.reference.statements import Statements

COORDINATES = ("natural", "mean", "standard", "unconstrained")
MOST = 9  # coordinates of a point that the judge looks at in full


@pytest.fixture(params=COORDINATES)
def coordinates(request):
    return request.param


def skip_without_chart(family, coordinates):
    if coordinates == "standard" and family.reference.no_standard_chart:
        pytest.skip(family.reference.no_standard_chart)


def inside_chart(family, coordinates, theta):
    """The rows that are no singular points of the coordinates."""
    if coordinates != "standard":
        return theta
    checks = conditions.with_status(family.reference._standard_chart_domain(theta), 1)
    return theta[conditions.judge(len(theta), checks).good]


def in_numbers(family, coordinates, theta):
    """The rows whose F in the coordinates is in the range of the numbers."""
    kept = []
    for row in inside_chart(family, coordinates, theta):
        try:
            found = family.reference.fisher(row, coordinates=coordinates)
        except ng.DomainError:
            continue
        diagonal = np.diagonal(found)
        # Beyond this spread the judge's zeros, differences of A, are none.
        held = diagonal.min() > 1e-250 and diagonal.max() < 1e250 and diagonal.min() > 1e-100 * diagonal.max()
        if np.isfinite(found).all() and held:
            kept.append(row)
    return np.array(kept).reshape(-1, family.size)


def vectors(family, coordinates, theta, seed=4):
    """Vectors of the size of gradients: in proportion to the root of F's diagonal."""
    spread = np.sqrt(np.diagonal(family.reference.fisher(theta, coordinates=coordinates), axis1=-2, axis2=-1))
    return np.random.default_rng(seed).standard_normal(theta.shape) * spread


# --- what a family states ---


def test_a_family_states_its_coordinates(family):
    """A new family states `_standard_fisher` (or `no_standard_chart`) and `standard_charts`."""
    twin = family.reference
    stated = type(twin)._standard_fisher is not Statements._standard_fisher
    assert stated or twin.no_standard_chart, f"{type(twin).__name__} must state _standard_fisher, or no_standard_chart"
    charts = twin.standard_charts  # raises where it is not stated
    if charts:
        assert list(charts) == list(twin.standard_shapes)
        assert sum(twin._standard_counts) == twin.size
    elif type(twin)._unconstrained_from_natural is Statements._unconstrained_from_natural:
        large = 1e9 * np.random.default_rng(1).standard_normal((20, twin.size))
        assert twin.in_natural_domain(large).all()  # theta itself is unconstrained


def test_standard_coordinates_are_refused_only_where_they_are_too_many(family):
    twin = family.reference
    if not twin.no_standard_chart:
        assert sum(twin._standard_counts) == twin.size
        return
    numbers = sum(int(np.prod(shape)) for shape in twin.standard_shapes.values())
    assert numbers > twin.size
    theta = operands.ordinary(family, 3)
    for kind in (family, twin):
        with pytest.raises(ValueError, match=re.escape(twin.no_standard_chart)):
            kind.fisher(theta, coordinates="standard")


# --- values ---


def points_to_judge(family, coordinates):
    rng = np.random.default_rng(12)
    wide = family.reference.domain_points(rng, 2, 4.0)
    theta = np.concatenate([operands.ordinary(family, 2), wide, operands.hard(family)])
    theta = in_numbers(family, coordinates, theta)
    most = 6 if family.size <= 2 else 3
    return theta[:: -(-len(theta) // most)]


def assert_in_the_table(family, coordinates, operation, answer, theta, *rest, truth):
    view = View(family.reference, coordinates)
    error = tolerances.error(view, operation, answer, theta, *rest, truth=truth)
    ratio = error.reshape(len(theta), -1).max(axis=-1) / tolerances.bound(operation, type(family).__name__, np.float64)
    worst = int(np.argmax(ratio))
    assert ratio[worst] <= 1.0, f"{operation}: {ratio[worst]:.3g} x bound at {theta[worst]}"


def natural_image(family, theta, x):
    """F x in natural coordinates, which undoes F in mean coordinates."""
    return np.array([Point(family.reference, "natural", t).multiply(row) for t, row in zip(theta, x, strict=True)])


def assert_inverse(family, inverse, theta):
    """F^-1 is as many solves: |F F^-1 - I| against their bound, an entry that vanishes against its row and column.

    Made symmetric, a column also has the rounding of the others: twice the bound.
    """
    twin = family.reference
    root = np.sqrt(np.diagonal(twin.fisher(theta), axis1=-2, axis2=-1))
    for k, unit in enumerate(np.eye(family.size)):
        column = inverse[:, :, k]
        image = natural_image(family, theta, column)
        scale = tolerances.SCALES["fisher_multiply"](twin, "fisher_multiply", image, theta, column)
        scale += root * np.sqrt(column[:, k, None])
        ratio = np.abs(image - unit) / scale / (2 * tolerances.bound("fisher_solve", type(family).__name__, np.float64))
        worst = int(np.argmax(ratio.max(axis=-1)))
        assert ratio.max() <= 1.0, f"fisher: {ratio.max():.3g} x bound at {theta[worst]}, column {k}"


def test_the_fisher_matrix_is_the_hessian_pulled_back(family, coordinates):
    """F, F v and F^-1 v against mpmath's J^T (Hessian of A) J, native and reference."""
    skip_without_chart(family, coordinates)
    if family.size > MOST:
        pytest.skip("a smaller example of the family is judged")
    theta = points_to_judge(family, coordinates)
    exact = [Point(family.reference, coordinates, row) for row in theta]
    if coordinates in ("standard", "unconstrained"):
        theta = theta[[point.starts for point in exact]]
        exact = [point for point in exact if point.starts]
    assert len(theta) >= 3
    truth = np.array([point.dense() for point in exact])
    v = vectors(family, coordinates, theta)
    image = np.array([point.multiply(row) for point, row in zip(exact, v, strict=True)])
    none = np.zeros(len(theta))
    strength = 10.0 ** np.linspace(-3.0, 3.0, len(theta)) * np.diagonal(truth, axis1=-2, axis2=-1).mean(axis=-1)
    for kind in (family, family.reference):
        judged = (family, coordinates)
        dense, product = kind.fisher(theta, coordinates), kind.fisher_multiply(theta, v, coordinates)
        if coordinates == "mean":  # solves with F
            assert_inverse(family, dense, theta)
            back = natural_image(family, theta, product)
            assert_in_the_table(family, "natural", "fisher_solve", product, theta, v, none, truth=back)
        else:
            assert_in_the_table(*judged, "fisher", dense, theta, truth=truth)
            assert_in_the_table(*judged, "fisher_multiply", product, theta, v, truth=image)
        for damping in (none, strength):
            x = kind.fisher_solve(theta, v, damping, coordinates=coordinates)
            back = np.array([point.multiply(row) for point, row in zip(exact, x, strict=True)])
            assert_in_the_table(*judged, "fisher_solve", x, theta, v, damping, truth=back)


@pytest.mark.parametrize("damping", [0.0, 1e-3, 10.0, None])
def test_products_and_solves_are_those_of_the_dense_matrix(family, coordinates, dtype, damping):
    """Also where rows differ in damping, some without."""
    skip_without_chart(family, coordinates)
    theta = operands.ordinary(family, 40, dtype)
    found = family.fisher(theta, coordinates=coordinates)
    np.testing.assert_array_equal(found, np.swapaxes(found, -1, -2))
    dense = found.astype(np.float64)
    v = vectors(family, coordinates, theta.astype(np.float64)).astype(dtype)
    strength = np.where(np.arange(40) % 2, 0.3, 0.0) if damping is None else np.full(40, damping)
    product = family.fisher_multiply(theta, v, coordinates=coordinates)
    x = family.fisher_solve(theta, v, strength.astype(dtype), coordinates=coordinates)
    assert found.dtype == product.dtype == x.dtype == dtype
    root = np.sqrt(np.diagonal(dense, axis1=-2, axis2=-1))
    rounding = 4096 * float(np.finfo(dtype).eps) * root

    def size(vector):
        return rounding * (root * np.abs(vector)).sum(axis=-1, keepdims=True)

    assert (np.abs(product - np.einsum("nij,nj->ni", dense, v)) <= size(v)).all()
    damped = strength[:, None] * x.astype(np.float64)
    residual = np.einsum("nij,nj->ni", dense, x) + damped - v
    assert (np.abs(residual) <= size(x) + 64 * np.finfo(dtype).eps * (np.abs(damped) + np.abs(v))).all()


def test_mean_coordinates_are_inverse_to_natural_ones(family):
    theta = operands.ordinary(family, 40)
    v = np.random.default_rng(3).standard_normal(theta.shape)
    np.testing.assert_array_equal(family.fisher_multiply(theta, v, coordinates="mean"), family.fisher_solve(theta, v))
    np.testing.assert_array_equal(family.fisher_solve(theta, v, coordinates="mean"), family.fisher_multiply(theta, v))


def test_a_closed_form_is_what_the_charts_give(family):
    """A family's own F in unconstrained coordinates is J^T F J of its charts, J whole."""
    twin = family.reference
    if not twin.standard_charts:
        pytest.skip("no charts")
    theta = operands.ordinary(family, 40)
    own = twin.fisher(theta, coordinates="unconstrained")
    charted = Statements._unconstrained_fisher(twin, theta, Natural(twin.kernels, theta))
    root = np.sqrt(np.diagonal(own, axis1=-2, axis2=-1))
    assert (np.abs(own - charted.dense()) <= 1e-10 * root[:, :, None] * root[:, None, :]).all()
    v = vectors(family, "unconstrained", theta)
    for damping in (0.0, 0.3):
        strength = np.full(len(theta), damping)
        x = charted.solve(v, strength)
        np.testing.assert_allclose(charted.multiply(x) + damping * x, v, rtol=1e-8, atol=1e-8 * np.abs(v).max())


# --- the unconstrained coordinates ---


def test_unconstrained_and_natural_parameters_are_inverse_maps(family, dtype):
    """Over the whole domain; a coordinate that is a logarithm u returns with |u| eps."""
    rng = np.random.default_rng(8)
    wide = family.reference.domain_points(rng, 200, 12.0 if dtype == np.float64 else 5.0).astype(dtype)
    wide = wide[operands.surely_inside(family.reference.in_natural_domain, wide)]
    theta = np.concatenate([operands.ordinary(family, 50, dtype), wide, operands.hard(family, dtype)])
    u = family.unconstrained_from_natural(theta)
    assert u.dtype == dtype
    assert u.shape == theta.shape
    again = family.natural_from_unconstrained(u)
    assert again.dtype == dtype
    assert family.in_natural_domain(again).all()
    error = tolerances.natural_error(family.reference, again, theta).max(axis=-1)
    bound = 4 * tolerances.bound("natural_from_standard", type(family).__name__, dtype)
    ratio = error / (bound * (1.0 + np.abs(u).max(axis=-1)))
    worst = int(np.argmax(ratio))
    assert ratio[worst] <= 1.0, f"{ratio[worst]:.3g} x bound at {theta[worst]}"


def test_any_real_numbers_are_a_point(family):
    u = 1.5 * np.random.default_rng(9).standard_normal((5, 4, family.size))
    theta = family.natural_from_unconstrained(u)
    assert family.in_natural_domain(theta).all()
    np.testing.assert_allclose(family.unconstrained_from_natural(theta), u, rtol=1e-7, atol=1e-7)


# --- shapes and errors ---


def test_batches_broadcast(family, coordinates):
    skip_without_chart(family, coordinates)
    theta = operands.ordinary(family, 12).reshape(3, 1, 4, family.size)
    v = np.random.default_rng(3).standard_normal((2, 4, family.size))
    found = family.fisher_solve(theta, v, np.array(0.5), coordinates=coordinates)
    assert found.shape == (3, 2, 4, family.size)
    one = family.fisher_solve(theta[1, 0, 3], v[1, 3], 0.5, coordinates=coordinates)
    np.testing.assert_allclose(found[1, 1, 3], one, rtol=1e-12)
    assert family.fisher(theta, coordinates=coordinates).shape == (3, 1, 4, family.size, family.size)
    assert family.fisher(np.empty((0, family.size)), coordinates=coordinates).shape == (0, family.size, family.size)


def test_unknown_coordinates_are_refused(family):
    theta = operands.ordinary(family, 1)
    for kind in (family, family.reference):
        with pytest.raises(ValueError, match="one of natural, mean, standard, unconstrained; got 'polar'"):
            kind.fisher(theta, coordinates="polar")


def test_errors_name_operation_and_row(family, coordinates):
    skip_without_chart(family, coordinates)
    theta = operands.ordinary(family, 9)
    v = np.ones_like(theta)
    name = type(family).__name__
    theta[7, 0] = np.nan
    for kind in (family, family.reference):
        with pytest.raises(ng.DomainError, match=rf"{name}\.fisher: row 7: "):
            kind.fisher(theta, coordinates=coordinates)
        with pytest.raises(ng.DomainError, match=rf"{name}\.fisher_solve: row 7: "):
            kind.fisher_solve(theta, v, coordinates=coordinates)
        with pytest.raises(ng.DomainError, match=rf"{name}\.unconstrained_from_natural: row 7: "):
            kind.unconstrained_from_natural(theta)
    theta, v[5, -1] = operands.ordinary(family, 9), np.inf
    for kind in (family, family.reference):
        with pytest.raises(ng.DomainError, match=rf"{name}\.fisher_multiply: row 5: v\["):
            kind.fisher_multiply(theta, v, coordinates=coordinates)
        with pytest.raises(ng.DomainError, match=rf"{name}\.natural_from_unconstrained: row 5: u\["):
            kind.natural_from_unconstrained(v)
        with pytest.raises(ng.DomainError, match=rf"{name}\.fisher_solve: row 0: damping"):
            kind.fisher_solve(theta, np.ones_like(theta), -1.0, coordinates=coordinates)
        with pytest.raises(ValueError, match="last axis must be"):
            kind.fisher_multiply(theta, np.ones((9, family.size + 1)), coordinates=coordinates)


def test_standard_coordinates_are_refused_at_their_singular_points(family):
    twin = family.reference
    if twin.no_standard_chart or not list(twin._standard_chart_domain(operands.ordinary(family, 3))):
        pytest.skip("no singular points")
    theta = operands.ordinary(family, 4)
    theta[2] = 0.0
    for kind in (family, twin):
        with pytest.raises(ng.DomainError, match=r"fisher: row 2: "):
            kind.fisher(theta, coordinates="standard")


# --- many coordinates ---


@pytest.mark.parametrize("name", ["Dirichlet", "Categorical"])
def test_many_categories_are_worked_without_a_dense_matrix(name):
    family = ng.families.CLASSES[name](100_000)
    theta = np.random.default_rng(1).gamma(2.0, 1.0, (2, family.size)) + 0.05
    v = np.random.default_rng(2).standard_normal(theta.shape)
    for coordinates in ("mean", "standard", "unconstrained"):
        product = family.fisher_multiply(theta, v, coordinates=coordinates)
        again = family.fisher_solve(theta, product, coordinates=coordinates)
        np.testing.assert_allclose(again, v, atol=1e-9)
    x = family.fisher_solve(theta, v, 0.3, coordinates="standard")
    back = family.fisher_multiply(theta, x, coordinates="standard") + 0.3 * x
    np.testing.assert_allclose(back, v, atol=1e-6)
    large = family.fisher_solve(theta, v, 0.3, coordinates="mean")
    back = family.fisher_multiply(theta, large, coordinates="mean") + 0.3 * large
    np.testing.assert_allclose(back, v, atol=1e-6)


def test_a_damped_solve_that_takes_a_large_dense_matrix_is_refused():
    family = ng.Dirichlet(3000)
    theta = np.ones(3000)
    with pytest.raises(ValueError, match=r"Dirichlet\.fisher_solve: .* at most 2048 coordinates, got 3000"):
        family.fisher_solve(theta * np.arange(1, 3001), theta, 0.3, coordinates="unconstrained")


def test_a_dense_answer_beyond_four_gib_is_refused(coordinates):
    with pytest.raises(ValueError, match="more than 4 GiB"):
        ng.Dirichlet(100_000).fisher(np.ones(100_000), coordinates=coordinates)
