"""A caller's objective, evaluated on some rows of a batch, its gradient in the coordinates that a rule wants."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import DomainError

__all__ = ["Evaluator"]

Rows = NDArray[Any]
Index = NDArray[np.intp]


class Evaluator:
    """Calls ``objective(theta)``, or ``objective(theta, rows)`` where it takes `rows`, and checks what comes back.

    `sign` is -1 for minimisation: values and gradients leave here as those of something to maximise. `evaluations`
    counts, for each row, the calls made for it.
    """

    def __init__(
        self, objective: Callable[..., Any], family: Any, batch: tuple[int, ...], gradient_in: str, sign: float
    ) -> None:
        self.objective = objective
        self.family = family
        self.batch = batch
        self.sign = sign
        self.wanted = gradient_in
        self.given = getattr(objective, "gradient_in", "natural")
        if self.given not in ("natural", "mean"):
            raise ValueError(f"objective.gradient_in must be 'natural' or 'mean', got {self.given!r}")
        self.takes_rows = "rows" in inspect.signature(objective).parameters
        self.evaluations = np.zeros(int(np.prod(batch, dtype=np.int64)), dtype=np.int64)

    def __call__(self, points: Rows, index: Index, everyone: Rows) -> tuple[Rows, Rows]:
        """Values (k,) and gradients (k, size) of the rows `index` at `points` (k, size).

        An objective that does not take `rows` is given `everyone` (rows, size) with these rows replaced.
        """
        self.evaluations[index] += 1
        if self.takes_rows:
            return self._checked(self.objective(points, index), index.size)
        full = everyone.copy()
        full[index] = points
        values, gradients = self._checked(self.objective(full.reshape((*self.batch, self.family.size))), len(full))
        return values[index], gradients[index]

    def trial(self, points: Rows, index: Index, everyone: Rows) -> tuple[Rows, Rows]:
        """As a call, for candidates: a single problem that cannot be evaluated there counts as -inf, to be shrunk."""
        try:
            return self(points, index, everyone)
        except DomainError:
            if len(everyone) > 1:  # which row it was is not known
                raise
            return np.full(1, -np.inf), np.zeros_like(points)

    def direction(self, points: Rows, gradients: Rows) -> Rows:
        """The gradients in the coordinates the rule wants: grad_theta = F grad_mu."""
        if self.given == self.wanted:
            return gradients
        convert = self.family.fisher_solve if self.wanted == "mean" else self.family.fisher_multiply
        return np.asarray(convert(points, gradients))

    def _checked(self, answer: Any, rows: int) -> tuple[Rows, Rows]:
        if not (isinstance(answer, tuple) and len(answer) == 2):
            raise TypeError(f"an objective returns (value, gradient), got {type(answer).__name__}")
        value, gradient = np.asarray(answer[0], dtype=np.float64), np.asarray(answer[1])
        size = self.family.size
        if value.size != rows or gradient.size != rows * size or gradient.shape[-1:] != (size,):
            raise ValueError(
                f"objective returned a value of shape {value.shape} and a gradient of shape {gradient.shape}; "
                f"{rows} values and {rows} gradients of {size} coordinates are needed"
            )
        return self.sign * value.reshape(rows), self.sign * gradient.reshape(rows, size)
