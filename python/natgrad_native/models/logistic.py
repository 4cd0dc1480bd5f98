"""Bayesian logistic regression."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from .glm import Array, BayesianGLM

__all__ = ["BayesianLogisticRegression"]


class BayesianLogisticRegression(ClassifierMixin, BayesianGLM, likelihood="bernoulli"):  # type: ignore[misc]
    """Logistic regression with a full Gaussian variational posterior, for two classes.

    P(y = classes_[1]) = E sigmoid(x^T w + b). A target with one class is fitted as all ones (all zeros if the class
    is 0 or False), and that class is what is predicted. Parameters and attributes as in `BayesianGLM`; `coef_` is (1,
    columns), `intercept_` (1,).
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags = None
        tags.classifier_tags.multi_class = False
        return tags

    def decision_function(self, X: ArrayLike) -> Array:
        """Posterior mean of the linear predictor, (rows,); positive for classes_[1]."""
        return self._predictor_mean(self._design(X))

    def predict_proba(self, X: ArrayLike) -> Array:
        """Probability of each class with the weights integrated over the posterior, (rows, classes)."""
        mean, variance = self._predictor(X)
        if len(self.classes_) == 1:
            return np.ones((mean.size, 1))
        return np.column_stack([self.likelihood_.predict_mean(sign * mean, variance) for sign in (-1.0, 1.0)])

    def predict_log_proba(self, X: ArrayLike) -> Array:
        """Logarithm of `predict_proba`."""
        return np.log(self.predict_proba(X))

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The more probable class, (rows,)."""
        positive = self.decision_function(X) > 0
        labels: NDArray[Any] = self.classes_[positive * (len(self.classes_) - 1)]
        return labels

    def _target(self, y: NDArray[Any]) -> NDArray[Any]:
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) > 2:
            raise ValueError(
                f"{type(self).__name__}: y has {len(self.classes_)} classes. Only binary classification is supported. "
                f"The type of the target is {type_of_target(y)}."
            )
        if len(self.classes_) == 1:
            return np.full(y.shape, 0.0 if self.classes_[0] == 0 else 1.0)
        return codes.astype(np.float64)

    def _coefficients(self, coefficients: Array, intercept: float) -> tuple[Any, Any]:
        return coefficients[None].copy(), np.array([intercept])
