"""Objectives with known gradients: maximum likelihood, and the evidence lower bound of a generalised linear model.

An objective is a callable theta -> (value, gradient) with an attribute `gradient_in` that says whether the gradient is
taken with respect to natural or to mean parameters. Values are in nats.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_triangular

from ..errors import DomainError, Status
from . import conditions, gaussian
from .arrays import Rows, average, observation_weights, operand
from .design import checked_design, checked_precisions, checked_sample_weight, row_blocks
from .families.multivariate_normal import MultivariateNormal
from .likelihood import Likelihood, make_likelihood
from .symmetric import natural_scale, pack

__all__ = ["GeneralizedLinearELBO", "LogLikelihood", "glm_pass"]


class LogLikelihood:
    """Average log likelihood of observations under one member of a family, as a function of theta.

    L(theta) = <theta, Tbar> - A(theta) + mean log h(x) in nats per unit of weight, grad_theta L = Tbar - mu(theta),
    where Tbar is the weighted mean of the sufficient statistics along `axis`. The other batch axes of x,
    `batch_shape`, are independent problems; theta (..., size) broadcasts with them. `rows` (k,) selects problems by
    their index in the flattened `batch_shape` (C order), one for each row of theta (k, size).

    Both are differences of uncentred moments. Data whose distance from zero is k times their spread lose a share of
    some k^2 eps of the variance: at a mean of 1e6 and a variance of 1 its third digit, where the search ends without
    success. `family.maximum_likelihood`, which works with centred moments, keeps those digits.

    Raises DomainError for an observation outside the support, ValueError for weights or shapes that do not fit,
    TypeError for what is no family or no array of numbers.
    """

    gradient_in: Literal["natural"] = "natural"
    value_name = "log likelihood"

    def __init__(self, family: Any, x: ArrayLike, weights: ArrayLike | None = None, axis: int = 0) -> None:
        if isinstance(family, type) or not hasattr(family, "sufficient_statistics"):
            got = f"the class {family.__name__}" if isinstance(family, type) else type(family).__name__
            raise TypeError(f"LogLikelihood: family must be an instance such as natgrad_native.Gamma(), got {got}")
        operation = f"LogLikelihood({type(family).__name__})"
        statistics = np.asarray(family.sufficient_statistics(x), dtype=np.float64)
        batch = statistics.shape[:-1]
        if not -len(batch) <= axis < len(batch):
            raise ValueError(f"{operation}: axis {axis} is out of range for observations of batch shape {batch}")
        axis %= len(batch)
        if batch[axis] == 0:
            raise ValueError(f"{operation}: x holds no observations along axis {axis}")
        shares = observation_weights(operation, weights, batch, axis, 1)
        self.family = family
        self.observations = batch[axis]
        self.mean_statistics: Rows = average(statistics, shares, axis)
        self._operation = operation
        self._constant = average(np.asarray(family.log_base_measure(x), dtype=np.float64), shares, axis)

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the independent problems."""
        return self.mean_statistics.shape[:-1]

    def __repr__(self) -> str:
        problems = f", problems of shape {self.batch_shape}" if self.batch_shape else ""
        return f"LogLikelihood({self.family!r}, {self.observations} observations{problems})"

    def __call__(self, theta: ArrayLike, rows: NDArray[np.intp] | None = None) -> tuple[Any, Any]:
        """Value (...) and gradient (..., size) at theta (..., size)."""
        batch = operand(theta, (self.mean_statistics.shape[-1],), self._operation, "theta").batch
        statistics, constant = self.mean_statistics, self._constant
        if rows is not None:
            statistics = statistics.reshape(-1, statistics.shape[-1])[rows]
            constant = constant.reshape(-1)[rows]
        try:
            np.broadcast_shapes(batch, constant.shape)
        except ValueError:
            raise ValueError(
                f"{self._operation}: the batch axes of theta {batch} do not broadcast with the problems "
                f"{constant.shape}"
            ) from None
        theta = np.asarray(theta)
        value = (theta * statistics).sum(axis=-1) - self.family.log_partition(theta) + constant
        return value, statistics - self.family.mean_from_natural(theta)


