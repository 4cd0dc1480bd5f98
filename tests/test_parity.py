"""The core against the reference: every operation of every family, both number types, any batch, any layout."""

from __future__ import annotations

import re

import natgrad_native as ng
import numpy as np
import operands
import pytest
from calls import as_dict, assert_agrees, bits, call, core_axes

JUDGED = 60


def test_ordinary_points(family, operation, dtype):
    arguments, kept = operands.arguments(family, operation, operands.ordinary(family, JUDGED, dtype))
    assert len(kept) == JUDGED
    assert_agrees(family, operation, call(family, operation, arguments), arguments)


def test_hard_points(family, operation, dtype):
    arguments, kept = operands.arguments(family, operation, operands.hard(family, dtype))
    solved = []
    for row in range(len(kept)):
        try:
            answer = call(family, operation, [value[row] for value in arguments])
        except ng.DomainError as error:
            # F may be singular in the number type, or its inverse beyond the range of it.
            assert operation == "fisher_solve", error
            assert re.search(r"singular to working precision|is beyond the range of its number type", str(error))
        else:
            if operation != "fisher_solve" or np.isfinite(answer).all():
                solved.append(row)
    if not solved:
        pytest.skip("no hard point has this operand, or its answer, inside the range of the number type")
    chosen = [value[solved] for value in arguments]
    assert_agrees(family, operation, call(family, operation, chosen), chosen)


@pytest.mark.parametrize("operation", ["kl_divergence", "cross_entropy"])
def test_divergences_of_every_pair(family, operation, dtype):
    """Narrow from wide, far from near: each point from each other, hard and ordinary."""
    points = np.concatenate([operands.ordinary(family, 6, dtype, seed=9), operands.hard(family, dtype)])
    i, j = np.nonzero(~np.eye(len(points), dtype=bool))
    arguments = [points[i], points[j]]
    with np.errstate(all="ignore"):
        finite = np.isfinite([call(family.reference, operation, [p, q]) for p, q in zip(*arguments, strict=True)])
    chosen = [value[finite] for value in arguments]
    assert_agrees(family, operation, call(family, operation, chosen), chosen)


def test_batches_are_their_rows(family, operation, dtype):
    """Batches of none, 1, 7, 1,000 and 100,003 rows: a row's bits do not depend on its neighbours."""
    theta = np.concatenate([operands.ordinary(family, 90, dtype), operands.hard(family, dtype)])
    if operation == "fisher_solve":
        theta = theta[:90]  # a hard row may be refused
    arguments, kept = operands.arguments(family, operation, theta)
    index = np.arange(1000) % len(kept)
    arguments = [value[index] for value in arguments]
    whole = as_dict(call(family, operation, arguments))
    for rows in (slice(0), slice(1), slice(3, 10), slice(-7, None)):
        part = call(family, operation, [value[rows] for value in arguments])
        assert bits(part) == bits({name: value[rows] for name, value in whole.items()})
    for row in range(len(kept)):
        one = call(family, operation, [value[row] for value in arguments])
        assert bits(one) == bits({name: value[row] for name, value in whole.items()})
    if dtype == np.float64:
        many = 100_003 if family.size <= 3 or operation != "fisher" else 10_003
        index = np.arange(many) % 1000
        part = as_dict(call(family, operation, [value[index] for value in arguments]))
        for name, value in whole.items():
            np.testing.assert_array_equal(part[name].view(np.uint8), value[index].view(np.uint8))


