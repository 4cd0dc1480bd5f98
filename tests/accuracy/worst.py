"""Print the largest error over bound of every operation at the stored points.

`python tests/accuracy/worst.py [--above 1] [Family ...]`: one line for each family, number type and operation whose
largest ratio is above the number given: how many rows are above 1, the ratio, and the operands of that row.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from accuracy import rules, stored
from accuracy.known import Known
from conftest import FAMILIES


def main() -> None:
    """Judge the families named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("families", nargs="*", help="class names; all if none")
    parser.add_argument("--above", type=float, default=0.0, help="least ratio that is printed")
    parser.add_argument("--live", type=int, default=200, help="rows of operations that mpmath judges on the fly")
    given = parser.parse_args()
    for family in FAMILIES:
        twin = family.reference
        if given.families and type(twin).__name__ not in given.families:
            continue
        for who, answering, dtype in (
            ("native", family, "float64"),
            ("native", family, "float32"),
            ("reference", twin, "float64"),
        ):
            part = stored.load(twin)[stored.part_name(twin, dtype)]
            for operation in rules.OPERATIONS:
                known = Known(twin, part, given.live if operation in rules.LIVE else 10**9)
                found = rules.verdict(answering, known, operation, np.dtype(dtype).type)
                worst = found.ratio.max(initial=0.0)
                if not worst >= given.above:
                    continue
                count, row = int((~(found.ratio <= 1.0)).sum()), int(np.argmax(found.ratio))
                point = [value[row].tolist() for value in found.arguments] if worst > 0 else ""
                total = found.ratio.size
                print(
                    f"{family!r} {who} {dtype} {operation}: {worst:.3g}, {count} of {total} above 1, {point}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
