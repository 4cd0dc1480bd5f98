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


def arguments(family, operation: str, rows: int = 20, *, hard: bool = True) -> tuple[np.ndarray, ...]:
    """Float64 arguments for a call of an operation of the tolerance table (those that take arrays by position)."""
    rng = np.random.default_rng(30)
    theta = points(family, rows, hard=hard)
    v = rng.standard_normal(theta.shape)
    if operation in ("natural_from_mean", "from_statistics", "dual_log_partition"):
        return (family.mean_from_natural(representable(family, theta)),)
    if operation == "natural_from_centred_mean":
        return (family.centred_mean_from_natural(representable(family, theta)),)
    if operation in ("kl_divergence", "cross_entropy"):
        return theta, family.test_points(rng, len(theta))
    if operation in ("sufficient_statistics", "log_base_measure"):
        return (np.asarray(family.sample(theta[:rows], (), rng), dtype=np.float64),)
    if operation == "log_density":
        return theta[:rows], np.asarray(family.sample(theta[:rows], (), rng), dtype=np.float64)
    if operation == "fisher_multiply":
        return theta, v
    if operation == "fisher_solve":
        return theta, v, rng.choice([0.0, 0.1, 1.0], len(theta))
    if operation == "step_to_boundary":
        return theta, v * np.abs(theta)
    if operation == "mean_step_to_boundary":
        mu = family.mean_from_natural(representable(family, theta))
        return mu, v[: len(mu)] * np.abs(mu)
    return (theta,)


# Operations of the table that take their arguments otherwise, by keyword or as data.
OTHERWISE = ("natural_from_standard", "standard_from_natural", "maximum_likelihood")
