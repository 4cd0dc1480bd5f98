"""Fit one Bayesian generalised linear model by several update rules from the same start."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import natgrad_native as ng

from ..reference.likelihood import Likelihood
from .cost import fisher_cost
from .data import Problem
from .equivalence import measure_equivalence
from .failure import CommandError
from .held_out import held_out_score, score_name
from .results import Comparison, Equivalence, Floats, RuleRun

__all__ = ["compare"]

# The two rules that are one (Raskutti & Mukherjee 2015); the equivalence is measured when both are compared.
_DUAL_PAIR = ("natural_gradient", "mirror_descent")


def compare(
    problem: Problem,
    likelihood: Likelihood,
    rules: Sequence[str],
    *,
    likelihood_name: str,
    prior_precision: float = 1.0,
    max_iter: int = 1000,
    progress: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> Comparison:
    """Fit the full-Gaussian posterior by each rule, from the same start, with backtracking steps.

    `say` receives a line before each longer stage. Errors of the library (`DomainError`, `ValueError`) pass
    through; `CommandError` where not even the start has a finite ELBO.
    """
    objective = ng.objectives.GeneralizedLinearELBO(problem.X, problem.y, likelihood, prior_precision=prior_precision)
    family = objective.family
    start = _start(family)
    # Also warms every path of the evaluation, so that the first rule is not charged for it.
    start_elbo = float(objective(start)[0])
    if not np.isfinite(start_elbo):
        raise CommandError(
            f"the ELBO at the start is {start_elbo}, beyond the range of floats: the target {problem.target!r} is too "
            "large for this likelihood; scale it down"
        )
    runs, traces, ends = [], {}, {}
    for rule in rules:
        say(f"fitting by {rule}")
        result, seconds, passes = _fit(objective, family, start, rule, max_iter, progress)
        run = _run(rule, result, start_elbo, seconds, passes)
        run.held_out = held_out_score(family, result.x, problem, likelihood)
        runs.append(run)
        ends[run.elbo] = result.x
        traces[rule] = np.atleast_1d(np.asarray(result.trace["step_size"], dtype=np.float64))
    polished = _polish(objective, family, ends)
    equivalence: Equivalence | None = None
    if set(_DUAL_PAIR) <= set(rules):
        say("measuring natural gradient against mirror descent")
        equivalence = measure_equivalence(objective, family, start, traces["mirror_descent"])
    comparison = Comparison(
        source=problem.source,
        target=problem.target,
        target_note=problem.target_note,
        likelihood=likelihood_name,
        rows=problem.y.size,
        held_out_rows=problem.y_test.size,
        columns=problem.X.shape[1],
        weights=int(family.dimension),
        size=int(family.size),
        score_name=score_name(likelihood),
        start_elbo=start_elbo,
        runs=runs,
        equivalence=equivalence,
        cost=fisher_cost(objective, family, start),
        polished_elbo=polished,
    )
    for run in runs:
        run.gap = comparison.best_elbo - run.elbo
    return comparison


def _start(family: Any) -> Floats:
    """Weights N(0, I/D), so that with standardised columns every predictor eta starts with a variance of about 1.

    Not the prior: its wide intercept (variance 100) makes a Poisson rate E exp(eta) = exp(50), and one step from there
    leaves a posterior narrower than the spacing of floats.
    """
    dimension = family.dimension
    return np.asarray(
        family.natural_from_standard(mean=np.zeros(dimension), covariance=np.eye(dimension) / dimension),
        dtype=np.float64,
    )


def _polish(objective: Any, family: Any, ends: dict[float, Floats]) -> float:
    """The ELBO that mirror descent reaches from the best end without a tolerance: the gaps are measured to it."""
    finite = [elbo for elbo in ends if np.isfinite(elbo)]
    if not finite:
        return -np.inf
    result = ng.maximize(objective, family, ends[max(finite)], rule="mirror_descent", tol=0.0, max_iter=100)
    return float(result.fun)


def _fit(
    objective: Any, family: Any, start: Floats, rule: str, max_iter: int, progress: bool
) -> tuple[Any, float, int]:
    before = objective.passes
    begin = time.perf_counter()
    result = ng.maximize(
        objective, family, start, rule=rule, step_size="backtracking", max_iter=max_iter, progress=progress
    )
    return result, time.perf_counter() - begin, int(objective.passes - before)


def _run(rule: str, result: Any, start_elbo: float, seconds: float, passes: int) -> RuleRun:
    trace = {key: np.asarray(value, dtype=np.float64) for key, value in result.trace.items()}
    steps = trace["step_size"][trace["step_size"] > 0]
    return RuleRun(
        rule=rule,
        step_size_median=float(np.median(steps)) if steps.size else None,
        step_size_min=float(steps.min()) if steps.size else None,
        step_size_max=float(steps.max()) if steps.size else None,
        iterations=int(result.nit),
        passes=passes,
        elbo=float(result.fun),
        seconds=seconds,
        held_out=None,
        success=bool(result.success),
        message=str(result.message),
        curve_elbo=np.append(start_elbo, trace["fun"]),
        curve_passes=np.append(1.0, trace["evaluations"]),
        curve_seconds=np.append(0.0, trace["seconds"]),
    )
