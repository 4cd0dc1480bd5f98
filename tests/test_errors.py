"""What is wrong is said in the reference's words: operation, row and condition; nothing is silently NaN."""

from __future__ import annotations

import copy
import fractions
import pickle
import re

import natgrad_native as ng
import numpy as np
import operands
import pytest
from calls import as_dict, call
from natgrad_native.errors import Status

ROWS = 1000
# First, last, and both sides of a tile's edge (a tile holds at most 256 rows).
PLACES = (0, 255, 256, 257, 500, ROWS - 1)


def refusal(function):
    """The error of a call, which must be one of the library's own."""
    with pytest.raises((ng.DomainError, ValueError, TypeError)) as caught:
        function()
    return caught.value


def assert_same_refusal(native, twin):
    """The same kind of error with the same words; the value shown may differ in its last digit."""
    assert type(native) is type(twin)
    words, number = re.split(r", got (?=\S+$)", str(native)), re.split(r", got (?=\S+$)", str(twin))
    assert words[0] == number[0]
    assert len(words) == len(number)
    if len(words) == 2:
        np.testing.assert_allclose(float(words[1]), float(number[1]), rtol=2e-5, atol=1e-12)


def both(family, operation, arguments):
    """The refusals of the native operation and of its twin."""
    native = refusal(lambda: call(family, operation, arguments))
    twin = refusal(lambda: call(family.reference, operation, arguments))
    return native, twin


def outside(family, operation, index, dtype):
    """Values of operand `index` outside its domain, of several kinds; none where there is no such value."""
    kind = operands.OPERATIONS[operation][index if operands.OPERATIONS[operation] != ("standard",) else 0]
    rng = np.random.default_rng(2)
    theta = operands.ordinary(family, 60)
    if kind in ("natural", "other", "mean"):
        natural = kind != "mean"
        point = theta if natural else family.mean_from_natural(theta)
        direction = rng.standard_normal(point.shape) * np.abs(point)
        room = (family.step_to_boundary if natural else family.mean_step_to_boundary)(point, direction)
        leaving = np.isfinite(room)
        beyond = (point + 3 * room[:, None] * direction)[leaving].astype(dtype)
        # A mean domain that is not convex (of a family that is not steep) may be entered again.
        return beyond[~(family.in_natural_domain if natural else family.in_mean_domain)(beyond)][:5]
    if kind == "damping":
        return np.array([-1.0, -1e-3, -0.0 - 1e-30], dtype)
    if kind == "observation" and operation == "sufficient_statistics":
        return np.full((1, *family.event_shape), np.inf, dtype)
    return np.empty((0,), dtype)


def test_every_row_outside_is_named(family, operation, dtype):
    if operation.startswith("in_"):
        pytest.skip("asked of any point")
    base, kept = operands.arguments(family, operation, operands.ordinary(family, 90, dtype))
    base = [value[np.arange(ROWS) % len(kept)] for value in base]
    for index in range(len(base)):
        for bad in outside(family, operation, index, dtype):
            for place in PLACES:
                arguments = [value.copy() for value in base]
                arguments[index][place] = bad
                arguments[index][-1] = bad
                native = refusal(lambda arguments=arguments: call(family, operation, arguments))
                assert f".{operation}: row {place}: " in str(native)
                # The words on the row by itself are the reference's.
                one = [value[place : place + 1] for value in arguments]
                alone, twin = both(family, operation, one)
                assert_same_refusal(alone, twin)
                assert str(native) == str(alone).replace("row 0:", f"row {place}:")


