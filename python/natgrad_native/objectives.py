"""Objectives with known gradients: maximum likelihood, and the evidence lower bound of a generalised linear model.

An objective is a callable theta -> (value, gradient) in nats, with an attribute `gradient_in` = "natural" or "mean".
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg.lapack import dpotrf, dtrtri

from . import _registry, families
from ._native import core
from .reference import objectives as reference
from .reference.arrays import Rows
from .reference.objectives import LogLikelihood

__all__ = ["GeneralizedLinearELBO", "LogLikelihood"]


class GeneralizedLinearELBO(reference.GeneralizedLinearELBO):  # noqa: D101  (the docstring is the reference's)
    __doc__ = reference.GeneralizedLinearELBO.__doc__

    def _make_family(self, dimension: int) -> Any:
        return families.CLASSES["MultivariateNormal"](dimension)

    def _inverse_root(self, precision: Rows) -> Rows:
        # Through SciPy's LAPACK, as the core: NumPy's own would bring the threads of a second BLAS.
        factor, status = dpotrf(np.asfortranarray(precision), lower=True, overwrite_a=True)
        if status == 0:
            root, status = dtrtri(factor, lower=True, overwrite_c=True)
        if status != 0:
            raise np.linalg.LinAlgError
        return np.asarray(root)

    def _data_pass(self, mean: Rows, root: Rows) -> tuple[float, Rows, Rows]:
        if self.likelihood.name not in _registry.names("likelihood"):  # a user's own: the reference asks it in NumPy
            return super()._data_pass(mean, root)
        sums: tuple[float, Rows, Rows] = core.glm_pass(
            self.likelihood.name,
            self.likelihood.parameters,
            self.X,
            self.y,
            self.sample_weight,
            self.fit_intercept,
            mean,
            root,
        )
        return sums
