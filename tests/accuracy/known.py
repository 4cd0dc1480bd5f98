"""A family that answers at its stored points with what mpmath found there."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
from judge import floats, gradient, natural_from_standard, observation
from natgrad_native.reference import symmetric
from numpy.typing import NDArray

Array = NDArray[Any]


class Known:
    """The judge where its answers are stored, the reference elsewhere, where only scales of errors need values.

    It takes the place of the family in `tolerances.error`, which then judges by the stored truth.
    """

    def __init__(self, twin: Any, part: dict[str, Array], rows: int) -> None:
        self.twin = twin
        self.part = {name: value[:rows] if value.ndim else value for name, value in part.items()}
        self.part.setdefault("centred", self.part["mean"])
        self.theta = self.part["theta"]
        self.full_fisher = symmetric.unpack(self.part["fisher"], twin.size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.twin, name)

    def at(self, mask: Array) -> Known:
        """The same, of some rows."""
        part = {name: value[mask] if value.ndim else value for name, value in self.part.items()}
        return Known(self.twin, part, len(self.theta))

    def _here(self, theta: Array) -> bool:
        return theta.shape == self.theta.shape and bool(np.array_equal(theta, self.theta))

    # --- what the judge knows at the stored points ---

    def mean_from_natural(self, theta: Array) -> Array:
        return self.part["mean"] if self._here(theta) else self.twin.mean_from_natural(theta)

    def natural_from_mean(self, mu: Array, return_info: bool = False) -> tuple[Array, None]:
        """Theta of the unrounded mean: good enough for the scale that asks."""
        return self.theta, None

    def fisher(self, theta: Array) -> Array:
        return self.full_fisher if self._here(theta) else self.twin.fisher(theta)

    def fisher_multiply(self, theta: Array, v: Array) -> Array:
        """F v from the stored F, summed in long double: rounding of the entries is all its error."""
        if not self._here(theta):
            return np.asarray(self.twin.fisher_multiply(theta, v))
        product = self.full_fisher.astype(np.longdouble) * v[:, None, :].astype(np.longdouble)
        return np.asarray(product.sum(axis=-1), dtype=np.float64)

    # --- what it finds while the tests run ---

    def image(self, theta: Array, *, centred: bool) -> Array:
        """Grad A at any points, or its centred form."""
        answer = np.full(theta.shape, np.nan)
        for row, point in enumerate(theta):
            if np.isfinite(point).all() and self.twin.in_natural_domain(point):
                mean = gradient(self.twin, point)
                with mpmath.workdps(120):
                    answer[row] = floats(self.twin.mp_centred_from_mean(mean) if centred else mean)
        return answer

    def natural(self, flat: Array) -> tuple[Array, Array]:
        """Theta and its scale from standard parameters (rows, count)."""
        found = [[floats(part) for part in natural_from_standard(self.twin, row)] for row in flat]
        return np.array([theta for theta, _ in found]), np.array([scale for _, scale in found])

    def of_observations(self, statement: str) -> Array:
        """T(x) or log h(x) of the stored observations."""
        with mpmath.workdps(60):
            found = [getattr(self.twin, f"mp_{statement}")(observation(x)) for x in self.part["observation"]]
            return np.array(
                [floats(value) if statement == "sufficient_statistics" else float(value) for value in found]
            )