def test_what_is_not_finite_is_named(family, operation, dtype):
    if operation.startswith("in_"):
        pytest.skip("asked of any point")
    arguments, _ = operands.arguments(family, operation, operands.ordinary(family, 30, dtype))
    kinds = operands.OPERATIONS[operation]
    for index in range(len(arguments)):
        for wrong in (np.nan, -np.nan, np.inf, -np.inf):
            if np.isinf(wrong) and kinds != ("standard",) and kinds[index] == "observation":
                continue  # outside the support, where a density is 0
            changed = [value.copy() for value in arguments]
            changed[index].reshape(len(changed[index]), -1)[13, -1] = wrong
            native, twin = both(family, operation, changed)
            assert isinstance(native, ng.DomainError)
            assert f"{type(family).__name__}.{operation}: row 13: " in str(native)
            assert_same_refusal(native, twin)


def test_masks_answer_for_any_point(family):
    theta = operands.ordinary(family, 90)
    mu = family.mean_from_natural(theta)
    for name, point in (("in_natural_domain", theta), ("in_mean_domain", mu)):
        for wrong in (np.nan, np.inf, -np.inf):
            changed = point.copy()
            changed[5, -1] = wrong
            mask = getattr(family, name)(changed)
            assert mask.dtype == np.bool_
            assert not mask[5]
            assert mask.sum() == 89


def test_an_earlier_row_is_named_whatever_its_fault(family):
    theta, v = operands.ordinary(family, 20), np.ones((20, family.size))
    theta[9, 0] = np.nan
    v[4, 0] = np.inf
    native, twin = both(family, "fisher_multiply", [theta, v])
    assert "row 4: v[0] must be finite, got inf" in str(native)
    assert_same_refusal(native, twin)


# --- shapes and types ---


def shapes(answer):
    return {name: np.shape(value) for name, value in as_dict(answer).items()}


def test_wrong_shapes_are_refused_with_the_shapes(family, operation):
    arguments, _ = operands.arguments(family, operation, operands.ordinary(family, 6))
    for index, value in enumerate(arguments):
        for wrong in (np.ones(()), np.repeat(value, 2, axis=-1), value[:3]):
            changed = list(arguments)
            changed[index] = wrong
            try:
                answer = call(family, operation, changed)
            except (ValueError, TypeError):
                assert_same_refusal(*both(family, operation, changed))
            else:
                assert shapes(answer) == shapes(call(family.reference, operation, changed))


@pytest.mark.parametrize(
    "wrong", ["float16", "longdouble", "complex128", "complex64", "object", "U8", "S8", "datetime64[s]"]
)
def test_wrong_types_are_refused_by_name(family, operation, wrong):
    arguments, _ = operands.arguments(family, operation, operands.ordinary(family, 3))
    for index, value in enumerate(arguments):
        changed = list(arguments)
        changed[index] = np.zeros(value.shape, wrong)
        native, twin = both(family, operation, changed)
        assert isinstance(native, TypeError)
        assert_same_refusal(native, twin)
        assert f"has dtype {np.dtype(wrong)}; float64, float32 or integers are needed" in str(native)


def test_what_is_no_array_is_refused():
    ragged = [[1.0, -2.0], [1.0]]
    for family in (ng.Gamma(), ng.Gamma().reference):
        with pytest.raises(ValueError, match=r"Gamma\.entropy: theta is not an array of numbers with one shape"):
            family.entropy(ragged)
        for wrong in ("text", None, object(), {"a": 1}):
            with pytest.raises(TypeError, match=r"Gamma\.entropy: theta has dtype"):
                family.entropy(wrong)


@pytest.mark.parametrize("kind", [np.bool_, np.int8, np.uint8, np.int64, np.uint64])
def test_integers_and_truth_values_are_numbers(kind):
    found = ng.Normal().natural_from_standard(mean=np.ones(3, kind), variance=np.ones(3, kind))
    np.testing.assert_array_equal(found, np.tile([1.0, -0.5], (3, 1)))


def test_a_dense_fisher_above_four_gibibytes_is_refused(family):
    rows = 2**32 // (8 * family.size**2) + 1
    theta = np.broadcast_to(operands.ordinary(family, 1)[0], (rows, family.size))
    with pytest.raises(
        ValueError, match=r"\.fisher: the answer would take 4 GiB, more than 4 GiB; use fisher_multiply"
    ):
        family.fisher(theta)
    single = np.broadcast_to(operands.ordinary(family, 1, np.float32)[0], (2 * rows, family.size))
    with pytest.raises(ValueError, match="more than 4 GiB"):
        family.fisher(single)


