"""Bayesian generalised linear models as scikit-learn estimators."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin, is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted, validate_data

from ..objectives import GeneralizedLinearELBO
from ..optimize import maximize
from ..reference.design import checked_design
from ..reference.likelihood import make_likelihood

__all__ = ["BayesianGLM"]

Array = NDArray[np.float64]


class BayesianGLM(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Full Gaussian variational posterior of a generalised linear model under the prior N(0, diag(prior_precision)^-1).

    The posterior maximises the evidence lower bound ELBO = E_q log p(y | X, w) - KL(q || prior) (Khan & Lin 2017).

    Args:
        likelihood: "bernoulli" (logit link, y in {0, 1}), "poisson" (log link) or "gaussian" (noise_variance=...).
        prior_precision: number > 0, or one per column.
        intercept_prior_precision: number > 0.
        fit_intercept: whether to add a constant column.
        rule, step_size, tol, max_iter, progress: as in `natgrad_native.maximize`.
        start: "curvature" (the likelihood's own quadratic, one pass over the data), "prior", or theta of shape
            (size,), such as `posterior_[1]` of another fit.
        likelihood_parameters: what the likelihood takes, by name.

    Attributes after `fit`:
        coef_ (columns,), intercept_: posterior mean. covariance_ (weights, weights): coefficients, then intercept.
        elbo_: in nats with every constant. n_iter_, trace_: as `nit` and `trace` of the optimiser.
        posterior_: (family, theta). likelihood_: the likelihood.
    """

    def __init__(
        self,
        likelihood: str = "bernoulli",
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
        **likelihood_parameters: Any,
    ) -> None:
        self.likelihood = likelihood
        self.prior_precision = prior_precision
        self.intercept_prior_precision = intercept_prior_precision
        self.fit_intercept = fit_intercept
        self.rule = rule
        self.step_size = step_size
        self.tol = tol
        self.max_iter = max_iter
        self.start = start
        self.progress = progress
        self.likelihood_parameters = likelihood_parameters

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters by name, the likelihood's own among them."""
        return {**super().get_params(deep), **getattr(self, "likelihood_parameters", {})}

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name, the likelihood's own among them."""
        own = getattr(self, "likelihood_parameters", {})
        own.update({name: params.pop(name) for name in tuple(params) if name in own})
        super().set_params(**params)
        return self

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Find the posterior; X (rows, columns), y (rows,), sample_weight (rows,) finite and >= 0."""
        numeric = not is_classifier(self)
        design, target = validate_data(self, X, y, dtype=np.float64, ensure_all_finite=False, y_numeric=numeric)
        self.likelihood_ = make_likelihood(self.likelihood, **self._likelihood_parameters())
        objective = GeneralizedLinearELBO(
            design,
            self._target(target),
            self.likelihood_,
            prior_precision=self.prior_precision,
            intercept_prior_precision=self.intercept_prior_precision,
            fit_intercept=self.fit_intercept,
            sample_weight=sample_weight,
        )
        result = maximize(
            objective,
            objective.family,
            self._start(objective),
            rule=self.rule,
            step_size=self.step_size,
            tol=self.tol,
            max_iter=self.max_iter,
            progress=self.progress,
        )
        if not result.success:
            warnings.warn(f"{type(self).__name__}: {result.message}", ConvergenceWarning, stacklevel=2)
        standard = objective.family.standard_from_natural(result.x)
        self._mean, self.covariance_ = standard["mean"], standard["covariance"]
        columns = self.n_features_in_
        self.coef_, self.intercept_ = self._coefficients(
            self._mean[:columns], float(self._mean[columns]) if self.fit_intercept else 0.0
        )
        self.elbo_ = result.fun
        self.n_iter_ = max(result.nit, 1)  # scikit-learn counts from 1; a start that is already exact needs no step
        self.trace_ = result.trace
        self.posterior_ = (objective.family, result.x)
        return self

    def predict(self, X: ArrayLike) -> Array:
        """E[y | x] with the weights integrated over the posterior, shape (rows,)."""
        mean, variance = self._predictor(X)
        return self.likelihood_.predict_mean(mean, variance)

    def _predictor(self, X: ArrayLike) -> tuple[Array, Array]:
        """Mean and variance (rows,) of the linear predictor under the posterior."""
        check_is_fitted(self)
        design = checked_design(validate_data(self, X, dtype=np.float64, reset=False, ensure_all_finite=False))
        if self.fit_intercept:
            design = np.column_stack([design, np.ones(len(design))])
        variance = np.einsum("ij,ij->i", design @ self.covariance_, design)
        return design @ self._mean, np.maximum(variance, 0.0)

    def _start(self, objective: GeneralizedLinearELBO) -> Array:
        if not isinstance(self.start, str):
            return np.asarray(self.start, dtype=np.float64)
        if self.start not in ("curvature", "prior"):
            raise ValueError(f"start must be 'curvature', 'prior' or an array, got {self.start!r}")
        return objective.start() if self.start == "curvature" else objective.prior

    def _likelihood_parameters(self) -> dict[str, Any]:
        return getattr(self, "likelihood_parameters", {})

    def _target(self, y: NDArray[Any]) -> NDArray[Any]:
        """The target as the likelihood takes it."""
        return y

    def _coefficients(self, coefficients: Array, intercept: float) -> tuple[Any, Any]:
        """`coef_` and `intercept_` in the shapes scikit-learn gives them."""
        return coefficients.copy(), intercept
