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
from ..reference.design import checked_design, checked_precisions
from ..reference.likelihood import Likelihood, make_likelihood
from .likelihoods import LIKELIHOOD_PARAMETERS, constructor_with
from .parameters import checked_flag, checked_number, checked_numbers, checked_rows, checked_scale

__all__ = ["BayesianGLM"]

Array = NDArray[np.float64]


class BayesianGLM(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Full Gaussian variational posterior of a generalised linear model under the prior N(0, diag(prior_precision)^-1).

    The posterior maximises the evidence lower bound ELBO = E_q log p(y | X, w) - KL(q || prior) (Khan & Lin 2017).
    A subclass made with ``class Named(BayesianGLM, likelihood="...")`` takes the same parameters but the likelihood and
    what belongs to other likelihoods.

    Args:
        likelihood: "bernoulli" (logit link, y in {0, 1}), "poisson" (log link) or "gaussian".
        noise_variance: number > 0, of the likelihood "gaussian" alone; None is the likelihood's default, 1.
        prior_precision: number > 0, or one per column.
        intercept_prior_precision: number > 0.
        fit_intercept: whether to add a constant column.
        rule, step_size, tol, max_iter, progress: as in `natgrad_native.maximize`.
        start: "curvature" (the likelihood's own quadratic, one pass over the data), "prior", or theta of shape
            (size,), such as `posterior_[1]` of another fit.

    Attributes after `fit`:
        coef_ (columns,), intercept_: posterior mean. covariance_ (weights, weights): coefficients, then intercept.
        elbo_: in nats with every constant. n_iter_, trace_: as `nit` and `trace` of the optimiser.
        posterior_: (family, theta). likelihood_: the likelihood.

    `fit` raises TypeError or ValueError naming the parameter, or the row or column of X, that cannot be used;
    prediction ValueError naming the row of X for which the answer overflows.
    """

    def __init_subclass__(cls, *, likelihood: str | None = None, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if likelihood is not None:
            cls.likelihood = likelihood
            if "__init__" not in cls.__dict__:
                cls.__init__ = constructor_with(likelihood, BayesianGLM.__init__)  # type: ignore[method-assign]

    def __init__(
        self,
        likelihood: str = "bernoulli",
        *,
        noise_variance: float | None = None,
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
        self.likelihood = likelihood
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

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Find the posterior; X (rows, columns), y (rows,), sample_weight (rows,) finite and >= 0."""
        numeric = not is_classifier(self)
        design, target = validate_data(self, X, y, dtype=np.float64, ensure_all_finite=False, y_numeric=numeric)
        self.likelihood_ = self._make_likelihood()
        objective = self._objective(design, self._target(target), sample_weight)
        result = maximize(
            objective,
            objective.family,
            self._start(objective),
            rule=self.rule,
            step_size=self.step_size,
            tol=checked_number(self._name, "tol", self.tol),
            max_iter=self.max_iter,
            progress=self.progress,
        )
        if not result.success:
            warnings.warn(f"{self._name}: {result.message}", ConvergenceWarning, stacklevel=2)
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
        with np.errstate(over="ignore"):
            return checked_rows(self._name, self.likelihood_.predict_mean(mean, variance), "E[y | x]")

    def _predictor(self, X: ArrayLike) -> tuple[Array, Array]:
        """Mean and variance (rows,) of the linear predictor under the posterior."""
        design = self._design(X)
        with np.errstate(over="ignore", invalid="ignore"):
            variance = np.einsum("ij,ij->i", design @ self.covariance_, design)
        checked_rows(self._name, variance, "the variance of its linear predictor")
        return self._predictor_mean(design), np.maximum(variance, 0.0)

    def _predictor_mean(self, design: Array) -> Array:
        with np.errstate(over="ignore", invalid="ignore"):
            return checked_rows(self._name, design @ self._mean, "its linear predictor")

    def _design(self, X: ArrayLike) -> Array:
        """X (rows, weights) with the column of the intercept."""
        check_is_fitted(self)
        design = checked_design(validate_data(self, X, dtype=np.float64, reset=False, ensure_all_finite=False))
        return np.column_stack([design, np.ones(len(design))]) if self.fit_intercept else design

    def _objective(self, design: Array, target: NDArray[Any], sample_weight: ArrayLike | None) -> GeneralizedLinearELBO:
        name, columns = self._name, design.shape[1]
        precision = checked_numbers(name, "prior_precision", self.prior_precision, "a number > 0, or one per column")
        last = checked_number(name, "intercept_prior_precision", self.intercept_prior_precision)
        if sample_weight is not None:
            sample_weight = checked_numbers(name, "sample_weight", sample_weight, "None or one number >= 0 per row", 2)
        objective = GeneralizedLinearELBO(
            design,
            target,
            self.likelihood_,
            prior_precision=checked_precisions(precision, columns, f"{name}: prior_precision"),
            intercept_prior_precision=checked_precisions(last, 1, f"{name}: intercept_prior_precision")[0],
            fit_intercept=checked_flag(name, "fit_intercept", self.fit_intercept),
            sample_weight=sample_weight,
        )
        checked_scale(name, objective.X, objective.sample_weight)
        return objective

    def _make_likelihood(self) -> Likelihood:
        """The likelihood with those of its parameters that are given."""
        given = {name: getattr(self, name, None) for name in LIKELIHOOD_PARAMETERS}
        numbers = {name: checked_number(self._name, name, value) for name, value in given.items() if value is not None}
        try:
            return make_likelihood(self.likelihood, **numbers)
        except ValueError as error:
            raise ValueError(f"{self._name}: {error}") from None

    def _start(self, objective: GeneralizedLinearELBO) -> Array:
        if not isinstance(self.start, str):
            return checked_numbers(self._name, "start", self.start, "'curvature', 'prior' or theta")
        if self.start not in ("curvature", "prior"):
            raise ValueError(f"{self._name}: start must be 'curvature', 'prior' or an array, got {self.start!r}")
        return objective.start() if self.start == "curvature" else objective.prior

    @property
    def _name(self) -> str:
        return type(self).__name__

    def _target(self, y: NDArray[Any]) -> NDArray[Any]:
        """The target as the likelihood takes it."""
        return y

    def _coefficients(self, coefficients: Array, intercept: float) -> tuple[Any, Any]:
        """`coef_` and `intercept_` in the shapes scikit-learn gives them."""
        return coefficients.copy(), intercept
