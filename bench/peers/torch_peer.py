"""PyTorch by hand, on one thread: fused functions where it has them, and in place where that saves a pass."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch.nn.functional import softplus as rounded_softplus

from . import forms

torch.set_num_threads(1)
Tensor = torch.Tensor
Pair = tuple[Tensor, Tensor]
ROUNDING = 1e-12  # a whole-batch Newton ends when its slowest row has moved by less
HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)
PIVOTED = 16  # up to this dimension a batch is inverted fastest by LU


def versions() -> dict[str, str]:
    return {"torch": torch.__version__}


def prepare(family: str, operation: str, operands: list[forms.Parts]) -> Callable[[], Any] | None:
    formula = FORMULAS.get((family, operation))
    if formula is None:
        return None
    flat = [torch.from_numpy(part) for operand in operands for part in operand]

    def call() -> Any:
        with torch.inference_mode():
            return formula(*flat)

    return call


def parts(answer: Any) -> forms.Parts:
    return tuple(part.numpy() for part in (answer if isinstance(answer, tuple) else (answer,)))


def trigamma(x: Tensor) -> Tensor:
    return torch.special.polygamma(1, x)


# --- Bernoulli, by its log odds ---


def softplus(theta: Tensor) -> Tensor:
    return rounded_softplus(theta, threshold=40.0)  # beyond which log(1 + exp x) rounds to x


def bernoulli_entropy(theta: Tensor) -> Tensor:
    return softplus(theta).addcmul_(theta, torch.sigmoid(theta), value=-1.0)


def bernoulli_kl(p: Tensor, q: Tensor) -> Tensor:
    return softplus(q).sub_(softplus(p)).addcmul_(torch.sigmoid(p), p - q)


def bernoulli_solve(theta: Tensor, v: Tensor) -> Tensor:
    probability = torch.sigmoid(theta)
    return v / torch.addcmul(probability, probability, probability, value=-1.0)


# --- Poisson, by its log rate ---


def poisson_entropy(theta: Tensor) -> Tensor:
    """lambda (1 - log lambda) + E log x!, summed until the tail of the largest rate is below rounding."""
    rate = torch.exp(theta)
    probability = torch.exp(-rate)
    expected = rate * (1.0 - theta)
    top = float(rate.max())
    for x in range(1, int(top + 10.0 * math.sqrt(top) + 30.0)):
        probability.mul_(rate).div_(x)
        expected.add_(probability, alpha=math.lgamma(x + 1.0))
    return expected


def poisson_kl(p: Tensor, q: Tensor) -> Tensor:
    rate = torch.exp(p)
    return torch.exp(q).sub_(rate).addcmul_(rate, p - q)


# --- Normal, by (m/v, -1/2v) ---


def normal_mean(a: Tensor, b: Tensor) -> Pair:
    variance = -0.5 / b
    mean = a * variance
    return mean, variance.addcmul_(mean, mean)


def normal_natural(mean: Tensor, second: Tensor) -> Pair:
    precision = torch.addcmul(second, mean, mean, value=-1.0).reciprocal_()
    return mean * precision, precision.mul_(-0.5)


def normal_partition(a: Tensor, b: Tensor) -> Tensor:
    return torch.log(b * (-1.0 / math.pi)).mul_(-0.5).addcdiv_(a * a, b, value=-0.25)


def normal_entropy(a: Tensor, b: Tensor) -> Tensor:
    return torch.log(b * (-1.0 / math.pi)).mul_(-0.5).add_(0.5)


def normal_kl(a_p: Tensor, b_p: Tensor, a_q: Tensor, b_q: Tensor) -> Tensor:
    ratio = b_q / b_p
    gap = (a_q / b_q).sub_(a_p / b_p)
    divergence = torch.log(ratio).neg_().add_(ratio).sub_(1.0).mul_(0.5)
    return divergence.addcmul_(gap.square_(), b_q, value=-0.25)


def normal_solve(a: Tensor, b: Tensor, v: Tensor, w: Tensor) -> Pair:
    """F = [[s, 2ms], [2ms, 4m^2 s + 2s^2]] with mean m and variance s."""
    precision = b * -2.0
    mean = a / precision
    second = torch.addcmul(w, mean, v, value=-2.0).mul_(0.5).mul_(precision).mul_(precision)
    return (v * precision).addcmul_(mean, second, value=-2.0), second


# --- Gamma, by (shape, -rate) ---


def gamma_mean(shape: Tensor, slope: Tensor) -> Pair:
    rate = -slope
    return torch.digamma(shape).sub_(torch.log(rate)), shape / rate


def gamma_partition(shape: Tensor, slope: Tensor) -> Tensor:
    return torch.lgamma(shape).addcmul_(shape, torch.log(-slope), value=-1.0)


def gamma_entropy(shape: Tensor, slope: Tensor) -> Tensor:
    start = torch.lgamma(shape).add_(shape).sub_(torch.log(-slope))
    return start.addcmul_(1.0 - shape, torch.digamma(shape))


def gamma_kl(shape_p: Tensor, slope_p: Tensor, shape_q: Tensor, slope_q: Tensor) -> Tensor:
    ratio = slope_q / slope_p
    value = torch.lgamma(shape_q).sub_(torch.lgamma(shape_p))
    value.addcmul_(shape_p - shape_q, torch.digamma(shape_p))
    value.addcmul_(shape_q, torch.log(ratio), value=-1.0)
    return value.addcmul_(shape_p, ratio.sub_(1.0))


def gamma_solve(shape: Tensor, slope: Tensor, v: Tensor, w: Tensor) -> Pair:
    """F = [[trigamma(a), 1/b], [1/b, a/b^2]] by Cramer's rule, b^2 det F = a trigamma(a) - 1."""
    rate = -slope
    curvature = trigamma(shape)
    determinant = (shape * curvature).sub_(1.0)
    first = (shape * v).addcmul_(rate, w, value=-1.0).div_(determinant)
    return first, curvature.mul_(rate).mul_(w).sub_(v).mul_(rate).div_(determinant)


