"""The core against the reference: every operation of every family, both number types, all layouts."""

from __future__ import annotations

import natgrad_native as ng
import numpy as np
import operands
import pytest
import tolerances

ROWS = 40


def call(family, operation, arguments):
    """The operation by its public name, standard parameters by keyword."""
    if operands.OPERATIONS[operation] == ("standard",):
        return getattr(family, operation)(**dict(zip(family.standard_shapes, arguments, strict=True)))
    return getattr(family, operation)(*arguments)


def assert_close(family, operation, answer, arguments, dtype):
    twin = family.reference
    wide = [np.asarray(value, dtype=np.float64) for value in arguments]
    if answer_is_exact(operation):
        np.testing.assert_array_equal(answer, call(twin, operation, wide))
    elif operation == "standard_from_natural":
        for name, value in call(twin, operation, wide).items():
            assert answer[name].dtype == dtype
            scale = np.abs(value).max(initial=0.0)
            slack = 64 * family.size * tolerances.bound(operation, type(family).__name__, dtype)
            np.testing.assert_allclose(answer[name], value, rtol=slack, atol=slack * scale)
    elif operation == "natural_from_standard":
        assert answer.dtype == dtype
        truth = call(twin, operation, wide)
        # A matrix is inverted on the way: its condition counts, as in the tolerance of the reference itself.
        error = tolerances.natural_error(twin, answer, truth)
        assert error.max(initial=0.0) <= 64 * family.size * tolerances.bound(operation, type(family).__name__, dtype)
    else:
        assert answer.dtype == dtype
        error = tolerances.error(twin, operation, answer, *wide)
        worst = np.unravel_index(np.argmax(error), error.shape) if error.size else None
        limit = tolerances.bound(operation, type(family).__name__, dtype)
        assert error.max(initial=0.0) <= limit, (worst, error[worst] / np.finfo(dtype).eps)


def answer_is_exact(operation):
    return operation.startswith("in_")


def test_ordinary_points(family, operation, dtype):
    arguments, _ = operands.arguments(family, operation, operands.ordinary(family, ROWS, dtype))
    assert_close(family, operation, call(family, operation, arguments), arguments, dtype)


def test_hard_points(family, operation):
    theta = operands.hard(family)
    arguments, rows = operands.arguments(family, operation, theta)
    if not len(rows):
        pytest.skip("no hard point has a mean that is representable")
    assert_close(family, operation, call(family, operation, arguments), arguments, np.float64)


def test_batches_of_any_size_are_rows_by_themselves(family, operation, dtype):
    arguments, kept = operands.arguments(family, operation, operands.ordinary(family, 1000, dtype))
    whole = as_dict(call(family, operation, arguments))
    for rows in (0, 1, 7, len(kept) - 1):
        part = as_dict(call(family, operation, [value[:rows] for value in arguments]))
        for name in whole:
            assert part[name].shape == (rows, *whole[name].shape[1:])
            # A neighbour that needs the slow branch of a function may change the rounding of a row, nothing more.
            eps = 64 * np.finfo(dtype).eps
            size = np.abs(whole[name]).max(initial=0.0, where=np.isfinite(whole[name]))
            np.testing.assert_allclose(part[name], whole[name][:rows], rtol=eps, atol=eps * size)


def test_a_large_batch(family):
    theta = np.tile(operands.ordinary(family, 1003), (100, 1))[:100_003]
    if family.size > 20:
        theta = theta[:5003]
    few = family.mean_from_natural(theta[:1003])
    many = family.mean_from_natural(theta)
    np.testing.assert_array_equal(many, np.tile(few, (100, 1))[: len(theta)])
    back = family.natural_from_mean(many)
    assert tolerances.error(family.reference, "natural_from_mean", back[:200], many[:200]).max() <= tolerances.bound(
        "natural_from_mean", type(family).__name__, np.float64
    )


def as_dict(answer):
    return answer if isinstance(answer, dict) else {"": answer}


def layouts(value, core_axes):
    """The same numbers in every layout NumPy can hold them."""
    yield "Fortran", np.asfortranarray(value)
    padded = np.repeat(value, 2, axis=0)
    yield "strided", padded[::2]
    yield "reversed", value[::-1].copy()[::-1]
    if core_axes:
        wide = np.repeat(value, 3, axis=-1)
        yield "strided core", wide[..., ::3]
    frozen = value.copy()
    frozen.flags.writeable = False
    yield "read-only", frozen
    raw = np.empty(value.nbytes + 1, np.uint8)[1:].view(value.dtype) if value.nbytes else value.ravel()
    if value.nbytes:
        raw = np.frombuffer(b"\0" + value.tobytes(), dtype=value.dtype, offset=1)
    yield "misaligned", raw.reshape(value.shape)
    yield "big-endian", value.astype(value.dtype.newbyteorder(">"))


def core_axes_of(family, operation):
    kinds = operands.OPERATIONS[operation]
    if kinds == ("standard",):
        return [len(shape) for shape in family.standard_shapes.values()]
    counts = {"damping": 0, "observation": len(family.event_shape)}
    return [counts.get(kind, 1) for kind in kinds]


def test_every_layout_gives_the_same_bits(family, operation, dtype):
    arguments, _ = operands.arguments(family, operation, operands.ordinary(family, 37, dtype))
    expected = as_dict(call(family, operation, arguments))
    kept = [value.copy() for value in arguments]
    axes = core_axes_of(family, operation)
    for choices in zip(*(list(layouts(v, a)) for v, a in zip(arguments, axes, strict=True)), strict=False):
        found = as_dict(call(family, operation, [value for _, value in choices]))
        for name in expected:
            np.testing.assert_array_equal(found[name], expected[name], err_msg=choices[0][0])
    for before, after in zip(kept, arguments, strict=True):
        np.testing.assert_array_equal(before, after)


def test_batch_axes_broadcast(family):
    p = operands.ordinary(family, 12).reshape(3, 4, family.size)
    q = operands.ordinary(family, 4, seed=5)
    divergence = family.kl_divergence(p, q)
    assert divergence.shape == (3, 4)
    for i in range(3):
        np.testing.assert_array_equal(divergence[i], family.kl_divergence(p[i].copy(), q))
    np.testing.assert_array_equal(family.kl_divergence(p, q[0])[2], family.kl_divergence(p[2], np.tile(q[0], (4, 1))))
    assert family.kl_divergence(p[:, :1], q[None, 0]).shape == (3, 1)
    one = family.log_partition(q[0])
    assert isinstance(one, np.floating)
    assert one == family.log_partition(q)[0]


def test_number_types_follow_the_rules():
    family = ng.Gamma()
    single = np.array([2.0, -3.0], np.float32)
    assert family.mean_from_natural(single).dtype == np.float32
    assert family.log_density(single, 1.5).dtype == np.float32  # Python numbers are weak
    assert family.log_density(single, np.array([1, 2])).dtype == np.float32  # and so are integer observations
    assert family.log_density(single, np.array([1.0, 2.0])).dtype == np.float64
    assert family.mean_from_natural([2, -3]).dtype == np.float64
    assert family.fisher_solve(single, single, 0.5).dtype == np.float32
    assert ng.Categorical(3).log_density(np.zeros(2, np.float32), np.array([0, 1, 2])).dtype == np.float32
