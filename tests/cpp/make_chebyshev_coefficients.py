"""Compute the polynomials of the Bessel ratio, the exponential integral and a Gaussian ramp in cpp/natgrad/base/.

    python tests/cpp/make_chebyshev_coefficients.py cpp/natgrad/base   # writes three *_coefficients.hpp there

Each is the Chebyshev expansion on an interval, cut where what is left is below the number type's rounding, and
written in powers of v in [-1, 1], the interval's own variable. Rational functions would be shorter, but have no
Remez solution with coefficients of one sign for functions whose only singularity sits at the end of the interval.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import mpmath as mp  # type: ignore[import-untyped]
from make_coefficients import array, literals

mp.mp.dps = 60
NODES = 80
Real = Callable[[mp.mpf], mp.mpf]


@dataclass(frozen=True)
class Polynomial:
    """`value` on [low, high], to the error left of each number type, relative to the largest value."""

    name: str
    comment: str
    low: mp.mpf
    high: mp.mpf
    value: Real
    degrees: dict[str, int]


def chebyshev(function: Real, low: mp.mpf, high: mp.mpf) -> list[mp.mpf]:
    angles = [mp.pi * (k + mp.mpf(1) / 2) / NODES for k in range(NODES)]
    values = [function((low + high) / 2 + (high - low) / 2 * mp.cos(a)) for a in angles]
    sums = [sum(f * mp.cos(j * a) for f, a in zip(values, angles, strict=True)) for j in range(NODES)]
    return [sums[0] / NODES] + [2 * s / NODES for s in sums[1:]]


def powers(coefficients: list[mp.mpf]) -> list[mp.mpf]:
    """The same polynomial in powers of v: T_(j+1) = 2 v T_j - T_(j-1) (DLMF 18.9.1)."""
    before, now = [mp.mpf(1)], [mp.mpf(0), mp.mpf(1)]
    total = [mp.mpf(0)] * len(coefficients)
    for c in coefficients:
        for i, b in enumerate(before):
            total[i] += c * b
        following = [mp.mpf(0)] + [2 * a for a in now]
        for i, b in enumerate(before):
            following[i] -= b
        before, now = now, following
    return total


def bessel_ratio(kappa: mp.mpf) -> mp.mpf:
    return mp.besseli(1, kappa) / mp.besseli(0, kappa)


def second_ratio(t: mp.mpf) -> mp.mpf:
    kappa = mp.sqrt(t)
    return mp.besseli(2, kappa) / (kappa * mp.besseli(1, kappa))


def slope(t: mp.mpf) -> mp.mpf:
    r = bessel_ratio(mp.sqrt(t))
    return 1 - r / mp.sqrt(t) - r * r


def log_bessel(t: mp.mpf) -> mp.mpf:
    return mp.log(mp.besseli(0, mp.sqrt(t))) / t


def complement_tail(s: mp.mpf) -> mp.mpf:
    with mp.workdps(100):
        kappa = 1 / s
        return kappa * (2 * kappa * (1 - bessel_ratio(kappa)) - 1)


def log_scaled_tail(s: mp.mpf) -> mp.mpf:
    with mp.workdps(100):
        kappa = 1 / s
        return kappa * (mp.log(mp.besseli(0, kappa)) - kappa + mp.log(2 * mp.pi * kappa) / 2)


def scaled_integral(t: mp.mpf) -> mp.mpf:
    return mp.exp(1 / t) * mp.e1(1 / t) / t


def entire_part(z: mp.mpf) -> mp.mpf:
    return (mp.e1(z) + mp.log(z) + mp.euler) / z


RAMP_CENTRE = mp.mpf(3)
RAMP_WIDTH = mp.mpf(7) / 4  # near pi/sqrt(3), the deviation of the logistic distribution


def ramp(a: mp.mpf) -> mp.mpf:
    """1 - a Phi(-a) / phi(a): sqrt(v) phi(a) times it is E max(-y, 0) of a Normal y with a = mean / sqrt(v) >= 0."""
    return 1 - a * mp.sqrt(mp.pi / 2) * mp.exp(a * a / 2) * mp.erfc(a / mp.sqrt(2))


def ramp_in_unit(t: mp.mpf) -> mp.mpf:
    with mp.workdps(100):
        a = RAMP_CENTRE * (1 + t) / (1 - t)
        return ramp(a)


def softplus_gap(y: mp.mpf) -> mp.mpf:
    """log(1 + e^-y) less the ramp smoothed by a Normal of deviation RAMP_WIDTH, for y >= 0; even in y."""
    a = y / RAMP_WIDTH
    return mp.log1p(mp.exp(-y)) - RAMP_WIDTH * mp.npdf(a) * ramp(a)


ZERO, ONE = mp.mpf(0), mp.mpf(1)
BESSEL = [
    Polynomial("BesselSecondRatio", "I2(k) / (k I1(k)) in v = k^2/2 - 1, k <= 2", ZERO, 4 * ONE, second_ratio,
               {"double": 13, "float": 6}),
    Polynomial("BesselRatioSlope", "R'(k), R = I1/I0, in v = k^2/2 - 1, k <= 2", ZERO, 4 * ONE, slope,
               {"double": 21, "float": 10}),
    Polynomial("LogBesselNear", "log I0(k) / k^2 in v = k^2/2 - 1, k <= 2", ZERO, 4 * ONE, log_bessel,
               {"double": 17, "float": 8}),
    Polynomial("BesselComplementMiddle", "k (2 k (1 - R(k)) - 1) in v = (16/k - 5)/3, 2 < k <= 8", ONE / 8, ONE / 2,
               complement_tail, {"double": 35, "float": 15}),
    Polynomial("BesselComplementFar", "k (2 k (1 - R(k)) - 1) in v = 16/k - 1, k > 8", ZERO, ONE / 8, complement_tail,
               {"double": 35, "float": 15}),
    Polynomial("LogScaledBesselMiddle", "k log(I0(k) e^-k sqrt(2 pi k)) in v = (16/k - 5)/3, 2 < k <= 8", ONE / 8,
               ONE / 2, log_scaled_tail, {"double": 31, "float": 13}),
    Polynomial("LogScaledBesselFar", "k log(I0(k) e^-k sqrt(2 pi k)) in v = 16/k - 1, k > 8", ZERO, ONE / 8,
               log_scaled_tail, {"double": 31, "float": 13}),
]  # fmt: skip
INTEGRAL = [
    Polynomial("ScaledIntegralNear", "z e^z E1(z) in v = (8/z - 5)/3, 1 < z <= 4", ONE / 4, ONE, scaled_integral,
               {"double": 25, "float": 10}),
    Polynomial("ScaledIntegralFar", "z e^z E1(z) in v = 8/z - 1, z > 4", ZERO, ONE / 4, scaled_integral,
               {"double": 25, "float": 10}),
    Polynomial("IntegralEntirePart", "(E1(z) + log z + Euler) / z in v = 2 z - 1, z <= 1", ZERO, ONE, entire_part,
               {"double": 12, "float": 6}),
]  # fmt: skip
RAMP = [
    Polynomial("NormalRamp", "1 - a Phi(-a) / phi(a) in v = (a - 3) / (a + 3), a >= 0", -ONE, ONE, ramp_in_unit,
               {"double": 28, "float": 12}),
]  # fmt: skip
# Step and number of the nodes of the trapezoidal rule: an error of exp(-2 pi^2 / step) from the poles at +-i pi, and
# of exp(-step count) from the end.
GAP_NODES = {"double": (mp.mpf(7) / 16, 82), "float": (mp.mpf(3) / 4, 24)}
NORMAL_NODES = {"double": (mp.mpf(7) / 16, 19), "float": (mp.mpf(3) / 4, 8)}


def trapezoid(name: str, comment: str, rule: dict[str, tuple[mp.mpf, int]], value: Real) -> list[str]:
    """Step and step times value at 0, step, 2 step, ...; half of it at 0, so that the rest counts twice."""
    out = ["", f"// {comment}.", "template <class S>", f"struct {name};"]
    for kind, (step, count) in rule.items():
        values = [step * value(k * step) / (1 if k else 2) for k in range(count + 1)]
        out += ["template <>", f"struct {name}<{kind}> {{", f"  using S = {kind};",
                f"  static constexpr S step = {mp.nstr(step, 6)}{'F' if kind == 'float' else ''};"]  # fmt: skip
        out += [*array("value", literals(values, kind)), "};"]
    return out


def header(polynomials: list[Polynomial], title: str, tables: Sequence[str] = ()) -> str:
    out = [f"// {title}", "// Generated by tests/cpp/make_chebyshev_coefficients.py (Chebyshev expansions in mpmath).",
           "// Lowest power first; v is in [-1, 1].", "#pragma once", "", "namespace natgrad::detail {"]  # fmt: skip
    for item in polynomials:
        whole = chebyshev(item.value, item.low, item.high)
        out += ["", f"// {item.comment}.", "template <class S>", f"struct {item.name};"]
        for kind, degree in item.degrees.items():
            left = sum(abs(c) for c in whole[degree + 1 :]) / max(abs(whole[0] - whole[1]), abs(whole[0] + whole[1]))
            coefficients = powers(whole[: degree + 1])
            size = sum(abs(c) for c in coefficients) / abs(coefficients[0])
            print(f"{item.name}<{kind}> {degree}: {mp.nstr(left, 3)}, size {mp.nstr(size, 3)}", file=sys.stderr)
            out += ["template <>", f"struct {item.name}<{kind}> {{  // error {mp.nstr(left, 2)}",
                    f"  using S = {kind};"]  # fmt: skip
            out += [*array("p", literals(coefficients, kind)), "};"]
    return "\n".join([*out, *tables, "", "}  // namespace natgrad::detail", ""])


if __name__ == "__main__":
    target = Path(sys.argv[1])
    text = header(INTEGRAL, "Polynomials of the exponential integral.")
    (target / "exponential_integral_coefficients.hpp").write_text(text)
    text = header(BESSEL, "Polynomials of the Bessel ratio I1/I0 and of log I0.")
    (target / "bessel_ratio_coefficients.hpp").write_text(text)
    tables = trapezoid(
        "SoftplusGap", "Of log(1 + e^-y) less E max(-(y + n), 0), n Normal of deviation 7/4", GAP_NODES, softplus_gap
    ) + trapezoid("NormalWeight", "Of the standard Normal's density", NORMAL_NODES, mp.npdf)
    text = header(RAMP, "The expectation of a softplus under a Normal: a ramp's, and trapezoidal rules.", tables)
    (target / "softplus_coefficients.hpp").write_text(text)