def gamma_natural(mean_log: Tensor, mean: Tensor) -> Pair:
    """Newton on log a - digamma(a) = gap for the whole batch, from Minka's start and in his variable 1/a (2002)."""
    gap = torch.log(mean).sub_(mean_log)
    shape = (3.0 - gap + torch.sqrt((gap - 3.0) ** 2 + 24.0 * gap)) / (12.0 * gap)
    for _ in range(50):
        slope = shape.addcmul(shape * shape, trigamma(shape), value=-1.0)
        excess = torch.log(shape).sub_(torch.digamma(shape)).sub_(gap)
        following = shape.reciprocal().addcdiv_(excess, slope).reciprocal_()
        moved = float(((following - shape) / shape).abs_().max())
        shape = following
        if moved < ROUNDING:
            break
    return shape, (shape / mean).neg_()


# --- Beta and Dirichlet, by their concentrations ---


def log_beta(alpha: Tensor, beta: Tensor) -> Tensor:
    return torch.lgamma(alpha).add_(torch.lgamma(beta)).sub_(torch.lgamma(alpha + beta))


def beta_mean(alpha: Tensor, beta: Tensor) -> Pair:
    total = torch.digamma(alpha + beta)
    return torch.digamma(alpha).sub_(total), torch.digamma(beta).sub_(total)


def beta_entropy(alpha: Tensor, beta: Tensor) -> Tensor:
    total = alpha + beta
    value = log_beta(alpha, beta).addcmul_(alpha - 1.0, torch.digamma(alpha), value=-1.0)
    value.addcmul_(beta - 1.0, torch.digamma(beta), value=-1.0)
    return value.addcmul_(total - 2.0, torch.digamma(total))


