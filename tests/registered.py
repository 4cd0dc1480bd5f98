"""What is registered, by every list there is: registry.def, the compiled core, the reference's files, the classes."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

KINDS = {"family": "families", "update": "updates", "likelihood": "likelihoods"}
DEFINITION = Path(__file__).parents[1] / "cpp" / "natgrad" / "registry.def"


def package_folder() -> Path:
    """Where the installed natgrad_native is, without importing it."""
    found = importlib.util.find_spec("natgrad_native")
    if found is None or not found.submodule_search_locations:
        raise ImportError("natgrad_native is not installed: pip install .")
    return Path(next(iter(found.submodule_search_locations)))


def defined(kind: str) -> set[str]:
    """The lines of registry.def of one kind."""
    return set(re.findall(rf"^{kind.upper()}\((\w+)\)", DEFINITION.read_text(), re.MULTILINE))


def reference_files(kind: str) -> set[str]:
    """The modules in reference/<families, updates, likelihoods>/."""
    return {path.stem for path in (package_folder() / "reference" / KINDS[kind]).glob("[a-z]*.py")}


def compiled(kind: str) -> set[str]:
    """What the compiled core lists."""
    from natgrad_native import _registry

    return set(_registry.names(kind))


def differences(kind: str, left: set[str], left_name: str, right: set[str], right_name: str) -> list[str]:
    """One sentence for each name that only one of two lists has."""
    return [f"{kind} {name!r} is in {left_name} but not in {right_name}" for name in sorted(left - right)] + [
        f"{kind} {name!r} is in {right_name} but not in {left_name}" for name in sorted(right - left)
    ]


def problems_before_import() -> list[str]:
    """Where registry.def and the reference's files disagree; an import of the package might fail less clearly."""
    found = []
    for kind, folder in KINDS.items():
        files = f"python/natgrad_native/reference/{folder}/"
        found += differences(kind, defined(kind), "cpp/natgrad/registry.def", reference_files(kind), files)
    return found


def problems_after_import() -> list[str]:
    """Where the compiled core and the public classes disagree with registry.def."""
    import natgrad_native as ng
    from natgrad_native.reference import family_class

    found = []
    for kind in KINDS:
        built = "the compiled core (built from another registry.def?)"
        found += differences(kind, defined(kind), "cpp/natgrad/registry.def", compiled(kind), built)
    classes = {cls.__name__ for cls in ng.list_families()}
    twins = {family_class(module).__name__ for module in compiled("family")}
    found += differences("class", twins, "natgrad_native.reference", classes, "natgrad_native")
    rules = {name for name in ng.updates.__all__ if name != "Update"}
    found += differences("rule", compiled("update"), "the compiled core", rules, "natgrad_native.updates")
    return found
