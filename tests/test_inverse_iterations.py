"""The inverse maps converge within the iterations that a family states, wherever there are stored or hard points."""

from __future__ import annotations

import numpy as np
import operands
import pytest
from accuracy import rules, stored
from accuracy.known import Known
from test_hard_points import POINTS

INVERSES = ("natural_from_mean", "natural_from_centred_mean")


def assert_bounded(family, operation, arguments):
    for kind in (family, family.reference):
        with np.errstate(all="ignore"):
            _, info = getattr(kind, operation)(*arguments, return_info=True)
        assert (info.status == 0).all()
        assert info.iterations.max(initial=0) <= family.reference.most_inverse_iterations


@pytest.mark.parametrize("operation", INVERSES)
def test_at_every_stored_point(family, operation, dtype):
    """The family's own hard points are the first of them."""
    twin = family.reference
    known = Known(twin, stored.load(twin)[stored.part_name(twin, np.dtype(dtype).name)], 10**9)
    arguments, _ = rules.passed_in(known, operation, dtype)
    assert_bounded(family, operation, arguments)


@pytest.mark.parametrize("operation", INVERSES)
@pytest.mark.parametrize("name", POINTS)
def test_at_the_hardest_points(name, operation, dtype):
    family, theta = POINTS[name]
    theta = np.asarray(theta, dtype=dtype)[None]
    if not family.in_natural_domain(theta)[0]:
        pytest.skip("outside its domain in this number type")
    arguments, _ = operands.arguments(family, operation, theta)
    assert_bounded(family, operation, arguments)


def test_a_bound_is_stated_where_there_are_iterations(family):
    twin = family.reference
    assert (twin.most_inverse_iterations > 0) == (twin.inverse_method != "closed form")