class GeneralizedLinearELBO:
    """Evidence lower bound of a generalised linear model under a Gaussian posterior q(w) of its weights.

    ELBO = sum_i s_i E_q log p(y_i | eta_i) - KL(q || prior) in nats with every constant, eta_i = x_i^T w ~ N(m_i,
    v_i), prior N(0, diag(prior_precision)^-1). Its gradient in mean parameters is theta_prior + lambda(theta) - theta
    with lambda = [X^T (E l' + W m), -X^T W X / 2 packed, off-diagonals doubled], W = diag(-s_i E l''_i) (Bonnet and
    Price; Khan & Lin 2017, "Conjugate-computation variational inference").

    Args:
        X: (rows, columns), finite.
        y: (rows,), what `likelihood` allows.
        likelihood: a registered name ("bernoulli", "gaussian", "poisson") or a `Likelihood`.
        prior_precision: number > 0, or one per column.
        intercept_prior_precision: number > 0, used when `fit_intercept`; the intercept is the last weight.
        sample_weight: (rows,), finite and >= 0; multiplies each row's log likelihood.
        likelihood_parameters: what the likelihood takes, as noise_variance of "gaussian".

    Attributes: `family` (MultivariateNormal of dimension columns + intercept), `prior` (its theta), `likelihood`,
    `passes` (how often the data have been read). Raises ValueError naming row and column of what cannot be used,
    TypeError for text.
    """

    gradient_in: Literal["mean"] = "mean"
    value_name = "ELBO"

    def __init__(
        self,
        X: ArrayLike,
        y: ArrayLike,
        likelihood: str | Likelihood = "bernoulli",
        *,
        prior_precision: ArrayLike = 1.0,
        intercept_prior_precision: float = 1e-2,
        fit_intercept: bool = True,
        sample_weight: ArrayLike | None = None,
        **likelihood_parameters: Any,
    ) -> None:
        if isinstance(likelihood, str):
            likelihood = make_likelihood(likelihood, **likelihood_parameters)
        elif likelihood_parameters:
            extra = sorted(likelihood_parameters)[0]
            raise ValueError(f"{type(likelihood).__name__} holds its parameters already; {extra!r} cannot be given too")
        self.likelihood = likelihood
        self.X = checked_design(X)
        self.y = likelihood.check_target(y)
        rows, columns = self.X.shape
        if self.y.size != rows:
            raise ValueError(f"X has {rows} rows, y has {self.y.size}")
        self.sample_weight = checked_sample_weight(sample_weight, rows)
        self.fit_intercept = bool(fit_intercept)
        self.prior_precision = checked_precisions(prior_precision, columns, "prior_precision")
        if self.fit_intercept:
            last = checked_precisions(intercept_prior_precision, 1, "intercept_prior_precision")
            self.prior_precision = np.append(self.prior_precision, last)
        if not self.prior_precision.size:
            raise ValueError("X has no columns and there is no intercept: nothing to fit")
        self.family = self._make_family(self.prior_precision.size)
        self.prior: Rows = _natural(np.zeros(self.prior_precision.size), np.diag(self.prior_precision))
        self.passes = 0

    def __repr__(self) -> str:
        rows, columns = self.X.shape
        intercept = " and an intercept" if self.fit_intercept else ""
        return f"GeneralizedLinearELBO({self.likelihood!r}, {rows} rows, {columns} columns{intercept})"

    def __call__(self, theta: ArrayLike) -> tuple[float, Rows]:
        """The bound and its gradient in mean parameters (size,) at theta (size,); DomainError outside the domain."""
        point = operand(theta, (self.family.size,), type(self).__name__, "theta").values
        if point.ndim != 1:
            raise ValueError(f"{type(self).__name__}: theta has shape {point.shape}; one point (size,) is needed")
        conditions.require(
            type(self).__name__,
            1,
            conditions.with_status(conditions.finite(point[None], "coordinate {}"), Status.NOT_FINITE),
        )
        dimension = self.prior_precision.size
        precision = gaussian.precision(point, dimension)
        try:
            root = self._inverse_root(precision)  # covariance = root^T root
        except np.linalg.LinAlgError:
            raise DomainError(f"{type(self).__name__}: row 0: precision must be positive definite") from None
        mean = root.T @ (root @ point[:dimension])
        value, slope, gram = self._data_pass(mean, root)
        self.passes += 1
        gradient = self.prior + _natural(slope + gram @ mean, gram) - point
        return value - self._divergence_from_prior(mean, root), gradient

    def start(self) -> Rows:
        """A start near the posterior: that of the quadratic which the likelihood's `working_start` states.

        For "bernoulli" it is Boehning's bound at w = 0, precision = prior + X^T X / 4; for "gaussian" the exact
        posterior. Reads the data once.
        """
        predictor, slope, weight = self.likelihood.working_start(self.y)
        precision, target = np.diag(self.prior_precision), np.zeros(self.prior_precision.size)
        for block, design in row_blocks(self.X, self.fit_intercept):
            scaled = design * np.sqrt(self.sample_weight[block] * weight[block])[:, None]
            precision += scaled.T @ scaled
            target += design.T @ (self.sample_weight[block] * (weight[block] * predictor[block] + slope[block]))
        self.passes += 1
        return _natural(target, precision)

    def _make_family(self, dimension: int) -> Any:
        return MultivariateNormal(dimension)

    def _inverse_root(self, precision: Rows) -> Rows:
        """The inverse of the lower Cholesky factor; LinAlgError where there is none."""
        return np.asarray(solve_triangular(np.linalg.cholesky(precision), np.eye(len(precision)), lower=True))

    def _data_pass(self, mean: Rows, root: Rows) -> tuple[float, Rows, Rows]:
        return glm_pass(self.likelihood, self.X, self.y, self.sample_weight, self.fit_intercept, mean, root)

    def _divergence_from_prior(self, mean: Rows, root: Rows) -> float:
        """KL(q || prior), from r = prior precision * variance of each weight and what correlation takes off det."""
        variance = np.einsum("kj,kj->j", root, root)
        ratio = self.prior_precision * variance
        log_determinant = 2 * np.log(np.diagonal(root)).sum()
        correlation = np.log(variance).sum() - log_determinant  # >= 0 (Hadamard), 0 for independent weights
        return float(0.5 * ((ratio - 1 - np.log(ratio)).sum() + correlation + (self.prior_precision * mean**2).sum()))


