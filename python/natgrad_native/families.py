"""Exponential families: small immutable values whose operations run in the compiled core, on whole batches.

A point is an array whose last axis holds the `size` coordinates; leading axes are batch axes and broadcast. float64 and
float32 are computed in their own precision. Every operation raises TypeError for a dtype that is not a real number's,
ValueError for shapes that do not fit, and DomainError, naming the first offending row, for input outside its domain.
"""

from __future__ import annotations

import inspect
from functools import partial
from typing import Any, ClassVar, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _product, reference
from ._native import core
from .errors import IterationInfo, Status
from .reference.metrics import Kernels
from .reference.operations.information import Coordinates
from .reference.operations.relations import Relations

__all__ = ["CLASSES", "Family", "list_families"]

Array = NDArray[np.floating[Any]]


class Family(Relations):
    """An exponential family p(x | theta) = h(x) exp(<theta, T(x)> - A(theta)), minimal; see its own docstring.

    theta are the natural parameters, mu = grad A(theta) = E T(x) the mean parameters, F(theta) the Fisher information,
    the Hessian of A. All logarithms are natural: nats.

    Operands are judged at the very floats given; one outside its domain raises DomainError with the first such row. A
    result beyond the range of its number type is infinite where infinity is its rounded value; a row that overflow on
    the way leaves without a value, or whose natural parameters would be infinite, raises DomainError.
    """

    reference_class: ClassVar[type[reference.Family]]
    __slots__ = ("_core", "_standard_shapes", "_twin")
    _core: Any
    _standard_shapes: dict[str, tuple[int, ...]]
    _twin: reference.Family

    def __init__(self, *args: Any, **parameters: Any) -> None:
        given = {name: _reference_of(value) for name, value in parameters.items()}
        twin = self.reference_class(*map(_reference_of, args), **given)
        values = [_core_of(getattr(twin, name)) for name in core.parameters(type(self).__name__)]
        object.__setattr__(self, "_twin", twin)
        object.__setattr__(self, "_core", core.Family(type(self).__name__, values))
        object.__setattr__(self, "_standard_shapes", self._core.standard_shapes or twin.standard_shapes)

    # --- what operations written over any family ask of it ---

    @property
    def _statements(self) -> reference.Family:
        return self._twin

    @staticmethod
    def _like(family: reference.Family) -> Family:
        found: Family = native_of(family)
        return found

    # --- what it is ---

    @property
    def parameters(self) -> dict[str, Any]:
        """The hyperparameters by name, such as {"categories": 3}."""
        return {name: native_of(getattr(self._twin, name)) for name in core.parameters(type(self).__name__)}

    @property
    def reference(self) -> reference.Family:
        """The same family in the NumPy reference."""
        return self._twin

    @property
    def size(self) -> int:
        """Number of coordinates of a point."""
        return int(self._core.size)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the natural coordinates."""
        found: tuple[str, ...] = self._core.names
        return found

    @property
    def event_shape(self) -> tuple[int, ...]:
        """Shape of one observation."""
        found: tuple[int, ...] = self._core.event_shape
        return found

    @property
    def standard_shapes(self) -> dict[str, tuple[int, ...]]:
        """Names of the standard parameters, and the shape of one value of each."""
        return dict(self._standard_shapes)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in self.parameters:
            return self.parameters[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Family) and self.parameters == other.parameters

    def __hash__(self) -> int:
        return hash((type(self).__name__, tuple(self.parameters.items())))

    def __repr__(self) -> str:
        return repr(self._twin)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self).__name__, self.parameters)

    # --- standard parameters ---

    def natural_from_standard(self, **standard: ArrayLike) -> Array:
        """Theta (..., size) from the textbook's parameters, given by keyword (`standard_shapes` names them).

        Raises TypeError for missing or unknown names, DomainError outside the standard domain.
        """
        shapes = self._standard_shapes
        if standard.keys() != shapes.keys():
            operation = f"{type(self).__name__}.natural_from_standard"
            raise TypeError(f"{operation}: expected {', '.join(shapes)}; got {', '.join(standard) or 'nothing'}")
        if not self._core.standard_shapes:
            return _product.natural_from_standard(self, standard)
        found: Array = self._core.apply("natural_from_standard", *(standard[name] for name in shapes))
        return found

    def standard_from_natural(self, theta: ArrayLike) -> dict[str, Array]:
        """The textbook's parameters by name, each (..., *its shape), from theta (..., size)."""
        if not self._core.standard_shapes:
            return _product.standard_from_natural(self, theta)
        found: dict[str, Array] = self._core.apply("standard_from_natural", theta)
        return found

    def unconstrained_from_natural(self, theta: ArrayLike) -> Array:
        """The unconstrained coordinates u, any real numbers, that optimisers use: (..., size) -> (..., size).

        The standard parameters in the order of `standard_shapes`: real ones as they are, positive ones by log,
        probabilities by log odds, a covariance by its Cholesky factor with a logged diagonal, packed row by row. Where
        theta itself has all of R^size it is theta: such are log rates, log odds and log ratios to the last probability.
        """
        return self._twin.unconstrained_from_natural(theta)

    def natural_from_unconstrained(self, u: ArrayLike) -> Array:
        """Theta from unconstrained coordinates: (..., size) -> (..., size).

        The inverse of `unconstrained_from_natural`. Raises DomainError for a coordinate that is not finite, and for a
        theta beyond the range of its number type.
        """
        return self._twin.natural_from_unconstrained(u)

    # --- dual coordinates ---

    def mean_from_natural(self, theta: ArrayLike) -> Array:
        """Mu = grad A(theta) = E T(x): (..., size) -> (..., size)."""
        found: Array = self._core.apply("mean_from_natural", theta)
        return found

    @overload
    def natural_from_mean(self, mu: ArrayLike, return_info: Literal[False] = False) -> Array: ...
    @overload
    def natural_from_mean(self, mu: ArrayLike, return_info: Literal[True]) -> tuple[Array, IterationInfo]: ...
    def natural_from_mean(self, mu: ArrayLike, return_info: bool = False) -> Array | tuple[Array, IterationInfo]:
        """Theta = grad A*(mu), the inverse of `mean_from_natural`: (..., size) -> (..., size).

        With `return_info` a row outside the domain, or without convergence, is NaN and has a non-zero status in the
        IterationInfo returned beside theta; without, it raises DomainError.
        """
        if not return_info:
            found: Array = self._core.apply("natural_from_mean", mu)
            return found
        return self._with_info("natural_from_mean", mu)

    def centred_mean_from_natural(self, theta: ArrayLike) -> Array:
        """Mean parameters centred where plain mu loses digits far from zero, (..., size) -> (..., size).

        [m, packed covariance] for Gaussians, [E log x - log E x, E x] for Gamma; mu itself elsewhere.
        """
        found: Array = self._core.apply("centred_mean_from_natural", theta)
        return found

    @overload
    def natural_from_centred_mean(self, c: ArrayLike, return_info: Literal[False] = False) -> Array: ...
    @overload
    def natural_from_centred_mean(self, c: ArrayLike, return_info: Literal[True]) -> tuple[Array, IterationInfo]: ...
    def natural_from_centred_mean(self, c: ArrayLike, return_info: bool = False) -> Array | tuple[Array, IterationInfo]:
        """Theta from centred mean parameters (..., size); `return_info` as in `natural_from_mean`."""
        if not return_info:
            found: Array = self._core.apply("natural_from_centred_mean", c)
            return found
        return self._with_info("natural_from_centred_mean", c)

    def _with_info(self, operation: str, mean: ArrayLike) -> tuple[Array, IterationInfo]:
        theta, status, iterations = self._core.apply_with_info(operation, mean)
        forward = operation.replace("natural_from_", "") + "_from_natural"
        residual = np.full(status.shape, np.nan, dtype=theta.dtype)
        good = status == Status.SUCCESS
        if good.any():
            given = np.broadcast_to(np.asarray(mean, dtype=theta.dtype), theta.shape)[good]
            gap = np.abs(self._core.apply(forward, theta[good]) - given)
            residual[good] = (gap / (np.abs(given) + np.finfo(theta.dtype).tiny)).max(axis=-1)
        return theta, IterationInfo(status.astype(np.int64), iterations.astype(np.int64), residual)

    def log_partition(self, theta: ArrayLike) -> Array:
        """A(theta), in nats: (..., size) -> (...)."""
        found: Array = self._core.apply("log_partition", theta)
        return found

    def dual_log_partition(self, mu: ArrayLike) -> Array:
        """A*(mu) = <theta, mu> - A(theta), in nats: (..., size) -> (...)."""
        found: Array = self._core.apply("dual_log_partition", mu)
        return found

    # --- densities and divergences ---

    def sufficient_statistics(self, x: ArrayLike) -> Array:
        """T(x): (..., *event_shape) -> (..., size). Raises DomainError outside the support."""
        found: Array = self._core.apply("sufficient_statistics", x)
        return found

    def log_base_measure(self, x: ArrayLike) -> Array:
        """Log h(x), in nats, -inf outside the support: (..., *event_shape) -> (...)."""
        found: Array = self._core.apply("log_base_measure", x)
        return found

    def log_density(self, theta: ArrayLike, x: ArrayLike) -> Array:
        """Log p(x | theta), in nats, -inf outside the support: (..., size), (..., *event_shape) -> (...)."""
        found: Array = self._core.apply("log_density", theta, x)
        return found

    def entropy(self, theta: ArrayLike) -> Array:
        """-E log p(x | theta), in nats: (..., size) -> (...)."""
        found: Array = self._core.apply("entropy", theta)
        return found

    def cross_entropy(self, theta_p: ArrayLike, theta_q: ArrayLike) -> Array:
        """-E_p log q, in nats: (..., size), (..., size) -> (...)."""
        found: Array = self._core.apply("cross_entropy", theta_p, theta_q)
        return found

    def kl_divergence(self, theta_p: ArrayLike, theta_q: ArrayLike) -> Array:
        """KL(p || q) = A(theta_q) - A(theta_p) - <theta_q - theta_p, mu_p> >= 0, in nats: (..., size) twice -> (...).

        Accurate also where the points almost coincide: no form that cancels is used.
        """
        found: Array = self._core.apply("kl_divergence", theta_p, theta_q)
        return found

    # --- Fisher information ---

    def fisher(self, theta: ArrayLike, coordinates: Coordinates = "natural") -> Array:
        """F at theta, (..., size) -> (..., size, size): in natural coordinates the Hessian of A, the covariance of T.

        With respect to other coordinates c of the point, which theta still names, it is J^T F J, J = d theta / d c:

        * "mean": the mean parameters; F^-1.
        * "standard": the standard parameters in the order of `standard_shapes`, flattened; probabilities without the
          last, a matrix by its packed lower triangle, where an entry moves both (i, j) and (j, i).
        * "unconstrained": the coordinates of `unconstrained_from_natural`.

        The last two are computed in float64. Raises ValueError for an answer above 4 GiB and where the standard
        parameters are no coordinates (unit vectors), DomainError where they are singular (a direction without
        concentration).
        """
        if coordinates == "natural":
            found: Array = self._core.apply("fisher", theta)
            return found
        return self._in_coordinates("fisher", coordinates, theta)

    def fisher_multiply(self, theta: ArrayLike, v: ArrayLike, coordinates: Coordinates = "natural") -> Array:
        """F v at theta: (..., size), (..., size) -> (..., size); never through the dense F in natural coordinates.

        `coordinates` of F and v as in `fisher`.
        """
        if coordinates == "natural":
            found: Array = self._core.apply("fisher_multiply", theta, v)
            return found
        return self._in_coordinates("fisher_multiply", coordinates, theta, v)

    def fisher_solve(
        self, theta: ArrayLike, v: ArrayLike, damping: ArrayLike = 0.0, coordinates: Coordinates = "natural"
    ) -> Array:
        """(F + damping I)^-1 v at theta: (..., size), (..., size), (...) -> (..., size). Damping must be >= 0.

        `coordinates` of F, I and v as in `fisher`: for a gradient with respect to c this is the natural gradient in c.
        Raises ValueError for a damped solve that takes a dense matrix of more than 2,048 coordinates.
        """
        if coordinates == "natural":
            found: Array = self._core.apply("fisher_solve", theta, v, damping)
            return found
        return self._in_coordinates("fisher_solve", coordinates, theta, v, damping)

    def _in_coordinates(self, operation: str, coordinates: str, *operands: ArrayLike) -> Array:
        kernels = Kernels(*(partial(self._core.apply, name) for name in ("fisher", "fisher_multiply", "fisher_solve")))
        return self._twin.with_kernels(kernels, operation, coordinates, *operands)

    def fisher_log_determinant(self, theta: ArrayLike) -> Array:
        """Log det F(theta): (..., size) -> (...)."""
        found: Array = self._core.apply("fisher_log_determinant", theta)
        return found

    # --- domains ---

    def in_natural_domain(self, theta: ArrayLike) -> NDArray[np.bool_]:
        """Whether each point is inside the natural domain: (..., size) -> (...); False for NaN and infinities."""
        found: NDArray[np.bool_] = self._core.apply("in_natural_domain", theta)
        return found

    def in_mean_domain(self, mu: ArrayLike) -> NDArray[np.bool_]:
        """Whether each point is inside the mean domain: (..., size) -> (...); False for NaN and infinities."""
        found: NDArray[np.bool_] = self._core.apply("in_mean_domain", mu)
        return found

    def step_to_boundary(self, theta: ArrayLike, direction: ArrayLike) -> Array:
        """The largest beta with theta + beta direction in the natural domain, or inf: (..., size) twice -> (...)."""
        found: Array = self._core.apply("step_to_boundary", theta, direction)
        return found

    def mean_step_to_boundary(self, mu: ArrayLike, direction: ArrayLike) -> Array:
        """The largest beta with mu + beta direction in the mean domain, inf if none: (..., size) twice -> (...)."""
        found: Array = self._core.apply("mean_step_to_boundary", mu, direction)
        return found

    # --- data ---

    def sample(self, theta: ArrayLike, size: int | tuple[int, ...] = (), rng: np.random.Generator | None = None) -> Any:
        """Draws from p(x | theta): (..., size) -> size + ... + event_shape, by exact methods over NumPy's generators.

        `rng` is a numpy.random.Generator (a fresh one if None); the draws depend on it alone. A Categorical draw is an
        integer label, counts are int64, or numbers of theta's type where one of them is beyond int64. Every draw is
        finite and inside the support: one beyond the range of the number type becomes the nearest number, a matrix
        singular to working precision one that has a Cholesky factor. Raises DomainError for theta outside the natural
        domain, TypeError for another `rng`.
        """
        return self._twin.sample(theta, size, rng)

    def from_statistics(self, mean_of_T: ArrayLike) -> Array:
        """Theta (..., size) of the maximum-likelihood fit, from averages of T(x) gathered elsewhere."""
        found: Array = self._core.apply_as("from_statistics", "mean_of_T", "natural_from_mean", mean_of_T)
        return found

    def maximum_likelihood(self, x: ArrayLike, weights: ArrayLike | None = None, axis: int = 0) -> Array:
        """Theta of the (weighted) maximum-likelihood fit to the observations along batch axis `axis` of x.

        x (batch, *event_shape) -> (batch without `axis`, size); `weights` has one entry an observation, or the batch's
        shape. Raises ValueError where there is no observation, DomainError where one is outside the support or the
        averaged statistics are not inside the mean domain (all observations equal, for a family with a spread).
        """
        centred = self._twin.centred_mean_of_observations(x, weights, axis)
        found: Array = self._core.apply_as("maximum_likelihood", "statistics", "natural_from_centred_mean", centred)
        return found


