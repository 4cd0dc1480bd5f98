"""Bayesian Poisson regression."""

from __future__ import annotations

from typing import Any

from .glm import BayesianGLM

__all__ = ["BayesianPoissonRegressor"]


class BayesianPoissonRegressor(BayesianGLM, likelihood="poisson"):
    """Poisson regression y ~ Poisson(exp(x^T w + b)) of counts y = 0, 1, 2, ...

    Parameters and attributes as in `BayesianGLM`.
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = True
        return tags