def layouts(value, core):
    """The same numbers (rows, *core) in every layout NumPy can hold them."""
    rows = len(value)
    pair = value.reshape(2, rows // 2, *value.shape[1:])
    yield "C order", pair
    yield "Fortran order", np.asfortranarray(pair)
    yield "batch axes swapped", np.swapaxes(np.swapaxes(pair, 0, 1).copy(), 0, 1)
    yield "every second row", np.repeat(pair, 2, axis=1)[:, ::2]
    yield "negative strides", np.flip(np.flip(pair).copy())
    yield "every third coordinate", np.repeat(pair, 3, axis=-1)[..., ::3] if core else pair
    yield "coordinates first", np.moveaxis(np.moveaxis(pair, -1, 0).copy(), 0, -1) if core else pair
    frozen = pair.copy()
    frozen.flags.writeable = False
    yield "read-only", frozen
    raw = np.frombuffer(b"\0" + pair.tobytes(), dtype=np.uint8)[1:]
    yield "misaligned", raw.view(pair.dtype).reshape(pair.shape)
    yield "big-endian", pair.astype(pair.dtype.newbyteorder(">"))
    yield "a subclass", pair.view(np.memmap)


def test_every_layout_gives_the_same_bits(family, operation, dtype):
    arguments, _ = operands.arguments(family, operation, operands.ordinary(family, 38, dtype))
    answer = as_dict(call(family, operation, arguments))
    expected = {name: value.reshape(2, 19, *value.shape[1:]) for name, value in answer.items()}
    before = [value.copy() for value in arguments]
    axes = core_axes(family, operation)
    for choices in zip(*(list(layouts(v, a)) for v, a in zip(arguments, axes, strict=True)), strict=True):
        kept = [value.tobytes() for _, value in choices]
        assert bits(call(family, operation, [value for _, value in choices])) == bits(expected), choices[0][0]
        assert [value.tobytes() for _, value in choices] == kept, choices[0][0]
    for value, old in zip(arguments, before, strict=True):
        np.testing.assert_array_equal(value, old)


def test_operands_broadcast(family, operation, dtype):
    """Each operand in turn as one row for the whole batch, without and with a stride of 0."""
    arguments, _ = operands.arguments(family, operation, operands.ordinary(family, 12, dtype))
    if operands.OPERATIONS[operation] == ("standard",) and isinstance(family, ng.GaussMarkovChain):
        # Neighbouring covariances bound each other: those of different rows do not go together.
        arguments = tuple(np.repeat(value[:1], 12, axis=0) for value in arguments)
    for alone in range(len(arguments)):
        given = [value.reshape(3, 4, *value.shape[1:]) for value in arguments]
        given[alone] = arguments[alone][5]
        spread = list(given)
        spread[alone] = np.broadcast_to(given[alone], (3, 4, *given[alone].shape))
        copied = list(given)
        copied[alone] = spread[alone].copy()
        expected = bits(call(family, operation, copied))
        assert bits(call(family, operation, spread)) == expected
        if len(arguments) > 1:
            assert bits(call(family, operation, given)) == expected


def test_one_row_is_a_scalar_where_numpy_has_one(family):
    theta = operands.ordinary(family, 4)
    one = family.log_partition(theta[0])
    assert isinstance(one, np.float64)
    assert one == family.log_partition(theta)[0]
    assert isinstance(family.in_natural_domain(theta[0]), np.bool_)
    assert family.mean_from_natural(theta[0]).shape == (family.size,)
    assert family.kl_divergence(theta[:, None], theta).shape == (4, 4)


def test_number_types_follow_the_rules():
    family = ng.Gamma()
    single = np.array([2.0, -3.0], np.float32)
    double = single.astype(np.float64)
    assert family.mean_from_natural(single).dtype == np.float32
    assert family.kl_divergence(single, double).dtype == np.float64
    assert family.log_density(single, 1.5).dtype == np.float32  # Python numbers are weak
    assert family.log_density(single, np.array([1, 2])).dtype == np.float32  # and so are integer observations
    assert family.log_density(single, np.array([1.0, 2.0])).dtype == np.float64
    assert family.mean_from_natural([2, -3]).dtype == np.float64
    assert family.mean_from_natural(np.array([2, -3])).dtype == np.float64
    assert family.fisher_solve(single, single, 0.5).dtype == np.float32
    assert family.fisher_solve(single, single, np.array([1, 2])).dtype == np.float64
    assert ng.Categorical(3).log_density(np.zeros(2, np.float32), np.array([0, 1, 2])).dtype == np.float32
    assert ng.Bernoulli().log_density(np.zeros(1, np.float32), [True, False]).dtype == np.float64
    assert ng.Bernoulli().log_density(np.zeros(1, np.float32), np.array([True, False])).dtype == np.float32
    # Mixed types are computed in float64 from the floats given.
    mixed = family.kl_divergence(single, np.array([1.1, -1.3]))
    assert mixed == family.kl_divergence(double, np.array([1.1, -1.3]))
