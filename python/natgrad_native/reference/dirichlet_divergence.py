"""KL divergence of the Dirichlet family (Beta is K = 2) without cancellation, near and far."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import bregman
from .arrays import Rows
from .dirichlet_maps import Parts, lift_of_tiny, split
from .special import (
    log_minus_digamma,
    ratio_remainder,
    remainder_difference,
    scaled_trigamma_remainder,
    stirling_remainder,
    trigamma_minus_reciprocal,
)


def quadratic(alpha: Rows, direction: Rows) -> Rows:
    """D^T F(alpha) D without cancellation (rows,).

    psi'(x) = 1/x + h(x): the part of 1/x is the variance sum alpha_k (D_k/alpha_k - D_0/alpha_0)^2; in the part of h
    the largest component M is taken against alpha_0, h(M) - h(alpha_0) being formed as one difference.
    """
    parts = split(alpha)
    pick = parts.largest[:, None]
    lead = np.take_along_axis(direction, pick, axis=-1)[:, 0]
    others = np.where(np.arange(alpha.shape[-1]) == pick, 0.0, direction)
    rest = others.sum(axis=-1)
    relative = direction / alpha
    anchor = np.take_along_axis(relative, pick, axis=-1)
    shift = relative - anchor
    mean = (alpha * shift).sum(axis=-1, keepdims=True) / parts.total[:, None]
    variance = (alpha * (shift - mean) ** 2).sum(axis=-1)
    total = parts.total
    remainder = (
        remainder_difference(parts.major, parts.minor) * lead**2
        + (scaled_trigamma_remainder(alpha) * (others / alpha) ** 2).sum(axis=-1)
        - scaled_trigamma_remainder(total) * (rest / total) * ((2.0 * lead + rest) / total)
    )
    return np.asarray(variance + remainder)


def kl_divergence(p: Rows, q: Rows) -> Rows:
    """KL of Dirichlet(p) from Dirichlet(q): the integral of (1 - t) D^T F D for points within a factor of two.

    Further apart, with R(x) = log Gamma(x) - x log x + x, it is alpha_0(q) KL(q/q_0 || p/p_0) of the normalised
    points plus the Bregman divergence of sum R(alpha_k) - R(alpha_0).
    """
    # Where all shapes are tiny the divergence depends on their ratios only.
    lift = lift_of_tiny(np.maximum(p, q))
    p, q = p * lift, q * lift
    direction = q - p
    ratio = np.maximum(p / q, q / p).max(axis=-1)
    answer = np.empty(p.shape[0])
    near = ratio <= 2.0
    far = ~near
    answer[near] = bregman.curvature_integral(quadratic, p[near], direction[near])
    apart, largest = _far_divergence(p[far], q[far])
    cancels = ~(apart > 1e-4 * largest) & (ratio[far] <= 64.0)
    apart[cancels] = bregman.curvature_integral(quadratic, p[far][cancels], direction[far][cancels], nodes=64)
    answer[far] = apart
    return answer


def _far_divergence(p: Rows, q: Rows) -> tuple[Rows, Rows]:
    of_p, of_q = split(p), split(q)
    ratio = (p / q) * (of_q.total / of_p.total)[:, None]
    mixed = (q * ratio_remainder(ratio, ratio - 1.0)).sum(axis=-1)
    parts = remainder_divergence(p, q)
    whole = remainder_divergence(of_p.total, of_q.total)
    # Where one component is almost the whole of both sums its divergence and theirs are taken as one difference.
    one_leads = (of_p.largest == of_q.largest) & (of_p.minor < SHARE * of_p.major) & (of_q.minor < SHARE * of_q.major)
    lead = np.where(one_leads, _lead_less_sum(of_p, of_q), np.take_along_axis(parts, of_p.largest[:, None], -1)[:, 0])
    np.put_along_axis(parts, of_p.largest[:, None], 0.0, axis=-1)
    others = mixed + parts.sum(axis=-1)
    largest = np.where(one_leads, others + np.abs(lead), others + lead)
    return np.where(one_leads, others + lead, (others + lead) - whole), largest


# A component leads where the others sum to less than this share of it.
SHARE = 0.0625


def _lead_less_sum(p: Parts, q: Parts) -> Rows:
    """D(M_p, M_q) - D(s_p, s_q) of R's Bregman divergence, s = M + r with small r: every part is of the size of r.

    R(s) - R(M) = -integral of log x - psi(x) over [M, s], and R'(s) - R'(M) the integral of R''.
    """
    turn = p.minor * _mean_beyond(p.major, p.minor, trigamma_minus_reciprocal)
    fall_p = p.minor * _mean_beyond(p.major, p.minor, log_minus_digamma)
    fall_q = q.minor * _mean_beyond(q.major, q.minor, log_minus_digamma)
    return (fall_q - fall_p) + (q.major - p.major) * turn - (q.minor - p.minor) * log_minus_digamma(p.total)


def _mean_beyond(x: Rows, r: Rows, f: Callable[[Rows], Rows]) -> Rows:
    """The mean of f over [x, x + r] for r < x / 16, by Gauss-Legendre quadrature."""
    nodes, weights = np.polynomial.legendre.leggauss(8)
    return sum((0.5 * w * f(x + 0.5 * (1.0 + t) * r) for t, w in zip(nodes, weights, strict=True)), np.zeros_like(x))


def remainder_divergence(p: Rows, q: Rows) -> Rows:
    """Bregman divergence R(q) - R(p) - (q - p) R'(p) >= 0 of R(x) = log Gamma(x) - x log x + x, elementwise.

    R'(x) = psi(x) - log x and R''(x) = psi'(x) - 1/x > 0. It is the KL of two Gamma distributions of shapes p, q and
    equal mean.
    """
    direction = q - p
    near = np.maximum(p / q, q / p) <= 2.0
    answer = np.empty(p.shape)
    answer[near] = bregman.curvature_integral(
        lambda x, d: (d / x) ** 2 * scaled_trigamma_remainder(x), p[near], direction[near]
    )
    a, b = p[~near], q[~near]
    d = direction[~near]
    answer[~near] = d * log_minus_digamma(a) - 0.5 * np.log(b / a) + stirling_remainder(b) - stirling_remainder(a)
    return answer
