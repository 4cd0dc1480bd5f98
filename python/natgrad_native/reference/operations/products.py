"""The normalised product of two densities of a family."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ...errors import DomainError
from .. import arrays
from ..arrays import Rows
from .checked import restored
from .family_like import Array, FamilyLike, operation_name, require_natural


class Products:
    """The product, written once over families that run anywhere."""

    __slots__ = ()

    def product(self: FamilyLike, theta_a: ArrayLike, theta_b: ArrayLike) -> Array:
        """Theta of the density in proportion to p(x | theta_a) p(x | theta_b): (..., size) twice -> (..., size).

        h(x)^2 exp<theta_a + theta_b, T(x)> is of the family where log h = <c, T> + constant; then theta = theta_a +
        theta_b + c. Raises DomainError where log h is not affine in T, where a point is outside the natural domain,
        and where the product is not proper, that is has no finite integral, naming the first such row.
        """
        operation = operation_name(self, "product")
        slope = self._statements._log_base_measure_slope
        if slope is None:
            raise DomainError(f"{operation}: log h(x) is not affine in T(x), a product of densities leaves the family")
        given = {"theta_a": theta_a, "theta_b": theta_b}
        points = [arrays.operand(value, (self.size,), operation, name) for name, value in given.items()]
        batch, (a, b) = arrays.broadcast_rows(operation, points)
        require_natural(self, operation, a, "theta_a")
        require_natural(self, operation, b, "theta_b")
        dtype = arrays.result_dtype(points)
        with np.errstate(over="ignore"):
            found = restored(_sum_of_three(a, b, slope), batch, dtype)
        require_natural(self, operation, found.reshape(a.shape), "the product is not proper")
        return found


def _sum_of_three(a: Rows, b: Rows, c: Rows) -> Rows:
    """A + b + c with the rounding of a + b put back (Knuth 1998, section 4.2.2, theorem B): c may cancel most of it."""
    whole = a + b
    share = whole - a
    rest = (a - (whole - share)) + (b - share)
    return np.asarray((whole + c) + np.where(np.isfinite(rest), rest, 0.0))
