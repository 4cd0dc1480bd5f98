"""Arguments for every operation of a family: what the suites that run over the table of operations feed it."""

from __future__ import annotations

import itertools

import numpy as np
from natgrad_native.errors import DomainError
from natgrad_native.reference import conditions

# What each operand of each operation holds; a new operation gets its line here (test_registry.py says so).
OPERATIONS: dict[str, tuple[str, ...]] = {
    "mean_from_natural": ("natural",),
    "natural_from_mean": ("mean",),
    "centred_mean_from_natural": ("natural",),
    "natural_from_centred_mean": ("centred",),
    "log_partition": ("natural",),
    "dual_log_partition": ("mean",),
    "entropy": ("natural",),
    "cross_entropy": ("natural", "other"),
    "kl_divergence": ("natural", "other"),
    "fisher": ("natural",),
    "fisher_multiply": ("natural", "vector"),
    "fisher_solve": ("natural", "vector", "damping"),
    "fisher_log_determinant": ("natural",),
    "sufficient_statistics": ("observation",),
    "log_base_measure": ("observation",),
    "log_density": ("natural", "observation"),
    "in_natural_domain": ("natural",),
    "in_mean_domain": ("mean",),
    "step_to_boundary": ("natural", "vector"),
    "mean_step_to_boundary": ("mean", "vector"),
    "natural_from_standard": ("standard",),
    "standard_from_natural": ("natural",),
}
# Corners of the box that rounding makes of a point are all tried up to this many coordinates.
ALL_CORNERS = 4


def ordinary(family, rows: int, dtype=np.float64, seed: int = 1) -> np.ndarray:
    """Natural parameters (rows, size) of moderate conditioning."""
    return family.reference.test_points(np.random.default_rng(seed), rows).astype(dtype)


def hard(family, dtype=np.float64) -> np.ndarray:
    """The family's extreme natural parameters, those of them that are still inside when rounded to the dtype."""
    theta = family.reference.hard_points().astype(dtype)
    return theta[surely_inside(family.reference.in_natural_domain, theta)]


def wild(family, rows: int, decades: float, dtype=np.float64, seed: int = 4) -> np.ndarray:
    """Natural parameters from all over the domain, scales over `decades` either way, as far as the dtype holds them."""
    with np.errstate(over="ignore", under="ignore"):
        theta = family.reference.domain_points(np.random.default_rng(seed), rows, decades).astype(dtype)
    return theta[np.isfinite(theta).all(axis=-1)]


def surely_inside(inside, point: np.ndarray) -> np.ndarray:
    """The rows that stay inside a convex domain however each coordinate is moved by 8 eps."""
    size = point.shape[-1]
    eps = 8.0 * float(np.finfo(point.dtype).eps)
    if size <= ALL_CORNERS:
        corners = itertools.product((-1.0, 1.0), repeat=size)
    else:
        corners = np.random.default_rng(2).choice([-1.0, 1.0], (24, size))
    wide = point.astype(np.float64)
    return np.all([inside(wide * (1.0 + eps * np.array(corner))) for corner in corners], axis=0)


def arguments(family, operation: str, theta: np.ndarray, seed: int = 3) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """Operands of `operation` in theta's dtype, and the rows of theta they belong to.

    Rows whose mean parameters, rounded, may lie outside their domain are left out. Standard parameters come in the
    order of `standard_shapes`.
    """
    twin, dtype = family.reference, theta.dtype
    rng = np.random.default_rng(seed)
    kinds = OPERATIONS[operation]
    rows = np.arange(len(theta))
    wide = theta.astype(np.float64)
    if kinds[0] in ("mean", "centred"):
        image = twin.mean_from_natural if kinds[0] == "mean" else twin.centred_mean_from_natural
        with np.errstate(over="ignore", under="ignore"):
            point = image(wide).astype(dtype)
        domain = twin._mean_domain if kinds[0] == "mean" else twin._centred_domain
        rows = rows[surely_inside(lambda c: conditions.judge(len(c), twin._mean_checks(c, domain)).good, point)]
    elif kinds[0] == "standard":
        standard = {name: value.astype(dtype) for name, value in twin.standard_from_natural(wide).items()}
        rows = rows[[accepted(twin, {name: value[row] for name, value in standard.items()}) for row in rows]]
        return tuple(value[rows] for value in standard.values()), rows
    made = []
    for kind in kinds:
        if kind == "natural":
            made.append(theta[rows])
        elif kind in ("mean", "centred"):
            made.append(point[rows])
        elif kind == "other":
            made.append(twin.test_points(rng, len(rows)).astype(dtype))
        elif kind == "vector":
            made.append(rng.standard_normal((len(rows), twin.size)).astype(dtype))
        elif kind == "damping":
            made.append(
                np.where(np.arange(len(rows)) % 3 == 0, 0.0, 10.0 ** rng.uniform(-3, 1, len(rows))).astype(dtype)
            )
        else:
            made.append(observations(family, wide[rows], dtype, rng))
    return tuple(made), rows


def accepted(twin, standard: dict[str, np.ndarray]) -> bool:
    """Whether standard parameters are still inside their domain after rounding (a probability may have become 1)."""
    try:
        twin.natural_from_standard(**standard)
    except DomainError:
        return False
    return True


def observations(family, theta: np.ndarray, dtype, rng: np.random.Generator) -> np.ndarray:
    """One draw a row, drawn again where rounding to the dtype has put it outside the support."""
    twin = family.reference
    with np.errstate(over="ignore"):  # a heavy tail, which is drawn again
        x = np.asarray(twin.sample(theta, (), rng)).astype(dtype)
    for _ in range(100):
        outside = np.flatnonzero(~np.isfinite(twin.log_base_measure(x.astype(np.float64))))
        if not outside.size:
            return x
        # Where theta itself puts all mass beside the boundary, an ordinary point takes its place.
        x[outside] = np.asarray(twin.sample(twin.test_points(rng, outside.size), (), rng)).astype(dtype)
    raise AssertionError(f"{family!r}: no draw inside the support")
