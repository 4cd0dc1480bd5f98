"""The score's moments under the density itself: E 1 = 1, E T = mu and F = E (T - mu)(T - mu)^T, by sum or quadrature.

Over every family with an instance whose events have at most two free numbers, in every user's own coordinates c: the
score there is J^T (T - mu), J = d theta / d c.
"""

from __future__ import annotations

import dataclasses
import itertools
from functools import cache

import mpmath
import natgrad_native as ng
import numpy as np
import pytest
from calls import scaled_condition
from event_nodes import NoRuleError, kind_of_events, nodes
from in_coordinates import Point
from natgrad_native import reference

TOLERANCE = 1e-9
POINTS = 3
MOST_CONDITION = 1e4
COORDINATES = ("natural", "mean", "standard", "unconstrained")


def small(kind) -> list[reference.Family]:
    """The examples of a family and its relatives with other shapes of events, where these have at most two numbers."""
    found = list(kind.examples())
    last, names = found[-1], [field.name for field in dataclasses.fields(kind)]
    for values in itertools.product(*(alternatives(getattr(last, name)) for name in names)):
        try:
            other = dataclasses.replace(last, **dict(zip(names, values, strict=True)))
        except ValueError:
            continue
        if all(other.event_shape != family.event_shape for family in found):
            found.append(other)
    return [family for family in found if has_rule(family)]


def alternatives(value) -> list:
    """Integers up to three, the leading blocks of a matrix, anything else as it is."""
    if isinstance(value, int):
        return [1, 2, 3]
    if isinstance(value, tuple) and isinstance(value[0], tuple):
        return [tuple(row[:size] for row in value[:size]) for size in (1, 2)]
    return [value]


def has_rule(family) -> bool:
    return kind_of_events(family, family.test_points(np.random.default_rng(3), 1)[0]) is not None


FAMILIES = [ng.families.native_of(family) for kind in reference.list_families() for family in small(kind)]


@cache
def points(family):
    """Three ordinary points, and the nodes and weights for each."""
    found = []
    for theta in family.reference.test_points(np.random.default_rng(21), 40):
        if family.size > 1 and scaled_condition(family, theta[None])[0] > MOST_CONDITION:
            continue
        try:
            found.append((theta, nodes(family, theta)))
        except NoRuleError:
            continue
        if len(found) == POINTS:
            break
    return found


def moments(family, theta, rule):
    """E 1, E T and E (T - mu)(T - mu)^T, with the family's own mu."""
    weight = rule.weights * np.exp(family.log_density(theta, rule.events))
    statistics = family.sufficient_statistics(rule.events)
    score = statistics - family.mean_from_natural(theta)
    return weight.sum(), weight @ statistics, (weight[:, None] * score).T @ score


def jacobian(twin, coordinates, theta, covariance):
    """D theta / d c; that of the mean parameters is F^-1."""
    if coordinates == "natural":
        return np.eye(twin.size)
    if coordinates == "mean":
        root = np.sqrt(np.diagonal(covariance))
        return np.linalg.inv(covariance / np.outer(root, root)) / np.outer(root, root)
    with mpmath.workdps(260):
        return np.array(Point(twin, coordinates, theta).jacobian.tolist(), dtype=np.float64)


@pytest.mark.parametrize("who", ["native", "reference"])
@pytest.mark.parametrize("family", FAMILIES, ids=repr)
def test_the_fisher_matrix_is_the_covariance_of_the_score(family, who):
    """In natural, mean, standard and unconstrained coordinates."""
    twin = family.reference
    one = family if who == "native" else twin
    assert len(points(family)) == POINTS
    for theta, rule in points(family)[: POINTS if who == "native" else 1]:
        total, mean, covariance = moments(one, theta, rule)
        assert abs(total - 1) <= TOLERANCE, theta
        mu, root = one.mean_from_natural(theta), np.sqrt(np.diagonal(covariance))
        assert (np.abs(mean - mu) <= TOLERANCE * root).all()
        for coordinates in COORDINATES:
            if coordinates == "standard" and twin.no_standard_chart:
                continue
            slopes = jacobian(twin, coordinates, theta, covariance)
            wanted = slopes.T @ covariance @ slopes
            root = np.sqrt(np.diagonal(wanted))
            error = np.abs(one.fisher(theta, coordinates=coordinates) - wanted) / np.outer(root, root)
            assert error.max() <= TOLERANCE, f"{coordinates}: {error.max():.3g} at {theta}"


def test_every_family_has_events_small_enough():
    """A family with more numbers than two in its smallest event is named here; mpmath judges its F elsewhere."""
    beyond: set[str] = set()
    have = {type(family).__name__ for family in FAMILIES}
    assert {kind.__name__ for kind in reference.list_families()} - have == beyond
