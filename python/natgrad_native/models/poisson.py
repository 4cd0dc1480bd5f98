"""Bayesian Poisson regression."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy.typing import ArrayLike

from .glm import BayesianGLM

__all__ = ["BayesianPoissonRegressor"]


class BayesianPoissonRegressor(BayesianGLM):
    """Poisson regression y ~ Poisson(exp(x^T w + b)) of counts y = 0, 1, 2, ...

    Parameters and attributes as in `BayesianGLM`.
    """

    likelihood = "poisson"

    def __init__(
        self,
        *,
        prior_precision: ArrayLike = 1.0,
        intercept_prior_precision: float = 1e-2,
        fit_intercept: bool = True,
        rule: str = "mirror_descent",
        step_size: float | str | Callable[[int], float] = "backtracking",
        tol: float = 1e-8,
        max_iter: int = 100,
        start: str | ArrayLike = "curvature",
        progress: bool = False,
    ) -> None:
        self.prior_precision = prior_precision
        self.intercept_prior_precision = intercept_prior_precision
        self.fit_intercept = fit_intercept
        self.rule = rule
        self.step_size = step_size
        self.tol = tol
        self.max_iter = max_iter
        self.start = start
        self.progress = progress

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = True
        return tags
