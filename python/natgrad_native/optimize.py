"""Maximise or minimise a function over an exponential family by one of the update rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import OptimizeResult

from ._evaluate import Evaluator
from ._loop import CONVERGED, MESSAGES, RUNNING, Run
from ._progress import progress_bar
from ._rules import find_rule
from ._steps import Backtracking, Given, Problem, StepSize

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
            "natural" (default) or
            "mean" tells the coordinates of the gradient; it is converted with F where the rule wants the other ones.
            If it takes an argument `rows`, it is called as ``objective(theta, rows)`` with theta (k, size) and the
            indices (k,) of the problems still running.
        family: a family, native or reference.
        theta: start, (..., size), inside the natural domain; it is not changed.
        rule: name of an update rule.
        step_size: a number, a schedule t -> beta with t = 1, 2, ..., or "backtracking": from the last step enlarged,
            shrink until the
            candidate is in the domain and L increases by a share of KL / beta (gradient descent: of <g, step>). The
            objective never falls then. A given step is shortened only where it would leave the domain; the trace
            holds the step used.
        tol: stop when KL(theta_new || theta_old) in nats is below this. With "backtracking" a short step is not
            enough: the KL of a full
            natural-gradient step must be below it too. It also stops when the increase still possible is below
            rounding.
        max_iter: the most iterations.
        callback: called after each iteration with an OptimizeResult (x, fun, nit, step_size, kl); returning True stops.
        progress: show a progress bar (needs tqdm).
        return_iterates: keep all iterates as `iterates`, shape (nit + 1, ..., size).

    Returns:
        OptimizeResult with x, mean (mean parameters of x), fun, nit, nfev, success, status, message, and trace: a
        dict of arrays with one entry
        per iteration: fun, step_size, kl, evaluations (so far), each (iterations, ...), and seconds (iterations,). In
            a batch fun, nit, nfev, success, status have shape (...). Status 0: converged, 1: max_iter, 2: stopped by
            the callback, 3: objective or gradient not finite (x is the last good point), 4: no step increases the
            objective.

    Raises:
        DomainError for a start outside the domain, ValueError or TypeError for arguments that do not fit.
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
    if not (np.isfinite(tol) and tol >= 0):
        raise ValueError(f"tol must be finite and >= 0, got {tol!r}")
    if isinstance(max_iter, bool) or not isinstance(max_iter, (int, np.integer)) or max_iter < 0:
        raise ValueError(f"max_iter must be an integer >= 0, got {max_iter!r}")
    steps = _step_size(step_size)
    chosen = find_rule(family, rule)
    mean = family.mean_from_natural(theta)  # checks dtype, shape and domain of the start
    batch = mean.shape[:-1]
    start = np.array(theta, dtype=mean.dtype).reshape((int(np.prod(batch)), family.size))
    evaluate = Evaluator(objective, family, batch, chosen.gradient_in, sign)
    values, gradients = evaluate(start, np.arange(len(start)), start)
    run = Run(Problem(family, chosen, evaluate, start, values, gradients), steps, tol)
    iterates = [start.copy()] if return_iterates else None
    with progress_bar(progress, max_iter, rule) as bar:

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


def _step_size(step_size: float | str | Callable[[int], float]) -> StepSize:
    if isinstance(step_size, str):
        if step_size != "backtracking":
            raise ValueError(f"step_size must be a number, a schedule or 'backtracking', got {step_size!r}")
        return Backtracking()
    if callable(step_size):
        return Given(step_size)
    number = float(step_size)
    if not (np.isfinite(number) and number > 0):
        raise ValueError(f"step_size must be finite and > 0, got {step_size!r}")
    return Given(lambda iteration: number)


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
