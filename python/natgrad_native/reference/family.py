"""A family: its statements, and the public operations derived from them."""

from __future__ import annotations

import numpy as np

from .operations.domains import Domains
from .operations.information import Information
from .operations.observations import Observations
from .operations.scalars import Scalars
from .statements import Inverse

__all__ = ["Family", "Inverse", "require_integer"]


class Family(Observations, Scalars, Information, Domains):
    """An exponential family p(x | theta) = h(x) exp(<theta, T(x)> - A(theta)), minimal and regular.

    A point is an array (..., size); leading axes are batch axes and broadcast. float64 and float32 keep their dtype.
    Input outside a domain raises `DomainError`, a wrong shape ValueError, a wrong dtype TypeError. All logarithms are
    natural: nats.
    """


def require_integer(owner: object, name: str, minimum: int) -> None:
    """Check an integer hyperparameter of a frozen dataclass and store it as a Python int.

    Raises ValueError if it is not an integer >= minimum.
    """
    value = getattr(owner, name)
    integral = isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.bool_))
    if not integral or value < minimum:
        raise ValueError(f"{type(owner).__name__}: {name} must be an integer >= {minimum}, got {value!r}")
    object.__setattr__(owner, name, int(value))
