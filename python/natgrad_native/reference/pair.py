"""Numbers with twice the digits, as unevaluated sums of two (value, error).

Dekker (1971), A floating-point technique for extending the available precision: for differences of exponentials that
leave next to nothing.
"""

from __future__ import annotations

import numpy as np

from .arrays import Rows

Pair = tuple[Rows, Rows]

# log 2 as a sum of three; the first has so few bits that its product with an exponent is exact.
LOG_TWO = (6.93147180369123816490e-01, 1.90821492927058770002e-10, 1.16122272293625318507e-26)
SPLITTER = 2.0**27 + 1.0  # Veltkamp's, for 53 bits
# 1/k! for the powers of which one number's digits suffice, and 1/k and its rounding for the others.
TAIL = (1 / 120, 1 / 720, 1 / 5040, 1 / 40320, 1 / 362880)
RECIPROCALS = ((1 / 24, 2.3129646346357427e-18), (1 / 6, 9.25185853854297e-18), (0.5, 0.0), (1.0, 0.0))
HALVINGS = 7


def exact_sum(a: Rows, b: Rows) -> Pair:
    """Return a + b as value and error (Knuth 1997, TAOCP 4.2.2 theorem B)."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def exact_product(a: Rows, b: Rows) -> Pair:
    """Return a b as value and error (Dekker 1971)."""
    product = a * b
    a_high, b_high = (SPLITTER * a - (SPLITTER * a - a)), (SPLITTER * b - (SPLITTER * b - b))
    a_low, b_low = a - a_high, b - b_high
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def one_less_exponentials(x: Rows) -> Pair:
    """1 - sum exp(x_k) over the last axis, x_k <= 0."""
    lead = np.arange(x.shape[-1]) == x.argmax(axis=-1)[:, None]
    power, (value, error) = _exponential(np.clip(x, -800.0, 0.0))
    total: Pair = (np.zeros(len(x)), np.zeros(len(x)))
    for k in range(x.shape[-1]):
        whole = exact_sum(lead[:, k].astype(np.float64), -power[:, k])
        total = _sum(total, _sum(whole, (-power[:, k] * value[:, k], -power[:, k] * error[:, k])))
    return total


def one_less(x: Rows) -> Pair:
    """1 - sum x_k over the last axis."""
    total: Pair = (np.ones(len(x)), np.zeros(len(x)))
    for k in range(x.shape[-1]):
        total = _sum(total, (-x[:, k], np.zeros(len(x))))
    return total


def one_less_squares(x: Rows) -> Rows:
    """1 - sum x_k^2 over the last axis, rounded once."""
    total: Pair = (np.ones(len(x)), np.zeros(len(x)))
    for k in range(x.shape[-1]):
        total = _sum(total, exact_product(-x[:, k], x[:, k]))
    return total[0] + total[1]


def product_minus_one(a: Rows, b: Rows) -> Rows:
    """Return a b - 1, rounded once where a b is near 1."""
    product, error = exact_product(a, b)
    near = (product > 0.5) & (product < 2.0) & np.isfinite(error)
    return np.asarray((product - 1.0) + np.where(near, error, 0.0))


def product_over_one(a: Rows, b: Rows, slope: float) -> Rows:
    """Slope (a b - 1) - 1, rounded once where it is near 0 and a b above 1."""
    product, error = exact_product(a, b)
    value, rest = _product((product - 1.0, error), (np.full_like(product, slope), np.zeros_like(product)))
    exact, plain = (value - 1.0) + rest, slope * product_minus_one(a, b) - 1.0
    return np.where((np.abs(plain) < 0.5) & np.isfinite(exact), exact, plain)


def dot(a: Rows, x: Rows) -> Rows:
    """Sum of a_k x_k over the last axis, for a (size,), rounded once."""
    total: Pair = (np.zeros(len(x)), np.zeros(len(x)))
    for k in range(x.shape[-1]):
        total = _sum(total, exact_product(np.full(len(x), a[k]), x[:, k]))
    return total[0]


def sum_of_products(a: Rows, b: Rows, c: Rows, d: Rows) -> Rows:
    """Return a b + c d, to relative accuracy also where it cancels."""
    first, second = exact_product(a, b), exact_product(c, d)
    found = (first[0] + second[0]) + (first[1] + second[1])
    return np.where(np.isfinite(found), found, a * b + c * d)


def _exponential(x: Rows) -> tuple[Rows, Pair]:
    """2^n and e with exp(x) = 2^n (1 + e)."""
    n = np.rint(x / np.log(2.0))
    low = exact_product(n, np.full_like(n, LOG_TWO[1]))
    value, error = exact_sum(x - n * LOG_TWO[0], -low[0])
    value, error = exact_sum(value, error - (low[1] + n * LOG_TWO[2]))
    r = (value / 2.0**HALVINGS, error / 2.0**HALVINGS)
    series: Pair = (r[0] * np.polynomial.polynomial.polyval(r[0], TAIL), np.zeros_like(x))
    for k, reciprocal in enumerate(RECIPROCALS):
        series = series if k == 0 else _product(r, series)
        series = _sum((np.full_like(x, reciprocal[0]), np.full_like(x, reciprocal[1])), series)
    e = _product(r, series)
    for _ in range(HALVINGS):
        e = _sum((2.0 * e[0], 2.0 * e[1]), _product(e, e))  # (1 + e)^2 - 1
    return np.exp2(n), e


def _sum(a: Pair, b: Pair) -> Pair:
    value, error = exact_sum(a[0], b[0])
    return exact_sum(value, error + (a[1] + b[1]))


def _product(a: Pair, b: Pair) -> Pair:
    value, error = exact_product(a[0], b[0])
    return exact_sum(value, error + (a[0] * b[1] + a[1] * b[0]))
