"""Bayesian linear regression with known noise variance."""

from __future__ import annotations

from .glm import BayesianGLM

__all__ = ["BayesianLinearRegression"]


class BayesianLinearRegression(BayesianGLM, likelihood="gaussian"):
    """Linear regression y ~ N(x^T w + b, noise_variance): the posterior is exact, `elbo_` the log evidence.

    Parameters and attributes as in `BayesianGLM`.
    """