def _restore(name: str, parameters: dict[str, Any]) -> Family:
    return CLASSES[name](**parameters)


def _reference_of(value: Any) -> Any:
    """A hyperparameter as the reference takes it: families, one or several, by their twins."""
    if isinstance(value, Family):
        return value.reference
    if isinstance(value, (tuple, list)) and any(isinstance(part, Family) for part in value):
        return tuple(_reference_of(part) for part in value)
    return value


def native_of(value: Any) -> Any:
    """The reverse of `_reference_of`: the native family of a reference family, and of each in a tuple."""
    if isinstance(value, reference.Family):
        name = type(value).__name__
        return CLASSES[name](**{parameter: getattr(value, parameter) for parameter in core.parameters(name)})
    if isinstance(value, tuple) and any(isinstance(part, reference.Family) for part in value):
        return tuple(native_of(part) for part in value)
    return value


def _core_of(value: Any) -> Any:
    """A hyperparameter of the reference as the core takes it: an array of numbers, or a list of families."""
    if isinstance(value, reference.Family):
        return [native_of(value)._core]
    if isinstance(value, tuple) and any(isinstance(part, reference.Family) for part in value):
        return [native_of(part)._core for part in value]
    return np.asarray(value, np.float64)


def _make_class(twin: type[reference.Family]) -> type[Family]:
    body = {
        "__slots__": (),
        "__doc__": twin.__doc__,
        "__module__": "natgrad_native",
        "__signature__": inspect.signature(twin),
        "reference_class": twin,
    }
    return type(twin.__name__, (Family,), body)


CLASSES: dict[str, type[Family]] = {twin.__name__: _make_class(twin) for twin in reference.list_families()}


def list_families() -> tuple[type[Family], ...]:
    """The family classes, in the order of the registry."""
    return tuple(CLASSES.values())
