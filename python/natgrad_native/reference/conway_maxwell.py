"""The normaliser of the Conway-Maxwell-Poisson law, sum_x exp(theta x) / (x!)^nu, and its moments.

With alpha = exp(theta / nu), where the terms x and x - 1 are equal, the law has its mode at floor(alpha). A sum over
what has weight, measured from there, serves moderate alpha; above, with y = nu alpha,

    A ~ y - (nu - 1)/(2 nu) theta - (nu - 1)/2 log 2 pi - (log nu)/2 + sum_k d_k(nu) y^-k

(Gaunt, Iyengar, Olde Daalhuis and Simsek 2019, An asymptotic expansion for the normalizing constant of the
Conway-Maxwell-Poisson distribution, theorem 1.1, its series under a logarithm), which is differentiated by term.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from scipy import special

from .arrays import Mask, Rows

TERMS = 16
# From here on 16 terms leave nothing, and the sum over integers is an integral but for exp(-2 pi^2 variance).
LEAST_Y = 44.0
LEAST_VARIANCE = 2.5
# Terms of the sum below exp(-REACH) have no part in it.
REACH = 45.0

Polynomial = list[Fraction]  # in nu, ascending
Series = list[Polynomial]  # in 1/y, ascending


# --- the coefficients d_k, exactly ---


def _product(a: Polynomial, b: Polynomial) -> Polynomial:
    found = [Fraction(0)] * max(len(a) + len(b) - 1, 0)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            found[i + j] += x * y
    return found


def _plus(a: Polynomial, b: Polynomial, factor: Fraction | int = 1) -> Polynomial:
    size = max(len(a), len(b))
    padded = [x + [Fraction(0)] * (size - len(x)) for x in (a, b)]
    found = [x + factor * y for x, y in zip(*padded, strict=True)]
    while found and found[-1] == 0:
        found.pop()
    return found


def _bernoulli(count: int) -> list[Fraction]:
    found = [Fraction(1)]
    for m in range(1, count + 1):
        found.append(-sum((special.comb(m + 1, k, exact=True) * b for k, b in enumerate(found)), Fraction(0)) / (m + 1))
    return found


def _log_ratio(order: int) -> Series:
    """Log of Gamma(y + (1 + nu)/2) over Gamma(y / nu + 1)^nu and its leading terms, in powers of 1/y.

    By DLMF 5.11.8, log Gamma(y + a) ~ (y + a - 1/2) log y - y + (log 2 pi)/2 + sum (-1)^k B_k(a) / (k (k-1) y^(k-1)).
    """
    numbers = _bernoulli(2 * order + 2)
    shift = [Fraction(1, 2), Fraction(1, 2)]
    powers = [[Fraction(1)]]
    for _ in range(order + 1):
        powers.append(_product(powers[-1], shift))
    found: Series = [[] for _ in range(order + 1)]
    for k in range(2, order + 2):
        value: Polynomial = []
        for j in range(k + 1):
            value = _plus(value, powers[k - j], special.comb(k, j, exact=True) * numbers[j])
        found[k - 1] = _plus(found[k - 1], value, Fraction((-1) ** k, k * (k - 1)))
    for j in range(1, order // 2 + 2):
        power = 2 * j - 1
        if power <= order:  # nu (nu / y)^power
            term = [Fraction(0)] * (power + 1) + [numbers[2 * j] / (2 * j * power)]
            found[power] = _plus(found[power], term, -1)
    return found


@cache
def coefficients(order: int = TERMS) -> tuple[tuple[Fraction, ...], ...]:
    """d_1 ... d_order as polynomials in nu, ascending.

    exp(_log_ratio) = sum_j c_j Gamma(z) / Gamma(z + j), z = y + (1 + nu)/2, defines c_j (theorem 1.1); then
    1 + sum_j c_j y^-j is the series of the normaliser.
    """
    exponent = _log_ratio(order)
    rest: Series = [[Fraction(1)]]
    for n in range(1, order + 1):
        total: Polynomial = []
        for k in range(1, n + 1):
            total = _plus(total, _product(exponent[k], rest[n - k]), Fraction(k, n))
        rest.append(total)
    basis: Series = [[Fraction(1)]] + [[] for _ in range(order)]
    c: Series = [[Fraction(1)]]
    for j in range(1, order + 1):
        # The basis gains the factor 1/(z + j - 1) = v / (1 + e v), v = 1/y.
        e = [Fraction(1, 2) + (j - 1), Fraction(1, 2)]
        following: Series = [[]]
        for n in range(1, order + 1):
            following.append(_plus(basis[n - 1], _product(e, following[n - 1]), -1))
        basis = following
        c.append(rest[j])
        rest = [_plus(r, _product(c[j], b), -1) for r, b in zip(rest, basis, strict=True)]
    d: Series = [[]]
    for n in range(1, order + 1):
        total = list(c[n])
        for k in range(1, n):
            total = _plus(total, _product(d[k], c[n - k]), Fraction(-k, n))
        d.append(total)
    return tuple(tuple(polynomial) for polynomial in d[1:])


@cache
def _at(nu: float) -> tuple[Rows, Rows]:
    """d_k(nu) and nu d_k'(nu), k = 1 ... TERMS, the exact values rounded."""
    exact = Fraction(nu)
    values = [sum((x * exact**i for i, x in enumerate(row)), Fraction(0)) for row in coefficients()]
    slopes = [sum((i * x * exact**i for i, x in enumerate(row)), Fraction(0)) for row in coefficients()]
    return np.array([float(v) for v in values]), np.array([float(v) for v in slopes])