def beta_kl(alpha_p: Tensor, beta_p: Tensor, alpha_q: Tensor, beta_q: Tensor) -> Tensor:
    total = alpha_p + beta_p
    value = log_beta(alpha_q, beta_q).sub_(log_beta(alpha_p, beta_p))
    value.addcmul_(alpha_p - alpha_q, torch.digamma(alpha_p))
    value.addcmul_(beta_p - beta_q, torch.digamma(beta_p))
    return value.addcmul_(alpha_q + beta_q - total, torch.digamma(total))


def beta_solve(alpha: Tensor, beta: Tensor, v: Tensor, w: Tensor) -> Pair:
    """(diag(c) - t 1 1^T) x = v by Sherman and Morrison."""
    first, second = trigamma(alpha).reciprocal_(), trigamma(beta).reciprocal_()
    v, w = v * first, w * second
    pooled = (v + w).div_(trigamma(alpha + beta).reciprocal_().sub_(first).sub_(second))
    return v.addcmul_(pooled, first), w.addcmul_(pooled, second)


def beta_natural(mean_log: Tensor, mean_log_other: Tensor) -> Pair:
    alpha, beta = dirichlet_natural(torch.stack([mean_log, mean_log_other], dim=-1)).unbind(-1)
    return alpha, beta


def dirichlet_mean(alpha: Tensor) -> Tensor:
    return torch.digamma(alpha).sub_(torch.digamma(alpha.sum(1, keepdim=True)))


def dirichlet_partition(alpha: Tensor) -> Tensor:
    return torch.lgamma(alpha).sum(1).sub_(torch.lgamma(alpha.sum(1)))


def dirichlet_entropy(alpha: Tensor) -> Tensor:
    total = alpha.sum(1)
    terms = torch.lgamma(alpha).addcmul_(1.0 - alpha, torch.digamma(alpha)).sum(1)
    return terms.sub_(torch.lgamma(total)).addcmul_(total - alpha.shape[1], torch.digamma(total))


def dirichlet_kl(p: Tensor, q: Tensor) -> Tensor:
    total, total_q = p.sum(1), q.sum(1)
    terms = torch.lgamma(q).sub_(torch.lgamma(p)).addcmul_(p - q, torch.digamma(p)).sum(1)
    terms.add_(torch.lgamma(total)).sub_(torch.lgamma(total_q))
    return terms.addcmul_(total_q - total, torch.digamma(total))


def dirichlet_solve(alpha: Tensor, v: Tensor) -> Tensor:
    """(diag(c) - t 1 1^T) x = v by Sherman and Morrison."""
    inverse = trigamma(alpha).reciprocal_()
    scaled = v * inverse
    pooled = scaled.sum(1).div_(trigamma(alpha.sum(1)).reciprocal_().sub_(inverse.sum(1)))
    return scaled.addcmul_(inverse, pooled[:, None])


def dirichlet_natural(mu: Tensor) -> Tensor:
    """Newton with the diagonal-plus-rank-one Hessian for the whole batch (Minka 2000), in the concentrations."""
    share = torch.softmax(mu, 1)
    # Stirling's estimate of the total from the mean logarithms, then one fixed-point step with Minka's inverse digamma.
    total = 0.5 * (mu.shape[1] - 1) / torch.log(share).sub_(mu).mul_(share).sum(1, keepdim=True)
    wanted = mu + torch.digamma(total)
    alpha = torch.where(wanted >= -2.22, torch.exp(wanted).add_(0.5), -1.0 / (wanted - torch.digamma(torch.ones(()))))
    for _ in range(200):
        total = alpha.sum(1, keepdim=True)
        gradient = torch.digamma(alpha).neg_().add_(torch.digamma(total)).add_(mu)
        inverse = trigamma(alpha).reciprocal_().neg_()
        pooled = (gradient * inverse).sum(1, keepdim=True)
        pooled.div_(trigamma(total).reciprocal_().add_(inverse.sum(1, keepdim=True)))
        following = alpha.addcmul(gradient.sub_(pooled), inverse, value=-1.0)
        following = torch.where(following > 0.0, following, 0.5 * alpha)
        moved = float((following - alpha).div_(alpha).abs_().max())
        alpha = following
        if moved < ROUNDING:
            break
    return alpha


