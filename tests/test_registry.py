"""One list: what the core, the reference and the public module know is the same."""

from __future__ import annotations

import inspect
import pickle

import natgrad_native as ng
import operands
import pytest
import registered
from natgrad_native import _registry, reference
from natgrad_native._native import core


def test_all_lists_agree():
    assert registered.problems_before_import() == []
    assert registered.problems_after_import() == []


def test_a_disagreement_names_both_lists():
    found = registered.differences(
        "family", {"gamma", "wald"}, "registry.def", {"gamma", "zeta"}, "reference/families/"
    )
    assert found == [
        "family 'wald' is in registry.def but not in reference/families/",
        "family 'zeta' is in reference/families/ but not in registry.def",
    ]


def test_every_operation_has_operands_to_be_tested_with():
    assert set(operands.OPERATIONS) == set(core.operations())


def test_public_names_are_the_registrys():
    assert [kind.__name__ for kind in ng.list_families()] == core.registry()["family"]
    for name in core.registry()["family"]:
        assert getattr(ng, name) is ng.families.CLASSES[name]
        assert name in dir(ng)
    assert {"__getattr__", "Update"}.isdisjoint(_registry.names("update"))
    for name in _registry.names("update"):
        rule = getattr(ng.updates, name)
        assert rule.gradient_in == rule.reference.gradient_in
        assert rule.unit_step == rule.reference.unit_step
        assert "L" in rule.__doc__
        assert pickle.loads(pickle.dumps(rule)) is rule


def test_likelihoods_take_the_same_parameters():
    for name in _registry.names("likelihood"):
        twin = reference.likelihood.make_likelihood(name)
        assert list(core.likelihood_parameters(name)) == list(type(twin).__dataclass_fields__)


def test_family_and_twin_state_the_same(family):
    twin = family.reference
    for name in ("size", "names", "event_shape", "standard_shapes"):
        assert getattr(family, name) == getattr(twin, name), name
    assert len(family.names) == family.size
    assert family.__doc__ == twin.__doc__
    assert inspect.signature(type(family)) == inspect.signature(type(twin))


def test_a_large_family_is_made_without_writing_out_its_coordinates():
    for family, size in ((ng.Categorical(10**12), 10**12 - 1), (ng.MultivariateNormal(10**6), 500_001_500_000)):
        assert (family.size, family.reference.size) == (size, size)
        assert pickle.loads(pickle.dumps(family)) == family


@pytest.mark.parametrize("kind", [ng.Categorical, ng.Dirichlet, ng.MultivariateNormal])
@pytest.mark.parametrize("count", [2**49, 10**18, 10**30])
def test_a_family_whose_points_no_memory_holds_is_refused(kind, count):
    for one in (kind, kind.reference_class):
        with pytest.raises(ValueError, match=rf"{kind.__name__}\(.*\): a point would have \d+ coordinates"):
            one(count)


def test_unknown_registry_entries_are_refused():
    with pytest.raises(AttributeError, match="no attribute 'Cauchy'"):
        ng.Cauchy  # noqa: B018
    with pytest.raises(ValueError, match="no family is called"):
        core.Family("Cauchy", [])
    with pytest.raises(ValueError, match="kind must be one of"):
        _registry.names("kernel")