# --- options and keywords ---


def test_standard_parameters_are_taken_by_name(family):
    standard = family.standard_from_natural(operands.ordinary(family, 2))
    for given in ({}, {"nothing": 1.0}, {**standard, "nothing": 1.0}, dict(list(standard.items())[:-1])):
        native = refusal(lambda given=given: family.natural_from_standard(**given))
        assert isinstance(native, TypeError)
        assert str(native) == str(refusal(lambda given=given: family.reference.natural_from_standard(**given)))
    reordered = dict(reversed(standard.items()))
    np.testing.assert_array_equal(family.natural_from_standard(**reordered), family.natural_from_standard(**standard))


STANDARD = [
    ("Gamma", (), {"shape": 1.0, "rate": [1.0, 2.0, -1.0]}, "row 2: rate must be > 0, got -1"),
    ("Gamma", (), {"shape": np.nan, "rate": 1.0}, "row 0: shape must be finite, got nan"),
    ("Bernoulli", (), {"probability": [0.5, 1.0]}, "row 1: probability must be in (0, 1), got 1"),
    ("Categorical", (3,), {"probabilities": [0.2, 0.2, 0.2]}, "row 0: probabilities must sum to 1, got 0.6"),
    ("Categorical", (3,), {"probabilities": [0.5, 0.5, 0.0]}, "row 0: probability must be in (0, 1), got 0"),
    ("Dirichlet", (2,), {"concentration": [1.0, -2.0]}, "row 0: concentration must be > 0, got -2"),
    ("Normal", (), {"mean": 0.0, "variance": 0.0}, "row 0: variance must be > 0, got 0"),
    (
        "MultivariateNormal",
        (2,),
        {"mean": [0.0, 0.0], "covariance": [[1.0, 0.5], [0.1, 1.0]]},
        "row 0: covariance must be symmetric, got 0.4",
    ),
    (
        "MultivariateNormal",
        (2,),
        {"mean": [0.0, 0.0], "covariance": [[1.0, 2.0], [2.0, 1.0]]},
        "row 0: covariance must be positive definite, got -3",
    ),
]


@pytest.mark.parametrize(("name", "parameters", "standard", "text"), STANDARD)
def test_standard_domains(name, parameters, standard, text):
    family = ng.families.CLASSES[name](*parameters)
    for one in (family, family.reference):
        error = refusal(lambda one=one: one.natural_from_standard(**standard))
        assert str(error) == f"{name}.natural_from_standard: {text}"


@pytest.mark.parametrize("wrong", [1, 0, -3, 2.5, "3", None, True, np.nan])
def test_hyperparameters_are_checked(wrong):
    native = refusal(lambda: ng.Dirichlet(categories=wrong))
    twin = refusal(lambda: ng.reference.Dirichlet(categories=wrong))
    assert str(native) == str(twin)
    assert "categories must be an integer >= 2, got" in str(native)


def test_unknown_hyperparameters_are_refused():
    for wrong in (lambda: ng.Gamma(3), lambda: ng.Dirichlet(), lambda: ng.Dirichlet(groups=3)):
        assert isinstance(refusal(wrong), TypeError)


def test_damping(family):
    theta = operands.ordinary(family, 3)
    native, twin = both(family, "fisher_solve", [theta, theta, np.array([0.0, -1.0, 1.0])])
    assert ".fisher_solve: row 1: damping must be finite and >= 0, got -1" in str(native)
    assert_same_refusal(native, twin)


# --- return_info ---


