"""Calls on a batch whose failing rows do not take the others with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import DomainError

__all__ = ["isolate"]

Rows = NDArray[Any]


def isolate(
    call: Callable[..., tuple[Rows, ...]], failed: Callable[..., tuple[Rows, ...]], *operands: Rows
) -> tuple[Rows, ...]:
    """``call(*operands)``, arrays of rows in and out; a row for which it raises DomainError gets ``failed`` instead.

    The batch is halved around a failing row, so that a few failures among many rows cost a few calls.
    """
    try:
        return call(*operands)
    except DomainError:
        rows = len(operands[0])
        if rows == 1:
            return failed(*operands)
        halves = [
            isolate(call, failed, *(operand[part] for operand in operands))
            for part in (slice(rows // 2), slice(rows // 2, None))
        ]
        return tuple(np.concatenate(pair) for pair in zip(*halves, strict=True))
