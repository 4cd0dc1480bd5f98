"""The Fisher-Rao distance."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .. import arrays
from .checked import require_in_range, restored
from .family_like import Array, FamilyLike, operation_name, require_natural


class Distances:
    """Distances in the metric of the Fisher information."""

    __slots__ = ()

    def fisher_rao_distance(self: FamilyLike, theta_a: ArrayLike, theta_b: ArrayLike) -> Array:
        """The length of the shortest curve between two points under the metric F, (..., size) twice -> (...).

        It is the same in all coordinates, in sqrt(nats): sqrt(2 KL) for close points. In closed form where F has one
        coordinate and an elementary root, for the Normal, LogNormal and SoftplusNormal, isotropic, diagonal or of known
        covariance, InverseGaussian, Categorical, Multinomial, NegativeMultinomial, ComplexNormal, and combinations of
        all these (Atkinson & Mitchell 1981; Oller & Cuadras 1985; Costa, Santos & Strapasson 2015; Miyamoto et al.
        2024); accurate also where the points almost coincide. Raises NotImplementedError for any other family,
        DomainError for points outside the natural domain.
        """
        operation = operation_name(self, "fisher_rao_distance")
        given = {"theta_a": theta_a, "theta_b": theta_b}
        points = [arrays.operand(value, (self.size,), operation, name) for name, value in given.items()]
        batch, (a, b) = arrays.broadcast_rows(operation, points)
        require_natural(self, operation, a, "theta_a")
        require_natural(self, operation, b, "theta_b")
        with np.errstate(all="ignore"):
            found = self._statements._fisher_rao_distance(a, b)
        if found is None:
            raise NotImplementedError(f"{operation}: the distance between points of {self!r} has no closed form")
        require_in_range(operation, ~np.isnan(found))
        return restored(found, batch, arrays.result_dtype(points))