# --- MultivariateNormal, by (P m, -P/2) with P the full precision ---


def inverse_of_factor(factor: Tensor) -> Tensor:
    return torch.linalg.solve_triangular(
        factor, torch.eye(factor.shape[-1], dtype=factor.dtype).expand_as(factor), upper=False
    )


def inverse(matrices: Tensor) -> Tensor:
    """Of symmetric positive-definite matrices, by whatever is fastest at their size."""
    if matrices.shape[-1] <= PIVOTED:
        return torch.linalg.inv(matrices)
    factor = torch.linalg.cholesky(matrices)
    if len(matrices) == 1:
        return torch.cholesky_inverse(factor)
    root = inverse_of_factor(factor)
    return root.mT @ root


def applied(matrices: Tensor, vectors: Tensor) -> Tensor:
    return (matrices @ vectors[..., None])[..., 0]


def solved(factor: Tensor, vectors: Tensor) -> Tensor:
    return torch.linalg.solve_triangular(factor, vectors[..., None], upper=False)[..., 0]


def half_log_determinant(factor: Tensor) -> Tensor:
    return torch.log(torch.diagonal(factor, dim1=-2, dim2=-1)).sum(-1)


def multivariate_normal_mean(a: Tensor, b: Tensor) -> Pair:
    second = inverse(b * -2.0)
    mean = applied(second, a)
    return mean, second.addcmul_(mean[:, :, None], mean[:, None, :])


def multivariate_normal_natural(mean: Tensor, second: Tensor) -> Pair:
    precision = inverse(torch.addcmul(second, mean[:, :, None], mean[:, None, :], value=-1.0))
    return applied(precision, mean), precision.mul_(-0.5)


def multivariate_normal_partition(a: Tensor, b: Tensor) -> Tensor:
    factor = torch.linalg.cholesky(b * -2.0)
    squares = solved(factor, a).square_().sum(1).mul_(0.5)
    return squares.sub_(half_log_determinant(factor)).add_(a.shape[1] * HALF_LOG_TWO_PI)


def multivariate_normal_kl(a_p: Tensor, b_p: Tensor, a_q: Tensor, b_q: Tensor) -> Tensor:
    """With P = L L^T the trace is |L_p^-1 L_q|^2, the distance |L_q^T m_p - L_q^-1 a_q|^2."""
    factor_p, factor_q = torch.linalg.cholesky(b_p * -2.0), torch.linalg.cholesky(b_q * -2.0)
    root = inverse_of_factor(factor_p)
    mean = applied(root.mT, applied(root, a_p))
    gap = applied(factor_q.mT, mean).sub_(solved(factor_q, a_q))
    value = (root @ factor_q).square_().sum((1, 2)).add_(gap.square_().sum(1)).sub_(a_p.shape[1]).mul_(0.5)
    return value.add_(half_log_determinant(factor_p)).sub_(half_log_determinant(factor_q))


FORMULAS: dict[tuple[str, str], Callable[..., Any]] = {
    ("Bernoulli", "mean_from_natural"): torch.sigmoid,
    ("Bernoulli", "natural_from_mean"): torch.logit,
    ("Bernoulli", "log_partition"): softplus,
    ("Bernoulli", "entropy"): bernoulli_entropy,
    ("Bernoulli", "kl_divergence"): bernoulli_kl,
    ("Bernoulli", "fisher_solve"): bernoulli_solve,
    ("Poisson", "mean_from_natural"): torch.exp,
    ("Poisson", "natural_from_mean"): torch.log,
    ("Poisson", "log_partition"): torch.exp,
    ("Poisson", "entropy"): poisson_entropy,
    ("Poisson", "kl_divergence"): poisson_kl,
    ("Poisson", "fisher_solve"): lambda theta, v: torch.neg(theta).exp_().mul_(v),
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
