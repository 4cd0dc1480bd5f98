"""NumPy and SciPy, vectorised and without checks, as a user would write it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy
from scipy import special
from scipy.linalg import lapack

from .forms import Array, Parts

ROUNDING = 1e-12  # a whole-batch Newton ends when its slowest row has moved by less
HALF_LOG_TWO_PI = 0.5 * np.log(2.0 * np.pi)


def versions() -> dict[str, str]:
    return {"numpy": np.__version__, "scipy": scipy.__version__}


def prepare(family: str, operation: str, operands: list[Parts]) -> Callable[[], Any] | None:
    formula = FORMULAS.get((family, operation))
    if formula is None:
        return None
    flat = [part for operand in operands for part in operand]
    return lambda: formula(*flat)


def parts(answer: Any) -> Parts:
    return answer if isinstance(answer, tuple) else (answer,)


# --- Bernoulli, by its log odds ---


def bernoulli_kl(p: Array, q: Array) -> Array:
    return special.expit(p) * (p - q) + np.logaddexp(0.0, q) - np.logaddexp(0.0, p)


def bernoulli_entropy(theta: Array) -> Array:
    return np.logaddexp(0.0, theta) - theta * special.expit(theta)


def bernoulli_solve(theta: Array, v: Array) -> Array:
    probability = special.expit(theta)
    return v / (probability * (1.0 - probability))


# --- Poisson, by its log rate ---


def poisson_entropy(theta: Array) -> Array:
    """lambda (1 - log lambda) + E log x!, summed until the tail of the largest rate is below rounding."""
    rate = np.exp(theta)
    probability = np.exp(-rate)
    expected = np.zeros_like(rate)
    top = rate.max()
    for x in range(1, int(top + 10.0 * np.sqrt(top) + 30.0)):
        probability *= rate
        probability /= x
        expected += special.gammaln(x + 1.0) * probability
    return rate * (1.0 - theta) + expected


def poisson_kl(p: Array, q: Array) -> Array:
    rate = np.exp(p)
    return rate * (p - q) + np.exp(q) - rate


# --- Normal, by (m/v, -1/2v) ---


def normal_mean(a: Array, b: Array) -> Parts:
    variance = -0.5 / b
    mean = a * variance
    second = mean * mean
    second += variance
    return mean, second


def normal_natural(mean: Array, second: Array) -> Parts:
    precision = 1.0 / (second - mean * mean)
    return mean * precision, -0.5 * precision


def normal_partition(a: Array, b: Array) -> Array:
    return -0.25 * a * a / b - 0.5 * np.log(-b / np.pi)


def normal_entropy(a: Array, b: Array) -> Array:
    return 0.5 - 0.5 * np.log(-b / np.pi)


def normal_kl(a_p: Array, b_p: Array, a_q: Array, b_q: Array) -> Array:
    ratio = b_q / b_p
    gap = 0.5 * (a_q / b_q - a_p / b_p)  # of the means, its sign turned
    return 0.5 * (ratio - 1.0 - np.log(ratio)) - b_q * gap * gap


def normal_solve(a: Array, b: Array, v: Array, w: Array) -> Parts:
    """F = [[s, 2ms], [2ms, 4m^2 s + 2s^2]] with mean m and variance s."""
    precision = -2.0 * b
    mean = a / precision
    second = 0.5 * (w - 2.0 * mean * v) * precision * precision
    return v * precision - 2.0 * mean * second, second


# --- Gamma, by (shape, -rate) ---


def gamma_mean(shape: Array, slope: Array) -> Parts:
    rate = -slope
    return special.digamma(shape) - np.log(rate), shape / rate


def gamma_partition(shape: Array, slope: Array) -> Array:
    return special.gammaln(shape) - shape * np.log(-slope)


def gamma_entropy(shape: Array, slope: Array) -> Array:
    return shape - np.log(-slope) + special.gammaln(shape) + (1.0 - shape) * special.digamma(shape)


def gamma_kl(shape_p: Array, slope_p: Array, shape_q: Array, slope_q: Array) -> Array:
    ratio = slope_q / slope_p
    return (
        (shape_p - shape_q) * special.digamma(shape_p)
        - special.gammaln(shape_p)
        + special.gammaln(shape_q)
        - shape_q * np.log(ratio)
        + shape_p * (ratio - 1.0)
    )


def gamma_solve(shape: Array, slope: Array, v: Array, w: Array) -> Parts:
    """F = [[trigamma(a), 1/b], [1/b, a/b^2]] by Cramer's rule, b^2 det F = a trigamma(a) - 1."""
    rate = -slope
    curvature = special.polygamma(1, shape)
    determinant = shape * curvature - 1.0
    return (shape * v - rate * w) / determinant, rate * (rate * curvature * w - v) / determinant


