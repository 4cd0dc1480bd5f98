"""Writes docs/families.md: every family with its parameters, statistics, log-partition, maps and inverse.

    python tools/list_families.py

All of it is what the families themselves state; a test holds the page against them.
"""

from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path

from natgrad_native import reference

PAGE = Path(__file__).parents[1] / "docs" / "families.md"
HEAD = """# Families

Written by `tools/list_families.py` from what the families state; do not edit.

theta are the natural parameters, T(x) the sufficient statistics, h the base measure, A the log-partition, mu = grad A
the mean parameters, F = Hessian of A the Fisher information. Packed means the lower triangle of a symmetric matrix, row
by row. A family that iterates returns the iterations of every row with `return_info=True`.

| family | standard parameters | inverse of the mean map | conjugate prior |
|---|---|---|---|
"""


def signature(family: reference.Family) -> str:
    """The constructor's call, by the names of the hyperparameters."""
    fields = dataclasses.fields(family)  # type: ignore[arg-type]  # every family is a dataclass
    return f"{type(family).__name__}({', '.join(field.name for field in fields)})"


def line(family: reference.Family) -> str:
    """The family's line of the table."""
    first = family._conjugate()
    priors = (first, *family._other_conjugates()) if first is not None else ()
    named = " or ".join(type(prior.family).__name__ for prior in priors)
    name = type(family).__name__
    standard = ", ".join(family.standard_shapes)
    return f"| [{name}](#{name.lower()}) | {standard} | {family.inverse_method} | {named} |\n"


def section(family: reference.Family) -> str:
    """The family's own words."""
    return f"\n## {type(family).__name__}\n\n`{signature(family)}`\n\n{inspect.getdoc(type(family))}\n"


def page() -> str:
    """The whole page."""
    families = [cls.examples()[-1] for cls in reference.list_families()]
    return HEAD + "".join(map(line, families)) + "".join(map(section, families))


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
