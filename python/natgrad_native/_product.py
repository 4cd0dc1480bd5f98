"""Standard parameters of a Product, part by part: as a whole it may have more of them than one pass takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import DomainError
from .reference import arrays

Array = NDArray[np.floating[Any]]


def natural_from_standard(product: Any, standard: Mapping[str, ArrayLike]) -> Array:
    """Theta (..., size) of a native Product from the standard parameters of its parts, `rate_0` that of part 0."""
    operation = "Product.natural_from_standard"
    shapes = product.standard_shapes
    operands = [arrays.operand(standard[name], core, operation, name) for name, core in shapes.items()]
    batch, _ = arrays.broadcast_rows(operation, operands)
    dtype = arrays.result_dtype(operands)
    values = {item.name: np.broadcast_to(arrays.rounded(item.values, dtype), batch + item.core) for item in operands}
    try:
        theta = [
            part.natural_from_standard(**{name: values[f"{name}_{k}"] for name in part.standard_shapes})
            for k, part in enumerate(product.families)
        ]
    except DomainError:
        product.reference.natural_from_standard(**standard)  # says it of the whole
        raise
    return np.concatenate(theta, axis=-1)


def standard_from_natural(product: Any, theta: ArrayLike) -> dict[str, Array]:
    """The standard parameters of the parts of a native Product by name, from theta (..., size)."""
    point = arrays.operand(theta, (product.size,), "Product.standard_from_natural", "theta")
    values = arrays.rounded(point.values, arrays.result_dtype([point]))
    found: dict[str, Array] = {}
    first = 0
    try:
        for k, part in enumerate(product.families):
            own = part.standard_from_natural(values[..., first : first + part.size])
            found |= {f"{name}_{k}": value for name, value in own.items()}
            first += part.size
    except DomainError:
        product.reference.standard_from_natural(theta)  # says it of the whole
        raise
    return found
