"""Writes docs/families.md: every family with its parameters, statistics, log-partition, maps and inverse.

    python tools/list_families.py

All of it is what the families themselves state; a test holds the page against them.
"""

from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path

import numpy as np
from natgrad_native import reference

PAGE = Path(__file__).parents[1] / "docs" / "families.md"
HEAD = """# Families

Written by `tools/list_families.py` from what the families state; do not edit.

theta are the natural parameters, T(x) the sufficient statistics, h the base measure, A the log-partition, mu = grad A
the mean parameters, F = Hessian of A the Fisher information. Packed means the lower triangle of a symmetric matrix, row
by row. A family that iterates returns the iterations of every row with `return_info=True`; the table has the most that
any row takes. Further operations are those that not every family has: `conjugate_prior` (and which it is), `product`,
`marginal`, `condition` and `fisher_rao_distance`.

| family | standard parameters | inverse of the mean map | iterations | further operations |
|---|---|---|---|---|
"""


def signature(family: reference.Family) -> str:
    """The constructor's call, by the names of the hyperparameters."""
    fields = dataclasses.fields(family)  # type: ignore[arg-type]  # every family is a dataclass
    return f"{type(family).__name__}({', '.join(field.name for field in fields)})"


def further(family: reference.Family) -> list[str]:
    """The operations of `operations/relations.py` that the family states what they need for."""
    point = family.test_points(np.random.default_rng(0), 1)
    prior, first = family._conjugate(), (0,)
    priors = (prior, *family._other_conjugates()) if prior is not None else ()
    named = " or ".join(type(prior.family).__name__ for prior in priors)
    others = tuple(range(1, family.event_shape[0])) if family.event_shape else ()
    stated = {
        f"conjugate_prior: {named}": prior is not None,
        "product": family._log_base_measure_slope is not None,
        "marginal": bool(others) and family._marginal_of(first) is not None,
        "condition": bool(others) and family._conditional_on(first, others) is not None,
        "fisher_rao_distance": family._fisher_rao_distance(point, point) is not None,
    }
    return [name for name, there in stated.items() if there]


def line(family: reference.Family) -> str:
    """The family's line of the table."""
    name = type(family).__name__
    standard, most = ", ".join(family.standard_shapes), family.most_inverse_iterations or ""
    method, operations = family.inverse_method.replace("|", "\\|"), ", ".join(further(family))
    return f"| [{name}](#{name.lower()}) | {standard} | {method} | {most} | {operations} |\n"


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
