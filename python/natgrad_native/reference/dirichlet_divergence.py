"""KL divergence of the Dirichlet family (Beta is K = 2) without cancellation, near and far."""

from __future__ import annotations

import numpy as np

from . import bregman
from .arrays import Rows
from .dirichlet_maps import split
from .special import (
    log_minus_digamma,
    ratio_remainder,
    remainder_difference,
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
    remainder = (
        remainder_difference(parts.major, parts.minor) * lead**2
        + (trigamma_minus_reciprocal(alpha) * others**2).sum(axis=-1)
        - trigamma_minus_reciprocal(parts.total) * rest * (2.0 * lead + rest)
    )
    return np.asarray(variance + remainder)


def kl_divergence(p: Rows, q: Rows) -> Rows:
    """KL of Dirichlet(p) from Dirichlet(q): the integral of (1 - t) D^T F D for points within a factor of two.

    Further apart, with R(x) = log Gamma(x) - x log x + x, it is alpha_0(q) KL(q/q_0 || p/p_0) of the normalised
    points plus the Bregman divergence of sum R(alpha_k) - R(alpha_0).
    """
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
    total_p, total_q = split(p).total, split(q).total
    ratio = (p / q) * (total_q / total_p)[:, None]
    mixed = q * ratio_remainder(ratio, ratio - 1.0)
    parts = remainder_divergence(p, q)
    whole = remainder_divergence(total_p, total_q)
    positive = mixed.sum(axis=-1) + parts.sum(axis=-1)
    return positive - whole, positive


def remainder_divergence(p: Rows, q: Rows) -> Rows:
    """Bregman divergence R(q) - R(p) - (q - p) R'(p) >= 0 of R(x) = log Gamma(x) - x log x + x, elementwise.

    R'(x) = psi(x) - log x and R''(x) = psi'(x) - 1/x > 0. It is the KL of two Gamma distributions of shapes p, q and
    equal mean.
    """
    direction = q - p
    near = np.maximum(p / q, q / p) <= 2.0
    answer = np.empty(p.shape)
    answer[near] = bregman.curvature_integral(
        lambda x, d: d * d * trigamma_minus_reciprocal(x), p[near], direction[near]
    )
    a, b = p[~near], q[~near]
    d = direction[~near]
    answer[~near] = d * log_minus_digamma(a) - 0.5 * np.log(b / a) + stirling_remainder(b) - stirling_remainder(a)
    return answer
