"""Maximise or minimise a function over an exponential family by one of the update rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import OptimizeResult

from . import families, reference
from ._backtracking import Backtracking
from ._evaluate import Evaluator, broadcast_problems
from ._loop import CONVERGED, MESSAGES, RUNNING, Run
from ._progress import progress_bar
from ._rules import find_rule
from ._steps import STEP_SIZES, Given, Problem, StepSize, checked_step_size
from .errors import DomainError

__all__ = ["maximize", "minimize"]

Objective = Callable[..., tuple[Any, Any]]
Callback = Callable[[OptimizeResult], bool | None]


def maximize(
    objective: Objective,
    family: Any,
    theta: ArrayLike,
    *,
    rule: str = "mirror_descent",
    step_size: float | str | Callable[[int], float] = "backtracking",
    tol: float = 1e-8,
    max_iter: int = 1000,
    callback: Callback | None = None,
    progress: bool = False,
    return_iterates: bool = False,
) -> OptimizeResult:
    """Maximise L(theta) over the natural parameters of a family; each row of a batch is a problem of its own.

    Args:
        objective: theta -> (value, gradient) in nats, shapes (...) and (..., size). Its attribute `gradient_in` =
            "natural" (default) or "mean" tells the coordinates of the gradient; it is converted with F where the rule
            wants the other ones. Its attribute `batch_shape`, if it has one, is the shape of its problems, with which
            the start is broadcast. If it takes an argument `rows`, it is called as ``objective(theta, rows)`` with
            theta (k, size) and the indices (k,), in the flattened batch, of the problems still running. Its attribute
            `value_name` is what the progress bar calls the value.
        family: a family, native or reference.
        theta: start, (..., size), inside the natural domain; it is not changed.
        rule: name of an update rule.
        step_size: a number, a schedule t -> beta with t = 1, 2, ..., or "backtracking": try the step that the
            curvature along the last steps suggests (Barzilai & Borwein 1988, in the rule's metric; the first is 1, for
            gradient descent <g, g> / <g, F g>), and shorten it until the candidate is in the domain and L increases by
            a share of KL / beta (gradient descent: of <g, step>). The objective never falls then. A given step is
            shortened only where it would leave the domain; the trace holds the step used.
        tol: stop when KL(theta_new || theta_old) in nats is below this. With "backtracking" a short step is not
            enough: the KL of a full natural-gradient step must be below it too. A search that finds no step has
            converged if the KL of a full one is below `tol`, or if the gain left is below the rounding of the
            objective, 1e4 eps |L|, or below some times what the rounding of theta itself costs.
        max_iter: the most iterations.
        callback: called after each iteration with an OptimizeResult (x, fun, nit, step_size, kl); returning True stops.
        progress: show a progress bar (needs tqdm).
        return_iterates: keep all iterates as `iterates`, shape (nit + 1, ..., size).

    Returns:
        OptimizeResult with x, mean (mean parameters of x), fun, nit, nfev, success, status, message, and trace: a
        dict of arrays with one entry per iteration: fun, step_size, kl, evaluations (so far), each (iterations, ...),
        and seconds (iterations,). In a batch fun, nit, nfev, success, status have shape (...).

        Status 0: converged. 1: max_iter. 2: stopped by the callback. 3: the objective, its gradient, or the direction
        found from it is not finite (x is the last good point). 4: no step increases the objective, and its gradient
        does not account for that: the gradient is wrong, or lost in rounding. 5: the step became too small: shorter and
        shorter steps left the domain, overshot as the gradient says they must, or gained less than rounding; the usual
        end of gradient descent where the scales of the coordinates differ too much.

    Raises:
        DomainError for a start outside the domain, ValueError or TypeError for arguments that do not fit. What the
        objective raises passes through, but for a DomainError at a candidate, which is a reason to shorten
        the step (in a batch, only of an objective that takes `rows`).
    """
    return _run(1.0, objective, family, theta, rule, step_size, tol, max_iter, callback, progress, return_iterates)


def minimize(
    objective: Objective,
    family: Any,
    theta: ArrayLike,
    *,
    rule: str = "mirror_descent",
    step_size: float | str | Callable[[int], float] = "backtracking",
    tol: float = 1e-8,
    max_iter: int = 1000,
    callback: Callback | None = None,
    progress: bool = False,
    return_iterates: bool = False,
) -> OptimizeResult:
    """Minimise a function over a family: `maximize` of its negative, with `fun` in the sign of `objective`."""
    return _run(-1.0, objective, family, theta, rule, step_size, tol, max_iter, callback, progress, return_iterates)


def _run(
    sign: float,
    objective: Objective,
    family: Any,
    theta: ArrayLike,
    rule: str,
    step_size: float | str | Callable[[int], float],
    tol: float,
    max_iter: int,
    callback: Callback | None,
    progress: bool,
    return_iterates: bool,
) -> OptimizeResult:
    operation = "maximize" if sign > 0 else "minimize"
    _check_arguments(operation, objective, family, tol, max_iter, callback)
    steps = _step_size(operation, step_size)
    chosen = find_rule(operation, family, rule)
    start, batch = _start(operation, objective, family, theta)
    evaluate = Evaluator(operation, objective, family, batch, chosen.gradient_in, sign)
    values, gradients = evaluate(start, np.arange(len(start)), start)
    directions = np.full_like(gradients, np.nan)
    usable = np.isfinite(gradients).all(axis=-1)
    directions[usable] = evaluate.directions(start[usable], gradients[usable])
    run = Run(Problem(family, chosen, evaluate, start, values, directions), steps, float(tol))
    iterates = [start.copy()] if return_iterates else None
    with progress_bar(progress, max_iter, rule, getattr(objective, "value_name", "objective")) as bar:

        def watch(iteration: int) -> bool:
            bar.update(fun=run.trace["fun"][-1], running=int((run.status == RUNNING).sum()))
            if iterates is not None:
                iterates.append(run.problem.points.copy())
            return callback is not None and bool(callback(_state(run, batch)))

        run.advance(int(max_iter), watch)
    result = _result(run, batch)
    if iterates is not None:
        result.iterates = np.stack(iterates).reshape((len(iterates), *batch, family.size))
    return result


def _check_arguments(operation: str, objective: Any, family: Any, tol: Any, max_iter: Any, callback: Any) -> None:
    if not callable(objective):
        raise TypeError(
            f"{operation}: objective must be a callable theta -> (value, gradient), got {type(objective).__name__}"
        )
    if not isinstance(family, (families.Family, reference.Family)):
        got = f"the class {family.__name__}" if isinstance(family, type) else type(family).__name__
        raise TypeError(f"{operation}: family must be an instance such as natgrad_native.Gamma(), got {got}")
    if isinstance(tol, bool) or not isinstance(tol, (int, float, np.integer, np.floating)):
        raise TypeError(f"{operation}: tol must be a number >= 0, got {tol!r}")
    if not (np.isfinite(tol) and tol >= 0):
        raise ValueError(f"{operation}: tol must be finite and >= 0, got {tol!r}")
    if isinstance(max_iter, bool) or not isinstance(max_iter, (int, np.integer)) or max_iter < 0:
        raise ValueError(f"{operation}: max_iter must be an integer >= 0, got {max_iter!r}")
    if callback is not None and not callable(callback):
        raise TypeError(f"{operation}: callback must be callable or None, got {type(callback).__name__}")


def _start(operation: str, objective: Any, family: Any, theta: ArrayLike) -> tuple[NDArray[Any], tuple[int, ...]]:
    """The start as fresh rows (rows, size), and the batch shape of the run."""
    try:
        mean = family.mean_from_natural(theta)  # checks dtype, shape and domain
    except DomainError as error:
        raise DomainError(f"{operation}: theta {str(error).partition(': ')[2]}") from None
    except (TypeError, ValueError) as error:
        raise type(error)(f"{operation}: {str(error).partition(': ')[2] or error}") from None
    batch = broadcast_problems(operation, objective, mean.shape[:-1])
    start = np.broadcast_to(np.asarray(theta, dtype=mean.dtype), (*batch, family.size))
    return start.reshape((int(np.prod(batch)), family.size)).copy(), batch


def _step_size(operation: str, step_size: float | str | Callable[[int], float]) -> StepSize:
    if isinstance(step_size, str):
        if step_size != "backtracking":
            raise ValueError(f"{operation}: step_size must be {STEP_SIZES}, got {step_size!r}")
        return Backtracking()
    if callable(step_size):
        return Given(operation, step_size)
    number = checked_step_size(operation, step_size)
    return Given(operation, lambda iteration: number)


def _shaped(values: NDArray[Any], batch: tuple[int, ...]) -> Any:
    """One value per row in the batch's shape; a Python scalar for a single problem."""
    return values.reshape(batch).copy() if batch else values[0].item()


