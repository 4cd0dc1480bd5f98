"""The error for input outside a domain, the status codes behind it, and the record that `return_info=True` adds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["DomainError", "IterationInfo", "Status"]


class DomainError(ValueError):
    """Input outside the domain of an operation; the text names operation, first offending row and condition.

    `Gamma.mean_from_natural: row 17: rate must be > 0, got -0.5`. The row is the index in the flattened batch (C
    order).
    """


class Status(IntEnum):
    """What became of one row; 0 is success."""

    SUCCESS = 0
    OUTSIDE_NATURAL_DOMAIN = 1
    OUTSIDE_MEAN_DOMAIN = 2
    NOT_FINITE = 3
    NO_CONVERGENCE = 4
    SINGULAR = 5
    OUTSIDE_SUPPORT = 6
    OUTSIDE_STANDARD_DOMAIN = 7
    BEYOND_PRECISION = 8


@dataclass(frozen=True)
class IterationInfo:
    """Per-row record of an iteration; every array has the batch shape of the answer.

    `status` holds `Status` codes (0 = success), `iterations` the number of iterations (0 for a closed form) and
    `residual` = max_j |mu_j(theta) - mu_j| / (|mu_j| + tiny), NaN for a row that failed.
    """

    status: NDArray[np.int64]
    iterations: NDArray[np.int64]
    residual: NDArray[np.floating[Any]]