def gamma_natural(mean_log: Array, mean: Array) -> Parts:
    """Newton on log a - digamma(a) = gap for the whole batch, from Minka's start and in his variable 1/a (2002)."""
    gap = np.log(mean) - mean_log
    shape = (3.0 - gap + np.sqrt((gap - 3.0) ** 2 + 24.0 * gap)) / (12.0 * gap)
    for _ in range(50):
        slope = shape - shape * shape * special.polygamma(1, shape)
        following = 1.0 / (1.0 / shape + (np.log(shape) - special.digamma(shape) - gap) / slope)
        moved = np.max(np.abs(following - shape) / shape)
        shape = following
        if moved < ROUNDING:
            break
    return shape, -shape / mean


# --- Beta and Dirichlet, by their concentrations ---


def beta_mean(alpha: Array, beta: Array) -> Parts:
    total = special.digamma(alpha + beta)
    return special.digamma(alpha) - total, special.digamma(beta) - total


def beta_entropy(alpha: Array, beta: Array) -> Array:
    total = alpha + beta
    return (
        special.betaln(alpha, beta)
        - (alpha - 1.0) * special.digamma(alpha)
        - (beta - 1.0) * special.digamma(beta)
        + (total - 2.0) * special.digamma(total)
    )


def beta_kl(alpha_p: Array, beta_p: Array, alpha_q: Array, beta_q: Array) -> Array:
    total = alpha_p + beta_p
    return (
        special.betaln(alpha_q, beta_q)
        - special.betaln(alpha_p, beta_p)
        + (alpha_p - alpha_q) * special.digamma(alpha_p)
        + (beta_p - beta_q) * special.digamma(beta_p)
        + (alpha_q + beta_q - total) * special.digamma(total)
    )


def beta_solve(alpha: Array, beta: Array, v: Array, w: Array) -> Parts:
    """(diag(c) - t 1 1^T) x = v by Sherman and Morrison."""
    first, second = special.polygamma(1, alpha), special.polygamma(1, beta)
    v, w = v / first, w / second
    pooled = (v + w) / (1.0 / special.polygamma(1, alpha + beta) - 1.0 / first - 1.0 / second)
    return v + pooled / first, w + pooled / second


def beta_natural(mean_log: Array, mean_log_other: Array) -> Parts:
    alpha = dirichlet_natural(np.stack([mean_log, mean_log_other], axis=-1))
    return alpha[:, 0], alpha[:, 1]


def dirichlet_mean(alpha: Array) -> Array:
    return special.digamma(alpha) - special.digamma(alpha.sum(axis=1, keepdims=True))


def dirichlet_partition(alpha: Array) -> Array:
    return special.gammaln(alpha).sum(axis=1) - special.gammaln(alpha.sum(axis=1))


def dirichlet_entropy(alpha: Array) -> Array:
    total = alpha.sum(axis=1)
    return (
        special.gammaln(alpha).sum(axis=1)
        - special.gammaln(total)
        + (total - alpha.shape[1]) * special.digamma(total)
        - ((alpha - 1.0) * special.digamma(alpha)).sum(axis=1)
    )


def dirichlet_kl(p: Array, q: Array) -> Array:
    total = p.sum(axis=1)
    gap = special.gammaln(q) - special.gammaln(p) + (p - q) * special.digamma(p)
    total_q = q.sum(axis=1)
    return (
        gap.sum(axis=1) + special.gammaln(total) - special.gammaln(total_q) + (total_q - total) * special.digamma(total)
    )


def dirichlet_solve(alpha: Array, v: Array) -> Array:
    """(diag(c) - t 1 1^T) x = v by Sherman and Morrison."""
    inverse = 1.0 / special.polygamma(1, alpha)
    scaled = v * inverse
    left = 1.0 / special.polygamma(1, alpha.sum(axis=1)) - inverse.sum(axis=1)
    return scaled + inverse * (scaled.sum(axis=1) / left)[:, None]


def dirichlet_natural(mu: Array) -> Array:
    """Newton with the diagonal-plus-rank-one Hessian for the whole batch (Minka 2000), in the concentrations."""
    size = mu.shape[1]
    share = np.exp(mu)
    share /= share.sum(axis=1, keepdims=True)
    # Stirling's estimate of the total from the mean logarithms, then one fixed-point step with Minka's inverse digamma.
    total = 0.5 * (size - 1) / (share * (np.log(share) - mu)).sum(axis=1, keepdims=True)
    wanted = mu + special.digamma(total)
    alpha = np.where(wanted >= -2.22, np.exp(wanted) + 0.5, -1.0 / (wanted + np.euler_gamma))
    for _ in range(200):
        total = alpha.sum(axis=1, keepdims=True)
        gradient = special.digamma(total) - special.digamma(alpha) + mu
        curvature = -special.polygamma(1, alpha)
        pooled = (gradient / curvature).sum(axis=1, keepdims=True)
        pooled /= 1.0 / special.polygamma(1, total) + (1.0 / curvature).sum(axis=1, keepdims=True)
        following = alpha - (gradient - pooled) / curvature
        following = np.where(following > 0.0, following, 0.5 * alpha)
        moved = np.max(np.abs(following - alpha) / alpha)
        alpha = following
        if moved < ROUNDING:
            break
    return alpha


