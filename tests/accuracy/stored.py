"""The stored points of a family: one compressed file, one part for each example and number type.

A part holds, row by row, what was passed in and what mpmath found there:

* `theta`, `other` (the second point of a KL), `observation`, `standard` (flattened in the order of `standard_shapes`);
* `log_partition`, `mean`, `centred` (only where it is not the mean), `fisher` (lower triangle), `log_determinant`,
  `entropy`, `dual` (A* at the mean rounded to the number type), `kl`, `log_density`, `natural` (theta of `standard`)
  and `natural_scale` (|theta_i| + sum_k |d theta_i / d s_k| |s_k|);
* `seconds`, what one gradient takes in mpmath.

NaN where there is nothing to judge: an observation off the support, a rounded mean outside its domain.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "points"
DTYPES = ("float64", "float32")
# Significant bits of a truth kept for each number type: well beyond its own, the rest zeros that compress.
KEPT_BITS = {"float64": 53, "float32": 40}
SCALE_BITS = 12


def path(twin) -> Path:
    """Where the points of a family are."""
    return FOLDER / f"{type(twin).__name__}.npz"


def part_name(twin, dtype: str) -> str:
    """The part for an example of a family and a number type."""
    return f"{twin!r} {dtype}"


def load(twin) -> dict[str, dict[str, np.ndarray]]:
    """The parts that are stored for the class of a family."""
    parts: dict[str, dict[str, np.ndarray]] = {}
    if path(twin).exists():
        with np.load(path(twin)) as file:
            for key in file.files:
                part, name = key.rsplit("|", 1)
                parts.setdefault(part, {})[name] = file[key]
    return parts


def save(twin, parts: dict[str, dict[str, np.ndarray]]) -> None:
    """Replace the file of a family in one move."""
    FOLDER.mkdir(exist_ok=True)
    beside = path(twin).with_name(f".{os.getpid()}-{path(twin).name}")
    flat = {f"{part}|{name}": value for part, values in parts.items() for name, value in values.items()}
    np.savez_compressed(beside, **flat)
    beside.replace(path(twin))


def shortened(values: np.ndarray, bits: int) -> np.ndarray:
    """Values rounded to so many significant bits."""
    fraction, exponent = np.frexp(values)
    return np.ldexp(np.rint(fraction * 2.0**bits) / 2.0**bits, exponent) if bits < 53 else values
