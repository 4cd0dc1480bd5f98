"""The list of families in docs/ is what the families state."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import operands

ROOT = Path(__file__).parents[1]


def test_the_page_is_what_the_families_state():
    """`python tools/list_families.py` writes it."""
    spec = importlib.util.spec_from_file_location("list_families", ROOT / "tools" / "list_families.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert (ROOT / "docs" / "families.md").read_text(encoding="utf-8") == tool.page()


def test_a_family_states_its_formulas(family):
    """Natural parameters, statistics, log-partition and mean map, in its docstring; a combination has its parts'."""
    twin = family.reference
    if twin.inverse_method != "that of each part":
        for symbol in ("theta", "T(", "A = ", "mu"):
            assert symbol in " ".join(type(twin).__doc__.split()), symbol


def test_a_family_that_iterates_names_its_method(family):
    _, info = family.natural_from_mean(family.mean_from_natural(operands.ordinary(family, 50)), return_info=True)
    method = family.reference.inverse_method
    assert (info.iterations.max() > 0) == (method != "closed form") or method == "that of each part"
