"""A family: its statements, and the public operations derived from them."""

from __future__ import annotations

import math

import numpy as np

from .operations.domains import Domains
from .operations.information import Information
from .operations.observations import Observations
from .operations.relations import Relations
from .operations.scalars import Scalars
from .statements import Inverse

__all__ = [
    "MAX_SIZE",
    "Family",
    "Inverse",
    "require_covariance",
    "require_families",
    "require_family",
    "require_integer",
    "require_real",
    "require_unit_vector",
]

# Coordinates of the largest point: 2 PiB in float64, beyond any memory, and well inside the range of an index.
MAX_SIZE = 2**48


class Family(Observations, Scalars, Information, Domains, Relations):
    """An exponential family p(x | theta) = h(x) exp(<theta, T(x)> - A(theta)), minimal and regular.

    A point is an array (..., size); leading axes are batch axes and broadcast. float64 and float32 keep their dtype.
    Input outside a domain raises `DomainError`, a wrong shape ValueError, a wrong dtype TypeError. All logarithms are
    natural: nats.
    """

    def __post_init__(self) -> None:
        """Refuse a family whose points no memory holds; one with hyperparameters checks these first."""
        if self.size > MAX_SIZE:
            raise ValueError(f"{self!r}: a point would have {self.size} coordinates, more than 2^48")

    @property
    def _statements(self) -> Family:
        return self

    def _like(self, family: Family) -> Family:
        return family


def require_integer(owner: object, name: str, minimum: int) -> None:
    """Check an integer hyperparameter of a frozen dataclass and store it as a Python int.

    Raises ValueError if it is not an integer >= minimum.
    """
    value = getattr(owner, name)
    integral = isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.bool_))
    if not integral or value < minimum:
        raise ValueError(f"{type(owner).__name__}: {name} must be an integer >= {minimum}, got {value!r}")
    object.__setattr__(owner, name, int(value))


def require_real(owner: object, name: str, minimum: float = -math.inf) -> None:
    """Check a real hyperparameter of a frozen dataclass and store it as a Python float.

    Raises ValueError if it is not a finite real number > minimum.
    """
    value = getattr(owner, name)
    real = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, (bool, np.bool_))
    if not real or not math.isfinite(value) or value <= minimum:
        wanted = "a finite number" if minimum == -math.inf else f"a finite number > {minimum:g}"
        raise ValueError(f"{type(owner).__name__}: {name} must be {wanted}, got {value!r}")
    object.__setattr__(owner, name, float(value))


def require_covariance(owner: object, name: str) -> None:
    """Check a matrix hyperparameter of a frozen dataclass and store it, exactly symmetric, as a tuple of rows.

    Raises ValueError if it is not a symmetric positive definite matrix of finite numbers.
    """
    kind = type(owner).__name__
    try:
        values = np.array(getattr(owner, name), dtype=np.float64)
    except (TypeError, ValueError):
        values = np.empty(())
    if values.ndim != 2 or not values.size or not np.isfinite(values).all():
        raise ValueError(f"{kind}: {name} must be a matrix of finite numbers")
    if values.shape[0] != values.shape[1]:
        raise ValueError(f"{kind}: {name} must be square, got shape {values.shape}")
    deviation = np.sqrt(np.abs(np.diagonal(values)))
    if (np.abs(values - values.T) > 1e-6 * np.outer(deviation, deviation)).any():
        raise ValueError(f"{kind}: {name} must be symmetric")
    values = 0.5 * (values + values.T)
    try:
        np.linalg.cholesky(values)
    except np.linalg.LinAlgError:
        raise ValueError(f"{kind}: {name} must be positive definite") from None
    object.__setattr__(owner, name, tuple(tuple(row) for row in values.tolist()))


def require_family(owner: object, name: str) -> None:
    """Check a hyperparameter that is a family. Raises TypeError if it is not."""
    value = getattr(owner, name)
    if not isinstance(value, Family):
        raise TypeError(f"{type(owner).__name__}: {name} must be a family, got {value!r}")


def require_families(owner: object, name: str) -> None:
    """Check a hyperparameter that is a tuple of families.

    Raises TypeError if one of them is not a family, ValueError where there is none.
    """
    values = getattr(owner, name)
    if not values:
        raise ValueError(f"{type(owner).__name__}: {name} must be one family or more")
    for value in values:
        if not isinstance(value, Family):
            raise TypeError(f"{type(owner).__name__}: {name} must be families, got {value!r}")


def require_unit_vector(owner: object, name: str) -> None:
    """Check a unit vector in at least two dimensions, a hyperparameter of a frozen dataclass; store a tuple of floats.

    Raises ValueError if it is not a vector of finite numbers whose length is 1, to single precision; what is stored has
    the length 1 to double precision.
    """
    kind = type(owner).__name__
    try:
        values = np.array(getattr(owner, name), dtype=np.float64)
    except (TypeError, ValueError):
        values = np.empty(())
    if values.ndim != 1 or values.size < 2 or not np.isfinite(values).all():
        raise ValueError(f"{kind}: {name} must be a vector of at least two finite numbers")
    length = float(np.linalg.norm(values))
    if abs(length - 1.0) > 1e-6:
        raise ValueError(f"{kind}: {name} must be a unit vector, its length is {length:g}")
    # A vector of length 1 already stays as it is, so that what is stored can be given again.
    scale = 1.0 if abs(length - 1.0) <= 4 * np.finfo(np.float64).eps else length
    object.__setattr__(owner, name, tuple((values / scale).tolist()))
