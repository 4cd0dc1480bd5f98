"""Values, shapes and strides nobody thinks of: an answer or a specific error, never a NaN, never a changed argument."""

from __future__ import annotations

import natgrad_native as ng
import numpy as np
import operands
import pytest
from calls import as_dict, call
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

EXTREMES = [0.0, -0.0, 5e-324, -5e-324, 1e-310, 1e-308, -1e-308, 1e-150, 1e150, 1e308, -1e308, 1.0, -1.0, 0.5, 7.0]
NOT_FINITE = [np.inf, -np.inf, np.nan]
COMMON = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def values(dtype):
    """Numbers of every magnitude; one in a few not finite."""
    with np.errstate(over="ignore", under="ignore"):
        extremes = [float(value) for value in np.array(EXTREMES, dtype)]
    width = 8 * np.dtype(dtype).itemsize
    plain = st.floats(width=width, allow_nan=False, allow_infinity=False, allow_subnormal=True)
    near_one = st.floats(-30, 30, width=width)
    return st.one_of(near_one, near_one, plain, st.sampled_from(extremes), st.sampled_from(NOT_FINITE))


@st.composite
def disturbed(draw, value, batch, dtype):
    """An operand (rows, *core) reshaped to the batch, some of its entries replaced, in some layout."""
    core = value.shape[1:]
    operand = np.resize(value, (*batch, *core)).astype(dtype)
    flat = operand.reshape(-1)
    for _ in range(draw(st.integers(0, 3)) if flat.size else 0):
        flat[draw(st.integers(0, flat.size - 1))] = draw(values(dtype))
    if not operand.ndim:
        return operand
    layout = draw(st.sampled_from(["C", "F", "reversed", "strided", "broadcast"]))
    if layout == "F":
        return np.asfortranarray(operand)
    if layout == "reversed":
        return np.flip(np.flip(operand).copy())
    if layout == "strided":
        return np.repeat(operand, 2, axis=-1)[..., ::2]
    if layout == "broadcast" and batch and batch[0]:
        return np.broadcast_to(operand[:1], operand.shape)
    return operand


def no_nan(answer):
    for value in as_dict(answer).values():
        assert not np.isnan(value).any()


def attempt(function, arguments):
    """The answer of a call, None where it has refused with its own errors; the arguments are as before either way."""
    kept = [value.tobytes() for value in arguments]
    try:
        answer = function()
    except ng.DomainError as error:
        assert ": row " in str(error)
        answer = None
    assert [value.tobytes() for value in arguments] == kept
    return answer


def test_operations(family, operation):
    bases = {}
    for dtype in (np.float64, np.float32):
        theta = np.concatenate([operands.ordinary(family, 12, dtype), operands.hard(family, dtype)])
        bases[dtype], _ = operands.arguments(family, operation, theta)
    base = bases[np.float64]
    core = np.shape(next(iter(as_dict(call(family, operation, [value[:0] for value in base])).values())))[1:]

    @COMMON
    @given(data=st.data())
    def check(data):
        batch = data.draw(hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
        dtype = data.draw(st.sampled_from(sorted(bases, key=str)))
        arguments = [data.draw(disturbed(value, batch, dtype)) for value in bases[dtype]]
        answer = attempt(lambda: call(family, operation, arguments), arguments)
        if answer is not None:
            no_nan(answer)
            assert np.shape(next(iter(as_dict(answer).values()))) == (*batch, *core)

    check()


def test_inverse_maps_with_info(family):
    base, _ = operands.arguments(family, "natural_from_mean", operands.ordinary(family, 20))

    @COMMON
    @given(data=st.data())
    def check(data):
        batch = data.draw(hnp.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=4))
        mu = data.draw(disturbed(base[0], batch, np.float64))
        theta, info = family.natural_from_mean(mu, return_info=True)
        assert info.status.shape == info.iterations.shape == info.residual.shape == batch
        assert (np.isnan(theta).any(axis=-1) == (info.status != 0)).all()

    check()


def test_rules(family, rule):
    theta = np.concatenate([operands.ordinary(family, 20), operands.hard(family)])
    base = [theta, np.random.default_rng(1).standard_normal(theta.shape) * np.abs(theta), np.full(len(theta), 0.1)]

    @COMMON
    @given(data=st.data())
    def check(data):
        batch = data.draw(hnp.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=4))
        arguments = [data.draw(disturbed(value, batch, np.float64)) for value in base]
        for policy in ("raise", "shrink"):
            moved = attempt(lambda policy=policy: rule(family, *arguments, out_of_domain=policy), arguments)
            assert moved is None or family.in_natural_domain(moved).all()

    check()


@pytest.mark.parametrize("text", ["mean_from_natural", "log_density"])
def test_what_is_no_array(text):
    for wrong in ("text", None, {"a": 1}, [[1.0], [1.0, 2.0]], object()):
        with pytest.raises((TypeError, ValueError), match=rf"Gamma\.{text}: theta"):
            getattr(ng.Gamma(), text)(wrong, *([1.0] if text == "log_density" else []))