class Moments(NamedTuple):
    """Of one row each."""

    log_partition: Rows
    mean: Rows
    variance: Rows
    entropy: Rows
    log_factorial: Rows  # E log x!
    shift: Rows  # the mean less the mode; of the sum alone


class Law:
    """The law at theta (rows,) and nu."""

    def __init__(self, theta: Rows, nu: float) -> None:
        self.theta, self.nu = theta, nu
        self.alpha = np.exp(theta / nu)
        self.y = nu * self.alpha
        self.large: Mask = (self.y >= LEAST_Y) & (self.alpha >= LEAST_VARIANCE * nu)

    def moments(self) -> Moments:
        """By the expansion or the sum."""
        found = np.stack(self.expanded())
        rows = np.flatnonzero(~self.large)
        if rows.size:
            found[:, rows] = np.stack(summed(self.theta[rows], self.nu))
        return Moments(*found)

    def expanded(self) -> Moments:
        """By the expansion; with theta and y both functions of nu, those of A and of y = nu alpha cancel in entropy."""
        nu = self.nu
        d, slope = _at(nu)
        k = np.arange(1, TERMS + 1)
        powers = np.where(self.large, 1.0 / self.y, 0.0)[:, None] ** k
        series, first, second = powers @ d, powers @ (k * d), powers @ (k * k * d)
        lead = (nu - 1.0) / (2.0 * nu)
        log_two_pi = np.log(2.0 * np.pi)
        value = self.y - lead * self.theta - 0.5 * (nu - 1.0) * log_two_pi - 0.5 * np.log(nu) + series
        mean = self.alpha - lead - first / nu
        variance = (self.alpha + second / nu) / nu
        entropy = 0.5 * (log_two_pi + 1.0 - np.log(nu) + self.theta / nu) + powers @ ((k + 1) * d - slope)
        # The derivative of -A by nu.
        log_alpha = self.theta / nu
        base = self.alpha * (log_alpha - 1.0) + 0.5 * (log_alpha + 1.0) / nu + 0.5 * log_two_pi
        factorial = base - powers @ (slope / nu) + (1.0 - log_alpha) * first / nu
        return Moments(value, mean, variance, entropy, factorial, np.zeros_like(mean))