def test_with_info_a_bad_row_has_a_status_instead(family):
    (mu,), _ = operands.arguments(family, "natural_from_mean", operands.ordinary(family, 90))
    far = outside(family, "natural_from_mean", 0, np.float64)
    mu = mu[np.arange(ROWS) % len(mu)]
    mu[3], mu[-1] = np.nan, np.inf
    expected = np.full(ROWS, Status.SUCCESS)
    expected[[3, ROWS - 1]] = Status.NOT_FINITE
    if len(far):  # else every vector is inside the mean domain
        mu[256], expected[256] = far[0], Status.OUTSIDE_MEAN_DOMAIN
    theta, info = family.natural_from_mean(mu.reshape(10, 100, -1), return_info=True)
    np.testing.assert_array_equal(info.status.reshape(-1), expected)
    good = info.status == Status.SUCCESS
    assert np.isnan(theta[~good]).all()
    assert np.isnan(info.residual[~good]).all()
    np.testing.assert_array_equal(theta[good], family.natural_from_mean(mu.reshape(10, 100, -1)[good]))
    assert (info.residual[good] < 1e-10).all()
    assert ((info.iterations[good] >= 0) & (info.iterations[good] <= 100)).all()
    assert info.status.dtype == info.iterations.dtype == np.int64
    _, twin = family.reference.natural_from_mean(mu.reshape(10, 100, -1), return_info=True)
    np.testing.assert_array_equal(info.status, twin.status)


def test_with_info_for_one_point_and_for_none(family):
    theta = operands.ordinary(family, 1)
    for name in ("mean", "centred_mean"):
        image = getattr(family, f"{name}_from_natural")(theta)
        back = getattr(family, f"natural_from_{name}")
        one, info = back(image[0], return_info=True)
        assert one.shape == (family.size,)
        assert info.status.shape == info.iterations.shape == info.residual.shape == ()
        assert info.status == Status.SUCCESS
        none, info = back(image[:0], return_info=True)
        assert none.shape == (0, family.size)
        assert info.status.shape == (0,)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of NumPy, in the reference
@pytest.mark.parametrize(("dtype", "decades"), [(np.float64, 40.0), (np.float32, 12.0)], ids=["float64", "float32"])
def test_an_inverse_map_that_succeeds_ends_inside(family, dtype, decades):
    """Far out a point may round to one outside its domain: such a row is refused by a status of its own."""
    theta = operands.wild(family, 200, decades, dtype)
    for engine in (family, family.reference):
        inside = theta[engine.in_natural_domain(theta)]
        for name in ("mean", "centred_mean"):
            image = getattr(engine, f"{name}_from_natural")(inside)
            back, info = getattr(engine, f"natural_from_{name}")(image, return_info=True)
            good = info.status == Status.SUCCESS
            assert engine.in_natural_domain(back[good]).all()
            assert np.isnan(back[~good]).all()


def test_parameters_that_round_to_a_point_outside_are_refused():
    """At mean / sd = 1e9 the scale of a Normal-Gamma is lost in the rounding of its statistics."""
    family = ng.NormalGamma()
    text = "row 0: rounded to its number type, the result is outside the natural domain"
    for engine in (family, family.reference):
        with pytest.raises(ng.DomainError, match=text):
            engine.natural_from_standard(location=1e9, precision_scale=1.0, shape=2.0, rate=1.0)
        with pytest.raises(ng.DomainError, match=text):
            engine.natural_from_centred_mean([-0.2, 2.0, 1e9, 1.0])
        theta, info = engine.natural_from_centred_mean([-0.2, 2.0, 1e9, 1.0], return_info=True)
        assert info.status == Status.BEYOND_PRECISION
        assert np.isnan(theta).all()


# --- families are values ---


def test_families_are_immutable_values(family):
    again = type(family)(**family.parameters)
    assert again == family
    assert hash(again) == hash(family)
    assert len({again, family}) == 1
    assert eval(repr(family), vars(ng) | ng.families.CLASSES) == family
    for twin in (pickle.loads(pickle.dumps(family)), copy.copy(family), copy.deepcopy(family)):
        assert twin == family
        theta = operands.ordinary(family, 2)
        assert twin.entropy(theta).tobytes() == family.entropy(theta).tobytes()
    assert family != object()
    assert family != family.reference
    for name in ("size", "names", "nothing", *family.parameters):
        with pytest.raises(AttributeError, match="immutable"):
            setattr(family, name, 3)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        family.nothing  # noqa: B018
    for name, value in family.parameters.items():
        assert getattr(family, name) == value


