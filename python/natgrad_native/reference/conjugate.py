"""What makes a family the conjugate prior of another one's parameter phi.

The prior's natural parameters lambda and statistics S(phi) are such that <delta(x), S(phi)> = log p(x | phi) + a
constant in phi: observing x adds delta(x) to lambda (Diaconis & Ylvisaker 1979, Conjugate priors for exponential
families). Then for lambda' = lambda + delta(x), and E' the expectation under it,

    log p(x | lambda) = E' log p(x | phi) - KL(lambda' || lambda) = log p(x | E' theta) - gap - KL(lambda' || lambda),

gap = E' A(theta) - A(E' theta) >= 0: terms of the size of the answer, where log h(x) + A(lambda') - A(lambda) has big
ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .arrays import Rows
from .special import log_minus_digamma

if TYPE_CHECKING:
    from .family import Family


def _as_they_are(statistics: Rows) -> Rows:
    return statistics


class Conjugate(NamedTuple):
    """The statement of one pair; arrays have rows.

    Attributes:
        family: the prior family.
        parameter: what the prior is a distribution of, in the words of the likelihood's standard parameters.
        increment: (sums of `terms` (rows, n), counts (rows,)) -> what they add to lambda (rows, size of the prior).
        expectation: (lambda, centred mean parameters of the prior there) -> (E theta, gap).
        natural: phi (rows, *event of the prior) -> theta of the likelihood.
        terms: T (rows, size) -> what is summed over observations; T itself unless sums of it would cancel.
    """

    family: Family
    parameter: str
    increment: Callable[[Rows, Rows], Rows]
    expectation: Callable[[Rows, Rows], tuple[Rows, Rows]]
    natural: Callable[[Rows], Rows]
    terms: Callable[[Rows], Rows] = _as_they_are


def proportions(family: Family, number: float, parameter: str) -> Conjugate:
    """Counts of K categories, `number` in all, of which T has the first K - 1: a Beta or Dirichlet prior.

    With E log p_k = log s_k - d_k, s_k the share of concentration k and d_k = L(alpha_k) - L(sum alpha) >= 0, where
    L(a) = log a - psi(a), gap = -number log sum exp(E log p_k), and the sum is 1 + sum s_k expm1(-d_k).
    """

    def expectation(concentration: Rows, mean: Rows) -> tuple[Rows, Rows]:
        total = concentration.sum(axis=-1, keepdims=True)
        share = concentration / total
        less = log_minus_digamma(concentration) - log_minus_digamma(total)
        drop = (share * np.expm1(-less)).sum(axis=-1)
        near = drop > -0.5
        far = np.log((share * np.exp(-less)).sum(axis=-1))
        return mean[:, :-1] - mean[:, -1:], -number * np.where(near, np.log1p(np.where(near, drop, 0.0)), far)

    def natural(p: Rows) -> Rows:
        return (np.log(p) - np.log1p(-p))[:, None] if p.ndim == 1 else np.log(p[:, :-1]) - np.log(p[:, -1:])

    return Conjugate(
        family,
        parameter,
        lambda total, count: total,
        expectation,
        natural,
        lambda t: np.concatenate([t, number - t.sum(axis=-1, keepdims=True)], axis=-1),
    )


def failures(family: Family, successes: float, parameter: str) -> Conjugate:
    """T counts the failures before so many successes: a Beta prior of (successes, failures).

    With E log(1 - p) = log s - d, s the share of beta and d as in `proportions`, 1 - exp E log(1 - p) is the share of
    alpha times 1 - beta expm1(-d) / alpha, and gap = successes (log of that - E log p).
    """

    def expectation(shapes: Rows, mean: Rows) -> tuple[Rows, Rows]:
        total = log_minus_digamma(shapes.sum(axis=-1))
        less = log_minus_digamma(shapes) - total[:, None]
        raised = np.log1p(shapes[:, 1] / shapes[:, 0] * -np.expm1(-less[:, 1]))
        return mean[:, 1:], successes * (less[:, 0] + raised)

    return Conjugate(
        family,
        parameter,
        lambda total, count: np.stack([successes * count, total[:, 0]], axis=-1),
        expectation,
        lambda p: np.log1p(-p)[:, None],
    )


def poisson_rate(family: Family) -> Conjugate:
    """A Gamma prior of the rate: E log rate = log E rate + c_0, and gap = E rate - exp E log rate."""
    return Conjugate(
        family,
        "rate",
        lambda total, count: np.stack([total[:, 0], -count], axis=-1),
        lambda _, c: ((c[:, 0] + np.log(c[:, 1]))[:, None], -c[:, 1] * np.expm1(c[:, 0])),
        lambda rate: np.log(rate)[:, None],
    )


def gamma_rate(family: Family, parameter: str, shape: float, sign: float) -> Conjugate:
    """|T| = sign T is Gamma(shape, rate), and the rate has a Gamma prior: gap = shape (log E rate - E log rate)."""
    return Conjugate(
        family,
        parameter,
        lambda total, count: np.stack([shape * count, -sign * total[:, 0]], axis=-1),
        lambda _, c: (-sign * c[:, 1:], -shape * c[:, 0]),
        lambda rate: -sign * rate[:, None],
    )


def inverse_gamma_scale(family: Family, parameter: str, shape: float, numerator: float) -> Conjugate:
    """T is Gamma(shape, numerator / phi), and phi has an InverseGamma prior; gap as in `gamma_rate`."""
    return Conjugate(
        family,
        parameter,
        lambda total, count: np.stack([-shape * count, -numerator * total[:, 0]], axis=-1),
        lambda _, c: (-numerator * c[:, 1:], shape * c[:, 0]),
        lambda scale: -numerator / scale[:, None],
    )


def normal_mean(family: Family, variance: float) -> Conjugate:
    """A Normal prior of the mean at a known variance: gap = the prior's variance / 2 variance."""
    return Conjugate(
        family,
        "mean",
        lambda total, count: np.stack([total[:, 0] / variance, -0.5 * count / variance], axis=-1),
        lambda _, c: (c[:, :1] / variance, 0.5 * c[:, 1] / variance),
        lambda mean: mean[:, None] / variance,
    )