class Weights(NamedTuple):
    """Terms of the sum: which rows, the distance from the mode, log of the term over that at the mode, log x!/mode!."""

    rows: Any
    j: Rows
    log: Rows
    factorial: Rows


def terms(theta: Rows, nu: float, tilt: Rows | None = None) -> Any:
    """Yield `Weights` outwards from the mode until they, also times exp(tilt j), are below exp(-REACH)."""
    tilt = np.zeros_like(theta) if tilt is None else tilt
    mode = np.floor(np.exp(theta / nu))
    base = np.maximum(mode, 1.0)
    drift = theta - nu * np.log(base)
    for sign in (1.0, -1.0):
        rows = np.arange(theta.size) if sign > 0 else np.flatnonzero(mode > 0)
        grown = np.zeros(rows.size)  # sum of log(x / base)
        j = 0.0
        while rows.size:
            j += sign
            x = mode[rows] + (j if sign > 0 else j + 1.0)
            grown = grown + sign * np.log1p((x - base[rows]) / base[rows])
            log = j * drift[rows] - nu * grown
            yield Weights(rows, np.full(rows.size, j), log, j * np.log(base[rows]) + grown)
            keep = np.maximum(log, log + j * tilt[rows]) > -REACH
            if sign < 0:
                keep &= mode[rows] + j > 0
            rows, grown = rows[keep], grown[keep]


def summed(theta: Rows, nu: float) -> Moments:
    """Averages over the terms; the mean and what is averaged for the entropy have terms of one sign."""
    mode = np.floor(np.exp(theta / nu))
    rest, first, second, mean, loss, factorial = np.zeros((6, theta.size))
    mean += mode
    for weight in terms(theta, nu):
        w = np.exp(weight.log)
        rest[weight.rows] += w
        first[weight.rows] += w * weight.j
        second[weight.rows] += w * weight.j * weight.j
        mean[weight.rows] += w * (mode[weight.rows] + weight.j)
        loss[weight.rows] -= w * weight.log
        factorial[weight.rows] += w * weight.factorial
    mass = 1.0 + rest
    log_mass = np.log1p(rest)
    shift = first / mass
    at_mode = special.gammaln(mode + 1.0)
    value = log_mass + (mode * theta - nu * at_mode)
    variance = second / mass - shift * shift
    return Moments(value, mean / mass, variance, log_mass + loss / mass, at_mode + factorial / mass, shift)


def mp_log_normaliser(theta: Any, nu: Any) -> Any:
    """Log of the sum at the caller's precision.

    Where the terms are so many that every h-th of them gives the sum by the trapezoidal rule, those.
    """
    import mpmath

    theta, nu = mpmath.mpf(theta), mpmath.mpf(nu)
    alpha = mpmath.exp(theta / nu)
    digits = mpmath.mp.prec * mpmath.log(2) + 20
    with mpmath.workprec(mpmath.mp.prec + 40 + max(0, int(mpmath.log(1 + alpha, 2)) + 8)):
        mode = mpmath.floor(mpmath.exp(theta / nu))
        step = int(mpmath.sqrt(alpha / nu * 2 * mpmath.pi**2 / digits)) if alpha * nu > 4 * digits else 1
        top = mode * theta - nu * mpmath.loggamma(mode + 1)
        total = mpmath.mpf(1)
        for sign in (1, -1):
            log, x = mpmath.mpf(0), mode
            while log > -digits:
                if step > 1:
                    x += sign * step
                    if x < 0:
                        break
                    log = x * theta - nu * mpmath.loggamma(x + 1) - top
                elif sign > 0:
                    x += 1
                    log += theta - nu * mpmath.log(x)
                elif x > 0:
                    log -= theta - nu * mpmath.log(x)
                    x -= 1
                else:
                    break
                total += mpmath.exp(log)
        return top + mpmath.log(max(step, 1) * total)