# --- MultivariateNormal, by (P m, -P/2) with P the full precision ---


def inverse(matrices: Array) -> Array:
    """Of symmetric positive-definite matrices; a single one by its Cholesky factor."""
    if len(matrices) > 1:
        return np.linalg.inv(matrices)
    factor, _ = lapack.dpotrf(matrices[0].T, lower=1, clean=0)
    lower, _ = lapack.dpotri(factor, lower=1, overwrite_c=1)
    full = np.tril(lower)
    full += np.tril(lower, -1).T
    return full[None]


def applied(matrices: Array, vectors: Array) -> Array:
    return np.matmul(matrices, vectors[..., None])[..., 0]


def half_log_determinant(factor: Array) -> Array:
    return np.log(np.diagonal(factor, axis1=-2, axis2=-1)).sum(axis=-1)


def multivariate_normal_mean(a: Array, b: Array) -> Parts:
    second = inverse(-2.0 * b)
    mean = applied(second, a)
    second += mean[:, :, None] * mean[:, None, :]
    return mean, second


def multivariate_normal_natural(mean: Array, second: Array) -> Parts:
    precision = inverse(second - mean[:, :, None] * mean[:, None, :])
    a = applied(precision, mean)
    precision *= -0.5
    return a, precision


def multivariate_normal_partition(a: Array, b: Array) -> Array:
    precision = -2.0 * b
    mean = np.linalg.solve(precision, a[..., None])[..., 0]
    constant = a.shape[1] * HALF_LOG_TWO_PI
    return 0.5 * (a * mean).sum(axis=1) - half_log_determinant(np.linalg.cholesky(precision)) + constant


def multivariate_normal_kl(a_p: Array, b_p: Array, a_q: Array, b_q: Array) -> Array:
    precision_p, precision_q = -2.0 * b_p, -2.0 * b_q
    covariance = np.linalg.inv(precision_p)
    gap = applied(covariance, a_p) - np.linalg.solve(precision_q, a_q[..., None])[..., 0]
    trace = (precision_q * covariance).sum(axis=(1, 2))
    distance = (gap * applied(precision_q, gap)).sum(axis=1)
    half = half_log_determinant(np.linalg.cholesky(precision_p)) - half_log_determinant(np.linalg.cholesky(precision_q))
    return 0.5 * (trace + distance - a_p.shape[1]) + half


FORMULAS: dict[tuple[str, str], Callable[..., Any]] = {
    ("Bernoulli", "mean_from_natural"): special.expit,
    ("Bernoulli", "natural_from_mean"): special.logit,
    ("Bernoulli", "log_partition"): lambda theta: np.logaddexp(0.0, theta),
    ("Bernoulli", "entropy"): bernoulli_entropy,
    ("Bernoulli", "kl_divergence"): bernoulli_kl,
    ("Bernoulli", "fisher_solve"): bernoulli_solve,
    ("Poisson", "mean_from_natural"): np.exp,
    ("Poisson", "natural_from_mean"): np.log,
    ("Poisson", "log_partition"): np.exp,
    ("Poisson", "entropy"): poisson_entropy,
    ("Poisson", "kl_divergence"): poisson_kl,
    ("Poisson", "fisher_solve"): lambda theta, v: v * np.exp(-theta),
    ("Normal", "mean_from_natural"): normal_mean,
    ("Normal", "natural_from_mean"): normal_natural,
    ("Normal", "log_partition"): normal_partition,
    ("Normal", "entropy"): normal_entropy,
    ("Normal", "kl_divergence"): normal_kl,
    ("Normal", "fisher_solve"): normal_solve,
    ("Gamma", "mean_from_natural"): gamma_mean,
    ("Gamma", "natural_from_mean"): gamma_natural,
    ("Gamma", "log_partition"): gamma_partition,
    ("Gamma", "entropy"): gamma_entropy,
    ("Gamma", "kl_divergence"): gamma_kl,
    ("Gamma", "fisher_solve"): gamma_solve,
    ("Beta", "mean_from_natural"): beta_mean,
    ("Beta", "natural_from_mean"): beta_natural,
    ("Beta", "log_partition"): special.betaln,
    ("Beta", "entropy"): beta_entropy,
    ("Beta", "kl_divergence"): beta_kl,
    ("Beta", "fisher_solve"): beta_solve,
    ("Dirichlet", "mean_from_natural"): dirichlet_mean,
    ("Dirichlet", "natural_from_mean"): dirichlet_natural,
    ("Dirichlet", "log_partition"): dirichlet_partition,
    ("Dirichlet", "entropy"): dirichlet_entropy,
    ("Dirichlet", "kl_divergence"): dirichlet_kl,
    ("Dirichlet", "fisher_solve"): dirichlet_solve,
    ("MultivariateNormal", "mean_from_natural"): multivariate_normal_mean,
    ("MultivariateNormal", "natural_from_mean"): multivariate_normal_natural,
    ("MultivariateNormal", "log_partition"): multivariate_normal_partition,
    ("MultivariateNormal", "kl_divergence"): multivariate_normal_kl,
}
