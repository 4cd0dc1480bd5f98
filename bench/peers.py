"""What a user would write today: vectorised NumPy and SciPy, without checks, as fast as plain array code is.

`PEERS[family name, operation]` takes the operation's own arguments, as rows. Each is right: report.py compares its
answer with the reference before it times it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special

Array = np.ndarray
ROUNDING = 1e-12  # a whole-batch Newton ends when its slowest row has moved by less


def normal_mean(theta: Array) -> Array:
    answer = np.empty_like(theta)
    variance = -0.5 / theta[:, 1]
    mean = np.multiply(theta[:, 0], variance, out=answer[:, 0])
    np.add(mean * mean, variance, out=answer[:, 1])
    return answer


def gamma_mean(theta: Array) -> Array:
    shape, rate = theta[:, 0], -theta[:, 1]
    return np.stack([special.digamma(shape) - np.log(rate), shape / rate], axis=-1)


def gamma_solve(theta: Array, v: Array) -> Array:
    """F = [[trigamma(a), 1/b], [1/b, a/b^2]] by Cramer's rule, b^2 det F = a trigamma(a) - 1."""
    shape, rate = theta[:, 0], -theta[:, 1]
    curvature = special.polygamma(1, shape)
    determinant = shape * curvature - 1.0
    answer = np.empty_like(v)
    answer[:, 0] = (shape * v[:, 0] - rate * v[:, 1]) / determinant
    answer[:, 1] = rate * (rate * curvature * v[:, 1] - v[:, 0]) / determinant
    return answer


def gamma_natural(mu: Array) -> Array:
    """Newton on log a - digamma(a) = gap for the whole batch, from Minka's start and in his variable 1/a (2002)."""
    gap = np.log(mu[:, 1]) - mu[:, 0]
    shape = (3.0 - gap + np.sqrt((gap - 3.0) ** 2 + 24.0 * gap)) / (12.0 * gap)
    for _ in range(50):
        slope = shape - shape * shape * special.polygamma(1, shape)
        following = 1.0 / (1.0 / shape + (np.log(shape) - special.digamma(shape) - gap) / slope)
        moved = np.max(np.abs(following - shape) / shape)
        shape = following
        if moved < ROUNDING:
            break
    return np.stack([shape, -shape / mu[:, 1]], axis=-1)


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


def multivariate_normal_mean(theta: Array) -> Array:
    rows, size = theta.shape
    dimension = int((np.sqrt(8 * size + 9) - 3) / 2)
    i, j = np.tril_indices(dimension)
    precision = np.empty((rows, dimension, dimension))
    precision[:, i, j] = np.where(i == j, -2.0, -1.0) * theta[:, dimension:]
    precision[:, j, i] = precision[:, i, j]
    covariance = np.linalg.inv(precision)
    mean = (covariance @ theta[:, :dimension, None])[..., 0]
    second = covariance + mean[:, :, None] * mean[:, None, :]
    return np.concatenate([mean, second[:, i, j]], axis=-1)


PEERS: dict[tuple[str, str], Callable[..., Array]] = {
    ("Normal", "mean_from_natural"): normal_mean,
    ("Gamma", "mean_from_natural"): gamma_mean,
    ("Gamma", "fisher_solve"): gamma_solve,
    ("Gamma", "natural_from_mean"): gamma_natural,
    ("Dirichlet", "natural_from_mean"): dirichlet_natural,
    ("MultivariateNormal", "mean_from_natural"): multivariate_normal_mean,
}
