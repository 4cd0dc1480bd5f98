"""Writes cpp/natgrad/models/quadrature_table.hpp from the rules of natgrad_native.reference.quadrature."""

from pathlib import Path

from natgrad_native.reference.quadrature import RULES

HEADER = """#pragma once

#include <array>

namespace natgrad::quadrature {

// Gauss-Hermite rules for the standard normal distribution: written by tools/make_quadrature_table.py, which takes them
// from the reference, so that the two are the same numbers.

struct Rule {
  double largest_sd;
  int count;
  const double* nodes;
  const double* weights;
};

"""


def table(name: str, values: list[float]) -> str:
    """One constexpr array, a number a line."""
    numbers = "".join(f"    {value!r},\n" for value in values)
    return f"inline constexpr double {name}[] = {{\n{numbers}}};\n"


def main() -> None:
    """Write the header beside the code that includes it."""
    parts = [HEADER]
    rows = []
    for index, rule in enumerate(RULES):
        parts.append(table(f"nodes_{index}", rule.nodes.tolist()))
        parts.append(table(f"weights_{index}", rule.weights.tolist()))
        rows.append(f"    {{{rule.largest_sd!r}, {rule.nodes.size}, nodes_{index}, weights_{index}}},\n")
    parts.append(f"\ninline constexpr std::array<Rule, {len(RULES)}> rules{{{{\n{''.join(rows)}}}}};\n")
    parts.append("\n}  // namespace natgrad::quadrature\n")
    target = Path(__file__).parents[1] / "cpp" / "natgrad" / "models" / "quadrature_table.hpp"
    target.write_text("".join(parts))


if __name__ == "__main__":
    main()
