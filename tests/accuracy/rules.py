"""Error over bound of every operation at the stored points; the constants are those of tolerances.py.

Left out by rule: rows whose operand, rounded to the number type, is NaN or may lie outside its domain, and rows whose
answer overflows the number type.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import operands
import tolerances
from accuracy.known import Known
from calls import call
from natgrad_native.errors import DomainError
from natgrad_native.reference import conditions
from numpy.typing import NDArray

Array = NDArray[Any]

# Not stored: the boundaries. Both are roots that the identities and the parity with the reference judge.
NOT_STORED = ("step_to_boundary", "mean_step_to_boundary")
OPERATIONS = tuple(operation for operation in operands.OPERATIONS if operation not in NOT_STORED)


class Verdict(NamedTuple):
    """Error over bound (rows,), and the operands (rows, ...) it belongs to."""

    ratio: Array
    arguments: tuple[Array, ...]


def verdict(family: Any, known: Known, operation: str, dtype: Any) -> Verdict:
    """How far `family`, native or reference, is from what is known."""
    arguments, known = passed_in(known, operation, dtype)
    truth = stored_truth(known, operation, arguments)
    if truth is not None and len(truth):
        with np.errstate(over="ignore", under="ignore"):
            held = np.isfinite(truth.astype(dtype)).reshape(len(truth), -1).all(axis=-1)
        arguments, known, truth = tuple(value[held] for value in arguments), known.at(held), truth[held]
    if not len(known.theta):
        return Verdict(np.zeros(0), arguments)
    answer = call_rows(family, operation, arguments)
    with np.errstate(all="ignore"):
        ratio = over_bound(known, operation, answer, arguments, truth, dtype)
    ratio = np.where(np.isnan(ratio), np.inf, ratio).reshape(len(ratio), -1).max(axis=-1)
    for value in answer.values():
        ratio[np.isnan(value).reshape(len(value), -1).any(axis=-1)] = np.inf
    return Verdict(ratio, arguments)


# --- what is passed in ---


def passed_in(known: Known, operation: str, dtype: Any) -> tuple[tuple[Array, ...], Known]:
    """The operands of the rows that have them, in the number type, and the judge of these rows."""
    rng = np.random.default_rng(7)
    kinds = operands.OPERATIONS[operation]
    noise = rng.standard_normal(known.theta.shape)
    spread = np.sqrt(np.diagonal(known.full_fisher, axis1=-2, axis2=-1))
    with np.errstate(divide="ignore"):
        size = spread if operation == "fisher_solve" else np.where(known.theta == 0, 1.0 / spread, np.abs(known.theta))
    strength = np.exp(rng.uniform(-7.0, 7.0, len(noise))) * (np.arange(len(noise)) % 2)
    values = {
        "natural": known.theta,
        "other": known.part["other"],
        "mean": known.part["mean"],
        "centred": known.part["centred"],
        "observation": known.part["observation"],
        "standard": known.part["standard"],
        "vector": noise * size,
        "damping": strength * (spread**2).mean(axis=-1),
    }
    with np.errstate(over="ignore", under="ignore"):
        made = [values[kind].astype(dtype) for kind in kinds]
    mask = np.all([np.isfinite(value).reshape(len(value), -1).all(axis=-1) for value in made], axis=0)
    if "vector" in kinds:  # F and v themselves are held by the number type
        held = np.concatenate([spread**2, np.abs(values["vector"])], axis=-1)
        mask &= ((held >= np.finfo(dtype).tiny) & (held <= np.finfo(dtype).max)).all(axis=-1)
    if "observation" in kinds:  # a matrix singular to working precision may not be positive definite
        x = made[kinds.index("observation")]
        lost = 8.0 * float(np.finfo(dtype).eps) * max(known.twin.event_shape, default=1)
        mask[mask] = lost * tolerances.condition(known.twin, x[mask].astype(np.float64)) < 1.0
    if operation == "standard_from_natural":
        mask &= np.isfinite(known.part["standard"]).all(axis=-1)
    if kinds[0] in ("mean", "centred"):
        mask[mask] = rounded_inside(known.twin, made[0][mask], kinds[0])
    made = [value[mask] for value in made]
    if kinds == ("standard",):
        made = split(known.twin, made[0])
    return tuple(made), known.at(mask)


def rounded_inside(twin: Any, point: Array, kind: str) -> Array:
    """The rows of (centred) mean parameters that are inside their domain, and so is all that rounding makes of them."""
    domain = twin._mean_domain if kind == "mean" else twin._centred_domain

    def inside(values: Array) -> Array:
        with np.errstate(all="ignore"):
            return conditions.judge(len(values), twin._mean_checks(values, domain)).good

    return operands.surely_inside(inside, point)


def split(twin: Any, flat: Array) -> list[Array]:
    """Standard parameters from their flattened rows, in the order of `standard_shapes`."""
    parts, start = [], 0
    for shape in twin.standard_shapes.values():
        count = int(np.prod(shape, dtype=np.int64))
        parts.append(flat[:, start : start + count].reshape(-1, *shape))
        start += count
    return parts


def call_rows(family: Any, operation: str, arguments: tuple[Array, ...]) -> dict[str, Array]:
    """The answers by name, NaN in a row that is refused."""
    try:
        with np.errstate(all="ignore"):
            return as_dict(call(family, operation, arguments))
    except DomainError:
        single = [attempt(family, operation, [value[row] for value in arguments]) for row in range(len(arguments[0]))]
        model = next((answer for answer in single if answer is not None), None)
        if model is None:
            return {"": np.full(len(single), np.nan)}
        return {
            name: np.array([np.full_like(value, np.nan) if answer is None else answer[name] for answer in single])
            for name, value in model.items()
        }


def attempt(family: Any, operation: str, arguments: list[Array]) -> dict[str, Array] | None:
    """The answer of one row, None if it is refused."""
    try:
        with np.errstate(all="ignore"):
            return as_dict(call(family, operation, arguments))
    except DomainError:
        return None


def as_dict(answer: Any) -> dict[str, Array]:
    """Answers by name; the only one has the name ""."""
    return answer if isinstance(answer, dict) else {"": np.asarray(answer)}


# --- what is right ---


STORED_AS = {
    "mean_from_natural": "mean",
    "centred_mean_from_natural": "centred",
    "log_partition": "log_partition",
    "dual_log_partition": "dual",
    "entropy": "entropy",
    "kl_divergence": "kl",
    "fisher_log_determinant": "log_determinant",
    "log_density": "log_density",
    "natural_from_standard": "natural",
}
# Judged by the image of the answer, which mpmath finds while the tests run.
LIVE = ("natural_from_mean", "natural_from_centred_mean", "standard_from_natural")


def stored_truth(known: Known, operation: str, arguments: tuple[Array, ...]) -> Array | None:
    """The right answer, None where an answer is judged by its image."""
    if operation in STORED_AS:
        return known.part[STORED_AS[operation]]
    if operation == "cross_entropy":
        return known.part["entropy"] + known.part["kl"]
    if operation == "fisher":
        return known.full_fisher
    if operation == "fisher_multiply":
        return known.fisher_multiply(known.theta, np.asarray(arguments[1], dtype=np.float64))
    if operation in ("sufficient_statistics", "log_base_measure"):
        return known.of_observations(operation)
    if operation in ("in_natural_domain", "in_mean_domain"):
        return np.ones(len(known.theta))
    if operation in (*LIVE, "fisher_solve"):
        return None
    raise NotImplementedError(f"no rule says what is right for {operation}")


def over_bound(
    known: Known,
    operation: str,
    answer: dict[str, Array],
    arguments: tuple[Array, ...],
    truth: Array | None,
    dtype: Any,
) -> Array:
    """Error over bound, componentwise; in norm within the blocks of a family with a matrix."""
    bound = tolerances.bound(operation, type(known.twin).__name__, dtype) if operation in tolerances.TABLE else 0.0
    tiny = 64 * float(np.finfo(dtype).tiny)
    wide = [np.asarray(value, dtype=np.float64) for value in arguments]
    got = {name: np.asarray(value, dtype=np.float64) for name, value in answer.items()}
    only = next(iter(got.values()))
    in_norm = tolerances.has_matrix(known.twin)
    if operation in ("in_natural_domain", "in_mean_domain"):
        return np.where(only == 1.0, 0.0, np.inf)
    if operation == "kl_divergence":
        allowed = tolerances.divergence_bound(known.twin, *wide, dtype) * truth + tiny
        return np.where(only >= 0, np.abs(only - truth) / allowed, np.inf)
    if operation == "cross_entropy":  # as an entropy and a KL, each within its own bound
        entropy = tolerances.SCALES["entropy"](known, "entropy", known.part["entropy"], wide[0])
        allowed = tolerances.bound("entropy", type(known.twin).__name__, dtype) * entropy
        allowed = allowed + tolerances.divergence_bound(known.twin, *wide, dtype) * known.part["kl"] + tiny
        return np.abs(only - truth) / allowed
    if operation == "natural_from_standard":
        return np.abs(only - truth) / (bound * known.part["natural_scale"] + tiny)
    if operation == "standard_from_natural":
        natural, scale = known.natural(got)
        return np.abs(natural - known.theta) / (bound * scale + tiny)
    if operation in ("natural_from_mean", "natural_from_centred_mean"):
        inside = known.twin.in_natural_domain(only)
        only = np.where(inside[:, None], only, known.theta)
        truth = known.image(only, centred=operation == "natural_from_centred_mean")
        error = tolerances.error(known, operation, only.astype(dtype), *wide, truth=truth, in_norm=in_norm)
        return np.where(inside[:, None], error / bound, np.inf)
    whole = np.isfinite(only)
    got_whole = np.where(whole, only, 0.0).astype(dtype)
    error = tolerances.error(known, operation, got_whole, *wide, truth=truth, in_norm=in_norm)
    return np.where(whole, error / bound, np.inf)