def normal_vector(family: Family, solve: Callable[[Rows], Rows], second: Rows, shape: tuple[int, ...]) -> Conjugate:
    """A MultivariateNormal prior of the mean at a known covariance: gap = tr(P S)/2, S that of the prior.

    `solve` multiplies by the precision P, `second` is -P/2 in packed natural coordinates.
    """
    size = int(np.prod(shape))
    return Conjugate(
        family,
        "mean" if len(shape) == 1 else "mean, row by row",
        lambda total, count: np.concatenate([solve(total), count[:, None] * second], axis=-1),
        lambda _, c: (solve(c[:, :size]), -(c[:, size:] @ second)),
        lambda mean: solve(mean.reshape(len(mean), size)),
    )


def normal_mean_and_variance(family: Family) -> Conjugate:
    """A NormalInverseGamma prior (DeGroot 1970, Optimal Statistical Decisions, 9.6).

    gap = (1/k + log a - psi(a))/2: the spread of the mean and that of the variance.
    """

    def increment(total: Rows, count: Rows) -> Rows:
        half = -0.5 * count
        return np.stack([half, -0.5 * total[:, 1], total[:, 0], half], axis=-1)

    return Conjugate(
        family,
        "mean and variance",
        increment,
        lambda _, c: (np.stack([c[:, 1] * c[:, 2], -0.5 * c[:, 1]], axis=-1), 0.5 * (c[:, 3] + c[:, 0])),
        lambda x: np.stack([x[:, 0] / x[:, 1], -0.5 / x[:, 1]], axis=-1),
    )
