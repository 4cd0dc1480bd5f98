"""Bayesian linear regression with known noise variance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy.typing import ArrayLike

from .glm import BayesianGLM

__all__ = ["BayesianLinearRegression"]


class BayesianLinearRegression(BayesianGLM):
    """Linear regression y ~ N(x^T w + b, noise_variance): the posterior is exact, `elbo_` the log evidence.

    Parameters and attributes as in `BayesianGLM`.
    """

    likelihood = "gaussian"

    def __init__(
        self,
        *,
        noise_variance: float = 1.0,
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
        self.noise_variance = noise_variance
        self.prior_precision = prior_precision
        self.intercept_prior_precision = intercept_prior_precision
        self.fit_intercept = fit_intercept
        self.rule = rule
        self.step_size = step_size
        self.tol = tol
        self.max_iter = max_iter
        self.start = start
        self.progress = progress

    def _likelihood_parameters(self) -> dict[str, Any]:
        return {"noise_variance": self.noise_variance}
