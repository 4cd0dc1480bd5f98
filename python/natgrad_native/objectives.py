"""Objectives with known gradients: maximum likelihood, and the evidence lower bound of a generalised linear model.

An objective is a callable theta -> (value, gradient) in nats, with an attribute `gradient_in` = "natural" or "mean".
"""

from __future__ import annotations

from typing import Any

from . import families
from .reference import objectives as reference
from .reference.arrays import Rows
from .reference.likelihood import Likelihood
from .reference.objectives import LogLikelihood

__all__ = ["GeneralizedLinearELBO", "LogLikelihood"]


class GeneralizedLinearELBO(reference.GeneralizedLinearELBO):  # noqa: D101  (the docstring is the reference's)
    __doc__ = reference.GeneralizedLinearELBO.__doc__

    def _make_family(self, dimension: int) -> Any:
        return families.CLASSES["MultivariateNormal"](dimension)

    def _data_pass(self, mean: Rows, root: Rows) -> tuple[float, Rows, Rows]:
        return _glm_pass(self.likelihood, self.X, self.y, self.sample_weight, self.fit_intercept, mean, root)


def _glm_pass(
    likelihood: Likelihood, X: Rows, y: Rows, sample_weight: Rows, fit_intercept: bool, mean: Rows, root: Rows
) -> tuple[float, Rows, Rows]:
    """One read of the data; see `reference.objectives.glm_pass` for what goes in and out."""
    return reference.glm_pass(likelihood, X, y, sample_weight, fit_intercept, mean, root)
