"""How fast the core is beside the NumPy reference, plain NumPy/SciPy and a copy, measured in turn in one process.

    python bench/report.py            every family and operation at 1, 10^3 and 10^6 rows, then the targets
    python bench/report.py --quick    a few minutes' worth of it; --targets, --family and --json choose more

One thread by default, and then the clock is this thread's own; with more it is the wall's.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1, help="threads of the core and of BLAS")
    parser.add_argument("--repeats", type=int, default=7, help="interleaved rounds, of which the median is reported")
    parser.add_argument("--quick", action="store_true", help="10^3 rows in the table, 10^5 for the targets, few rounds")
    parser.add_argument("--family", action="append", default=[], help="only this family in the table (repeatable)")
    parser.add_argument("--targets", action="store_true", help="only the targets")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    return parser.parse_args()


def limit_threads(threads: int) -> None:
    """Before NumPy is imported: its BLAS reads these once."""
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NATGRAD_NUM_THREADS"):
        os.environ[variable] = str(threads)


def print_table(header: list[str], rows: list[list[str]]) -> None:
    """Columns of numbers to the right, of words to the left."""
    columns = list(zip(header, *rows, strict=True))
    aligned = []
    for cells in columns:
        width = max(map(len, cells))
        numbers = all(
            cell.lstrip("~").replace(".", "").replace("e+", "").isdigit() or cell == "-" for cell in cells[1:]
        )
        aligned.append([cell.rjust(width) if numbers else cell.ljust(width) for cell in cells])
    for line in zip(*aligned, strict=True):
        print("  ".join(line).rstrip())


def number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def print_lines(lines: list[dict[str, Any]]) -> None:
    header = ["family", "operation", "rows", "native ns/row", "reference/native", "peer/native", "copy/native"]
    cells = [
        [
            line["family"],
            line["operation"],
            str(line["rows"]),
            number(line["native_ns"]),
            ("~" if line["reference_rows"] != line["rows"] else "") + number(line["reference"]),
            number(line["peer"]),
            number(line["copy"]),
        ]
        for line in lines
    ]
    print_table(header, cells)
    if any(line["reference_rows"] != line["rows"] for line in lines):
        print("~ the reference was timed on fewer rows, a row's share taken")
    print()


def print_targets(targets: list[dict[str, Any]]) -> None:
    print_table(
        ["target", "rows", "measured", "wanted", ""],
        [[t["target"], str(t["rows"]), t["measured"], t["wanted"], "met" if t["met"] else "MISSED"] for t in targets],
    )


def main() -> int:
    options = arguments()
    limit_threads(options.threads)
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
    import measure

    setting = measure.prepare(options.threads)
    if not options.json:
        print("natgrad_native", *(f"{key}={value}" for key, value in setting.items()), "\n")
    lines = [] if options.targets else measure.table(options.family, options.quick, options.repeats, options.threads)
    if lines and not options.json:
        print_lines(lines)
    targets = measure.targets(options.quick, options.repeats, options.threads)
    if options.json:
        json.dump({"setting": setting, "table": lines, "targets": targets}, sys.stdout, indent=1)
        print()
    else:
        print_targets(targets)
    return 0


if __name__ == "__main__":
    sys.exit(main())
