"""Probabilities of K classes from logits, stable in every tail; shared by Bernoulli and Categorical.

Logits y (rows, K) have the last class as reference, y_K = 0.
"""

from __future__ import annotations

import numpy as np

from .arrays import Rows
from .special import expm1_remainder

# Above this shift exp would overflow, and log1p of the sum is the sum's log.
OVERFLOW = 600.0


def with_reference(theta: Rows) -> Rows:
    """Append the logit 0 of the last class."""
    return np.concatenate([theta, np.zeros((theta.shape[0], 1))], axis=-1)


def _without_largest(values: Rows, y: Rows) -> Rows:
    rest = values.copy()
    np.put_along_axis(rest, y.argmax(axis=-1)[:, None], 0.0, axis=-1)
    return rest


def log_sum_exp(y: Rows) -> Rows:
    """Return log sum exp(y) = max + log1p(sum of the others), (rows, K) -> (rows,)."""
    largest = y.max(axis=-1, keepdims=True)
    return np.asarray(largest[:, 0] + np.log1p(_without_largest(np.exp(y - largest), y).sum(axis=-1)))


def log_probabilities(y: Rows) -> Rows:
    """Return log p_k; that of the most probable class is -log1p(sum of the other odds), without cancellation."""
    largest = y.max(axis=-1, keepdims=True)
    shifted = y - largest
    rest = _without_largest(np.exp(shifted), y).sum(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log1p(rest))


def probabilities(y: Rows) -> Rows:
    """p_k = exp(y_k) / sum exp(y), each with small relative error."""
    powers = np.exp(y - y.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def complements(p: Rows) -> Rows:
    """1 - p_k, as the sum of the others where p_k is the largest."""
    answer = 1.0 - p
    np.put_along_axis(answer, p.argmax(axis=-1)[:, None], _without_largest(p, p).sum(axis=-1, keepdims=True), axis=-1)
    return answer


def centred(p: Rows, v: Rows) -> Rows:
    """v_k - sum p_j v_j, formed from differences to the entry of the most probable class."""
    anchor = np.take_along_axis(v, p.argmax(axis=-1)[:, None], axis=-1)
    shifted = v - anchor
    return np.asarray(shifted - (p * shifted).sum(axis=-1, keepdims=True))


def kl_divergence(y: Rows, z: Rows) -> Rows:
    """KL of the class probabilities of logits y from those of z (rows,).

    Far apart it is sum p_k (log p_k - log q_k), where these terms do not cancel. With d = z - y less its mean under
    p, KL = log sum p_k exp(d_k) = log1p(sum p_k (exp(d_k) - 1 - d_k)): a sum of positive terms. What rounding leaves
    of sum p_k d_k enters in second order only.
    """
    log_p = log_probabilities(y)
    p = np.exp(log_p)
    d = centred(p, z - y)
    terms = np.where(d < 1.0, p * expm1_remainder(np.minimum(d, 1.0)), np.exp(log_p + d) - p * (1.0 + d))
    answer = np.log1p(terms.sum(axis=-1))
    answer = np.where((log_p + d).max(axis=-1) > OVERFLOW, log_sum_exp(log_p + d), answer)
    log_ratio = log_p - log_probabilities(z)
    parts = p * log_ratio
    plain = parts.sum(axis=-1)
    apart = (plain > 0.25 * np.abs(parts).sum(axis=-1)) & (np.abs(log_ratio).max(axis=-1) > 0.5)
    return np.where(apart, plain, answer)
