"""JAX by hand: each formula one `jax.jit`, which fuses it; compiled before the clock starts, waited for on it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import jaxlib
import numpy as np
from jax import lax
from jax.nn import sigmoid, softplus
from jax.scipy import linalg, special

from . import forms

Array = jax.Array
Pair = tuple[Array, Array]
ROUNDING = 1e-12  # a whole-batch Newton ends when its slowest row has moved by less
HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)


def versions() -> dict[str, str]:
    return {"jax": jax.__version__, "jaxlib": jaxlib.__version__}


def prepare(family: str, operation: str, operands: list[forms.Parts]) -> Callable[[], Any] | None:
    formula = FORMULAS.get((family, operation))
    if formula is None:
        return None
    return compiled(formula, *(jnp.asarray(part) for operand in operands for part in operand))


def compiled(formula: Callable[..., Any], *operands: Any) -> Callable[[], Any]:
    """A call that returns when its answer is there."""
    function = jax.jit(formula)
    return lambda: jax.block_until_ready(function(*operands))


def parts(answer: Any) -> forms.Parts:
    return tuple(np.asarray(part) for part in (answer if isinstance(answer, tuple) else (answer,)))


def trigamma(x: Array) -> Array:
    return special.polygamma(1, x)


# --- Bernoulli, by its log odds ---


def bernoulli_entropy(theta: Array) -> Array:
    return softplus(theta) - theta * sigmoid(theta)


def bernoulli_kl(p: Array, q: Array) -> Array:
    return sigmoid(p) * (p - q) + softplus(q) - softplus(p)


def bernoulli_solve(theta: Array, v: Array) -> Array:
    probability = sigmoid(theta)
    return v / (probability * (1.0 - probability))


# --- Poisson, by its log rate ---


def poisson_entropy(theta: Array) -> Array:
    """lambda (1 - log lambda) + E log x!, summed until the tail of the largest rate is below rounding."""
    rate = jnp.exp(theta)
    top = rate.max()

    def add(x: Array, state: Pair) -> Pair:
        probability, expected = state
        probability = probability * rate / x
        return probability, expected + special.gammaln(x + 1.0) * probability

    last = (top + 10.0 * jnp.sqrt(top) + 30.0).astype(int)
    return lax.fori_loop(1, last, add, (jnp.exp(-rate), rate * (1.0 - theta)))[1]


def poisson_kl(p: Array, q: Array) -> Array:
    rate = jnp.exp(p)
    return rate * (p - q) + jnp.exp(q) - rate


# --- Normal, by (m/v, -1/2v) ---


def normal_mean(a: Array, b: Array) -> Pair:
    variance = -0.5 / b
    mean = a * variance
    return mean, mean * mean + variance


def normal_natural(mean: Array, second: Array) -> Pair:
    precision = 1.0 / (second - mean * mean)
    return mean * precision, -0.5 * precision


def normal_partition(a: Array, b: Array) -> Array:
    return -0.25 * a * a / b - 0.5 * jnp.log(-b / math.pi)


def normal_entropy(a: Array, b: Array) -> Array:
    return 0.5 - 0.5 * jnp.log(-b / math.pi)


def normal_kl(a_p: Array, b_p: Array, a_q: Array, b_q: Array) -> Array:
    ratio = b_q / b_p
    gap = 0.5 * (a_q / b_q - a_p / b_p)  # of the means, its sign turned
    return 0.5 * (ratio - 1.0 - jnp.log(ratio)) - b_q * gap * gap


def normal_solve(a: Array, b: Array, v: Array, w: Array) -> Pair:
    """F = [[s, 2ms], [2ms, 4m^2 s + 2s^2]] with mean m and variance s."""
    precision = -2.0 * b
    mean = a / precision
    second = 0.5 * (w - 2.0 * mean * v) * precision * precision
    return v * precision - 2.0 * mean * second, second


# --- Gamma, by (shape, -rate) ---


def gamma_mean(shape: Array, slope: Array) -> Pair:
    return special.digamma(shape) - jnp.log(-slope), -shape / slope


def gamma_partition(shape: Array, slope: Array) -> Array:
    return special.gammaln(shape) - shape * jnp.log(-slope)


def gamma_entropy(shape: Array, slope: Array) -> Array:
    return shape - jnp.log(-slope) + special.gammaln(shape) + (1.0 - shape) * special.digamma(shape)


def gamma_kl(shape_p: Array, slope_p: Array, shape_q: Array, slope_q: Array) -> Array:
    ratio = slope_q / slope_p
    logs = special.gammaln(shape_q) - special.gammaln(shape_p) - shape_q * jnp.log(ratio)
    return logs + (shape_p - shape_q) * special.digamma(shape_p) + shape_p * (ratio - 1.0)


def gamma_solve(shape: Array, slope: Array, v: Array, w: Array) -> Pair:
    """F = [[trigamma(a), 1/b], [1/b, a/b^2]] by Cramer's rule, b^2 det F = a trigamma(a) - 1."""
    rate = -slope
    curvature = trigamma(shape)
    determinant = shape * curvature - 1.0
    return (shape * v - rate * w) / determinant, rate * (rate * curvature * w - v) / determinant


