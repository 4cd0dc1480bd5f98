"""Compute the minimax coefficients of cpp/natgrad/base/ with mpmath and print the two headers that carry them.

    python tests/cpp/make_coefficients.py cpp/natgrad/base     # writes the *_coefficients.hpp there

Every table is a polynomial or rational P/Q made by the Remez exchange at 45 digits: the error, divided by a stated
weight, is minimised in the maximum norm over a grid; then each coefficient is rounded to the number type.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import mpmath as mp  # type: ignore[import-untyped]
import numpy as np

mp.mp.dps = 45
Real = Callable[[mp.mpf], mp.mpf]


def chebyshev_grid(low: mp.mpf, high: mp.mpf, points: int = 600) -> list[mp.mpf]:
    angle = [mp.pi * (k + mp.mpf(1) / 2) / points for k in range(points)]
    return [(low + high) / 2 - (high - low) / 2 * mp.cos(a) for a in angle]


def remez(
    grid: Sequence[mp.mpf], value: Sequence[mp.mpf], weight: Sequence[mp.mpf], degree_p: int, degree_q: int
) -> tuple[mp.mpf, list[mp.mpf], list[mp.mpf]]:
    """The best of the Remez iterates: (max |P/Q - value| / weight, P, Q), lowest power first and Q[0] = 1."""
    unknowns = degree_p + degree_q + 2
    last = len(grid) - 1
    reference = [round(float(last * (1 - mp.cos(mp.pi * k / (unknowns - 1))) / 2)) for k in range(unknowns)]
    level = mp.mpf(0)
    best: tuple[mp.mpf, list[mp.mpf], list[mp.mpf]] | None = None
    for _ in range(20):
        for _ in range(6):  # the levelled error multiplies Q: fixed point in the level
            matrix, right = mp.matrix(unknowns, unknowns), mp.matrix(unknowns, 1)
            for row, k in enumerate(reference):
                signed = (-1) ** row * weight[k]
                for i in range(degree_p + 1):
                    matrix[row, i] = grid[k] ** i
                for j in range(1, degree_q + 1):
                    matrix[row, degree_p + j] = -(value[k] - signed * level) * grid[k] ** j
                matrix[row, unknowns - 1] = signed
                right[row] = value[k]
            solution = mp.lu_solve(matrix, right)
            level, before = solution[unknowns - 1], level
            if abs(level - before) <= abs(level) / 10**6:
                break
        p = [solution[i] for i in range(degree_p + 1)]
        q = [mp.mpf(1)] + [solution[degree_p + j] for j in range(1, degree_q + 1)]
        error = [
            (mp.polyval(p[::-1], x) / mp.polyval(q[::-1], x) - f) / w
            for x, f, w in zip(grid, value, weight, strict=True)
        ]
        worst = max(abs(e) for e in error)
        if best is None or worst < best[0]:
            best = (worst, p, q)
        if worst < abs(level) * mp.mpf("1.01"):
            break
        runs, start = [], 0
        for k in range(1, len(grid)):
            if mp.sign(error[k]) != mp.sign(error[start]):
                runs.append(range(start, k))
                start = k
        runs.append(range(start, len(grid)))
        extrema = [max(run, key=lambda k: abs(error[k])) for run in runs]
        while len(extrema) > unknowns:
            extrema.pop(0 if abs(error[extrema[0]]) < abs(error[extrema[-1]]) else -1)
        if len(extrema) < unknowns:
            break
        reference = extrema
    assert best is not None
    return best


@dataclass(frozen=True)
class Table:
    """One approximation: `value` of the grid variable, error `weight`, degrees (P, Q) for each number type."""

    name: str
    comment: str
    grid: list[mp.mpf]
    value: Real
    weight: Real
    degrees: dict[str, tuple[int, int]]


HALF = mp.mpf(1) / 2
REDUCED = mp.log(2) / 2 * mp.mpf("1.0005")
LOG_LIMIT = (3 - 2 * mp.sqrt(2)) ** 2 * mp.mpf("1.001")  # s = f / (2 + f) at 1 + f = sqrt(2), squared


def atanh_tail(z: mp.mpf) -> mp.mpf:
    s = mp.sqrt(z)
    return (2 * mp.atanh(s) / s - 2) / z


def near_two(w: mp.mpf) -> mp.mpf:
    return (mp.loggamma(2 + w) / w - (1 - mp.euler)) / w


def binet(y: mp.mpf) -> mp.mpf:
    return mp.loggamma(y) - (y - HALF) * mp.log(y) + y - mp.log(2 * mp.pi) / 2


def digamma_tail(y: mp.mpf) -> mp.mpf:
    return mp.log(y) - mp.psi(0, y) - 1 / (2 * y)


def shape_start_error(z: mp.mpf) -> mp.mpf:
    """x/x0 - 1, where log x - psi(x) = c and x0 = (z/(1 - z))^2 is Minka's start: 6 c x0^2 + (c - 3) x0 = 1."""
    start = (z / (1 - z)) ** 2
    gap = (1 + 3 * start) / (start * (1 + 6 * start))
    x = start
    for _ in range(6):  # Newton in 1/x, as in gamma_inverse.hpp, from an error of 2e-2
        x /= 1 - (mp.log(x) - mp.psi(0, x) - gap) / (x * mp.psi(1, x) - 1)
    return x / start - 1


def in_inverse_square(function: Real) -> Real:
    """function(y) / z as a function of z = 1/y^2."""
    return lambda z: function(1 / mp.sqrt(z)) / z


def inverse_squares(start: float) -> list[mp.mpf]:
    return [t * t for t in chebyshev_grid(mp.mpf(0), 1 / mp.mpf(start)) if t > 5e-4]


