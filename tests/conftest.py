"""The registry, expanded: a suite that asks for `family`, `operation`, `rule` or `dtype` runs over all there are."""

from __future__ import annotations

import numpy as np
import pytest
import registered

# Before anything else: where the lists of names disagree, all that follows would fail confusingly.
if _problems := registered.problems_before_import():
    raise pytest.UsageError("; ".join(_problems))

import natgrad_native as ng
from natgrad_native import _registry, reference
from natgrad_native._native import core

if _problems := registered.problems_after_import():
    raise pytest.UsageError("; ".join(_problems))


FAMILIES = [ng.families.native_of(twin) for kind in reference.list_families() for twin in kind.examples()]
RULES = [getattr(ng.updates, name) for name in _registry.names("update")]


@pytest.fixture(params=FAMILIES, ids=repr)
def family(request: pytest.FixtureRequest) -> ng.Family:
    """Every example of every family, native; `.reference` is its twin."""
    found: ng.Family = request.param
    return found


@pytest.fixture(params=core.operations())
def operation(request: pytest.FixtureRequest) -> str:
    """The name of every operation of a family."""
    return str(request.param)


@pytest.fixture(params=RULES, ids=lambda rule: rule.__name__)
def rule(request: pytest.FixtureRequest) -> ng.updates.Update:
    """Every update rule, native; `.reference` is its twin."""
    found: ng.updates.Update = request.param
    return found


@pytest.fixture(params=[np.float64, np.float32], ids=lambda kind: kind.__name__)
def dtype(request: pytest.FixtureRequest) -> type[np.floating]:
    """The two number types."""
    found: type[np.floating] = request.param
    return found


@pytest.fixture(autouse=True)
def _threads_as_before():
    before = ng.get_num_threads()
    yield
    ng.set_num_threads(before)
