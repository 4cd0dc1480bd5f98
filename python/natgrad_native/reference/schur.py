"""Schur complements of positive definite matrices in twice the precision."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from . import symmetric as sym
from .arrays import Rows
from .pair import exact_product, exact_sum


class Schur(NamedTuple):
    """M - H K^-1 H^T (rows, p, p) and H K^-1 (rows, p, q), each as value and error."""

    complement: Rows
    complement_error: Rows
    ratio: Rows
    ratio_error: Rows


def less_product(total: Rows, a: Rows, b: Rows) -> tuple[Rows, Rows]:
    """Return total - A B for matrices, as value and error, in twice the precision."""
    value, error = total, np.zeros_like(total)
    for s in range(a.shape[-1]):
        product, lost = exact_product(a[..., :, s, None], b[..., None, s, :])
        value, rest = exact_sum(value, -product)
        error = error + (rest - lost)
    return value, error


def schur_complement(m: Rows, h: Rows, k: Rows) -> Schur:
    """For M (rows, p, p), H (rows, p, q) and K (rows, q, q): far from the origin M is almost H K^-1 H^T.

    As in iterative refinement (Higham 2002, Accuracy and Stability of Numerical Algorithms, section 12.1), with B = H
    K^-1 as computed and its residual R = H - B K of twice the precision, H K^-1 H^T = H B^T + (B + R K^-1) R^T.
    """
    factor, _, _ = sym.cholesky(k)

    def divided(x: Rows) -> Rows:
        return sym.transpose(sym.solve_upper(factor, sym.solve_lower(factor, sym.transpose(x))))

    near = divided(h)
    rest = np.add(*less_product(h, near, k))
    ratio, ratio_error = exact_sum(near, divided(rest))
    value, error = less_product(m, h, sym.transpose(near))
    error = error - ratio @ sym.transpose(rest)
    total = value + error
    # The upper triangle is the lower one, rounding and all.
    lower = (sym.unpack(sym.pack(part), m.shape[-1]) for part in (total, (value - total) + error))
    complement, complement_error = lower
    return Schur(complement, complement_error, ratio, ratio_error)