def gamma_natural(mean_log: Array, mean: Array) -> Pair:
    """Newton on log a - digamma(a) = gap for the whole batch, from Minka's start and in his variable 1/a (2002)."""
    gap = jnp.log(mean) - mean_log
    start = (3.0 - gap + jnp.sqrt((gap - 3.0) ** 2 + 24.0 * gap)) / (12.0 * gap)

    def step(shape: Array) -> Array:
        slope = shape - shape * shape * trigamma(shape)
        return 1.0 / (1.0 / shape + (jnp.log(shape) - special.digamma(shape) - gap) / slope)

    shape = newton(step, start, 50)
    return shape, -shape / mean


def newton(step: Callable[[Array], Array], start: Array, most: int) -> Array:
    """Steps of the whole batch until its slowest row has settled."""

    def goes_on(state: Any) -> Array:
        number, _, moved = state
        return (number < most) & (moved >= ROUNDING)

    def body(state: Any) -> Any:
        number, point, _ = state
        following = step(point)
        return number + 1, following, jnp.max(jnp.abs(following - point) / point)

    return lax.while_loop(goes_on, body, (0, start, jnp.inf))[1]


# --- Beta and Dirichlet, by their concentrations ---


def log_beta(alpha: Array, beta: Array) -> Array:
    return special.gammaln(alpha) + special.gammaln(beta) - special.gammaln(alpha + beta)


def beta_mean(alpha: Array, beta: Array) -> Pair:
    total = special.digamma(alpha + beta)
    return special.digamma(alpha) - total, special.digamma(beta) - total


def beta_entropy(alpha: Array, beta: Array) -> Array:
    total = alpha + beta
    first, second = (alpha - 1.0) * special.digamma(alpha), (beta - 1.0) * special.digamma(beta)
    return log_beta(alpha, beta) - first - second + (total - 2.0) * special.digamma(total)


def beta_kl(alpha_p: Array, beta_p: Array, alpha_q: Array, beta_q: Array) -> Array:
    total = alpha_p + beta_p
    return (
        log_beta(alpha_q, beta_q)
        - log_beta(alpha_p, beta_p)
        + (alpha_p - alpha_q) * special.digamma(alpha_p)
        + (beta_p - beta_q) * special.digamma(beta_p)
        + (alpha_q + beta_q - total) * special.digamma(total)
    )


def beta_solve(alpha: Array, beta: Array, v: Array, w: Array) -> Pair:
    """(diag(c) - t 1 1^T) x = v by Sherman and Morrison."""
    first, second = 1.0 / trigamma(alpha), 1.0 / trigamma(beta)
    pooled = (v * first + w * second) / (1.0 / trigamma(alpha + beta) - first - second)
    return first * (v + pooled), second * (w + pooled)


def beta_natural(mean_log: Array, mean_log_other: Array) -> Pair:
    alpha = dirichlet_natural(jnp.stack([mean_log, mean_log_other], axis=-1))
    return alpha[:, 0], alpha[:, 1]


def dirichlet_mean(alpha: Array) -> Array:
    return special.digamma(alpha) - special.digamma(alpha.sum(1, keepdims=True))


def dirichlet_partition(alpha: Array) -> Array:
    return special.gammaln(alpha).sum(1) - special.gammaln(alpha.sum(1))


def dirichlet_entropy(alpha: Array) -> Array:
    total = alpha.sum(1)
    terms = special.gammaln(alpha) - (alpha - 1.0) * special.digamma(alpha)
    return terms.sum(1) - special.gammaln(total) + (total - alpha.shape[1]) * special.digamma(total)


def dirichlet_kl(p: Array, q: Array) -> Array:
    total, total_q = p.sum(1), q.sum(1)
    terms = special.gammaln(q) - special.gammaln(p) + (p - q) * special.digamma(p)
    rest = special.gammaln(total) - special.gammaln(total_q) + (total_q - total) * special.digamma(total)
    return terms.sum(1) + rest


def dirichlet_solve(alpha: Array, v: Array) -> Array:
    """(diag(c) - t 1 1^T) x = v by Sherman and Morrison."""
    inverse = 1.0 / trigamma(alpha)
    pooled = (v * inverse).sum(1) / (1.0 / trigamma(alpha.sum(1)) - inverse.sum(1))
    return inverse * (v + pooled[:, None])


