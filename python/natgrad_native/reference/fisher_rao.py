"""Fisher-Rao distances: lengths of the shortest curves under the metric F, in forms that keep digits for close points.

Rao 1945, Information and the accuracy attainable in the estimation of statistical parameters; Atkinson & Mitchell 1981,
Rao's distance measure (one parameter, the Normal, the multinomial); Costa, Santos & Strapasson 2015, Fisher information
distance: a geometrical reading (Normals, isotropic and diagonal); Miyamoto, Meneghetti, Pinele & Costa 2024, On
closed-form expressions for the Fisher-Rao distance (a survey). Differences of the points enter as such: sinh or expm1
of them, never a difference of two transforms.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import simplex
from .arrays import Rows


def log_ratio(a: Rows, b: Rows) -> Rows:
    """Return log(b/a) for numbers of one sign, by log1p of their relative difference where they are close."""
    excess = (b - a) / a
    near = np.abs(excess) < 0.5
    return np.where(near, np.log1p(np.where(near, excess, 0.0)), np.log(np.abs(b)) - np.log(np.abs(a)))


def length(vectors: Rows) -> Rows:
    """Euclidean length along the last axis, in units of the largest entry."""
    size = np.abs(vectors)
    largest = size.max(axis=-1, initial=0.0)
    unit = np.where((largest > 0) & np.isfinite(largest), largest, 1.0)
    return np.asarray(unit * np.sqrt(((size / unit[..., None]) ** 2).sum(axis=-1)))


def of_log_odds(a: Rows, b: Rows) -> Rows:
    """Integral of sqrt(p (1 - p)) between two log odds: 2 |asin sqrt p_b - asin sqrt p_a|.

    2 atan(sinh(|b - a|/4) / cosh((a + b)/4)), whose exponent is (|b - a| - |a + b|)/4 = -+min(|a|, |b|)/2.
    """
    least = 0.5 * np.minimum(np.abs(a), np.abs(b))
    growth = np.exp(np.where(np.sign(a) == np.sign(b), -least, least))
    ratio = growth * -np.expm1(-0.5 * np.abs(b - a)) / (1.0 + np.exp(-0.5 * np.abs(a + b)))
    return np.asarray(2.0 * np.arctan(ratio))


def of_log_rates(a: Rows, b: Rows) -> Rows:
    """Integral of exp(t/2) between two log rates: 2 |sqrt rate_b - sqrt rate_a|."""
    return np.asarray(2.0 * np.exp(0.5 * np.maximum(a, b)) * -np.expm1(-0.5 * np.abs(b - a)))


def of_log_failures(a: Rows, b: Rows) -> Rows:
    """Integral of exp(t/2)/(1 - exp t), t = log(1 - p) < 0: |log tanh(b/4) - log tanh(a/4)|.

    That is 2 atanh of sinh(|b - a|/4)/sinh(|a + b|/4) for close points.
    """
    ratio = np.exp(0.5 * np.maximum(a, b)) * np.expm1(-0.5 * np.abs(b - a)) / np.expm1(0.5 * (a + b))
    near = ratio < 0.5
    far = np.abs(_log_tanh(-0.25 * a) - _log_tanh(-0.25 * b))
    return np.where(near, 2.0 * np.arctanh(np.where(near, ratio, 0.0)), far)


def _log_tanh(x: Rows) -> Rows:
    """Return log tanh x, x > 0, as -log1p(2/expm1(2 x)), or the log where that overflows."""
    odds = 2.0 / np.expm1(2.0 * x)
    return np.asarray(np.where(np.isfinite(odds), -np.log1p(odds), np.log(x)))


def of_normals(first_a: Rows, last_a: Rows, first_b: Rows, last_b: Rows, step: Rows | None = None) -> Rows:
    """Normals of d independent coordinates of one variance; theta = (mean/v (rows, d), -1/2v (rows,)).

    sqrt(2d) 2 asinh of |(m_b - m_a)/sqrt(8 d s_a s_b), sinh(log(s_b/s_a)/2)|, s^2 = v: the half-plane of m/sqrt(2d) and
    s. m_b - m_a is formed as in NormalKind's divergence; `step` is first_b - first_a where these are rounded.
    """
    dimension = first_a.shape[-1]
    mean_a, mean_b = first_a / (-2.0 * last_a[:, None]), first_b / (-2.0 * last_b[:, None])
    step, precision = first_b - first_a if step is None else step, -2.0 * last_b[:, None]
    turn = 2.0 * (last_b - last_a)[:, None] * mean_a
    by_points = np.abs(step) + np.abs(turn) < precision * (np.abs(mean_a) + np.abs(mean_b))
    apart = np.where(by_points, (step + turn) / precision, mean_b - mean_a)
    width = np.sqrt(2.0 * np.sqrt(-last_a) * np.sqrt(-last_b) / (8.0 * dimension))
    along = np.sinh(0.25 * log_ratio(last_a, last_b))
    return np.asarray(np.sqrt(8.0 * dimension) * np.arcsinh(np.hypot(length(apart * width[:, None]), along)))


def of_logits(y: Rows, z: Rows) -> Rows:
    """2 acos sum sqrt(p_k q_k) for logits (rows, K) with their reference: 4 asin of half of |sqrt q - sqrt p|.

    log q_k/p_k is d_k - log sum p exp(d), d = z - y less its mean under p, where the points are close.
    """
    log_p, log_q = simplex.log_probabilities(y), simplex.log_probabilities(z)
    d = simplex.centred(np.exp(log_p), z - y)
    close = np.abs(d).max(axis=-1, keepdims=True) < 1.0
    bend = simplex.kl_divergence(y, z)[:, None]
    gap = np.abs(np.where(close, d - bend, log_q - log_p))
    chord = np.exp(0.5 * np.maximum(log_p, log_q)) * -np.expm1(-0.5 * gap)
    return np.asarray(4.0 * np.arcsin(np.minimum(0.5 * length(chord), np.sqrt(0.5))))


def of_kinds_of_failure(a: Rows, b: Rows, success_a: Rows, success_b: Rows) -> Rows:
    """2 acosh((1 - sum sqrt(p_k q_k)) / sqrt(p_0 q_0)), log p_k given and p_0 = 1 - sum p_k (Oller & Cuadras 1985).

    4 asinh of half of |sqrt q - sqrt p| / (p_0 q_0)^(1/4), all components; q_0 - p_0 = sum p_k - q_k where the points
    are close.
    """
    d = b - a
    near = np.abs(d).max(axis=-1) < 1.0
    moved = -(np.exp(a) * np.expm1(np.where(near[:, None], d, 0.0))).sum(axis=-1)
    excess = moved / success_a
    near &= np.abs(excess) < 0.5
    log_a = np.log(success_a)
    rise = np.where(near, np.log1p(np.where(near, excess, 0.0)), np.log(success_b) - log_a)
    lower, gap = np.column_stack([a, log_a]), np.column_stack([d, rise])
    middle = 0.25 * (log_a + np.log(success_b))[:, None]
    chord = np.exp(0.5 * (lower + np.maximum(gap, 0.0)) - middle) * -np.expm1(-0.5 * np.abs(gap))
    return np.asarray(4.0 * np.arcsinh(0.5 * length(chord)))


def of_inverse_gaussians(a: Rows, b: Rows) -> Rows:
    """Return sqrt 2 times the distance in the half-plane of sqrt(2/m) and 1/sqrt(s), m the mean and s the shape.

    For ds^2 = s dm^2/m^3 + ds^2/2s^2 (Miyamoto et al. 2024); theta = (-s/2m^2, -s/2), s/m = 2 sqrt(theta_1 theta_2).
    """
    shapes = log_ratio(a[:, 1], b[:, 1])
    means = log_ratio(a[:, 0], b[:, 0]) - shapes
    ratio_a, ratio_b = (2.0 * np.sqrt(-t[:, 0]) * np.sqrt(-t[:, 1]) for t in (a, b))
    across = np.sqrt(2.0 * np.sqrt(ratio_a) * np.sqrt(ratio_b)) * np.sinh(0.125 * means)
    return np.asarray(np.sqrt(8.0) * np.arcsinh(np.hypot(across, np.sinh(0.25 * shapes))))


def of_definite(relative: NDArray[Any], ratio: NDArray[Any]) -> Rows:
    """Root of sum log^2 of the eigenvalues 1 + e of P_a^-1 P_b, real or Hermitian (Atkinson & Mitchell 1981).

    `relative` is L_a^-1 (P_b - P_a) L_a^-H, P = L L^H, formed from the points' difference, whose eigenvalues are the e
    where all are small; the singular values of `ratio`, L_a^-1 L_b, are the roots of 1 + e elsewhere.
    """
    e = np.linalg.eigvalsh(relative)
    near = np.abs(e).max(axis=-1, keepdims=True) < 0.5
    roots = np.linalg.svd(ratio, compute_uv=False)
    return length(np.where(near, np.log1p(np.where(near, e, 0.0)), 2.0 * np.log(roots)))
