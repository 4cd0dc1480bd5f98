"""Write cpp/natgrad/families/poisson_entropy_coefficients.hpp: run this, then clang-format -i on that file.

The entropy of a Poisson distribution less log(2 pi e rate)/2, over 1/rate, between the rates where a sum and where the
asymptotic expansion has its digits: interpolated at Chebyshev nodes in 1/rate, where mpmath sums -p log p directly.
"""

from __future__ import annotations

from pathlib import Path

import mpmath

LEAST_RATE, GREATEST_RATE = 12, 36
TERMS = 18
TARGET = Path(__file__).parents[2] / "cpp/natgrad/families/poisson_entropy_coefficients.hpp"


def remainder(y: mpmath.mpf) -> mpmath.mpf:
    """(H - log(2 pi e rate)/2) rate at rate = 1/y."""
    rate = 1 / y
    entropy, k, log_p = mpmath.mpf(0), 0, -rate
    while k < rate or log_p > -120:
        entropy -= mpmath.exp(log_p) * log_p
        k += 1
        log_p += mpmath.log(rate / k)
    return (entropy - mpmath.log(2 * mpmath.pi * mpmath.e * rate) / 2) * rate


def main() -> None:
    """Interpolate, say how well, write."""
    mpmath.mp.dps = 50
    middle = (mpmath.mpf(1) / LEAST_RATE + mpmath.mpf(1) / GREATEST_RATE) / 2
    half = (mpmath.mpf(1) / LEAST_RATE - mpmath.mpf(1) / GREATEST_RATE) / 2
    nodes = [mpmath.cos(mpmath.pi * (2 * k + 1) / (2 * TERMS)) for k in range(TERMS)]
    powers = mpmath.matrix(TERMS, TERMS)
    for i, t in enumerate(nodes):
        for k in range(TERMS):
            powers[i, k] = t**k
    found = mpmath.lu_solve(powers, mpmath.matrix([remainder(middle + half * t) for t in nodes]))
    grid = [mpmath.mpf(k) / 40 for k in range(-40, 41)]
    worst = max(abs(mpmath.polyval(list(found)[::-1], t) - remainder(middle + half * t)) for t in grid)
    print(f"largest error {mpmath.nstr(worst, 3)}")
    lines = ",\n".join(f"                                  S({mpmath.nstr(value, 21)})" for value in found)
    TARGET.write_text(
        f"""#pragma once
// Written by tests/cpp/make_poisson_entropy.py.

namespace natgrad::detail {{

inline constexpr int least_interpolated_rate = {LEAST_RATE};
inline constexpr int greatest_interpolated_rate = {GREATEST_RATE};

// (H - log(2 pi e rate)/2) rate as a polynomial in t in [-1, 1], 1/rate = middle + half t; its error is below
// {mpmath.nstr(worst, 2)}.
template <class S>
struct PoissonEntropy {{
  static constexpr S middle = S({mpmath.nstr(middle, 21)}), half = S({mpmath.nstr(half, 21)});
  static constexpr S p[] = {{
{lines}}};
}};

}}  // namespace natgrad::detail
"""
    )


if __name__ == "__main__":
    main()
