"""How fast the core is beside the NumPy reference and a copy, measured in turn in one process.

    python bench/report.py            every family and operation at 1, 10^3 and 10^6 rows
    python bench/report.py --quick    a few minutes' worth of it; --family and --json choose more

What others do in what time, and the targets, is `python bench/peers`.

One thread by default, and then the clock is this thread's own; with more it is the wall's.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import threads
from tables import number, print_table


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1, help="threads of the core and of BLAS")
    parser.add_argument("--repeats", type=int, default=7, help="interleaved rounds, of which the median is reported")
    parser.add_argument("--quick", action="store_true", help="10^3 rows, few rounds")
    parser.add_argument("--family", action="append", default=[], help="only this family (repeatable)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser.parse_args()


def print_lines(lines: list[dict[str, Any]]) -> None:
    header = ["family", "operation", "rows", "native ns/row", "reference/native", "copy/native"]
    cells = [
        [
            line["family"],
            line["operation"],
            str(line["rows"]),
            number(line["native_ns"]),
            ("~" if line["reference_rows"] != line["rows"] else "") + number(line["reference"]),
            number(line["copy"]),
        ]
        for line in lines
    ]
    print_table(header, cells)
    if any(line["reference_rows"] != line["rows"] for line in lines):
        print("~ the reference was timed on fewer rows, a row's share taken")
    print()


def main() -> int:
    options = arguments()
    threads.limit(options.threads)
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
    import measure

    setting = measure.prepare(options.threads)
    if not options.json:
        print("natgrad_native", *(f"{key}={value}" for key, value in setting.items()), "\n")
    lines = measure.table(options.family, options.quick, options.repeats, options.threads)
    if options.json:
        json.dump({"setting": setting, "table": lines}, sys.stdout, indent=1)
        print()
    else:
        print_lines(lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
