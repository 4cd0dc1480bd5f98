"""The families of the registry, ready for parametrisation; nothing lists them by hand."""

from __future__ import annotations

import natgrad_native.reference as reference
import numpy as np

FAMILIES = [family for cls in reference.list_families() for family in cls.examples()]
IDS = [repr(family) for family in FAMILIES]


def points(family, rows: int = 5, *, hard: bool = True) -> np.ndarray:
    """Ordinary and, after them, hard natural parameters of a family, (rows, size)."""
    easy = family.test_points(np.random.default_rng(20), rows)
    return np.concatenate([easy, family.hard_points()]) if hard else easy


def representable(family, theta: np.ndarray) -> np.ndarray:
    """The rows whose mean parameters, rounded to float64, still lie inside the mean domain."""
    return theta[family.in_mean_domain(family.mean_from_natural(theta))]
