"""Calling operations and rules on native and reference families alike, and judging their answers."""

from __future__ import annotations

from functools import partial

import numpy as np
import operands
import tolerances


def bound(family, operation, arguments):
    """The operation by its public name with its arguments, standard parameters by keyword, ready to be called."""
    if operands.OPERATIONS[operation] == ("standard",):
        return partial(getattr(family, operation), **dict(zip(family.standard_shapes, arguments, strict=True)))
    return partial(getattr(family, operation), *arguments)


def call(family, operation, arguments):
    """The answer of an operation."""
    return bound(family, operation, arguments)()


def as_dict(answer):
    """The arrays of an answer by name; one without a name has the name ""."""
    return answer if isinstance(answer, dict) else {"": answer}


def bits(answer):
    """The bytes of an answer."""
    return {name: (np.shape(value), np.asarray(value).tobytes()) for name, value in as_dict(answer).items()}


def core_axes(family, operation):
    """How many trailing axes of each operand make one row."""
    kinds = operands.OPERATIONS[operation]
    if kinds == ("standard",):
        return [len(shape) for shape in family.standard_shapes.values()]
    counts = {"damping": 0, "observation": len(family.event_shape)}
    return [counts.get(kind, 1) for kind in kinds]


def assert_agrees(family, operation, answer, arguments):
    """The native answer is the reference's within the table, at the very floats passed in, in the arguments' dtype."""
    twin, dtype = family.reference, arguments[0].dtype
    wide = [np.asarray(value, dtype=np.float64) for value in arguments]
    if operation.startswith("in_"):
        np.testing.assert_array_equal(answer, call(twin, operation, wide))
        return
    assert all(value.dtype == dtype for value in as_dict(answer).values())
    if operation == "natural_from_standard":
        error = tolerances.natural_error(twin, answer, call(twin, operation, wide))
    elif operation == "standard_from_natural":
        error = np.array([tolerances.standard_error(twin, name, value, *wide) for name, value in answer.items()])
    else:
        error = tolerances.error(twin, operation, answer, *wide)
    ratio = error / tolerances.bound(operation, type(family).__name__, dtype)
    if not ratio.max(initial=0.0) <= 1.0:
        where = np.unravel_index(np.argmax(ratio), ratio.shape)
        row = where[0] if operation != "standard_from_natural" else where[-1]
        given = [value[row].tolist() for value in arguments]
        raise AssertionError(f"{family!r}.{operation}: {ratio[where]:.3g} x the bound at row {row}: {given}")


def scaled_condition(family, theta):
    fisher = family.fisher(theta)
    scale = 1 / np.sqrt(np.diagonal(fisher, axis1=-2, axis2=-1))
    return np.linalg.cond(fisher * scale[:, :, None] * scale[:, None, :])


def rounding_of_the_mean(family, before, after):
    """What relative changes by one of mu before and after a step move theta after it by at the most: |F^-1| |mu|."""
    inverse = np.abs(np.linalg.inv(family.fisher(after)))
    mu = np.abs(family.mean_from_natural(before)) + np.abs(family.mean_from_natural(after))
    return np.linalg.norm((inverse @ mu[..., None])[..., 0], axis=-1)


def assert_moved(family, rule, moved, theta, gradient, step):
    """The points a rule moved to are the reference's, to what the condition of F makes of rounding."""
    wide = [value.astype(np.float64) for value in (theta, gradient, step)]
    expected = rule.reference(family.reference, *wide, out_of_domain="shrink")
    length = np.linalg.norm(expected - wide[0], axis=-1)
    size = scaled_condition(family, wide[0]) * length + np.linalg.norm(wide[0], axis=-1)
    if rule.reference.straight_in == "mean":
        size += rounding_of_the_mean(family, wide[0], expected)
    bound = 64 * family.size * np.finfo(theta.dtype).eps * size
    assert (np.linalg.norm(moved - expected, axis=-1) <= bound).all()