def glm_pass(
    likelihood: Likelihood, X: Rows, y: Rows, sample_weight: Rows, fit_intercept: bool, mean: Rows, root: Rows
) -> tuple[float, Rows, Rows]:
    """One read of the data at q(w) = N(mean, root^T root), root lower triangular.

    Returns sum_i s_i E l_i, X^T (s E l') of shape (D,) and X^T W X of shape (D, D), W = diag(-s_i E l''_i); with an
    intercept X has a last column of ones that is not stored.
    """
    value, slope, gram = 0.0, np.zeros(mean.size), np.zeros((mean.size, mean.size))
    for block, design in row_blocks(X, fit_intercept):
        weight = sample_weight[block]
        variance = np.square(design @ root.T).sum(axis=1)
        expected = likelihood.expectations(y[block], design @ mean, variance)
        value += float(weight @ expected.value)
        slope += design.T @ (weight * expected.first)
        gram += design.T @ (design * (weight * -expected.second)[:, None])
    return value, slope, 0.5 * (gram + gram.T)


def _natural(precision_times_mean: Rows, precision: Rows) -> Rows:
    """[Lambda m, -Lambda/2 packed, off-diagonals doubled]."""
    return np.concatenate([precision_times_mean, -natural_scale(len(precision)) * pack(precision)])