def _state(run: Run, batch: tuple[int, ...]) -> OptimizeResult:
    """What a callback is shown."""
    return OptimizeResult(
        x=run.problem.points.reshape((*batch, run.problem.family.size)).copy(),
        fun=_shaped(run.trace["fun"][-1], batch),
        nit=_shaped(run.iterations, batch),
        step_size=_shaped(run.trace["step_size"][-1], batch),
        kl=_shaped(run.trace["kl"][-1], batch),
    )


def _result(run: Run, batch: tuple[int, ...]) -> OptimizeResult:
    problem, count = run.problem, len(run.trace["fun"])
    x = problem.points.reshape((*batch, problem.family.size))
    per_row = {name: np.asarray(run.trace[name]) for name in ("fun", "step_size", "kl", "evaluations")}
    trace = {name: values.reshape((count, *batch)) for name, values in per_row.items()}
    return OptimizeResult(
        x=x,
        mean=problem.family.mean_from_natural(x),
        fun=_shaped(problem.evaluate.sign * problem.values, batch),
        nit=_shaped(run.iterations, batch),
        nfev=_shaped(problem.evaluate.evaluations, batch),
        success=_shaped(run.status == CONVERGED, batch),
        status=_shaped(run.status, batch),
        message=_message(run.status, bool(batch)),
        trace={**trace, "seconds": np.asarray(run.trace["seconds"], dtype=np.float64)},
    )


def _message(status: NDArray[np.int64], batched: bool) -> str:
    codes, counts = np.unique(status, return_counts=True)
    if not batched:
        return MESSAGES[int(codes[0])]
    return "; ".join(
        f"{count} of {status.size} rows {MESSAGES[int(code)]}" for code, count in zip(codes, counts, strict=True)
    )