ELEMENTARY = [
    Table("ExpTail", "(e^r - 1 - r) / r^2 on |r| <= log(2)/2, relative error", chebyshev_grid(-REDUCED, REDUCED),
          lambda r: (mp.expm1(r) - r) / r**2, lambda r: mp.mpf(1), {"double": (10, 0), "float": (5, 0)}),
    Table("LogTail", "(2 atanh(s)/s - 2) / z, z = s^2, s = f/(2 + f), 1 + f in [sqrt(1/2), sqrt(2)], relative error",
          chebyshev_grid(mp.mpf(0), LOG_LIMIT), atanh_tail, lambda z: mp.mpf(1), {"double": (6, 0), "float": (2, 0)}),
]  # fmt: skip
GAMMA = [
    Table("LgammaNearTwo", "(lgamma(2 + w)/w - (1 - Euler)) / w on |w| <= 1/2, relative error; polynomials in w",
          chebyshev_grid(-HALF, HALF), near_two, near_two, {"double": (5, 6), "float": (2, 2)}),
    Table("BinetTail", "J(y)/y = (lgamma(y) - (y - 1/2) log y + y - log(2 pi)/2) / y for y >= 5/2,"
          " error relative to (|lgamma| + y |psi|) / (4 y)",
          inverse_squares(2.5), in_inverse_square(lambda y: binet(y) / y),
          in_inverse_square(lambda y: (abs(mp.loggamma(y)) + y * abs(mp.psi(0, y))) / (4 * y)),
          {"double": (3, 4), "float": (1, 2)}),
    Table("DigammaTail", "K(y) = log y - psi(y) - 1/(2y) for y >= 2, error relative to 1/(2y)",
          inverse_squares(2), in_inverse_square(digamma_tail), in_inverse_square(lambda y: 1 / (2 * y)),
          {"double": (6, 7), "float": (1, 2)}),
    Table("TrigammaTail", "y psi1(y) - 1 - 1/(2y) for y >= 2, error relative to 1/(2y)",
          inverse_squares(2), in_inverse_square(lambda y: y * mp.psi(1, y) - 1 - 1 / (2 * y)),
          in_inverse_square(lambda y: 1 / (2 * y)), {"double": (6, 7), "float": (2, 3)}),
    Table("TetragammaTail", "-y^2 psi2(y) - 1 - 1/y for y >= 2, absolute error",
          inverse_squares(2), in_inverse_square(lambda y: -y * y * mp.psi(2, y) - 1 - 1 / y),
          in_inverse_square(lambda y: mp.mpf(1)), {"double": (6, 7), "float": (2, 3)}),
    Table("DualTail", "J(y)/y + K(y) for y >= 2, error relative to 1/y",
          inverse_squares(2), in_inverse_square(lambda y: binet(y) / y + digamma_tail(y)),
          in_inverse_square(lambda y: 1 / y), {"double": (5, 6), "float": (1, 2)}),
    Table("ShapeStart", "x/x0 - 1 for log x - psi(x) = c and Minka's start x0, z = sqrt(x0)/(1 + sqrt(x0)) in (0, 1),"
          " absolute error",
          chebyshev_grid(mp.mpf("1e-4"), 1 - mp.mpf("1e-4")), shape_start_error, lambda z: mp.mpf(1),
          {"double": (8, 0), "float": (8, 0)}),
]  # fmt: skip


def literals(coefficients: list[mp.mpf], kind: str) -> list[str]:
    if kind == "double":
        return [repr(float(c)) for c in coefficients]
    shortest = [np.format_float_positional(np.float32(float(c)), unique=True, trim="0") for c in coefficients]
    return [text + "F" for text in shortest]


def array(name: str, words: list[str]) -> list[str]:
    lines, line = [], f"  static constexpr S {name}[] = {{"
    for word in words:
        piece = word + ", "
        if len(line) + len(piece) > 118:
            lines.append(line.rstrip())
            line = "      "
        line += piece
    return [*lines, line.rstrip(", ") + "};"]


def header(tables: list[Table], title: str) -> str:
    out = [f"// {title}", "// Generated by tests/cpp/make_coefficients.py (Remez exchange in mpmath).",
           "// Lowest power first; where the argument is y >= 2, highest power of w = y^2 first:",
           "// (p[0] w^m + ... + p[m]) / (q[0] w^n + ... + q[n]), n = m + 1, every coefficient positive.",
           "#pragma once", "", "namespace natgrad::detail {"]  # fmt: skip
    for table in tables:
        value, weight = [table.value(x) for x in table.grid], [table.weight(x) for x in table.grid]
        out += ["", f"// {table.comment}.", f"template <class S> struct {table.name};"]
        for kind, (degree_p, degree_q) in table.degrees.items():
            worst, p, q = remez(table.grid, value, weight, degree_p, degree_q)
            print(f"{table.name}<{kind}> [{degree_p}/{degree_q}] error {mp.nstr(worst, 3)}", file=sys.stderr)
            out += [f"template <> struct {table.name}<{kind}> {{  // error {mp.nstr(worst, 2)}", f"  using S = {kind};"]
            out += array("p", literals(p, kind)) + (array("q", literals(q, kind)) if degree_q else []) + ["};"]
    return "\n".join([*out, "", "}  // namespace natgrad::detail", ""])


if __name__ == "__main__":
    target = Path(sys.argv[1])
    (target / "elementary_coefficients.hpp").write_text(header(ELEMENTARY, "Polynomials of exp and log."))
    (target / "gamma_coefficients.hpp").write_text(header(GAMMA, "Rational approximations of the gamma functions."))
