"""A caller's objective, evaluated on some rows of a batch, its gradient in the coordinates that a rule wants."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._isolate import isolate

__all__ = ["Evaluator", "broadcast_problems", "converted"]

Rows = NDArray[Any]
Index = NDArray[np.intp]


def broadcast_problems(operation: str, objective: Any, batch: tuple[int, ...]) -> tuple[int, ...]:
    """The batch of a run: that of the start and the objective's own `batch_shape`, if it has one, broadcast."""
    problems = tuple(getattr(objective, "batch_shape", ()))
    try:
        return np.broadcast_shapes(batch, problems)
    except ValueError:
        raise ValueError(
            f"{operation}: the batch axes of theta {batch} do not broadcast with those of the objective {problems}"
        ) from None


class Evaluator:
    """Calls ``objective(theta)``, or ``objective(theta, rows)`` where it takes `rows`, and checks what comes back.

    `sign` is -1 for minimisation: values and gradients leave here as those of something to maximise. `evaluations`
    counts, for each row, the calls made for it.
    """

    def __init__(
        self,
        operation: str,
        objective: Callable[..., Any],
        family: Any,
        batch: tuple[int, ...],
        gradient_in: str,
        sign: float,
    ) -> None:
        self.operation = operation
        self.objective = objective
        self.family = family
        self.batch = batch
        self.sign = sign
        self.wanted = gradient_in
        self.given = getattr(objective, "gradient_in", "natural")
        if self.given not in ("natural", "mean"):
            raise ValueError(f"{operation}: objective.gradient_in must be 'natural' or 'mean', got {self.given!r}")
        self.takes_rows = _takes_rows(objective)
        rows = int(np.prod(batch, dtype=np.int64))
        self.evaluations = np.zeros(rows, dtype=np.int64)
        # Which of the objective's problems each row of the run is.
        problems = tuple(getattr(objective, "batch_shape", batch))
        numbers = np.arange(int(np.prod(problems, dtype=np.int64))).reshape(problems)
        self.problems = np.broadcast_to(numbers, batch).reshape(rows)

    def __call__(self, points: Rows, index: Index, everyone: Rows) -> tuple[Rows, Rows]:
        """Values (k,) and gradients (k, size), as given, of the rows `index` at `points` (k, size).

        An objective that does not take `rows` is given `everyone` (rows, size) with these rows replaced.
        """
        self.evaluations[index] += 1
        if self.takes_rows:
            return self._checked(self.objective(points, self.problems[index]), index.size)
        full = everyone.copy()
        full[index] = points
        values, gradients = self._checked(self.objective(full.reshape((*self.batch, self.family.size))), len(full))
        return values[index], gradients[index]

    def trial(self, points: Rows, index: Index, everyone: Rows) -> tuple[Rows, Rows]:
        """As a call, for candidates: a problem that cannot be evaluated there counts as -inf, to be shrunk.

        In a batch only if the objective takes `rows`: else its DomainError passes through.
        """
        if not (self.takes_rows or len(everyone) == 1):  # which row it was would not be known
            return self(points, index, everyone)

        def call(some: Rows, which: Index) -> tuple[Rows, Rows]:
            return self(some, which, everyone)

        def failed(some: Rows, which: Index) -> tuple[Rows, Rows]:
            return np.full(1, -np.inf), np.zeros_like(some)

        values, gradients = isolate(call, failed, points, index)
        return values, gradients

    def directions(self, points: Rows, gradients: Rows) -> Rows:
        """The gradients in the coordinates the rule wants: grad_theta = F grad_mu; NaN where that overflows."""
        if self.given == self.wanted:
            return gradients
        convert = self.family.fisher_solve if self.wanted == "mean" else self.family.fisher_multiply
        return converted(convert, points, gradients)

    def _checked(self, answer: Any, rows: int) -> tuple[Rows, Rows]:
        if not (isinstance(answer, tuple) and len(answer) == 2):
            raise TypeError(f"{self.operation}: objective must return (value, gradient), got {type(answer).__name__}")
        value, gradient = (self._numbers(part, name) for part, name in zip(answer, ("value", "gradient"), strict=True))
        size = self.family.size
        if value.size != rows or gradient.size != rows * size or gradient.shape[-1:] != (size,):
            raise ValueError(
                f"{self.operation}: objective returned a value of shape {value.shape} and a gradient of shape "
                f"{gradient.shape}; {rows} values and {rows} gradients of {size} coordinates are needed"
            )
        value = value.astype(np.float64, copy=False)
        return self.sign * value.reshape(rows), self.sign * gradient.reshape(rows, size)

    def _numbers(self, part: Any, name: str) -> Rows:
        try:
            array = np.asarray(part)
        except ValueError:
            raise ValueError(
                f"{self.operation}: objective's {name} is not an array of numbers with one shape"
            ) from None
        if array.dtype.kind not in "fiub":
            raise TypeError(f"{self.operation}: objective's {name} must hold real numbers, got dtype {array.dtype}")
        return array if array.dtype.kind == "f" else array.astype(np.float64)


def converted(operation: Callable[..., Any], points: Rows, vectors: Rows) -> Rows:
    """``operation(points, vectors)``, such as `fisher_multiply`; NaN in the rows for which it has no finite answer."""
    (found,) = isolate(
        lambda point, vector: (np.asarray(operation(point, vector)),),
        lambda point, vector: (np.full_like(vector, np.nan),),
        points,
        vectors,
    )
    return found


def _takes_rows(objective: Callable[..., Any]) -> bool:
    try:
        return "rows" in inspect.signature(objective).parameters
    except ValueError:  # some builtins have no signature
        return False
