"""What makes a family the conjugate prior of another one's parameter phi.

The prior's natural parameters lambda and statistics S(phi) are such that <delta(x), S(phi)> = log p(x | phi) + a
constant in phi: observing x adds delta(x) to lambda (Diaconis & Ylvisaker 1979, Conjugate priors for exponential
families). Then for lambda' = lambda + delta(x), and E' the expectation under it,

    log p(x | lambda) = E' log p(x | phi) - KL(lambda' || lambda) = log p(x | E' theta) - gap - KL(lambda' || lambda),

gap = E' A(theta) - A(E' theta) >= 0: terms of the size of the answer, where log h(x) + A(lambda') - A(lambda) has big
ones. Where lambda' or E' theta would itself cancel, a Normal far from zero or counts under tiny concentrations, the
pair states p(x | lambda).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from . import count_vectors, gaussian
from . import symmetric as sym
from .arrays import Rows
from .dirichlet_divergence import kl_divergence
from .dirichlet_maps import split, to_mean
from .special import HALF_LOG_TWO_PI, log1p_remainder, log_minus_digamma_drop, stirling_remainder

if TYPE_CHECKING:
    from .combination import Combination
    from .family import Family


def _as_they_are(statistics: Rows) -> Rows:
    return statistics


class Conjugate(NamedTuple):
    """The statement of one pair; arrays have rows.

    Attributes:
        family: the prior family.
        parameter: what the prior is a distribution of, in the words of the likelihood's standard parameters.
        increment: (sums of `terms` (rows, n), counts (rows,)) -> what they add to lambda (rows, size of the prior).
        natural: phi (rows, *event of the prior) -> theta of the likelihood.
        expectation: (lambda, centred mean parameters of the prior there) -> (E theta, gap); or in its place
        predictive: (lambda, centred mean parameters, x) -> log p(x | lambda).
        parts: in their place the families side by side of which the likelihood consists, each with its own pair.
        terms: T (rows, size) -> what is summed over observations; T itself unless sums of it would cancel.
    """

    family: Family
    parameter: str
    increment: Callable[[Rows, Rows], Rows]
    natural: Callable[[Rows], Rows]
    expectation: Callable[[Rows, Rows], tuple[Rows, Rows]] | None = None
    predictive: Callable[[Rows, Rows, Rows], Rows] | None = None
    terms: Callable[[Rows], Rows] = _as_they_are
    parts: tuple[tuple[Family, Conjugate], ...] = ()


def side_by_side(family: Combination, likelihoods: Sequence[Family], parts: Sequence[Conjugate]) -> Conjugate:
    """Priors side by side of families side by side: A, T and lambda are those of the parts."""
    pairs = list(zip(likelihoods, parts, strict=True))
    columns = _slices(likelihood.size for likelihood, _ in pairs)
    sums = _slices(part.terms(np.zeros((1, likelihood.size))).shape[-1] for likelihood, part in pairs)

    def terms(statistics: Rows) -> Rows:
        own = [part.terms(statistics[..., column]) for part, column in zip(parts, columns, strict=True)]
        return np.concatenate(own, axis=-1)

    def increment(total: Rows, count: Rows) -> Rows:
        own = [part.increment(total[:, column], count) for part, column in zip(parts, sums, strict=True)]
        return np.concatenate(own, axis=-1)

    def natural(phi: Rows) -> Rows:
        shares = family._observed(phi)
        return np.concatenate([part.natural(own) for part, (_, own) in zip(parts, shares, strict=True)], axis=-1)

    names = [part.parameter for part in parts]
    alike = all(name == names[0] for name in names)
    return Conjugate(
        family,
        f"{names[0]} of each" if alike else ", ".join(f"{name} of part {k}" for k, name in enumerate(names)),
        increment,
        natural,
        terms=terms,
        parts=tuple(pairs),
    )


def _slices(sizes: Iterable[int]) -> list[slice]:
    ends = [0, *accumulate(sizes)]
    return [slice(start, end) for start, end in pairwise(ends)]


def _expected_log_mass(concentration: Rows, counts: Rows, number: Rows) -> Rows:
    """E log(number!/prod counts! prod p_k^counts_k), p Dirichlet, for counts that may be real and add up to number.

    The mass at p in proportion to exp E log p, and number log sum exp(E log p_k). With E log p_k = log s_k - d_k, s_k
    the share of concentration k and d_k = L(alpha_k) - L(sum alpha) >= 0, L(a) = log a - psi(a), that sum is 1 + sum
    s_k expm1(-d_k).
    """
    parts = split(concentration)
    share = concentration / parts.total[:, None]
    less = log_minus_digamma_drop(concentration, parts.others)
    drop = (share * np.expm1(-less)).sum(axis=-1)
    weight = share * np.exp(-less)
    whole = weight.sum(axis=-1)
    log_whole = np.where(drop > -0.5, np.log1p(np.maximum(drop, -0.5)), np.log(whole))
    expected = number * log_whole + count_vectors.log_mass(number, counts, weight / whole[:, None])
    every, most = np.arange(len(counts)), counts.argmax(axis=-1)
    sure = number * to_mean(concentration)[every, most]  # all in one category: far below rounding of the terms above
    return np.asarray(np.where(counts[every, most] == number, sure, expected))


def proportions(family: Family, number: float, parameter: str, statistics: Callable[[Rows], Rows]) -> Conjugate:
    """Counts of K categories, `number` in all, of which T has the first K - 1: a Beta or Dirichlet prior.

    A single trial has its share of the concentration, more trials the mass of `_expected_log_mass`.
    """

    def counts(t: Rows) -> Rows:
        return np.concatenate([t, number - t.sum(axis=-1, keepdims=True)], axis=-1)

    def predictive(concentration: Rows, _: Rows, x: Rows) -> Rows:
        seen = counts(statistics(x))
        every, most = np.arange(len(x)), seen.argmax(axis=-1)
        if number == 1:
            parts = split(concentration)
            rest = parts.others[every, most] / parts.total
            share = concentration[every, most] / parts.total
            return np.asarray(np.where(rest < 0.5, np.log1p(-np.minimum(rest, 0.5)), np.log(share)))
        expected = _expected_log_mass(concentration + seen, seen, np.full(len(x), number))
        return np.asarray(expected - kl_divergence(concentration + seen, concentration))

    def natural(p: Rows) -> Rows:
        return (np.log(p) - np.log1p(-p))[:, None] if p.ndim == 1 else np.log(p[:, :-1]) - np.log(p[:, -1:])

    return Conjugate(family, parameter, lambda total, count: total, natural, predictive=predictive, terms=counts)


def failures(family: Family, successes: float, parameter: str) -> Conjugate:
    """T counts the failures before so many successes: a Beta prior of (successes, failures).

    With E log(1 - p) = log s - d, s the share of beta and d as in `proportions`, 1 - exp E log(1 - p) is the share of
    alpha times 1 - beta expm1(-d) / alpha, and gap = successes (log of that - E log p).
    """

    def expectation(shapes: Rows, mean: Rows) -> tuple[Rows, Rows]:
        less = log_minus_digamma_drop(shapes, split(shapes).others)
        raised = np.log1p(shapes[:, 1] / shapes[:, 0] * -np.expm1(-less[:, 1]))
        return mean[:, 1:], successes * (less[:, 0] + raised)

    return Conjugate(
        family,
        parameter,
        lambda total, count: np.stack([successes * count, total[:, 0]], axis=-1),
        lambda p: np.log1p(-p)[:, None],
        expectation,
    )


def kinds_of_failure(family: Family, successes: float, parameter: str) -> Conjugate:
    """T counts the failures of K kinds before so many successes: a Dirichlet prior, the success last.

    log p(x | p) = sum x_k log p_k + successes log p_0 + log h adds (x, successes); with the latter as one more count it
    is the log mass of all of them less log(1 + sum x/successes).
    """

    def predictive(concentration: Rows, _: Rows, x: Rows) -> Rows:
        r = np.full(len(x), successes)
        seen, total = np.concatenate([x, r[:, None]], axis=-1), x.sum(axis=-1)
        expected = _expected_log_mass(concentration + seen, seen, total + r)
        return np.asarray(expected - np.log1p(total / r) - kl_divergence(concentration + seen, concentration))

    return Conjugate(
        family,
        parameter,
        lambda total, count: np.concatenate([total, successes * count[:, None]], axis=-1),
        lambda p: np.log(p[:, :-1]),
        predictive=predictive,
    )


def poisson_rate(family: Family) -> Conjugate:
    """A Gamma prior of the rate: E log rate = log E rate + c_0, and gap = E rate - exp E log rate."""
    return Conjugate(
        family,
        "rate",
        lambda total, count: np.stack([total[:, 0], -count], axis=-1),
        lambda rate: np.log(rate)[:, None],
        lambda _, c: ((c[:, 0] + np.log(c[:, 1]))[:, None], -c[:, 1] * np.expm1(c[:, 0])),
    )


def gamma_rate(family: Family, parameter: str, shape: float, factor: float) -> Conjugate:
    """Factor T is Gamma(shape, phi), phi has a Gamma prior: gap = shape (log E phi - E log phi)."""
    return Conjugate(
        family,
        parameter,
        lambda total, count: np.stack([shape * count, -factor * total[:, 0]], axis=-1),
        lambda rate: -factor * rate[:, None],
        lambda _, c: (-factor * c[:, 1:], -shape * c[:, 0]),
    )


def inverse_gamma_scale(family: Family, parameter: str, shape: float, numerator: float) -> Conjugate:
    """T is Gamma(shape, numerator / phi), and phi has an InverseGamma prior; gap as in `gamma_rate`."""
    return Conjugate(
        family,
        parameter,
        lambda total, count: np.stack([-shape * count, -numerator * total[:, 0]], axis=-1),
        lambda scale: -numerator / scale[:, None],
        lambda _, c: (-numerator * c[:, 1:], shape * c[:, 0]),
    )


def normal_mean(family: Family, variance: float) -> Conjugate:
    """A Normal prior of the mean at a known variance; x is Normal of both variances."""

    def predictive(_: Rows, c: Rows, x: Rows) -> Rows:
        total = variance + c[:, 1]
        distance = x - c[:, 0]
        return np.asarray(-0.5 * distance * (distance / total) - 0.5 * np.log(total) - HALF_LOG_TWO_PI)

    return Conjugate(
        family,
        "mean",
        lambda total, count: np.stack([total[:, 0] / variance, -0.5 * count / variance], axis=-1),
        lambda mean: mean[:, None] / variance,
        predictive=predictive,
    )


def normal_vector(family: Family, covariance: Rows, solve: Callable[[Rows], Rows], shape: tuple[int, ...]) -> Conjugate:
    """A MultivariateNormal prior of the mean at a known covariance; x is Normal of both covariances.

    `solve` multiplies by the inverse of the covariance.
    """
    size = len(covariance)
    second = -sym.pack(sym.symmetrised(solve(np.eye(size)))) * sym.natural_scale(size)

    def predictive(_: Rows, c: Rows, x: Rows) -> Rows:
        factor, _good, _pivots = sym.cholesky(sym.unpack(c[:, size:], size) + covariance)
        z = sym.solve_lower(factor, (x.reshape(len(x), size) - c[:, :size])[..., None])[..., 0]
        return np.asarray(-0.5 * (z * z).sum(axis=-1) - gaussian.half_log_determinant(factor) - size * HALF_LOG_TWO_PI)

    return Conjugate(
        family,
        "mean" if len(shape) == 1 else "mean, row by row",
        lambda total, count: np.concatenate([solve(total), count[:, None] * second], axis=-1),
        lambda mean: solve(mean.reshape(len(mean), size)),
        predictive=predictive,
    )


def normal_mean_and_variance(
    family: Family, sign: float, variate: Callable[[Rows], Rows], log_jacobian: Callable[[Rows], Rows]
) -> Conjugate:
    """A NormalInverseGamma prior, or with SIGN 1 a NormalGamma one (DeGroot 1970, Optimal Statistical Decisions, 9.6).

    y is a shifted Student's t.

    log p(y) = log Gamma(a + 1/2) - log Gamma(a) - log(2 pi w)/2 - (a + 1/2) log(1 + (y - m)^2/2w), w = b (k + 1)/k.
    With z = 1/2a the first two are log(a)/2 - a (z - log(1 + z)) + s(a + 1/2) - s(a), s Stirling's remainder (DLMF
    5.11.1). The centred coordinates are [log a - psi(a), a/b, m, 1/k].
    """

    def increment(total: Rows, count: Rows) -> Rows:
        half = 0.5 * count
        return np.stack([sign * half, -0.5 * total[:, 1], total[:, 0], -half], axis=-1)

    def predictive(theta: Rows, c: Rows, x: Rows) -> Rows:
        a, rate, spread = sign * theta[:, 0], c[:, 1], 1.0 + c[:, 3]
        gammas = stirling_remainder(a + 0.5) - stirling_remainder(a) - a * log1p_remainder(0.5 / a)
        distance = variate(x) - c[:, 2]
        far = np.log1p(distance * (distance / spread) * (0.5 * rate / a))
        peak = gammas + 0.5 * (np.log(rate) - np.log(spread)) - HALF_LOG_TWO_PI
        return np.asarray(peak - (a + 0.5) * far + log_jacobian(x))

    def natural(phi: Rows) -> Rows:
        mean, spread = phi[:, 0], phi[:, 1]
        return np.stack([mean * spread, -0.5 * spread] if sign > 0 else [mean / spread, -0.5 / spread], axis=-1)

    parameter = "mean and precision" if sign > 0 else "mean and variance"
    return Conjugate(family, parameter, increment, natural, predictive=predictive)


def coordinate_by_coordinate(family: Family, dimension: int, one: Conjugate) -> Conjugate:
    """The pair `one` for every coordinate of a vector, whose T and theta hold the first of all coordinates first."""

    def turned(values: Rows) -> Rows:
        """(rows, k d), the k-th of all coordinates side by side -> (rows d, k)."""
        rows, width = len(values), values.shape[-1] // dimension
        return values.reshape(rows, width, dimension).swapaxes(-1, -2).reshape(rows * dimension, width)

    def together(values: Rows) -> Rows:
        """(rows d, k) -> (rows, d k)."""
        return values.reshape(len(values) // dimension, dimension * values.shape[-1])

    def apart(values: Rows) -> Rows:
        """(rows, d k) -> (rows d, k)."""
        return values.reshape(len(values) * dimension, values.shape[-1] // dimension)

    def increment(total: Rows, count: Rows) -> Rows:
        return together(one.increment(turned(total), np.repeat(count, dimension)))

    def natural(phi: Rows) -> Rows:
        found = one.natural(phi.reshape(len(phi) * dimension, *phi.shape[2:]))
        turned_back = found.reshape(len(phi), dimension, found.shape[-1]).swapaxes(-1, -2)
        return turned_back.reshape(len(phi), dimension * found.shape[-1])

    def predictive(theta: Rows, c: Rows, x: Rows) -> Rows:
        assert one.predictive is not None
        return np.asarray(one.predictive(apart(theta), apart(c), x.reshape(x.size)).reshape(x.shape).sum(axis=-1))

    return Conjugate(family, f"{one.parameter} of each", increment, natural, predictive=predictive)


def normal_mean_and_covariance(
    family: Family, sign: float, dimension: int, variate: Callable[[Rows], Rows], log_jacobian: Callable[[Rows], Rows]
) -> Conjugate:
    """A NormalInverseWishart prior, or with SIGN 1 a NormalWishart one (DeGroot 1970, as above, 9.10).

    y is a multivariate t.

    log p(y) = log Gamma(q + r) - log Gamma(q) - r log(pi (k + 1)/k) - log det(S)/2 - (q + r) log(1 + Q), r = d/2, q =
    (nu + 1 - d)/2, Q = (y - m)^T S^-1 (y - m) k/(k + 1). With z = r/q the first two are r log(q + r) - q (z - log(1 +
    z)) - log(1 + z)/2 + s(q + r) - s(q), s Stirling's remainder. The centred coordinates hold W = nu S^-1, m and d/k.
    """
    packed = sym.packed_size(dimension)

    def increment(total: Rows, count: Rows) -> Rows:
        half = 0.5 * count[:, None]
        second = -total[:, dimension:] * sym.natural_scale(dimension)
        return np.concatenate([sign * half, second, total[:, :dimension], -half], axis=-1)

    def predictive(theta: Rows, c: Rows, x: Rows) -> Rows:
        degrees, spread, r = 2.0 * sign * theta[:, 0], 1.0 + c[:, -1] / dimension, 0.5 * dimension
        factor, _good, _pivots = sym.cholesky(sym.unpack(c[:, 1 : 1 + packed], dimension))
        z = sym.apply(sym.transpose(factor), variate(x) - c[:, 1 + packed : -1])
        q = 0.5 * (degrees - (dimension - 1.0))
        gammas = stirling_remainder(q + r) - stirling_remainder(q) - q * log1p_remainder(r / q) - 0.5 * np.log1p(r / q)
        peak = gammas + r * (np.log1p(1.0 / degrees) - np.log(2.0 * np.pi) - np.log(spread))
        far = np.log1p((z * z).sum(axis=-1) / degrees / spread)
        return np.asarray(peak + gaussian.half_log_determinant(factor) - (q + r) * far + log_jacobian(x))

    def natural(phi: Rows) -> Rows:
        mean, matrix = phi[:, 0], phi[:, 1:]
        if sign < 0:
            return gaussian.natural(mean, matrix)
        second = -sym.pack(sym.symmetrised(matrix)) * sym.natural_scale(dimension)
        return np.concatenate([sym.apply(sym.symmetrised(matrix), mean), second], axis=-1)

    parameter = "mean and precision matrix" if sign > 0 else "mean and covariance"
    return Conjugate(family, parameter, increment, natural, predictive=predictive)


def normal_mean_and_factor(
    family: Family, covariance: Rows, solve: Callable[[Rows], Rows], parameter: str
) -> Conjugate:
    """A MultivariateNormalGamma prior of mean and 1/g at the covariance g G; x is a multivariate t.

    log p(x) = log Gamma(a + r) - log Gamma(a) - r log(2 pi b) - log det(C)/2 - (a + r) log(1 + Q/2b), r = d/2, C = G +
    K^-1, Q = (x - m)^T C^-1 (x - m); the Gammas as in `normal_mean_and_covariance`. The centred coordinates hold a/b,
    m and K^-1. `solve` multiplies by the inverse of G.
    """
    size = len(covariance)
    second = -sym.pack(sym.symmetrised(solve(np.eye(size)))) * sym.natural_scale(size)

    def increment(total: Rows, count: Rows) -> Rows:
        scale = count[:, None]
        return np.concatenate([0.5 * size * scale, -0.5 * total[:, -1:], solve(total[:, :-1]), scale * second], axis=-1)

    def predictive(theta: Rows, c: Rows, x: Rows) -> Rows:
        a, rate, r = theta[:, 0], c[:, 1], 0.5 * size
        factor, _good, _pivots = sym.cholesky(sym.unpack(c[:, 2 + size :], size) + covariance)
        z = sym.solve_lower(factor, (x - c[:, 2 : 2 + size])[..., None])[..., 0]
        gammas = stirling_remainder(a + r) - stirling_remainder(a) - a * log1p_remainder(r / a) - 0.5 * np.log1p(r / a)
        peak = gammas + r * (np.log1p(r / a) + np.log(rate)) - size * HALF_LOG_TWO_PI
        far = np.log1p((z * z).sum(axis=-1) * (0.5 * rate / a))
        return np.asarray(peak - gaussian.half_log_determinant(factor) - (a + r) * far)

    def natural(x: Rows) -> Rows:
        return np.concatenate([x[:, -1:] * solve(x[:, :-1]), -0.5 * x[:, -1:]], axis=-1)

    return Conjugate(family, parameter, increment, natural, predictive=predictive)