def dirichlet_natural(mu: Array) -> Array:
    """Newton with the diagonal-plus-rank-one Hessian for the whole batch (Minka 2000), in the concentrations."""
    share = jax.nn.softmax(mu, axis=1)
    # Stirling's estimate of the total from the mean logarithms, then one fixed-point step with Minka's inverse digamma.
    total = 0.5 * (mu.shape[1] - 1) / (share * (jnp.log(share) - mu)).sum(1, keepdims=True)
    wanted = mu + special.digamma(total)
    start = jnp.where(wanted >= -2.22, jnp.exp(wanted) + 0.5, -1.0 / (wanted + np.euler_gamma))

    def step(alpha: Array) -> Array:
        total = alpha.sum(1, keepdims=True)
        gradient = special.digamma(total) - special.digamma(alpha) + mu
        inverse = -1.0 / trigamma(alpha)
        pooled = (gradient * inverse).sum(1, keepdims=True)
        pooled /= 1.0 / trigamma(total) + inverse.sum(1, keepdims=True)
        following = alpha - (gradient - pooled) * inverse
        return jnp.where(following > 0.0, following, 0.5 * alpha)

    return newton(step, start, 200)


# --- MultivariateNormal, by (P m, -P/2) with P the full precision ---


def applied(matrices: Array, vectors: Array) -> Array:
    return jnp.einsum("nij,nj->ni", matrices, vectors)


def solved(factor: Array, vectors: Array) -> Array:
    return linalg.solve_triangular(factor, vectors[..., None], lower=True)[..., 0]


def inverse_of_factor(factor: Array) -> Array:
    return linalg.solve_triangular(factor, jnp.broadcast_to(jnp.eye(factor.shape[-1]), factor.shape), lower=True)


def half_log_determinant(factor: Array) -> Array:
    return jnp.log(jnp.diagonal(factor, axis1=-2, axis2=-1)).sum(-1)


def inverse(matrices: Array) -> Array:
    root = inverse_of_factor(jnp.linalg.cholesky(matrices))
    return jnp.matmul(root.mT, root)


def multivariate_normal_mean(a: Array, b: Array) -> Pair:
    covariance = inverse(-2.0 * b)
    mean = applied(covariance, a)
    return mean, covariance + mean[:, :, None] * mean[:, None, :]


def multivariate_normal_natural(mean: Array, second: Array) -> Pair:
    precision = inverse(second - mean[:, :, None] * mean[:, None, :])
    return applied(precision, mean), -0.5 * precision


def multivariate_normal_partition(a: Array, b: Array) -> Array:
    factor = jnp.linalg.cholesky(-2.0 * b)
    squares = (solved(factor, a) ** 2).sum(1)
    return 0.5 * squares - half_log_determinant(factor) + a.shape[1] * HALF_LOG_TWO_PI


def multivariate_normal_kl(a_p: Array, b_p: Array, a_q: Array, b_q: Array) -> Array:
    """With P = L L^T the trace is |L_p^-1 L_q|^2, the distance |L_q^T m_p - L_q^-1 a_q|^2."""
    factor_p, factor_q = jnp.linalg.cholesky(-2.0 * b_p), jnp.linalg.cholesky(-2.0 * b_q)
    root = inverse_of_factor(factor_p)
    mean = applied(root.mT, applied(root, a_p))
    gap = applied(factor_q.mT, mean) - solved(factor_q, a_q)
    squares = (jnp.matmul(root, factor_q) ** 2).sum((1, 2)) + (gap**2).sum(1)
    return 0.5 * (squares - a_p.shape[1]) + half_log_determinant(factor_p) - half_log_determinant(factor_q)


FORMULAS: dict[tuple[str, str], Callable[..., Any]] = {
    ("Bernoulli", "mean_from_natural"): sigmoid,
    ("Bernoulli", "natural_from_mean"): special.logit,
    ("Bernoulli", "log_partition"): softplus,
    ("Bernoulli", "entropy"): bernoulli_entropy,
    ("Bernoulli", "kl_divergence"): bernoulli_kl,
    ("Bernoulli", "fisher_solve"): bernoulli_solve,
    ("Poisson", "mean_from_natural"): jnp.exp,
    ("Poisson", "natural_from_mean"): jnp.log,
    ("Poisson", "log_partition"): jnp.exp,
    ("Poisson", "entropy"): poisson_entropy,
    ("Poisson", "kl_divergence"): poisson_kl,
    ("Poisson", "fisher_solve"): lambda theta, v: v * jnp.exp(-theta),
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
    ("Beta", "log_partition"): log_beta,
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
