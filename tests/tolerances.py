"""The one table of tolerances, in eps, and the scales they multiply.

`error(family, operation, answer, *arguments)` is the error of an answer over its scale; `bound(operation, family,
dtype)` is what it may reach. The truth is the NumPy reference in float64 at the very floats passed in, unless `truth`
is given (mpmath). Scales follow from conditioning:

* forward maps f(theta): |f| + sum_i |df/dtheta_i| |theta_i|, what rounding of theta alone does to f;
* inverse maps: the error is |grad A(theta_hat) - mu|, the scale |mu| + |F| |theta_hat|;
* solves: the error is |F x - v|, the scale |F| |x| + |v| + |d(F x)/dtheta| |theta|;
* KL: the value plus D^T |F| D with what rounding of theta does to F, or sum |dKL/dp_i| |p_i| + |dKL/dq_i| |q_i|,
  whichever is smaller.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]

# In eps of the dtype. Forward maps 16, inverse maps 16, solves 64.
TABLE: dict[str, float] = {
    "natural_from_standard": 16,
    "standard_from_natural": 16,
    "mean_from_natural": 16,
    "centred_mean_from_natural": 16,
    "natural_from_mean": 16,
    "natural_from_centred_mean": 16,
    "from_statistics": 16,
    "maximum_likelihood": 64,  # an average over the data comes before the map
    "log_partition": 16,
    "dual_log_partition": 16,
    "entropy": 16,
    "kl_divergence": 64,
    "cross_entropy": 64,
    "sufficient_statistics": 4,
    "log_base_measure": 16,
    "log_density": 16,
    "fisher": 16,
    "fisher_multiply": 32,  # a forward map after a product
    "fisher_solve": 64,
    "fisher_log_determinant": 16,
    "step_to_boundary": 16,
    "mean_step_to_boundary": 64,  # a root: the rounding of the function over its slope, at both ends of the ray
}

# (operation, family) -> (eps, reason). The family may be "*".
EXCEPTIONS: dict[tuple[str, str], tuple[float, str]] = {
    ("fisher_log_determinant", "Dirichlet"): (64, "a sum of as many logs as categories"),
    ("cross_entropy", "MultivariateNormal"): (1024, "a determinant and a trace: errors in norm, by the condition"),
    ("kl_divergence", "MultivariateNormal"): (1024, "a determinant and a trace: errors in norm, by the condition"),
    ("step_to_boundary", "MultivariateNormal"): (256, "an eigenvalue: error in norm, times the dimension"),
    ("mean_step_to_boundary", "MultivariateNormal"): (1024, "an eigenvalue of an augmented matrix, in norm"),
    ("cross_entropy", "Wishart"): (1024, "a determinant and a trace: errors in norm, by the condition"),
    ("kl_divergence", "Wishart"): (1024, "a determinant and a trace: errors in norm, by the condition"),
    ("step_to_boundary", "Wishart"): (2048, "an eigenvalue: error in norm, by the condition"),
    ("mean_step_to_boundary", "Wishart"): (1024, "a root of a determinant: errors in norm, by the condition"),
    ("log_partition", "Chi"): (32, "log Gamma(a) and (a - 1) log 2 cancel beside a = 0.95"),
    ("cross_entropy", "ComplexNormal"): (1024, "as of MultivariateNormal"),
    ("kl_divergence", "ComplexNormal"): (1024, "as of MultivariateNormal"),
    ("fisher_solve", "MatrixNormal"): (128, "in the eigenvectors of two matrices: error in norm"),
    ("mean_from_natural", "NormalWishart"): (32, "an inverse of a difference of matrices: the error is in norm"),
    ("fisher_multiply", "NormalWishart"): (512, "products of matrices: error in norm, a far location is a large entry"),
    ("fisher_multiply", "NormalInverseWishart"): (512, "as of NormalWishart"),
    ("fisher_solve", "MultivariateNormalKnownShape"): (128, "in the eigenvectors of the matrix: error in norm"),
    ("sufficient_statistics", "MultivariateNormalKnownShape"): (
        16,
        "a quadratic form: error in norm, by the condition",
    ),
    ("log_density", "MultivariateLogNormal"): (512, "a quadratic form far from the mean: Cholesky's error is in norm"),
    ("log_density", "GaussMarkovChain"): (128, "a quadratic form far from the mean: Cholesky's error is in norm"),
}
# Families that share the maps of another one, and with them its exceptions.
SAME_MAPS = {
    "InverseWishart": "Wishart",
    "MultivariateLogNormal": "MultivariateNormal",
    "NormalInverseWishart": "Wishart",
    "NormalWishart": "Wishart",
}


def bound(operation: str, family: str, dtype: DTypeLike) -> float:
    """What `error` may reach for an operation of a family (class name), in the eps of `dtype` (float64 or float32)."""
    eps = float(np.finfo(np.dtype(dtype)).eps)
    for key in ((operation, family), (operation, SAME_MAPS.get(family, family)), (operation, "*")):
        if key in EXCEPTIONS:
            return EXCEPTIONS[key][0] * eps
    return TABLE[operation] * eps


def error(family: Any, operation: str, answer: Any, *arguments: Any, truth: Any = None, in_norm: bool = False) -> Array:
    """Error over scale, in the shape of the answer; 0 where both are the same infinity.

    `family` is an instance from `natgrad_native.reference`; `arguments` are those of the operation. For an operation
    judged by its residual `truth` is the exact image of the answer. With `in_norm` an entry of a matrix counts against
    the largest scale in it.
    """
    given = np.asarray(answer)
    # Gradual underflow, also of an intermediate value before it is multiplied by something.
    floor = 64 * np.finfo(given.dtype if given.dtype == np.float32 else np.float64).tiny
    got = given.astype(np.float64)
    values = [np.asarray(value, dtype=np.float64) for value in arguments]
    with np.errstate(all="ignore"):
        if operation in RESIDUALS:
            difference, scale = RESIDUALS[operation](family, got, *values, image=truth)
        else:
            wanted = getattr(family, operation)(*values) if truth is None else truth
            wanted = np.asarray(wanted, dtype=np.float64)
            scale = SCALES.get(operation, relative)(family, operation, wanted, *values)
            same = (got == wanted) | (given == wanted.astype(given.dtype))
            difference = np.where(same, 0.0, got - wanted)
        if in_norm:
            scale = block_norms(family, scale)
        ratio = np.abs(difference) / (scale + floor)
    return np.where(difference == 0.0, 0.0, np.where(np.isnan(ratio), np.inf, ratio))


# What a KL may err by relative to itself, beside eps: even where the points differ by a relative 1e-8.
KL_RELATIVE = 1e-10
# What the core lets one err by that it forms as it is defined (keeps_digits in closed_forms.hpp).
KL_AS_DEFINED = 1e-12


def has_matrix(family: Any) -> bool:
    """Whether a standard parameter is a square matrix, or a chain of them: its errors are in norm."""
    return hasattr(family, "joint_precision") or any(map(is_matrix, family.standard_shapes.values()))


def is_matrix(shape: tuple[int, ...]) -> bool:
    """Square, its entries real, or complex as real and imaginary parts."""
    return len(shape) >= 2 and shape[0] == shape[1] and shape[2:] in ((), (2,))


def divergence_bound(family: Any, p: Array, q: Array, dtype: DTypeLike) -> Array:
    """What a KL from p to q (rows, size) may err by relative to itself: 1e-10 + 64 d cond eps.

    d and cond are those of the worst matrix among the standard parameters of either point, 1 without one; those of the
    whole precision of a chain.
    """
    growth = np.ones(len(p))
    if hasattr(family, "joint_precision"):
        for theta in (p, q):
            matrix = family.joint_precision(theta)
            growth = np.maximum(growth, matrix.shape[-1] * np.linalg.cond(matrix))
    for name, shape in family.standard_shapes.items():
        if is_matrix(shape):
            for theta in (p, q):
                matrix = family.standard_from_natural(theta)[name]
                matrix = matrix if len(shape) == 2 else matrix[..., 0] + 1j * matrix[..., 1]
                growth = np.maximum(growth, shape[0] * np.linalg.cond(matrix))
    return np.asarray(KL_RELATIVE + TABLE["kl_divergence"] * float(np.finfo(np.dtype(dtype)).eps) * growth)


# --- conditioning ---


def sensitivity(
    function: Callable[[Array], Array], point: Array, room: Callable[[Array, Array], Array], trailing: int
) -> Array:
    """sum_i |df/dpoint_i| |point_i| by central differences that stay inside the domain.

    `room(point, direction)` is the step to the boundary; `trailing` the number of non-batch axes of the value.
    """
    size = point.shape[-1]
    total: Array = np.zeros(())
    for i in range(size):
        direction = np.zeros_like(point)
        direction[..., i] = point[..., i]
        step = np.minimum(1e-6, 0.25 * np.minimum(room(point, direction), room(point, -direction)))
        shift = step[..., None] * direction
        width = (2.0 * step).reshape(step.shape + (1,) * trailing)
        total = total + np.abs(function(point + shift) - function(point - shift)) / width
    return total


def block_norms(family: Any, scale: Array) -> Array:
    """The largest scale within each block of (rows, size) or (rows, size, size); (rows,) as it is.

    A block is a run of coordinates named alike but for their indices, and with as many of them: the entries of a
    vector, or of a matrix, whose diagonal alone is halved.
    """
    if scale.shape[-1:] != (family.size,) or scale.ndim < 2:
        return scale
    kinds = [re.sub(r"\d+", "", name.replace("half_", "")) if "[" in name else "" for name in family.names]
    starts = [k for k in range(family.size) if k == 0 or kinds[k] != kinds[k - 1] or not kinds[k]]
    widths = np.diff([*starts, family.size])
    for axis in range(1, scale.ndim):
        scale = np.repeat(np.maximum.reduceat(scale, starts, axis=axis), widths, axis=axis)
    return scale


def relative(family: Any, operation: str, wanted: Array, *arguments: Array) -> Array:
    """|f|."""
    return np.abs(wanted)


def _of_theta(family: Any, operation: str, wanted: Array, theta: Array, *rest: Array) -> Array:
    trailing = wanted.ndim - (np.broadcast(theta[..., 0], *(r[..., 0] for r in rest)).ndim if rest else theta.ndim - 1)
    spread = sensitivity(lambda t: getattr(family, operation)(t, *rest), theta, family.step_to_boundary, trailing)
    return np.abs(wanted) + spread


def _mean(family: Any, operation: str, wanted: Array, theta: Array) -> Array:
    return np.abs(wanted) + np.einsum("...ij,...j->...i", np.abs(family.fisher(theta)), np.abs(theta))


def _log_partition(family: Any, operation: str, wanted: Array, theta: Array) -> Array:
    return np.abs(wanted) + (np.abs(family.mean_from_natural(theta)) * np.abs(theta)).sum(axis=-1)


def _dual(family: Any, operation: str, wanted: Array, mu: Array) -> Array:
    theta, _ = family.natural_from_mean(mu, return_info=True)
    return np.abs(wanted) + (np.abs(theta) * np.abs(mu)).sum(axis=-1)


def _fisher(family: Any, operation: str, wanted: Array, theta: Array) -> Array:
    """An entry counts against sqrt(F_ii F_jj): it is a covariance, and may vanish."""
    root = np.sqrt(np.diagonal(wanted, axis1=-2, axis2=-1))
    return _of_theta(family, operation, wanted, theta) + root[..., :, None] * root[..., None, :]


def _multiply(family: Any, operation: str, wanted: Array, theta: Array, v: Array) -> Array:
    absolute = np.einsum("...ij,...j->...i", np.abs(family.fisher(theta)), np.abs(v))
    return absolute + _of_theta(family, operation, wanted, theta, v)


def _kl(family: Any, operation: str, wanted: Array, p: Array, q: Array) -> Array:
    step = np.abs(q - p)
    curvature = [_fisher(family, "fisher", family.fisher(x), x) for x in (p, q)]
    near = [np.einsum("...i,...ij,...j->...", step, matrix, step) for matrix in curvature]
    mean_p, mean_q = family.mean_from_natural(p), family.mean_from_natural(q)
    # What rounding of the two points does: dKL/dp = F(p) (p - q), dKL/dq = mu_q - mu_p.
    by_p = (np.abs(family.fisher_multiply(p, p - q)) * np.abs(p)).sum(axis=-1)
    by_q = (np.abs(mean_q - mean_p) * np.abs(q)).sum(axis=-1)
    own = 1.0 + KL_AS_DEFINED / (TABLE["kl_divergence"] * float(np.finfo(p.dtype).eps))
    return own * np.abs(wanted) + np.fmin(np.fmin(near[0], near[1]), by_p + by_q)


def _entropy(family: Any, operation: str, wanted: Array, theta: Array) -> Array:
    """Entropy is -A* - E log h: where the two cancel, as for the uniform Beta, each counts, up to one nat."""
    base = family._expected_log_base_measure(theta.reshape(-1, family.size)).reshape(wanted.shape)
    return _of_theta(family, operation, wanted, theta) + np.minimum(np.abs(wanted + base), 1.0)


def _cross(family: Any, operation: str, wanted: Array, p: Array, q: Array) -> Array:
    entropy = family.entropy(p)
    divergence = family.kl_divergence(p, q)
    return _entropy(family, "entropy", entropy, p) + _kl(family, operation, divergence, p, q)


def _log_density(family: Any, operation: str, wanted: Array, theta: Array, x: Array) -> Array:
    inside = np.isfinite(wanted)
    shape = wanted.shape
    point = np.broadcast_to(theta, (*shape, theta.shape[-1]))[inside]
    data = np.broadcast_to(x, shape + family.event_shape)[inside]
    statistics = _statistics(family, "sufficient_statistics", family.sufficient_statistics(data), data)
    products = (np.abs(point) * statistics).sum(axis=-1)
    scale = np.zeros(shape)
    base = np.abs(family.log_base_measure(data)) * condition(family, data)
    scale[inside] = products + np.abs(family.log_partition(point)) + base + np.abs(wanted[inside])
    return scale


def condition(family: Any, x: Array) -> Array:
    """Condition of the positive definite matrices in observations, 1 without one: what log det and inverse lose by.

    It is that after scaling to a unit diagonal, which Cholesky's errors do not depend on.
    """
    matrix = family.definite_part(x)
    if matrix is None:
        return np.ones(x.shape[: x.ndim - len(family.event_shape)])
    root = np.sqrt(np.abs(np.diagonal(matrix, axis1=-2, axis2=-1)))
    scaled = matrix / root[..., :, None] / root[..., None, :]
    return np.asarray(np.linalg.cond(np.where(np.isfinite(scaled), scaled, 0.0)))


def _statistics(family: Any, operation: str, wanted: Array, x: Array) -> Array:
    """|T|; in norm where log det X, which may vanish, or the inverse is in it, times the condition of X."""
    if family.definite_part(x) is None:
        return np.abs(wanted)
    flat = wanted.reshape(-1, family.size)
    scale = block_norms(family, np.abs(flat)).reshape(wanted.shape)
    return np.maximum(scale, np.arange(family.size) == 0) * condition(family, x)[..., None]


def _log_base_measure(family: Any, operation: str, wanted: Array, x: Array) -> Array:
    inside = np.isfinite(wanted)
    scale = np.zeros(wanted.shape)
    statistics = family.sufficient_statistics(x[inside])
    terms = _statistics(family, "sufficient_statistics", statistics, x[inside])
    scale[inside] = np.abs(wanted[inside]) + terms.sum(axis=-1)
    return scale


def _boundary(family: Any, operation: str, wanted: Array, point: Array, direction: Array) -> Array:
    room = getattr(family, operation)
    spread = sensitivity(lambda t: np.where(np.isfinite(wanted), room(t, direction), 0.0), point, room, 0)
    along = sensitivity(
        lambda d: np.where(np.isfinite(wanted), room(point, d), 0.0),
        direction,
        lambda p, d: np.full(wanted.shape, 1e-6),
        0,
    )
    return np.abs(wanted) + spread + along


SCALES: dict[str, Callable[..., Array]] = {
    "mean_from_natural": _mean,
    "centred_mean_from_natural": _of_theta,
    "log_partition": _log_partition,
    "dual_log_partition": _dual,
    "entropy": _entropy,
    "fisher": _fisher,
    "fisher_multiply": _multiply,
    "fisher_log_determinant": _of_theta,
    "kl_divergence": _kl,
    "cross_entropy": _cross,
    "log_density": _log_density,
    "log_base_measure": _log_base_measure,
    "sufficient_statistics": _statistics,
    "step_to_boundary": _boundary,
    "mean_step_to_boundary": _boundary,
}


# --- residuals: the error of an answer judged by the map that it inverts ---


def _inverse_residual(family: Any, theta: Array, mu: Array, *, image: Array | None) -> tuple[Array, Array]:
    image = family.mean_from_natural(theta) if image is None else image
    return image - mu, np.maximum(_mean(family, "", mu, theta), np.abs(image))


def _centred_residual(family: Any, theta: Array, centred: Array, *, image: Array | None) -> tuple[Array, Array]:
    image = family.centred_mean_from_natural(theta) if image is None else image
    return image - centred, _of_theta(family, "centred_mean_from_natural", image, theta) + np.abs(centred)


def _solve_residual(
    family: Any, x: Array, theta: Array, v: Array, damping: Array | None = None, *, image: Array | None
) -> tuple[Array, Array]:
    extra = np.zeros(()) if damping is None else damping
    image = family.fisher_multiply(theta, x) if image is None else image
    residual = image + extra[..., None] * x - v
    scale = _multiply(family, "fisher_multiply", image, theta, x) + extra[..., None] * np.abs(x) + np.abs(v)
    return residual, scale


RESIDUALS: dict[str, Callable[..., tuple[Array, Array]]] = {
    "natural_from_mean": _inverse_residual,
    "from_statistics": _inverse_residual,
    "natural_from_centred_mean": _centred_residual,
    "fisher_solve": _solve_residual,
}


def natural_error(family: Any, answer: Any, truth: Any) -> Array:
    """Error of natural parameters from standard ones or from data: |F (answer - truth)| / (|mu| + |F| |truth|)."""
    got, wanted = np.asarray(answer, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    moved = np.abs(family.fisher_multiply(wanted, got - wanted))
    scale = _mean(family, "", family.mean_from_natural(wanted), wanted)
    return np.divide(moved, scale, out=np.zeros_like(moved), where=moved > 0)


def standard_error(family: Any, name: str, answer: Any, theta: Array) -> Array:
    """Error over scale of one standard parameter from theta (rows, size), the largest in each row."""
    given = np.asarray(answer)
    wanted = family.standard_from_natural(theta)[name]
    core = tuple(range(1, wanted.ndim))
    spread = sensitivity(lambda t: family.standard_from_natural(t)[name], theta, family.step_to_boundary, len(core))
    same = given == wanted.astype(given.dtype)
    ratio = np.where(same, 0.0, np.abs(given - wanted) / (np.abs(wanted) + spread + np.finfo(given.dtype).tiny))
    return np.asarray(ratio.max(axis=core))