def test_a_precision_whose_factor_overflows_is_outside():
    """1e308^2 / 1e-308 is beyond the range of float64: the elimination ends at minus infinity, not at a NaN."""
    family = ng.MultivariateNormal(3)
    precision = np.array([[1e-308, 0.0, 1e308], [0.0, 1.0, 0.0], [1e308, 0.0, 1.0]])
    i, j = np.tril_indices(3)
    theta = np.concatenate([np.zeros(3), np.where(i == j, -0.5, -1.0) * precision[i, j]])
    for either in (family, family.reference):
        assert not either.in_natural_domain(theta)
        with pytest.raises(ng.DomainError, match="precision must be positive definite"):
            either.log_partition(theta)


def test_a_direction_must_be_a_unit_vector():
    family = ng.VonMisesFisher(dimension=3)
    with pytest.raises(ng.DomainError, match=r"length of mean_direction must be 1, got 1\.00001"):
        family.natural_from_standard(mean_direction=[1.00001, 0.0, 0.0], concentration=2.0)
    uniform = family.standard_from_natural(np.zeros(3))
    np.testing.assert_array_equal(uniform["mean_direction"], [1.0, 0.0, 0.0])


def steps_from(value, dtype):
    """The number beside `value` and those up to three further, on both sides."""
    here = dtype(value)
    up = down = here
    answer = [here]
    for _ in range(3):
        up, down = np.nextafter(up, dtype(np.inf)), np.nextafter(down, dtype(-np.inf))
        answer += [up, down]
    return answer


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", ["product", "sum", "trials", "upper end", "length", "determinant"])
def test_domains_are_judged_at_the_exact_numbers(name, dtype):
    """Points a few steps from the boundary, against exact rational arithmetic; what is inside has an answer."""
    rng = np.random.default_rng(11)

    def exact(point):
        return [fractions.Fraction(float(value)) for value in point]

    cases = {
        "product": (ng.InverseGaussian(), lambda a: 1 / a, lambda p: p[0] * p[1] > 1),
        "sum": (ng.Categorical(3), lambda a: 1 - a, lambda p: p[0] + p[1] < 1),
        "trials": (ng.Multinomial(7, 3), lambda a: 7 - a, lambda p: p[0] + p[1] < 7),
        "upper end": (ng.GeneralizedInverseGaussian(1.5), lambda a: 3 / a, lambda p: p[0] * p[1] < 3),
        "length": (ng.VonMises(), lambda a: np.sqrt(1 - a * a), lambda p: p[0] ** 2 + p[1] ** 2 < 1),
        "determinant": (ng.MultivariateNormal(2), lambda a: 2 * np.sqrt(a), lambda p: 4 * p[2] * p[4] > p[3] ** 2),
    }
    family, other, inside = cases[name]
    for first in rng.uniform(0.1, 0.9, 20).astype(dtype):
        for second in steps_from(other(float(first)), dtype):
            point = np.array([0, 0, -first, second, -1] if name == "determinant" else [first, second], dtype)
            natural = name == "determinant"
            for either in (family, family.reference):
                ask = either.in_natural_domain if natural else either.in_mean_domain
                assert ask(point) == inside(exact(point)), (either, point)
            if inside(exact(point)):
                answer = family.mean_from_natural(point) if natural else family.natural_from_mean(point)
                assert np.isfinite(answer).all()
    if name == "length":
        for family in (ng.VonMisesFisher(3), ng.VonMisesFisher(3).reference):
            assert not family.in_mean_domain([-0.5366385008467897, -0.16214320540824087, -0.828087374827591])
